"""A workbook (XLSX) of any filter: numbers as numbers, times as times, texts as texts, whatever language Excel speaks.

XlsxWriter, since it writes row by row in constant memory, takes a text as a text without being told by its first sign, is
kept up, and needs nothing else. openpyxl is only for tests: it reads, and the last of its releases is of 2024.
"""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from pyproj import CRS
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from geodata.collections import Collection, Property
from geodata.exports import reading, terms_of
from geodata.expressions import coordinate
from geodata.vector_files import MadeFile, made
from layers.geometry import WGS84

ROWS_MAX = 1_048_575  # a sheet's, without the heading
TEXT_MAX = 16_383  # characters: a cell holds 32,767 of UTF-16, in which an emoji counts twice
WIDTHS = {"body": 60, "title": 40, "place": 30, "area_name": 20, "submitted": 17, "published": 17, "updated": 17}
WIDTH = 14
# A text is never read as anything else, however it begins.
AS_THEY_ARE = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}


class TooManyRows(Exception):
    """More than a sheet holds."""


@dataclass(frozen=True)
class Column:
    """One column of the sheet. `cast` is PostgreSQL's type, by which Python reads it."""

    name: str
    sql: str
    cast: str
    meaning: str
    unit: str


def workbook(collection: Collection, queryset: QuerySet[Any], language: str) -> MadeFile:
    """`queryset` as a sheet, and a second sheet that explains its columns. Raises TooManyExports, TooManyRows."""
    places = {name: coordinate(collection.pin, axis, srid) for srid in _srids() for name, axis in _axes(srid)}
    rows = collection.rows(queryset.order_by("pk"), language, **places)
    sql, parameters = rows.query.sql_with_params()
    columns = [*map(_column, collection.properties), *_places()]
    listed = ", ".join(f"({column.sql})::{column.cast}" for column in columns)
    statement = f"COPY (SELECT {listed} FROM ({sql}) AS rows LIMIT {ROWS_MAX + 1}) TO STDOUT"  # noqa: S608 (names come from the whitelist)
    with TemporaryDirectory(prefix="export-") as folder, reading() as cursor:
        path = Path(folder) / f"{collection.id}.xlsx"
        with cursor.copy(statement, parameters) as copied:
            copied.set_types([column.cast for column in columns])
            _write(path, collection, columns, copied.rows())
        return made(path)


def _write(path: Path, collection: Collection, columns: list[Column], rows: Iterator[tuple[Any, ...]]) -> None:
    options = {"constant_memory": True, "tmpdir": str(path.parent), **AS_THEY_ARE}
    with Workbook(str(path), options) as book:
        _fill(book, book.add_worksheet(collection.id), columns, rows)
        _explain(book, book.add_worksheet(pgettext("sheet of a workbook", "About")), collection, columns)


def _fill(book: Workbook, sheet: Worksheet, columns: list[Column], rows: Iterator[tuple[Any, ...]]) -> None:
    writers = [_writer(book, sheet, column.cast) for column in columns]
    for number, column in enumerate(columns):
        sheet.set_column(number, number, WIDTHS.get(column.name, WIDTH))
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, [column.name for column in columns], book.add_format({"bold": True}))
    count = 0
    for count, row in enumerate(rows, start=1):
        if count > ROWS_MAX:
            raise TooManyRows
        for number, (write, value) in enumerate(zip(writers, row, strict=True)):
            if value is not None:
                write(count, number, value)
    sheet.autofilter(0, 0, count, len(columns) - 1)


def _writer(book: Workbook, sheet: Worksheet, cast: str) -> Callable[[int, int, Any], Any]:
    """What puts a value of the type `cast` into a cell."""
    if cast in ("bigint", "double precision"):
        return sheet.write_number
    if cast == "text":
        return sheet.write_string
    shown = book.add_format({"num_format": "yyyy-mm-dd" if cast == "date" else "yyyy-mm-dd hh:mm"})

    def write_time(row: int, number: int, value: datetime.date) -> None:
        sheet.write_datetime(row, number, value, shown)

    return write_time


def _explain(book: Workbook, sheet: Worksheet, collection: Collection, columns: list[Column]) -> None:
    """What a reader should know: each column, whose the data is, what may be done with it."""
    bold, terms = book.add_format({"bold": True}), terms_of(collection)
    lines = [
        [_("Content"), str(collection.title)],
        [_("Source"), terms["attribution"]],
        [_("Licence"), terms["license"]],
        ["", terms.get("licenseUrl", "")],
        [_("Times"), _("Time of the place (%(zone)s)") % {"zone": settings.TIME_ZONE}],
        [],
    ]
    for number, width in enumerate((24, 60, 30)):
        sheet.set_column(number, number, width)
    for number, line in enumerate(lines):
        sheet.write_row(number, 0, line)
    sheet.write_row(len(lines), 0, [_("Column"), _("Meaning"), _("Type")], bold)
    for number, column in enumerate(columns, start=len(lines) + 1):
        sheet.write_row(number, 0, [column.name, column.meaning, column.unit])


def _column(prop: Property) -> Column:
    column, kind = f'"p_{prop.name}"', f"{prop.type} {prop.format}".strip()
    about = {"meaning": str(prop.description), "unit": kind}
    if prop.type == "integer":
        return Column(prop.name, column, "bigint", **about)
    if prop.type == "number":
        return Column(prop.name, column, "double precision", **about)
    if prop.format == "date":
        return Column(prop.name, column, "date", **about)
    if prop.format == "date-time":
        local = f"({column})::timestamptz AT TIME ZONE '{settings.TIME_ZONE}'"
        return Column(prop.name, local, "timestamp", **about)
    text = f"array_to_string({column}, ', ')" if prop.type == "array" else f"({column})::text"
    # A line of a cell ends in LF alone; a CR would be shown as "_x000D_" by some.
    return Column(prop.name, f"left(replace({text}, chr(13), ''), {TEXT_MAX})", "text", **about)


def _srids() -> list[int]:
    """WGS 84, then the others that the city offers."""
    return [WGS84, *(srid for srid in settings.CITY.export_srids if srid != WGS84)]


def _axes(srid: int) -> list[tuple[str, str]]:
    """The names of the two columns in EPSG:`srid`, each with PostGIS's word for the axis."""
    return [("lon", "X"), ("lat", "Y")] if srid == WGS84 else [(f"x_{srid}", "X"), (f"y_{srid}", "Y")]


def _places() -> list[Column]:
    """Columns of the pin in every system of the city."""
    meanings = {"X": _("East: %(system)s"), "Y": _("North: %(system)s")}
    return [
        Column(name, f'"{name}"', "double precision", meanings[axis] % {"system": CRS(srid).name}, f"EPSG:{srid}")
        for srid in _srids()
        for name, axis in _axes(srid)
    ]
