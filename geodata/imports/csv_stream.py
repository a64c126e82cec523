"""A CSV file of any city as a stream of rows: places in two columns of any reference system, or in one column of WKT.

The encoding is told by the file's first bytes, or is UTF-8 where all of it is, else Windows-1252; what was taken is said in
the report. The reference system is that of degrees where the columns are called lon and lat, and asked for otherwise.
"""

import codecs
import csv
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy
import shapely
from django.utils.translation import gettext_noop as _
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geodata.imports.reasons import Needed, Refused, SourceRefused, no_column, no_reference_system, shape_fault
from geodata.imports.source import DETAIL_MAX, OpenSource, StreamedRow, check_is_local_file
from geodata.imports.table import (
    CELL_LENGTH_MAX,
    LATITUDE_COLUMNS,
    LONGITUDE_COLUMNS,
    NO_CSV,
    NUL_CHARACTERS,
    SEPARATORS,
    check_columns,
    number_in,
    unequal_cells,
)
from layers.geometry import WGS84
from layers.reasons import Reason, listed, shown

EAST_COLUMNS = ("x", "e", "east", "easting", "ost", "ita", "itä", "x_koord", "e_koord")
NORTH_COLUMNS = ("y", "n", "north", "northing", "nord", "pohjoinen", "y_koord", "n_koord")
WKT_COLUMNS = ("wkt", "geometry", "geom", "the_geom")
WKT_LENGTH_MAX = 200_000  # characters
BATCH_ROWS = 20_000
DECIMALS = 7  # of a degree: about a centimetre
DETECTING_BYTES = 1024 * 1024
FALLBACK = "cp1252"
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class PlaceColumns:
    """The columns that hold the place: `x` and `y`, or `wkt`; and the EPSG number by which they are read."""

    srid: int
    x: str = ""
    y: str = ""
    wkt: str = ""


@contextmanager
def opened_table(
    path: Path, *, crs: int | None = None, x: str = "", y: str = "", wkt: str = "", encoding: str = ""
) -> Iterator[OpenSource]:
    """The rows of a CSV file with a header. Raises SourceRefused for what is not one, and where its places are not known."""
    check_is_local_file(path)
    encoding = _encoding_of(path, encoding)
    csv.field_size_limit(WKT_LENGTH_MAX)
    with path.open(encoding=encoding, newline="") as file:
        header = file.readline()
        if "\x00" in header:
            raise SourceRefused(NUL_CHARACTERS, name=path.name)
        separator = max(SEPARATORS, key=header.count)
        lines = csv.reader(itertools.chain([header], file), delimiter=separator, strict=True)
        names = next(lines, [])
        columns = tuple(name.strip().lower() for name in names)
        check_columns(path.name, columns)
        places = _place_columns(path.name, columns, crs, x.lower(), y.lower(), wkt.lower())
        yield OpenSource(path.name, "CSV", places.srid, encoding, columns, _rows(path.name, lines, columns, places))


def _encoding_of(path: Path, given: str) -> str:
    """The encoding by which every byte of the file can be read. Raises SourceRefused where there is none."""
    with path.open("rb") as file:
        begin = file.read(4)
    marked = next((name for mark, name in BYTE_ORDER_MARKS if begin.startswith(mark)), "")
    for name in [given] if given else [marked] if marked else ["utf-8", FALLBACK]:
        try:
            decoder = codecs.getincrementaldecoder(name)()
            with path.open("rb") as file:
                while chunk := file.read(DETECTING_BYTES):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except LookupError as error:
            raise SourceRefused(Reason(_("There is no encoding “%(value)s”."), {"value": shown(name)})) from error
        except UnicodeError:
            continue
        return name
    words = _("Its encoding cannot be told. Give it, or save the file as UTF-8.")
    raise SourceRefused(Reason(words, option="--encoding"), name=path.name)


def _place_columns(name: str, columns: tuple[str, ...], crs: int | None, x: str, y: str, wkt: str) -> PlaceColumns:
    for given in filter(None, (x, y, wkt)):
        if given not in columns:
            raise SourceRefused(no_column(given, columns), name=name)
    degrees_x, degrees_y = _first(LONGITUDE_COLUMNS, columns), _first(LATITUDE_COLUMNS, columns)
    if not (x or y or wkt) and degrees_x and degrees_y:
        return PlaceColumns(crs or WGS84, degrees_x, degrees_y)
    x, y = x or _first(EAST_COLUMNS, columns), y or _first(NORTH_COLUMNS, columns)
    wkt = wkt or ("" if x and y else _first(WKT_COLUMNS, columns))
    if not wkt and not (x and y):
        words = _("Which columns hold the place? There are: %(columns)s.")
        reason = Reason(words, {"columns": listed(columns)}, "--x-field and --y-field or --wkt-field")
        raise SourceRefused(reason, Needed("place", fields=columns), name=name)
    if not crs:
        words = _("In which coordinate system are its places? The file does not tell.")
        raise SourceRefused(Reason(words, option="--crs EPSG:3067"), Needed("crs", fields=columns), name=name)
    return PlaceColumns(crs, wkt=wkt) if wkt else PlaceColumns(crs, x, y)


def _first(usual: tuple[str, ...], columns: tuple[str, ...]) -> str:
    return next((name for name in usual if name in columns), "")


def _rows(
    name: str, lines: Iterator[list[str]], columns: tuple[str, ...], places: PlaceColumns
) -> Iterator[StreamedRow]:
    move = _transformer(places.srid)
    numbered = ((number, cells) for number, cells in enumerate(lines, 1) if any(cells))
    try:
        while batch := list(itertools.islice(numbered, BATCH_ROWS)):
            yield from _placed([_row(number, columns, cells) for number, cells in batch], places, move)
    except csv.Error as error:
        raise SourceRefused(Reason(NO_CSV, {"detail": shown(error, DETAIL_MAX)}), name=name) from error


def _transformer(srid: int) -> Transformer | None:
    """None where the places are in EPSG:4326 already. Raises SourceRefused for a number of no system of places."""
    try:
        crs = CRS.from_epsg(srid)
    except CRSError:
        crs = None
    if crs is None or not (crs.is_geographic or crs.is_projected):
        raise SourceRefused(no_reference_system(srid))
    return None if srid == WGS84 else Transformer.from_crs(crs, WGS84, always_xy=True)


def _row(number: int, columns: tuple[str, ...], cells: list[str]) -> StreamedRow:
    fields: dict[str, object] = dict(zip(columns, cells, strict=False))
    if len(cells) != len(columns):
        return StreamedRow(number, fields, problem=unequal_cells(cells, columns))
    if any(
        len(cell) > CELL_LENGTH_MAX for column, cell in zip(columns, cells, strict=True) if column not in WKT_COLUMNS
    ):
        words = _("A cell is longer than %(number)s characters.")
        return StreamedRow(number, fields, problem=Reason(words, {"number": CELL_LENGTH_MAX}))
    return StreamedRow(number, fields)


def _placed(rows: list[StreamedRow], places: PlaceColumns, move: Transformer | None) -> list[StreamedRow]:
    """`rows` with their geometry in EPSG:4326, or with what is wrong with it."""
    shapes = numpy.full(len(rows), None, dtype=object)
    for index, row in enumerate(rows):
        if row.problem is None:
            try:
                shapes[index] = _shape(row, places)
            except Refused as refusal:
                row.problem = refusal.reason
    shapes = shapely.force_2d(shapes)

    def moved(coordinates: numpy.ndarray) -> numpy.ndarray:
        if move is not None and len(coordinates):
            coordinates = numpy.column_stack(move.transform(coordinates[:, 0], coordinates[:, 1]))
        return numpy.round(coordinates, DECIMALS)

    shapes = shapely.orient_polygons(shapely.transform(shapes, moved))
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    for index in numpy.flatnonzero(there & ~shapely.is_valid(shapes)):
        rows[index].problem = shape_fault(shapely.is_valid_reason(shapes[index]))
    hexes = shapely.to_wkb(shapely.set_srid(shapes, WGS84), hex=True, include_srid=True)
    for row, is_there, text in zip(rows, there.tolist(), hexes, strict=True):
        row.wkb = text if is_there else None
    return rows


def _shape(row: StreamedRow, places: PlaceColumns) -> shapely.Geometry | None:
    """Raises Refused for what is no number and no WKT."""
    if places.wkt:
        text = row.text(places.wkt)
        try:
            return shapely.from_wkt(text) if text else None
        except shapely.errors.GEOSException as error:
            raise Refused(Reason(_("“%(value)s” is not a geometry in WKT."), {"value": shown(text)})) from error
    x, y = row.text(places.x), row.text(places.y)
    return shapely.Point(number_in(x), number_in(y)) if x and y else None
