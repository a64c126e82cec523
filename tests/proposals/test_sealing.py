"""The sealed history: it cannot be changed by the product, and who changes it otherwise is seen."""

import datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from actors.models import User
from proposals import sealing
from proposals.models import Event, EventNote, EventSeal, Outbox, PublicationRule, Role
from proposals.sealing import verify
from proposals.tasks import empty_one_batch
from tests.proposals import rows


def sql(statement: str, *parameters) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def tamper(statement: str, *parameters) -> None:
    """What a person with the database's own password could do."""
    sql("ALTER TABLE proposals_event DISABLE TRIGGER event_append_only")
    sql(statement, *parameters)
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("ALTER TABLE proposals_event ENABLE TRIGGER event_append_only")


@pytest.fixture
def history(db):
    """Six sealed events of three proposals, one with a reason."""
    proposals = [rows.sent(email="", rule=PublicationRule.AT_ONCE) for _ in range(2)]
    proposals.append(rows.sent(email=""))
    proposals[0].hide(role=Role.MODERATOR, reason="It names a neighbour.")
    empty_one_batch()
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    assert EventSeal.objects.count() == 6
    return list(Event.objects.order_by("seal__n"))


def report() -> tuple[str, bool]:
    """What the command says, and whether it found the history whole."""
    out = StringIO()
    try:
        call_command("verify_history", stdout=out)
    except CommandError as error:
        return out.getvalue() + str(error), False
    return out.getvalue(), True


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE proposals_event SET role = 'planner'",
        "DELETE FROM proposals_event",
        "UPDATE proposals_event SET id = id",
    ],
)
def test_product_cannot_change_the_history(history, statement):
    with pytest.raises(DatabaseError), transaction.atomic():
        sql(statement)


def test_untouched_history_holds(history):
    text, whole = report()
    assert whole and "6 events sealed" in text and EventSeal.objects.last_link().hash in text


def test_empty_history_holds(db):
    assert report()[1]


@pytest.mark.parametrize(
    "change",
    [
        "role = 'planner'",
        "verb = 'edited'",
        "\"after\" = 'hidden'",
        "\"before\" = 'pending'",
        "at = at - interval '1 microsecond'",
        "note_digest = repeat('0', 64)",
        "proposal_id = (SELECT max(id) FROM proposals_proposal)",
    ],
)
def test_altered_event_is_named(history, change):
    event = history[1]
    tamper(f"UPDATE proposals_event SET {change} WHERE id = %s", event.pk)
    text, whole = report()
    assert not whole and f"link 2: event {event.pk} was altered" in text


def test_removed_event_leaves_a_gap(history):
    sql("DELETE FROM proposals_eventseal WHERE n = 3")
    tamper("DELETE FROM proposals_event WHERE id = %s", history[2].pk)
    text, whole = report()
    assert not whole and "link 4: links before it are missing" in text
    assert "link 4: does not follow the link before it" in text


def test_exchanged_events_are_seen(history):
    sql("UPDATE proposals_eventseal SET event_id = NULLIF(event_id, 0) WHERE n = 1")
    first, second = history[0].pk, history[1].pk
    sql("DELETE FROM proposals_eventseal WHERE n IN (1, 2)")
    previous = ""
    for n, pk in ((1, second), (2, first)):
        digest = Event.objects.get(pk=pk).digest(previous)
        EventSeal.objects.create(n=n, event_id=pk, prev=previous, hash=digest)
        previous = digest
    assert not report()[1]


def test_altered_note_is_named(history):
    user = User.objects.create_user("moderator@example.org")
    EventNote.objects.update(text="Another reason.", actor=user)
    text, whole = report()
    assert not whole and "its note was altered" in text


def test_erased_note_leaves_the_history_whole(history):
    EventNote.objects.all().delete()
    text, whole = report()
    assert whole and "1 notes erased" in text


def test_account_that_is_gone_takes_the_proof_of_its_notes_along(db):
    user = User.objects.create_user("moderator@example.org")
    rows.sent(email="").hide(role=Role.MODERATOR, reason="A reason.", actor_id=user.pk)
    empty_one_batch()
    assert verify().notes_unprovable == 0
    user.delete()
    found = verify()
    assert (found.notes_unprovable, found.fault_count) == (1, 0)


def test_event_that_was_not_sealed_in_time_is_named(db):
    with time_machine.travel("2026-11-24 12:00:00Z", tick=False) as clock:
        rows.sent(email="")
        event = Event.objects.get()
        Outbox.objects.all().delete()  # as if somebody had kept it from being sealed
        clock.shift(datetime.timedelta(minutes=5))
        assert report()[1]
        clock.shift(datetime.timedelta(seconds=1))
        text, whole = report()
        assert not whole and f"event {event.pk} of 2026-11-24 12:00: not sealed" in text


def test_long_chain_is_walked_in_pieces(history, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(sealing, "VERIFY_BATCH", 2)
    with django_assert_num_queries(4 + 1):
        found = verify()
    assert found.sealed == 6 and found.fault_count == 0


def test_report_names_a_hundred_faults_and_counts_the_rest(history, monkeypatch):
    monkeypatch.setattr(sealing, "NAMED_MAX", 2)
    tamper("UPDATE proposals_event SET role = 'planner'")
    found = verify()
    assert len(found.faults) == 2 and found.fault_count >= 5
