"""OGC API Features: what the standard asks of each resource, the orders of axes, paging, time, and every bad parameter."""

import json

import pytest
from django.contrib.gis.geos import LineString, Point

from geodata.ogc.documents import CONFORMANCE
from geodata.ogc.published import published
from geodata.ogc.reference_systems import CRS84_ADDRESS, EPSG
from layers.models import Area, ServiceLocation
from proposals.models import Proposal, Publication
from tests.geodata.rows import IN_NORTH_WEST, NOON, make_crowd, make_proposal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toytown")]

ITEMS = "/ogc/collections/proposals/items"
RESOURCES = (
    "/ogc/",
    "/ogc/conformance",
    "/ogc/api",
    "/ogc/collections",
    *(f"/ogc/collections/{name}{part}" for name in ("proposals", "areas", "services", "spaces", "pledges") for part in ("", "/queryables", "/items")),
)  # fmt: skip
EPSG_4326, EPSG_3067, EPSG_3879 = (f"{EPSG}{srid}" for srid in (4326, 3067, 3879))


def read(client, address: str, **headers: str) -> dict:
    response = client.get(address, headers=headers)
    assert response.status_code == 200, response.text
    return json.loads(response.content)


def items(client, query: str = "") -> dict:
    return read(client, f"{ITEMS}?{query}")


def keys(found: dict) -> list[int]:
    return [feature["id"] for feature in found["features"]]


def links(document: dict) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in document["links"]}


def local(address: str) -> str:
    """The address without the host of the site."""
    return "/" + address.split("/", 3)[3]


# --- resources ---


@pytest.mark.parametrize("address", RESOURCES)
def test_each_resource_is_there_as_json_and_as_a_page_and_for_every_origin(client, address):
    make_proposal(title="<b>Bench</b>")
    as_json, as_page = client.get(address), client.get(address, headers={"Accept": "text/html,*/*;q=0.8"})
    assert as_json.status_code == as_page.status_code == 200
    assert "json" in as_json["Content-Type"]
    assert as_page["Content-Type"].startswith("text/html")
    assert as_json["Access-Control-Allow-Origin"] == "*"
    assert "Accept" in as_json["Vary"]
    assert b"<b>Bench" not in as_page.content
    assert client.get(f"{address}?f=json", headers={"Accept": "text/html"})["Content-Type"] == as_json["Content-Type"]
    assert client.get(f"{address}?f=html")["Content-Type"] == as_page["Content-Type"]
    assert client.post(address).status_code == 405


def test_every_link_of_the_documents_leads_somewhere(client):
    make_proposal()
    seen, ahead = set(), ["/ogc/", "/ogc/collections", f"{ITEMS}?limit=1"]
    ahead += [f"/ogc/collections/{name}" for name in published()]
    for address in ahead:
        for link in read(client, address)["links"]:
            if link["rel"] != "license" and link["href"] not in seen:
                seen.add(link["href"])
                response = client.get(local(link["href"]))
                assert response.status_code == 200, link
                assert response["Content-Type"].partition(";")[0] == link["type"].partition(";")[0], link
    assert len(seen) > 15


def test_landing_page_links_to_definition_conformance_and_collections(client):
    assert {"self", "alternate", "service-desc", "service-doc", "conformance", "data"} <= links(
        read(client, "/ogc/")
    ).keys()
    assert read(client, "/ogc/conformance")["conformsTo"] == list(CONFORMANCE)


def test_collections_tell_extent_and_systems(client):
    make_proposal()
    found = {one["id"]: one for one in read(client, "/ogc/collections")["collections"]}
    assert {"proposals", "areas", "services", "spaces", "pledges"} <= found.keys()
    assert found["areas"]["extent"]["spatial"]["bbox"] == [pytest.approx([24.80, 60.17, 24.84, 60.19], abs=1e-4)]
    assert found["proposals"]["extent"]["temporal"]["interval"] == [[f"{NOON:%Y-%m-%dT%H:%M:%SZ}", None]]
    for one in found.values():
        assert one["crs"][:2] == [CRS84_ADDRESS, EPSG_4326]
        assert one["storageCrs"] in one["crs"]
        assert {"self", "alternate", "items", "license"} <= links(one).keys()


def test_definition_names_every_path_and_refers_to_nothing_elsewhere(client):
    text = client.get("/ogc/api").text
    made = json.loads(text)
    assert made["openapi"].startswith("3.0")
    assert "/collections/services/items/{featureId}" in made["paths"]
    for part in text.split('"$ref": "')[1:]:
        _, _components, kind, name = part.partition('"')[0].split("/")
        assert name in made["components"][kind]
    operations = [path["get"]["operationId"] for path in made["paths"].values()]
    assert len(operations) == len(set(operations)) == 4 + 4 * len(published())


def test_queryables_are_what_items_take(client):
    for name in published():
        schema = read(client, f"/ogc/collections/{name}/queryables")
        assert schema["$id"].endswith(f"/ogc/collections/{name}/queryables")
        for parameter in schema["properties"].keys() - {"geometry"}:
            assert client.get(f"/ogc/collections/{name}/items?{parameter}=").status_code == 200, parameter


# --- items ---


@pytest.mark.parametrize(("name", "rows"), [("areas", Area.objects.current), ("services", ServiceLocation.objects.all)])
def test_items_of_a_set_are_all_its_rows(client, name, rows):
    found = read(client, f"/ogc/collections/{name}/items")
    assert keys(found) == sorted(rows().values_list("pk", flat=True))
    assert found["numberMatched"] == found["numberReturned"] == len(found["features"])


@pytest.mark.parametrize("publication", [p for p in Publication if p != Publication.PUBLISHED])
def test_what_is_not_published_is_no_item(client, publication):
    hidden = make_proposal(publication=publication)
    assert items(client)["numberMatched"] == 0
    assert client.get(f"{ITEMS}/{hidden.pk}").status_code == 404


def test_item_stands_alone_with_its_links(client):
    proposal = make_proposal()
    alone = read(client, f"{ITEMS}/{proposal.pk}?lang=sv")
    (listed,) = items(client, "lang=sv")["features"]
    assert {"self", "alternate", "collection"} <= links(alone).keys()
    del alone["links"]
    assert alone == listed
    assert alone["properties"]["url"].endswith(f"/sv/proposals/{proposal.pk}/")


@pytest.mark.parametrize("key", ["0", "-1", "abc", "1_0", "٣", "9" * 30, "..", "%00", "%ff"])
def test_unknown_items_and_collections_are_not_found_in_words(client, key):
    for address in (
        f"{ITEMS}/{key}",
        f"/ogc/collections/{key}",
        f"/ogc/collections/{key}/items",
        f"/ogc/collections/{key}/items/1",
    ):
        assert client.get(address).status_code == 404, address
    problem = client.get(f"{ITEMS}/9999999")
    assert problem["Content-Type"] == "application/problem+json"
    assert problem.json()["description"]


def test_pages_hold_every_row_once_while_others_are_added(client, django_assert_num_queries):
    make_crowd(120)
    wanted = sorted(Proposal.objects.public().values_list("pk", flat=True))
    address, found, sizes = f"{ITEMS}?limit=25&lang=en", [], []
    while address:
        with django_assert_num_queries(2):
            document = read(client, address)
        found += keys(document)
        sizes.append(document["numberReturned"])
        assert document["numberMatched"] == Proposal.objects.public().count()
        address = local(links(document)["next"]) if "next" in links(document) else None
        if len(sizes) == 1:
            Proposal.objects.filter(pk__in=wanted[:3]).update(publication=Publication.HIDDEN)
            late = make_proposal()
    assert found == [*wanted, late.pk]  # the first page had been read before three of it were hidden
    assert set(sizes[:-1]) == {25}


def test_whole_answer_asks_one_query_and_comes_back_unchanged_as_304(client, django_assert_num_queries):
    make_crowd(30)
    with django_assert_num_queries(1):
        response = client.get(ITEMS)
    again = client.get(ITEMS, headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304
    assert again["Access-Control-Allow-Origin"] == "*"


def test_limit_above_the_maximum_means_the_maximum(client, monkeypatch):
    monkeypatch.setattr("geodata.ogc.query.LIMIT_MAX", 2)
    for _ in range(3):
        make_proposal()
    assert items(client, "limit=1000000")["numberReturned"] == 2


def test_filters_are_those_of_the_list(client):
    make_proposal(title="One")
    other = make_proposal(Point(24.83, 60.175, srid=4326), category="concern", title="Other")
    assert keys(items(client, f"kind={other.kind}")) == [other.pk]
    assert keys(items(client, "area=east")) == [other.pk]
    assert items(client, "kind=parking&kind=concern")["numberMatched"] == 2
    assert read(client, "/ogc/collections/areas/items?level=district")["numberMatched"] == 2
    assert read(client, "/ogc/collections/areas/items?slug=west&slug=east")["numberMatched"] == 2
    assert read(client, "/ogc/collections/services/items?area=west")["numberMatched"] == 2
    assert read(client, "/ogc/collections/services/items?category=library")["numberMatched"] == 1


# --- place ---


def test_box_tests_the_geometry_where_lists_test_the_pin(client):
    line = make_proposal(LineString((24.805, 60.1853), (24.815, 60.1853), srid=4326))
    end = "24.8045,60.185,24.8055,60.186"
    assert keys(items(client, f"bbox={end}")) == [line.pk]
    assert keys(items(client, "bbox=24.8045,60.185,0,24.8055,60.186,9")) == [line.pk]
    assert items(client, "bbox=24.80,60.170,24.84,60.180")["numberMatched"] == 0
    assert items(client, "bbox=170,-10,-170,10")["numberMatched"] == 0
    assert keys(items(client, "bbox=20,50,-170,70")) == [line.pk]


def test_box_is_read_in_the_axes_of_its_system(client):
    proposal = make_proposal()
    corners = ((24.8121, 60.1852), (24.8125, 60.1854))
    for system, north_first in ((EPSG_4326, True), (EPSG_3067, False), (EPSG_3879, True), (f"{EPSG}3857", False)):
        moved = [Point(x, y, srid=4326).transform(int(system.rpartition("/")[2]), clone=True) for x, y in corners]
        box = ",".join(f"{p.y},{p.x}" if north_first else f"{p.x},{p.y}" for p in moved)
        wrong = ",".join(f"{p.x},{p.y}" if north_first else f"{p.y},{p.x}" for p in moved)
        assert keys(items(client, f"bbox={box}&bbox-crs={system}")) == [proposal.pk], system
        response = client.get(f"{ITEMS}?bbox={wrong}&bbox-crs={system}")
        assert response.status_code == 400 or not response.json()["features"], system


def test_answer_comes_in_the_axes_of_its_system_and_says_which(client):
    proposal = make_proposal()
    wanted = {CRS84_ADDRESS: (24.8123, 60.1853), EPSG_4326: (60.1853, 24.8123)}
    metres = IN_NORTH_WEST.transform(3067, clone=True)
    wanted[EPSG_3067] = (round(metres.x, 2), round(metres.y, 2))
    metres = IN_NORTH_WEST.transform(3879, clone=True)
    wanted[EPSG_3879] = (round(metres.y, 2), round(metres.x, 2))
    for system, coordinates in wanted.items():
        for address in (f"{ITEMS}?crs={system}", f"{ITEMS}/{proposal.pk}?crs={system}"):
            response = client.get(address)
            document = response.json()
            feature = document["features"][0] if "features" in document else document
            assert tuple(feature["geometry"]["coordinates"]) == pytest.approx(coordinates, abs=0.011), system
            assert response["Content-Crs"] == f"<{system}>"
    assert client.get(ITEMS)["Content-Crs"] == f"<{CRS84_ADDRESS}>"


# --- time ---


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ("2026-05-31", True),
        ("2026-05-30", False),
        (f"{NOON:%Y-%m-%dT%H:%M:%SZ}", True),
        (f"{NOON:%Y-%m-%dt%H:%M:%Sz}", True),
        ("2026-05-31T00:00:00Z", False),
        ("../2026-05-31", True),
        ("/2026-05-30", False),
        ("2026-05-31/..", True),
        ("2026-06-01/", False),
        ("2026-05-01/2026-06-30", True),
        (f"2026-05-01/{NOON:%Y-%m-%dT%H:%M:%SZ}", True),
        ("2026-06-01T00:00:00%2B03:00/2026-06-30", False),
    ],
)
def test_datetime_is_an_instant_or_an_interval(client, when, found):
    make_proposal()
    assert items(client, f"datetime={when}")["numberMatched"] == found


def test_sets_without_time_match_every_time(client):
    assert (
        read(client, "/ogc/collections/areas/items?datetime=1999-01-01")["numberMatched"]
        == Area.objects.current().count()
    )
