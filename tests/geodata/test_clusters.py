"""Clusters: every pin once, marks apart, a few hundred at most, and nothing that the filter does not hold."""

import json
import math

import pytest
from django.contrib.gis.geos import LineString, Point, Polygon

from geodata.cells import APART_PX, MARKS_MAX
from layers.geometry import to_mercator
from proposals.models import Proposal, Publication, Status
from tests.geodata.rows import IN_NORTH_WEST, make_crowd, make_pledge, make_proposal
from tests.toytown import EAST, NORTH, SOUTH, WEST, middle_of

pytestmark = pytest.mark.django_db
CITY = f"{WEST - 0.01},{SOUTH - 0.01},{EAST + 0.01},{NORTH + 0.01}"
METRES_A_PIXEL_AT_ZOOM_0 = 156_543.03392804097  # 2 pi 6378137 / 256


@pytest.fixture(autouse=True)
def city(toytown):
    return toytown


def clusters(client, query: str = "", *, bbox: str = CITY, zoom: int = 14) -> dict:
    response = client.get(f"/map/clusters.json?bbox={bbox}&zoom={zoom}&{query}")
    assert response.status_code == 200, response.text
    return response.json()


def count_of(feature: dict) -> int:
    return feature["properties"].get("count", 1)


def test_empty_view_is_an_empty_collection(client):
    assert clusters(client) == {"type": "FeatureCollection", "numberMatched": 0, "numberReturned": 0, "features": []}


@pytest.mark.parametrize("publication", [p for p in Publication if p != Publication.PUBLISHED])
def test_what_is_not_published_is_not_even_counted(client, publication):
    make_proposal(publication=publication)
    assert clusters(client)["numberMatched"] == 0


def test_single_pin_says_five_things_of_itself(client):
    proposal = make_proposal(title="<b>Bench</b>", body="secret of the body")
    (feature,) = clusters(client, "lang=sv")["features"]
    assert feature == {
        "type": "Feature",
        "id": proposal.pk,
        "geometry": {"type": "Point", "coordinates": [24.8123, 60.1853]},
        "properties": {
            "id": proposal.pk,
            "title": "<b>Bench</b>",
            "kind": "parking",
            "status": "open",
            "url": f"/sv/proposals/{proposal.pk}/",
        },
    }


def test_near_pins_are_one_cluster_with_what_was_taken_up(client):
    make_proposal(Point(24.8100, 60.1850, srid=4326))
    make_pledge(make_proposal(Point(24.8102, 60.1852, srid=4326), status=Status.TAKEN_UP))
    make_proposal(Point(24.8101, 60.1851, srid=4326), status=Status.IN_PROGRESS)
    (feature,) = clusters(client)["features"]
    assert feature["properties"] == {"cluster": True, "count": 3, "taken_up": 1, "same_place": False}
    assert feature["geometry"]["coordinates"] == pytest.approx([24.8101, 60.1851], abs=1e-6)
    west, south, east, north = feature["bbox"]
    assert [west, south] == pytest.approx([24.8100, 60.1850], abs=5e-7)
    assert [east, north] == pytest.approx([24.8102, 60.1852], abs=5e-7)


def test_pins_of_one_place_stay_together_at_the_deepest_zoom_and_say_so(client):
    for _ in range(10):
        make_proposal()
    make_proposal(Point(24.8125, 60.1853, srid=4326))
    features = clusters(client, bbox="24.8120,60.1850,24.8128,60.1855", zoom=22)["features"]
    assert sorted(count_of(feature) for feature in features) == [1, 10]
    (cluster,) = (feature for feature in features if "count" in feature["properties"])
    assert cluster["properties"]["same_place"] is True


def test_line_and_polygon_are_counted_once_at_their_pin(client):
    line = LineString((24.805, 60.175), (24.835, 60.185), srid=4326)
    square = Polygon.from_bbox((24.825, 60.172, 24.83, 60.174))
    square.srid = 4326
    for shape in (line, square):
        make_proposal(shape)
    assert sum(map(count_of, clusters(client, zoom=17)["features"])) == 2
    parts = [clusters(client, bbox=box)["numberMatched"] for box in quarters()]
    assert sum(parts) == 2


def quarters() -> list[str]:
    return ["24.79,60.16,24.82,60.18", "24.82,60.16,24.85,60.18", "24.79,60.18,24.82,60.20", "24.82,60.18,24.85,60.20"]


def test_boxes_beside_each_other_share_no_pin_and_lose_none(client):
    make_crowd()
    parts = [clusters(client, bbox=box)["numberMatched"] for box in quarters()]
    assert sum(parts) == Proposal.objects.public().count()


@pytest.mark.parametrize("zoom", range(0, 23))
def test_marks_stand_apart_and_add_up_at_every_zoom(client, zoom):
    make_crowd()
    document = clusters(client, zoom=zoom)
    features = document["features"]
    assert sum(map(count_of, features)) == document["numberMatched"] == Proposal.objects.public().count()
    assert document["numberReturned"] == len(features) <= MARKS_MAX
    apart = APART_PX * METRES_A_PIXEL_AT_ZOOM_0 / 2**zoom
    places = [to_mercator(*feature["geometry"]["coordinates"]) for feature in features]
    nearest = min((math.dist(a, b) for i, a in enumerate(places) for b in places[:i]), default=math.inf)
    assert nearest >= apart - 0.05  # coordinates are rounded to a centimetre


def test_thousands_of_far_pins_are_never_more_than_the_map_bears(client):
    category = make_proposal().category
    rows = [
        Proposal(
            category=category, kind="parking", title="x", language="en", terms_version="1", publication="published",
            public_location=Point(24.80 + i * 0.0005, 60.17 + j * 0.00025, srid=4326),
            submitted_at="2026-01-01T00:00Z", published_at="2026-01-01T00:00Z", updated_at="2026-01-01T00:00Z",
        )
        for i in range(60) for j in range(60)
    ]  # fmt: skip
    Proposal.objects.bulk_create(rows)
    document = clusters(client, zoom=22)
    assert document["numberMatched"] == 3_601
    assert document["numberReturned"] <= MARKS_MAX
    assert sum(map(count_of, document["features"])) == 3_601


def test_box_of_a_cluster_finds_its_pins_in_the_filter(client):
    make_crowd()
    for zoom in (12, 15, 18, 22):
        for feature in clusters(client, zoom=zoom)["features"]:
            if "bbox" in feature:
                box = ",".join(map(str, feature["bbox"]))
                found = clusters(client, bbox=box, zoom=zoom)["numberMatched"]
                assert found == count_of(feature) if feature["properties"]["same_place"] else found >= count_of(feature)


def test_box_round_the_world_and_across_the_antimeridian_hold_the_city(client):
    make_crowd(50)
    everything = Proposal.objects.public().count()
    for zoom in (0, 22):
        assert clusters(client, bbox="-180,-90,180,90", zoom=zoom)["numberMatched"] == everything
        assert clusters(client, bbox="20,50,-170,70", zoom=zoom)["numberMatched"] == everything
        assert clusters(client, bbox="170,50,20,70", zoom=zoom)["numberMatched"] == 0


def test_bisecting_a_generalised_pin_leads_to_the_middle_of_its_cell_only(client):
    exact, shown = Point(24.81234567, 60.18543219, srid=4326), Point(24.8111111, 60.1851111, srid=4326)
    make_proposal(shown, category="concern", location=exact, place_precision="exact")
    west, south, east, north = WEST, SOUTH, EAST, NORTH
    for _ in range(36):
        if (east - west) >= (north - south):
            middle = (west + east) / 2
            left = clusters(client, bbox=f"{west!r},{south!r},{middle!r},{north!r}")["numberMatched"]
            west, east = (west, middle) if left else (middle, east)
        else:
            middle = (south + north) / 2
            lower = clusters(client, bbox=f"{west!r},{south!r},{east!r},{middle!r}")["numberMatched"]
            south, north = (south, middle) if lower else (middle, north)
    assert Point((west + east) / 2, (south + north) / 2).distance(shown) < 1e-6
    assert Point((west + east) / 2, (south + north) / 2).distance(exact) > 1e-3
    around = f"{exact.x - 0.0005},{exact.y - 0.0002},{exact.x + 0.0005},{exact.y + 0.0002}"
    assert clusters(client, bbox=around)["numberMatched"] == 0


def test_new_pin_shows_in_the_next_answer_and_an_unchanged_map_is_304(client):
    address = f"/map/clusters.json?bbox={CITY}&zoom=14"
    make_proposal()
    first = client.get(address)
    assert first["Cache-Control"] == "public, no-cache"
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    make_proposal(middle_of("south-east"))
    after = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert after.status_code == 200
    assert json.loads(after.content)["numberMatched"] == 2


def test_clusters_cost_one_query_whatever_the_filter(client, django_assert_num_queries):
    make_crowd(50)
    with django_assert_num_queries(1):
        clusters(client, "kind=idea&status=open&taken_up=no&q=bench&since=2026-01-01")
    with django_assert_num_queries(3):
        clusters(client, "area=west&category=idea")


def test_head_is_answered(client):
    make_proposal(IN_NORTH_WEST)
    assert client.head(f"/map/clusters.json?bbox={CITY}&zoom=14").status_code == 200
