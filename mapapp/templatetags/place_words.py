"""What a template says of areas and service points: the language of a name, and where to look for proposals near by."""

import math
from urllib.parse import urlencode

from django import template
from django.contrib.gis.geos import Point
from django.utils.translation import get_language

from layers.languages import localised

register = template.Library()

NEARBY_M = 500  # metres from a service point to each side
DEGREE_M = 111_320  # metres of a degree of latitude, and of longitude at the equator
BOX_DECIMALS = 4  # of a degree, about 10 m


@register.filter
def foreign_name(names: dict[str, str]) -> str:
    """The value of `lang` for a name that is shown in another language than the page's, else ""."""
    language = localised(names)[1]
    return "" if language == get_language() else language


@register.filter
def nearby_query(point: Point) -> str:
    """The filter of the list for what lies within about 500 m of `point` (EPSG:4326)."""
    north = NEARBY_M / DEGREE_M
    east = north / math.cos(math.radians(point.y))
    box = (point.x - east, point.y - north, point.x + east, point.y + north)
    return urlencode({"bbox": ",".join(f"{degrees:.{BOX_DECIMALS}f}" for degrees in box)})
