"""Vector tiles (Mapbox Vector Tile 2.1), written by the database in one query.

Proposals: below FEATURES_FROM_ZOOM their pins are counted by cells of the quadkey grid, from there on each stands alone, and
lines and areas are drawn in a second layer, `shapes`, but in tiles that are still too crowded for that. A pin is in exactly one tile, so that the counts of all tiles of a
zoom add up to the number of proposals in the filter. Filters by topic, stage and promises read the count pyramid, others
count the pins themselves: the same numbers, from a city's worth of pins in the time of a few hundred cells.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.gis.db.models.functions import Transform
from django.contrib.gis.geos import Polygon
from django.db import connection
from django.db.models import F, FloatField, Func, QuerySet

from geodata import pyramid
from geodata.collections import Collection
from geodata.ogc.published import Published
from layers.geometry import CELL_BITS, MERCATOR_HALF_M, WEB_MERCATOR, WGS84, from_mercator
from proposals.models.pledge import is_taken_up

ZOOM_MAX = 22
FEATURES_FROM_ZOOM = 15
CELLS_A_TILE_BITS = 4  # 16 x 16 cells a tile
ALONE_MAX = 250  # pins: with more of them, a tile is counted by cells at every zoom, and stays under 64 kB
EXTENT = 4096  # MVT units per tile side
BUFFER = 64  # the same units, around the tile: lines and areas are cut outside of what is seen
SHAPES = "shapes"

# Each pin by itself, as a tile that is not crowded shows it from near by.
ALONE = "SELECT -id AS key, 1 AS n, 0 AS taken_up, x, y, true AS same_place, id FROM ({rows}) AS rows"
# Cells counted from the pins themselves.
COUNTED = """
SELECT cell >> %(shift)s AS key, count(*) AS n, count(*) FILTER (WHERE is_taken_up) AS taken_up, avg(x) AS x, avg(y) AS y,
    min(x) = max(x) AND min(y) = max(y) AS same_place, min(id) AS id
FROM ({rows}) AS rows GROUP BY 1
"""
# The same from the pyramid, which does not know the pin that is alone in its cell: the index of cells does.
READ = """
SELECT counted.cell AS key, n, counted.taken_up, x, y, NULL::boolean AS same_place, alone.id
FROM ({cells}) AS counted LEFT JOIN LATERAL (
    SELECT id FROM ({rows}) AS rows
    WHERE n = 1 AND rows.cell BETWEEN counted.cell << %(shift)s AND (counted.cell + 1 << %(shift)s) - 1 LIMIT 1
) AS alone ON true
"""
NEAR_BY = """
SELECT CASE WHEN (SELECT count(*) FROM (SELECT FROM ({rows}) AS rows LIMIT %(alone_max)s + 1) AS first_ones) > %(alone_max)s
    THEN ({cells}) ELSE ({alone}) || ({shapes}) END
"""
# The marks: cells with more than one pin as clusters, a pin alone with what it says of itself.
MARKS = """
WITH cells AS MATERIALIZED ({cells}),
marks AS (
    SELECT ST_AsMVTGeom(ST_SetSRID(ST_MakePoint(cells.x, cells.y), 3857), {envelope}, {extent}, {buffer}) AS geom,
        CASE WHEN n > 1 THEN true END AS cluster, CASE WHEN n > 1 THEN n END AS count,
        CASE WHEN n > 1 THEN cells.taken_up END AS taken_up, CASE WHEN n > 1 THEN same_place END AS same_place,
        one.key AS feature_key, {properties}
    FROM cells LEFT JOIN ({one}) AS one ON n = 1 AND one.key = cells.id ORDER BY cells.key
)
SELECT ST_AsMVT(marks, %(layer)s, {extent}, 'geom', 'feature_key') FROM marks
"""
DRAWN = """
SELECT ST_AsMVTGeom(geometry, {envelope}, {extent}, {buffer}) AS geom, rows.key AS feature_key, {properties}
FROM ({rows}) AS rows WHERE {condition} ORDER BY rows.key
"""
LAYER = "SELECT ST_AsMVT(drawn, %({layer})s, {extent}, 'geom', 'feature_key') FROM ({drawn}) AS drawn"
# Points in the one tile of their cell, other shapes in each tile that they touch.
IN_ITS_TILE = """
(ST_Dimension(geometry) > 0 OR quadkey22(ST_X(geometry), ST_Y(geometry)) BETWEEN %(first)s AND %(last)s)
"""


@dataclass(frozen=True)
class Tile:
    """Column `x` and row `y` (from the north) at zoom `z`. Raises ValueError for one that does not exist."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not (0 <= self.z <= ZOOM_MAX and 0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z):
            raise ValueError(f"there is no tile {self.z}/{self.x}/{self.y}")

    @property
    def cells(self) -> tuple[int, int]:
        """The first and the last `cell` of the tile: one range, as cells are numbered by tiles within tiles."""
        morton = sum((self.x >> bit & 1) << 2 * bit | (self.y >> bit & 1) << 2 * bit + 1 for bit in range(self.z))
        bits = 2 * (CELL_BITS - self.z)
        return morton << bits, ((morton + 1) << bits) - 1

    def polygon(self) -> Polygon:
        """What is drawn in the tile, buffer included, in EPSG:4326."""
        side = 2 * MERCATOR_HALF_M / 2**self.z
        edge = side * BUFFER / EXTENT
        west, north = self.x * side - MERCATOR_HALF_M, MERCATOR_HALF_M - self.y * side
        lower = from_mercator(max(west - edge, -MERCATOR_HALF_M), north - side - edge)
        upper = from_mercator(min(west + side + edge, MERCATOR_HALF_M), north + edge)
        polygon = Polygon.from_bbox((*lower, *upper))
        polygon.srid = WGS84
        return polygon

    @property
    def envelope(self) -> str:
        return f"ST_TileEnvelope({self.z:d}, {self.x:d}, {self.y:d})"


def tile_of(
    published: Published, queryset: QuerySet[Any], tile: Tile, language: str, facets: list[str] | None = None
) -> bytes:
    """The tile of the rows of `queryset`; b"" where nothing is in it. One query.

    `facets` of the count pyramid hold the same rows; None where it cannot tell them from others.
    """
    if published.counted:
        sql, parameters = _proposals(published, queryset, tile, language, facets)
    else:
        sql, parameters = _features(published, queryset, tile, language)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return bytes(cursor.fetchone()[0] or b"")


def _proposals(
    published: Published, queryset: QuerySet[Any], tile: Tile, language: str, facets: list[str] | None
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    first, last = tile.cells
    parameters: dict[str, Any] = {
        "first": first,
        "last": last,
        "level": tile.z + CELLS_A_TILE_BITS,
        "shift": 2 * max(CELL_BITS - tile.z - CELLS_A_TILE_BITS, 0),
        "facets": facets,
        "layer": published.id,
        "shapes": SHAPES,
        "alone_max": ALONE_MAX,
    }
    inside = queryset.filter(cell__gte=first, cell__lte=last).order_by()
    axes = {name: Func(F("pin"), function=f"ST_{name.upper()}", output_field=FloatField()) for name in "xy"}
    rows = _named(inside.values("cell", "id", is_taken_up=is_taken_up(), **axes), "rows", parameters)
    collection = published.collection
    one = _named(collection.rows(collection.queryset(), language, published.on_tiles, key=F("pk")), "one", parameters)

    def marks(cells: str) -> str:
        return MARKS.format(
            cells=cells,
            one=one,
            properties=_listed(published, "one"),
            envelope=tile.envelope,
            extent=EXTENT,
            buffer=BUFFER,
        )

    from_pyramid = facets is not None and parameters["level"] <= pyramid.FINEST_LEVEL
    cells = marks(READ.format(cells=pyramid.CELLS, rows=rows) if from_pyramid else COUNTED.format(rows=rows))
    if tile.z < FEATURES_FROM_ZOOM:
        return cells, parameters
    drawn, named = _drawn(published, queryset, tile, language)
    shapes = LAYER.format(layer="shapes", extent=EXTENT, drawn=drawn)
    sql = NEAR_BY.format(rows=rows, cells=cells, alone=marks(ALONE.format(rows=rows)), shapes=shapes)
    return sql, parameters | named


def _features(
    published: Published, queryset: QuerySet[Any], tile: Tile, language: str
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    drawn, parameters = _drawn(published, queryset, tile, language, IN_ITS_TILE)
    first, last = tile.cells
    sql = LAYER.format(layer="layer", extent=EXTENT, drawn=drawn)
    return sql, parameters | {"layer": published.id, "first": first, "last": last}


def _drawn(
    published: Published, queryset: QuerySet[Any], tile: Tile, language: str, condition: str = "ST_Dimension(geometry) > 0"
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    collection: Collection = published.collection
    near = queryset.filter(**{f"{collection.geometry}__bboverlaps": tile.polygon()}).order_by()
    rows = collection.rows(
        near, language, published.on_tiles, key=F("pk"), geometry=Transform(collection.geometry, WEB_MERCATOR)
    )
    parameters: dict[str, Any] = {}
    sql = DRAWN.format(
        rows=_named(rows, "drawn", parameters), properties=_listed(published, "rows"), condition=condition,
        envelope=tile.envelope, extent=EXTENT, buffer=BUFFER,
    )  # fmt: skip
    return sql, parameters


def _listed(published: Published, source: str) -> str:
    return ", ".join(f'{source}."p_{name}" AS "{name}"' for name in published.on_tiles)


def _named(rows: QuerySet[Any], prefix: str, parameters: dict[str, Any]) -> str:
    """The SQL of `rows` with names for its parameters, which are added to `parameters`."""
    sql, given = rows.query.sql_with_params()
    names = [f"{prefix}_{number}" for number in range(len(given))]
    parameters.update(zip(names, given, strict=True))
    return sql % tuple(f"%({name})s" for name in names)
