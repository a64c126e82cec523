"""Categories: what a proposal can be about, how it is drawn, when it is published, how exactly it is placed."""

from collections.abc import Collection

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from layers.languages import has_a_name, localised


class Kind(models.TextChoices):
    """The topics; people choose one of these six. Label of the choice: Topic (Aihe, Ämne)."""

    IDEA = "idea", pgettext_lazy("topic", "Idea")
    PARKING = "parking", pgettext_lazy("topic", "Parking")
    PATHWAY = "pathway", pgettext_lazy("topic", "Streets and paths")
    SPACE = "space", pgettext_lazy("topic", "Spaces and equipment")
    SERVICE = "service", pgettext_lazy("topic", "Services")
    CONCERN = "concern", pgettext_lazy("topic", "Safety")


class GeometryType(models.TextChoices):
    """Named as in GeoJSON (RFC 7946, section 1.4)."""

    POINT = "Point", _("point")
    LINE = "LineString", _("line")
    POLYGON = "Polygon", _("area")


class PublicationRule(models.TextChoices):
    AT_ONCE = "at_once", _("published at once")
    AFTER_CONFIRMATION = "after_confirmation", _("published when the e-mail is confirmed")
    AFTER_MODERATION = "after_moderation", _("published by a moderator")


class PrivacyRule(models.TextChoices):
    EXACT = "exact", _("the exact place")
    GENERALISED = "generalised", _("the middle of a 250 m square")


class CategoryQuerySet(models.QuerySet["Category"]):
    def by_slug(self, slug: str) -> "Category | None":
        return self.filter(slug=slug).first()

    def of_slugs(self, slugs: Collection[str]) -> "CategoryQuerySet":
        return self.filter(slug__in=slugs)

    def fitting(self, *, slug: str = "", kind: str = "") -> "CategoryQuerySet":
        """Those with this slug, of this kind; "" is any."""
        asked = {name: value for name, value in (("slug", slug), ("kind", kind)) if value}
        return self.filter(**asked)

    def offered(self) -> "CategoryQuerySet":
        """Categories that a new proposal may choose, in the order in which people see them."""
        return self.filter(is_offered=True).order_by("position", "slug")


class Category(models.Model):
    """A category of one kind. `questions` is `{"version": n, "questions": [...]}`; an answer keeps that version."""

    slug = models.SlugField(unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    names = models.JSONField()
    glyph = models.SlugField(max_length=40)
    shape = models.SlugField(max_length=20)
    geometry_types = ArrayField(models.CharField(max_length=10, choices=GeometryType.choices))
    publication_rule = models.CharField(max_length=20, choices=PublicationRule.choices)
    privacy_rule = models.CharField(max_length=20, choices=PrivacyRule.choices, default=PrivacyRule.EXACT)
    questions = models.JSONField(default=dict, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_offered = models.BooleanField(default=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "categories"
        constraints = (
            models.CheckConstraint(condition=has_a_name("names"), name="category_named"),
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="category_kind_known"),
            models.CheckConstraint(
                condition=models.Q(publication_rule__in=PublicationRule.values), name="category_publication_rule_known"
            ),
            models.CheckConstraint(
                condition=models.Q(privacy_rule__in=PrivacyRule.values), name="category_privacy_rule_known"
            ),
            models.CheckConstraint(
                condition=models.Q(geometry_types__contained_by=GeometryType.values, geometry_types__len__gt=0),
                name="category_geometry_types_known",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return localised(self.names)[0]
