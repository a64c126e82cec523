"""Services and the places where they are given, as their providers publish them."""

from collections.abc import Collection

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.gis.geos import Point
from django.contrib.gis.measure import Distance
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from layers.geometry import WGS84, BoundingBox
from layers.languages import has_a_name, localised
from layers.models.area import Area, AreaPart

PK_DIGITS_MAX = 18


class ProviderType(models.TextChoices):
    MUNICIPAL = "municipal", _("city")
    WELLBEING_COUNTY = "wellbeing_county", _("wellbeing services county")
    STATE = "state", _("state authority")
    COMPANY = "company", _("company")
    ASSOCIATION = "association", _("association")
    CONGREGATION = "congregation", _("congregation")
    UNKNOWN = "unknown", _("not told")


class Service(models.Model):
    """What is given: a library service, a health station. `category` is the word by which the source sorts it."""

    slug = models.SlugField(unique=True)
    names = models.JSONField()
    category = models.SlugField(max_length=40)

    class Meta:
        constraints = (models.CheckConstraint(condition=has_a_name("names"), name="service_named"),)

    def __str__(self) -> str:
        return localised(self.names)[0]


class ServiceLocationQuerySet(models.QuerySet["ServiceLocation"]):
    def in_area(self, area: Area) -> "ServiceLocationQuerySet":
        """Those in `area` or in an area below it, two levels down."""
        return self.filter(Q(area=area) | Q(area__parent=area) | Q(area__parent__parent=area))

    def near(self, point: Point, metres: float) -> "ServiceLocationQuerySet":
        """Those at most `metres` from `point` (EPSG:4326), on the sphere."""
        return self.filter(location__distance_lte=(point, Distance(m=metres)))

    def by_hub_slug(self, slug: str) -> "ServiceLocation | None":
        """The one with this `hub_slug`, with its service and area; None for a name that it does not bear any more."""
        pk = slug.rpartition("-")[2]
        found = self.for_lists().filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) <= PK_DIGITS_MAX else None
        return found if found is not None and found.hub_slug == slug else None

    def for_lists(self) -> "ServiceLocationQuerySet":
        return (
            self.select_related("service", "area")
            .defer("area__boundary", "area__outline")
            .order_by("service__category", "source_id")
        )

    def of_origin(self, slug: str) -> "ServiceLocationQuerySet":
        """Those of the dataset with this slug."""
        return self.filter(dataset__slug=slug)

    def of_category(self, slugs: Collection[str]) -> "ServiceLocationQuerySet":
        return self.filter(service__category__in=slugs)

    def in_box(self, box: BoundingBox) -> "ServiceLocationQuerySet":
        """Those inside `box` (EPSG:4326), edges included."""
        return self.filter(location__intersects=box.polygon())

    def remove_except(self, source_ids: Collection[str]) -> int:
        """Removes these but those of `source_ids`; returns how many."""
        gone = self.exclude(source_id__in=source_ids)
        number = gone.count()
        gone.delete()
        return number

    def assign_areas(self) -> int:
        """Gives each service location the finest current area that covers it; returns how many rows changed. One UPDATE."""
        covering = Exists(AreaPart.objects.filter(area=OuterRef("pk"), boundary__covers=OuterRef(OuterRef("location"))))
        finest = Subquery(Area.objects.current().filter(covering).finest_first().values("pk")[:1])
        is_right = Q(area=F("finest")) | Q(area__isnull=True, finest__isnull=True)
        return self.alias(finest=finest).exclude(is_right).update(area=finest)


class ServiceLocation(models.Model):
    """Where a service is given, and by whom. Key: (dataset, source_id)."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="locations")
    dataset = models.ForeignKey("layers.Dataset", models.PROTECT, related_name="service_locations")
    source_id = models.CharField(max_length=80)
    names = models.JSONField()
    provider_name = models.CharField(max_length=200, blank=True)
    provider_type = models.CharField(max_length=20, choices=ProviderType.choices, default=ProviderType.UNKNOWN)
    address = models.CharField(max_length=200, blank=True)
    location = models.PointField(srid=WGS84, spatial_index=False)
    area = models.ForeignKey(
        "layers.Area",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="service_locations",
    )

    objects = ServiceLocationQuerySet.as_manager()

    class Meta:
        indexes = (GistIndex(fields=["location"], name="servicelocation_location"),)
        constraints = (
            models.UniqueConstraint(fields=["dataset", "source_id"], name="servicelocation_source_once"),
            models.CheckConstraint(condition=has_a_name("names"), name="servicelocation_named"),
            models.CheckConstraint(
                condition=Q(provider_type__in=ProviderType.values),
                name="servicelocation_provider_known",
            ),
        )

    def __str__(self) -> str:
        return localised(self.names)[0]

    @property
    def hub_slug(self) -> str:
        """Name and key, as the address of the page of this place has them: `iso-omena-12`."""
        name = slugify(localised(self.names, settings.LANGUAGE_CODE)[0])
        return f"{name}-{self.pk}" if name else str(self.pk)
