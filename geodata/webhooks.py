"""Tells webhooks what happened, as standardwebhooks.com has it: at least once, signed, and only what is public.

The sealed history is the source: a webhook remembers the link up to which it was served, so nothing is lost while the worker
is down, and nobody who writes a proposal waits for it.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from geodata.collections import proposals
from geodata.geojson import feature
from geodata.models.webhook import SECRET_PREFIX, Topic, Webhook, WebhookCall
from layers.fetching import FetchFailed, fetch
from proposals.models import Event, EventSeal, Proposal, Publication, Role, Status, Verb

EVENTS_AT_ONCE = 500
CALLS_A_TURN = 50
TURN_S = 20.0  # a slow receiver must not keep the worker from its mails
TIMEOUT_S = 8.0
ANSWER_MAX_BYTES = 64 * 1024
GONE = 410  # the receiver wants no more

BY_VERB = {
    Verb.EDITED: Topic.UPDATED,
    Verb.PART_HIDDEN: Topic.UPDATED,
    Verb.ANSWERED: Topic.ANSWERED,
    Verb.PLEDGED: Topic.PLEDGE_MADE,
    Verb.PLEDGE_POSTPONED: Topic.PLEDGE_MOVED,
    Verb.PLEDGE_DELIVERED: Topic.PLEDGE_DELIVERED,
    Verb.PLEDGE_RELEASED: Topic.PLEDGE_ENDED,
    Verb.PLEDGE_LAPSED: Topic.PLEDGE_ENDED,
}
# A lead's promise is in the history as the stage that it brings.
BY_STAGE = {Status.TAKEN_UP: Topic.PLEDGE_MADE, Status.DELIVERED: Topic.PLEDGE_DELIVERED}
OF_SIGHT = (Verb.PUBLISHED, Verb.HIDDEN, Verb.WITHDRAWN, Verb.DECISION_UNDONE)


@dataclass(frozen=True)
class Message:
    """What is sent: the payload, and the headers that prove whose it is."""

    body: bytes
    headers: dict[str, str]


def topics_of(event: Event) -> list[Topic]:
    """What the world is told of an event; [] for what is between people of the house."""
    if event.verb in OF_SIGHT:
        if event.after == Publication.PUBLISHED and event.before != Publication.PUBLISHED:
            return [Topic.PUBLISHED]
        was_public = event.before == Publication.PUBLISHED or event.verb == Verb.DECISION_UNDONE
        return [Topic.REMOVED] if was_public and event.after in _UNSEEN else []
    if event.verb == Verb.STATUS_CHANGED:
        promise = BY_STAGE.get(Status(event.after)) if event.role == Role.ORGANISATION else None
        return [Topic.STATUS_CHANGED, *([promise] if promise else [])]
    return [BY_VERB[Verb(event.verb)]] if event.verb in BY_VERB else []


_UNSEEN = frozenset(state for state in Publication.values if state != Publication.PUBLISHED)


def plan(webhook_id: int) -> int:
    """Plans the calls of one webhook for sealed events that it has not seen; returns how many events were looked at."""
    with transaction.atomic():
        webhook = Webhook.objects.active().locked(webhook_id)
        if webhook is None:
            return 0
        seals = list(
            EventSeal.objects.filter(n__gt=webhook.seen).select_related("event").order_by("n")[:EVENTS_AT_ONCE]
        )
        if not seals:
            return 0
        form = webhook.filter
        if form.problems():  # an area of it is gone
            webhook.switch_off(_("The filter cannot be read any more."))
            return 0
        _plan(webhook, [seal.event for seal in seals])
        webhook.seen = seals[-1].n
        webhook.save(update_fields=["seen"])
    return len(seals)


def _plan(webhook: Webhook, events: Sequence[Event]) -> None:
    wanted = [(event, topic) for event in events for topic in topics_of(event) if webhook.wants(topic)]
    # A proposal that is hidden now passes the filter too: it is checked again when the call is made.
    of_them = Proposal.objects.filter(pk__in={event.proposal_id for event, _topic in wanted})
    chosen = set(webhook.filter.apply(of_them).order_by().values_list("pk", flat=True))
    now = timezone.now()
    calls = [
        WebhookCall(webhook=webhook, event=event, topic=topic, due_at=now)
        for event, topic in wanted
        if event.proposal_id in chosen
    ]
    WebhookCall.objects.bulk_create(calls, ignore_conflicts=True)


def call(webhook_id: int) -> int:
    """Makes the calls of one webhook that are due, in order, until one fails or the turn is over; returns how many."""
    webhook = Webhook.objects.active().by_key(webhook_id)
    if webhook is None:
        return 0
    made, begun = 0, time.monotonic()
    for one in WebhookCall.objects.next_of(webhook, timezone.now())[:CALLS_A_TURN]:
        if not _make(webhook, one) or time.monotonic() - begun > TURN_S:
            break
        made += 1
    return made


def _make(webhook: Webhook, one: WebhookCall) -> bool:
    """Makes one call; False where it failed."""
    message = message_of(webhook, one)
    if message is None:
        one.drop()
        return True
    try:
        answer = fetch(
            webhook.url, None, ANSWER_MAX_BYTES, TIMEOUT_S, method="POST", body=message.body, headers=message.headers,
            inner_hosts=settings.WEBHOOK_INNER_HOSTS,
        )  # fmt: skip
        status = answer.status
        words = f"HTTP {status}"
    except FetchFailed as error:
        status, words = 0, str(error)
    now = timezone.now()
    if 200 <= status < 300:
        one.taken(words)
        webhook.succeeded()
        return True
    one.missed(words, now)
    webhook.failed(words, now)
    if status == GONE:
        webhook.switch_off(_("The receiver answered that it wants no more (HTTP 410)."))
    return False


def message_of(webhook: Webhook, one: WebhookCall) -> Message | None:
    """The call as it is sent now; None where the proposal is not public (any more) and the call is not about that."""
    event = one.event
    with override(settings.LANGUAGE_CODE):
        public = feature(proposals(), event.proposal_id, settings.LANGUAGE_CODE)
    if one.topic == Topic.REMOVED:
        if public is not None:
            return None
        told = json.dumps({"id": event.proposal_id})
    elif public is None:
        return None
    else:
        told = public
    facts = {"type": one.topic, "timestamp": event.at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    if one.topic == Topic.STATUS_CHANGED:
        facts["change"] = {"from": event.before, "to": event.after}
    body = f'{json.dumps(facts).removesuffix("}")}, "data": {told}}}'.encode()
    moment = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "webhook-id": one.message_id,
        "webhook-timestamp": moment,
        "webhook-signature": signature(webhook.secret, one.message_id, moment, body),
    }
    return Message(body, headers)


def signature(secret: str, message_id: str, moment: str, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 over id, time and body, by the secret's bytes (standardwebhooks.com, "Signature scheme")."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{moment}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
