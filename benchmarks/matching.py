"""N1: who is told of 10,000 events by 2,000 watches, and the rows that tell it, written.

Beside two floors: the bare join of the events' pins with the zones by the GiST index, which writes nothing; and the same
join with the same rows INSERTed into the same table by bare SQL.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from benchmarks.rounds import Benchmark, Contender, Result, run
from proposals.matching import match
from proposals.tasks import OUTBOX_BATCH

EVENTS = 10_000
WATCHES = 2_000
GOAL = 2.0

# Circles of 100 to 500 m around pins: blocks, as people draw them; a third with a topic, a third with a word.
SUBSCRIBERS = """
INSERT INTO proposals_subscriber (email, language, link_version, made_at, confirmed_at)
SELECT 'bench-' || n || '@example.org', 'fi', 1, now(), now() FROM generate_series(1, %s) AS n
"""
ZONES = """
INSERT INTO proposals_watch (subscriber_id, name, zone, kinds, with_words, without_words, changes, frequency, made_at)
SELECT subscriber.id, '',
    ST_Multi(ST_Buffer(ST_Transform(place.pin, 4326)::geography, 100 + (subscriber.id * 7919) %% 400)::geometry),
    CASE WHEN subscriber.id %% 3 = 0 THEN '{idea}'::varchar[] ELSE '{}' END,
    CASE WHEN subscriber.id %% 3 = 1 THEN '{valo}'::varchar[] ELSE '{}' END, '{}', 'all', 'weekly', now()
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM proposals_subscriber WHERE email LIKE 'bench-%%') subscriber
JOIN (
    SELECT pin, row_number() OVER (ORDER BY md5(id::text)) AS n FROM proposals_proposal WHERE publication = 'published'
    LIMIT %s
) place USING (n)
"""
NEWS = """
INSERT INTO proposals_event (proposal_id, verb, role, before, after, note_digest, at)
SELECT id, 'published', 'system', 'unconfirmed', 'published', '', now() FROM proposals_proposal
WHERE publication = 'published' ORDER BY md5(id::text) LIMIT %s
RETURNING id
"""
BARE = """
SELECT event.id, watch.id
FROM proposals_event event
JOIN proposals_proposal proposal ON proposal.id = event.proposal_id
JOIN proposals_watch watch ON ST_Intersects(watch.zone, ST_Transform(proposal.pin, 4326))
WHERE event.id = ANY(%s)
"""


# What matching wrote, kept without an index or a key, to be written again.
KEEP = """
CREATE TEMPORARY TABLE told ON COMMIT DROP AS
SELECT event_id, subscriber_id, watch_id, follow_id, state, due_at, mail FROM proposals_delivery
WHERE event_id = ANY(%s) ORDER BY id
"""
WRITE = """
INSERT INTO proposals_delivery (event_id, subscriber_id, watch_id, follow_id, state, due_at, mail) SELECT * FROM told
"""
CHECK_KEYS = "SET CONSTRAINTS ALL IMMEDIATE"  # foreign keys, which a COMMIT would check
LATER = "SET CONSTRAINTS ALL DEFERRED"


def measure(rounds: int) -> list[Result]:
    """All in one transaction that is rolled back: the database of the benchmarks stays as it was."""
    with _rolled_back(), connection.cursor() as cursor:
        cursor.execute(SUBSCRIBERS, [WATCHES])
        cursor.execute(ZONES, [WATCHES])
        cursor.execute(NEWS, [EVENTS])
        events = [row[0] for row in cursor.fetchall()]
        cursor.execute("ANALYZE proposals_watch, proposals_subscriber, proposals_event")
        _keep(events)
        cursor.execute(f"{CHECK_KEYS}; {LATER}")  # those of the ground are no contender's
        ours = Contender(f"match, {OUTBOX_BATCH} events at a time", lambda: _matched(events))
        bare = Contender("bare GiST join", lambda: _joined(events))
        written = Contender("bare GiST join, the rows INSERTed", lambda: _written(events))
        name = f"N1 {len(events):,} events x {WATCHES:,} watches"
        return [
            run(Benchmark(name, ours, bare, GOAL), rounds),
            run(Benchmark("N1 beside the same rows written", ours, written, GOAL), rounds),
        ]


def _keep(events: list[int]) -> None:
    """The rows of `match`, for the floor; those in the table itself are taken out again."""
    _match(events)
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [events])
        cursor.execute("DELETE FROM proposals_delivery WHERE event_id = ANY(%s)", [events])


def _matched(events: list[int]) -> int:
    with _rolled_back(), connection.cursor() as cursor:
        made = _match(events)
        cursor.execute(CHECK_KEYS)
        return made


def _match(events: list[int]) -> int:
    """As the worker does it: batch by batch."""
    return sum(match(events[n : n + OUTBOX_BATCH]) for n in range(0, len(events), OUTBOX_BATCH))


def _joined(events: list[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(BARE, [events])
        return len(cursor.fetchall())


def _written(events: list[int]) -> int:
    with _rolled_back(), connection.cursor() as cursor:
        _joined(events)
        cursor.execute(WRITE)
        made = cursor.rowcount
        cursor.execute(CHECK_KEYS)
        return made


@contextmanager
def _rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
