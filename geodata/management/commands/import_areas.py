"""manage.py import_areas FILE --level L: the areas of one level, all or nothing, with a report."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from geodata.imports import SourceRefused, import_areas
from geodata.imports.options import add_source_options, epsg_number, origin_of
from layers.models import AreaLevel


class Command(BaseCommand):
    help = (
        "Makes the areas of one level those of the file. Exit 0 only when every row went in; else nothing is written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_source_options(parser)
        parser.add_argument("--level", required=True, choices=AreaLevel.values)
        parser.add_argument("--code-field", help="column of the codes; else code or id, else made from the name")
        parser.add_argument("--approximate", action="store_true", help="boundaries drawn by hand: pages say so")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = import_areas(
                options["file"],
                options["level"],
                name_field=options["name_field"],
                code_field=options["code_field"],
                layer=options["layer"],
                crs=epsg_number(options["crs"]),
                dataset=origin_of(options, default_slug=f"areas-{options['level']}"),
                approximate=options["approximate"],
            )
        except SourceRefused as refusal:
            raise CommandError(f"Nothing was written. {refusal}") from refusal
        self.stdout.write("\n".join(report.lines()))
        if not report.all_went_in:
            raise CommandError(f"Nothing was written: {len(report.refused)} rows were refused.")
