"""Reference systems by their addresses, each with the order of axes of its authority. The only place that puts north first.

OGC 18-058: EPSG:4326 is latitude, longitude; CRS84 is longitude, latitude; GK25FIN (EPSG:3879) is northing, easting.
"""

import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from django.conf import settings
from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSGeometry, LinearRing, Polygon
from pyproj import CRS

from layers.geometry import WEB_MERCATOR, WGS84, parse_bbox, strict_float

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84_ADDRESS = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EDGE_PARTS = 20  # an edge that is straight in metres bends in degrees: it is moved point by point
BBOX_NUMBERS = 4
METRES_MAX = (
    100_000_000.0  # of any system here; PROJ turns longitudes round the earth one turn at a time: 1e16 m takes minutes
)


@dataclass(frozen=True)
class ReferenceSystem:
    """One that the door reads and writes. `address` is its URI, `north_first` the order of its coordinates."""

    address: str
    srid: int
    north_first: bool

    def polygon(self, bbox: str) -> GEOSGeometry:
        """The box `bbox` of this system's axes as a geometry in EPSG:4326. Raises ValueError for what is none."""
        numbers = self._longitude_first(bbox)
        if self.srid == WGS84:
            return parse_bbox(",".join(map(repr, numbers))).polygon()
        west, south, east, north = numbers
        if not (west < east and south < north):
            raise ValueError("bbox must have its lower corner first")
        if max(map(abs, numbers)) > METRES_MAX:
            raise ValueError("bbox lies outside of what this system is made for")
        try:
            return _degrees(_ring(west, south, east, north), self.srid)
        except GDALException as error:
            raise ValueError("bbox lies outside of what this system is made for") from error

    def _longitude_first(self, bbox: str) -> list[float]:
        numbers = [strict_float(part) for part in bbox.split(",")]
        if len(numbers) == BBOX_NUMBERS + 2:  # with heights, which no geometry here has
            numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
        if len(numbers) != BBOX_NUMBERS:
            raise ValueError("bbox must be four numbers")
        first, second, third, fourth = numbers
        return [second, first, fourth, third] if self.north_first else numbers


def _ring(west: float, south: float, east: float, north: float) -> Polygon:
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    points = [
        (x + (to_x - x) * part / EDGE_PARTS, y + (to_y - y) * part / EDGE_PARTS)
        for (x, y), (to_x, to_y) in pairwise(corners)
        for part in range(EDGE_PARTS)
    ]
    return Polygon(LinearRing([*points, corners[0]]))


def _degrees(polygon: Polygon, srid: int) -> Polygon:
    polygon.srid = srid
    polygon.transform(WGS84)
    west, south, east, north = polygon.extent
    if not all(map(math.isfinite, polygon.extent)) or west < -180 or east > 180 or south < -90 or north > 90:
        raise ValueError("bbox lies outside of what this system is made for")
    return polygon


CRS84 = ReferenceSystem(CRS84_ADDRESS, WGS84, north_first=False)


@cache
def reference_systems() -> dict[str, ReferenceSystem]:
    """Address -> system: CRS84, which is the default, then those of the city and Web Mercator."""
    srids = dict.fromkeys((WGS84, *settings.CITY.export_srids, WEB_MERCATOR))
    listed = [CRS84, *(ReferenceSystem(f"{EPSG}{srid}", srid, _is_north_first(srid)) for srid in srids)]
    return {system.address: system for system in listed}


def _is_north_first(srid: int) -> bool:
    return CRS.from_epsg(srid).axis_info[0].direction == "north"
