"""Search of places by name, and places in words."""

import pytest
from django.contrib.gis.geos import Point

from layers.gazetteer import Landmark, describe, fold, index_service_locations, landmarks_for, nearest_landmark, search
from layers.models import ServiceLocation
from tests.toytown import CROSSING, OUTSIDE, middle_of

DEGREE_NORTH_M = 111_416  # length of a degree of latitude at 60.18 N, WGS 84
DEGREE_EAST_M = 55_521  # of longitude there


def names(text: str, language: str = "fi") -> list[str]:
    return [place.name for place in search(text, language)]


# --- search -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "   ", "%", "_", "%%%", "'; --", "\x00", "\ud800", "-", "atlantis"])
def test_text_that_names_nothing_finds_nothing(toytown, text):
    assert search(text, "fi") == []


def test_end_of_a_word_finds_nothing(toytown):
    assert names("rjasto") == []


def test_long_text_is_cut_rather_than_refused(toytown):
    assert search("lelulan " * 10_000, "fi")


def test_service_that_was_removed_is_not_found(toytown):
    ServiceLocation.objects.get(source_id="t3").delete()
    assert names("nukke") == []


def test_beginning_of_a_word_finds_the_place(toytown):
    assert names("nukk") == ["Nukkekoti"]
    assert names("kirj") == ["Lelulan kirjasto"]


def test_beginnings_of_several_words_find_the_place(toytown):
    assert names("lel ter") == ["Lelulan terveysasema"]


def test_dots_accents_and_capitals_do_not_matter(toytown):
    assert names("DOCKSKAPET") == ["Dockskåpet"]
    assert names("dockskåpet") == ["Dockskåpet"]
    assert names("sydost", "sv") == ["Sydöst"]


def test_slip_of_the_finger_still_finds_the_place(toytown):
    assert names("nukekoti") == ["Nukkekoti"]


def test_every_language_is_searched_on_every_page(toytown):
    assert names("dolls house", "sv") == ["Dolls' House"]


def test_each_place_comes_once_under_its_name_in_the_pages_language(toytown):
    assert names("toy lib", "en") == ["Toy Library"]
    assert names("north", "sv") == ["North-East", "North-West"]


def test_areas_come_before_services(toytown):
    ServiceLocation.objects.filter(source_id="t3").update(names={"fi": "North kahvila"})
    index_service_locations(ServiceLocation.objects.values_list("pk", flat=True))
    assert names("north") == ["North-East", "North-West", "North kahvila"]


def test_a_place_tells_where_and_what_it_is(toytown):
    (library,) = search("kirjasto", "fi")
    assert (library.kind, library.language, library.detail, library.area_slug) == (
        "service", "fi", "kirjasto", "north-west",
    )  # fmt: skip
    assert (library.longitude, library.latitude) == (24.81, 60.185)
    north_west = search("nordvast", "en")[0]
    assert (north_west.kind, north_west.language, north_west.area_slug) == ("area", "sv", "north-west")
    assert north_west.detail == "neighbourhood"


def test_search_has_a_limit_and_costs_one_query(toytown, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert len(search("north", "fi", limit=1)) == 1


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Pohjois-Leppävaara", "pohjois leppavaara"), ("  ÅÄÖ  é ", "aao e"), ("Dolls' House", "dolls house"), ("!?", "")],
)
def test_fold_leaves_letters_and_single_spaces(text, folded):
    assert fold(text) == folded


# --- places in words --------------------------------------------------------------------------------------------------


def moved(start: Point, east_m: float, north_m: float) -> Point:
    return Point(start.x + east_m / DEGREE_EAST_M, start.y + north_m / DEGREE_NORTH_M, srid=4326)


def test_far_from_everything_there_is_nothing_to_tell(toytown):
    assert nearest_landmark(Point(24.5, 60.0, srid=4326)) is None
    assert describe(None, "fi") == ""


def test_place_without_a_landmark_within_a_kilometre_is_told_by_its_area(toytown):
    landmark = nearest_landmark(middle_of("south-east"))
    assert landmark == Landmark(toytown.south_east.names)
    assert describe(landmark, "en") == "in South-East"


def test_outside_the_city_a_landmark_may_be_near(toytown):
    """555 m west of the city, the Dolls' House is 1,110 m away: too far. 200 m west of it: near."""
    assert nearest_landmark(OUTSIDE) is None
    assert nearest_landmark(moved(middle_of("south-west"), -755, 0)).distance_m == 750


@pytest.mark.parametrize(
    ("east_m", "north_m", "words"),
    [
        (0, 0, "next to Toy Library"),
        (20, 20, "next to Toy Library"),
        (0, 100, "100 m north of Toy Library"),
        (85, 85, "120 m north-east of Toy Library"),
        (204, 0, "200 m east of Toy Library"),
        (206, 0, "210 m east of Toy Library"),
        (70, -70, "100 m south-east of Toy Library"),
        (0, -290, "290 m south of Toy Library"),
        (-240, -240, "350 m south-west of Toy Library"),
        (-320, 0, "300 m west of Toy Library"),
        (-330, 0, "350 m west of Toy Library"),
        (-35, 35, "50 m north-west of Toy Library"),
    ],
)
def test_place_is_told_by_distance_and_direction_from_the_nearest_landmark(toytown, east_m, north_m, words):
    place = moved(middle_of("north-west"), east_m, north_m)
    assert describe(nearest_landmark(place), "en") == words


def test_nearest_in_metres_wins_over_nearest_in_degrees(toytown):
    """A degree of longitude is half as long as one of latitude here: 0.005 degrees west are 278 m, 0.004 north 446 m."""
    library, other = (ServiceLocation.objects.get(source_id=source_id) for source_id in ("t1", "t3"))
    place = Point(library.location.x + 0.005, library.location.y, srid=4326)
    other.location = Point(place.x, place.y + 0.004, srid=4326)
    other.save(update_fields=["location"])
    assert nearest_landmark(place).names == library.names


def test_name_is_told_in_the_language_asked_for_or_the_citys_first(toytown):
    landmark = Landmark({"fi": "Lelulan kirjasto", "sv": "Leksaksbiblioteket"}, 120, 0)
    assert "Leksaksbiblioteket" in describe(landmark, "sv")
    assert "Lelulan kirjasto" in describe(landmark, "en")


def test_stored_facts_tell_the_same_without_a_query(toytown, django_assert_num_queries):
    landmark = nearest_landmark(CROSSING)
    with django_assert_num_queries(0):
        assert describe(landmark.as_json(), "en") == describe(landmark, "en")


def test_thousands_of_places_cost_one_query_in_their_order(toytown, django_assert_num_queries):
    places = [middle_of("north-east"), Point(0, 0, srid=4326), middle_of("south-east"), *[CROSSING] * 1_000]
    with django_assert_num_queries(1):
        found = landmarks_for(places)
    assert [describe(landmark, "en") for landmark in found[:3]] == ["next to Toy Health Station", "", "in South-East"]
    assert len(found) == 1_003


def test_no_places_have_no_landmarks(toytown):
    assert landmarks_for([]) == []
