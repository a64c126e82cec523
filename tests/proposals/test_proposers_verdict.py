"""The proposer's verdict by the mailed link, and the second dispute that goes to the facilitator."""

import datetime

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from proposals.links import Purpose, token_for
from proposals.models import Event, Pledge, Proposal, PublicationRule, Role, Status, Verb
from proposals.notifications import deliver as tell
from proposals.pledging import Promise, deliver, take_up
from proposals.referring import referred
from tests.actors.people import organisation, person
from tests.proposals.rows import sent


@pytest.fixture
def delivered(db: None) -> Proposal:
    proposal = sent(rule=PublicationRule.AT_ONCE)
    proposal.confirm()
    due = timezone.localdate() + datetime.timedelta(days=9)
    deliver(take_up(proposal, by=organisation(), promise=Promise(kind="do", text="x", language="fi", due=due)))
    proposal.refresh_from_db()
    return proposal


def address(proposal: Proposal, purpose: Purpose = Purpose.EDIT) -> str:
    return f"/en/p/{token_for(proposal.contact, purpose)}/verdict/"


def status_of(proposal: Proposal) -> str:
    return Proposal.objects.get(pk=proposal.pk).status


def dispute_and_deliver_again(proposal: Proposal, times: int) -> None:
    for n in range(times):
        if n:
            deliver(proposal.pledges.get())
        assert Client().post(address(proposal), {"done": "no"}).status_code == 303


@pytest.mark.parametrize("token", ["forged", "1-1.abc.def"])
def test_a_forged_link_is_refused(client: Client, delivered: Proposal, token: str) -> None:
    assert client.post(f"/en/p/{token}/verdict/", {"done": "yes"}).status_code == 403
    assert status_of(delivered) == Status.DELIVERED


def test_the_link_that_confirms_an_address_judges_nothing(client: Client, delivered: Proposal) -> None:
    assert client.post(address(delivered, Purpose.CONFIRM), {"done": "yes"}).status_code == 403


def test_opening_the_link_does_nothing(client: Client, delivered: Proposal) -> None:
    response = client.get(address(delivered))
    assert "Yes, it is done" in response.content.decode()
    assert response["Cache-Control"] == "private, no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert status_of(delivered) == Status.DELIVERED


@pytest.mark.parametrize("answer", [{}, {"done": "perhaps"}])
def test_no_button_is_no_answer(client: Client, delivered: Proposal, answer: dict[str, str]) -> None:
    assert client.post(address(delivered), answer).status_code == 409
    assert not delivered.verdicts.exists()


def test_what_is_hidden_is_not_judged(client: Client, delivered: Proposal) -> None:
    delivered.hide(role=Role.MODERATOR, reason="Names a person.")
    assert client.post(address(delivered), {"done": "yes"}).status_code == 409
    assert status_of(delivered) == Status.DELIVERED


def test_what_is_not_reported_as_done_is_not_judged(client: Client, db: None) -> None:
    proposal = sent(rule=PublicationRule.AT_ONCE)
    proposal.confirm()
    assert client.post(address(proposal), {"done": "yes"}).status_code == 409


@pytest.mark.parametrize(("answer", "stage"), [("yes", Status.CONFIRMED), ("no", Status.IN_PROGRESS)])
def test_the_proposer_answers_on_any_device_once(client: Client, delivered: Proposal, answer: str, stage: str) -> None:
    assert client.post(address(delivered), {"done": answer}).status_code == 303
    assert status_of(delivered) == stage
    assert client.post(address(delivered), {"done": answer}).status_code == 409


def test_the_mail_of_a_delivery_asks_by_that_link(delivered: Proposal) -> None:
    taken, done = Event.objects.for_mail().filter(verb=Verb.STATUS_CHANGED).order_by("pk")
    tell(taken)
    tell(done)
    assert "/verdict/" not in mail.outbox[0].body
    assert address(delivered) in mail.outbox[1].body


def test_one_dispute_is_not_given_to_the_facilitator(delivered: Proposal) -> None:
    dispute_and_deliver_again(delivered, 1)
    assert not Event.objects.filter(verb=Verb.REFERRED).exists()
    assert not referred().exists()


def test_the_second_dispute_is_given_to_the_facilitator_once(client: Client, delivered: Proposal) -> None:
    dispute_and_deliver_again(delivered, 2)
    assert Event.objects.filter(verb=Verb.REFERRED, role=Role.SYSTEM).count() == 1
    assert status_of(delivered) == Status.IN_PROGRESS
    client.force_login(person("fasilitoija", "facilitator"))
    assert delivered.title in client.get("/en/proposals/referred/").content.decode()


def test_the_facilitators_list_asks_once_however_long_it_is(
    client: Client, delivered: Proposal, django_assert_max_num_queries
) -> None:
    dispute_and_deliver_again(delivered, 2)
    client.force_login(person("fasilitoija", "facilitator"))
    with django_assert_max_num_queries(4):
        client.get("/en/proposals/referred/")
    deliver(delivered.pledges.get())
    assert delivered.title not in client.get("/en/proposals/referred/").content.decode()


@pytest.mark.parametrize(("days", "said"), [(59, False), (60, True)])
def test_after_sixty_days_of_silence_it_is_said_to_be_not_confirmed(
    client: Client, delivered: Proposal, days: int, said: bool
) -> None:
    with time_machine.travel(timezone.now() + datetime.timedelta(days=days, minutes=1)):
        page = client.get(f"/en/proposals/{delivered.pk}/").content.decode()
    assert ("Reported as done, not confirmed" in page) is said
    assert status_of(delivered) == Status.DELIVERED


def test_what_is_only_reported_as_done_is_no_promise_kept_however_old(delivered: Proposal) -> None:
    by = delivered.pledges.get().organisation_id
    with time_machine.travel(timezone.now() + datetime.timedelta(days=400)):
        figures = Pledge.objects.figures_of([by])[by]
    assert (figures.kept, figures.open) == (0, 1)
