"""A CSV file of places as rows: separators and decimal commas as spreadsheets write them, encodings never guessed."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from django.contrib.gis.geos import Point
from django.utils.translation import gettext_noop as _

from geodata.imports.reasons import Refused, SourceRefused, same_name_twice, too_many_columns
from geodata.imports.source import DETAIL_MAX, Source, SourceRow, check_is_local_file
from layers.geometry import WGS84, strict_float
from layers.reasons import Reason, listed, shown

SEPARATORS = ",;\t"
CELL_LENGTH_MAX = 10_000  # characters
COLUMNS_MAX = 1_000  # as of every other type of file (reader.py)
LONGITUDE_COLUMNS = ("lon", "longitude", "lng")
LATITUDE_COLUMNS = ("lat", "latitude")
DECIMALS = 7  # of a degree: about a centimetre
NUL_CHARACTERS = Reason(_("It holds NUL characters. It is not a CSV file."))
NO_CSV = _("It is not a CSV file: %(detail)s")


def read_table(path: Path) -> Source:
    """The rows of a CSV file in UTF-8 with a header and, in degrees of EPSG:4326, `lon` and `lat`. Raises SourceRefused."""
    check_is_local_file(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceRefused(Reason(_("It is not in UTF-8. Save it as UTF-8.")), name=path.name) from error
    if "\x00" in text:
        raise SourceRefused(NUL_CHARACTERS, name=path.name)
    header = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=header.count)
    csv.field_size_limit(CELL_LENGTH_MAX)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise SourceRefused(Reason(NO_CSV, {"detail": shown(error, DETAIL_MAX)}), name=path.name) from error
    columns = tuple(name.strip().lower() for name in lines[0]) if lines else ()
    _check_place_columns(path.name, columns)
    rows = [_row(number, columns, cells) for number, cells in enumerate(lines[1:], 1) if any(cells)]
    return Source(path.name, WGS84, columns, tuple(rows))


def check_columns(name: str, columns: tuple[str, ...]) -> None:
    """Raises SourceRefused for more columns than a report can name, for none, and for two of the same name."""
    if len(columns) > COLUMNS_MAX:
        raise SourceRefused(too_many_columns(len(columns), COLUMNS_MAX), name=name)
    if not any(columns):
        raise SourceRefused(Reason(_("Its first row does not name the columns.")), name=name)
    if twice := sorted({column for column in columns if columns.count(column) > 1}):
        raise SourceRefused(same_name_twice(twice), name=name)


def _check_place_columns(name: str, columns: tuple[str, ...]) -> None:
    check_columns(name, columns)
    if not set(columns) & set(LONGITUDE_COLUMNS) or not set(columns) & set(LATITUDE_COLUMNS):
        words = _("The columns lon and lat, in degrees, are needed. There are: %(columns)s.")
        raise SourceRefused(Reason(words, {"columns": listed(columns)}), name=name)


def _row(number: int, columns: tuple[str, ...], cells: list[str]) -> SourceRow:
    if len(cells) != len(columns):
        return SourceRow(number, dict(zip(columns, cells, strict=False)), problem=unequal_cells(cells, columns))
    fields: dict[str, object] = dict(zip(columns, cells, strict=True))
    row = SourceRow(number, fields)
    longitude = next((text for column in LONGITUDE_COLUMNS if (text := row.text(column))), None)
    latitude = next((text for column in LATITUDE_COLUMNS if (text := row.text(column))), None)
    if longitude is None or latitude is None:
        return row
    try:
        x, y = round(number_in(longitude), DECIMALS), round(number_in(latitude), DECIMALS)
    except Refused as refusal:
        return SourceRow(number, fields, problem=refusal.reason)
    return SourceRow(number, fields, geometry=Point(x, y, srid=WGS84))


def unequal_cells(cells: Sequence[str], columns: Sequence[str]) -> Reason:
    words = _("The row has %(cells)s cells, the first row %(header)s.")
    return Reason(words, {"cells": len(cells), "header": len(columns)})


def number_in(text: str) -> float:
    """A number with a point or a comma. Raises Refused for anything else, NaN included."""
    try:
        return strict_float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError as error:
        raise Refused(Reason(_("“%(value)s” is not a number."), {"value": shown(text)})) from error
