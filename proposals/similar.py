"""Is it one of these? Proposals of the same topic close to a place, the most alike first: asked while one is written.

Only what is public is asked: a generalised proposal stands where everybody sees it, in the middle of its square.
"""

import math
from dataclasses import dataclass

from django.contrib.gis.db.models import PointField
from django.contrib.gis.db.models.functions import Transform
from django.contrib.gis.geos import Point, Polygon
from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import FloatField, Func, Value
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from layers.geometry import WEB_MERCATOR, WGS84, to_mercator
from proposals.models import Proposal, Status
from proposals.models.proposal import KnnDistance

NEAR_M = 150  # metres on the ground
LOOKED_AT = 200  # nearest pins
SHOWN = 5
ALIKE = 0.1  # of trigrams in common; less is chance, and the nearer one goes first
MARGIN = 1.02  # of the box about the place: the sphere of Web Mercator is no ellipsoid
STILL_WANTED = (Status.OPEN, Status.TAKEN_UP, Status.IN_PROGRESS, Status.DELIVERED)


class MetresBetween(Func):
    """Metres on the ellipsoid between two points in EPSG:4326, wherever on earth they are."""

    template = "ST_Distance((%(expressions)s)::geography)"
    arg_joiner = ")::geography, ("
    output_field = FloatField()


@dataclass(frozen=True)
class Similar:
    """One that may be the same, and how far away its pin stands."""

    proposal: Proposal
    distance_m: int

    @property
    def supports(self) -> int:
        return self.proposal.supports_verified + self.proposal.supports_unverified

    @property
    def facts(self) -> str:
        """What helps to tell whether it is the same: "40 m · Open · 3 support this"."""
        supports = ngettext("{n} supports this", "{n} support this", self.supports).format(n=self.supports)
        distance = _("{d} m away").format(d=self.distance_m)
        return " · ".join([distance, str(self.proposal.get_status_display()), *([supports] if self.supports else [])])


def similar(place: Point, kind: str, words: str = "") -> list[Similar]:
    """At most five of `kind` within 150 m of `place` (EPSG:4326), those whose titles are like `words` first. One query."""
    here = Point(*to_mercator(place.x, place.y), srid=WEB_MERCATOR)
    at = Value(here, output_field=PointField(srid=WEB_MERCATOR))
    metres = MetresBetween(Transform("pin", WGS84), Value(place, output_field=PointField(srid=WGS84)))
    likeness = TrigramSimilarity("title", words) if words else Value(0.0, output_field=FloatField())
    rows = (
        Proposal.objects.public()
        .of_kind([kind])
        .with_status(STILL_WANTED)
        .with_landmarks()
        .filter(pin__bboverlaps=_box_about(place, here))
        .for_lists()
        .defer("location", "search", "answers", "body", "area__boundary", "area__outline")
        .annotate(metres=metres, likeness=likeness)
        .order_by(KnnDistance("pin", at))[:LOOKED_AT]
    )
    near = [row for row in rows if row.metres <= NEAR_M]
    near.sort(key=lambda row: (-row.likeness if row.likeness >= ALIKE else 0, row.metres, row.pk))
    return [Similar(row, round(row.metres)) for row in near[:SHOWN]]


def _box_about(place: Point, here: Point) -> Polygon:
    """So that the walk along the index ends where nothing can be near any more."""
    reach = NEAR_M * MARGIN / math.cos(math.radians(place.y))
    box = Polygon.from_bbox((here.x - reach, here.y - reach, here.x + reach, here.y + reach))
    box.srid = WEB_MERCATOR
    return box
