"""The honest ending: who may, always with a reason, never against who is at work, and never counted as done."""

import dataclasses
import datetime

import pytest
from django.test import Client
from django.utils import timezone

from actors.models.mail import WaitingMail
from mapapp.city import Open311Door
from proposals.models import Event, ForwardedRequest, Proposal, PublicationRule, Role, Status, Verb
from proposals.notifications import Letter, letter_of
from proposals.pledging import Promise, deliver, start_work, take_up
from tests.actors.people import contact_of, organisation, person
from tests.proposals.rows import on_device, sent

CONTACT = "planted.contact@example.org"


@pytest.fixture
def proposal(db: None) -> Proposal:
    return sent(rule=PublicationRule.AT_ONCE)


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    client.force_login(person("sirpa", "planner"))
    return client


def promised(proposal: Proposal, slug: str = "huolto"):
    due = timezone.localdate() + datetime.timedelta(days=9)
    promise = Promise(kind="do", text="The lamps are lit.", language="en", due=due)
    return take_up(proposal, by=organisation(slug), promise=promise)


def press(client: Client, proposal: Proposal, to: str, **typed: object):
    proposal.refresh_from_db()
    data = {"version": proposal.version, "to": to, "reason": "The street is not ours."} | typed
    return client.post(f"/en/proposals/{proposal.pk}/end/", data)


def stage(proposal: Proposal) -> str:
    return Proposal.objects.get(pk=proposal.pk).status


@pytest.mark.parametrize("to", ["closed_unfixed", "not_planned", "outdated"])
def test_staff_end_it_with_a_reason_and_open_it_again(staff: Client, proposal: Proposal, to: str) -> None:
    assert press(staff, proposal, to).status_code == 303
    event = Event.objects.latest("pk")
    assert (event.after, event.role, event.note.text) == (to, Role.PLANNER, "The street is not ours.")
    assert "The street is not ours." in Client().get(proposal.get_absolute_url()).content.decode()
    assert press(staff, proposal, "open").status_code == 303
    assert stage(proposal) == Status.OPEN


@pytest.mark.parametrize(
    ("to", "typed"),
    [
        ("closed_unfixed", {"reason": " "}),
        ("confirmed", {}),
        ("delivered", {}),
        ("taken_up", {}),
        ("open", {}),
        ("", {}),
        ("closed_unfixed", {"reason": "x" * 501}),
        ("closed_unfixed", {"version": ""}),
        ("forwarded", {}),
        ("forwarded", {"could": "999999"}),
        ("merged", {}),
        ("merged", {"target": "999999"}),
        ("merged", {"target": "x"}),
        ("merged", {"target": str(2**70)}),
    ],
)
def test_what_is_not_said_or_not_possible_is_refused_and_the_text_kept(
    staff: Client, proposal: Proposal, to: str, typed: dict[str, str]
) -> None:
    answer = press(staff, proposal, to, **typed)
    assert answer.status_code == 422
    assert typed.get("reason", "The street is not ours.").strip() in answer.content.decode()
    assert stage(proposal) == Status.OPEN


def test_who_read_an_older_version_reads_again(staff: Client, proposal: Proposal) -> None:
    assert press(staff, proposal, "not_planned", version=proposal.version + 1).status_code == 409
    assert stage(proposal) == Status.OPEN


def test_a_hidden_proposal_is_not_found(staff: Client, proposal: Proposal) -> None:
    proposal.hide(role=Role.MODERATOR, reason="A reason.")
    assert press(staff, proposal, "not_planned").status_code == 404


def test_open_promises_are_handed_back_first_with_the_reason(staff: Client, proposal: Proposal) -> None:
    promised(proposal), promised(proposal, "toinen")
    assert press(staff, proposal, "not_planned").status_code == 303
    assert {pledge.state for pledge in proposal.pledges.all()} == {"released"}
    assert {pledge.reason for pledge in proposal.pledges.all()} == {"The street is not ours."}
    assert Event.objects.filter(verb=Verb.PLEDGE_RELEASED).count() == 2
    assert stage(proposal) == Status.NOT_PLANNED


def test_whose_promise_is_handed_back_is_told_why_and_the_author_once(staff: Client, proposal: Proposal) -> None:
    proposal.confirm()
    contact_of(promised(proposal).organisation, CONTACT)
    before = Event.objects.latest("pk").pk
    press(staff, proposal, "not_planned")
    mail = WaitingMail.objects.get()
    assert mail.to == CONTACT
    assert "The street is not ours." in mail.text
    letters = [letter_of(event) for event in Event.objects.for_mail().filter(pk__gt=before).order_by("pk")]
    assert letters == [None, None, Letter.STATUS]


def test_nobody_is_told_of_an_ending_that_was_refused(staff: Client, proposal: Proposal) -> None:
    pledge = promised(proposal)
    contact_of(pledge.organisation, CONTACT)
    start_work(pledge)
    assert press(staff, proposal, "closed_unfixed").status_code == 409
    assert not WaitingMail.objects.exists()
    assert proposal.pledges.get().state == "active"


def test_who_is_at_work_or_waits_for_the_verdict_is_not_overruled(staff: Client, proposal: Proposal) -> None:
    pledge = promised(proposal)
    start_work(pledge)
    answer = press(staff, proposal, "not_planned")
    assert answer.status_code == 409
    assert "at work" in answer.content.decode()
    deliver(pledge)
    target = sent(rule=PublicationRule.AT_ONCE, title="Another")
    assert press(staff, proposal, "merged", target=target.pk).status_code == 409
    assert stage(proposal) == Status.DELIVERED


def test_the_organisation_that_could_gets_a_mail_and_is_named(staff: Client, proposal: Proposal) -> None:
    could = organisation("energia")
    contact_of(could, CONTACT)
    assert press(staff, proposal, "forwarded", could=could.pk).status_code == 303
    mail = WaitingMail.objects.get()
    assert mail.to == CONTACT
    assert f"/proposals/{proposal.pk}/" in mail.text
    assert Event.objects.latest("pk").note.text.startswith("Energia: ")


def test_a_neighbour_with_a_door_is_offered_and_no_other(staff: Client, proposal: Proposal, settings) -> None:
    page, door = f"/en/proposals/{proposal.pk}/end/", "https://next.example/open311/v2"
    assert "own system" not in staff.get(page).content.decode()
    assert press(staff, proposal, "forwarded", door=door).status_code == 422
    (neighbour,) = settings.CITY.neighbours
    neighbour = dataclasses.replace(neighbour, open311=Open311Door(door))
    settings.CITY = dataclasses.replace(settings.CITY, neighbours=(neighbour,))
    assert "Nextdoor" in staff.get(page).content.decode()
    assert press(staff, proposal, "forwarded", door="https://unknown.example").status_code == 422
    assert not ForwardedRequest.objects.exists()
    assert press(staff, proposal, "forwarded", door=door).status_code == 303
    assert ForwardedRequest.objects.get().door == door
    shown = staff.get(proposal.get_absolute_url()).content.decode()
    assert "Nextdoor: The street is not ours." in shown  # who could, in the history
    assert "on its way to Nextdoor" in shown


def test_somebody_outside_the_directory_is_named_and_not_written_to(staff: Client, proposal: Proposal) -> None:
    assert press(staff, proposal, "forwarded", who="The railway").status_code == 303
    assert not WaitingMail.objects.exists()
    assert Event.objects.latest("pk").note.text == "The railway: The street is not ours."


def test_merged_only_with_another_public_one_that_is_not_merged(staff: Client, proposal: Proposal) -> None:
    other, hidden = sent(rule=PublicationRule.AT_ONCE, title="Other"), sent(title="Never confirmed")
    assert press(staff, proposal, "merged", target=proposal.pk).status_code == 422
    assert press(staff, proposal, "merged", target=hidden.pk).status_code == 422
    assert press(staff, proposal, "merged", target=other.pk).status_code == 303
    assert Proposal.objects.get(pk=proposal.pk).merged_into_id == other.pk
    assert press(staff, other, "merged", target=proposal.pk).status_code == 422
    assert press(staff, proposal, "open").status_code == 303
    assert Proposal.objects.get(pk=proposal.pk).merged_into_id is None


def test_the_author_says_that_it_is_no_longer_current(db: None) -> None:
    author = Client()
    own = sent(rule=PublicationRule.AT_ONCE, device=on_device(author))
    page = f"/en/proposals/{own.pk}/outdated/"
    assert page in author.get(f"/en/proposals/{own.pk}/").content.decode()
    assert author.get(page).status_code == 200
    assert stage(own) == Status.OPEN
    assert Client().post(page).status_code == 403
    assert author.post(page).status_code == 303
    assert stage(own) == Status.OUTDATED
    assert author.post(page).status_code == 409


def test_the_author_does_not_end_what_somebody_is_at_work_on(db: None) -> None:
    author = Client()
    own = sent(rule=PublicationRule.AT_ONCE, device=on_device(author))
    start_work(promised(own))
    assert author.post(f"/en/proposals/{own.pk}/outdated/").status_code == 409
    assert stage(own) == Status.IN_PROGRESS
