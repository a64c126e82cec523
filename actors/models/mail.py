"""Mails that wait for the worker: a page that asks for one answers as fast where the address is unknown."""

from collections.abc import Iterable

from django.db import models
from django.utils import timezone


class WaitingMailQuerySet(models.QuerySet["WaitingMail"]):
    def due(self) -> "WaitingMailQuerySet":
        """Those whose turn it is, oldest first; rows that another worker holds are left out."""
        waiting = self.filter(due_at__lte=timezone.now(), expires_at__gt=timezone.now(), held_for="")
        return waiting.order_by("due_at", "pk").select_for_update(skip_locked=True)

    def release(self, what: Iterable[str]) -> None:
        """Lets the mails go that were held for any of `what`."""
        self.filter(held_for__in=what).update(held_for="", due_at=timezone.now())

    def expired(self) -> "WaitingMailQuerySet":
        return self.filter(expires_at__lte=timezone.now())


class WaitingMail(models.Model):
    """One mail, written and not yet sent; the row goes when the mail does, or when it is no longer of use."""

    to = models.EmailField()
    reply_to = models.EmailField(null=True)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    language = models.CharField(max_length=5)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    held_for = models.CharField(max_length=64, blank=True, default="")  # what has to happen before it is sent
    tries = models.PositiveSmallIntegerField(default=0)

    objects = WaitingMailQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["due_at"], name="waitingmail_due"),)

    def __str__(self) -> str:
        return self.subject
