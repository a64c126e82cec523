"""Organisations: whoever acts in an area and may take a proposal up."""

import datetime
from collections.abc import Collection
from typing import TYPE_CHECKING

from django.contrib.gis.db import models
from django.contrib.gis.geos import GEOSGeometry
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from actors.models.person import MemberRole, StaffRole
from layers.geometry import WGS84
from layers.languages import has_a_name, localised
from layers.models import Area, AreaLevel
from layers.models.area import AreaQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from actors.models.person import User


OUTLINE_TOLERANCE_DEG = 0.0002  # about 20 m
UNCONFIRMED_KEPT = datetime.timedelta(days=14)  # an application without confirmed addresses


class OrganisationType(models.TextChoices):
    COMPANY = "company", _("company")
    ASSOCIATION = "association", _("association")
    FEDERATION = "federation", _("federation")
    CONGREGATION = "congregation", _("congregation")
    SCHOOL = "school", _("school or college")
    RESEARCH = "research", _("research organisation")
    HOUSING_COMPANY = "housing_company", _("housing company")
    CITY_UNIT = "city_unit", _("city unit")
    WELLBEING_COUNTY = "wellbeing_county", _("wellbeing services county")
    STATE = "state", _("state authority")
    REGION = "region", _("regional council")
    RESIDENTS_GROUP = "residents_group", _("residents' group")


# Who answers officially: what they say, an authority has said.
AUTHORITIES = (
    OrganisationType.CITY_UNIT,
    OrganisationType.WELLBEING_COUNTY,
    OrganisationType.STATE,
    OrganisationType.REGION,
)


class OrganisationState(models.TextChoices):
    APPLIED = "applied", pgettext_lazy("organisation", "applied")
    VERIFIED = "verified", pgettext_lazy("organisation", "verified")
    REFUSED = "refused", pgettext_lazy("organisation", "refused")
    ENDED = "ended", pgettext_lazy("organisation", "ended")


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def public(self) -> "OrganisationQuerySet":
        """Verified ones, those whose time has ended included: their promises stay readable."""
        return self.filter(verified_at__isnull=False, refused_at__isnull=True)

    def in_force(self, today: datetime.date) -> "OrganisationQuerySet":
        """Public ones that act on `today`."""
        return (
            self.public()
            .filter(ended_at__isnull=True)
            .filter(Q(valid_from__isnull=True) | Q(valid_from__lte=today))
            .filter(Q(valid_until__isnull=True) | Q(valid_until__gte=today))
        )

    def past(self, today: datetime.date) -> "OrganisationQuerySet":
        """Public ones whose time is over on `today`."""
        return self.public().filter(Q(ended_at__isnull=False) | Q(valid_until__lt=today))

    def visible_to(self, user: "User | AnonymousUser") -> "OrganisationQuerySet":
        """The public ones, one's own, and for those who decide on applications all of them."""
        if not user.is_authenticated:
            return self.public()
        if user.has_role(StaffRole.FACILITATOR):
            return self
        own = self.filter(memberships__user=user).values("pk")
        return self.filter(Q(pk__in=own) | Q(pk__in=self.public().values("pk")))

    def editable_by(self, user: "User | AnonymousUser") -> "OrganisationQuerySet":
        """Verified ones whose texts `user` may change: editors and administrators of it, and the city's administrators."""
        return self._with_role(user, (MemberRole.EDITOR, MemberRole.ADMINISTRATOR))

    def managed_by(self, user: "User | AnonymousUser") -> "OrganisationQuerySet":
        """Verified ones whose members `user` may invite and remove."""
        return self._with_role(user, (MemberRole.ADMINISTRATOR,))

    def spoken_for_by(self, user: "User | AnonymousUser") -> "OrganisationQuerySet":
        """Verified ones in whose name `user` may promise: their own alone, for the city speaks for no other."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        roles = (MemberRole.EDITOR, MemberRole.ADMINISTRATOR)
        return self.public().filter(memberships__user=user, memberships__role__in=roles)

    def of_member(self, user: "User | AnonymousUser") -> "OrganisationQuerySet":
        """Verified ones that `user` belongs to, whatever the role."""
        if not user.is_authenticated:
            return self.none()
        return self.public().filter(memberships__user=user)

    def _with_role(self, user: "User | AnonymousUser", roles: tuple[str, ...]) -> "OrganisationQuerySet":
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_administrator:
            return self.public()
        return self.public().filter(memberships__user=user, memberships__role__in=roles)

    def never_confirmed(self) -> "OrganisationQuerySet":
        """Those whose application lacks a confirmed address after fourteen days: to be erased."""
        confirmed = Count("application__founders", filter=Q(application__founders__confirmed_at__isnull=False))
        old = self.filter(
            verified_at__isnull=True,
            refused_at__isnull=True,
            application__made_at__lt=timezone.now() - UNCONFIRMED_KEPT,
        )
        lacking = old.annotate(confirmed=confirmed).filter(confirmed__lt=F("application__founders_needed"))
        return self.filter(pk__in=lacking.values("pk"))

    def authorities(self) -> "OrganisationQuerySet":
        return self.filter(type__in=AUTHORITIES)

    def of_type(self, type_: str) -> "OrganisationQuerySet":
        return self.filter(type=type_)

    def by_slug(self, slug: str) -> "Organisation | None":
        return self.filter(slug=slug).first()

    def of_slugs(self, slugs: Collection[str]) -> "OrganisationQuerySet":
        return self.filter(slug__in=slugs)

    def with_slug_like(self, slug: str) -> "OrganisationQuerySet":
        return self.filter(slug__startswith=slug)

    def in_areas(self, areas: AreaQuerySet) -> "OrganisationQuerySet":
        """Those that act in one of `areas`, named or reached by the drawn service area."""
        drawn = Area.objects.filter(pk__in=areas.values("pk"), boundary__intersects=models.OuterRef("service_area"))
        named = self.filter(areas__in=areas.values("pk")).values("pk")
        return self.filter(Q(pk__in=named) | models.Exists(drawn))

    def acting_in(self, area: Area) -> "OrganisationQuerySet":
        """Those that act in `area`, in a part of it, or in all of a larger one that holds it."""
        within = self.in_areas(Area.objects.of_slugs([area.slug]).with_descendants())
        around = Q(areas__children=area) | Q(areas__children__children=area)
        around |= Q(areas__level=AreaLevel.CITY, areas__valid_to__isnull=True)
        found = [rows.order_by().values("pk") for rows in (within, self.filter(around))]
        return self.filter(Q(pk__in=found[0]) | Q(pk__in=found[1]))

    def after_slug(self, slug: str) -> "OrganisationQuerySet":
        return self.filter(slug__gt=slug)

    def with_member_count(self) -> "OrganisationQuerySet":
        return self.annotate(member_count=models.Count("memberships"))

    def for_directory(self) -> "OrganisationQuerySet":
        """Without drawn areas, with the names of the service areas in one query more."""
        return self.defer("service_area").prefetch_related(
            models.Prefetch("areas", Area.objects.only("slug", "names", "level"))
        )


class Organisation(models.Model):
    """An organisation that acts in the city. Public once verified; people belong to it by membership."""

    slug = models.SlugField(unique=True)
    names = models.JSONField(help_text=_("Names by language: {“fi”: …, “sv”: …, “en”: …}"))
    type = models.CharField(max_length=20, choices=OrganisationType.choices)
    description = models.JSONField(default=dict, blank=True)  # by language, like the names
    goals = models.JSONField(default=dict, blank=True)
    needs = models.JSONField(default=dict, blank=True)
    website = models.URLField(null=True, blank=True)
    business_id = models.CharField(max_length=9, null=True, blank=True)
    areas = models.ManyToManyField("layers.Area", blank=True, related_name="organisations")
    service_area = models.MultiPolygonField(srid=WGS84, spatial_index=False, null=True, blank=True)  # drawn by hand
    verified_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)  # of a temporary organisation; null is permanent

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=has_a_name("names"), name="organisation_named"),
            models.CheckConstraint(
                condition=models.Q(type__in=OrganisationType.values),
                name="organisation_type_known",
            ),
            models.CheckConstraint(
                condition=Q(business_id__isnull=True) | Q(business_id__regex=r"^[0-9]{7}-[0-9]$"),
                name="organisation_business_id",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="organisation_time_in_order",
            ),
            models.CheckConstraint(
                condition=Q(refused_at__isnull=True) | Q(verified_at__isnull=True), name="organisation_decided_once"
            ),
        )
        indexes = (GistIndex(fields=["service_area"], name="organisation_service_area"),)

    def __str__(self) -> str:
        return localised(self.names)[0]

    @property
    def state(self) -> OrganisationState:
        if self.refused_at is not None:
            return OrganisationState.REFUSED
        if self.verified_at is None:
            return OrganisationState.APPLIED
        return OrganisationState.VERIFIED if self.ended_at is None else OrganisationState.ENDED

    @property
    def service_outline(self) -> GEOSGeometry | None:
        """The drawn area with the corners that a small map shows."""
        if self.service_area is None:
            return None
        return self.service_area.simplify(OUTLINE_TOLERANCE_DEG, preserve_topology=True)

    @property
    def is_authority(self) -> bool:
        return self.type in AUTHORITIES

    @property
    def is_temporary(self) -> bool:
        return self.valid_until is not None

    def is_over(self, today: datetime.date) -> bool:
        return self.ended_at is not None or (self.valid_until is not None and self.valid_until < today)

    def may_pledge(self, today: datetime.date) -> bool:
        """Whether it is verified and, if temporary, there on `today`."""
        has_begun = self.valid_from is None or self.valid_from <= today
        return self.state == OrganisationState.VERIFIED and has_begun and not self.is_over(today)
