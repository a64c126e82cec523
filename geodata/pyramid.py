"""Counts of pins by cells, kept as they change: what vector tiles of a whole city read instead of all its pins.

The pyramid and the changes since its last fold are read together in one statement, so that a count is exact in the next
request. Levels are bits an axis: a level is a zoom with 16 x 16 cells a tile. Levels of a fold are counted from one another.
"""

from typing import Any

from django.db import connection, transaction
from django.db.models import F, FloatField, Func

from geodata.models import PyramidDelta
from layers.geometry import CELL_BITS
from proposals.models import Kind, Proposal, Status
from proposals.models.pledge import is_taken_up

COARSEST_LEVEL, FINEST_LEVEL = 4, 19
REBUILD_FROM = 50_000  # changes: beyond them, counting all pins anew is quicker than folding
LOCK = 0x70797261  # "pyra": the advisory lock by which one folds at a time
TIME_ENOUGH = "SET LOCAL statement_timeout = '10min'"  # a million pins are counted anew in less than one

FOLD = """
WITH {before}source AS ({source}), level_{finest} AS (
    SELECT facet, cell, {sums} FROM (
        SELECT facet, cell >> {shift} AS cell, n, taken_up, x_cm, y_cm FROM source
        UNION ALL SELECT '', cell >> {shift}, n, taken_up, x_cm, y_cm FROM source
    ) AS with_all GROUP BY 1, 2
), {coarser}
INSERT INTO geodata_pyramidcell AS known (level, facet, cell, n, taken_up, x_cm, y_cm) {levels}
ON CONFLICT (level, facet, cell) DO UPDATE SET n = known.n + excluded.n, taken_up = known.taken_up + excluded.taken_up,
    x_cm = known.x_cm + excluded.x_cm, y_cm = known.y_cm + excluded.y_cm
"""
COARSER = "level_{level} AS (SELECT facet, cell >> 2 AS cell, {sums} FROM level_{finer} GROUP BY 1, 2)"
SELECTED = "SELECT {level}, facet, cell, n, taken_up, x_cm, y_cm FROM level_{level}"
SUMS = "sum(n) AS n, sum(taken_up) AS taken_up, sum(x_cm) AS x_cm, sum(y_cm) AS y_cm"
CHANGES = "DELETE FROM geodata_pyramiddelta RETURNING facet, cell, n, taken_up, x_cm, y_cm"
PINS = """
SELECT kind || '/' || status || CASE WHEN is_taken_up THEN '/t' ELSE '/f' END AS facet, cell, 1 AS n,
    is_taken_up::int AS taken_up, round(x * 100)::bigint AS x_cm, round(y * 100)::bigint AS y_cm
FROM ({rows}) AS rows
"""
# Of one tile: what the pyramid holds, and what has changed since.
CELLS = """
SELECT cell, sum(n) AS n, sum(taken_up) AS taken_up, sum(x_cm) / sum(n) / 100 AS x, sum(y_cm) / sum(n) / 100 AS y FROM (
    SELECT cell, n, taken_up, x_cm, y_cm FROM geodata_pyramidcell
    WHERE level = %(level)s AND facet = ANY(%(facets)s)
        AND cell BETWEEN %(first)s::bigint >> %(shift)s AND %(last)s::bigint >> %(shift)s
    UNION ALL
    SELECT cell >> %(shift)s, n, taken_up, x_cm, y_cm FROM geodata_pyramiddelta
    WHERE cell BETWEEN %(first)s AND %(last)s AND ('' = ANY(%(facets)s) OR facet = ANY(%(facets)s))
) AS counted GROUP BY cell HAVING sum(n) > 0
"""


def facets_of(kinds: list[str], statuses: list[str], taken_up: bool | None) -> list[str]:
    """The facets that hold these kinds and stages (all where empty), taken up or not (both where None)."""
    if not kinds and not statuses and taken_up is None:
        return [""]
    promised = "tf" if taken_up is None else "t" if taken_up else "f"
    return [
        f"{kind}/{status}/{flag}"
        for kind in kinds or Kind.values
        for status in statuses or Status.values
        for flag in promised
    ]


def fold() -> int:
    """Adds what has changed to the pyramid, in one transaction; returns how many changes there were.

    Nothing where another one is folding.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if not _took_turn(cursor):
            return 0
        changes = PyramidDelta.objects.count()
        if changes >= REBUILD_FROM:
            _count_anew(cursor)
        elif changes:
            cursor.execute(_fold_sql(CHANGES))
    return changes


def rebuild() -> bool:
    """Counts all pins anew, in one snapshot; False where another one is folding."""
    with transaction.atomic(), connection.cursor() as cursor:
        if not _took_turn(cursor):
            return False
        _count_anew(cursor)
    return True


def _took_turn(cursor: Any) -> bool:
    cursor.execute(TIME_ENOUGH)
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
    return bool(cursor.fetchone()[0])


def _count_anew(cursor: Any) -> None:
    cursor.execute("DELETE FROM geodata_pyramidcell")
    axes = {name: Func(F("pin"), function=f"ST_{name.upper()}", output_field=FloatField()) for name in "xy"}
    rows = Proposal.objects.public().order_by().values("cell", "kind", "status", is_taken_up=is_taken_up(), **axes)
    sql, parameters = rows.query.sql_with_params()
    # Changes go in the statement that reads the pins: of one snapshot, so that none is counted twice or lost.
    cursor.execute(_fold_sql(PINS.format(rows=sql), "gone AS (DELETE FROM geodata_pyramiddelta), "), parameters)


def _fold_sql(source: str, before: str = "") -> str:
    levels = range(FINEST_LEVEL, COARSEST_LEVEL - 1, -1)
    coarser = ", ".join(COARSER.format(level=level, finer=level + 1, sums=SUMS) for level in levels[1:])
    selected = " UNION ALL ".join(SELECTED.format(level=level) for level in levels)
    shift = 2 * (CELL_BITS - FINEST_LEVEL)
    return FOLD.format(
        before=before, source=source, finest=FINEST_LEVEL, shift=shift, sums=SUMS, coarser=coarser, levels=selected
    )
