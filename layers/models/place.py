"""Place names for search and for "120 m NE of ...": of areas and of service locations, in each language."""

from collections.abc import Collection

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db.models import Q

from layers.geometry import WGS84


class PlaceNameQuerySet(models.QuerySet["PlaceName"]):
    def of_areas(self, area_ids: Collection[int]) -> "PlaceNameQuerySet":
        return self.filter(area__in=area_ids)

    def of_service_locations(self, location_ids: Collection[int]) -> "PlaceNameQuerySet":
        return self.filter(service_location__in=location_ids)


class PlaceName(models.Model):
    """One name of one place in one language, with a point; rebuilt by the imports of areas and services."""

    name = models.CharField(max_length=200)
    folded = models.CharField(max_length=400)  # layers.gazetteer.fold(name): what a search compares
    language = models.CharField(max_length=10)
    location = models.PointField(srid=WGS84, spatial_index=False)
    area = models.ForeignKey("layers.Area", models.CASCADE, null=True, related_name="place_names")
    service_location = models.ForeignKey(
        "layers.ServiceLocation", models.CASCADE, null=True, related_name="place_names"
    )

    objects = PlaceNameQuerySet.as_manager()

    class Meta:
        indexes = (
            GinIndex(fields=["folded"], name="placename_folded_trigram", opclasses=["gin_trgm_ops"]),
            GistIndex(fields=["location"], name="placename_location"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(area__isnull=False, service_location__isnull=True)
                | Q(area__isnull=True, service_location__isnull=False),
                name="placename_of_one_place",
            ),
        )

    def __str__(self) -> str:
        return self.name
