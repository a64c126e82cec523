"""Mails to authors: who gets which, how often, and that they carry nothing they should not."""

import datetime
import email
import email.policy
import re

import pytest
from django.core import mail
from django.test import Client

from proposals.models import Event, Publication, PublicationRule, Role, Status, Verb
from proposals.notifications import deliver, letter_of
from tests.proposals import rows

NOON = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
HOSTILE = "<img src=x onerror=alert(1)> {{ settings.SECRET_KEY }} https://evil.example/"


def event_of(proposal, verb: Verb) -> Event:
    return Event.objects.for_mail().filter(proposal=proposal, verb=verb).latest("pk")


def told(proposal, verb: Verb) -> mail.EmailMultiAlternatives | None:
    """The mail that the latest event of this verb brought, None if there was none."""
    mail.outbox.clear()
    deliver(event_of(proposal, verb))
    return mail.outbox[0] if mail.outbox else None


def parsed(message: mail.EmailMultiAlternatives) -> email.message.EmailMessage:
    return email.message_from_bytes(message.message().as_bytes(), policy=email.policy.default)


def links(message) -> dict[str, str]:
    return {path.rsplit("/", 2)[1]: path for path in re.findall(r"http://testserver(/\S+)", message.body)}


@pytest.fixture(autouse=True)
def database(db):
    return db


# --- who gets which -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", PublicationRule)
def test_author_without_an_address_is_never_written_to(rule):
    proposal = rows.sent(email="", rule=rule)
    if proposal.publication == Publication.PENDING:
        proposal.publish(role=Role.MODERATOR)
    proposal.hide(role=Role.MODERATOR, reason="A reason.")
    for event in Event.objects.for_mail():
        assert letter_of(event) is None


def test_author_whose_contact_was_erased_is_not_written_to():
    proposal = rows.sent()
    proposal.contact.delete()
    assert told(proposal, Verb.SUBMITTED) is None


@pytest.mark.parametrize("verb", ["confirm", "withdraw"])
def test_confirmation_is_not_asked_of_who_confirmed_or_withdrew_meanwhile(verb):
    proposal = rows.sent()
    getattr(proposal, verb)()
    assert told(proposal, Verb.SUBMITTED) is None


def test_author_is_not_told_what_they_did_themselves():
    proposal = rows.sent()
    proposal.confirm()
    proposal.edit(title="Other words", body="", version=proposal.version)
    proposal.withdraw()
    assert [told(proposal, verb) for verb in (Verb.CONFIRMED, Verb.PUBLISHED, Verb.EDITED, Verb.WITHDRAWN)] == [
        None
    ] * 4


def test_address_that_was_never_confirmed_hears_no_news():
    proposal = rows.sent(rule=PublicationRule.AT_ONCE)
    proposal.change_status(Status.TAKEN_UP, role=Role.ORGANISATION)
    assert told(proposal, Verb.PUBLISHED) is None
    assert told(proposal, Verb.STATUS_CHANGED) is None


def test_moving_into_the_queue_is_no_news():
    proposal = rows.sent(rule=PublicationRule.AFTER_MODERATION)
    proposal.confirm()
    assert proposal.publication == Publication.PENDING
    assert told(proposal, Verb.PUBLISHED) is None


def test_confirmation_mail_has_link_code_edit_and_withdraw():
    proposal = rows.sent()
    message = told(proposal, Verb.SUBMITTED)
    assert message.to == [rows.EMAIL]
    assert message.subject == "Confirm your proposal"
    assert links(message).keys() == {"confirm", "edit", "withdraw", "track"}
    assert re.search(r"^\d{6}$", message.body, re.MULTILINE)
    code = proposal.contact.tracking_code
    assert f"{code[:4]}-{code[4:]}" in message.body


def test_links_of_the_mail_do_what_they_say():
    proposal = rows.sent()
    addresses = links(told(proposal, Verb.SUBMITTED))
    client = Client()
    assert client.post(addresses["confirm"]).status_code == 303
    proposal.refresh_from_db()
    assert proposal.publication == Publication.PUBLISHED
    assert client.get(addresses["edit"]).status_code == 200
    assert client.post(addresses["withdraw"]).status_code == 303
    proposal.refresh_from_db()
    assert proposal.publication == Publication.WITHDRAWN


def test_code_of_the_mail_confirms_on_the_thanks_page():
    client = Client()
    proposal = rows.sent(device=rows.on_device(client))
    code = re.search(r"^\d{6}$", told(proposal, Verb.SUBMITTED).body, re.MULTILINE)[0]
    assert client.post(f"/en/proposals/{proposal.pk}/confirm/", {"code": code}).status_code == 303


def test_author_of_what_is_published_at_once_is_thanked_and_may_confirm_for_news():
    proposal = rows.sent(rule=PublicationRule.AT_ONCE)
    message = told(proposal, Verb.SUBMITTED)
    assert message.subject == "Thank you for your proposal"
    assert {"confirm", "edit"} <= links(message).keys()
    assert f"http://testserver/en/proposals/{proposal.pk}/" in message.body


def test_confirmed_author_hears_that_a_moderator_published():
    proposal = rows.sent(rule=PublicationRule.AFTER_MODERATION)
    proposal.confirm()
    proposal.publish(role=Role.MODERATOR)
    message = told(proposal, Verb.PUBLISHED)
    assert message.subject == "Published: A bench by the pond"
    assert f"http://testserver/en/proposals/{proposal.pk}/" in message.body


def test_confirmed_author_hears_that_a_change_was_let_through():
    proposal = rows.sent(rule=PublicationRule.AFTER_MODERATION)
    proposal.confirm()
    proposal.publish(role=Role.MODERATOR)
    proposal.edit(title="A bench and a bin", body="", version=proposal.version)
    proposal.publish(role=Role.MODERATOR)
    message = told(proposal, Verb.EDITED)
    assert message.subject == "Published: A bench and a bin" and "change" in message.body


@pytest.mark.parametrize("confirmed", [True, False])
def test_author_hears_the_reason_of_a_hiding_and_of_the_right_to_a_review(confirmed):
    proposal = rows.sent(rule=PublicationRule.AT_ONCE)
    if confirmed:
        proposal.confirm()
    proposal.hide(role=Role.MODERATOR, reason="It names a neighbour.")
    message = told(proposal, Verb.HIDDEN)
    assert message.subject == "Your proposal was hidden"
    assert "It names a neighbour." in message.body and "new review" in message.body
    assert (proposal.title in message.body) is confirmed


def test_confirmed_author_hears_of_a_new_stage_and_why():
    proposal = rows.sent()
    proposal.confirm()
    proposal.change_status(Status.NOT_PLANNED, role=Role.PLANNER, reason="The pond is moved in 2027.")
    message = told(proposal, Verb.STATUS_CHANGED)
    assert message.subject == "Will not be done: A bench by the pond"
    assert "The pond is moved in 2027." in message.body


def test_reason_that_was_erased_is_left_out():
    proposal = rows.sent()
    proposal.confirm()
    proposal.change_status(Status.NOT_PLANNED, role=Role.PLANNER, reason="The pond is moved in 2027.")
    event_of(proposal, Verb.STATUS_CHANGED).note.delete()
    assert "2027" not in told(proposal, Verb.STATUS_CHANGED).body


@pytest.mark.parametrize(("language", "path"), [("fi", "/fi/"), ("sv", "/sv/"), ("en", "/en/")])
def test_mail_is_in_the_language_of_its_reader(language, path):
    message = told(rows.sent(language=language), Verb.SUBMITTED)
    assert all(address.startswith(path) for address in links(message).values())
    assert f'<html lang="{language}">' in message.alternatives[0][0]


# --- what it carries ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [PublicationRule.AT_ONCE, PublicationRule.AFTER_CONFIRMATION])
def test_mail_to_a_stranger_carries_no_word_of_the_sender(rule):
    proposal = rows.sent(title="Cheap pills", body="Cheap pills at https://evil.example/", rule=rule)
    raw = told(proposal, Verb.SUBMITTED).message().as_string()
    assert "pills" not in raw and "evil" not in raw


def test_text_is_escaped_in_html_and_literal_in_text():
    proposal = rows.sent(title=HOSTILE)
    proposal.confirm()
    proposal.change_status(Status.NOT_PLANNED, role=Role.PLANNER, reason=HOSTILE)
    message = parsed(told(proposal, Verb.STATUS_CHANGED))
    text, html = (message.get_body([kind]).get_content() for kind in ("plain", "html"))
    assert text.count(HOSTILE) == 2
    assert "<img" not in html and html.count("&lt;img") >= 2
    assert "{{ settings.SECRET_KEY }}" in html


@pytest.mark.parametrize("breaker", ["\n", "\r\n", "\r", "\u2028", "\x0b", "\x85"])
def test_line_break_in_a_title_makes_no_header(breaker):
    proposal = rows.sent(title="A bench")
    proposal.confirm()
    type(proposal).objects.filter(pk=proposal.pk).update(title=f"A bench{breaker}Bcc: eve@example.org")
    proposal.change_status(Status.NOT_PLANNED, role=Role.PLANNER)
    message = parsed(told(proposal, Verb.STATUS_CHANGED))
    assert message["Bcc"] is None
    assert message["Subject"] == "Will not be done: A bench Bcc: eve@example.org"


def test_headers_are_stable_and_quiet():
    proposal = rows.sent()
    message = parsed(told(proposal, Verb.SUBMITTED))
    assert message["Message-ID"] == f"<event-{event_of(proposal, Verb.SUBMITTED).pk}@testserver>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["From"].addresses[0].display_name == "Participation map"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_html_says_what_the_text_says_and_asks_nothing_of_another_host():
    message = parsed(told(rows.sent(), Verb.SUBMITTED))
    html = message.get_body(["html"]).get_content()
    for word in re.findall(r"\w{4,}", message.get_body(["plain"]).get_content()):
        assert word in html
    assert "<img" not in html and "<script" not in html and "style" not in html


def test_private_columns_stay_out_of_the_mail():
    client = Client()
    proposal = rows.sent(device=rows.on_device(client))
    contact = proposal.contact
    raw = told(proposal, Verb.SUBMITTED).message().as_string()
    contact.refresh_from_db()
    assert contact.device_key_hash not in raw and contact.code_hash not in raw
