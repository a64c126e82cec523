"""Reference layers: what a city lays under the talk about places, such as paths, parking, bicycle stations. Open data only."""

from collections.abc import Collection

from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import PointOnSurface
from django.contrib.postgres.indexes import GistIndex
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from layers.geometry import WGS84, BoundingBox
from layers.languages import has_a_name, localised

FEATURE_VERTICES_MAX = 20_000
# NaN is greater than every number in PostgreSQL, so the upper bounds refuse it; XMin of an empty geometry is NULL.
SOUND = f"""
    ST_SRID(shape) = 4326
    AND GeometryType(shape) IN ('POINT', 'LINESTRING', 'POLYGON', 'MULTIPOINT', 'MULTILINESTRING', 'MULTIPOLYGON')
    AND NOT ST_IsEmpty(shape)
    AND COALESCE(ST_XMin(shape) >= -180 AND ST_XMax(shape) <= 180, false)
    AND COALESCE(ST_YMin(shape) >= -90 AND ST_YMax(shape) <= 90, false)
    AND ST_NPoints(shape) <= {FEATURE_VERTICES_MAX}
    AND ST_IsValid(shape)
"""


class LayerStyle(models.TextChoices):
    """How the map draws a layer."""

    PLACE = "place", _("places")
    PATH = "path", _("paths")
    PARKING = "parking", _("parking")
    GREEN = "green", _("parks and nature")
    BOUNDARY = "boundary", _("boundaries")


class ReferenceLayerQuerySet(models.QuerySet["ReferenceLayer"]):
    def by_slug(self, slug: str) -> "ReferenceLayer | None":
        return self.select_related("dataset").filter(slug=slug).first()

    def for_choice(self) -> "ReferenceLayerQuerySet":
        """With their datasets, whose credit is shown beside them, in the order in which people see them."""
        return self.select_related("dataset").order_by("slug")


class ReferenceLayer(models.Model):
    """A layer that the map can show. `fields` are the properties that its features publish, in their order."""

    slug = models.SlugField(unique=True)
    names = models.JSONField()
    dataset = models.ForeignKey("layers.Dataset", models.PROTECT, related_name="reference_layers")
    style = models.CharField(max_length=20, choices=LayerStyle.choices, default=LayerStyle.PLACE)
    fields = models.JSONField(default=list, blank=True)
    is_shown = models.BooleanField(default=False, help_text=_("On the map without being switched on"))

    objects = ReferenceLayerQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=has_a_name("names"), name="referencelayer_named"),
            models.CheckConstraint(condition=models.Q(style__in=LayerStyle.values), name="referencelayer_style_known"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return localised(self.names)[0]


class ReferenceFeatureQuerySet(models.QuerySet["ReferenceFeature"]):
    def of_layer(self, slug: str) -> "ReferenceFeatureQuerySet":
        return self.filter(layer__slug=slug)

    def in_box(self, box: BoundingBox) -> "ReferenceFeatureQuerySet":
        """Those that meet `box` (EPSG:4326), edges included."""
        return self.filter(shape__intersects=box.polygon())

    def remove_except(self, source_ids: Collection[str]) -> int:
        """Removes these but those of `source_ids`; returns how many."""
        gone = self.exclude(source_id__in=source_ids)
        number = gone.count()
        gone.delete()
        return number


class ReferenceFeature(models.Model):
    """One thing of a layer. Key: (layer, source_id). `properties` hold the layer's `fields` alone."""

    layer = models.ForeignKey(ReferenceLayer, models.CASCADE, related_name="features")
    source_id = models.CharField(max_length=80)
    names = models.JSONField(default=dict, blank=True)
    properties = models.JSONField(default=dict, blank=True)
    shape = models.GeometryField(srid=WGS84, spatial_index=False)
    pin = models.GeneratedField(
        expression=PointOnSurface("shape"),
        output_field=models.PointField(srid=WGS84, spatial_index=False),
        db_persist=True,
    )

    objects = ReferenceFeatureQuerySet.as_manager()

    class Meta:
        indexes = (GistIndex(fields=["shape"], name="referencefeature_shape"),)
        constraints = (
            models.UniqueConstraint(fields=["layer", "source_id"], name="referencefeature_source_once"),
            models.CheckConstraint(
                condition=RawSQL(SOUND, (), output_field=models.BooleanField()),  # noqa: S611
                name="referencefeature_shape_sound",
            ),
        )

    def __str__(self) -> str:
        return localised(self.names)[0] or self.source_id
