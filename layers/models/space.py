"""Rooms, outdoor places and equipment that people may use or borrow, as their providers publish them."""

from typing import Self

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from layers.languages import has_a_name, localised
from layers.models.provided import ProvidedPlace, ProvidedPlaceQuerySet, ProviderType

CAPACITY_MAX = 100_000  # persons, or pieces of equipment


class SpaceKind(models.TextChoices):
    ROOM = "room", _("room")
    OUTDOOR = "outdoor", _("outdoor place")
    EQUIPMENT = "equipment", _("equipment to borrow")


# Fact of accessibility -> what is said where it is so, and where it is not.
ACCESS_WORDS = {
    "step_free": (_("Step-free entrance"), _("Steps at the entrance")),
    "accessible_toilet": (_("Accessible toilet"), _("No accessible toilet")),
    "induction_loop": (_("Induction loop"), _("No induction loop")),
}


class SpaceQuerySet(ProvidedPlaceQuerySet):
    def of_kind(self, kinds: list[str]) -> Self:
        return self.filter(kind__in=kinds)

    def for_lists(self) -> Self:
        """Rooms first, then outdoor places and equipment, each in the order of their source."""
        return self.select_related("area").defer("area__boundary", "area__outline").order_by("-kind", "source_id")


class Space(ProvidedPlace):
    """A room, an outdoor place or equipment to borrow. Key: (dataset, source_id).

    `capacity` is the number of persons, or of pieces of equipment; None and a fact of accessibility that is None are not
    told. `prices` and `hours` are texts by language, as `names`.
    """

    kind = models.CharField(max_length=20, choices=SpaceKind.choices)
    dataset = models.ForeignKey("layers.Dataset", models.PROTECT, related_name="spaces")
    capacity = models.PositiveIntegerField(null=True, blank=True)
    step_free = models.BooleanField(null=True, blank=True)
    accessible_toilet = models.BooleanField(null=True, blank=True)
    induction_loop = models.BooleanField(null=True, blank=True)
    prices = models.JSONField(default=dict, blank=True)
    hours = models.JSONField(default=dict, blank=True)
    booking_url = models.URLField(max_length=500, blank=True)
    area = models.ForeignKey("layers.Area", models.SET_NULL, null=True, blank=True, related_name="spaces")

    objects = SpaceQuerySet.as_manager()

    class Meta:
        indexes = (GistIndex(fields=["location"], name="space_location"),)
        constraints = (
            models.UniqueConstraint(fields=["dataset", "source_id"], name="space_source_once"),
            models.CheckConstraint(condition=has_a_name("names"), name="space_named"),
            models.CheckConstraint(condition=Q(kind__in=SpaceKind.values), name="space_kind_known"),
            models.CheckConstraint(condition=Q(provider_type__in=ProviderType.values), name="space_provider_known"),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(capacity__gte=1, capacity__lte=CAPACITY_MAX),
                name="space_capacity_sound",
            ),
            models.CheckConstraint(
                condition=Q(booking_url="")
                | Q(booking_url__startswith="https://")
                | Q(booking_url__startswith="http://"),
                name="space_booking_by_web",
            ),
        )

    @property
    def access(self) -> list[str | Promise]:
        """What is told of its accessibility, in words."""
        told = [(words, getattr(self, fact)) for fact, words in ACCESS_WORDS.items()]
        return [words[0] if is_so else words[1] for words, is_so in told if is_so is not None]

    @property
    def price(self) -> str:
        return localised(self.prices)[0]

    @property
    def hours_in_words(self) -> str:
        return localised(self.hours)[0]
