"""Where a point is: refusals first, then the answers that the toy city's squares give on paper."""

import math

import pytest
from django.contrib.gis.geos import LineString, MultiPolygon, Point, Polygon
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.models import Area
from tests.toytown import CENTRE, CROSSING, EAST, MIDDLE, NORTH, OUTSIDE, SOUTH, WEST, middle_of

DEGREE_NORTH_M = 111_416  # length of a degree of latitude at 60.18 N, WGS 84
DEGREE_EAST_M = 55_521  # of longitude there


def point(longitude: float, latitude: float) -> Point:
    return Point(longitude, latitude, srid=4326)


def slugs(areas) -> list[str]:
    return [area.slug for area in areas]


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_covering_refuses_a_point_in_metres(toytown):
    with pytest.raises(ValueError, match="EPSG:4326"):
        Area.objects.covering(Point(378_000, 6_673_000, srid=3067))


def test_place_outside_is_in_no_area(toytown):
    assert Area.objects.finest_at(OUTSIDE) is None
    assert not Area.objects.covers_geometry(OUTSIDE)


def test_ended_area_covers_nothing(toytown):
    toytown.north_west.valid_to = timezone.now()
    toytown.north_west.save(update_fields=["valid_to"])
    assert slugs(Area.objects.covering(middle_of("north-west"))) == ["west", "toytown"]


def test_without_areas_nothing_is_inside(db):
    Area.objects.all().delete()
    assert Area.objects.city() is None
    assert Area.objects.finest_level() is None
    assert not Area.objects.covers_geometry(middle_of("north-west"))
    assert Area.objects.nearest_point_inside(middle_of("north-west")) is None


def test_polygon_with_one_corner_outside_is_not_covered(toytown):
    ring = [(24.805, 60.175), (24.815, 60.175), (24.815, 60.165), (24.805, 60.175)]
    assert not Area.objects.covers_geometry(Polygon(ring, srid=4326))


def test_polygon_around_the_city_is_not_covered(toytown):
    assert not Area.objects.covers_geometry(Polygon.from_bbox((24.7, 60.1, 24.9, 60.2)))


def test_point_a_metre_outside_is_not_covered(toytown):
    assert not Area.objects.covers_geometry(point(WEST - 1 / DEGREE_EAST_M, 60.175))


@pytest.mark.parametrize(("metres", "is_covered"), [(190, True), (210, False)])
def test_line_may_leave_the_city_by_200_metres(toytown, metres, is_covered):
    to_the_west = LineString((24.81, 60.175), (WEST - metres / DEGREE_EAST_M, 60.175), srid=4326)
    to_the_north = LineString((24.81, 60.185), (24.81, NORTH + metres / DEGREE_NORTH_M), srid=4326)
    assert Area.objects.covers_geometry(to_the_west) is is_covered
    assert Area.objects.covers_geometry(to_the_north) is is_covered


def test_no_point_inside_is_near_a_place_60_metres_away(toytown):
    assert Area.objects.nearest_point_inside(point(WEST - 60 / DEGREE_EAST_M, 60.175)) is None


def test_hole_of_the_city_is_outside(toytown):
    hole = Polygon.from_bbox((24.815, 60.175, 24.825, 60.185))
    boundary = toytown.city.boundary.difference(hole)
    toytown.city.parts.all().delete()
    toytown.city.parts.create(boundary=boundary)
    assert not Area.objects.covers_geometry(CROSSING)
    assert Area.objects.covers_geometry(middle_of("north-west"))


# --- answers ----------------------------------------------------------------------------------------------------------


def test_covering_names_the_finest_first(toytown):
    assert slugs(Area.objects.covering(middle_of("south-east"))) == ["south-east", "east", "toytown"]


def test_border_point_is_in_both_areas(toytown):
    on_the_border = point(MIDDLE, 60.185)
    assert slugs(Area.objects.covering(on_the_border).of_level("neighbourhood")) == ["north-east", "north-west"]


def test_corner_where_four_areas_meet_is_in_all_of_them(toytown):
    assert Area.objects.covering(CROSSING).of_level("neighbourhood").count() == 4


def test_finest_wins_over_a_coarser_area_of_the_same_size(toytown):
    twin = Area.objects.get(pk=toytown.north_west.pk)
    twin.pk, twin.level, twin.code, twin.slug = None, "statistical", "0", "a-twin"
    twin.save()
    twin.parts.create(boundary=toytown.north_west.boundary)
    assert Area.objects.finest_at(middle_of("north-west")) == toytown.north_west


# A grid of 1e-7 degrees, as coordinates are stored, borders included.
STEP = 10_000_000
longitudes = st.integers(round((WEST - 0.01) * STEP), round((EAST + 0.01) * STEP)).map(lambda n: n / STEP)
latitudes = st.integers(round((SOUTH - 0.01) * STEP), round((NORTH + 0.01) * STEP)).map(lambda n: n / STEP)


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    longitude=longitudes | st.sampled_from([WEST, MIDDLE, EAST]),
    latitude=latitudes | st.sampled_from([SOUTH, CENTRE, NORTH]),
)
def test_every_point_is_in_the_squares_that_paper_says(toytown, longitude, latitude):
    columns = [
        name for name, west, east in (("west", WEST, MIDDLE), ("east", MIDDLE, EAST)) if west <= longitude <= east
    ]
    rows = [name for name, low, high in (("south", SOUTH, CENTRE), ("north", CENTRE, NORTH)) if low <= latitude <= high]
    expected = sorted(f"{row}-{column}" for row in rows for column in columns)
    here = point(longitude, latitude)
    assert sorted(slugs(Area.objects.covering(here).of_level("neighbourhood"))) == expected
    assert Area.objects.covers_geometry(here) is bool(expected)
    finest = Area.objects.finest_at(here)
    assert (finest.slug if finest else None) in (expected or [None])


def test_polygon_on_the_very_border_is_covered(toytown):
    assert Area.objects.covers_geometry(Polygon.from_bbox((WEST, SOUTH, EAST, NORTH)))


def test_line_with_heights_is_covered(toytown):
    assert Area.objects.covers_geometry(LineString((24.81, 60.175, 5), (24.82, 60.18, 7), srid=4326))


@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [
        (WEST - 40 / DEGREE_EAST_M, 60.1731),  # west of it
        (24.8312345, NORTH + 40 / DEGREE_NORTH_M),  # north of it
        (EAST + 20 / DEGREE_EAST_M, SOUTH - 20 / DEGREE_NORTH_M),  # off its corner
        (EAST + 1e-7, 60.18),  # a centimetre outside
    ],
)
def test_nearest_point_inside_is_inside_and_near(toytown, longitude, latitude):
    found = Area.objects.nearest_point_inside(point(longitude, latitude))
    assert found is not None
    assert Area.objects.covers_geometry(found)
    away = math.hypot((found.x - longitude) * DEGREE_EAST_M, (found.y - latitude) * DEGREE_NORTH_M)
    assert away < 45


def test_point_inside_is_its_own_nearest_point(toytown):
    assert Area.objects.nearest_point_inside(middle_of("south-west")).coords == middle_of("south-west").coords


def test_district_includes_what_is_below_it(toytown):
    chosen = Area.objects.of_slugs(["west"]).with_descendants()
    assert sorted(slugs(chosen)) == ["north-west", "south-west", "west"]


def test_city_includes_all_levels(toytown):
    assert Area.objects.of_slugs(["toytown"]).with_descendants().count() == 7


def test_several_areas_include_what_is_below_each(toytown):
    chosen = Area.objects.of_slugs(["west", "north-east"]).with_descendants()
    assert sorted(slugs(chosen)) == ["north-east", "north-west", "south-west", "west"]


def test_unknown_slug_has_no_descendants(toytown):
    assert not Area.objects.of_slugs(["atlantis"]).with_descendants().exists()


def test_list_to_choose_from_begins_with_the_city(toytown):
    assert slugs(Area.objects.current().for_choice())[:3] == ["toytown", "east", "west"]


def test_each_question_costs_one_query(toytown, django_assert_num_queries):
    here = middle_of("north-west")
    many = MultiPolygon(Polygon.from_bbox((24.801, 60.171, 24.802, 60.172)), srid=4326)
    for ask in (
        lambda: Area.objects.finest_at(here),
        lambda: Area.objects.covers_geometry(many),
        lambda: Area.objects.nearest_point_inside(OUTSIDE),
        lambda: list(Area.objects.of_slugs(["west", "east"]).with_descendants().values_list("pk", flat=True)),
        lambda: Area.objects.city(),
    ):
        with django_assert_num_queries(1):
            ask()
