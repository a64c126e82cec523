"""OGC API Features refuses: every bad parameter by its name, in words, and nothing is ever guessed."""

import pytest
from django.test import Client

from geodata.ogc.reference_systems import EPSG
from tests.geodata.test_ogc import EPSG_3067, ITEMS, RESOURCES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toytown")]

BAD = [
    *((f"limit={n}", "limit") for n in ("0", "-1", "abc", "1e3", "1_0", "٣", "9" * 30)),
    *((f"after={n}", "after") for n in ("-1", "abc", "1.5")),
    ("bbox=1,2,3", "bbox"),
    ("bbox=1,2,3,4,5", "bbox"),
    ("bbox=24.8,60.19,24.84,60.17", "bbox"),
    ("bbox=nan,0,1,1", "bbox"),
    ("bbox=a,b,c,d", "bbox"),
    ("bbox=500,0,501,1", "bbox"),
    (f"bbox=1e300,1e300,1e301,1e301&bbox-crs={EPSG_3067}", "bbox"),
    (f"bbox=-4e16,-6e16,4e16,2e16&bbox-crs={EPSG}3857", "bbox"),  # PROJ would turn round the earth for minutes
    (f"bbox=1,1,0,0&bbox-crs={EPSG_3067}", "bbox"),
    ("bbox-crs=EPSG:3067", "bbox-crs"),
    (f"crs={EPSG}2393", "crs"),
    ("crs=%00", "crs"),
    *((f"datetime={t}", "datetime") for t in ("yesterday", "../..", "/", "2026-02-30", "2026-06-01/2026-05-01", "20260531",
                                              "2026-05-31T25:00:00Z", "2026-05-31T12:00:00", "9999-12-31", "1/2/3", "0001-01-01T00:00:00%2B10:00")),
    ("f=xml", "f"),
    ("lang=de", "lang"),
    ("offset=10", "offset"),
    ("limit=1&limit=2", "limit"),
    ("bbox=%00", "bbox"),
    ("kind=nonsense", "kind"),
    ("since=yesterday", "since"),
    ("title=Bench", "title"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "parameter"), BAD)
def test_bad_parameter_is_refused_by_name(client, query, parameter):
    response = client.get(f"{ITEMS}?{query}")
    assert response.status_code == 400
    document = response.json()
    assert {error["pointer"] for error in document["errors"]} == {parameter}
    assert document["code"]
    assert parameter in document["description"]
    assert response["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("address", [*RESOURCES, f"{ITEMS}/1"])
def test_unknown_parameter_is_refused_at_every_resource(client, address):
    assert client.get(f"{address}?unknownQueryParameter=1").status_code == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "QUERY"])
def test_wrong_method_is_told_so_and_not_taken_for_a_forged_form(method):
    for address in (ITEMS, "/ogc/", "/tiles/proposals.json"):
        assert Client(enforce_csrf_checks=True).generic(method, address).status_code == 405
