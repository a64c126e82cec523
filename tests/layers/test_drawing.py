"""The one reader of geometry: every bad shape of the threat table is refused with its place and reason."""

import json
import math
import random
import time

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from layers.drawing import VERTICES_MAX, read_geometry, read_zone
from layers.forms import ZoneField


def refused(value: object) -> tuple[str, str]:
    """(code, pointer) of the refusal of `value`."""
    with pytest.raises(ValidationError) as caught:
        read_geometry(value)
    return caught.value.code, caught.value.params["pointer"]


def point(*position: object) -> dict[str, object]:
    return {"type": "Point", "coordinates": list(position)}


def line(*positions: list[float]) -> dict[str, object]:
    return {"type": "LineString", "coordinates": list(positions)}


def polygon(*rings: list[list[float]]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": list(rings)}


SQUARE = [[24.81, 60.17], [24.82, 60.17], [24.82, 60.18], [24.81, 60.18], [24.81, 60.17]]
BOW_TIE = [[24.81, 60.17], [24.82, 60.18], [24.82, 60.17], [24.81, 60.18], [24.81, 60.17]]
HOLE_OUTSIDE = [[24.83, 60.19], [24.84, 60.19], [24.84, 60.20], [24.83, 60.19]]
SPIKE = [[24.81, 60.17], [24.82, 60.17], [24.83, 60.17], [24.82, 60.17], [24.82, 60.18], [24.81, 60.17]]


@pytest.mark.parametrize(
    ("value", "code", "pointer"),
    [
        (None, "not_an_object", ""),
        ([24.81, 60.17], "not_an_object", ""),
        ("POINT(24.81 60.17)", "not_an_object", ""),
        ("SRID=4326;POINT(24.81 60.17)", "not_an_object", ""),
        ({}, "type", "/type"),
        ({"type": "Feature", "geometry": point(24.81, 60.17)}, "type", "/type"),
        ({"type": "GeometryCollection", "geometries": []}, "type", "/type"),
        ({"type": "MultiPoint", "coordinates": [[24.81, 60.17]]}, "type", "/type"),
        ({"type": "CircularString", "coordinates": [[1, 2]]}, "type", "/type"),
        ({"type": ["Point"], "coordinates": [24.81, 60.17]}, "type", "/type"),
        ({"type": "Point"}, "empty", "/coordinates"),
        ({"type": "Point", "coordinates": None}, "empty", "/coordinates"),
        ({"type": "Point", "coordinates": []}, "empty", "/coordinates"),
        ({"type": "Point", "coordinates": "24.81,60.17"}, "empty", "/coordinates"),
        (point(24.81), "position", "/coordinates"),
        (point(24.81, 60.17, 1, 2, 3), "position", "/coordinates"),
        (point("24.81", "60.17"), "position", "/coordinates"),
        (point(True, False), "position", "/coordinates"),
        (point(None, 60.17), "position", "/coordinates"),
        (point(math.nan, 60.17), "not_finite", "/coordinates"),
        (point(math.inf, 60.17), "not_finite", "/coordinates"),
        (point(10**400, 60.17), "not_finite", "/coordinates"),
        (line([24.81, 60.17], [24.82, -(10**400)]), "not_finite", "/coordinates/1"),
        (point(181, 60.17), "out_of_range", "/coordinates"),
        (point(24.81, 91), "out_of_range", "/coordinates"),
        (point(60.1765, 24.81), "swapped", "/coordinates"),
        (point(25_489_454.5, 6_673_752.5), "metres", "/coordinates"),
        ({**point(24.81, 60.17), "crs": {"type": "name"}}, "crs", "/crs"),
        (line([24.81, 60.17]), "degenerate", "/coordinates"),
        (line([24.81, 60.17], [24.81, 60.17]), "degenerate", "/coordinates"),
        (line([24.81, 60.17], 24.82), "position", "/coordinates/1"),
        (line([24.81, 60.17], [24.9, 60.17], [24.81, 60.4]), "too_long", "/coordinates"),
        (polygon(SQUARE[:3]), "ring_too_short", "/coordinates/0"),
        (polygon(SQUARE[:4]), "ring_open", "/coordinates/0"),
        (polygon([*SQUARE[:3], "x"]), "position", "/coordinates/0/3"),
        (polygon(BOW_TIE), "invalid", "/coordinates"),
        (polygon(SPIKE), "invalid", "/coordinates"),
        (polygon(SQUARE, HOLE_OUTSIDE), "invalid", "/coordinates"),
        (polygon(SQUARE, SQUARE), "invalid", "/coordinates"),
        (polygon([[24.81, 60.17]] * 4), "invalid", "/coordinates"),
        (polygon([[24.5, 60.1], [24.9, 60.1], [24.9, 60.3], [24.5, 60.3], [24.5, 60.1]]), "too_large", "/coordinates"),
        (polygon([[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]), "too_large", "/coordinates"),
    ],
)
def test_bad_geometry_is_refused_with_its_place(value: object, code: str, pointer: str) -> None:
    assert refused(value) == (code, pointer)


@pytest.mark.parametrize("count", [VERTICES_MAX + 2, 10_001])
def test_too_many_vertices_are_refused(count: int) -> None:
    zigzag = [[24.81 + i * 1e-6, 60.17 + (i % 2) * 1e-6] for i in range(count)]
    assert refused(line(*zigzag))[0] == "too_many_vertices"


def test_a_hostile_ring_is_refused_at_once_and_never_repaired() -> None:
    chance = random.Random(1)
    ring = [[24.81 + chance.random() / 100, 60.17 + chance.random() / 100] for _ in range(400)]
    started = time.process_time()
    assert refused(polygon([*ring, ring[0]]))[0] == "invalid"
    assert time.process_time() - started < 1  # make_valid took 64 s of it (measured 2026-11-24)


def test_a_crossing_outline_is_refused_with_its_place_and_without_the_librarys_english() -> None:
    with translation.override("fi"), pytest.raises(ValidationError) as caught:
        read_geometry(polygon(BOW_TIE))
    assert "(60.17500, 24.81500)" in caught.value.message
    assert "Self" not in caught.value.message


def test_heights_are_dropped_and_said_so() -> None:
    read = read_geometry(point(24.81, 60.17, 12.5))
    assert read.geometry.coords == (24.81, 60.17)
    assert read.notes == ("z_dropped",)


def test_seven_decimals_are_kept() -> None:
    assert read_geometry(point(24.81234567891, 60.17)).geometry.x == 24.8123457


def test_polygons_come_out_counter_clockwise_with_clockwise_holes() -> None:
    hole = [[24.813, 60.173], [24.817, 60.173], [24.817, 60.177], [24.813, 60.177], [24.813, 60.173]]
    for outer in (SQUARE, SQUARE[::-1]):
        for inner in (hole, hole[::-1]):
            read = read_geometry(polygon(outer, inner)).geometry
            assert read.exterior_ring.is_counterclockwise
            assert not read[1].is_counterclockwise


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=5)
    )
)
def test_any_coordinates_are_read_or_refused_never_an_error(coordinates: object) -> None:
    for kind in ("Point", "LineString", "Polygon"):
        try:
            read = read_geometry({"type": kind, "coordinates": coordinates})
        except ValidationError as error:
            assert error.code
        else:
            assert read.geometry.valid
            json.loads(read.geometry.geojson)


# --- areas with holes -------------------------------------------------------------------------------------------------

HOLE = [[24.813, 60.173], [24.817, 60.173], [24.817, 60.177], [24.813, 60.177], [24.813, 60.173]]
BESIDE = [[24.83, 60.17], [24.835, 60.17], [24.835, 60.175], [24.83, 60.17]]


def zone(*polygons: object) -> dict[str, object]:
    return {"type": "MultiPolygon", "coordinates": list(polygons)}


@pytest.mark.parametrize(
    ("value", "code", "pointer"),
    [
        ([], "not_an_object", ""),
        ({**zone([SQUARE]), "crs": {}}, "crs", "/crs"),
        (point(24.81, 60.17), "type", "/type"),
        (zone(), "empty", "/coordinates"),
        (zone([]), "empty", "/coordinates/0"),
        (zone("x"), "empty", "/coordinates/0"),
        (zone([SQUARE], [SQUARE[:3]]), "ring_too_short", "/coordinates/1/0"),
        (zone([SQUARE], [[*BESIDE[:3], [24.84, "x"]]]), "position", "/coordinates/1/0/3"),
        (zone([BOW_TIE]), "invalid", "/coordinates"),
        (zone([SQUARE], [HOLE]), "invalid", "/coordinates"),  # one within the other
        (zone([SQUARE, HOLE_OUTSIDE]), "invalid", "/coordinates"),
        (polygon([[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]), "too_large", "/coordinates"),
    ],
)
def test_bad_zone_is_refused_with_its_place(value: object, code: str, pointer: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read_zone(value)
    assert (caught.value.code, caught.value.params["pointer"]) == (code, pointer)


def test_zone_keeps_several_areas_and_their_holes_and_is_wound() -> None:
    read = read_zone(zone([SQUARE[::-1], HOLE], [BESIDE]))
    assert [len(part) for part in read] == [2, 1]
    assert read[0].exterior_ring.is_counterclockwise and not read[0][1].is_counterclockwise
    assert read_zone(polygon(SQUARE)).geom_type == "MultiPolygon"


def test_zone_has_no_more_points_than_it_may() -> None:
    with pytest.raises(ValidationError) as caught:
        read_zone(zone([SQUARE], [BESIDE]), vertices_max=7)
    assert caught.value.code == "too_many_vertices"


@pytest.mark.parametrize("text", ["{", "[" * 90_000, "9" * 6_000, "x" * 200_000, "NaN", '{"type": "Polygon"}'])
def test_hostile_text_of_a_zone_is_refused(db: None, text: str) -> None:
    with pytest.raises(ValidationError):
        ZoneField().clean(text)


def test_zone_outside_the_city_is_refused(toytown: None) -> None:
    with pytest.raises(ValidationError) as caught:
        ZoneField().clean(json.dumps(polygon([[lon + 1, lat] for lon, lat in SQUARE])))
    assert caught.value.code == "outside"
    assert ZoneField().clean(json.dumps(polygon(SQUARE))).valid
    assert ZoneField(required=False).clean("") is None
