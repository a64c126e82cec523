"""The demo city's areas fit together, fill the outline drawn by hand, and hold the places that people know."""

import json

import pytest
import shapely

from mapapp.demo.areas import FOLDER, areas, centres, land, outline, write_level

KAUNIAINEN = shapely.Point(24.7208, 60.2142)
HELSINKI = shapely.Point(24.94, 60.17)
KNOWN_PLACES = {
    "Tapiola": (24.81, 60.1765),
    "Otaniemi": (24.8266, 60.1843),
    "Leppävaara": (24.8135, 60.2193),
    "Matinkylä": (24.7389, 60.1607),
    "Espoon keskus": (24.6579, 60.2036),
    "Kivenlahti": (24.6360, 60.1528),
    "Kalajärvi": (24.7385, 60.3026),
    "Nuuksio": (24.5570, 60.2937),
    "Suvisaaristo": (24.7087, 60.1270),
}


@pytest.fixture(scope="module")
def levels():
    everything = areas()
    return {level: part.set_index("code") for level, part in everything.groupby("level")}


def test_demo_has_seven_districts_and_about_fifty_neighbourhoods(levels):
    assert len(levels["district"]) == 7
    assert 45 <= len(levels["neighbourhood"]) <= 60


@pytest.mark.parametrize("level", ["district", "neighbourhood"])
def test_areas_of_a_level_share_their_edges_exactly(levels, level):
    shapes = levels[level].geometry
    assert shapes.is_valid.all()
    assert set(shapes.geom_type) == {"MultiPolygon"}
    assert shapely.coverage_is_valid(shapes.to_numpy())


@pytest.mark.parametrize("level", ["district", "neighbourhood"])
def test_areas_of_a_level_fill_the_outline_and_leave_only_kauniainen_out(levels, level):
    whole = shapely.coverage_union_all(levels[level].geometry.to_numpy())
    assert len(whole.interiors) == 1
    assert whole.symmetric_difference(outline()).area / outline().area < 1e-5


def test_districts_are_exactly_the_union_of_their_neighbourhoods(levels):
    below = levels["neighbourhood"]
    for code, district in levels["district"].iterrows():
        union = shapely.coverage_union_all(below.geometry[below["parent"] == code].to_numpy())
        assert union.normalize() == district.geometry.geoms[0].normalize()


def test_every_neighbourhood_lies_in_one_piece_around_its_centre(levels):
    points = centres().set_index("code").geometry
    for code, area in levels["neighbourhood"].iterrows():
        assert len(area.geometry.geoms) == 1, area["name_fi"]
        assert area.geometry.contains(points[code]), area["name_fi"]


def test_neighbouring_towns_are_outside(levels):
    for level in levels.values():
        assert not level.geometry.covers(KAUNIAINEN).any()
        assert not level.geometry.covers(HELSINKI).any()


@pytest.mark.parametrize("name", KNOWN_PLACES)
def test_known_place_lies_in_the_neighbourhood_of_its_name(levels, name):
    below = levels["neighbourhood"]
    found = below["name_fi"][below.geometry.covers(shapely.Point(KNOWN_PLACES[name]))]
    assert list(found) == [name]


def test_outline_is_drawn_by_hand_and_says_so():
    corners = shapely.get_num_coordinates(outline())
    assert 60 <= corners <= 120
    for name in ("outline", "land"):
        collection = json.loads((FOLDER / f"{name}.geojson").read_text(encoding="utf-8"))
        assert collection["features"][0]["properties"]["approximate"] is True


def test_centres_stand_on_land_with_unique_codes_and_names():
    everything = centres()
    assert everything["code"].is_unique
    assert everything["name_fi"].is_unique
    assert land().is_valid
    assert everything.geometry.within(land()).all()


def test_written_level_is_geojson_that_names_its_parents(tmp_path, levels):
    path = tmp_path / "areas.geojson"
    count = write_level("neighbourhood", path)
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    assert len(features) == count == len(levels["neighbourhood"])
    assert {tuple(f["properties"]) for f in features} == {("code", "name_fi", "name_sv", "parent")}
    assert {f["properties"]["parent"] for f in features} == set(levels["district"].index)
    assert {f["geometry"]["type"] for f in features} == {"MultiPolygon"}


def test_written_level_says_null_where_there_is_no_name_or_parent(tmp_path):
    path = tmp_path / "areas.geojson"
    for level in ("district", "neighbourhood"):
        write_level(level, path)
        assert "NaN" not in path.read_text(encoding="utf-8")
    names = [f["properties"]["name_sv"] for f in json.loads(path.read_text(encoding="utf-8"))["features"]]
    assert None in names
    assert "" not in names


def test_unknown_level_is_refused(tmp_path):
    with pytest.raises(ValueError, match="village"):
        write_level("village", tmp_path / "areas.geojson")
