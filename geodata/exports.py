"""Files of any filter, streamed: PostgreSQL's COPY writes each row, memory stays the same at any number of rows.

An export reads in a transaction of its own; an error in the middle breaks the connection, so that a cut file is seen as
cut.
"""

import json
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper
from django.db.models import F, Func, QuerySet, TextField
from django.utils.translation import gettext as _

from geodata.collections import Collection, Property
from geodata.expressions import COUNTER_CLOCKWISE, DEGREE_DECIMALS, coordinate
from geodata.geojson import features_sql
from layers.geometry import WGS84

TIMEOUT_S = 900  # a million rows take half a minute; a slow line takes longer
SNAPSHOT = "ISOLATION LEVEL REPEATABLE READ, READ ONLY"
# Idle is a transaction while the rows are written by a process of its own (geodata/vector_files.py).
TIME_ENOUGH = (
    f"SET LOCAL statement_timeout = '{TIMEOUT_S}s'",
    f"SET LOCAL idle_in_transaction_session_timeout = '{TIMEOUT_S}s'",
)
CHUNK_BYTES = 64 * 1024
SLOTS = 0x6578706F  # "expo": the first key of the advisory locks by which exports are counted
LICENCE = {"license": "CC-BY-4.0", "licenseUrl": "https://creativecommons.org/licenses/by/4.0/"}
BYTE_ORDER_MARK = "\ufeff".encode()  # without it Excel takes UTF-8 for the machine's old encoding
# CSV whose quote and delimiter stand in no JSON text: each row comes out as it is.
VERBATIM = r"FORMAT csv, QUOTE e'\x01', DELIMITER e'\x02'"
# Spreadsheets take a cell that begins so for a formula (OWASP, CSV injection; the wide forms are read as the narrow).
FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class TooManyExports(Exception):
    """As many exports as may run at once are running: come back later (503)."""


@dataclass(frozen=True)
class CsvStyle:
    """How a spreadsheet wants its CSV; `srid` adds columns x and y in that CRS."""

    delimiter: str = ";"
    decimal: str = "."
    srid: int | None = None


def geojson_file(collection: Collection, queryset: QuerySet[Any], language: str) -> Iterator[bytes]:
    """The FeatureCollection of `queryset` in the order of its keys. Raises TooManyExports before its first byte."""
    sql, parameters = features_sql(collection, queryset.order_by("pk"), language)
    facts = {"name": collection.id} | terms_of(collection)
    head = json.dumps({"type": "FeatureCollection"} | facts, ensure_ascii=False).removesuffix("}") + ', "features": [\n'
    return _begun(
        _copied(
            f"COPY ({sql}) TO STDOUT WITH ({VERBATIM})",
            parameters,
            head=head.encode(),
            separator=b",",
            tail=lambda count: f'], "numberReturned": {count}}}\n'.encode(),
        )
    )


def csv_file(collection: Collection, queryset: QuerySet[Any], language: str, style: CsvStyle) -> Iterator[bytes]:
    """`queryset` as CSV with a header, in the order of its keys. Raises TooManyExports before its first byte."""
    points = {"lon": ("X", WGS84), "lat": ("Y", WGS84)}
    if style.srid is not None:
        points |= {"x": ("X", style.srid), "y": ("Y", style.srid)}
    more = {name: coordinate(collection.pin, axis, srid, style.decimal) for name, (axis, srid) in points.items()}
    more["geometry_wkt"] = WellKnownText(F(collection.geometry))
    rows = collection.rows(queryset.order_by("pk"), language, **more)
    sql, parameters = rows.query.sql_with_params()
    columns = [_cell(p) for p in collection.properties] + ["geometry_wkt", *points]
    table = f"SELECT {', '.join(columns)} FROM ({sql}) AS rows"  # noqa: S608 (names come from the whitelist)
    return _begun(
        _copied(
            f"COPY ({table}) TO STDOUT WITH (FORMAT csv, HEADER, DELIMITER '{style.delimiter}')",
            parameters,
            head=BYTE_ORDER_MARK,
        )
    )


def terms_of(collection: Collection) -> dict[str, str]:
    """Licence and credit of what `collection` publishes: its source's where it comes from elsewhere."""
    if not collection.attribution and not collection.licence:
        return LICENCE | attribution()
    return {"license": collection.licence or _("see the source"), "attribution": collection.attribution}


def attribution() -> dict[str, str]:
    """Whose it is, in the language of the answer."""
    return {"attribution": f"{settings.CITY.product_name}, {settings.CITY.name}"}


class WellKnownText(Func):
    """The geometry as WKT in EPSG:4326, longitude first."""

    template = f"ST_AsText({COUNTER_CLOCKWISE}, {DEGREE_DECIMALS})"
    output_field = TextField()


def _cell(prop: Property) -> str:
    """SQL of one column: numbers as they are; texts, lists (parted by spaces) and objects guarded against formulas."""
    column = f'"p_{prop.name}"'
    if prop.type in ("integer", "number"):
        return f'{column} AS "{prop.name}"'
    text = f"array_to_string({column}, ' ')" if prop.type == "array" else f"({column})::text"
    beginnings = ", ".join(f"'{sign}'" for sign in FORMULA_BEGINNINGS)
    return f"""CASE WHEN left({text}, 1) IN ({beginnings}) THEN '''' || {text} ELSE {text} END AS "{prop.name}\""""


def _begun(chunks: Generator[bytes, None, None]) -> Iterator[bytes]:
    """`chunks` with the COPY under way, so that what refuses it is raised here, before any header is sent."""
    next(chunks)
    return chunks


def _copied(
    statement: str,
    parameters: tuple[Any, ...],
    *,
    head: bytes,
    separator: bytes = b"",
    tail: Callable[[int], bytes] = lambda count: b"",
) -> Generator[bytes, None, None]:
    """First b"" once the COPY runs, then `head`, the rows in chunks with `separator` between them, and `tail(rows)`."""
    with reading() as cursor:
        with cursor.copy(statement, parameters) as rows:
            yield b""
            yield head
            yield from _gathered(rows, separator)
        yield tail(cursor.rowcount)


@contextmanager
def reading() -> Iterator[CursorWrapper]:
    """A cursor in a transaction of its own that only reads, with one of the places for exports until it is left.

    Raises TooManyExports where all places are taken.
    """
    connection = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with connection.wrap_database_errors, connection.cursor() as cursor:
            _begin(cursor)
            yield cursor
    finally:
        connection.close()


def _begin(cursor: CursorWrapper) -> None:
    cursor.execute(f"BEGIN {SNAPSHOT}")
    for statement in TIME_ENOUGH:
        cursor.execute(statement)
    cursor.execute(
        "SELECT slot FROM generate_series(1, %s) AS slot WHERE pg_try_advisory_xact_lock(%s, slot) LIMIT 1",
        [settings.EXPORTS_AT_ONCE, SLOTS],
    )
    if cursor.fetchone() is None:
        raise TooManyExports


def _gathered(rows: Iterable[bytes | memoryview], separator: bytes) -> Iterator[bytes]:
    """Rows in chunks of about 64 kB: a write to the socket for each row would cost more than the rows."""
    held: list[bytes | memoryview] = []
    size, lead = 0, b""
    for row in rows:
        held.append(row)
        size += len(row)
        if size >= CHUNK_BYTES:
            yield lead + separator.join(held)
            held, size, lead = [], 0, separator
    if held:
        yield lead + separator.join(held)
