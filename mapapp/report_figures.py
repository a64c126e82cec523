"""How many proposals a filter holds: by topic, stage, month and area, all counted by the database in one query."""

import datetime
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models.functions import TruncMonth

from layers.languages import localised
from layers.models import Area
from layers.models.area import FINEST_FIRST
from proposals.models import Kind, Status
from proposals.models.pledge import is_taken_up
from proposals.models.proposal import ProposalQuerySet

COUNTS = """
SELECT GROUPING(kind, status, month, area_id) AS grouped, kind, status, month::date, area_id, count(*),
    count(*) FILTER (WHERE status = 'open'),
    count(*) FILTER (WHERE is_taken_up),
    count(*) FILTER (WHERE status = 'confirmed'),
    coalesce(sum(supports_verified + supports_unverified), 0)
FROM ({rows}) AS rows
GROUP BY GROUPING SETS ((kind), (status), (month), (area_id), ())
"""


@dataclass(frozen=True)
class Tally:
    """Proposals, and how many of them are open, taken up (by a promise in force, reported as done or kept) and confirmed."""

    proposals: int = 0
    open: int = 0
    taken_up: int = 0
    confirmed: int = 0
    supports: int = 0  # of these proposals, verified or not

    @property
    def waiting(self) -> int:
        """Proposals that nobody has taken up."""
        return self.proposals - self.taken_up

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.proposals + other.proposals,
            self.open + other.open,
            self.taken_up + other.taken_up,
            self.confirmed + other.confirmed,
            self.supports + other.supports,
        )


@dataclass
class Figures:
    """Tallies of one filter. Kinds and stages are complete, months without a gap; area None is "in no area"."""

    total: Tally = Tally()
    kinds: dict[str, Tally] = field(default_factory=lambda: dict.fromkeys(Kind.values, Tally()))
    stages: dict[str, Tally] = field(default_factory=lambda: dict.fromkeys(Status.values, Tally()))
    months: dict[datetime.date, Tally] = field(default_factory=dict)
    areas: dict[int | None, Tally] = field(default_factory=dict)


@dataclass(frozen=True)
class AreaRow:
    """An area of the table. `pk` and `slug` are None, `name` is "" for what lies in no area; `size_km2` in METRIC_SRID."""

    pk: int | None
    slug: str | None
    name: str
    language: str
    size_km2: float | None
    tally: Tally

    @property
    def per_km2(self) -> float | None:
        return self.tally.proposals / self.size_km2 if self.size_km2 else None

    @property
    def share_taken_up(self) -> float | None:
        """Per cent of its proposals that somebody has taken up; None where it has none."""
        return 100 * self.tally.taken_up / self.tally.proposals if self.tally.proposals else None

    @property
    def share_confirmed(self) -> float | None:
        """Per cent of its proposals that are confirmed as done; None where it has none."""
        return 100 * self.tally.confirmed / self.tally.proposals if self.tally.proposals else None


@contextmanager
def snapshot(timeout_s: int) -> Iterator[None]:
    """All queries inside see one state of the database, write nothing and end after `timeout_s` each.

    Inside a transaction that is open already (a test's) they see what that one sees.
    """
    begun_by_others = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if not begun_by_others:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = %s", [timeout_s * 1000])
        yield


def count_figures(rows: ProposalQuerySet) -> Figures:
    """The figures of `rows`, by the month of publication in the city's time. One pass over them."""
    monthly = rows.order_by().annotate(month=TruncMonth("published_at"), is_taken_up=is_taken_up())
    sql, parameters = monthly.values(
        "kind", "status", "month", "area_id", "is_taken_up", "supports_verified", "supports_unverified"
    ).query.sql_with_params()
    figures = Figures()
    with connection.cursor() as cursor:
        cursor.execute(COUNTS.format(rows=sql), parameters)
        for grouped, kind, status, month, area_id, *counts in cursor.fetchall():
            tally = Tally(*counts)
            match grouped:  # a bit for each column that is not grouped by
                case 0b0111:
                    figures.kinds[kind] = tally
                case 0b1011:
                    figures.stages[status] = tally
                case 0b1101:
                    figures.months[month] = tally
                case 0b1110:
                    figures.areas[area_id] = tally
                case _:
                    figures.total = tally
    figures.months = without_gaps(figures.months)
    return figures


def without_gaps(months: dict[datetime.date, Tally]) -> dict[datetime.date, Tally]:
    """Every month from the first to the last, oldest first; those without a proposal hold an empty tally."""
    if not months:
        return {}
    month, last = min(months), max(months)
    complete = {}
    while month <= last:
        complete[month] = months.get(month, Tally())
        month = (month + datetime.timedelta(days=31)).replace(day=1)
    return complete


def area_rows(figures: Figures, chosen: Collection[int] = ()) -> list[AreaRow]:
    """A row for each area of the finest level, and for others that hold proposals, by name; then what is in no area.

    `chosen` are the keys of a filter's areas: with it, only those. The rows sum up to the figures' total. One query.
    """
    areas = {area.pk: area for area in Area.objects.current().only("level", "slug", "names", "size_m2")}
    finest = min((area.level for area in areas.values()), key=FINEST_FIRST.index, default=None)
    rows = []
    for area in areas.values():
        if area.pk not in figures.areas and (area.level != finest or (chosen and area.pk not in chosen)):
            continue
        name, language = localised(area.names)
        tally = figures.areas.get(area.pk, Tally())
        rows.append(AreaRow(area.pk, area.slug, name, language, area.size_m2 / 1e6, tally))
    rows.sort(key=lambda row: row.name.casefold())
    elsewhere = sum((tally for pk, tally in figures.areas.items() if pk not in areas), Tally())
    if elsewhere.proposals:
        rows.append(AreaRow(None, None, "", "", None, elsewhere))
    return rows
