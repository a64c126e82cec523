"""Reference systems, bounding boxes and quadkey cells: the arithmetic that the whole house shares."""

import math
from dataclasses import dataclass

from django.conf import settings
from django.contrib.gis.geos import MultiPolygon, Point, Polygon

WGS84 = 4326  # stored and exchanged, longitude first
WEB_MERCATOR = 3857  # drawn: pins, cells, tiles
EARTH_RADIUS_M = 6_378_137.0  # of the sphere of Web Mercator
MERCATOR_HALF_M = 20_037_508.342789244  # half the width of the Web Mercator square, in its metres (EPSG:3857)
CELL_BITS = 22  # bits an axis of `cell`: about 9.6 Mercator metres a side
CIRCLE_SEGMENTS = 16  # a quarter: nowhere more than 3 per mille of the radius inside the true circle
MAX_MERCATOR_LATITUDE = 85.0511287798066


def metric_srid() -> int:
    """The city's metric CRS (metres): distances, areas and generalising are computed in it."""
    return settings.METRIC_SRID


@dataclass(frozen=True)
class BoundingBox:
    """West, south, east, north in EPSG:4326; west > east crosses the antimeridian and is valid."""

    west: float
    south: float
    east: float
    north: float

    @property
    def crosses_antimeridian(self) -> bool:
        return self.west > self.east

    def polygon(self) -> Polygon | MultiPolygon:
        """The box as a geometry in EPSG:4326: two boxes where it crosses 180 degrees."""
        if not self.crosses_antimeridian:
            return _box(self.west, self.south, self.east, self.north)
        return MultiPolygon(
            _box(self.west, self.south, 180.0, self.north),
            _box(-180.0, self.south, self.east, self.north),
            srid=WGS84,
        )


def circle(centre: Point, radius_m: float) -> MultiPolygon:
    """The ground within `radius_m` metres of `centre` (both in EPSG:4326), drawn in the city's metric CRS."""
    ground = centre.transform(metric_srid(), clone=True).buffer(radius_m, CIRCLE_SEGMENTS)
    ground.transform(WGS84)
    return MultiPolygon(ground, srid=WGS84)


def _box(west: float, south: float, east: float, north: float) -> Polygon:
    polygon = Polygon.from_bbox((west, south, east, north))
    polygon.srid = WGS84
    return polygon


def parse_bbox(text: str) -> BoundingBox:
    """The box of `west,south,east,north` (or six numbers with heights, dropped), EPSG:4326.

    Raises ValueError, whose text says what to send, for anything else: other counts, letters, NaN, south > north.
    """
    parts = text.split(",")
    if len(parts) not in (4, 6):
        raise ValueError("bbox must be four numbers: west,south,east,north")
    numbers = [strict_float(part) for part in parts]
    if len(numbers) == 6:
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    west, south, east, north = numbers
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= 90 and -90 <= north <= 90):
        raise ValueError("bbox must lie within -180..180 and -90..90 degrees")
    if south > north:
        raise ValueError("bbox must have its south below its north")
    return BoundingBox(west, south, east, north)


def strict_float(text: str) -> float:
    """A finite number written with ASCII digits; ValueError for NaN, infinities, `1_000` and other scripts' digits."""
    stripped = text.strip()
    if not stripped or not stripped.isascii() or set(stripped) - set("0123456789+-.eE"):
        raise ValueError(f"{text[:40]!r} is not a number")
    number = float(stripped)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]!r} is not a finite number")
    return number


def strict_int(text: str) -> int:
    """A whole number written with at most 18 ASCII digits; ValueError otherwise."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise ValueError(f"{text[:40]!r} is not a whole number")
    return int(text)


def to_mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """x, y in EPSG:3857 metres of a point in EPSG:4326; latitudes are clamped to Mercator's square.

    Written as PROJ computes it, so that the edge of a box and a pin upon it are the same number to the last bit.
    """
    latitude = max(-MAX_MERCATOR_LATITUDE, min(MAX_MERCATOR_LATITUDE, latitude))
    x = EARTH_RADIUS_M * math.radians(longitude)
    y = EARTH_RADIUS_M * math.asinh(math.tan(math.radians(latitude)))
    return x, y


def from_mercator(x: float, y: float) -> tuple[float, float]:
    """Longitude, latitude (EPSG:4326) of x, y in EPSG:3857 metres."""
    longitude = x / MERCATOR_HALF_M * 180
    latitude = math.degrees(2 * math.atan(math.exp(y / MERCATOR_HALF_M * math.pi)) - math.pi / 2)
    return longitude, latitude
