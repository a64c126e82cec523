"""What was passed on to a neighbour's own system: a row of an outbox until its number is known, then what the page tells."""

import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from layers.languages import has_a_name, localised

if TYPE_CHECKING:
    from proposals.models.proposal import Proposal


class ForwardedRequestQuerySet(models.QuerySet["ForwardedRequest"]):
    def unsent(self) -> "ForwardedRequestQuerySet":
        return self.filter(sent_at__isnull=True)

    def due(self, now: datetime.datetime) -> "ForwardedRequestQuerySet":
        """Those to be sent, or tried again, at `now`, the oldest first."""
        return self.unsent().filter(failure__isnull=True, next_try_at__lte=now).order_by("pk")

    def of(self, proposal: "Proposal") -> "ForwardedRequest | None":
        """The latest of `proposal`."""
        return self.filter(proposal=proposal).order_by("-passed_on_at").first()

    def of_key(self, pk: int) -> "ForwardedRequest | None":
        """One with the proposal and what is sent of it."""
        return self.filter(pk=pk).select_related("proposal__category").first()

    def try_again(self) -> int:
        """Lets those that failed be sent once more, under the same key; returns how many."""
        failed = self.unsent().filter(failure__isnull=False)
        return failed.update(failure=None, tries=0, next_try_at=timezone.now())


class ForwardedRequest(models.Model):
    """One proposal on its way to one neighbour's Open311 door (`door`, without a slash at the end)."""

    proposal = models.ForeignKey("proposals.Proposal", models.CASCADE, related_name="forwarded_requests")
    names = models.JSONField()  # of the neighbour, by language
    door = models.CharField(max_length=500)
    idempotency_key = models.CharField(max_length=64, unique=True)
    passed_on_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    service_request_id = models.CharField(max_length=80, null=True, blank=True)
    link = models.CharField(max_length=500, null=True, blank=True)
    failure = models.TextField(null=True, blank=True)  # why it is tried no more

    objects = ForwardedRequestQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=has_a_name("names"), name="forwardedrequest_named"),
            models.UniqueConstraint(fields=["proposal", "door"], name="forwardedrequest_once"),
        )
        indexes = (
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(sent_at__isnull=True, failure__isnull=True),
                name="forwardedrequest_due",
            ),
        )

    def __str__(self) -> str:
        return f"{self.proposal_id} > {self.name}"

    @property
    def name(self) -> str:
        return localised(self.names)[0]

    def note_sent(self, service_request_id: str, link: str) -> None:
        self.sent_at, self.service_request_id, self.link = timezone.now(), service_request_id, link
        self.save(update_fields=["sent_at", "service_request_id", "link"])

    def note_failure(self, why: str, again_at: datetime.datetime | None) -> None:
        """It did not work; with `again_at` it is tried then, else no more until somebody lets it."""
        self.tries += 1
        self.next_try_at = again_at or self.next_try_at
        self.failure = None if again_at else why
        self.save(update_fields=["tries", "next_try_at", "failure"])
