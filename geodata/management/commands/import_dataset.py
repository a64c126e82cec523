"""manage.py import_dataset FILE_OR_URL --into KIND: any city's file, checked, mapped, all or nothing, with a report."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.text import slugify

from geodata.imports import SourceRefused
from geodata.imports.dataset import Order, Reading, import_dataset
from geodata.imports.mapping import pairs, read_mapping
from geodata.imports.options import (
    add_mapping_options,
    add_source_options,
    add_table_options,
    epsg_number,
    origin_of,
)
from geodata.imports.reference import LayerFacts
from geodata.imports.remote import download, is_address, name_of
from geodata.models import Into
from layers.models import LayerStyle


class Command(BaseCommand):
    help = (
        "Takes GeoJSON, GeoPackage, a zipped Shapefile, FlatGeobuf or CSV in. The report names each refused row. "
        "Exit 0 only when every row went in, or with --skip-refused every good one; else nothing is written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_source_options(parser)
        add_table_options(parser)
        add_mapping_options(parser)
        parser.add_argument("--into", required=True, choices=Into.values)
        parser.add_argument("--level", default="", help="areas: neighbourhood, statistical, district or city")
        parser.add_argument("--category", default="", help="services: of every row, where the file has no such column")
        parser.add_argument("--kind", default="", help="spaces: room, outdoor or equipment, where a row tells none")
        parser.add_argument(
            "--fields", default="", help="reference: the columns that are published, with commas between"
        )
        parser.add_argument(
            "--style", default=LayerStyle.PLACE, choices=LayerStyle.values, help="reference: how it is drawn"
        )
        parser.add_argument("--shown", action="store_true", help="reference: on the map without being switched on")
        parser.add_argument(
            "--layer-name",
            action="append",
            default=[],
            metavar="LANGUAGE=NAME",
            help="reference: what the layer is called",
        )
        parser.add_argument("--dry-run", action="store_true", help="check and report, write nothing")
        parser.add_argument("--skip-refused", action="store_true", help="take the good rows although some are refused")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with local_file(options["file"]) as path:
                report = import_dataset(path, order_of(options))
        except SourceRefused as refusal:
            raise CommandError(f"Nothing was written. {refusal}") from refusal
        self.stdout.write("\n".join(report.lines()))
        if not report.all_went_in and not options["skip_refused"]:
            raise CommandError(f"Nothing was written: {len(report.refused)} rows were refused.")
        if options["dry_run"]:
            self.stdout.write("A dry run: nothing was written.")


@contextmanager
def local_file(given: str) -> Iterator[Path]:
    """The file itself, or what was fetched of an address, for as long as it is needed. Raises SourceRefused."""
    if not is_address(given):
        yield Path(given)
        return
    fetched = download(given)
    with TemporaryDirectory(prefix="import-") as folder:
        path = Path(folder) / f"fetched{fetched.suffix}"
        path.write_bytes(fetched.content)
        yield path


def order_of(options: dict[str, Any]) -> Order:
    """Raises SourceRefused for an option that is written otherwise than it should be."""
    file = options["file"]
    stem = slugify((name_of(file) if is_address(file) else Path(file).stem).replace("_", "-"))[:50]
    return Order(
        into=options["into"],
        origin=origin_of(options, default_slug=stem or options["into"]),
        reading=Reading(
            layer=options["layer"],
            crs=epsg_number(options["crs"]),
            x=options["x_field"],
            y=options["y_field"],
            wkt=options["wkt_field"],
            encoding=options["encoding"],
        ),
        mapping=read_mapping(options["map"], options["set"], options["value"]),
        level=options["level"],
        category=options["category"],
        kind=options["kind"],
        layer=layer_of(options),
        dry_run=options["dry_run"],
        skip_refused=options["skip_refused"],
        called=file if is_address(file) else "",
    )


def layer_of(options: dict[str, Any]) -> LayerFacts:
    """What is told of a reference layer; it is called as its dataset where no name is given."""
    title = options["title"] or Path(options["file"]).stem
    names = dict(pairs("--layer-name", options["layer_name"])) or {settings.CITY.languages[0]: title}
    fields = tuple(name.strip().lower() for name in options["fields"].split(",") if name.strip())
    return LayerFacts(names, options["style"], fields, options["shown"])
