"""Where a proposal stands: inside the city or not, in which area, near what, and how exactly the public may know."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry, Point
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

from layers import gazetteer
from layers.geometry import WGS84
from layers.models import Area, AreaLevel
from proposals.models import Category, PlacePrecision, PrivacyRule

GENERALISED_CELL_M = 250  # side of the square whose centre is shown, metres in METRIC_SRID
BORDER_INSET_M = 10  # how far inside its area a point is put that the square's centre would carry out of it
NEAREST_INSIDE_MAX_M = 50

# The pin as the generated column will compute it, by the same database, so that no rounding parts the two.
PIN_SQL = "SELECT ST_AsBinary(ST_Transform(ST_PointOnSurface(ST_Transform(ST_GeomFromEWKB(%s), 3857)), 4326))"

GENERALISED_SQL = """
WITH cell AS (
    SELECT ST_SetSRID(ST_MakePoint(
        (floor(ST_X(p) / %(side)s) + 0.5) * %(side)s, (floor(ST_Y(p) / %(side)s) + 0.5) * %(side)s
    ), %(metric)s) AS centre
    FROM (SELECT ST_Transform(ST_GeomFromEWKB(%(pin)s), %(metric)s) AS p) AS pinned
), home AS (
    SELECT ST_Transform(boundary, %(metric)s) AS boundary FROM layers_area WHERE id = %(area)s
)
SELECT ST_AsBinary(ST_Transform(
    CASE WHEN home.boundary IS NULL OR ST_Covers(home.boundary, cell.centre) THEN cell.centre
    ELSE COALESCE(
        ST_ClosestPoint(NULLIF(ST_Buffer(home.boundary, -%(inset)s), ST_GeomFromText('POLYGON EMPTY', %(metric)s)),
                        cell.centre),
        ST_PointOnSurface(home.boundary)
    ) END, 4326))
FROM cell LEFT JOIN home ON true
"""


@dataclass(frozen=True)
class Placed:
    """A place ready to be stored: as given, as the public sees it, its finest area and its landmark's facts."""

    location: GEOSGeometry
    public_location: GEOSGeometry
    area: Area | None
    landmark: dict[str, object] | None
    precision: PlacePrecision = PlacePrecision.EXACT

    def in_words(self, language: str) -> str:
        """As `Proposal.place_in` will say it."""
        if self.landmark:
            return gazetteer.describe(self.landmark, language)
        return self.area.name_in(language) if self.area else ""


def place(geometry: GEOSGeometry, category: Category) -> Placed:
    """`geometry` (EPSG:4326) placed in the city by the privacy rule of `category`. Raises ValidationError outside it."""
    if not Area.objects.covers_geometry(geometry) and Area.objects.current().of_level(AreaLevel.CITY).exists():
        raise outside_the_city(geometry)
    pin = _point(PIN_SQL, [bytes(geometry.ewkb)])
    area = Area.objects.finest_holding(pin)
    public, precision = geometry, PlacePrecision.EXACT
    if category.privacy_rule == PrivacyRule.GENERALISED:
        public = _point(
            GENERALISED_SQL,
            {
                "pin": bytes(pin.ewkb),
                "side": GENERALISED_CELL_M,
                "metric": settings.METRIC_SRID,
                "area": area.pk if area else None,
                "inset": BORDER_INSET_M,
            },
        )
        pin, precision = public, PlacePrecision.GENERALISED
    landmark = gazetteer.nearest_landmark(pin)
    return Placed(geometry, public, area, landmark.as_json() if landmark else None, precision)


def _point(sql: str, parameters: list[object] | dict[str, object]) -> Point:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        point = GEOSGeometry(memoryview(cursor.fetchone()[0]))
    point.srid = WGS84
    return point


def outside_the_city(geometry: GEOSGeometry) -> ValidationError:
    """Why a place outside is refused: the municipality it is in, or the nearest place inside within 50 m."""
    point = geometry.point_on_surface
    nearest = Area.objects.nearest_point_inside(point, within_m=NEAREST_INSIDE_MAX_M)
    if nearest is not None:
        message = _("The place is just outside the city. The nearest place inside is %(latitude).6f, %(longitude).6f.")
        return ValidationError(
            message, code="just_outside", params={"latitude": nearest.y, "longitude": nearest.x, "pointer": ""}
        )
    for neighbour in settings.CITY.neighbours_at(point.x, point.y):
        return ValidationError(
            _("This place is in %(name)s."),
            code="other_municipality",
            params={"name": neighbour.name, "url": neighbour.url, "pointer": ""},
        )
    return ValidationError(
        _("This place is not %(in_city)s. Choose a place inside the city."),
        code="outside",
        params={"in_city": settings.CITY.name_in, "pointer": ""},
    )
