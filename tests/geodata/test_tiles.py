"""Vector tiles: the same numbers as list and clusters at every zoom, read back by GDAL; refusals; caching."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyogrio
import pytest
from django.contrib.gis.geos import LineString, Point

from geodata import tiles
from geodata.tiles import FEATURES_FROM_ZOOM, Tile
from layers.geometry import MERCATOR_HALF_M, to_mercator
from layers.models import Area, ServiceLocation
from proposals.models import Proposal, Publication
from tests.geodata.rows import IN_NORTH_WEST, make_crowd, make_pledge, make_proposal
from tests.toytown import EAST, NORTH, SOUTH, WEST

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toytown")]


def tiles_of_city(zoom: int) -> Iterator[Tile]:
    def place(longitude: float, latitude: float) -> tuple[int, int]:
        x, y = to_mercator(longitude, latitude)
        side = 2 * MERCATOR_HALF_M / 2**zoom
        return int((x + MERCATOR_HALF_M) // side), int((MERCATOR_HALF_M - y) // side)

    (west, north), (east, south) = place(WEST, NORTH), place(EAST, SOUTH)
    yield from (Tile(zoom, x, y) for x in range(west - 1, east + 2) for y in range(north - 1, south + 2) if zoom > 3)
    if zoom <= 3:
        yield Tile(zoom, west, north)


def read_back(contents: list[bytes], folder: Path) -> dict[str, list[dict]]:
    """Layer -> properties of its features, as GDAL's MVT driver reads them."""
    found: dict[str, list[dict]] = {}
    for number, content in enumerate(contents):
        path = folder / f"{number}.pbf"
        path.write_bytes(content)
        for layer, _type in pyogrio.list_layers(path):
            frame = pyogrio.read_dataframe(path, layer=layer, read_geometry=False)
            rows = json.loads(frame.to_json(orient="records"))
            found.setdefault(layer, []).extend(
                {name: value for name, value in row.items() if value is not None} for row in rows
            )
    return found


def fetched(client, collection: str, zoom: int, query: str = "") -> list[bytes]:
    contents = []
    for tile in tiles_of_city(zoom):
        response = client.get(f"/tiles/{collection}/{tile.z}/{tile.x}/{tile.y}.pbf?{query}")
        assert response.status_code in (200, 204), response.content
        assert (response.status_code == 204) == (not response.content)
        contents += [response.content] if response.content else []
    return contents


@pytest.mark.parametrize(
    ("zoom", "query"),
    [(0, ""), (9, ""), (14, ""), (15, "kind=parking"), (14, "taken_up=no"), (15, "area=west")],
)
def test_tiles_of_a_zoom_add_up_to_the_list(client, tmp_path, zoom, query):
    make_crowd(200)
    make_proposal(LineString((24.805, 60.1853), (24.835, 60.1753), srid=4326))
    listed = json.loads(client.get(f"/ogc/collections/proposals/items?{query}").content)
    marks = read_back(fetched(client, "proposals", zoom, query), tmp_path)["proposals"]
    assert sum(mark.get("count", 1) for mark in marks) == listed["numberMatched"] > 0
    clusters = client.get(f"/map/clusters.json?bbox=24,60,25,61&zoom=12&{query}").json()
    assert clusters["numberMatched"] == listed["numberMatched"]
    if zoom == 0:
        (mark,) = marks
        assert mark["taken_up"] == Proposal.objects.public().taken_up().count() > 0
    if zoom >= FEATURES_FROM_ZOOM:
        ids = {feature["id"] for feature in listed["features"]}
        assert {mark["id"] for mark in marks} == ids


def test_crowded_tile_is_counted_by_cells_at_every_zoom(client, tmp_path, monkeypatch):
    monkeypatch.setattr(tiles, "ALONE_MAX", 5)
    for _ in range(9):
        make_proposal()
    (mark,) = read_back(fetched(client, "proposals", 16), tmp_path)["proposals"]
    assert mark == {"cluster": True, "count": 9, "taken_up": 0, "same_place": True}
    make_proposal(LineString((24.8123, 60.1853), (24.8124, 60.1853), srid=4326))
    read = read_back(fetched(client, "proposals", 15), tmp_path)
    assert sum(mark.get("count", 1) for mark in read["proposals"]) == 10
    monkeypatch.setattr(tiles, "ALONE_MAX", 10)
    roomy = read_back(fetched(client, "proposals", 15), tmp_path)
    assert len(roomy["proposals"]) == 10
    assert len(roomy["shapes"]) == len(read.get("shapes", [])) + 1


def test_single_pin_says_five_things_and_a_line_is_drawn_where_it_goes(client, tmp_path):
    line = make_proposal(LineString((24.805, 60.1853), (24.815, 60.1853), srid=4326))
    make_pledge(line)
    found = read_back(fetched(client, "proposals", 15, "lang=sv"), tmp_path)
    (pin,) = found["proposals"]
    assert pin.keys() - {"mvt_id"} == {"id", "title", "kind", "status", "url"}
    assert pin["url"].endswith(f"/sv/proposals/{line.pk}/")
    assert len(found["shapes"]) > 1
    assert {shape["id"] for shape in found["shapes"]} == {line.pk}
    assert "shapes" not in read_back(fetched(client, "proposals", 12), tmp_path)


@pytest.mark.parametrize("zoom", [5, 15])
def test_areas_and_services_are_on_tiles_too(client, tmp_path, zoom):
    services = read_back(fetched(client, "services", zoom), tmp_path)["services"]
    assert sorted(one["id"] for one in services) == sorted(ServiceLocation.objects.values_list("pk", flat=True))
    areas = read_back(fetched(client, "areas", zoom), tmp_path)["areas"]
    assert {one["slug"] for one in areas} == set(Area.objects.current().values_list("slug", flat=True))


def test_every_cell_of_the_grid_is_in_its_tile():
    for place in (IN_NORTH_WEST, Point(24.82, 60.18, srid=4326), Point(WEST, SOUTH, srid=4326)):
        cell = make_proposal(place).cell
        for zoom in (0, 1, 12, 16):
            assert sum(first <= cell <= last for first, last in (tile.cells for tile in tiles_of_city(zoom))) == 1


@pytest.mark.parametrize("publication", [p for p in Publication if p != Publication.PUBLISHED])
def test_what_is_not_published_leaves_the_tile_empty(client, publication):
    make_proposal(publication=publication)
    assert fetched(client, "proposals", 0) == fetched(client, "proposals", 15) == []


def test_unchanged_tile_is_304_and_a_change_shows_in_the_next_answer(client, django_assert_num_queries):
    make_proposal()
    with django_assert_num_queries(1):
        response = client.get("/tiles/proposals/0/0/0.pbf")
    assert response["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert not response.cookies
    again = client.get("/tiles/proposals/0/0/0.pbf", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304
    make_proposal()
    later = client.get("/tiles/proposals/0/0/0.pbf", headers={"If-None-Match": response["ETag"]})
    assert later.status_code == 200
    Proposal.objects.update(publication=Publication.HIDDEN)
    assert client.get("/tiles/proposals/0/0/0.pbf").status_code == 204


def test_tilejson_leads_to_the_tiles_of_its_filter(client, settings):
    make_proposal()
    made = client.get("/tiles/proposals.json?kind=parking&lang=sv").json()
    assert made["tilejson"] == "3.0.0"
    assert [layer["id"] for layer in made["vector_layers"]] == ["proposals", "shapes"]
    address = made["tiles"][0].removeprefix(settings.SITE_URL).format(z=0, x=0, y=0)
    assert address == "/tiles/proposals/0/0/0.pbf?kind=parking&lang=sv"
    assert client.get(address).status_code == 200
    assert [layer["id"] for layer in client.get("/tiles/areas.json").json()["vector_layers"]] == ["areas"]


@pytest.mark.parametrize(
    "name",
    [
        "23/0/0",
        "-1/0/0",
        "1/2/0",
        "1/0/2",
        "1/-1/0",
        "a/0/0",
        "1/0/1.5",
        "1_0/0/0",
        "٣/0/0",
        "32/1/1",
        "9" * 30 + "/0/0",
        "1/%00/0",
    ],
)
def test_tile_that_does_not_exist_is_refused(client, name):
    response = client.get(f"/tiles/proposals/{name}.pbf")
    assert response.status_code == 400
    assert response.json()["detail"]


@pytest.mark.parametrize("query", ["kind=nonsense", "limit=5", "lang=de", "bbox=1,2,3", "since=yesterday", "kind=%00"])
def test_bad_parameter_is_refused_by_name(client, query):
    for address in ("/tiles/proposals/0/0/0.pbf", "/tiles/proposals.json"):
        response = client.get(f"{address}?{query}")
        assert response.status_code == 400
        assert [error["pointer"] for error in response.json()["errors"]] == [query.partition("=")[0]]


def test_unknown_set_is_not_found(client):
    assert client.get("/tiles/contacts.json").status_code == client.get("/tiles/contacts/0/0/0.pbf").status_code == 404
    assert client.post("/tiles/proposals.json").status_code == 405
