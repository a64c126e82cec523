"""Webhooks: servers that want to be told of public changes as they happen, and the calls that tell them."""

import base64
import datetime
import secrets
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from geodata.filters import ProposalFilterForm
from layers.fetching import is_public
from proposals.models import EventSeal
from proposals.tasks import RETRY_AFTER

SECRET_PREFIX = "whsec_"  # noqa: S105 (standardwebhooks.com: what a secret begins with, not one)
GIVE_UP_AFTER = datetime.timedelta(days=5)  # of failure without one success: it is switched off
FILTER_MAX = 2_000  # characters
URL_MAX = 500
HTTPS_PORT = 443


class Topic(models.TextChoices):
    """What a call is about: `type` of its payload."""

    PUBLISHED = "proposal.published", _("A proposal was published")
    UPDATED = "proposal.updated", _("Its public wording changed")
    REMOVED = "proposal.removed", _("A proposal is not public any more")
    STATUS_CHANGED = "proposal.status_changed", _("Its stage changed")
    ANSWERED = "proposal.answered", _("It got an official answer")
    PLEDGE_MADE = "pledge.made", _("An organisation promised something")
    PLEDGE_MOVED = "pledge.moved", _("The day of a promise was moved")
    PLEDGE_DELIVERED = "pledge.delivered", _("A promise was reported as done")
    PLEDGE_ENDED = "pledge.ended", _("A promise was handed back or ran out of time")


def refusal_of(url: str) -> str | None:
    """Why `url` cannot be a webhook, as far as the address itself tells; where its name leads is checked at each call."""
    parts = urlsplit(url)
    if parts.netloc in settings.WEBHOOK_INNER_HOSTS:
        return None
    if parts.scheme != "https" or parts.username or parts.port not in (None, HTTPS_PORT):
        return _("Give an address that begins with https://, at the usual port, without user and password.")
    try:
        is_open = is_public(str(parts.hostname).strip("[]"))
    except ValueError:  # a name
        is_open = parts.hostname != "localhost"
    return None if is_open else _("This address is not on the open internet.")


class CallState(models.TextChoices):
    WAITING = "waiting", _("waits")
    SENT = "sent", _("taken")
    GIVEN_UP = "given_up", _("given up")
    DROPPED = "dropped", _("not public any more")


def new_salt() -> str:
    return secrets.token_hex(16)


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def active(self) -> "WebhookQuerySet":
        return self.filter(is_active=True)

    def behind(self) -> "WebhookQuerySet":
        """Active ones for which there are sealed events that nobody has looked at."""
        newer = EventSeal.objects.filter(n__gt=models.OuterRef("seen"))
        return self.active().filter(models.Exists(newer))

    def with_calls_due(self, now: datetime.datetime) -> "WebhookQuerySet":
        due = WebhookCall.objects.filter(webhook=models.OuterRef("pk")).due(now)
        return (
            self.active()
            .filter(models.Q(rests_until__isnull=True) | models.Q(rests_until__lte=now))
            .filter(models.Exists(due))
        )

    def with_waiting_calls(self) -> "WebhookQuerySet":
        """With `waiting_calls`, how many each has."""
        return self.annotate(waiting_calls=models.Count("calls", filter=models.Q(calls__state=CallState.WAITING)))

    def by_key(self, pk: int) -> "Webhook | None":
        return self.filter(pk=pk).first()

    def locked(self, pk: int) -> "Webhook | None":
        """The row, locked until the transaction ends; None where another one holds it or it is gone."""
        return self.select_for_update(skip_locked=True).filter(pk=pk).first()


class Webhook(models.Model):
    """A server that is told. Its secret is made of the installation's key and `salt`: no table, and no dump, holds it."""

    url = models.URLField(_("address"), max_length=URL_MAX)
    description = models.CharField(_("whose it is"), max_length=200)
    topics = ArrayField(
        models.CharField(max_length=40, choices=Topic.choices), verbose_name=_("events"), default=list, blank=True
    )
    query = models.CharField(
        _("filter"),
        max_length=FILTER_MAX,
        blank=True,
        help_text=_("As in the address of a list: kind=parking&area=tapiola"),
    )
    is_active = models.BooleanField(_("active"), default=True)
    salt = models.CharField(max_length=32, default=new_salt, editable=False)
    seen = models.BigIntegerField(
        default=0, editable=False
    )  # the link of the sealed history up to which calls are planned
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True, editable=False)
    rests_until = models.DateTimeField(null=True, blank=True, editable=False)  # nothing is sent before
    note = models.CharField(_("note"), max_length=300, blank=True, editable=False)  # what the administrator should know
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.description or self.url

    @property
    def secret(self) -> str:
        """The shared secret of this webhook (32 bytes), written as the standard has it."""
        key = salted_hmac("geodata.webhook", self.salt, algorithm="sha256").digest()
        return SECRET_PREFIX + base64.b64encode(key).decode()

    @property
    def filter(self) -> ProposalFilterForm:
        return ProposalFilterForm(QueryDict(self.query))

    def clean(self) -> None:
        if refusal := refusal_of(self.url):
            raise ValidationError({"url": refusal})
        if problems := self.filter.problems():
            raise ValidationError({"query": [f"{problem.pointer}: {problem.message}" for problem in problems]})

    def begin(self) -> None:
        """Stores a new one, which is told of what happens from now on."""
        last = EventSeal.objects.last_link()
        self.seen = last.n if last else 0
        self.save()

    def wants(self, topic: str) -> bool:
        return not self.topics or topic in self.topics

    def succeeded(self) -> None:
        if self.failing_since or self.rests_until or self.note:
            self.failing_since = self.rests_until = None
            self.note = ""
            self.save(update_fields=["failing_since", "rests_until", "note"])

    def failed(self, why: str, now: datetime.datetime) -> None:
        """Notes a failure; nothing more is sent for a minute, and after GIVE_UP_AFTER nothing at all."""
        self.failing_since = self.failing_since or now
        self.rests_until = now + RETRY_AFTER[0]
        self.note = why[:300]
        if now - self.failing_since >= GIVE_UP_AFTER:
            self.is_active = False
        self.save(update_fields=["failing_since", "rests_until", "note", "is_active"])

    def switch_off(self, why: str) -> None:
        self.is_active, self.note = False, why[:300]
        self.save(update_fields=["is_active", "note"])

    def start_again(self) -> None:
        """An administrator has seen to it: what was given up waits again, and the count of days begins anew."""
        with transaction.atomic():
            self.is_active, self.failing_since, self.rests_until, self.note = True, None, None, ""
            self.save(update_fields=["is_active", "failing_since", "rests_until", "note"])
            calls = self.calls.filter(state__in=(CallState.WAITING, CallState.GIVEN_UP))
            calls.update(state=CallState.WAITING, attempts=0, due_at=timezone.now())

    def change_secret(self) -> None:
        self.salt = new_salt()
        self.save(update_fields=["salt"])


class WebhookCallQuerySet(models.QuerySet["WebhookCall"]):
    def due(self, now: datetime.datetime) -> "WebhookCallQuerySet":
        return self.filter(state=CallState.WAITING, due_at__lte=now)

    def next_of(self, webhook: Webhook, now: datetime.datetime) -> "WebhookCallQuerySet":
        """Those that are due, in the order in which it happened."""
        return self.filter(webhook=webhook).due(now).select_related("event").order_by("event_id", "pk")

    def finished_before(self, moment: datetime.datetime) -> "WebhookCallQuerySet":
        return self.exclude(state=CallState.WAITING).filter(event__at__lt=moment)


class WebhookCall(models.Model):
    """One event that one webhook is told of. What is sent is read when it is sent: no copy of a proposal is kept."""

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="calls")
    event = models.ForeignKey("proposals.Event", models.CASCADE, related_name="+")
    topic = models.CharField(max_length=40, choices=Topic.choices)
    state = models.CharField(max_length=10, choices=CallState.choices, default=CallState.WAITING)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=200, blank=True)  # "HTTP 500", or why there was none

    objects = WebhookCallQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["webhook", "event", "topic"], name="webhook_call_once"),
            models.CheckConstraint(condition=models.Q(state__in=CallState.values), name="webhook_call_state_known"),
        )
        indexes = (
            models.Index(fields=["webhook", "due_at"], condition=models.Q(state="waiting"), name="webhook_call_due"),
        )

    def __str__(self) -> str:
        return f"{self.topic} {self.message_id}"

    @property
    def message_id(self) -> str:
        """`webhook-id`: the same at every attempt, so that a receiver can tell a repetition."""
        return f"msg_{self.event_id}_{self.topic.replace('.', '_')}_{self.webhook_id}"

    def taken(self, answer: str) -> None:
        self.state, self.answer, self.attempts = CallState.SENT, answer, self.attempts + 1
        self.save(update_fields=["state", "answer", "attempts"])

    def drop(self) -> None:
        self.state = CallState.DROPPED
        self.save(update_fields=["state"])

    def missed(self, answer: str, now: datetime.datetime) -> None:
        """Comes back after 1, 5 and 30 minutes, 2, 6, 12 and 24 hours; then it is given up."""
        if self.attempts >= len(RETRY_AFTER):
            self.state = CallState.GIVEN_UP
        else:
            self.due_at = now + RETRY_AFTER[self.attempts]
        self.answer, self.attempts = answer[:200], self.attempts + 1
        self.save(update_fields=["state", "due_at", "answer", "attempts"])
