"""Services and the places where they are given, as their providers publish them."""

from collections.abc import Collection

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q
from django.utils.text import slugify

from layers.languages import has_a_name, localised
from layers.models.provided import ProvidedPlace, ProvidedPlaceQuerySet, ProviderType

PK_DIGITS_MAX = 18


class Service(models.Model):
    """What is given: a library service, a health station. `category` is the word by which the source sorts it."""

    slug = models.SlugField(unique=True)
    names = models.JSONField()
    category = models.SlugField(max_length=40)

    class Meta:
        constraints = (models.CheckConstraint(condition=has_a_name("names"), name="service_named"),)

    def __str__(self) -> str:
        return localised(self.names)[0]


class ServiceLocationQuerySet(ProvidedPlaceQuerySet):
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

    def of_category(self, slugs: Collection[str]) -> "ServiceLocationQuerySet":
        return self.filter(service__category__in=slugs)


class ServiceLocation(ProvidedPlace):
    """Where a service is given, and by whom. Key: (dataset, source_id)."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="locations")
    dataset = models.ForeignKey("layers.Dataset", models.PROTECT, related_name="service_locations")
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

    @property
    def hub_slug(self) -> str:
        """Name and key, as the address of the page of this place has them: `iso-omena-12`."""
        name = slugify(localised(self.names, settings.LANGUAGE_CODE)[0])
        return f"{name}-{self.pk}" if name else str(self.pk)
