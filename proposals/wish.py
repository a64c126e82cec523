"""What somebody asks to be told of: a watch before it is one, small enough to travel in a mailed link."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Point

from layers.geometry import WGS84, circle
from layers.models import Area
from proposals.models.watch import radius_label


@dataclass(frozen=True)
class Wish:
    """What a watch is to be: slugs, words, numbers and the choices' values, as JSON has them.

    Where: `areas`, or `centre` (longitude, latitude) with `radius_m`, or `shape`, the coordinates of a GeoJSON
    MultiPolygon (EPSG:4326). None of them: the whole city.
    """

    areas: Sequence[str] = ()
    kinds: Sequence[str] = ()
    with_words: Sequence[str] = ()
    without_words: Sequence[str] = ()
    changes: str = "new"
    frequency: str = "weekly"
    categories: Sequence[str] = ()
    name: str = ""
    centre: Sequence[float] = ()
    radius_m: int | None = None
    shape: Sequence[object] = ()

    @property
    def centre_point(self) -> Point | None:
        return Point(*self.centre, srid=WGS84) if self.centre else None

    @property
    def area_names(self) -> list[str]:
        """As the page's language has them. One query."""
        return [area.name for area in Area.objects.of_slugs(self.areas).for_choice()] if self.areas else []

    @property
    def radius_label(self) -> str:
        return radius_label(self.radius_m)

    def drawn(self) -> MultiPolygon | None:
        """The circle or the shape; None for named areas, whose boundaries the database has, and for the whole city."""
        if self.centre and self.radius_m:
            return circle(Point(*self.centre, srid=WGS84), self.radius_m)
        if self.shape:
            return GEOSGeometry(json.dumps({"type": "MultiPolygon", "coordinates": self.shape}), srid=WGS84)
        return None
