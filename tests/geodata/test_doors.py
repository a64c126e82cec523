"""Every bad query string at every door of the data: 400 that names the parameter, quickly, and never a trace."""

import time

import pytest
from django.utils import translation
from django.utils.translation import gettext

from tests.geodata.test_filters import BAD_QUERIES

pytestmark = pytest.mark.django_db

FILTER_DOORS = {
    "/export/proposals.geojson": "",
    "/export/proposals.csv": "",
    "/export/proposals.gpkg": "",
    "/feeds/proposals.atom": "",
    "/feeds/pledges.ics": "",
    "/export/pledges.geojson": "",
    "/map/clusters.json": "bbox=24.8,60.17,24.84,60.19&zoom=14",
}
BOX = "bbox=24.8,60.17,24.84,60.19"
BAD_PARAMETERS = [
    ("/map/clusters.json", "zoom=14", "bbox"),
    ("/map/clusters.json", BOX, "zoom"),
    *(("/map/clusters.json", f"{BOX}&zoom={zoom}", "zoom") for zoom in ("23", "-1", "1e1", "14.5", "٣", "1_0", "abc", "9" * 30)),
    ("/map/clusters.json", f"{BOX}&zoom=14&zoom=15", "zoom"),
    ("/map/clusters.json", f"{BOX}&zoom=14&limit=5", "limit"),
    ("/map/clusters.json", f"{BOX}&zoom=14&lang=de", "lang"),
    ("/map/areas.json", "level=continent", "level"),
    ("/map/areas.json", "kind=parking", "kind"),
    ("/map/services.json", "bbox=1,2,3", "bbox"),
    ("/map/services.json", "category=%00", "category"),
    ("/map/services.json", "category=a%20b", "category"),
    ("/map/places.json", "", "q"),
    ("/map/places.json", "q=%20", "q"),
    ("/map/places.json", "q=" + "a" * 101, "q"),
    ("/map/places.json", "q=%00", "q"),
    ("/map/places.json", "q=%ff", "q"),
    ("/map/places.json", "q=a&q=b", "q"),
    ("/map/place.json", "lon=24.8", "lat"),
    ("/map/place.json", "lon=24.8&lat=91", "lat"),
    ("/map/place.json", "lon=999&lat=60", "lon"),
    ("/map/place.json", "lon=nan&lat=60", "lon"),
    ("/map/place.json", "lon=24,8&lat=60", "lon"),
    ("/export/proposals.geojson", "crs=EPSG:3067", "crs"),
    ("/export/proposals.geojson", "delimiter=;", "delimiter"),
    ("/export/proposals.csv", "crs=EPSG:3857", "crs"),
    ("/export/proposals.csv", "crs=3067", "crs"),
    ("/export/proposals.csv", "crs=+proj=utm", "crs"),
    ("/export/proposals.csv", "crs=EPSG:3067&crs=EPSG:4326", "crs"),
    ("/export/proposals.csv", "delimiter=|", "delimiter"),
    ("/export/proposals.csv", "delimiter=';", "delimiter"),
    ("/export/proposals.csv", "decimal=0", "decimal"),
    ("/export/proposals.csv", "lang=xx", "lang"),
    ("/export/proposals.csv", "limit=0", "limit"),
    ("/feeds/proposals.atom", "lang=%00", "lang"),
    ("/feeds/proposals.atom", "utm_source=mail", "utm_source"),
    ("/feeds/pledges.ics", "organisation=nobody", "organisation"),
    ("/feeds/pledges.ics", "promise_state=lapsed", "promise_state"),
    ("/feeds/pledges.ics", "lang=de", "lang"),
    ("/export/pledges.csv", "promise_state=open", "promise_state"),
    ("/export/pledges.csv", "organisation=%00", "organisation"),
]  # fmt: skip


def refused(client, address: str) -> dict:
    began = time.process_time()  # CPU of this process: what a busy machine does meanwhile is not ours
    response = client.get(address)
    assert time.process_time() - began < 2
    assert response.status_code == 400, address
    assert response["Content-Type"] == "application/problem+json"
    assert "Traceback" not in response.text
    return response.json()


@pytest.mark.parametrize("door", FILTER_DOORS)
@pytest.mark.parametrize(("query", "parameter"), BAD_QUERIES)
def test_bad_filter_is_refused_at_every_door(client, toytown, door, query, parameter):
    given = FILTER_DOORS[door] if not query.startswith("bbox") else "zoom=14" if "clusters" in door else ""
    problem = refused(client, f"{door}?{given}&{query}")
    assert {error["pointer"] for error in problem["errors"]} == {parameter}


@pytest.mark.parametrize(("door", "query", "parameter"), BAD_PARAMETERS)
def test_bad_parameter_of_a_door_is_named(client, toytown, door, query, parameter):
    problem = refused(client, f"{door}?{query}")
    assert parameter in {error["pointer"] for error in problem["errors"]}


@pytest.mark.parametrize("door", FILTER_DOORS)
def test_address_of_nine_kilobytes_is_refused_though_each_part_of_it_is_good(client, toytown, door):
    problem = refused(client, f"{door}?{FILTER_DOORS[door]}&{'&'.join(['kind=parking'] * 700)}")
    assert "errors" not in problem


@pytest.mark.parametrize("door", FILTER_DOORS)
def test_two_thousand_parameters_are_refused(client, door):
    response = client.get(door + "?" + "&".join("kind=" for _ in range(2_000)))
    assert response.status_code == 413
    assert response["Content-Type"] == "application/problem+json"


def test_name_of_an_unknown_parameter_may_be_anything(client):
    problem = refused(client, "/export/proposals.csv?%00=1&%ff=2&<script>=3")
    assert len(problem["errors"]) == 3


@pytest.mark.parametrize(
    "address",
    ["/export/proposals.exe", "/export/proposals.", "/export/..%2f..%2fetc%2fpasswd", "/export/proposals.geojson/",
     "/export/contacts.csv", "/map/proposals.json", "/feeds/proposals.rss", "/photos/..%2fsecret_key.jpg",
     "/photos/%00.jpg", "/photos/" + "0" * 32 + ".jpg"],
)  # fmt: skip
def test_what_is_not_offered_is_404(client, address):
    assert client.get(address).status_code == 404


def test_unknown_format_is_answered_with_those_that_are_offered(client):
    response = client.get("/export/proposals.shp")
    assert response["Content-Type"] == "application/problem+json"
    assert "/export/proposals.geojson" in response.json()["detail"]
    assert "/export/proposals.csv" in response.json()["detail"]


@pytest.mark.parametrize("door", [*FILTER_DOORS, "/map/areas.json", "/map/place.json", "/photos/a.jpg"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_doors_only_give(client, door, method):
    assert getattr(client, method)(door).status_code == 405


def test_refusal_of_geojson_in_another_crs_names_the_formats_that_can(client):
    message = refused(client, "/export/proposals.geojson?crs=EPSG:3879&lang=en")["errors"][0]["message"]
    assert "GeoPackage" in message
    assert "CSV" in message


def test_door_of_the_map_sets_no_cookie_and_asks_no_session(client, toytown, django_assert_num_queries):
    client.cookies["session"] = "a-session"
    with django_assert_num_queries(1):
        response = client.get(f"/map/clusters.json?{BOX}&zoom=14")
    assert not response.cookies
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_language_of_one_answer_is_not_left_to_the_next(client, toytown):
    said = [
        client.get(f"/map/place.json?{query}").json()["errors"][0]["message"]
        for query in ("lang=sv", "", "lang=en", "lang=nonsense")
    ]
    expected = []
    for language in ("sv", "fi", "en", "fi"):
        with translation.override(language):
            expected.append(gettext("This field is required."))
    assert said == expected
