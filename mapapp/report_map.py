"""What folium draws of a report: areas in their classes, pins or cells above them, or heat.

The only module that knows folium, to which no text may go. In the browser it runs text in every sink (popup, tooltip, icon,
layer name). On the server it runs it too: branca compiles what it has rendered once more as a Jinja template, so a title
with two braces would be a program. So folium gets numbers; texts go into the page as JSON, which static/js/report.js writes
by `textContent`. `as_text` is for the one text that Leaflet must have, the attribution of a base map.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import folium
import folium.plugins
import geopandas
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from folium.utilities import JsCode

from mapapp.basemaps import Basemap
from mapapp.report_pins import Mark

CLUSTER_RADIUS_PX = 70
HEAT_RADIUS_PX, HEAT_BLUR_PX = 26, 20
# From a tenth of the densest place to the densest: light to dark of one hue, as the shades of the areas; seen in grey too.
HEAT = {0.1: "#9fd3d6", 0.4: "#3f9fae", 0.7: "#146b87", 1.0: "#0a2f4a"}
JINJA = re.compile(r"\{[{%#]|[}%#]\}")  # what would begin or end something in a template
Links = list[tuple[str, str]]
Bounds = tuple[float, float, float, float]


class ReportMap(folium.Map):
    """folium's map without the scripts and styles that it would fetch from other hosts."""

    default_js: Links = []
    default_css: Links = []


class PinClusters(folium.plugins.FastMarkerCluster):
    """Clusters of the marks of `report_pins`, likewise without other hosts; report.js draws them."""

    default_js: Links = []
    default_css: Links = []

    def __init__(self, marks: list[Mark], **options: Any) -> None:
        """Raises TypeError for anything but numbers."""
        numbers_only(marks)
        super().__init__(marks, callback="report.pin", icon_create_function="report.cluster", **options)


class Heat(folium.plugins.HeatMap):
    """Heat of the marks, likewise: the script comes with folium and goes into the page."""

    default_js: Links = []

    def __init__(self, marks: list[Mark]) -> None:
        """Each mark weighs as many as it counts. Raises TypeError for anything but numbers."""
        numbers_only(marks)
        points = [[latitude, longitude, count] for latitude, longitude, count, *_rest in marks]
        super().__init__(points, radius=HEAT_RADIUS_PX, blur=HEAT_BLUR_PX, min_opacity=0.25, gradient=HEAT)


@dataclass(frozen=True)
class Drawing:
    """One map: the element that it stands in, and the script that draws it."""

    html: SafeString
    script: str


def numbers_only(marks: Iterable[Mark]) -> None:
    if not all(type(value) in (int, float) for mark in marks for value in mark):
        raise TypeError("folium runs text: its marks are numbers")


@cache
def heat_script() -> str:
    """leaflet.heat, which folium ships."""
    return (Path(folium.__file__).parent / "templates" / "leaflet_heat.min.js").read_text()


def drawing(
    frame: geopandas.GeoDataFrame, marks: list[Mark], basemap: Basemap | None, bounds: Bounds, *, as_heat: bool = False
) -> Drawing:
    """The areas of `frame` in their classes (column `look`), and `marks` above them; `bounds` are what is in view."""
    west, south, east, north = bounds
    drawn = ReportMap(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        zoom_control="topright",
        control_scale=True,
        zoom_snap=1 if basemap else 0.25,  # pictures of a base map are made for whole zooms
        attribution_control=basemap is not None,
    )
    if basemap is not None:
        tiles(basemap).add_to(drawn)
    if len(frame):
        folium.GeoJson(
            frame[["look", "centre", "proposals", "taken", "geometry"]],
            style_function=lambda feature: {"className": feature["properties"]["look"]},
            on_each_feature=JsCode("report.area"),
            smooth_factor=0.5,
        ).add_to(drawn)
    if as_heat:
        if marks:
            Heat(marks).add_to(drawn)
    else:
        pins = {"show_coverage_on_hover": False, "max_cluster_radius": CLUSTER_RADIUS_PX}
        PinClusters(marks, animate=JsCode("report.animate"), **pins).add_to(drawn)
    drawn.fit_bounds([[south, west], [north, east]])
    figure = drawn.get_root()
    figure.render()  # fills the figure's parts; its own page around them is not ours
    return Drawing(mark_safe(figure.html.render()), figure.script.render())


def bounds_of(frame: geopandas.GeoDataFrame) -> Bounds:
    """Round the areas that the report is about; without any, the bounds of the city's file."""
    bounds = frame[frame["is_shown"]].total_bounds if frame["is_shown"].any() else settings.CITY.bounds
    west, south, east, north = (float(degrees) for degrees in bounds)
    return west, south, east, north


def tiles(basemap: Basemap) -> folium.TileLayer | folium.WmsTileLayer:
    attribution = as_text(basemap.attribution)
    if as_text(basemap.url) != escape(basemap.url):
        raise ImproperlyConfigured(
            "A base map's address cannot hold two braces or a brace and a percent sign together."
        )
    if basemap.type == "wms":
        return folium.WmsTileLayer(
            basemap.url, layers=basemap.layers, fmt="image/png", attr=attribution, overlay=False, control=False
        )
    return folium.TileLayer(basemap.url, attr=attribution, max_zoom=basemap.max_zoom, control=False)


def as_text(text: str) -> str:
    """`text` for Leaflet, which takes HTML, by way of branca, which takes Jinja: shown as it is, run by neither."""
    return JINJA.sub(lambda found: "".join(f"&#{ord(sign)};" for sign in found[0]), escape(text))
