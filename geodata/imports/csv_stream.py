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
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geodata.imports.source import Needed, OpenSource, SourceRefused, StreamedRow, check_is_local_file
from geodata.imports.table import (
    CELL_LENGTH_MAX,
    LATITUDE_COLUMNS,
    LONGITUDE_COLUMNS,
    SEPARATORS,
    check_number_of_columns,
)
from layers.geometry import WGS84, strict_float

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
            raise SourceRefused(f"{path.name}: holds NUL characters: it is not a CSV file")
        separator = max(SEPARATORS, key=header.count)
        lines = csv.reader(itertools.chain([header], file), delimiter=separator, strict=True)
        names = next(lines, [])
        columns = tuple(name.strip().lower() for name in names)
        check_number_of_columns(path.name, columns)
        if len(set(columns)) < len(columns) or not any(columns):
            raise SourceRefused(f"{path.name}: two columns have the same name, or none has one: {', '.join(columns)}")
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
            raise SourceRefused(f"--encoding {name}: there is no such encoding") from error
        except UnicodeError:
            continue
        return name
    raise SourceRefused(f"{path.name}: its encoding cannot be told. Save it as CSV UTF-8, or say it by --encoding")


def _place_columns(name: str, columns: tuple[str, ...], crs: int | None, x: str, y: str, wkt: str) -> PlaceColumns:
    for given in filter(None, (x, y, wkt)):
        if given not in columns:
            raise SourceRefused(f"{name}: there is no column {given!r}; there are: {', '.join(columns)}")
    degrees_x, degrees_y = _first(LONGITUDE_COLUMNS, columns), _first(LATITUDE_COLUMNS, columns)
    if not (x or y or wkt) and degrees_x and degrees_y:
        return PlaceColumns(crs or WGS84, degrees_x, degrees_y)
    x, y = x or _first(EAST_COLUMNS, columns), y or _first(NORTH_COLUMNS, columns)
    wkt = wkt or ("" if x and y else _first(WKT_COLUMNS, columns))
    if not wkt and not (x and y):
        raise SourceRefused(
            f"{name}: say which columns hold the place, by --x-field and --y-field or --wkt-field; there are: {', '.join(columns)}",
            Needed("place", fields=columns),
        )
    if not crs:
        raise SourceRefused(
            f"{name}: say in which reference system its coordinates are, for example --crs EPSG:3067",
            Needed("crs", fields=columns),
        )
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
        raise SourceRefused(f"{name}: not a CSV file: {error}") from error


def _transformer(srid: int) -> Transformer | None:
    """None where the places are in EPSG:4326 already. Raises SourceRefused for a number of no system of places."""
    try:
        crs = CRS.from_epsg(srid)
    except CRSError:
        crs = None
    if crs is None or not (crs.is_geographic or crs.is_projected):
        raise SourceRefused(f"EPSG:{srid} is not a reference system of places")
    return None if srid == WGS84 else Transformer.from_crs(crs, WGS84, always_xy=True)


def _row(number: int, columns: tuple[str, ...], cells: list[str]) -> StreamedRow:
    fields: dict[str, object] = dict(zip(columns, cells, strict=False))
    if len(cells) != len(columns):
        return StreamedRow(number, fields, problem=f"the row has {len(cells)} cells, the header {len(columns)}")
    if any(
        len(cell) > CELL_LENGTH_MAX for column, cell in zip(columns, cells, strict=True) if column not in WKT_COLUMNS
    ):
        return StreamedRow(number, fields, problem=f"a cell is longer than {CELL_LENGTH_MAX:,} characters")
    return StreamedRow(number, fields)


def _placed(rows: list[StreamedRow], places: PlaceColumns, move: Transformer | None) -> list[StreamedRow]:
    """`rows` with their geometry in EPSG:4326, or with what is wrong with it."""
    shapes = numpy.full(len(rows), None, dtype=object)
    for index, row in enumerate(rows):
        if row.problem is None:
            try:
                shapes[index] = _shape(row, places)
            except ValueError as error:
                row.problem = str(error)
    shapes = shapely.force_2d(shapes)

    def moved(coordinates: numpy.ndarray) -> numpy.ndarray:
        if move is not None and len(coordinates):
            coordinates = numpy.column_stack(move.transform(coordinates[:, 0], coordinates[:, 1]))
        return numpy.round(coordinates, DECIMALS)

    shapes = shapely.orient_polygons(shapely.transform(shapes, moved))
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    for index in numpy.flatnonzero(there & ~shapely.is_valid(shapes)):
        rows[index].problem = shapely.is_valid_reason(shapes[index])
    hexes = shapely.to_wkb(shapely.set_srid(shapes, WGS84), hex=True, include_srid=True)
    for row, is_there, text in zip(rows, there.tolist(), hexes, strict=True):
        row.wkb = text if is_there else None
    return rows


def _shape(row: StreamedRow, places: PlaceColumns) -> shapely.Geometry | None:
    """Raises ValueError for what is no number and no WKT."""
    if places.wkt:
        text = row.text(places.wkt)
        try:
            return shapely.from_wkt(text) if text else None
        except shapely.errors.GEOSException as error:
            raise ValueError(f"{text[:40]!r} is not a geometry in WKT") from error
    x, y = row.text(places.x), row.text(places.y)
    return shapely.Point(_number(x), _number(y)) if x and y else None


def _number(text: str) -> float:
    return strict_float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
