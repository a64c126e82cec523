"""What a page tells the map's JavaScript: where to look, what to ask, which words to say.

`{{ map_config|json_script:"map-config" }}` puts it into the page; the frame is `mapapp/_map.html`.
"""

from typing import Literal, TypedDict

from django.conf import settings
from django.contrib.gis.db.models import Extent
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language

from layers.models import Area, Dataset, ReferenceLayer
from mapapp.basemaps import BasemapConfig, configured_basemap, let_in
from mapapp.city import Bounds
from mapapp.map_strings import STRINGS, Strings

Mode = Literal["browse", "place", "zone", "show"]
BOUNDS_DECIMALS = 5  # of a degree, about a metre


class Owner(TypedDict):
    """Whom the map names as the owner of what it draws."""

    text: str
    url: str


class LayerConfig(TypedDict):
    """A reference layer that can be switched on, with the credit that its source asks for."""

    slug: str
    name: str
    style: str
    shown: bool
    credit: str


class MapConfig(TypedDict, total=False):
    """Read by static/js/map.js, place.js and zone.js. Bounds are west, south, east, north in EPSG:4326."""

    mode: Mode
    language: str
    bounds: list[float]
    query: str
    area: str | None
    basemap: BasemapConfig | None
    owners: list[Owner]
    layers: list[LayerConfig]
    approximate: bool
    urls: dict[str, str | None]
    sprite: str
    strings: Strings
    geometry: dict[str, object] | None
    features: dict[str, object] | None
    kind: str
    status: str


def map_config(
    request: HttpRequest,
    *,
    mode: Mode,
    query: str = "",
    geometry: dict[str, object] | None = None,
    area: str | None = None,
    features: dict[str, object] | None = None,
    kind: str = "",
    status: str = "",
) -> MapConfig:
    """The configuration of the page's map.

    `query` is the filters' query string, `geometry` a GeoJSON geometry (EPSG:4326) to show or to go on drawing, `features` a
    FeatureCollection to show, `area` the slug of the one area that the page is about. Three queries: the areas' extent, their owners, the layers that can be switched on.
    """
    basemap = configured_basemap()
    if basemap:
        let_in(request, basemap)
    datasets = list(Dataset.objects.of_current_areas())
    return {
        "mode": mode,
        "language": get_language() or settings.LANGUAGE_CODE,
        "bounds": [round(degrees, BOUNDS_DECIMALS) for degrees in _bounds()],
        "query": query,
        "area": area,
        "basemap": basemap.config() if basemap else None,
        "owners": _owners(datasets),
        "layers": _layers() if mode == "browse" else [],
        "approximate": any(dataset.is_approximate for dataset in datasets),
        "urls": _urls(),
        "sprite": static("icons.svg"),
        "strings": STRINGS[mode](),
        "geometry": geometry,
        "features": features,
        "kind": kind,
        "status": status,
    }


def _bounds() -> Bounds:
    """Round all areas in force; without any, the bounds of the city's file."""
    extent = Area.objects.current().aggregate(extent=Extent("boundary"))["extent"]
    return extent or settings.CITY.bounds


def _owners(datasets: list[Dataset]) -> list[Owner]:
    """Owners of the areas; that of the base map is named by the template, beside them."""
    return [
        {"text": ", ".join(filter(None, [dataset.attribution, dataset.licence])), "url": ""}
        for dataset in datasets
        if dataset.attribution
    ]


def _layers() -> list[LayerConfig]:
    return [
        {
            "slug": layer.slug,
            "name": layer.name,
            "style": layer.style,
            "shown": layer.is_shown,
            "credit": ", ".join(filter(None, [layer.dataset.attribution, layer.dataset.licence])),
        }
        for layer in ReferenceLayer.objects.for_choice()
    ]


def _urls() -> dict[str, str | None]:
    """Pages and doors that the map asks, `rows` for the list; `land` is None where the city's file names none."""
    return {
        "page": reverse("map"),
        "rows": reverse("map"),
        "areaPages": reverse("areas"),
        "clusters": reverse("map_clusters"),
        "areas": reverse("map_areas"),
        "services": reverse("map_services"),
        "reference": reverse("map_reference"),
        "places": reverse("map_places"),
        "place": reverse("map_place"),
        "land": reverse("map_land") if settings.CITY.land else None,
    }
