"""The base map is a setting: presets, a city's own, and a policy that lets in its host and no other."""

from dataclasses import replace

import pytest
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from mapapp.basemaps import BasemapPolicy, configured_basemap, let_in

XYZ = {"type": "xyz", "url": "https://tiles.example/{z}/{x}/{y}.png", "attribution": "© Somebody"}


@pytest.fixture
def choose(settings):
    def choose_basemap(name: str, custom: dict[str, str] | None = None, key: str = "") -> None:
        settings.BASEMAP, settings.BASEMAP_KEY = name, key
        settings.CITY = replace(settings.CITY, basemap_custom=custom or {})

    return choose_basemap


OWN = {"'self'", "data:", "blob:"}


def image_sources(*, has_map: bool) -> set[str]:
    """The `img-src` of a page through the two middlewares."""

    def view(request: HttpRequest) -> HttpResponse:
        if has_map and (basemap := configured_basemap()):
            let_in(request, basemap)
        return HttpResponse("page")

    response = CSPMiddleware(BasemapPolicy(view))(RequestFactory().get("/"))
    for directive in response["Content-Security-Policy"].split(";"):
        name, *values = directive.split()
        if name == "img-src":
            return set(values)
    raise AssertionError("no img-src at all")


def test_without_a_base_map_a_page_lets_in_no_host(choose):
    choose("none")
    assert configured_basemap() is None
    assert image_sources(has_map=True) == OWN


@pytest.mark.parametrize("preset", ["osm", "mml", "espoo"])
def test_every_preset_names_its_owner_and_asks_by_https(choose, preset):
    choose(preset, key="a key")
    config = configured_basemap().config()
    assert config["attribution"].startswith("©")
    assert config["attributionUrl"].startswith("https://")
    assert config["url"].startswith("https://")
    assert config["type"] == "xyz" or config["layers"]


def test_page_with_a_map_lets_in_the_host_of_its_base_map_and_no_other_page_does(choose):
    choose("osm")
    assert image_sources(has_map=True) == OWN | {"https://tile.openstreetmap.org"}
    assert image_sources(has_map=False) == OWN


def test_policy_of_base_maps_stands_inside_that_of_the_site():
    middleware = settings.MIDDLEWARE
    assert middleware.index("mapapp.basemaps.BasemapPolicy") > middleware.index("csp.middleware.CSPMiddleware")


def test_subdomains_are_named_one_by_one(choose):
    choose("custom", XYZ | {"url": "https://{s}.tiles.example/{z}/{x}/{y}.png"})
    assert configured_basemap().hosts == [f"https://{letter}.tiles.example" for letter in "abc"]


def test_wmts_patterns_by_name_become_a_template_of_level_row_and_column(choose):
    choose("custom", XYZ | {"type": "wmts", "url": "https://t.example/w/{TileMatrix}/{TileRow}/{TileCol}.png"})
    assert configured_basemap().url == "https://t.example/w/{z}/{y}/{x}.png"


def test_wmts_by_key_and_value_asks_for_its_layer_and_matrix_set(choose):
    choose("custom", XYZ | {"type": "wmts", "url": "https://t.example/wmts", "layers": "a b", "matrix_set": "GM"})
    basemap = configured_basemap()
    assert basemap.type == "xyz"
    assert "layer=a+b" in basemap.url
    assert basemap.url.endswith("&tilematrixset=GM&tilematrix={z}&tilerow={y}&tilecol={x}")


def test_key_goes_into_the_address_and_cannot_add_to_it(choose):
    choose("custom", XYZ | {"url": "https://tiles.example/{z}/{x}/{y}.png?k={key}"}, key="a&b=c")
    assert configured_basemap().url.endswith("?k=a%26b%3Dc")


@pytest.mark.parametrize(
    ("custom", "word"),
    [
        ({}, "attribution"),
        (XYZ | {"attribution": ""}, "attribution"),
        (XYZ | {"type": "wfs"}, "type"),
        (XYZ | {"url": "https://tiles.example/tiles.png"}, "{z}"),
        (XYZ | {"url": "javascript:alert(1)/{z}/{x}/{y}"}, "address"),
        (XYZ | {"url": "https://tiles.example; script-src *; x/{z}/{x}/{y}"}, "address"),
        (XYZ | {"url": "https://tiles.example 'unsafe-inline'/{z}/{x}/{y}"}, "address"),
        (XYZ | {"url": "/own/{z}/{x}/{y}.png"}, "address"),
        ({"type": "wms", "url": "https://t.example/wms", "attribution": "©"}, "layers"),
        ({"type": "wmts", "url": "https://t.example/wmts", "attribution": "©"}, "matrix_set"),
    ],
)
def test_unusable_base_map_of_a_city_is_refused_with_the_key_that_is_wrong(choose, custom, word):
    choose("custom", custom)
    with pytest.raises(ImproperlyConfigured, match=word):
        configured_basemap()


def test_unknown_preset_is_refused_with_those_that_are_known(choose):
    choose("google")
    with pytest.raises(ImproperlyConfigured, match="osm"):
        configured_basemap()


def test_preset_that_needs_a_key_says_so(choose):
    choose("mml")
    with pytest.raises(ImproperlyConfigured, match="BASEMAP_KEY"):
        configured_basemap()
