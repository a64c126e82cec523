"""Reminders 14 and 3 days before a promise is due, and its end seven days after: each once, whenever the job runs."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from actors.models.mail import WaitingMail
from proposals.models import Event, Pledge, Proposal, PublicationRule, Status, Verb
from proposals.pledging import Promise, deliver, postpone, take_up
from proposals.reminding import end_what_is_out_of_time, remind
from proposals.tasks import hold_to_dates
from tests.actors.people import contact_of, organisation
from tests.proposals.rows import sent

DUE_IN = 40  # days
CONTACT = "planted.contact@example.org"


@pytest.fixture
def start(db: None):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


@pytest.fixture
def pledge(start) -> Pledge:
    return promised(DUE_IN)


def promised(days: int) -> Pledge:
    by = organisation(f"huolto-{days}")
    contact_of(by, CONTACT)
    due = timezone.localdate() + datetime.timedelta(days=days)
    promise = Promise(kind="do", text="The lamps are lit.", language="en", due=due)
    return take_up(sent(rule=PublicationRule.AT_ONCE), by=by, promise=promise)


def reminded_on(clock, days: range) -> list[int]:
    """The days on which a reminder was written, counted from now; the job runs twice on each."""
    told = []
    begin = timezone.now()
    for day in days:
        clock.move_to(begin + datetime.timedelta(days=day))
        before = WaitingMail.objects.count()
        hold_to_dates(0)
        hold_to_dates(0)
        told += [day] * (WaitingMail.objects.count() - before)
    return told


def test_two_reminders_and_then_the_end_each_once(start, pledge: Pledge) -> None:
    assert reminded_on(start, range(DUE_IN + 7)) == [DUE_IN - 14, DUE_IN - 3]
    assert Pledge.objects.get().state == "active"
    start.move_to(timezone.now() + datetime.timedelta(days=1))
    hold_to_dates(0)
    hold_to_dates(0)
    assert Pledge.objects.get().state == "lapsed"
    assert Event.objects.filter(verb=Verb.PLEDGE_LAPSED).count() == 1
    assert Proposal.objects.get().status == Status.OPEN


def test_the_reminder_goes_to_the_contact_person_with_a_link_to_the_promise(start, pledge: Pledge) -> None:
    assert remind(pledge.due - datetime.timedelta(days=14)) == 1
    mail = WaitingMail.objects.get()
    assert mail.to == CONTACT
    assert f"/pledges/{pledge.pk}/" in mail.text
    assert pledge.promise in mail.text


def test_an_organisation_that_nobody_can_write_to_is_reminded_of_nothing_and_still_held_to_its_date(start) -> None:
    promise = promised(DUE_IN)
    promise.organisation.contact_person.delete()
    assert reminded_on(start, range(DUE_IN)) == []
    assert end_what_is_out_of_time(promise.due + datetime.timedelta(days=7)) == 1


def test_after_a_pause_one_reminder_comes_not_two(start, pledge: Pledge) -> None:
    start.move_to(timezone.now() + datetime.timedelta(days=DUE_IN - 2))
    assert remind(timezone.localdate()) == 1
    assert remind(timezone.localdate()) == 0


def test_a_promise_for_next_week_is_not_reminded_of_at_once(start) -> None:
    promised(10)
    assert reminded_on(start, range(10)) == [7]


def test_a_date_that_was_moved_is_reminded_of_anew(start, pledge: Pledge) -> None:
    start.move_to(timezone.now() + datetime.timedelta(days=DUE_IN - 3))
    assert remind(timezone.localdate()) == 1
    postpone(pledge, due=pledge.due + datetime.timedelta(days=30), reason="The lamps are late.")
    assert reminded_on(start, range(34)) == [30 - 14 + 3, 30]
    assert Pledge.objects.get().state == "active"


def test_what_is_reported_as_done_is_neither_reminded_of_nor_ended(start, pledge: Pledge) -> None:
    deliver(pledge)
    assert reminded_on(start, range(DUE_IN + 30)) == []
    assert Pledge.objects.get().state == "delivered"


def test_the_day_before_the_grace_is_over_nothing_ends(start, pledge: Pledge) -> None:
    assert end_what_is_out_of_time(pledge.due + datetime.timedelta(days=6)) == 0
    assert Pledge.objects.get().state == "active"
