"""From events to the people who asked to hear of them: one statement for a batch, whatever the number of watches.

New proposals go to watches and to followers of their category; what becomes of them to watches that want all changes, to
followers of the proposal and to those of an organisation that has promised. Only what is public is told, only confirmed
addresses are written to, and nobody hears of what they did themselves. Cost and ratio: `benchmarks/matching.py`.
"""

import datetime
from collections.abc import Sequence

from django.db import connection
from django.utils import timezone

from proposals.models.history import Verb

UPDATES = (
    Verb.STATUS_CHANGED,
    Verb.PLEDGED,
    Verb.PLEDGE_DELIVERED,
    Verb.PLEDGE_POSTPONED,
    Verb.PLEDGE_RELEASED,
    Verb.PLEDGE_LAPSED,
    Verb.ANSWERED,
    Verb.COMMENTED,
)
MORNING = datetime.time(6)  # in the city, when daily and weekly mails go
MONDAY = 0

# The zone is met by its GiST index; a null one, the whole city, has a branch of its own, or the index would not be used.
# What is told is joined once: joined to itself, it is a matter of minutes where the planner knows no numbers yet.
MATCH = """
WITH told AS (
    SELECT event.id AS event_id, proposal.id AS proposal_id, proposal.kind, proposal.category_id,
        ST_Transform(proposal.pin, 4326) AS place, lower(proposal.title || ' ' || proposal.body) AS words,
        event.verb = 'published' AS is_new, contact.email AS author, actor.email AS actor
    FROM proposals_event event
    JOIN proposals_proposal proposal ON proposal.id = event.proposal_id AND proposal.publication = 'published'
    LEFT JOIN proposals_contact contact ON contact.proposal_id = proposal.id
    LEFT JOIN proposals_eventnote note ON note.event_id = event.id
    LEFT JOIN actors_user actor ON actor.id = note.actor_id
    WHERE event.id = ANY(%(events)s) AND (event.verb = ANY(%(updates)s) OR event.verb = 'published' AND NOT EXISTS (
        SELECT FROM proposals_event earlier
        WHERE earlier.proposal_id = event.proposal_id AND earlier.verb = 'published' AND earlier.id < event.id
    ))
), pairs AS (
    SELECT told.event_id, told.author, told.actor, watch.subscriber_id, watch.id AS watch_id, NULL::bigint AS follow_id,
        watch.frequency
    FROM told CROSS JOIN LATERAL (
        SELECT id, subscriber_id, kinds, with_words, without_words, changes, frequency FROM proposals_watch
        WHERE ST_Intersects(zone, told.place)
        UNION ALL
        SELECT id, subscriber_id, kinds, with_words, without_words, changes, frequency FROM proposals_watch
        WHERE zone IS NULL
    ) AS watch
    WHERE (told.is_new OR watch.changes = 'all')
        AND (told.kind = ANY(watch.kinds) OR EXISTS (
            SELECT FROM proposals_watch_categories chosen
            WHERE chosen.watch_id = watch.id AND chosen.category_id = told.category_id)
            OR watch.kinds = '{}' AND NOT EXISTS (
                SELECT FROM proposals_watch_categories chosen WHERE chosen.watch_id = watch.id))
        AND (watch.with_words = '{}' OR EXISTS (
            SELECT FROM unnest(watch.with_words) word WHERE strpos(told.words, lower(word)) > 0))
        AND (watch.without_words = '{}' OR NOT EXISTS (
            SELECT FROM unnest(watch.without_words) word WHERE strpos(told.words, lower(word)) > 0))
    UNION ALL
    SELECT told.event_id, told.author, told.actor, follow.subscriber_id, NULL, follow.id, follow.frequency
    FROM told JOIN proposals_follow follow ON follow.proposal_id = told.proposal_id
    WHERE NOT told.is_new
    UNION ALL
    SELECT told.event_id, told.author, told.actor, follow.subscriber_id, NULL, follow.id, follow.frequency
    FROM told JOIN proposals_follow follow ON follow.category_id = told.category_id
    WHERE told.is_new
    UNION ALL
    SELECT told.event_id, told.author, told.actor, follow.subscriber_id, NULL, follow.id, follow.frequency
    FROM told JOIN proposals_pledge pledge ON pledge.proposal_id = told.proposal_id
    JOIN proposals_follow follow ON follow.organisation_id = pledge.organisation_id
    WHERE NOT told.is_new
)
INSERT INTO proposals_delivery (event_id, subscriber_id, watch_id, follow_id, state, due_at, mail)
SELECT DISTINCT ON (event_id, subscriber_id) event_id, subscriber_id, watch_id, follow_id, 'waiting',
    CASE frequency WHEN 'at_once' THEN %(now)s WHEN 'daily' THEN %(morning)s ELSE %(monday)s END AS due_at, ''
FROM pairs
JOIN proposals_subscriber subscriber ON subscriber.id = pairs.subscriber_id AND subscriber.confirmed_at IS NOT NULL
WHERE lower(pairs.author) IS DISTINCT FROM subscriber.email AND pairs.actor IS DISTINCT FROM subscriber.email
ORDER BY event_id, subscriber_id, due_at
ON CONFLICT (event_id, subscriber_id) DO NOTHING
"""


def match(event_ids: Sequence[int]) -> int:
    """Plans a delivery for each event and each subscriber who asked for such; returns how many. Run again it adds none."""
    if not event_ids:
        return 0
    now = timezone.localtime()
    values = {
        "events": list(event_ids),
        "updates": [str(verb) for verb in UPDATES],
        "now": now,
        "morning": next_morning(now),
        "monday": next_monday(now),
    }
    with connection.cursor() as cursor:
        cursor.execute(MATCH, values)
        return cursor.rowcount


def next_morning(now: datetime.datetime) -> datetime.datetime:
    """The next time at which it is six in the morning in the city."""
    today = now.replace(hour=MORNING.hour, minute=0, second=0, microsecond=0)
    return today if now < today else today + datetime.timedelta(days=1)


def next_monday(now: datetime.datetime) -> datetime.datetime:
    """The next Monday's morning, six o'clock in the city."""
    morning = next_morning(now)
    return morning + datetime.timedelta(days=(MONDAY - morning.weekday()) % 7)
