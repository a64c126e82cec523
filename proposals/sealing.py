"""The hash chain over the history: whoever changes or removes an event later cannot make the chain whole again.

Sealing follows the writing transaction by seconds: a chain inside it cost two thirds of the throughput (measured).
"""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.utils import timezone

from proposals.models import Event, EventNote, EventSeal
from proposals.models.history import chained, note_digest

SEAL_LOCK = 7_205_114  # any number that no other advisory lock of this database uses
UNSEALED_AFTER = datetime.timedelta(minutes=5)
VERIFY_BATCH = 1_000  # links read at once
SEAL_BATCH = 20_000  # events read at once by an import
NAMED_MAX = 100  # faults that a report names one by one


@dataclass
class Verification:
    """What a walk along the chain found; `faults` name the rows. `head` is worth writing down outside the database."""

    sealed: int = 0
    head: str = ""
    notes_erased: int = 0
    notes_unprovable: int = 0  # the account that wrote them is gone, and with it a part of what was digested
    fault_count: int = 0
    faults: list[str] = field(default_factory=list)

    def fault(self, text: str) -> None:
        self.fault_count += 1
        if self.fault_count <= NAMED_MAX:
            self.faults.append(text)


def take_turn() -> bool:
    """Whether this transaction alone may seal until it ends; False where another one does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEAL_LOCK])
        return cursor.fetchone()[0]


def seal(events: Sequence[Event]) -> None:
    """Appends `events` to the chain in this order. Call in a transaction that has its turn."""
    last = EventSeal.objects.last_link()
    n, previous = (last.n, last.hash) if last else (0, "")
    seals = []
    for event in events:
        n += 1
        digest = event.digest(previous)
        seals.append(EventSeal(n=n, event=event, prev=previous, hash=digest))
        previous = digest
    EventSeal.objects.bulk_create(seals)


def seal_rows(select: str) -> int:
    """Appends the events that `select` yields, as `chained` takes them, in its order; waits for its turn. Returns how many.

    For imports: a few microseconds an event, some thousands in memory. Call in a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEAL_LOCK])
        last = EventSeal.objects.last_link()
        n, previous = (last.n, last.hash) if last else (0, "")
        begun = n
        with connection.connection.cursor(name="events_to_seal") as events:
            events.execute(select)
            while batch := events.fetchmany(SEAL_BATCH):
                with cursor.copy("COPY proposals_eventseal (n, event_id, prev, hash) FROM STDIN") as copy:
                    for row in batch:
                        n, digest = n + 1, chained(previous, row)
                        copy.write_row((n, row[0], previous, digest))
                        previous = digest
    return n - begun


def verify() -> Verification:
    """Walks the whole chain and recomputes it; names altered rows, breaks, and events that were not sealed in time."""
    found = Verification()
    for link in _links():
        found.sealed += 1
        if link.n != found.sealed:
            found.fault(f"link {link.n}: links before it are missing")
            found.sealed = link.n
        if link.prev != found.head:
            found.fault(f"link {link.n}: does not follow the link before it")
        if link.hash != link.event.digest(link.prev):
            found.fault(f"link {link.n}: event {link.event_id} was altered")
        _verify_note(link.event, found)
        found.head = link.hash
    for event in Event.objects.unsealed().older_than(timezone.now() - UNSEALED_AFTER).order_by("pk").iterator():
        found.fault(f"event {event.pk} of {event.at:%Y-%m-%d %H:%M}: not sealed")
    return found


def _links() -> Iterator[EventSeal]:
    n = 0
    while batch := list(EventSeal.objects.after(n)[:VERIFY_BATCH]):
        yield from batch
        n = batch[-1].n


def _verify_note(event: Event, found: Verification) -> None:
    if not event.note_digest:
        return
    try:
        note = event.note
    except EventNote.DoesNotExist:
        found.notes_erased += 1
        return
    if note_digest(note.salt, note.text, note.actor_id) == event.note_digest:
        return
    if note.actor_id is None:
        found.notes_unprovable += 1
    else:
        found.fault(f"event {event.pk}: its note was altered")
