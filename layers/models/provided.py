"""What providers publish with a point on the map: what service locations and spaces have alike."""

from collections.abc import Collection
from typing import Self

from django.contrib.gis.db import models
from django.contrib.gis.geos import Point
from django.contrib.gis.measure import Distance
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from layers.geometry import WGS84, BoundingBox
from layers.languages import localised
from layers.models.area import Area, AreaPart


class ProviderType(models.TextChoices):
    MUNICIPAL = "municipal", _("city")
    WELLBEING_COUNTY = "wellbeing_county", _("wellbeing services county")
    STATE = "state", _("state authority")
    COMPANY = "company", _("company")
    ASSOCIATION = "association", _("association")
    CONGREGATION = "congregation", _("congregation")
    UNKNOWN = "unknown", _("not told")


class ProvidedPlaceQuerySet(models.QuerySet["ProvidedPlace"]):
    """For models with an `area` and a `dataset` beside the fields of ProvidedPlace."""

    def in_area(self, area: Area) -> Self:
        """Those in `area` or in an area below it, two levels down."""
        return self.filter(Q(area=area) | Q(area__parent=area) | Q(area__parent__parent=area))

    def near(self, point: Point, metres: float) -> Self:
        """Those at most `metres` from `point` (EPSG:4326), on the sphere."""
        return self.filter(location__distance_lte=(point, Distance(m=metres)))

    def of_origin(self, slug: str) -> Self:
        """Those of the dataset with this slug."""
        return self.filter(dataset__slug=slug)

    def in_box(self, box: BoundingBox) -> Self:
        """Those inside `box` (EPSG:4326), edges included."""
        return self.filter(location__intersects=box.polygon())

    def remove_except(self, source_ids: Collection[str]) -> int:
        """Removes these but those of `source_ids`; returns how many."""
        gone = self.exclude(source_id__in=source_ids)
        number = gone.count()
        gone.delete()
        return number

    def assign_areas(self) -> int:
        """Gives each place the finest current area that covers it; returns how many rows changed. One UPDATE."""
        covering = Exists(AreaPart.objects.filter(area=OuterRef("pk"), boundary__covers=OuterRef(OuterRef("location"))))
        finest = Subquery(Area.objects.current().filter(covering).finest_first().values("pk")[:1])
        is_right = Q(area=F("finest")) | Q(area__isnull=True, finest__isnull=True)
        return self.alias(finest=finest).exclude(is_right).update(area=finest)


class ProvidedPlace(models.Model):
    """One place as its provider tells of it. `source_id` is its key in the dataset that it came with."""

    source_id = models.CharField(max_length=80)
    names = models.JSONField()
    provider_name = models.CharField(max_length=200, blank=True)
    provider_type = models.CharField(max_length=20, choices=ProviderType.choices, default=ProviderType.UNKNOWN)
    address = models.CharField(max_length=200, blank=True)
    location = models.PointField(srid=WGS84, spatial_index=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return localised(self.names)[0]
