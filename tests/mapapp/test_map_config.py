"""What a page tells its map, and the door of the land mask."""

from dataclasses import replace

import pytest
from django.test import RequestFactory

from layers.models import Area
from mapapp.basemaps import HOSTS_OF_PAGE
from mapapp.map_config import map_config

SHORE = '{"type": "FeatureCollection", "features": []}'


@pytest.fixture
def request_of_page():
    return RequestFactory().get("/en/")


def test_map_opens_on_the_areas_in_force(toytown, request_of_page):
    assert map_config(request_of_page, mode="browse")["bounds"] == [24.8, 60.17, 24.84, 60.19]


@pytest.mark.django_db
def test_map_without_areas_opens_on_the_bounds_of_the_citys_file(request_of_page, settings):
    Area.objects.all().delete()
    assert map_config(request_of_page, mode="browse")["bounds"] == list(settings.CITY.bounds)


@pytest.mark.parametrize(("mode", "queries"), [("browse", 3), ("place", 2), ("zone", 2), ("show", 2)])
def test_map_costs_two_queries_and_one_where_layers_can_be_chosen(
    toytown, request_of_page, django_assert_num_queries, mode, queries
):
    with django_assert_num_queries(queries):
        map_config(request_of_page, mode=mode)


def test_words_of_the_map_name_every_topic_and_stage(toytown, request_of_page):
    strings = map_config(request_of_page, mode="browse")["strings"]
    assert set(strings["kinds"]) == {"idea", "parking", "pathway", "space", "service", "concern"}
    assert len(strings["stages"]) == 10
    assert all(strings["kinds"].values())
    assert all(strings["stages"].values())


def test_only_a_page_that_shows_a_map_is_marked_for_its_base_map(toytown, request_of_page, settings):
    settings.BASEMAP = "osm"
    assert not hasattr(request_of_page, HOSTS_OF_PAGE)
    map_config(request_of_page, mode="show")
    assert getattr(request_of_page, HOSTS_OF_PAGE) == ["https://tile.openstreetmap.org"]


def test_city_without_a_land_mask_names_no_door_for_it(toytown, request_of_page, client):
    assert map_config(request_of_page, mode="browse")["urls"]["land"] is None
    assert client.get("/map/land.json").status_code == 404


def test_land_mask_is_given_once_and_then_known_by_its_etag(client, settings, tmp_path):
    (tmp_path / "shore.geojson").write_text(SHORE)
    settings.CITY = replace(settings.CITY, land=tmp_path / "shore.geojson")
    answer = client.get("/map/land.json")
    assert (answer.status_code, answer.content.decode()) == (200, SHORE)
    assert "max-age=" in answer["Cache-Control"]
    assert client.get("/map/land.json", headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_land_mask_is_only_read(client):
    assert client.post("/map/land.json").status_code == 405
