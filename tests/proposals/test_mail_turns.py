"""How often mails go out: once each, three an hour to one address, again where the server did not take them."""

import datetime
import re
import smtplib
from contextlib import contextmanager

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client

from proposals import notifications
from proposals.models import Event, MailSent, Role, Status, Verb
from proposals.notifications import NotDelivered, deliver, message_id
from proposals.submit import address_hash
from tests.proposals import rows

NOON = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)


def event_of(proposal, verb: Verb) -> Event:
    return Event.objects.for_mail().filter(proposal=proposal, verb=verb).latest("pk")


@pytest.fixture(autouse=True)
def database(db):
    return db


def test_mail_goes_out_once():
    proposal = rows.sent()
    event = event_of(proposal, Verb.SUBMITTED)
    assert deliver(event) is None and deliver(event) is None
    assert len(mail.outbox) == 1
    assert MailSent.objects.get().message_id == message_id(event)


def test_address_gets_three_mails_an_hour_and_the_fourth_an_hour_after_the_first():
    with time_machine.travel(NOON, tick=False) as clock:
        for _minute in range(3):
            assert deliver(event_of(rows.sent(), Verb.SUBMITTED)) is None
            clock.shift(datetime.timedelta(minutes=1))
        fourth = event_of(rows.sent(), Verb.SUBMITTED)
        turn = deliver(fourth)
        assert turn == NOON + datetime.timedelta(hours=1)
        assert len(mail.outbox) == 3
        assert deliver(event_of(rows.sent(email="eve@example.org"), Verb.SUBMITTED)) is None
        clock.move_to(turn - datetime.timedelta(seconds=1))
        assert deliver(fourth) == turn
        clock.move_to(turn)
        assert deliver(fourth) is None
        assert len(mail.outbox) == 5


def test_a_hundred_proposals_in_a_stranger_s_name_bring_them_four_mails():
    with time_machine.travel(NOON, tick=False) as clock:
        waiting = [event_of(rows.sent(), Verb.SUBMITTED) for _ in range(20)]
        while waiting:
            waiting = [event for event in waiting if deliver(event)]
            clock.shift(datetime.timedelta(hours=1))
    assert len(mail.outbox) == 4
    assert all("lists 19 more proposals" in message.body for message in mail.outbox)


def test_mail_of_the_same_burst_does_not_stand_for_the_others():
    with time_machine.travel(NOON, tick=False) as clock:
        one, other = (event_of(rows.sent(), Verb.SUBMITTED) for _ in range(2))
        deliver(one)
        clock.shift(datetime.timedelta(minutes=29))
        assert deliver(other) is None
    assert len(mail.outbox) == 2


def test_news_are_told_even_where_a_mail_went_out_since():
    with time_machine.travel(NOON, tick=False) as clock:
        proposal = rows.sent()
        proposal.confirm()
        proposal.change_status(Status.NOT_PLANNED, role=Role.PLANNER)
        clock.shift(datetime.timedelta(hours=1))
        deliver(event_of(rows.sent(), Verb.SUBMITTED))
        deliver(event_of(proposal, Verb.STATUS_CHANGED))
    assert len(mail.outbox) == 2


def test_capitals_make_no_other_address():
    assert address_hash("Anna@Example.org") == address_hash("anna@example.org")


def test_address_is_not_in_the_row_of_a_mail():
    deliver(event_of(rows.sent(), Verb.SUBMITTED))
    row = MailSent.objects.get()
    assert "anna" not in row.address_hash and len(row.address_hash) == 64


def test_address_that_another_worker_writes_to_is_busy(monkeypatch):
    @contextmanager
    def taken(address):
        yield False

    monkeypatch.setattr(notifications, "alone_with", taken)
    assert deliver(event_of(rows.sent(), Verb.SUBMITTED)) > datetime.datetime.now(datetime.UTC)
    assert not mail.outbox


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPRecipientsRefused({rows.EMAIL: (550, b"anna@example.org unknown")}),
        smtplib.SMTPDataError(451, b"anna@example.org try later"),
        smtplib.SMTPServerDisconnected("anna@example.org"),
        ConnectionRefusedError("anna@example.org"),
        TimeoutError("anna@example.org"),
    ],
)
def test_mail_that_was_not_taken_is_not_counted_and_names_nobody(monkeypatch, error):
    def refuse(self, messages):
        raise error

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    with pytest.raises(NotDelivered) as caught:
        deliver(event_of(rows.sent(), Verb.SUBMITTED))
    assert "anna" not in str(caught.value) and caught.value.__cause__ is None and caught.value.__suppress_context__
    assert not MailSent.objects.exists()


def test_second_attempt_has_the_same_message_id_and_a_code_that_works(monkeypatch):
    client = Client()
    proposal = rows.sent(device=rows.on_device(client))
    sent: list = []

    def take_and_fail(self, messages):
        sent.extend(messages)
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", take_and_fail)
        with pytest.raises(NotDelivered):
            deliver(event_of(proposal, Verb.SUBMITTED))
    deliver(event_of(proposal, Verb.SUBMITTED))
    first, second = sent[0], mail.outbox[0]
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    code = re.search(r"^\d{6}$", second.body, re.MULTILINE)[0]
    assert client.post(f"/en/proposals/{proposal.pk}/confirm/", {"code": code}).status_code == 303
