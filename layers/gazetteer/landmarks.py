"""Places in words: "120 m north-east of Tapiola library", kept as facts and told in any language without a query."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from django.contrib.gis.geos import Point
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from layers.geometry import metric_srid
from layers.languages import localised
from layers.models.area import FINEST_FIRST

LANDMARK_DISTANCE_MAX_M = 1_000
BESIDE_MAX_M = 30  # nearer than this the direction says nothing
COARSE_FROM_M = 300
FINE_STEP_M = 10
COARSE_STEP_M = 50
DIRECTIONS = 8  # of 45 degrees, clockwise from north


class LandmarkFacts(TypedDict):
    """A landmark as JSON. `distance_m` and `bearing` are null where the place is told by its area alone."""

    names: dict[str, str]
    distance_m: int | None
    bearing: int | None


@dataclass(frozen=True)
class Landmark:
    """By what a place is told: the names of a service location near it, with the rounded distance (metres; 0 is beside)
    and the direction from there (0 north, 1 north-east ... 7 north-west); or the names of its area, without either.
    """

    names: dict[str, str]
    distance_m: int | None = None
    bearing: int | None = None

    def as_json(self) -> LandmarkFacts:
        return {"names": self.names, "distance_m": self.distance_m, "bearing": self.bearing}


# The box keeps the index in use; the distance is that of the ellipsoid. A service location lies on one side of the point,
# so the direction is taken from it towards the point, on the metric grid.
LANDMARKS = """
SELECT near.names, near.metres, degrees(near.azimuth), area.names
FROM (
    SELECT number, ST_SetSRID(ST_MakePoint(longitude, latitude), 4326) AS location
    FROM unnest(%(longitudes)s::float8[], %(latitudes)s::float8[]) WITH ORDINALITY AS given(longitude, latitude, number)
) AS point
LEFT JOIN LATERAL (
    SELECT place.names, ST_Distance(place.location::geography, point.location::geography) AS metres,
           ST_Azimuth(ST_Transform(place.location, %(srid)s), ST_Transform(point.location, %(srid)s)) AS azimuth
    FROM layers_servicelocation AS place
    WHERE place.location && ST_Envelope(ST_Buffer(point.location::geography, %(metres)s)::geometry)
    ORDER BY metres, place.id LIMIT 1
) AS near ON near.metres <= %(metres)s
LEFT JOIN LATERAL (
    SELECT area.names FROM layers_area AS area
    WHERE near.metres IS NULL AND area.valid_to IS NULL
      AND EXISTS (SELECT 1 FROM layers_areapart AS part WHERE part.area_id = area.id AND ST_Covers(part.boundary, point.location))
    ORDER BY array_position(%(levels)s::text[], area.level::text), area.size_m2, area.code LIMIT 1
) AS area ON true
ORDER BY point.number
"""


def nearest_landmark(point: Point) -> Landmark | None:
    """By what to tell `point` (EPSG:4326); None outside the city with no service location near. One query."""
    return landmarks_for([point])[0]


def landmarks_for(points: Sequence[Point]) -> list[Landmark | None]:
    """`nearest_landmark` of each point, in their order; one query for thousands."""
    with connection.cursor() as cursor:
        cursor.execute(
            LANDMARKS,
            {
                "longitudes": [point.x for point in points],
                "latitudes": [point.y for point in points],
                "metres": LANDMARK_DISTANCE_MAX_M,
                "srid": metric_srid(),
                "levels": [str(level) for level in FINEST_FIRST],
            },
        )
        return [_landmark(*row) for row in cursor.fetchall()]


def _landmark(names: str | None, metres: float | None, degrees: float | None, area: str | None) -> Landmark | None:
    if names is None or metres is None:
        return Landmark(json.loads(area)) if area else None
    if metres < BESIDE_MAX_M or degrees is None:
        return Landmark(json.loads(names), 0, 0)
    step = FINE_STEP_M if metres < COARSE_FROM_M else COARSE_STEP_M
    return Landmark(json.loads(names), int(metres / step + 0.5) * step, round(degrees * DIRECTIONS / 360) % DIRECTIONS)


def describe(landmark: Landmark | LandmarkFacts | None, language: str) -> str:
    """The place in words in `language`, from a landmark or its stored facts; "" for None. No query."""
    if landmark is None:
        return ""
    facts = landmark.as_json() if isinstance(landmark, Landmark) else landmark
    name = localised(facts["names"], language)[0]
    with override(language):
        if facts["distance_m"] is None or facts["bearing"] is None:
            return pgettext("place", "in %(name)s") % {"name": name}
        if facts["distance_m"] == 0:
            return _("next to %(name)s") % {"name": name}
        return _template(facts["bearing"]) % {"distance": facts["distance_m"], "name": name}


def _template(bearing: int) -> str:
    """Whole sentences, since languages inflect the direction."""
    return (
        _("%(distance)d m north of %(name)s"),
        _("%(distance)d m north-east of %(name)s"),
        _("%(distance)d m east of %(name)s"),
        _("%(distance)d m south-east of %(name)s"),
        _("%(distance)d m south of %(name)s"),
        _("%(distance)d m south-west of %(name)s"),
        _("%(distance)d m west of %(name)s"),
        _("%(distance)d m north-west of %(name)s"),
    )[bearing]
