"""Areas, services, places by name and the place of a point, as the map asks for them."""

from unittest.mock import Mock

import pytest
from django.db import OperationalError

from actors.models import ThrottleCount
from layers.models import Area, Dataset

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def city(toytown):
    return toytown


def properties(client, address: str) -> list[dict]:
    response = client.get(address)
    assert response.status_code == 200, response.content
    return [feature["properties"] for feature in response.json()["features"]]


def test_areas_come_with_their_names_parents_and_outlines(client):
    areas = {area["slug"]: area for area in properties(client, "/map/areas.json?lang=sv")}
    assert set(areas) == {"toytown", "west", "east", "north-west", "north-east", "south-west", "south-east"}
    assert areas["north-west"] == {
        "code": "north-west",
        "slug": "north-west",
        "level": "neighbourhood",
        "name": "Nordväst",
        "name_language": "sv",
        "parent": "west",
        "centre": pytest.approx([24.81, 60.185], abs=0.005),
    }
    assert [a["slug"] for a in properties(client, "/map/areas.json?level=district")] == ["east", "west"]


def test_area_without_a_name_in_the_language_says_which_it_shows(client):
    Area.objects.of_slugs(["west"]).update(names={"fi": "Länsi", "sv": ""})
    Dataset.objects.update(digest="another import")
    (west,) = (a for a in properties(client, "/map/areas.json?lang=sv&level=district") if a["slug"] == "west")
    assert (west["name"], west["name_language"]) == ("Länsi", "fi")


def test_areas_are_read_once_and_anew_after_an_import(client, django_assert_num_queries):
    first = client.get("/map/areas.json?level=city&lang=en")
    with django_assert_num_queries(1):
        again = client.get("/map/areas.json?level=city&lang=en", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    Area.objects.of_slugs(["toytown"]).update(names={"en": "Newtown"})
    Dataset.objects.update(digest="a later import")
    assert [area["name"] for area in properties(client, "/map/areas.json?level=city&lang=en")] == ["Newtown"]


def test_services_come_by_category_with_their_counts(client, django_assert_num_queries):
    with django_assert_num_queries(2):
        document = client.get("/map/services.json?lang=sv").json()
    assert document["categories"] == {"culture": 1, "health-station": 1, "library": 1}
    library = document["features"][-1]
    assert library["geometry"] == {"type": "Point", "coordinates": [24.81, 60.185]}
    assert library["properties"]["name"] == "Leksaksbiblioteket"
    assert library["properties"]["provider_type"] == "municipal"
    assert library["properties"]["area"] == "north-west"


def test_services_are_narrowed_by_category_and_box(client):
    assert len(properties(client, "/map/services.json?category=library&category=culture")) == 2
    assert properties(client, "/map/services.json?category=circus") == []
    assert len(properties(client, "/map/services.json?bbox=24.80,60.18,24.82,60.19")) == 1
    assert len(properties(client, "/map/services.json?bbox=24.80,60.17,-170,60.19")) == 3


def places(client, query: str) -> list[dict]:
    response = client.get(f"/map/places.json?{query}")
    assert response.status_code == 200, response.content
    return response.json()["places"]


def test_places_are_found_by_the_beginning_of_their_names(client, django_assert_num_queries):
    with django_assert_num_queries(3):  # the count, the search, the names of areas
        found = places(client, "q=lelul&lang=en")
    assert {place["name"] for place in found} == {"Lelulan kirjasto", "Lelulan terveysasema"}
    library = next(place for place in found if place["name"] == "Lelulan kirjasto")
    assert (library["kind"], library["lon"], library["lat"]) == ("service", 24.81, 60.185)
    assert library["area"] == {"slug": "north-west", "name": "North-West"}
    assert library["language"] == "fi"


def test_area_is_a_place_too(client):
    place = places(client, "q=nordost&lang=sv")[0]
    assert (place["name"], place["kind"], place["area"]["slug"]) == ("Nordöst", "area", "north-east")


def test_typed_coordinates_are_a_place(client):
    (place,) = places(client, "q=60.1853,24.8123&lang=en")
    assert (place["kind"], place["lon"], place["lat"], place["area"]) == ("coordinates", 24.8123, 60.1853, None)


def test_name_that_is_nowhere_is_an_empty_list(client):
    assert places(client, "q=atlantis") == []
    assert places(client, "q=%25%25") == []
    assert places(client, "q=';DROP TABLE layers_area;--") == []


def test_flood_of_searches_is_asked_to_wait(client, monkeypatch):
    monkeypatch.setattr("actors.throttling.SEARCHES_PER_MINUTE", 2)
    for _ in range(2):
        places(client, "q=lelula")
    response = client.get("/map/places.json?q=lelula")
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 60
    assert all("lelula" not in count.key for count in ThrottleCount.objects.all())


def place(client, lon: float, lat: float, lang: str = "en") -> dict:
    response = client.get(f"/map/place.json?lon={lon}&lat={lat}&lang={lang}")
    assert response.status_code == 200, response.content
    return response.json()


def test_point_in_the_city_is_told_by_its_landmark_and_area(client):
    assert place(client, 24.81, 60.1861) == {
        "inside": True,
        "area": {"slug": "north-west", "name": "North-West"},
        "place": "120 m north of Toy Library",
        "neighbour": None,
    }


def test_point_on_the_border_of_the_city_is_inside(client):
    assert place(client, 24.80, 60.17)["inside"] is True


def test_point_next_door_is_told_by_whose_it_is(client):
    answer = place(client, 24.79, 60.175, "sv")
    assert answer == {
        "inside": False,
        "area": None,
        "place": None,
        "neighbour": {"name": "Grannby", "url": "https://nextdoor.example/"},
    }


def test_point_far_away_is_outside_and_nobodys(client):
    for lon, lat in ((0, 0), (24.9, 60.18), (-180, -90), (180, 90)):
        assert place(client, lon, lat) == {"inside": False, "area": None, "place": None, "neighbour": None}


def test_every_point_is_inside_while_the_city_has_no_areas(client):
    Area.objects.all().update(valid_to="2026-01-01T00:00Z")
    assert place(client, 24.81, 60.1861)["inside"] is True


@pytest.mark.parametrize("failure", [ValueError, OperationalError])
def test_door_that_fails_says_what_a_browser_may_do_with_its_answer(client, monkeypatch, failure):
    monkeypatch.setattr("geodata.views.map.gazetteer.search", Mock(side_effect=failure("broken")))
    monkeypatch.setattr("mapapp.views.errors.connection", Mock())
    client.raise_request_exception = False
    response = client.get("/map/places.json?q=lelula")
    assert response.status_code in (500, 503)
    assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert response["X-Content-Type-Options"] == "nosniff"
