"""N1: who is told of 10,000 events by 2,000 watches, beside the bare join of their pins with the zones by the GiST index."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from benchmarks.rounds import Benchmark, Contender, Result, run
from proposals.matching import match

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


def measure(rounds: int) -> Result:
    """All in one transaction that is rolled back: the database of the benchmarks stays as it was."""
    with _rolled_back(), connection.cursor() as cursor:
        cursor.execute(SUBSCRIBERS, [WATCHES])
        cursor.execute(ZONES, [WATCHES])
        cursor.execute(NEWS, [EVENTS])
        events = [row[0] for row in cursor.fetchall()]
        cursor.execute("ANALYZE proposals_watch, proposals_subscriber, proposals_event")
        ours = Contender("match", lambda: _matched(events))
        bare = Contender("bare GiST join", lambda: _joined(events))
        return run(Benchmark(f"N1 {len(events):,} events x {WATCHES:,} watches", ours, bare, GOAL), rounds)


def _matched(events: list[int]) -> int:
    with _rolled_back():
        return match(events)


def _joined(events: list[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(BARE, [events])
        return len(cursor.fetchall())


@contextmanager
def _rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
