"""What the import commands ask alike: the file, its layer and reference system, and what is known of the source."""

import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from geodata.imports.reasons import SourceRefused
from layers.models.dataset import Origin
from layers.reasons import Reason


def add_source_options(parser: ArgumentParser) -> None:
    parser.add_argument("file", help="GeoJSON, GeoPackage, Shapefile (.shp or .zip) or FlatGeobuf on this machine")
    parser.add_argument("--name-field", help="column of the names; else name_fi, name_sv ... or name")
    parser.add_argument("--layer", default="", help="where a GeoPackage has several")
    parser.add_argument("--crs", help="EPSG:n, where the file has no reference system of its own")
    parser.add_argument("--dataset", default="", help="slug of the dataset, by which a later import replaces this one")
    parser.add_argument("--title", default="", help="what the dataset is called")
    parser.add_argument("--licence", default="", help="for example: CC BY 4.0")
    parser.add_argument("--attribution", default="", help="the credit that the source asks for; shown on the map")


def add_table_options(parser: ArgumentParser) -> None:
    parser.add_argument("--x-field", default="", help="CSV: column of the east coordinate or longitude")
    parser.add_argument("--y-field", default="", help="CSV: column of the north coordinate or latitude")
    parser.add_argument("--wkt-field", default="", help="CSV: column of the geometry as WKT")
    parser.add_argument("--encoding", default="", help="CSV: where it cannot be told; else UTF-8 or Windows-1252")


def add_mapping_options(parser: ArgumentParser) -> None:
    several: dict[str, Any] = {"action": "append", "default": []}
    parser.add_argument("--map", metavar="FIELD=COLUMN", help="the column that gives a field", **several)
    parser.add_argument("--set", metavar="FIELD=VALUE", help="the value of a field in every row", **several)
    parser.add_argument(
        "--value",
        metavar="FIELD:THERE=HERE",
        help="what a value in the file is here; * stands for every other one",
        **several,
    )


def epsg_number(text: str | None) -> int | None:
    """The number of `EPSG:3067` or `3067`. Raises SourceRefused for anything else."""
    if text is None:
        return None
    match = re.fullmatch(r"(?:EPSG:)?([0-9]{4,6})", text.strip(), re.IGNORECASE)
    if match is None:
        raise SourceRefused(Reason("write it as EPSG:3067"), name=f"--crs {text}")
    return int(match[1])


def origin_of(options: dict[str, Any], default_slug: str) -> Origin:
    name = Path(options["file"]).name
    return Origin(
        slug=slugify(options["dataset"])[:50] or default_slug,
        title=options["title"] or name,
        source=name,
        licence=options["licence"],
        attribution=options["attribution"],
    )
