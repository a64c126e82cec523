"""manage.py import_services FILE: service locations, all or nothing, with a report."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.text import slugify

from geodata.imports import SourceRefused, import_service_locations
from geodata.imports.options import add_source_options, epsg_number, origin_of


class Command(BaseCommand):
    help = (
        "Makes the service locations of a dataset those of the file (a CSV with id, name_fi, category, lon, lat, or points). "
        "Exit 0 only when every row went in; else nothing is written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_source_options(parser)
        parser.add_argument("--category", default="", help="of every row, where the file has no such column")
        parser.add_argument(
            "--allow-refused", action="store_true", help="take the other rows although some are refused"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stem = slugify(Path(options["file"]).stem.replace("_", "-"))[:50]
        try:
            report = import_service_locations(
                options["file"],
                name_field=options["name_field"],
                layer=options["layer"],
                crs=epsg_number(options["crs"]),
                dataset=origin_of(options, default_slug=stem or "services"),
                category=options["category"],
                allow_refused=options["allow_refused"],
            )
        except SourceRefused as refusal:
            raise CommandError(f"Nothing was written. {refusal}") from refusal
        self.stdout.write("\n".join(report.lines()))
        if not report.all_went_in and not options["allow_refused"]:
            raise CommandError(f"Nothing was written: {len(report.refused)} rows were refused.")
