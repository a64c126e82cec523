"""Codes that people type: how they are read, how few tries they allow, and who may try."""

import datetime
import itertools

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from proposals.codes import (
    CodeRefused,
    CodeTooOld,
    new_code,
    six_digits_of,
    spend_code,
    tracking_code_of,
    written_tracking_code,
)
from proposals.models import Event, Publication, PublicationRule
from tests.proposals import rows

NOON = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    "typed",
    ["7KD2-M9QX", "7kd2m9qx", " 7KD2 M9QX ", "7-K-D-2-M-9-Q-X", "7KD2–M9QX", "7KD2\u00a0M9QX", "７ＫＤ２Ｍ９ＱＸ"],
)
def test_tracking_code_is_read_however_it_is_typed(typed):
    assert tracking_code_of(typed) == "7KD2M9QX"


def test_letters_that_look_like_digits_are_digits():
    assert tracking_code_of("OoIi-LlLl") == "00111111"


@pytest.mark.parametrize(
    "typed",
    ["", "7KD2-M9Q", "7KD2-M9QXX", "7KD2-M9QU", "7KD2-M9Q!", "7KD2-M9Qä", "٣KD2-M9QX", "' OR 1=1", "x" * 10_000],
)
def test_what_cannot_be_a_tracking_code_is_none(typed):
    assert tracking_code_of(typed) is None


def test_tracking_code_is_written_with_its_hyphen():
    assert written_tracking_code("7KD2M9QX") == "7KD2-M9QX"


@pytest.mark.parametrize(("typed", "read"), [("123456", "123456"), (" 123 456 ", "123456"), ("123-456", "123456")])
def test_six_digits_are_read_with_spaces(typed, read):
    assert six_digits_of(typed) == read


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "１２３４５６", "1_2345", "+12345"])
def test_what_cannot_be_six_digits_is_none(typed):
    assert six_digits_of(typed) is None


# --- spending a code ----------------------------------------------------------------------------------------------------


@pytest.fixture
def contact(db):
    return rows.sent().contact


def wrong_codes(right: str):
    return (code for n in itertools.count() if (code := f"{n:06d}") != right)


def test_right_code_is_spent_once(contact):
    code = new_code(contact)
    spend_code(contact, code)
    with pytest.raises(CodeTooOld):
        spend_code(contact, code)


def test_code_is_not_in_the_database(contact):
    code = new_code(contact)
    contact.refresh_from_db()
    assert code not in contact.code_hash and len(contact.code_hash) == 64


def test_five_wrong_codes_end_the_right_one(contact):
    code = new_code(contact)
    wrong = wrong_codes(code)
    left = []
    for _ in range(6):
        with pytest.raises(CodeRefused) as caught:
            spend_code(contact, next(wrong))
        left.append(caught.value.tries_left)
    assert left == [4, 3, 2, 1, 0, 0]
    with pytest.raises(CodeRefused):
        spend_code(contact, code)


def test_right_code_is_heard_at_the_fifth_try(contact):
    code = new_code(contact)
    wrong = wrong_codes(code)
    for _ in range(4):
        with pytest.raises(CodeRefused):
            spend_code(contact, next(wrong))
    spend_code(contact, code)


def test_code_is_good_for_fifteen_minutes(db):
    with time_machine.travel(NOON, tick=False) as clock:
        contact = rows.sent().contact
        code = new_code(contact)
        clock.shift(datetime.timedelta(minutes=15, seconds=1))
        with pytest.raises(CodeTooOld):
            spend_code(contact, code)
        clock.shift(datetime.timedelta(seconds=-1))
        spend_code(contact, code)


def test_newer_code_ends_the_one_before(contact):
    old = new_code(contact)
    new = new_code(contact)
    if old != new:
        with pytest.raises(CodeRefused):
            spend_code(contact, old)
    spend_code(contact, new)


def test_same_digits_leave_another_digest_at_each_proposal(contact, monkeypatch):
    monkeypatch.setattr("proposals.codes.secrets.choice", lambda digits: "1")
    other = rows.sent().contact
    assert new_code(contact) == new_code(other) == "111111"
    assert contact.code_hash != other.code_hash


def test_code_of_one_proposal_is_wrong_for_another(contact):
    other = rows.sent().contact
    code, _other_code = new_code(contact), new_code(other)
    if code != _other_code:
        with pytest.raises(CodeRefused):
            spend_code(other, code)


def test_code_that_was_never_sent_is_refused(contact):
    with pytest.raises(CodeTooOld):
        spend_code(contact, "000000")


# --- the page -----------------------------------------------------------------------------------------------------------


def enter(client, proposal, code: str, tracking_code: str = ""):
    return client.post(
        reverse("proposal_confirm_code", args=[proposal.pk]), {"code": code, "tracking_code": tracking_code}
    )


def test_stranger_with_the_right_code_is_refused(client, contact):
    code = new_code(contact)
    assert enter(client, contact.proposal, code).status_code == 403
    contact.refresh_from_db()
    assert contact.confirmed_at is None and contact.code_tries == 0


def test_browser_of_another_proposal_is_refused(client, contact):
    rows.sent(device=rows.on_device(client))
    assert enter(client, contact.proposal, new_code(contact)).status_code == 403


def test_tracking_code_of_another_proposal_is_refused(client, contact):
    other = rows.sent().contact
    assert enter(client, contact.proposal, new_code(contact), other.tracking_code).status_code == 403


def test_tracking_codes_cannot_be_tried_here_either(client, contact):
    codes = [enter(client, contact.proposal, "000000", f"7KD2-M9Q{n % 10}").status_code for n in range(12)]
    assert codes == [403] * 10 + [429] * 2


def test_proposal_that_is_not_there_is_answered_like_a_stranger_s(client, db):
    assert client.post(reverse("proposal_confirm_code", args=[10**20]), {"code": "123456"}).status_code == 403


def test_wrong_code_says_how_many_tries_are_left(client, db):
    proposal = rows.sent(device=rows.on_device(client))
    code = new_code(proposal.contact)
    answer = enter(client, proposal, next(wrong_codes(code)))
    assert answer.status_code == 422
    assert "4" in answer.context["form"].errors["code"][0]


def test_word_is_no_try(client, db):
    proposal = rows.sent(device=rows.on_device(client))
    new_code(proposal.contact)
    assert enter(client, proposal, "hello").status_code == 422
    proposal.contact.refresh_from_db()
    assert proposal.contact.code_tries == 0


def test_withdrawn_proposal_is_not_confirmed_by_its_code(client, db):
    proposal = rows.sent(device=rows.on_device(client))
    code = new_code(proposal.contact)
    proposal.withdraw()
    assert enter(client, proposal, code).status_code == 410


def test_code_from_the_browser_that_sent_publishes(client, db):
    proposal = rows.sent(device=rows.on_device(client))
    answer = enter(client, proposal, new_code(proposal.contact))
    assert (answer.status_code, answer["Location"]) == (303, reverse("proposal", args=[proposal.pk]))
    proposal.refresh_from_db()
    assert proposal.publication == Publication.PUBLISHED


def test_code_beside_the_tracking_code_publishes_from_any_browser(client, contact):
    written = written_tracking_code(contact.tracking_code).lower()
    assert enter(client, contact.proposal, new_code(contact), written).status_code == 303
    contact.proposal.refresh_from_db()
    assert contact.proposal.publication == Publication.PUBLISHED


def test_code_puts_what_a_moderator_publishes_into_the_queue(client, db):
    proposal = rows.sent(rule=PublicationRule.AFTER_MODERATION)
    answer = enter(client, proposal, new_code(proposal.contact), proposal.contact.tracking_code)
    assert answer.status_code == 200
    proposal.refresh_from_db()
    assert proposal.publication == Publication.PENDING


def test_pressed_twice_is_done_already(client, db):
    proposal = rows.sent(device=rows.on_device(client))
    code = new_code(proposal.contact)
    enter(client, proposal, code)
    events = Event.objects.count()
    assert enter(client, proposal, code).status_code == 303
    assert Event.objects.count() == events


def test_get_shows_the_form_and_tells_nothing(client, contact):
    answer = client.get(reverse("proposal_confirm_code", args=[contact.proposal_id]))
    assert answer.status_code == 200
    assert contact.proposal.title not in answer.content.decode()


def test_form_of_another_site_is_refused(db):
    client = Client(enforce_csrf_checks=True)
    proposal = rows.sent(device=rows.on_device(client))
    assert enter(client, proposal, new_code(proposal.contact)).status_code == 403
