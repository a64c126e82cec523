"""Base maps that a city may choose, and what a page must allow for their pictures to come.

None is needed: without one the map is drawn from our own areas, land and places. A base map is the one foreign host that a
page ever asks, so its hosts join `img-src` of pages with a map and of no other page.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

MAX_ZOOM_DEFAULT = 19  # Web Mercator level at which one pixel is 0.15 m at 60 N
HOSTS_OF_PAGE = "basemap_hosts"  # attribute of the request
SUBDOMAINS = "abc"  # what {s} stands for, as in Leaflet


class BasemapConfig(TypedDict):
    """What the map's JavaScript is told."""

    type: str
    url: str
    layers: str
    maxZoom: int
    attribution: str
    attributionUrl: str


@dataclass(frozen=True)
class Basemap:
    """One base map. `url` of type xyz holds {z}, {x}, {y}; of type wms it is the address before the question mark."""

    type: str
    url: str
    attribution: str
    attribution_url: str = ""
    layers: str = ""
    max_zoom: int = MAX_ZOOM_DEFAULT

    @property
    def hosts(self) -> list[str]:
        """Scheme and host of every address that its pictures come from, as `img-src` takes them."""
        addresses = [self.url.replace("{s}", letter) for letter in SUBDOMAINS] if "{s}" in self.url else [self.url]
        return [f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, addresses)]

    def config(self) -> BasemapConfig:
        return {
            "type": self.type,
            "url": self.url,
            "layers": self.layers,
            "maxZoom": self.max_zoom,
            "attribution": self.attribution,
            "attributionUrl": self.attribution_url,
        }


def _osm(key: str) -> Basemap:
    """OpenStreetMap's own tiles; their policy wants a referrer and no heavy use (operations.osmfoundation.org)."""
    return Basemap(
        type="xyz",
        url="https://tile.openstreetmap.org/{z}/{x}/{y}.png",
        attribution="© OpenStreetMap contributors",
        attribution_url="https://www.openstreetmap.org/copyright",
    )


def _mml(key: str) -> Basemap:
    """The national background map by WMTS (REST: level, row, column). Its owner gives keys without charge."""
    if not key:
        raise ImproperlyConfigured("BASEMAP=mml needs BASEMAP_KEY: the API key of the National Land Survey's services.")
    return Basemap(
        type="xyz",
        url="https://avoin-karttakuva.maanmittauslaitos.fi/avoin/wmts/1.0.0/taustakartta/default/"
        "WGS84_Pseudo-Mercator/{z}/{y}/{x}.png?api-key=" + quote(key, safe=""),
        attribution="© Maanmittauslaitos, CC BY 4.0",
        attribution_url="https://www.maanmittauslaitos.fi/avoindata-lisenssi-cc40",
        max_zoom=18,
    )


def _espoo(key: str) -> Basemap:
    """The guide map of that city's own WMS."""
    return Basemap(
        type="wms",
        url="https://kartat.espoo.fi/teklaogcweb/wms.ashx",
        layers="Opaskartta",
        attribution="© Espoon kaupunki",
        attribution_url="https://www.espoo.fi",
    )


PRESETS: dict[str, Callable[[str], Basemap]] = {"osm": _osm, "mml": _mml, "espoo": _espoo}


def configured_basemap() -> Basemap | None:
    """The base map of the settings, or None. Raises ImproperlyConfigured that says which value is wrong."""
    if settings.BASEMAP == "none":
        return None
    if settings.BASEMAP == "custom":
        return _custom(settings.CITY.basemap_custom, settings.BASEMAP_KEY)
    if settings.BASEMAP not in PRESETS:
        known = ", ".join(["none", *PRESETS, "custom"])
        raise ImproperlyConfigured(f"BASEMAP must be one of {known}, not {settings.BASEMAP!r}.")
    return PRESETS[settings.BASEMAP](settings.BASEMAP_KEY)


def _custom(table: Mapping[str, str], key: str) -> Basemap:
    """`[basemap_custom]` of the city's file: type xyz | wmts | wms, url, attribution, layers, max_zoom; {key} in the url."""
    kind, url = table.get("type", "xyz"), table.get("url", "").replace("{key}", quote(key, safe=""))
    if not table.get("attribution"):
        raise ImproperlyConfigured("basemap_custom: attribution is missing; every map has an owner to name.")
    if kind == "wmts":
        kind, url = "xyz", _wmts_template(url, table)
    _check_address(kind, url, table.get("layers", ""))
    return Basemap(
        type=kind,
        url=url,
        layers=table.get("layers", ""),
        attribution=table["attribution"],
        attribution_url=table.get("attribution_url", ""),
        max_zoom=int(table.get("max_zoom", MAX_ZOOM_DEFAULT)),
    )


def _check_address(kind: str, url: str, layers: str) -> None:
    parts = urlsplit(url)
    if kind not in ("xyz", "wms"):
        raise ImproperlyConfigured(f"basemap_custom: type must be xyz, wmts or wms, not {kind!r}.")
    # The host goes into a header: a space or a semicolon would write a policy of its own.
    if parts.scheme not in ("https", "http") or not re.fullmatch(r"[\w.:{}-]+", parts.netloc, re.ASCII):
        raise ImproperlyConfigured(f"basemap_custom: url must be an address such as https://host/path, not {url!r}.")
    if kind == "xyz" and not all(part in url for part in ("{z}", "{x}", "{y}")):
        raise ImproperlyConfigured("basemap_custom: the url of type xyz must hold {z}, {x} and {y}.")
    if kind == "wms" and not layers:
        raise ImproperlyConfigured("basemap_custom: type wms needs layers.")


def _wmts_template(url: str, table: Mapping[str, str]) -> str:
    """WMTS (OGC 07-057r7) as a template of z, x, y: its REST pattern by names, or key-value pairs where it has none."""
    names = {"{TileMatrix}": "{z}", "{TileRow}": "{y}", "{TileCol}": "{x}"}
    if any(name in url for name in names):
        for name, short in names.items():
            url = url.replace(name, short)
        return url
    if "{z}" in url:
        return url
    if not table.get("layers") or not table.get("matrix_set"):
        raise ImproperlyConfigured("basemap_custom: type wmts needs layers and matrix_set, or a url with {TileMatrix}.")
    query = urlencode(
        {
            "service": "WMTS",
            "request": "GetTile",
            "version": "1.0.0",
            "layer": table["layers"],
            "style": table.get("style", "default"),
            "format": table.get("format", "image/png"),
            "tilematrixset": table["matrix_set"],
        }
    )
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{query}&tilematrix={{z}}&tilerow={{y}}&tilecol={{x}}"


class BasemapPolicy:
    """Middleware, inside that of the policy: a page that shows a map (see `map_config`) lets in pictures from the hosts of
    the configured base map; no other page does.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        hosts = getattr(request, HOSTS_OF_PAGE, None)
        if hosts:
            response._csp_update = {"img-src": hosts}
        return response


def let_in(request: HttpRequest, basemap: Basemap) -> None:
    """Marks the page that answers `request` as one that shows `basemap`."""
    setattr(request, HOSTS_OF_PAGE, basemap.hosts)
