"""What the commands for reports have in common: the filter as options, and a file that is never half written."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.http import QueryDict

from geodata.filters import FILTERS
from mapapp.report_filter import MEASURES, STYLES, ReportForm

ONCE = ("lang", "measure", "style", "before", "after")  # beside the filters, which may be given several times


def add_filter_options(parser: ArgumentParser) -> None:
    parser.add_argument("--filter", default="", metavar="QUERY", help="as in an address: kind=parking&area=tapiola")
    parser.add_argument("--lang", choices=settings.CITY.languages)
    parser.add_argument("--measure", choices=[value for value, _label in MEASURES], help="what colours the areas")
    parser.add_argument("--style", choices=[value for value, _label in STYLES], help="how it is drawn")
    parser.add_argument("--before", metavar="DAY", help="with --style pair: the last day of the first map")
    parser.add_argument("--after", metavar="DAY", help="with --style pair: the first day of the second map")
    for name in FILTERS:
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, action="append", default=[], metavar="VALUE", help="may be given several times")


def form_of(options: dict[str, Any], **instead: str) -> ReportForm:
    """The valid form of a command's options, with `instead` in their place. Raises CommandError that names each fault."""
    query = QueryDict(options["filter"], mutable=True)
    for name in (*FILTERS, *ONCE):
        given = options[name]
        for value in given if isinstance(given, list) else filter(None, [given]):
            query.appendlist(name, value)
    for name, value in instead.items():
        query[name] = value
    form = ReportForm(query)
    if problems := form.problems():
        raise CommandError("\n".join(f"{problem.pointer}: {problem.message}" for problem in problems))
    return form


def write(path: Path, html: str) -> None:
    """The file, written beside its place and moved there when whole: one that somebody has open is never half a report."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(html, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise CommandError(f"{path} cannot be written: {error.strerror}") from error
