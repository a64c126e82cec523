"""What the imports of areas and of service locations have alike: names, codes, places, and being alone at it."""

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from geodata.imports.reasons import MISSING, OTHER_ENCODING, UNSHOWABLE, Refused, SourceRefused, no_column, too_long
from geodata.imports.source import Source, SourceRow, StreamedRow
from layers.reasons import Reason, listed, shown

NAME_LENGTH_MAX = 200  # characters, as PlaceName holds
IMPORT_LOCK = 5_270_301  # pg_advisory_xact_lock: any number that nothing else uses


class RowRefused(Refused):
    """This row cannot be taken in: `field` is what is wrong with it."""

    def __init__(self, field: str, reason: Reason) -> None:
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
    words = _("No column is called %(usual)s or name. Which one holds the names? There are: %(columns)s.")
    reason = Reason(words, {"usual": usual, "columns": listed(source.fields)}, "--name-field")
    raise SourceRefused(reason, name=source.name)


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
        raise SourceRefused(no_column(column, source.fields), name=source.name)


def names_of(row: SourceRow, columns: dict[str, str]) -> dict[str, str]:
    """The names that are there, by language. Raises RowRefused where there is none, or one that cannot be shown."""
    names: dict[str, str] = {}
    for language, column in columns.items():
        name = line_of(row, column)
        if name is None:
            continue
        if len(name) > NAME_LENGTH_MAX:
            raise RowRefused(column, too_long(NAME_LENGTH_MAX))
        names[language] = name
    if not names:
        raise RowRefused(next(iter(columns.values())), MISSING)
    return names


def label_of(row: SourceRow, columns: dict[str, str]) -> str:
    """What a report calls the row: its first name, shortened, printable signs only; "" where it has none."""
    return shown(next((name for column in columns.values() if (name := row.text(column))), ""))


def line_of(row: SourceRow, column: str) -> str | None:
    """The field as one line. Raises RowRefused for signs that no page can show or that a wrong encoding left behind."""
    text = row.text(column)
    if text is None:
        return None
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Co", "Cn") for sign in text):
        raise RowRefused(column, UNSHOWABLE)
    if "\ufffd" in text:
        raise RowRefused(column, OTHER_ENCODING)
    return text


def remarks_on(row: SourceRow | StreamedRow, label: str = "") -> list[Reason]:
    """What was changed of the row's geometry to make it fit."""
    if not (row.straightened or row.repaired):
        return []  # a million of these
    named = {"row": f"{row.number} ({shown(label)})" if label else str(row.number)}
    remarks = []
    if row.straightened:
        remarks.append(Reason(_("Row %(row)s: curves were made straight."), named))
    if row.repaired:
        words = _("Row %(row)s was repaired. What was wrong: %(fault)s")
        remarks.append(Reason(words, named | {"fault": row.repaired}))
    return remarks


def require_near_city(geometry: GEOSGeometry) -> None:
    """Raises RowRefused unless `geometry` (EPSG:4326) touches the city's bounds: a wrong reference system, swapped axes."""
    if problem := outside_bounds(geometry.extent):
        raise RowRefused("geometry", problem)


def outside_bounds(extent: tuple[float, float, float, float]) -> Reason | None:
    """Why a geometry of this extent (EPSG:4326) is none of the city's; None where it touches the city's bounds."""
    if _touches_city(extent):
        return None
    west, south, east, north = extent
    if _touches_city((south, west, north, east)):
        return Reason(_("Latitude and longitude are swapped."))
    words = _("It lies far outside the city, at %(place)s. Is the coordinate system the right one?")
    return Reason(words, {"place": f"{west:.4f}, {south:.4f}"})


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
