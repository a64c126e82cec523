"""`report_atlas FOLDER`: a report for each area, and a page that leads to them; a folder to put on any server or stick."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from layers.models import Area, AreaLevel
from mapapp.report_atlas import Sheet, contents
from mapapp.report_query import add_filter_options, form_of, write
from mapapp.reports import make_report

TIMEOUT_S = 600  # a command may wait longer than a page


class Command(BaseCommand):
    help = "Writes one report an area of a level into a folder, and index.html; each file needs nothing beside it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="FOLDER", type=Path)
        parser.add_argument("--level", choices=AreaLevel.values, default=AreaLevel.DISTRICT)
        add_filter_options(parser)

    def handle(self, *, folder: Path, level: str, **options: Any) -> None:
        whole = form_of(options)
        if whole.areas:
            raise CommandError("area: an atlas has a sheet for each area; leave this filter out.")
        areas = list(Area.objects.current().of_level(level).for_choice())
        if not areas:
            raise CommandError(f"level: there are no areas of the level {level}.")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(f"{folder} cannot be made: {error.strerror}") from error
        sheets = []
        for area in areas:
            report = make_report(form_of(options, area=area.slug), timeout_s=TIMEOUT_S)
            write(folder / f"{area.slug}.html", report.html)
            sheets.append(Sheet(f"{area.slug}.html", area.names, report.figures.total))
        write(folder / "index.html", contents(whole, sheets))
        self.stdout.write(f"{folder}: {len(sheets)} areas and index.html")
