"""Coordinates that somebody typed: degrees or metres, in the order and with the marks that people use."""

import re
from decimal import Decimal

from django.conf import settings
from django.contrib.gis.gdal import CoordTransform, SpatialReference
from django.contrib.gis.geos import Point

from layers.geometry import WGS84, metric_srid

TEXT_LENGTH_MAX = 60
NEARBY_DEGREES = 0.5  # a place in the next town is understood too, so that the page can say whose it is
DECIMALS = 7  # of a degree: about a centimetre

# "60.17" or "60,17", with an optional sign, degree sign and letter before or behind.
NUMBER = r"(?P<before{n}>[NE])?\s*(?P<number{n}>-?\d{{1,8}}(?:[.,]\d{{1,20}})?)\s*[°º]?\s*(?P<behind{n}>[NE])?"
PAIR = re.compile(rf"\s*{NUMBER.format(n=1)}\s*(?:[,;]\s*|\s){NUMBER.format(n=2)}\s*", re.IGNORECASE | re.ASCII)
# "60.17,24.81": a comma between two numbers with points, and no space.
PAIR_WITHOUT_SPACE = re.compile(r"\s*(?P<number1>-?\d{1,3}\.\d{1,20}),(?P<number2>-?\d{1,3}\.\d{1,20})\s*", re.ASCII)


def parse_coordinates(text: str) -> Point | None:
    """The point (EPSG:4326) of typed coordinates such as "60.17, 24.81", "24,81 60,17", "60.17°N 24.81°E" or, in the
    city's metric CRS, "6673752 378123"; None for anything else.

    Letters decide the order; without them it is the one that lies in or near the city's bounds, latitude first.
    """
    if len(text) > TEXT_LENGTH_MAX:
        return None
    match = PAIR_WITHOUT_SPACE.fullmatch(text) or PAIR.fullmatch(text)
    if match is None:
        return None
    groups = match.groupdict()
    letters = [_letter(groups, n) for n in (1, 2)]
    if letters not in (["N", "E"], ["E", "N"], [None, None]):
        return None
    first, second = (float(Decimal(groups[f"number{n}"].replace(",", "."))) for n in (1, 2))
    orders = [(second, first), (first, second)]  # (x, y): latitude is written first more often
    if letters[0]:
        orders = [orders[0]] if letters[0] == "N" else [orders[1]]
    for x, y in orders:
        if point := _near_city(x, y):
            return point
    return None


def _letter(groups: dict[str, str | None], n: int) -> str | None:
    letters = [letter for key in (f"before{n}", f"behind{n}") if (letter := groups.get(key))]
    return letters[0].upper() if len(letters) == 1 else "both" if letters else None


def _near_city(x: float, y: float) -> Point | None:
    """The point of x, y as degrees, else as metres of the city's CRS, where that lies in or near the city's bounds."""
    if abs(x) <= 180 and abs(y) <= 90:
        point = Point(round(x, DECIMALS), round(y, DECIMALS), srid=WGS84)
    else:
        point = Point(x, y, srid=metric_srid())
        point.transform(CoordTransform(SpatialReference(metric_srid()), SpatialReference(WGS84)))
        point = Point(round(point.x, DECIMALS), round(point.y, DECIMALS), srid=WGS84)
    west, south, east, north = settings.CITY.bounds
    is_near = (
        west - NEARBY_DEGREES <= point.x <= east + NEARBY_DEGREES
        and south - NEARBY_DEGREES <= point.y <= north + NEARBY_DEGREES
    )
    return point if is_near else None
