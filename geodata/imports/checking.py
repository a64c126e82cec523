"""What the imports of areas and of service locations have alike: names, codes, places, and being alone at it."""

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection, transaction

from geodata.imports.source import Source, SourceRefused, SourceRow

NAME_LENGTH_MAX = 200  # characters, as PlaceName holds
LABEL_LENGTH_MAX = 60  # characters
IMPORT_LOCK = 5_270_301  # pg_advisory_xact_lock: any number that nothing else uses


class RowRefused(ValueError):
    """This row cannot be taken in: `field` is what is wrong with it, the text says why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def name_columns(source: Source, name_field: str | None) -> dict[str, str]:
    """Language -> column: `name_fi`, `name_sv` ... as the city has languages, else the one column given or called `name`.

    Raises SourceRefused where there is none.
    """
    if name_field:
        require_column(source, name_field)
        return {settings.CITY.languages[0]: name_field}
    if found := language_columns(source, "name"):
        return found
    usual = ", ".join(f"name_{language}" for language in settings.CITY.languages)
    raise SourceRefused(
        f"{source.name}: no column {usual} or name. "
        f"Say which one holds the names by --name-field: {', '.join(source.fields) or 'there are no columns'}"
    )


def language_columns(source: Source, word: str) -> dict[str, str]:
    """Language -> column: `word_fi`, `word_sv` ... as the city has languages, else the one called `word`; {} without one."""
    by_language = {language: f"{word}_{language}" for language in settings.CITY.languages}
    found = {language: column for language, column in by_language.items() if column in source.fields}
    return found or ({settings.CITY.languages[0]: word} if word in source.fields else {})


def code_column(source: Source, code_field: str | None, usual: Sequence[str]) -> str | None:
    """The given column, else the first of the usual ones that is there, else None."""
    if code_field:
        require_column(source, code_field)
        return code_field
    return next((column for column in usual if column in source.fields), None)


def require_column(source: Source, column: str) -> None:
    if column.lower() not in source.fields:
        raise SourceRefused(f"{source.name}: there is no column {column!r}; there are: {', '.join(source.fields)}")


def names_of(row: SourceRow, columns: dict[str, str]) -> dict[str, str]:
    """The names that are there, by language. Raises RowRefused where there is none, or one that cannot be shown."""
    names: dict[str, str] = {}
    for language, column in columns.items():
        name = line_of(row, column)
        if name is None:
            continue
        if len(name) > NAME_LENGTH_MAX:
            raise RowRefused(column, f"longer than {NAME_LENGTH_MAX} characters")
        names[language] = name
    if not names:
        raise RowRefused(next(iter(columns.values())), "there is no name")
    return names


def label_of(row: SourceRow, columns: dict[str, str]) -> str:
    """What a report calls the row: its first name, shortened, printable signs only; "" where it has none."""
    name = next((name for column in columns.values() if (name := row.text(column))), "")
    return "".join(sign for sign in name if sign.isprintable())[:LABEL_LENGTH_MAX]


def line_of(row: SourceRow, column: str) -> str | None:
    """The field as one line. Raises RowRefused for signs that no page can show or that a wrong encoding left behind."""
    text = row.text(column)
    if text is None:
        return None
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Co", "Cn") for sign in text):
        raise RowRefused(column, "holds control characters or other signs that cannot be shown")
    if "\ufffd" in text:
        raise RowRefused(column, "was written in another encoding: save the file as UTF-8")
    return text


def require_near_city(geometry: GEOSGeometry) -> None:
    """Raises RowRefused unless `geometry` (EPSG:4326) touches the city's bounds: a wrong reference system, swapped axes."""
    if problem := outside_bounds(geometry.extent):
        raise RowRefused("geometry", problem)


def outside_bounds(extent: tuple[float, float, float, float]) -> str:
    """Why a geometry of this extent (EPSG:4326) is none of the city's; "" where it touches the city's bounds."""
    if _touches_city(extent):
        return ""
    west, south, east, north = extent
    if _touches_city((south, west, north, east)):
        return "latitude and longitude are swapped: longitude comes first"
    return f"it lies outside the city's bounds, at {west:.4f}, {south:.4f}: is its CRS the right one?"


def _touches_city(extent: tuple[float, float, float, float]) -> bool:
    west, south, east, north = settings.CITY.bounds
    return extent[0] <= east and extent[2] >= west and extent[1] <= north and extent[3] >= south


@contextmanager
def alone() -> Iterator[None]:
    """A transaction in which no other import runs, as long as it takes."""
    with transaction.atomic(), connection.cursor() as cursor:
        # The limits are those of a page; they come back with the end of the transaction.
        cursor.execute("SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])
        yield
