"""A filter as one HTML file: a map of its proposals and areas, and the same figures as a table.

What is drawn: areas in the colours of a measure with pins above them, heat where proposals lie close together, or two periods
side by side in the same colours. Texts reach the page as JSON or through the template; see `mapapp.report_map`.
"""

from dataclasses import dataclass
from typing import Any

import geopandas
import pandas
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import override

from geodata.expressions import ANY_KEY
from layers.geometry import WGS84
from layers.models import Area, Dataset
from mapapp import report_page
from mapapp.basemaps import Basemap, configured_basemap
from mapapp.report_classes import Class, classify
from mapapp.report_figures import AreaRow, Figures, area_rows, count_figures, snapshot
from mapapp.report_filter import HEAT, PAIR, ReportForm
from mapapp.report_map import bounds_of, drawing, heat_script
from mapapp.report_pins import Card, MapRows, cells, map_rows
from proposals.models import Kind, Proposal, Status
from proposals.models.proposal import ProposalQuerySet

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


@dataclass(frozen=True)
class Report:
    """The file, the policy to send with it where we serve it ourselves, and what it counts."""

    html: str
    policy_header: str
    figures: Figures


@dataclass(frozen=True)
class Panel:
    """One map of a report with what it shows: all of the filter, or one period of it. `title` is "" for all."""

    title: str
    figures: Figures
    rows: list[AreaRow]
    shown: MapRows
    frame: geopandas.GeoDataFrame


def make_report(form: ReportForm, *, timeout_s: int) -> Report:
    """The report of a valid `form`, in its language. Each of its queries may take `timeout_s`.

    Raises django.db.OperationalError where one takes longer.
    """
    with override(form.cleaned_data["lang"]):
        with snapshot(timeout_s):
            matched = form.apply(Proposal.objects.public())
            panels = [_panel(form, title, rows) for title, rows in _periods(form, matched)]
            figures, rows = _counted(form, matched) if len(panels) > 1 else (panels[0].figures, panels[0].rows)
            datasets = list(Dataset.objects.of_current_areas())
        legend = colour([panel.frame for panel in panels], form.cleaned_data["measure"])
        page = _page_context(form, figures, rows, datasets) | {
            "legend": legend if form.cleaned_data["style"] != HEAT else [],
            "are_cells": any(panel.shown.are_cells for panel in panels),
            "strings": strings(rows, [card for panel in panels for card in panel.shown.cards]),
            "pair": _pair_rows(panels) if len(panels) > 1 else [],
        }
        return _as_file(form, panels, page)


def _panel(form: ReportForm, title: str, matched: ProposalQuerySet) -> Panel:
    figures, rows = _counted(form, matched)
    heat = form.cleaned_data["style"] == HEAT
    shown = MapRows(cells(matched), [], False) if heat else map_rows(matched, figures.total.proposals)
    return Panel(title, figures, rows, shown, area_frame(rows))


def _counted(form: ReportForm, matched: ProposalQuerySet) -> tuple[Figures, list[AreaRow]]:
    figures = count_figures(matched)
    return figures, area_rows(figures, {pk for area in form.areas for pk in area.area_ids})


def _periods(form: ReportForm, matched: ProposalQuerySet) -> list[tuple[str, ProposalQuerySet]]:
    """What each map shows: the two periods of a pair with their names, or all."""
    if form.cleaned_data["style"] != PAIR:
        return [("", matched)]
    before, after = form.cleaned_data["before"], form.cleaned_data["after"]
    until, since = (date_format(day, "SHORT_DATE_FORMAT") for day in (before, after))
    return [
        (_("Published until %(day)s") % {"day": until}, matched.published_until(before)),
        (_("Published since %(day)s") % {"day": since}, matched.published_since(after)),
    ]


def _pair_rows(panels: list[Panel]) -> list[tuple[AreaRow, int, int, int]]:
    """Each area with its proposals of the first and the second period, and how many more that are."""
    first, second = ({row.pk: row for row in panel.rows} for panel in panels)
    names = sorted({**second, **first}.values(), key=lambda row: (row.pk is None, row.name.casefold()))
    counted = []
    for row in names:
        numbers = [of[row.pk].tally.proposals if row.pk in of else 0 for of in (first, second)]
        counted.append((row, *numbers, numbers[1] - numbers[0]))
    return counted


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
            "taken": [row.tally.taken_up if row else 0 for row in known],
            "open": [row.tally.open if row else 0 for row in known],
            "waiting": [row.tally.waiting if row else 0 for row in known],
            "supports": [row.tally.supports if row else 0 for row in known],
            "density": [row.per_km2 if row else None for row in known],
            "taken_up": [row.share_taken_up if row else None for row in known],
            "confirmed": [row.share_confirmed if row else None for row in known],
        },
        geometry=shapes,
        index=keys,
    )


def colour(frames: list[geopandas.GeoDataFrame], measure: str) -> list[Class]:
    """Adds the column `look`, the classes of CSS in which each area is drawn, the same in all `frames`; returns the legend."""
    shown = [frame[frame["is_shown"]] for frame in frames]
    values = pandas.concat([one[measure] for one in shown], ignore_index=True)
    proposals = pandas.concat([one["proposals"] for one in shown], ignore_index=True)
    shades, legend = classify(values, proposals, measure)
    begin = 0
    for frame, one in zip(frames, shown, strict=True):
        frame["look"] = "shade shade--outside"
        own = shades.iloc[begin : begin + len(one)].astype(str)
        frame.loc[one.index, "look"] = [f"shade shade--{shade}" for shade in own]
        begin += len(one)
    return legend


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
        "areas": {row.pk: {"name": row.name, "language": row.language} for row in rows if row.pk is not None},
    }


def _page_context(form: ReportForm, figures: Figures, rows: list[AreaRow], datasets: list[Dataset]) -> dict[str, Any]:
    return {
        "city": settings.CITY,
        "language": form.cleaned_data["lang"],
        "chips": form.chips(),
        "measure_name": form.measure_name,
        "style": form.cleaned_data["style"],
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


def _as_file(form: ReportForm, panels: list[Panel], context: dict[str, Any]) -> Report:
    basemap: Basemap | None = configured_basemap()
    heat = form.cleaned_data["style"] == HEAT
    if heat:
        for panel in panels:
            panel.frame["look"] = "shade shade--plain"
    drawn, cards = [], 0
    for panel in panels:
        # Where each pin's card stands among those of all maps.
        marks = [[*mark[:4], *(place + cards for place in mark[4:])] for mark in panel.shown.marks]
        cards += len(panel.shown.cards)
        drawn.append(drawing(panel.frame, marks, basemap, bounds_of(panel.frame), as_heat=heat))
    scripts = [report_page.script(report_page.asset(path)) for path in SCRIPTS[:-1]]
    if heat:
        scripts.append(report_page.script(heat_script()))
    scripts.append(report_page.script(report_page.asset(SCRIPTS[-1])))
    scripts += [report_page.script(one.script) for one in drawn]
    styles = own_styles()
    policy = report_page.policy(scripts, styles, basemap.hosts if basemap else [])
    maps: list[tuple[str, int, SafeString]] = [
        (panel.title, panel.figures.total.proposals, one.html) for panel, one in zip(panels, drawn, strict=True)
    ]
    context |= {"basemap": basemap, "maps": maps, "sprite": report_page.sprite(), "styles": styles, "scripts": scripts}
    html = render_to_string("mapapp/planning_report.html", context | {"policy": policy})
    return Report(html, report_page.policy_header(policy), context["figures"])


def own_styles() -> list[report_page.Inline]:
    """The styles of every page of a report, the city's theme included."""
    themes = (settings.CITY.theme,) if settings.CITY.theme else ()
    return [report_page.style("\n".join(report_page.asset(path) for path in (*STYLES, *themes)))]
