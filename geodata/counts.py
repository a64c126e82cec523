"""How many proposals each choice of the filter would show: all choices in one pass over the rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Q, Value

from proposals.models import Kind, Status
from proposals.models.pledge import is_taken_up
from proposals.models.proposal import ProposalQuerySet

# A choice is counted under all other parameters but its own: beside a ticked box stands what the next one would add.
# `up` leads from each area to itself and all above it. OFFSET 0 keeps the rows apart, else each filter would ask anew
# whether a row is taken up.
CHOICES = """
WITH RECURSIVE counted AS MATERIALIZED (
    SELECT kind, status, category_id, area_id, GROUPING(kind, status, category_id, area_id) AS grouped,
        count(*) FILTER (WHERE category_ok AND status_ok AND area_ok AND taken_ok) AS by_kind,
        count(*) FILTER (WHERE kind_ok AND status_ok AND area_ok AND taken_ok) AS by_category,
        count(*) FILTER (WHERE kind_ok AND category_ok AND area_ok AND taken_ok) AS by_status,
        count(*) FILTER (WHERE kind_ok AND category_ok AND status_ok AND taken_ok) AS by_area,
        count(*) FILTER (WHERE kind_ok AND category_ok AND status_ok AND area_ok AND taken_up) AS by_taken_up,
        count(*) FILTER (WHERE kind_ok AND category_ok AND status_ok AND area_ok AND NOT taken_up) AS by_untaken,
        count(*) FILTER (WHERE kind_ok AND category_ok AND status_ok AND area_ok AND taken_ok) AS total
    FROM ({rows} OFFSET 0) AS rows
    GROUP BY GROUPING SETS ((kind), (status), (category_id), (area_id), ())
), up AS (
    SELECT id AS finest, id AS above FROM layers_area WHERE valid_to IS NULL
    UNION
    SELECT up.finest, area.parent_id FROM up JOIN layers_area area ON area.id = up.above
    WHERE area.parent_id IS NOT NULL
)
SELECT 'total', '', total FROM counted WHERE grouped = 15
UNION ALL SELECT 'kind', kind, by_kind FROM counted WHERE grouped = 7
UNION ALL SELECT 'status', status, by_status FROM counted WHERE grouped = 11
UNION ALL SELECT 'taken_up', 'yes', by_taken_up FROM counted WHERE grouped = 15
UNION ALL SELECT 'taken_up', 'no', by_untaken FROM counted WHERE grouped = 15
UNION ALL SELECT 'category', category.slug, by_category
    FROM counted JOIN proposals_category category ON category.id = category_id WHERE grouped = 13
UNION ALL SELECT 'area', area.slug, sum(by_area)::bigint
    FROM counted JOIN up ON up.finest = area_id JOIN layers_area area ON area.id = up.above WHERE grouped = 14
    GROUP BY area.slug
"""


@dataclass
class ChoiceCounts:
    """Counts by value: of every kind and status, of the categories and areas that have any (districts with all below
    them), of taken_up `yes` and `no`; `total` is the list's under all parameters."""

    total: int = 0
    kind: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Kind.values, 0))
    status: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Status.values, 0))
    category: dict[str, int] = field(default_factory=dict)
    area: dict[str, int] = field(default_factory=dict)
    taken_up: dict[str, int] = field(default_factory=lambda: {"yes": 0, "no": 0})

    def add(self, choice: str, value: str, count: int) -> None:
        if choice == "total":
            self.total = count
        else:
            getattr(self, choice)[value] = count  # a field of this class, named by the query above


def count_choices(
    rows: ProposalQuerySet,
    *,
    kinds: Sequence[str],
    category_ids: Sequence[int],
    statuses: Sequence[str],
    area_ids: Sequence[int],
    taken_up: bool | None,
) -> ChoiceCounts:
    """Counts of `rows`, which the other parameters have narrowed already; an empty sequence means "all". One query."""
    flagged = rows.order_by().annotate(
        kind_ok=_within("kind", kinds),
        category_ok=_within("category_id", category_ids),
        status_ok=_within("status", statuses),
        area_ok=_within("area_id", area_ids),
        taken_up=is_taken_up(),
        taken_ok=_true() if taken_up is None else _flag(Q(taken_up=taken_up)),
    )
    names = ("kind", "status", "category_id", "area_id")
    sql, parameters = flagged.values(
        *names, "taken_up", *(f"{n}_ok" for n in ("kind", "category", "status", "area", "taken"))
    ).query.sql_with_params()
    counts = ChoiceCounts()
    with connection.cursor() as cursor:
        cursor.execute(CHOICES.format(rows=sql), parameters)
        for choice, value, count in cursor.fetchall():
            counts.add(choice, value, count)
    return counts


def _within(column: str, values: Sequence[Any]) -> ExpressionWrapper:
    return _flag(Q(**{f"{column}__in": values})) if values else _true()


def _flag(condition: Q) -> ExpressionWrapper:
    return ExpressionWrapper(condition, output_field=BooleanField())


def _true() -> ExpressionWrapper:
    return ExpressionWrapper(Value(True), output_field=BooleanField())
