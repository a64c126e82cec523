"""What the report's map shows of a filter: each proposal as a pin, or, where there are too many for a browser, counts by cell."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Avg, Count, F, FloatField, Func, Q, Value

from layers.geometry import CELL_BITS, from_mercator
from proposals.models.pledge import is_taken_up
from proposals.models.proposal import ProposalQuerySet

PINS_MAX = 20_000  # beyond, a browser needs seconds to draw them, and the file grows over 3 MB
CELL_LEVEL = 17  # of the counts at first: about 150 m a side at 60 N, 300 m at the equator
CELLS_MAX = 5_000
DECIMALS = 6  # of a degree: a decimetre

# Latitude, longitude, proposals, how many of them are taken up; of a pin also its place in `MapRows.cards`.
Mark = list[float]
# What a pin tells: key, title, its language, kind, status, area's key, day of publication. Public, and all that is told.
Card = list[int | str | None]


@dataclass(frozen=True)
class MapRows:
    """Marks hold numbers alone, since folium runs text; cards hold the texts. Cells have no cards."""

    marks: list[Mark]
    cards: list[Card]
    are_cells: bool


def map_rows(matched: ProposalQuerySet, total: int) -> MapRows:
    """The rows of `matched`, whose number is `total`: pins up to PINS_MAX, else cells. One query."""
    return MapRows(cells(matched), [], True) if total > PINS_MAX else pins(matched)


def pins(matched: ProposalQuerySet) -> MapRows:
    columns = matched.order_by("pk").values_list(
        ordinate("ST_X"), ordinate("ST_Y"), is_taken_up(),
        "pk", "title", "language", "kind", "status", "area_id", "published_at__date",
    )  # fmt: skip
    marks, cards = [], []
    for x, y, taken_up, *card, day in columns:
        marks.append([*_mark(x, y, 1, int(taken_up)), len(cards)])
        cards.append([*card, day.isoformat()])
    return MapRows(marks, cards, False)


def cells(matched: ProposalQuerySet) -> list[Mark]:
    """Counts by cell at the mean place of its pins; coarser cells where those of CELL_LEVEL are over CELLS_MAX."""
    shift = 2 * (CELL_BITS - CELL_LEVEL)
    counted = (
        matched.order_by()
        .annotate(coarse=Func(F("cell"), Value(shift), template="(%(expressions)s)", arg_joiner=" >> "))
        .values("coarse")
        .annotate(
            x=Avg(ordinate("ST_X")),
            y=Avg(ordinate("ST_Y")),
            count=Count("pk"),
            taken_up=Count("pk", filter=Q(is_taken_up())),
        )
        .values_list("coarse", "x", "y", "count", "taken_up")
    )
    rows = list(counted)
    while len(rows) > CELLS_MAX:
        rows = coarser(rows)
    return [_mark(x, y, count, taken_up) for _cell, x, y, count, taken_up in rows]


def coarser(rows: Iterable[tuple[int, float, float, int, int]]) -> list[tuple[int, float, float, int, int]]:
    """(cell, x, y, count, taken up) of the next level: four cells become one, its place the mean of all their pins."""
    sums: dict[int, list[float]] = defaultdict(lambda: [0, 0, 0, 0])
    for cell, x, y, count, taken_up in rows:
        into = sums[cell >> 2]
        for index, value in enumerate((x * count, y * count, count, taken_up)):
            into[index] += value
    return [(cell, x / count, y / count, int(count), int(taken)) for cell, (x, y, count, taken) in sums.items()]


def ordinate(function: str) -> Func:
    """ST_X or ST_Y of the pin: metres of EPSG:3857."""
    return Func("pin", function=function, output_field=FloatField())


def _mark(x: float, y: float, count: int, taken_up: int) -> Mark:
    longitude, latitude = from_mercator(x, y)
    return [round(latitude, DECIMALS), round(longitude, DECIMALS), count, taken_up]
