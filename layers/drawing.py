"""The one reader of what somebody drew, whatever door it comes by: GeoJSON in, a sound GEOS geometry or reasons out.

Nothing is repaired: `make_valid` on a hostile ring costs a minute of CPU, and a person knows better what they meant.
"""

import math
import re
from dataclasses import dataclass

from django.conf import settings
from django.contrib.gis.geos import GEOSException, GEOSGeometry, LineString, MultiPolygon, Point, Polygon
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from layers.geometry import WGS84

VERTICES_MAX = 1_000
LENGTH_MAX_M = 20_000  # of a line, metres in METRIC_SRID
AREA_MAX_M2 = 5_000_000  # of a polygon, square metres in METRIC_SRID
EXTENT_MAX_DEG = 5  # of anything
DECIMALS = 7  # about a centimetre
TYPES = ("Point", "LineString", "Polygon")
ZONE_TYPES = ("Polygon", "MultiPolygon")

Position = tuple[float, float]


@dataclass(frozen=True)
class ReadGeometry:
    """A sound geometry in EPSG:4326 and what was changed in reading it: () or ("z_dropped",)."""

    geometry: GEOSGeometry
    notes: tuple[str, ...] = ()


def refusal(code: str, message: str, pointer: str = "") -> ValidationError:
    """A refusal that knows the JSON pointer below the geometry at which the trouble lies."""
    return ValidationError(message, code=code, params={"pointer": pointer})


def read_geometry(value: object) -> ReadGeometry:
    """The geometry of a parsed GeoJSON geometry object (RFC 7946: EPSG:4326, longitude first), 7 decimals kept.

    Polygons come out counter-clockwise, heights are dropped and said so. Raises ValidationError with a code, a pointer
    and what to do. Cost: linear in the vertices, of which 1,000 are taken.
    """
    if not isinstance(value, dict):
        raise refusal("not_an_object", _("The place must be a GeoJSON geometry: a point, a line or an area."))
    if "crs" in value:
        raise refusal("crs", _("Leave out “crs”: coordinates are longitude and latitude (WGS 84)."), "/crs")
    kind = value.get("type")
    if kind not in TYPES:
        raise refusal("type", _("Send a Point, a LineString or a Polygon."), "/type")
    coordinates = value.get("coordinates")
    if not isinstance(coordinates, list) or not coordinates:
        raise refusal("empty", _("The place has no coordinates."), "/coordinates")
    reader = _Reader()
    geometry = _BUILDERS[kind](reader, coordinates)
    _refuse_unsound(geometry)
    return ReadGeometry(_wound(geometry), ("z_dropped",) if reader.heights else ())


def read_zone(value: object, *, vertices_max: int = VERTICES_MAX) -> MultiPolygon:
    """The areas of a parsed GeoJSON Polygon or MultiPolygon, with their holes, wound as RFC 7946 has it.

    A zone is where somebody looks, no thing that is proposed: it may be as large as the city. Raises as `read_geometry`.
    """
    if not isinstance(value, dict):
        raise refusal("not_an_object", _("The area must be a GeoJSON geometry."))
    if "crs" in value:
        raise refusal("crs", _("Leave out “crs”: coordinates are longitude and latitude (WGS 84)."), "/crs")
    kind, coordinates = value.get("type"), value.get("coordinates")
    if kind not in ZONE_TYPES:
        raise refusal("type", _("Send a Polygon or a MultiPolygon."), "/type")
    if not isinstance(coordinates, list) or not coordinates:
        raise refusal("empty", _("The place has no coordinates."), "/coordinates")
    reader = _Reader(vertices_max)
    if kind == "Polygon":
        polygons = [_polygon(reader, coordinates)]
    else:
        polygons = [_polygon(reader, part, f"/coordinates/{index}") for index, part in enumerate(coordinates)]
    zone = MultiPolygon(polygons, srid=WGS84)
    _refuse_unsound(zone)
    return MultiPolygon([_wound(polygon) for polygon in zone], srid=WGS84)


class _Reader:
    """Reads positions one by one, counting them, so that a million of them are refused at the thousand and first."""

    def __init__(self, most: int = VERTICES_MAX) -> None:
        self.count = 0
        self.most = most
        self.heights = False

    def position(self, value: object, pointer: str) -> Position:
        self.count += 1
        if self.count > self.most + 1:  # a ring repeats its first vertex
            raise refusal(
                "too_many_vertices", _("Draw it with at most %(max)d points.") % {"max": self.most}, "/coordinates"
            )
        if not isinstance(value, list) or not 2 <= len(value) <= 4:
            raise refusal("position", _("A position is two numbers: longitude, latitude."), pointer)
        if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in value):
            raise refusal("position", _("A position is two numbers: longitude, latitude."), pointer)
        try:
            longitude, latitude = float(value[0]), float(value[1])
        except OverflowError:  # a whole number of more than 308 digits
            longitude = latitude = math.inf
        if not (math.isfinite(longitude) and math.isfinite(latitude)):
            raise refusal("not_finite", _("Coordinates must be finite numbers."), pointer)
        self.heights = self.heights or len(value) > 2
        _refuse_out_of_range(longitude, latitude, pointer)
        return round(longitude, DECIMALS) + 0.0, round(latitude, DECIMALS) + 0.0

    def positions(self, value: object, pointer: str) -> list[Position]:
        if not isinstance(value, list):
            raise refusal("positions", _("A list of positions was expected here."), pointer)
        return [self.position(item, f"{pointer}/{index}") for index, item in enumerate(value)]


def _refuse_out_of_range(longitude: float, latitude: float, pointer: str) -> None:
    if -180 <= longitude <= 180 and -90 <= latitude <= 90:
        west, south, east, north = settings.CITY.bounds
        if west <= latitude <= east and south <= longitude <= north:
            raise refusal("swapped", _("Are the axes swapped? Longitude comes first, then latitude."), pointer)
        return
    if abs(longitude) > 1_000 or abs(latitude) > 1_000:
        raise refusal("metres", _("These look like metres. Send degrees: longitude, then latitude (WGS 84)."), pointer)
    raise refusal("out_of_range", _("Longitude is −180 to 180 degrees and latitude −90 to 90."), pointer)


def _point(reader: _Reader, coordinates: list[object]) -> Point:
    return Point(*reader.position(coordinates, "/coordinates"), srid=WGS84)


def _line(reader: _Reader, coordinates: list[object]) -> LineString:
    positions = reader.positions(coordinates, "/coordinates")
    if len(set(positions)) < 2:
        raise refusal("degenerate", _("A line needs at least two different points."), "/coordinates")
    return LineString(positions, srid=WGS84)


def _polygon(reader: _Reader, coordinates: object, within: str = "/coordinates") -> Polygon:
    if not isinstance(coordinates, list) or not coordinates:
        raise refusal("empty", _("The place has no coordinates."), within)
    rings = []
    for index, ring in enumerate(coordinates):
        pointer = f"{within}/{index}"
        positions = reader.positions(ring, pointer)
        if len(positions) < 4:
            raise refusal(
                "ring_too_short", _("An area needs at least three corners, the first repeated last."), pointer
            )
        if positions[0] != positions[-1]:
            raise refusal("ring_open", _("Close the area: its last point must be its first."), pointer)
        rings.append(positions)
    return Polygon(*rings, srid=WGS84)


_BUILDERS = {"Point": _point, "LineString": _line, "Polygon": _polygon}


def _wound(geometry: GEOSGeometry) -> GEOSGeometry:
    """A polygon with its outer ring counter-clockwise and its holes clockwise (RFC 7946, section 3.1.6); others as is."""
    if geometry.geom_type != "Polygon":
        return geometry
    rings = [
        ring.coords if ring.is_counterclockwise == (i == 0) else ring.coords[::-1] for i, ring in enumerate(geometry)
    ]
    return Polygon(*rings, srid=geometry.srid)


def _place_of(reason: str) -> str:
    """Where the fault is, " (60.17000, 24.81000)", from what GEOS says of it in English; "" where it names no place."""
    found = re.search(r"\[(-?[\d.]+) (-?[\d.]+)", reason)
    return f" ({float(found[2]):.5f}, {float(found[1]):.5f})" if found else ""


def _refuse_unsound(geometry: GEOSGeometry) -> None:
    try:
        valid, reason = geometry.valid, geometry.valid_reason
    except GEOSException:
        valid, reason = False, ""
    if not valid:
        raise refusal(
            "invalid",
            _("The outline crosses or touches itself%(place)s. Draw it again.") % {"place": _place_of(reason)},
            "/coordinates",
        )
    west, south, east, north = geometry.extent
    if max(east - west, north - south) > EXTENT_MAX_DEG:  # the metric CRS bends what is far outside the city to nothing
        raise refusal("too_large", _("Draw something smaller: a place in the city."), "/coordinates")
    if geometry.geom_type == "Point":
        return  # it has no size, and GDAL takes 10 ms to find its way from one CRS to another
    metric = geometry.transform(settings.METRIC_SRID, clone=True)
    if geometry.geom_type == "LineString" and metric.length > LENGTH_MAX_M:
        raise refusal("too_long", _("Draw a line of at most %(km)d km.") % {"km": LENGTH_MAX_M // 1000}, "/coordinates")
    if geometry.geom_type == "Polygon" and metric.area > AREA_MAX_M2:
        raise refusal(
            "too_large", _("Draw an area of at most %(km2)d km².") % {"km2": AREA_MAX_M2 // 1_000_000}, "/coordinates"
        )
