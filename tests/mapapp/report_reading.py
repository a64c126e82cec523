"""What tests read out of a report."""

import json
import re

from django.http import QueryDict

from mapapp.report_filter import ReportForm
from mapapp.reports import make_report


def form_of(query: str) -> ReportForm:
    form = ReportForm(QueryDict(query))
    assert form.is_valid(), form.errors
    return form


def report_of(query: str = "") -> str:
    return make_report(form_of(query), timeout_s=30).html


def rows_of(html: str) -> dict[str, list[int]]:
    """Slug ("-" of no area, "" of the foot) -> proposals, open, taken up, confirmed, as the report's table says."""
    found = {}
    for slug, row in re.findall(r'<tr data-area="([^"]*)">(.*?)</tr>', html, re.DOTALL):
        cells = [re.sub(r"\s|\u202f|\xa0", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        found[slug] = [int(cell) for index, cell in enumerate(cells) if index != 1]
    return found


def marks_of(html: str) -> list[list[float]]:
    """What folium was given to draw."""
    return json.loads(re.search(r"var data = (\[.*?\]);\n", html)[1])


def cards_of(html: str) -> list[list]:
    """What the marks tell."""
    return json.loads(re.search(r'<script id="report-strings" type="application/json">(.*?)</script>', html)[1])[
        "cards"
    ]
