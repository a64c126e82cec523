"""Coordinates that somebody typed: degrees or metres, in the order and with the marks that people use."""

import re

from django.conf import settings
from django.contrib.gis.geos import Point
from pyproj import Transformer

from layers.geometry import WGS84, metric_srid

TEXT_LENGTH_MAX = 60
NEARBY_DEGREES = 0.5  # a place in the next town is understood too, so that the page can say whose it is
DECIMALS = 7  # of a degree: about a centimetre

# A number with a point or a comma: "60.17", "60,17"; a pair is parted by a comma, a semicolon or a space, and a letter
# may stand before both numbers or behind both.
NUMBER = r"(-?\d{1,8}(?:[.,]\d{1,20})?)\s*[°º]?"
GAP = r"(?:\s*[,;]\s+|\s*;\s*|\s+)"
FORMS = [
    re.compile(form, re.ASCII | re.IGNORECASE)
    for form in (
        r"(-?\d{1,3}\.\d{1,20}),(-?\d{1,3}\.\d{1,20})",  # 60.17,24.81
        rf"{NUMBER}{GAP}{NUMBER}",
        rf"(?P<letter1>[NE])\s*{NUMBER}{GAP}(?P<letter2>[NE])\s*{NUMBER}",
        rf"{NUMBER}\s*(?P<letter1>[NE])(?:{GAP})?{NUMBER}\s*(?P<letter2>[NE])",
    )
]


def parse_coordinates(text: str) -> Point | None:
    """The point (EPSG:4326) of typed coordinates such as "60.17, 24.81", "24,81 60,17", "60.17°N 24.81°E" or, in the
    city's metric CRS, "6673752 378123"; None for anything else.

    Letters decide the order; without them it is the one that lies in or near the city's bounds, latitude first.
    """
    match = None
    if len(text) <= TEXT_LENGTH_MAX:
        match = next((found for form in FORMS if (found := form.fullmatch(text.strip()))), None)
    if match is None:
        return None
    numbers = [group for group in match.groups() if group not in ("N", "E", "n", "e")]
    first, second = (float(number.replace(",", ".")) for number in numbers)
    latitude_first, longitude_first = (second, first), (first, second)
    letters = "".join(filter(None, match.groupdict().values())).upper()
    orders = {
        "": [latitude_first, longitude_first],  # latitude is written first more often
        "NE": [latitude_first],
        "EN": [longitude_first],
    }.get(letters, [])
    return next((point for x, y in orders if (point := _near_city(x, y))), None)


def _near_city(x: float, y: float) -> Point | None:
    """The point of x, y as degrees, else as metres of the city's CRS, where that lies in or near the city's bounds."""
    if not (abs(x) <= 180 and abs(y) <= 90):
        # pyproj gives infinities where GDAL would raise and write to the log.
        x, y = Transformer.from_crs(metric_srid(), WGS84, always_xy=True).transform(x, y)
    west, south, east, north = settings.CITY.bounds
    if not (
        west - NEARBY_DEGREES <= x <= east + NEARBY_DEGREES and south - NEARBY_DEGREES <= y <= north + NEARBY_DEGREES
    ):
        return None
    return Point(round(x, DECIMALS), round(y, DECIMALS), srid=WGS84)
