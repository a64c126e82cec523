"""The city's pins as clusters: counted by cells of the quadkey grid, drawn far enough apart to be told from each other.

Every pin is in exactly one cluster or stands alone, so the counts add up to the number of proposals in the filter.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from django.db import connection
from django.db.models import F, FloatField, Func

from geodata.collections import proposals
from geodata.expressions import page_address
from layers.geometry import CELL_BITS, MERCATOR_HALF_M, BoundingBox, from_mercator, to_mercator
from proposals.models.pledge import is_taken_up
from proposals.models.proposal import ProposalQuerySet

TILE_PX = 256  # a tile's side on the screen, in CSS pixels
CELLS_A_TILE_BITS = 2  # 4 x 4 cells a tile: 64 px each
APART_PX = 60  # nearer than this, two marks cover each other
MARKS_MAX = 300  # nodes that a phone's map bears
CELLS_READ_MAX = 4_096  # more cells than a screen holds: a box too wide for its zoom is read coarser
BBOX_STEP = 1e-7  # degrees: a cluster's box is wider than its pins by one or two, about a centimetre each

# One query: cells in the inner part, and what a mark that stands alone says of itself in the outer.
CELLS = """
WITH cells AS (
    SELECT cell >> %s AS key, count(*) AS n, count(*) FILTER (WHERE is_taken_up) AS taken_up,
        sum(x) AS sum_x, sum(y) AS sum_y, min(x) AS west, min(y) AS south, max(x) AS east, max(y) AS north, min(id) AS id
    FROM ({rows}) AS rows GROUP BY 1
)
SELECT cells.key, n, taken_up, sum_x, sum_y, west, south, east, north, alone.p_id, alone.p_title, alone.p_kind, alone.p_status,
    alone.address
FROM cells LEFT JOIN ({alone}) AS alone ON n = 1 AND alone.p_id = cells.id
ORDER BY cells.key
"""
ALONE = ("id", "title", "kind", "status")  # with the address, all that the map says of a single pin


class SingleProperties(TypedDict):
    id: int
    title: str
    kind: str
    status: str
    url: str


class ClusterProperties(TypedDict):
    cluster: bool
    count: int
    taken_up: int
    same_place: bool


class MarkFeature(TypedDict):
    type: str
    id: NotRequired[int]
    bbox: NotRequired[list[float]]
    geometry: dict[str, Any]
    properties: SingleProperties | ClusterProperties


@dataclass
class Mark:
    """Pins drawn as one: their number, sums of x and y and extent (EPSG:3857 metres); `single` where it is one pin."""

    key: int
    n: int
    taken_up: int
    sum_x: float
    sum_y: float
    west: float
    south: float
    east: float
    north: float
    single: SingleProperties | None

    @property
    def x(self) -> float:
        return self.sum_x / self.n

    @property
    def y(self) -> float:
        return self.sum_y / self.n

    @property
    def is_one_place(self) -> bool:
        return self.west == self.east and self.south == self.north

    def absorb(self, other: "Mark") -> None:
        """Takes the pins of `other` in."""
        self.n += other.n
        self.taken_up += other.taken_up
        self.sum_x += other.sum_x
        self.sum_y += other.sum_y
        self.west, self.east = min(self.west, other.west), max(self.east, other.east)
        self.south, self.north = min(self.south, other.south), max(self.north, other.north)
        self.single = None

    def feature(self) -> MarkFeature:
        """A GeoJSON Feature in EPSG:4326: of the proposal, or of the cluster with its `bbox`."""
        geometry = {"type": "Point", "coordinates": [round(c, 7) for c in from_mercator(self.x, self.y)]}
        if self.single:
            return {"type": "Feature", "id": self.single["id"], "geometry": geometry, "properties": self.single}
        properties: ClusterProperties = {
            "cluster": True,
            "count": self.n,
            "taken_up": self.taken_up,
            "same_place": self.is_one_place,
        }
        return {"type": "Feature", "bbox": self._bbox(), "geometry": geometry, "properties": properties}

    def _bbox(self) -> list[float]:
        """The extent as a bbox by which a filter finds all its pins: east and north edges are outside of a filter's box."""
        west, south = from_mercator(self.west, self.south)
        east, north = from_mercator(self.east, self.north)
        lower = [(math.floor(c / BBOX_STEP) - 1) * BBOX_STEP for c in (west, south)]
        upper = [(math.floor(c / BBOX_STEP) + 2) * BBOX_STEP for c in (east, north)]
        return [round(c, 7) for c in lower + upper]


def marks(rows: ProposalQuerySet, box: BoundingBox, zoom: int, language: str) -> list[Mark]:
    """The pins of `rows`, which `box` has narrowed already, as marks at least APART_PX apart at `zoom`. One query.

    At most MARKS_MAX marks; addresses of single ones are those of the pages in `language`.
    """
    level = _level(box, zoom)
    found = _read(rows, level, language)
    while len(found) > MARKS_MAX:
        found = _coarser(found)
    metres_a_pixel = 2 * MERCATOR_HALF_M / (TILE_PX * 2**zoom)
    return _apart(found, APART_PX * metres_a_pixel)


def _level(box: BoundingBox, zoom: int) -> int:
    """Bits an axis of the cells to read: those of the zoom, or coarser where the box would hold too many of them."""
    west, south = to_mercator(box.west, box.south)
    east, north = to_mercator(box.east, box.north)
    width = east - west if east >= west else 2 * MERCATOR_HALF_M - west + east
    level = min(zoom + CELLS_A_TILE_BITS, CELL_BITS)
    while level > 0:
        side = 2 * MERCATOR_HALF_M / 2**level
        if (width / side + 1) * ((north - south) / side + 1) <= CELLS_READ_MAX:
            break
        level -= 1
    return level


def _read(rows: ProposalQuerySet, level: int, language: str) -> list[Mark]:
    narrowed = rows.order_by().values("cell", "id", x=_axis("X"), y=_axis("Y"), is_taken_up=is_taken_up())
    rows_sql, rows_parameters = narrowed.query.sql_with_params()
    collection = proposals()
    alone = collection.rows(
        collection.queryset(), language, ALONE, address=page_address("proposal", language, absolute=False)
    )
    alone_sql, alone_parameters = alone.query.sql_with_params()
    shift = 2 * (CELL_BITS - level)
    with connection.cursor() as cursor:
        cursor.execute(
            CELLS.format(rows=rows_sql, alone=alone_sql),
            [shift, *rows_parameters, *alone_parameters],
        )
        return [_mark(row) for row in cursor.fetchall()]


def _axis(axis: str) -> Func:
    return Func(F("pin"), function=f"ST_{axis}", output_field=FloatField())


def _mark(row: tuple[Any, ...]) -> Mark:
    *counted, pk, title, kind, status, address = row
    single: SingleProperties | None = None
    if pk is not None:
        single = {"id": pk, "title": title, "kind": kind, "status": status, "url": address}
    return Mark(*counted, single)


def _coarser(found: list[Mark]) -> list[Mark]:
    """The marks of four cells each as one."""
    parents: dict[int, Mark] = {}
    for mark in found:
        mark.key >>= 2
        if mark.key in parents:
            parents[mark.key].absorb(mark)
        else:
            parents[mark.key] = mark
    return list(parents.values())


def _apart(found: Iterable[Mark], distance: float) -> list[Mark]:
    """The marks with those nearer to each other than `distance` (Mercator metres) made one, the biggest first.

    A mark moves when it takes another in, so this goes on until nothing is near anything.
    """
    left = list(found)
    while True:
        kept: list[Mark] = []
        squares: dict[tuple[int, int], list[Mark]] = defaultdict(list)
        for mark in sorted(left, key=lambda mark: (-mark.n, mark.key)):
            column, row = int(mark.x // distance), int(mark.y // distance)
            around = (squares.get((column + i, row + j), ()) for i in (-1, 0, 1) for j in (-1, 0, 1))
            near = [other for marks in around for other in marks if _distance(mark, other) < distance]
            if near:
                min(near, key=lambda other: _distance(mark, other)).absorb(mark)
            else:
                kept.append(mark)
                squares[column, row].append(mark)
        if len(kept) == len(left):
            return kept
        left = kept


def _distance(one: Mark, other: Mark) -> float:
    return math.hypot(one.x - other.x, one.y - other.y)
