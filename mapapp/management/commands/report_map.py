"""`report_map OUT.html`: the folium report of any filter, as one file that needs nothing beside it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from mapapp.report_query import add_filter_options, form_of, write
from mapapp.reports import make_report

TIMEOUT_S = 600  # a command may wait longer than a page


class Command(BaseCommand):
    help = "Writes the map and figures of a filter into one HTML file; without a filter, of all public proposals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("out", metavar="OUT.html", type=Path)
        add_filter_options(parser)

    def handle(self, *, out: Path, **options: Any) -> None:
        report = make_report(form_of(options), timeout_s=TIMEOUT_S)
        write(out, report.html)
        self.stdout.write(f"{out}: {len(report.html.encode()) / 1e6:.1f} MB")
