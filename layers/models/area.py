"""Areas of the city in levels, and the pieces of their boundaries by which a point finds its area."""

from django.contrib.gis.db import models
from django.contrib.gis.geos import Point
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from layers.geometry import WGS84
from layers.languages import has_a_name, localised


class AreaLevel(models.TextChoices):
    CITY = "city", _("city")
    DISTRICT = "district", _("district")
    STATISTICAL = "statistical", _("statistical area")
    NEIGHBOURHOOD = "neighbourhood", _("neighbourhood")


# From the finest to the coarsest: a proposal's area is the finest that covers its pin.
FINEST_FIRST = (
    AreaLevel.NEIGHBOURHOOD,
    AreaLevel.STATISTICAL,
    AreaLevel.DISTRICT,
    AreaLevel.CITY,
)


class AreaQuerySet(models.QuerySet["Area"]):
    def current(self) -> "AreaQuerySet":
        """Areas in force: not superseded by a later import of their level."""
        return self.filter(valid_to__isnull=True)

    def of_level(self, level: str) -> "AreaQuerySet":
        return self.filter(level=level)

    def by_slug(self, slug: str) -> "Area | None":
        return self.filter(slug=slug).first()

    def with_parents(self) -> "AreaQuerySet":
        """With the parent and the dataset's words in the same query, without the heavy boundaries."""
        return self.select_related("parent", "dataset").defer(
            "boundary", "outline", "parent__boundary", "parent__outline"
        )

    def children_of(self, area: "Area") -> "AreaQuerySet":
        return self.filter(parent=area).only("slug", "level", "names").order_by("slug")

    def for_choice(self) -> "AreaQuerySet":
        """What a list of areas shows, the city first, then from the largest level to the finest."""
        order = {level: place for place, level in enumerate(reversed(FINEST_FIRST))}
        whens = [models.When(level=level, then=place) for level, place in order.items()]
        return self.only("slug", "level", "names").order_by(models.Case(*whens), "slug")

    def covering(self, point: Point) -> "AreaQuerySet":
        """Current areas whose boundary covers `point` (EPSG:4326), smallest first; a border point is in both.

        One index scan over the parts. Raises ValueError for another SRID.
        """
        if point.srid != WGS84:
            raise ValueError(f"covering() takes EPSG:{WGS84}, not {point.srid}")
        return (
            self.current()
            .filter(models.Exists(AreaPart.objects.filter(area=models.OuterRef("pk"), boundary__covers=point)))
            .order_by("size_m2", "code")
        )


class Area(models.Model):
    """A named part of the city. Key (level, code); the slug is unique in the city and is what URLs and filters use."""

    level = models.CharField(max_length=20, choices=AreaLevel.choices)
    code = models.CharField(max_length=40)
    slug = models.SlugField(max_length=80, unique=True)
    names = models.JSONField()
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")
    dataset = models.ForeignKey("layers.Dataset", models.PROTECT, related_name="areas")
    boundary = models.MultiPolygonField(srid=WGS84, spatial_index=False)
    outline = models.MultiPolygonField(
        srid=WGS84, spatial_index=False, null=True
    )  # simplified together; what pages draw
    centre = models.PointField(srid=WGS84, spatial_index=False)  # a point on its surface
    size_m2 = models.FloatField()  # in METRIC_SRID
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["level", "code"], name="area_code_once_a_level"),
            models.CheckConstraint(condition=Q(level__in=AreaLevel.values), name="area_level_known"),
            models.CheckConstraint(condition=has_a_name("names"), name="area_named"),
            models.CheckConstraint(condition=Q(size_m2__gt=0), name="area_has_a_size"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the active language, else in the city's first language that has one."""
        return localised(self.names)[0]

    def name_in(self, language: str) -> str:
        return localised(self.names, language)[0]


class AreaPart(models.Model):
    """A piece of an area's boundary (`ST_Subdivide`, 64 vertices at most): point in polygon in one index scan."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="parts")
    boundary = models.GeometryField(srid=WGS84, spatial_index=False)

    class Meta:
        indexes = (GistIndex(fields=["boundary"], name="areapart_boundary"),)

    def __str__(self) -> str:
        return f"{self.area_id}/{self.pk}"
