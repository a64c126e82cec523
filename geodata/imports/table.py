"""A CSV file of places as rows: separators and decimal commas as spreadsheets write them, encodings never guessed."""

import csv
import io
from pathlib import Path

from django.contrib.gis.geos import Point

from geodata.imports.source import Source, SourceRefused, SourceRow, check_is_local_file
from layers.geometry import WGS84, strict_float

SEPARATORS = ",;\t"
CELL_LENGTH_MAX = 10_000  # characters
COLUMNS_MAX = 1_000  # as of every other type of file (reader.py)
LONGITUDE_COLUMNS = ("lon", "longitude", "lng")
LATITUDE_COLUMNS = ("lat", "latitude")
DECIMALS = 7  # of a degree: about a centimetre


def read_table(path: Path) -> Source:
    """The rows of a CSV file in UTF-8 with a header and, in degrees of EPSG:4326, `lon` and `lat`. Raises SourceRefused."""
    check_is_local_file(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceRefused(f"{path.name}: not UTF-8. Save it as CSV UTF-8") from error
    if "\x00" in text:
        raise SourceRefused(f"{path.name}: holds NUL characters: it is not a CSV file")
    header = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=header.count)
    csv.field_size_limit(CELL_LENGTH_MAX)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise SourceRefused(f"{path.name}: not a CSV file: {error}") from error
    columns = tuple(name.strip().lower() for name in lines[0]) if lines else ()
    _check_columns(path.name, columns)
    rows = [_row(number, columns, cells) for number, cells in enumerate(lines[1:], 1) if any(cells)]
    return Source(path.name, WGS84, columns, tuple(rows))


def check_number_of_columns(name: str, columns: tuple[str, ...]) -> None:
    """Raises SourceRefused for more than a report can name."""
    if len(columns) > COLUMNS_MAX:
        raise SourceRefused(f"{name}: the file has {len(columns):,} columns, and at most {COLUMNS_MAX:,} are read")


def _check_columns(name: str, columns: tuple[str, ...]) -> None:
    check_number_of_columns(name, columns)
    if len(set(columns)) < len(columns):
        raise SourceRefused(f"{name}: two columns have the same name: {', '.join(columns)}")
    if not set(columns) & set(LONGITUDE_COLUMNS) or not set(columns) & set(LATITUDE_COLUMNS):
        raise SourceRefused(f"{name}: the columns lon and lat, in degrees, are needed; there are: {', '.join(columns)}")


def _row(number: int, columns: tuple[str, ...], cells: list[str]) -> SourceRow:
    if len(cells) != len(columns):
        problem = f"the row has {len(cells)} cells, the header {len(columns)}"
        return SourceRow(number, dict(zip(columns, cells, strict=False)), problem=problem)
    fields: dict[str, object] = dict(zip(columns, cells, strict=True))
    row = SourceRow(number, fields)
    longitude = next((text for column in LONGITUDE_COLUMNS if (text := row.text(column))), None)
    latitude = next((text for column in LATITUDE_COLUMNS if (text := row.text(column))), None)
    if longitude is None or latitude is None:
        return row
    try:
        x, y = _degrees(longitude), _degrees(latitude)
    except ValueError as error:
        return SourceRow(number, fields, problem=str(error))
    return SourceRow(number, fields, geometry=Point(x, y, srid=WGS84))


def _degrees(text: str) -> float:
    """A number with a point or a comma. Raises ValueError for anything else, NaN included."""
    return round(strict_float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text), DECIMALS)
