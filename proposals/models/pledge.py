"""The pledge: an organisation takes a proposal up in public, with a promise and a date."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from actors.models import Organisation
from proposals.models.proposal import Publication

PROMISE_MAX = 500  # characters
REASON_MAX = 500
POSTPONEMENTS_MAX = 3
REMIND_DAYS = (14, 3)  # before the date
GRACE_DAYS = 7  # after the date, until the promise ends by itself


class PledgeKind(models.TextChoices):
    INVESTIGATE = "investigate", pgettext_lazy("promise", "We look into it")
    DO = "do", pgettext_lazy("promise", "We do it")
    HELP = "help", pgettext_lazy("promise", "We help")


class Part(models.TextChoices):
    LEAD = "lead", _("lead")
    PARTNER = "partner", _("partner")


class Consent(models.TextChoices):
    """The landowner's permission; while it is only asked, the page says that the promise waits for it."""

    NOT_NEEDED = "not_needed", pgettext_lazy("permission", "not needed")
    ASKED = "asked", pgettext_lazy("permission", "asked, not answered yet")
    GRANTED = "granted", pgettext_lazy("permission", "granted")
    REFUSED = "refused", pgettext_lazy("permission", "refused")


class PledgeState(models.TextChoices):
    ACTIVE = "active", pgettext_lazy("promise", "In force")
    DELIVERED = "delivered", pgettext_lazy("promise", "Reported as done")
    CONFIRMED = "confirmed", pgettext_lazy("promise", "Promise kept")
    DISPUTED = "disputed", pgettext_lazy("promise", "Not fixed yet")
    RELEASED = "released", pgettext_lazy("promise", "Handed back")
    LAPSED = "lapsed", pgettext_lazy("promise", "Time ran out")


# Which state may follow which. A postponement keeps the state: only its date moves, and the old one stays public.
PLEDGE_MOVES: dict[PledgeState, frozenset[PledgeState]] = {
    PledgeState.ACTIVE: frozenset({PledgeState.DELIVERED, PledgeState.RELEASED, PledgeState.LAPSED}),
    PledgeState.DELIVERED: frozenset({PledgeState.CONFIRMED, PledgeState.DISPUTED}),
    PledgeState.DISPUTED: frozenset({PledgeState.DELIVERED, PledgeState.RELEASED, PledgeState.LAPSED}),
    PledgeState.CONFIRMED: frozenset(),
    PledgeState.RELEASED: frozenset(),
    PledgeState.LAPSED: frozenset(),
}
AT_WORK = (PledgeState.ACTIVE, PledgeState.DISPUTED)  # somebody still owes something
OPEN_STATES = (*AT_WORK, PledgeState.DELIVERED)  # not ended; at most one lead a proposal
# A proposal with such a promise counts as taken up, whatever its stage; a disputed promise is none until it is mended.
TAKING_UP = (PledgeState.ACTIVE, PledgeState.DELIVERED, PledgeState.CONFIRMED)


@dataclass(frozen=True)
class PledgeFigures:
    """What became of an organisation's promises, on public proposals."""

    kept: int = 0
    lapsed: int = 0
    released: int = 0
    open: int = 0


class PledgeQuerySet(models.QuerySet["Pledge"]):
    def open(self) -> "PledgeQuerySet":
        """Pledges that have not ended: in force, reported as done, or disputed."""
        return self.filter(state__in=OPEN_STATES)

    def taking_up(self) -> "PledgeQuerySet":
        """Pledges by which their proposals count as taken up."""
        return self.filter(state__in=TAKING_UP)

    def leading(self) -> "PledgeQuerySet":
        return self.filter(part=Part.LEAD)

    def of_organisation(self, organisation: Organisation) -> "PledgeQuerySet":
        return self.filter(organisation=organisation)

    def of_organisations(self, organisations: "models.QuerySet[Organisation]") -> "PledgeQuerySet":
        return self.filter(organisation__in=organisations)

    def by_member_with(self, email: str) -> "PledgeQuerySet":
        """Those of organisations to which the owner of this address belongs."""
        return self.filter(organisation__memberships__user__email=email.lower())

    def newest_of(self, organisations: "models.QuerySet[Organisation]") -> "Pledge | None":
        """The promise that one of `organisations` made last, however it ended."""
        return self.of_organisations(organisations).order_by("-made_at", "-pk").first()

    def find(self, pk: int) -> "Pledge | None":
        return self.select_related("organisation", "proposal__category", "proposal__area").filter(pk=pk).first()

    def by_key(self, pk: int) -> "Pledge | None":
        return self.filter(pk=pk).first()

    def delivered(self) -> "PledgeQuerySet":
        return self.filter(state=PledgeState.DELIVERED)

    def at_work(self) -> "PledgeQuerySet":
        return self.filter(state__in=AT_WORK)

    def to_remind_of(self, today: datetime.date) -> "PledgeQuerySet":
        """Promises still owed whose organisation is to be reminded by `today`, and was not yet."""
        waiting = Q(pk__in=[])
        for days in REMIND_DAYS:
            not_yet = Q(reminded_days__isnull=True) | Q(reminded_days__gt=days)
            waiting |= Q(due__lte=today + datetime.timedelta(days=days)) & not_yet
        return self.at_work().filter(waiting, due__gte=today)

    def out_of_time(self, today: datetime.date) -> "PledgeQuerySet":
        """Promises still owed whose date, and the days of grace after it, are over."""
        return self.at_work().filter(due__lte=today - datetime.timedelta(days=GRACE_DAYS))

    def public(self) -> "PledgeQuerySet":
        """Those on proposals that everyone sees."""
        return self.filter(proposal__publication=Publication.PUBLISHED)

    def of_past_organisations(self, today: datetime.date) -> "PledgeQuerySet":
        """Promises whose organisation's time was over before `today`."""
        return self.filter(organisation__in=Organisation.objects.past(today).values("pk"))

    def figures_of(self, organisation_ids: Collection[int]) -> "dict[int, PledgeFigures]":
        """By organisation how many promises are kept, lapsed, handed back and open; one query, none left out."""
        counted = (
            self.public()
            .filter(organisation__in=organisation_ids)
            .values("organisation")
            .annotate(
                kept=Count("pk", filter=Q(state=PledgeState.CONFIRMED)),
                lapsed=Count("pk", filter=Q(state=PledgeState.LAPSED)),
                released=Count("pk", filter=Q(state=PledgeState.RELEASED)),
                open=Count("pk", filter=Q(state__in=OPEN_STATES)),
            )
        )
        found = {row.pop("organisation"): PledgeFigures(**row) for row in counted.order_by()}
        return {key: found.get(key, PledgeFigures()) for key in organisation_ids}

    def in_areas(self, area_ids: Collection[int]) -> "PledgeQuerySet":
        """Those on proposals whose finest area is one of `area_ids`."""
        return self.filter(proposal__area__in=area_ids)

    def on_cards(self) -> "PledgeQuerySet":
        """With their proposals, what is due first on top."""
        return self.public().select_related("proposal").order_by("due", "pk")

    def shown(self) -> "PledgeQuerySet":
        """With their organisations, the lead first, open before ended, oldest first."""
        ended = models.Case(models.When(state__in=OPEN_STATES, then=0), default=1)
        return self.select_related("organisation").prefetch_related("postponements").order_by(ended, "part", "pk")


class Pledge(models.Model):
    """One organisation's promise on one proposal. Public, all of it."""

    proposal = models.ForeignKey("proposals.Proposal", models.PROTECT, related_name="pledges")
    organisation = models.ForeignKey("actors.Organisation", models.PROTECT, related_name="pledges")
    kind = models.CharField(max_length=12, choices=PledgeKind.choices)
    part = models.CharField(max_length=8, choices=Part.choices)
    promise = models.CharField(max_length=PROMISE_MAX)
    language = models.CharField(max_length=5)
    due = models.DateField()
    consent = models.CharField(max_length=12, choices=Consent.choices, default=Consent.NOT_NEEDED)
    state = models.CharField(max_length=10, choices=PledgeState.choices, default=PledgeState.ACTIVE)
    reason = models.CharField(max_length=REASON_MAX, blank=True)  # of handing back
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reminded_days = models.PositiveSmallIntegerField(null=True, blank=True)  # the nearest of REMIND_DAYS that is past

    objects = PledgeQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["proposal"], condition=Q(part="lead", state__in=OPEN_STATES), name="pledge_one_lead"
            ),
            models.UniqueConstraint(
                fields=["proposal", "organisation"],
                condition=Q(state__in=OPEN_STATES),
                name="pledge_once_an_organisation",
            ),
            models.CheckConstraint(condition=Q(kind__in=PledgeKind.values), name="pledge_kind_known"),
            models.CheckConstraint(condition=Q(part__in=Part.values), name="pledge_part_known"),
            models.CheckConstraint(condition=Q(consent__in=Consent.values), name="pledge_consent_known"),
            models.CheckConstraint(condition=Q(state__in=PledgeState.values), name="pledge_state_known"),
            models.CheckConstraint(condition=~Q(promise=""), name="pledge_says_what"),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_STATES, ended_at__isnull=True)
                | Q(ended_at__isnull=False) & ~Q(state__in=OPEN_STATES),
                name="pledge_ended_has_a_time",
            ),
            models.CheckConstraint(condition=~Q(state="released") | ~Q(reason=""), name="pledge_released_says_why"),
        )
        indexes = (
            models.Index(fields=["due"], condition=Q(state__in=AT_WORK), name="pledge_due"),
            models.Index(fields=["proposal"], condition=Q(state__in=TAKING_UP), name="pledge_taking_up"),
        )

    def __str__(self) -> str:
        return f"{self.organisation}: {self.promise[:60]}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def can_be_worked_on(self) -> bool:
        return self.state in AT_WORK

    @property
    def waits_for_permission(self) -> bool:
        return self.is_open and self.consent == Consent.ASKED


def is_taken_up() -> Exists:
    """Of each row of proposals whether somebody has promised to look after it: what every figure and filter goes by."""
    return Exists(Pledge.objects.taking_up().filter(proposal=OuterRef("pk")))


def reminders_past(due: datetime.date, today: datetime.date) -> int | None:
    """The nearest of REMIND_DAYS before `due` that `today` has reached; None before the first."""
    return min((days for days in REMIND_DAYS if (due - today).days <= days), default=None)


class Postponement(models.Model):
    """A due date that was moved: the old one stays public."""

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="postponements")
    from_due = models.DateField()
    to_due = models.DateField()
    reason = models.CharField(max_length=REASON_MAX)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(to_due__gt=F("from_due")), name="postponement_later"),
            models.CheckConstraint(condition=~Q(reason=""), name="postponement_says_why"),
        )

    def __str__(self) -> str:
        return f"{self.from_due} > {self.to_due}"


class Verdict(models.Model):
    """Whether it is really done, said by the proposer or a supporter after a delivery: once a person and round."""

    proposal = models.ForeignKey("proposals.Proposal", models.CASCADE, related_name="verdicts")
    round = models.PositiveSmallIntegerField()  # the how-manieth delivery it is about
    voter_hash = models.CharField(max_length=64)  # keyed digest of a confirmed address; no person
    is_proposer = models.BooleanField()
    done = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["proposal", "round", "voter_hash"], name="verdict_once_a_round"),
        )

    def __str__(self) -> str:
        return f"{self.proposal_id}: {'done' if self.done else 'not done'}"
