"""A filter as one HTML file: a folium map of its proposals and areas, and the same figures as a table.

The only module that knows folium, to which no text may go. In the browser it runs text in every sink (popup, tooltip, icon,
layer name). On the server it runs it too: branca compiles what it has rendered once more as a Jinja template, so a title
with two braces would be a program. So folium gets numbers; texts go into the page as JSON, which static/js/report.js writes
by `textContent`. `as_text` is for the one text that Leaflet must have, the attribution of a base map.
"""

import re
from dataclasses import dataclass
from typing import Any

import folium
import folium.plugins
import geopandas
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import override
from folium.utilities import JsCode

from geodata.expressions import ANY_KEY
from layers.geometry import WGS84
from layers.models import Area, Dataset
from mapapp import report_page
from mapapp.basemaps import Basemap, configured_basemap
from mapapp.report_classes import Class, classify
from mapapp.report_figures import AreaRow, Figures, area_rows, count_figures, snapshot
from mapapp.report_filter import ReportForm
from mapapp.report_pins import Card, MapRows, Mark, map_rows
from proposals.models import Kind, Proposal, Status

STYLES = (
    "leaflet/leaflet.css",
    "vendor/leaflet.markercluster/MarkerCluster.css",
    "css/tokens.css",
    "css/base.css",
    "css/components.css",
    "css/pages.css",
    "css/map.css",
    "css/print.css",
    "css/planning.css",
    "css/report.css",
)
SCRIPTS = ("leaflet/leaflet.js", "vendor/leaflet.markercluster/leaflet.markercluster.js", "js/report.js")
CLUSTER_RADIUS_PX = 70
JINJA = re.compile(r"\{[{%#]|[}%#]\}")  # what would begin or end something in a template
Links = list[tuple[str, str]]


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
        if not all(type(value) in (int, float) for mark in marks for value in mark):
            raise TypeError("folium runs text: its marks are numbers")
        super().__init__(marks, callback="report.pin", icon_create_function="report.cluster", **options)


@dataclass(frozen=True)
class Report:
    """The file, and the policy to send with it where we serve it ourselves."""

    html: str
    policy_header: str


def make_report(form: ReportForm, *, timeout_s: int) -> Report:
    """The report of a valid `form`, in its language. Each of its queries may take `timeout_s`.

    Raises django.db.OperationalError where one takes longer.
    """
    with override(form.cleaned_data["lang"]):
        with snapshot(timeout_s):
            matched = form.apply(Proposal.objects.public())
            figures = count_figures(matched)
            rows = area_rows(figures, {pk for area in form.areas for pk in area.area_ids})
            frame = area_frame(rows)
            shown = map_rows(matched, figures.total.proposals)
            datasets = list(Dataset.objects.of_current_areas())
        legend = colour(frame, form.cleaned_data["measure"])
        basemap = configured_basemap()
        page = _page_context(form, figures, rows, datasets) | {
            "legend": legend,
            "shown": shown,
            "strings": strings(rows, shown.cards),
            "basemap": basemap,
        }
        return _as_file(draw(frame, shown, basemap), page, basemap)


def area_frame(rows: list[AreaRow]) -> geopandas.GeoDataFrame:
    """Outlines (EPSG:4326) of all current areas of the level that `rows` are of, largest first, with the rows' figures.

    The index is the area's key; areas outside `rows` carry no figures. One query.
    """
    figures = {row.pk: row for row in rows}
    areas = [area for area in Area.objects.current().for_map() if area.outline is not None]
    levels = {area.level for area in areas if area.pk in figures}
    drawn = sorted((a for a in areas if a.pk in figures or a.level in levels), key=lambda area: -area.size_m2)
    known = [figures.get(area.pk) for area in drawn]
    keys = [area.pk for area in drawn]
    # The shapes carry the same index as the figures, or pandas would pair them by their places in it.
    shapes = geopandas.GeoSeries.from_wkb([bytes(area.outline.wkb) for area in drawn], index=keys, crs=WGS84)
    return geopandas.GeoDataFrame(
        {
            "is_shown": [row is not None for row in known],
            "centre": [[round(degrees, 5) for degrees in area.centre.coords] for area in drawn],
            "proposals": [row.tally.proposals if row else 0 for row in known],
            "density": [row.per_km2 if row else None for row in known],
            "taken_up": [row.share_taken_up if row else None for row in known],
        },
        geometry=shapes,
        index=keys,
    )


def colour(frame: geopandas.GeoDataFrame, measure: str) -> list[Class]:
    """Adds the column `look`, the classes of CSS in which each area is drawn; returns the legend."""
    shown = frame[frame["is_shown"]]
    shades, legend = classify(shown[measure], shown["proposals"], measure)
    frame["look"] = "shade shade--outside"
    frame.loc[shown.index, "look"] = "shade shade--" + shades.astype(str)
    return legend


def draw(frame: geopandas.GeoDataFrame, shown: MapRows, basemap: Basemap | None) -> folium.Map:
    """The areas in their classes, and the pins or cells above them."""
    bounds = frame[frame["is_shown"]].total_bounds if frame["is_shown"].any() else settings.CITY.bounds
    west, south, east, north = (float(degrees) for degrees in bounds)
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
            frame[["look", "centre", "geometry"]],
            style_function=lambda feature: {"className": feature["properties"]["look"]},
            on_each_feature=JsCode("report.area"),
            smooth_factor=0.5,
        ).add_to(drawn)
    PinClusters(
        shown.marks,
        show_coverage_on_hover=False,
        max_cluster_radius=CLUSTER_RADIUS_PX,
        animate=JsCode("report.animate"),
    ).add_to(drawn)
    drawn.fit_bounds([[south, west], [north, east]])
    return drawn


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


def strings(rows: list[AreaRow], cards: list[Card]) -> dict[str, Any]:
    """What report.js writes, as JSON: words, cards, names of kinds, stages and areas, and the address of a proposal."""
    return {
        "proposal": settings.SITE_URL + reverse("proposal", args=[ANY_KEY]).replace(str(ANY_KEY), "{key}"),
        "open": _("Open the proposal"),
        "zoomIn": _("Zoom in"),
        "zoomOut": _("Zoom out"),
        "close": _("Close"),
        "proposals": _("Proposals"),
        "takenUp": _("Taken up"),
        "cards": cards,
        "kinds": {str(value): str(label) for value, label in Kind.choices},
        "stages": {str(value): str(label) for value, label in Status.choices},
        "areas": {
            row.pk: {
                "name": row.name,
                "language": row.language,
                "proposals": row.tally.proposals,
                "takenUp": row.tally.taken_up,
            }
            for row in rows
            if row.pk is not None
        },
    }


def _page_context(form: ReportForm, figures: Figures, rows: list[AreaRow], datasets: list[Dataset]) -> dict[str, Any]:
    return {
        "city": settings.CITY,
        "language": form.cleaned_data["lang"],
        "chips": form.chips(),
        "measure_name": form.measure_name,
        "is_whole": form.cleaned_data["part"] != "map",
        "figures": figures,
        "rows": rows,
        "kinds": Kind.choices,
        "stages": Status.choices,
        "made_at": timezone.localtime(),
        "list_address": f"{settings.SITE_URL}{reverse('map')}?{form.querystring()}",
        "credits": [dataset.attribution for dataset in datasets if dataset.attribution],
        "is_approximate": any(dataset.is_approximate for dataset in datasets),
    }


def _as_file(drawn: folium.Map, context: dict[str, Any], basemap: Basemap | None) -> Report:
    figure = drawn.get_root()
    figure.render()  # fills the figure's parts; its own page around them is not ours
    themes = (settings.CITY.theme,) if settings.CITY.theme else ()
    styles = [report_page.style("\n".join(report_page.asset(path) for path in (*STYLES, *themes)))]
    scripts = [report_page.script(report_page.asset(path)) for path in SCRIPTS]
    scripts.append(report_page.script(figure.script.render()))
    policy = report_page.policy(scripts, styles, basemap.hosts if basemap else [])
    context |= {
        "map": mark_safe(figure.html.render()),
        "sprite": report_page.sprite(),
        "styles": styles,
        "scripts": scripts,
        "policy": policy,
    }
    return Report(render_to_string("mapapp/planning_report.html", context), report_page.policy_header(policy))
