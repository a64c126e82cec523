"""Figures by which somebody sees whether the service does its work: what waits, for how long, what was given up."""

from django.db import connection

# name: (what it tells, query of one number)
FIGURES: dict[str, tuple[str, str]] = {
    "mails_waiting": (
        "Mails of accounts, organisations and links that are not sent yet",
        "SELECT count(*) FROM actors_waitingmail",
    ),
    "mails_oldest_seconds": (
        "How long the oldest mail that is due has waited",
        "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - due_at)), 0) FROM actors_waitingmail WHERE due_at < clock_timestamp()",
    ),
    "deliveries_overdue": (
        "News to subscribers whose time has come",
        "SELECT count(*) FROM proposals_delivery WHERE state = 'waiting' AND due_at < clock_timestamp()",
    ),
    "jobs_waiting": (
        "Jobs of the queue that are due",
        "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= clock_timestamp())",
    ),
    "jobs_failed": (
        "Dead letters: jobs given up, to be seen and retried in the admin",
        "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'",
    ),
    "outbox_events": (
        "Events that nobody was told of yet",
        "SELECT count(*) FROM proposals_outbox",
    ),
    "outbox_oldest_seconds": (
        "Age of the queue: how long the oldest of them has waited",
        """SELECT coalesce(max(extract(epoch FROM clock_timestamp() - e.at)), 0)
        FROM proposals_outbox o JOIN proposals_event e ON e.id = o.event_id""",
    ),
    "events_unsealed": (
        "Events that the sealed history does not hold yet",
        """SELECT count(*) FROM proposals_event e
        WHERE NOT EXISTS (SELECT FROM proposals_eventseal s WHERE s.event_id = e.id)""",
    ),
    "webhooks_failing": (
        "Webhooks whose receivers do not take their calls, or were given up",
        "SELECT count(*) FROM geodata_webhook WHERE failing_since IS NOT NULL",
    ),
    "workers_alive": (
        "Workers that were heard of within a minute",
        "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > clock_timestamp() - interval '1 minute'",
    ),
}


def figures() -> dict[str, float]:
    """Each figure as it stands now."""
    found = {}
    with connection.cursor() as cursor:
        for name, (_what, query) in FIGURES.items():
            cursor.execute(query)
            found[name] = float(cursor.fetchone()[0])
    return found


def as_metrics(found: dict[str, float]) -> str:
    """In the text format that Prometheus and its like read."""
    lines = []
    for name, value in found.items():
        lines += [
            f"# HELP osallisuuskartta_{name} {FIGURES[name][0]}",
            f"# TYPE osallisuuskartta_{name} gauge",
            f"osallisuuskartta_{name} {value:g}",
        ]
    return "\n".join(lines) + "\n"
