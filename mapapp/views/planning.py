"""For planners: the figures of a filter, its areas, its map to look at and to save, and its data as files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe
from psycopg.errors import QueryCanceled

from actors.models import StaffRole
from actors.throttling import TooMany, form_limits, take
from geodata.catalogue.distributions import address
from geodata.filters import ProposalFilterForm
from geodata.parameters import form_or_problem, in_language_asked
from layers.models import Area
from mapapp.area_tree import area_tree
from mapapp.doors import doors
from mapapp.filter_choices import FilterChoices
from mapapp.report_figures import Figures, Tally, area_rows, count_figures, snapshot
from mapapp.report_filter import MEASURES, STYLES, ReportForm
from proposals.models import Kind, Proposal, Status

QUERY_TIMEOUT_S = 10  # a million rows are counted in one
MAP_MAX_AGE_S = 60  # a hidden proposal is gone from every cache after so many seconds
RETRY_AFTER_S = 60


@dataclass(frozen=True)
class Bar:
    """One line of a chart: what it counts, in numbers and as per cent of the longest."""

    value: str
    label: str
    tally: Tally
    length: float
    taken_up_length: float


@require_safe
def planning(request: HttpRequest) -> HttpResponse:
    """The page; 400 with the filter's error for a bad value of a known parameter."""
    form = ReportForm(request.GET)
    context: dict[str, object] = {"filter_form": form, "page_url": reverse("planning")}
    if form.is_valid():
        with snapshot(QUERY_TIMEOUT_S):
            figures = count_figures(form.apply(Proposal.objects.public()))
            rows = area_rows(figures, {pk for area in form.areas for pk in area.area_ids})
        context |= {"figures": figures, "rows": rows, "chips": form.chips()} | charts(figures) | addresses(form)
    context["choices"] = _choices(form)
    context["may_import"] = request.user.is_authenticated and request.user.has_role(StaffRole.PLANNER)
    return render(request, "mapapp/planning.html", context, status=200 if form.is_valid() else 400)


def _choices(form: ProposalFilterForm) -> FilterChoices:
    counts = form.choice_counts(Proposal.objects.public()) if form.is_valid() else None
    areas = Area.objects.current().for_choice()
    return FilterChoices(form, counts, area_tree(areas, counts.area if counts else {}))


def charts(figures: Figures) -> dict[str, list[Bar]]:
    months = {day.isoformat()[:7]: tally for day, tally in figures.months.items()}
    names = [(day.isoformat()[:7], date_format(day, "YEAR_MONTH_FORMAT")) for day in figures.months]
    return {
        "topics": bars(Kind.choices, figures.kinds),
        "stages": bars(Status.choices, figures.stages),
        "months": bars(names, months),
    }


def bars(names: Iterable[tuple[str, str]], tallies: Mapping[str, Tally]) -> list[Bar]:
    longest = max((tally.proposals for tally in tallies.values()), default=0) or 1
    return [
        Bar(
            str(value),
            str(label),
            tallies[value],
            round(100 * tallies[value].proposals / longest, 1),
            round(100 * tallies[value].taken_up / longest, 1),
        )
        for value, label in names
    ]


def addresses(form: ReportForm) -> dict[str, object]:
    """The report by each measure and style, the one that is shown, and the doors to the same proposals."""
    query, language = form.querystring(), get_language() or settings.LANGUAGE_CODE
    drawn = form.drawn_as()

    def page(**changes: str) -> str:
        return f"{reverse('planning')}?{form.querystring(**drawn | changes)}#map"

    more = {"lang": language} | drawn
    return {
        "query": query,
        "measures": [(label, page(measure=value), value == drawn["measure"]) for value, label in MEASURES],
        "styles": [(value, label, page(style=value), value == drawn["style"]) for value, label in STYLES],
        "style": drawn["style"],
        "kept": [*parse_qsl(query), *((name, drawn[name]) for name in ("measure", "style"))],
        "drawn": drawn,
        "map_url": address("planning_map", query, more | {"part": "map"}),
        "report_url": address("planning_map", query, more),
        "doors": doors(query, language),
    }


@require_safe
@xframe_options_sameorigin
@in_language_asked
def planning_map(request: HttpRequest) -> HttpResponse:
    """The report as one file, under a policy of its own; 503 with the remedy where it takes too long, 429 after many."""
    from mapapp.reports import make_report  # here: folium and geopandas weigh 90 MB, which other workers never need

    form = form_or_problem(request, ReportForm)
    if isinstance(form, HttpResponse):
        return form
    try:
        take(form_limits(request, "report", settings.REPORTS_PER_ADDRESS_PER_HOUR))
        report = make_report(form, timeout_s=QUERY_TIMEOUT_S)
    except TooMany as error:
        return _later(render(request, "mapapp/planning_too_many.html", status=429), error.retry_after_s)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return _later(render(request, "mapapp/planning_too_slow.html", status=503), RETRY_AFTER_S)
    response = HttpResponse(report.html)
    response["Content-Security-Policy"] = report.policy_header
    response["Cache-Control"] = f"public, max-age={MAP_MAX_AGE_S}"
    return response


def _later(response: HttpResponse, seconds: int) -> HttpResponse:
    response["Retry-After"] = str(seconds)
    return response
