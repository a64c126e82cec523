"""The append-only history of every change, the outbox of what must still be told, and the seals that show tampering.

Event holds no person and no free text, so it can stand for ever. What may be erased is in EventNote, of which Event
keeps a salted digest: after an erasure the history still verifies.
"""

import datetime
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from proposals.models.proposal import Proposal


class Role(models.TextChoices):
    RESIDENT = "resident", _("resident")
    ORGANISATION = "organisation", _("organisation")
    MODERATOR = "moderator", _("moderators")
    FACILITATOR = "facilitator", _("facilitator")
    PLANNER = "planner", _("planner")
    ADMINISTRATOR = "administrator", _("administrator")
    SYSTEM = "system", _("the service itself")


class Verb(models.TextChoices):
    SUBMITTED = "submitted", _("Proposal made")
    CONFIRMED = "confirmed", _("E-mail confirmed")
    PUBLISHED = "published", _("Published")
    HIDDEN = "hidden", _("Hidden")
    EDITED = "edited", _("Edited")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    STATUS_CHANGED = "status_changed", _("Stage changed")
    PLEDGED = "pledged", _("Joined the promise")
    PLEDGE_DELIVERED = "pledge_delivered", _("A partner reported its part as done")
    PLEDGE_POSTPONED = "pledge_postponed", _("Date of the promise moved")
    PLEDGE_RELEASED = "pledge_released", _("Promise handed back")
    PLEDGE_LAPSED = "pledge_lapsed", _("Time of the promise ran out")
    PHOTO_PUBLISHED = "photo_published", _("Photo published")
    PHOTO_HIDDEN = "photo_hidden", _("Photo hidden")
    ANSWERED = "answered", _("Official answer")
    COMMENTED = "commented", _("Comment published")
    COMMENT_HIDDEN = "comment_hidden", _("Comment hidden")
    PART_HIDDEN = "part_hidden", _("A part of the text hidden")
    WORDING_REFUSED = "wording_refused", _("A new wording not taken over")
    DETAIL_ASKED = "detail_asked", _("More detail asked of the author")
    REVIEW_ASKED = "review_asked", _("A new review asked for")
    DECISION_UNDONE = "decision_undone", _("Decision of the moderators undone")
    REFERRED = "referred", _("Given to the facilitator")
    ASKED_IF_CURRENT = "asked_if_current", _("Asked whether it is still current")
    STILL_CURRENT = "still_current", _("Still current, say those who asked for it")
    AUTHOR_ERASED = "author_erased", _("The author's details erased")


# Between the author and the moderators, or shown elsewhere on the page.
UNSHOWN = (
    Verb.CONFIRMED,
    Verb.PHOTO_HIDDEN,
    Verb.COMMENTED,
    Verb.COMMENT_HIDDEN,
    Verb.WORDING_REFUSED,
    Verb.DETAIL_ASKED,
    Verb.REVIEW_ASKED,
    Verb.AUTHOR_ERASED,
)

# What decides whether all of a proposal, a part of it or nothing is seen.
SIGHT = (Verb.PUBLISHED, Verb.HIDDEN, Verb.PART_HIDDEN, Verb.EDITED)


class EventQuerySet(models.QuerySet["Event"]):
    def unsealed(self) -> "EventQuerySet":
        return self.filter(seal__isnull=True)

    def older_than(self, moment: datetime.datetime) -> "EventQuerySet":
        return self.filter(at__lt=moment)

    def for_mail(self) -> "EventQuerySet":
        """With the reason and all that a mail to the author tells of the proposal."""
        return self.select_related("note", "proposal__category", "proposal__contact")

    def of(self, proposal: "Proposal") -> "EventQuerySet":
        return self.filter(proposal=proposal)

    def hiding(self) -> "EventQuerySet":
        """Decisions to hide all or a part, the latest first, with their reasons."""
        return self.filter(verb__in=(Verb.HIDDEN, Verb.PART_HIDDEN)).select_related("note").order_by("-pk")

    def asked_since_published(self) -> bool:
        """Whether a new review was asked for since a moderator, or the author, last let all of it be seen."""
        letting = models.Q(verb__in=(Verb.PUBLISHED, Verb.EDITED))
        latest = self.filter(letting | _asks_for(Verb.REVIEW_ASKED)).order_by("-pk").first()
        return latest is not None and Verb.REVIEW_ASKED in (latest.verb, latest.before)

    def bearing_on_sight(self) -> "EventQuerySet":
        """What decides whether it is seen, or asks that it be decided; what was undone on a photo or comment does not."""
        undone = models.Q(verb=Verb.DECISION_UNDONE) & ~models.Q(after="")
        return self.filter(models.Q(verb__in=(*SIGHT, Verb.REVIEW_ASKED)) | undone)

    def asking_for(self, verb: Verb) -> "EventQuerySet":
        """Requests for a new review (REVIEW_ASKED), or what the service hid (HIDDEN); undoing a decision brings them back."""
        return self.filter(_asks_for(verb))

    def asking(self) -> str:
        """Which of the two a moderator still has to answer: the verb of the latest event that bears on being seen, or ""."""
        latest = self.bearing_on_sight().order_by("-pk").first()
        if latest is None:
            return ""
        if latest.verb == Verb.DECISION_UNDONE:
            return latest.before
        asks = latest.verb == Verb.REVIEW_ASKED or (latest.verb == Verb.HIDDEN and latest.role == Role.SYSTEM)
        return latest.verb if asks else ""

    def refusing_wording(self) -> "Event | None":
        """The refusal of the author's latest wording, with its reason; None where they have worded it anew since."""
        of_wordings = self.filter(verb__in=(Verb.EDITED, Verb.WORDING_REFUSED, Verb.DECISION_UNDONE))
        latest = of_wordings.select_related("note").order_by("-pk").first()
        return latest if latest is not None and latest.verb == Verb.WORDING_REFUSED else None

    def of_all(self, proposals: "models.QuerySet[Proposal]") -> "EventQuerySet":
        return self.filter(proposal__in=proposals)

    def reaching(self, verb: Verb, after: str) -> "EventQuerySet":
        """Events of `verb` that led to `after`, oldest first."""
        return self.filter(verb=verb, after=after).order_by("pk")

    def deliveries_of(self, proposal: "Proposal") -> "EventQuerySet":
        """The times at which it was reported as done, oldest first: the how-manieth one is the round of its verdicts."""
        return self.filter(proposal=proposal, verb=Verb.STATUS_CHANGED, after="delivered").order_by("pk")

    def of_stages(self) -> "EventQuerySet":
        """Sending and every change of the stage, oldest first."""
        return self.filter(verb__in=(Verb.SUBMITTED, Verb.STATUS_CHANGED)).order_by("pk")

    def shown(self) -> "EventQuerySet":
        """What a proposal's public timeline tells, oldest first; notes come with their events."""
        return self.exclude(verb__in=UNSHOWN).select_related("note").order_by("at", "pk")


def _asks_for(verb: Verb) -> models.Q:
    itself = models.Q(verb=verb, role=Role.SYSTEM) if verb == Verb.HIDDEN else models.Q(verb=verb)
    return itself | models.Q(verb=Verb.DECISION_UNDONE, before=verb)


class Event(models.Model):
    """One change of one proposal: who (role), when, from what to what. Never updated, never deleted (a trigger)."""

    proposal = models.ForeignKey("proposals.Proposal", models.PROTECT, related_name="events")
    verb = models.CharField(max_length=20, choices=Verb.choices)
    role = models.CharField(max_length=20, choices=Role.choices)
    # The publication or status that it left, "" at first; of an undoing, what asks for a moderator again (`asking()`).
    before = models.CharField(max_length=20, blank=True)
    after = models.CharField(max_length=20, blank=True)
    note_digest = models.CharField(max_length=64, blank=True)  # sha256, hexadecimal
    at = models.DateTimeField()

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(verb__in=Verb.values), name="event_verb_known"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="event_role_known"),
        )

    def __str__(self) -> str:
        return f"{self.verb} {self.before}>{self.after}"

    @property
    def title(self) -> str:
        """What a timeline calls it: the stage that was reached, or the verb."""
        if self.verb == Verb.STATUS_CHANGED:
            return str(dict(self.proposal.STATUS_LABELS)[self.after])
        return self.get_verb_display()

    def digest(self, previous: str) -> str:
        """sha256 over the seal before and every column of this row: what EventSeal stores."""
        row = (self.pk, self.proposal_id, self.verb, self.role, self.before, self.after, self.note_digest, self.at)
        return chained(previous, row)


def chained(previous: str, row: Sequence[Any]) -> str:
    """`Event.digest` of an event's columns: key, proposal, verb, role, before, after, digest of the note, time (in UTC)."""
    text = "\x1f".join([previous, *map(str, row[:-1]), row[-1].isoformat()])
    return hashlib.sha256(text.encode()).hexdigest()


class EventNote(models.Model):
    """The erasable part of an event: the reason in words and the account that acted."""

    event = models.OneToOneField(Event, models.CASCADE, related_name="note")
    salt = models.CharField(max_length=32)
    text = models.TextField(blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)

    def __str__(self) -> str:
        return self.text[:60]


class OutboxQuerySet(models.QuerySet["Outbox"]):
    def next_batch(self, size: int) -> list["Outbox"]:
        """The oldest `size` rows that no other transaction holds, locked, each with its event."""
        rows = self.select_for_update(skip_locked=True, of=("self",)).select_related("event__proposal__contact")
        shapes = [f"event__proposal__{name}" for name in ("location", "public_location", "pin")]  # nobody asks for them
        return list(rows.defer(*shapes).order_by("event_id")[:size])

    def remove(self, rows: Sequence["Outbox"]) -> None:
        self.filter(pk__in=[row.pk for row in rows]).delete()


class Outbox(models.Model):
    """An event that nobody was told of yet; the worker deletes the row in the transaction that plans the mails."""

    event = models.OneToOneField(Event, models.CASCADE, related_name="outbox")

    objects = OutboxQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.event_id)


class EventSealQuerySet(models.QuerySet["EventSeal"]):
    def after(self, n: int) -> "EventSealQuerySet":
        """Links behind link `n`, in the order of the chain, with their events and notes."""
        return self.filter(n__gt=n).select_related("event__note").order_by("n")

    def last_link(self) -> "EventSeal | None":
        return self.order_by("-n").first()


class EventSeal(models.Model):
    """Link n of the hash chain over events, in the order in which the worker sealed them."""

    n = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, models.PROTECT, related_name="seal")
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = EventSealQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.n} {self.hash[:12]}"


def note_digest(salt: str, text: str, actor_id: int | None) -> str:
    """sha256 (hexadecimal) of a note: what its event keeps when the note is erased."""
    return hashlib.sha256(f"{salt}\x1f{text}\x1f{actor_id or ''}".encode()).hexdigest()


APPEND = """
WITH event AS (
    INSERT INTO proposals_event (proposal_id, at, verb, role, before, after, note_digest)
    SELECT %s, %s, verb, role, before, after, note_digest
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
        WITH ORDINALITY AS given(verb, role, before, after, note_digest, number)
    ORDER BY number
    RETURNING id
)
INSERT INTO proposals_outbox (event_id) SELECT id FROM event RETURNING event_id
"""


@dataclass(frozen=True)
class Happening:
    """What an event is to tell; `reason` and `actor_id` go into its note."""

    verb: Verb
    role: Role
    before: str = ""
    after: str = ""
    reason: str = ""
    actor_id: int | None = None


def record(
    proposal: "Proposal",
    verb: Verb,
    *,
    role: Role,
    before: str = "",
    after: str = "",
    reason: str = "",
    actor_id: int | None = None,
) -> Event:
    """One event with its outbox row, and its note where there is a reason or an account. Call inside a transaction."""
    return record_all(proposal, [Happening(verb, role, before, after, reason, actor_id)])[0]


def record_all(proposal: "Proposal", happened: Sequence[Happening]) -> list[Event]:
    """The same for several events of one moment, in this order."""
    events, notes = [], []
    for one in happened:
        salt = secrets.token_hex(16) if one.reason or one.actor_id else ""
        event = Event(
            proposal=proposal,
            verb=one.verb,
            role=one.role,
            before=one.before,
            after=one.after,
            note_digest=note_digest(salt, one.reason, one.actor_id) if salt else "",
            at=proposal.updated_at,
        )
        events.append(event)
        if salt:
            notes.append(EventNote(event=event, salt=salt, text=one.reason, actor_id=one.actor_id))
    _append(events)
    if notes:
        EventNote.objects.bulk_create(notes)
    return events


def _append(events: Sequence[Event]) -> None:
    """Stores events of one proposal and their outbox rows, and gives them their keys, in order."""
    columns = zip(*[(e.verb, e.role, e.before, e.after, e.note_digest) for e in events], strict=True)
    with connection.cursor() as cursor:
        cursor.execute(APPEND, [events[0].proposal_id, events[0].at, *map(list, columns)])
        keys = sorted(row[0] for row in cursor.fetchall())
    for event, key in zip(events, keys, strict=True):
        event.pk = key
        event._state.adding = False
