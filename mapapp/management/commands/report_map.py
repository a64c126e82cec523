"""`report_map OUT.html`: the folium report of any filter, as one file that needs nothing beside it."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.http import QueryDict

from geodata.filters import FILTERS
from mapapp.report_filter import MEASURES, ReportForm
from mapapp.reports import make_report

TIMEOUT_S = 600  # a command may wait longer than a page


class Command(BaseCommand):
    help = "Writes the map and figures of a filter into one HTML file; without a filter, of all public proposals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("out", metavar="OUT.html", type=Path)
        parser.add_argument("--filter", default="", metavar="QUERY", help="as in an address: kind=parking&area=tapiola")
        parser.add_argument("--lang", choices=settings.CITY.languages)
        parser.add_argument("--measure", choices=[value for value, _label in MEASURES])
        for name in FILTERS:
            option = f"--{name.replace('_', '-')}"
            parser.add_argument(option, action="append", default=[], metavar="VALUE", help="may be given several times")

    def handle(self, *, out: Path, **options: Any) -> None:
        query = QueryDict(options["filter"], mutable=True)
        for name in (*FILTERS, "lang", "measure"):
            given = options[name]
            for value in given if isinstance(given, list) else filter(None, [given]):
                query.appendlist(name, value)
        form = ReportForm(query)
        if problems := form.problems():
            raise CommandError("\n".join(f"{problem.pointer}: {problem.message}" for problem in problems))
        report = make_report(form, timeout_s=TIMEOUT_S)
        # Beside its place and moved there when whole: a file that somebody has open is never half a report.
        draft = out.with_name(f".{out.name}.{os.getpid()}")
        try:
            draft.write_text(report.html, encoding="utf-8")
            draft.replace(out)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise CommandError(f"{out} cannot be written: {error.strerror}") from error
        self.stdout.write(f"{out}: {len(report.html.encode()) / 1e6:.1f} MB")
