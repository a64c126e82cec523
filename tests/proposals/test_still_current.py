"""Is it still current? Asked after a year of silence and once more, ended by silence, by its author or three supporters."""

import datetime

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from actors.models.mail import WaitingMail
from proposals import subscribing
from proposals.links import Purpose, token_for
from proposals.models import Comment, Event, Proposal, PublicationRule, Role, Status, Subscriber, Verb
from proposals.notifications import deliver as tell
from proposals.pledging import Promise, start_work, take_up
from proposals.submit import address_hash, hashed
from proposals.support_links import VERDICT, current_link, verdict_link
from proposals.supporting import Supporter, support
from proposals.tasks import ask_if_still_current
from tests.actors.people import organisation
from tests.proposals.rows import EMAIL, sent

YEAR = datetime.timedelta(days=365)
MONTH = datetime.timedelta(days=30)


@pytest.fixture
def clock(db: None):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


@pytest.fixture
def proposal(clock) -> Proposal:
    made = sent(rule=PublicationRule.AT_ONCE)
    made.confirm()
    return made


def later(clock, by: datetime.timedelta, times: int = 2) -> None:
    """Moves on, and runs the job `times` times on that day."""
    clock.move_to(timezone.now() + by)
    for _ in range(times):
        ask_if_still_current(0)


def questions() -> list[str]:
    return list(Event.objects.filter(verb=Verb.ASKED_IF_CURRENT).order_by("pk").values_list("after", flat=True))


def stage(proposal: Proposal) -> str:
    return Proposal.objects.get(pk=proposal.pk).status


def supporter(proposal: Proposal, name: str) -> Subscriber:
    """Somebody who supports it by a confirmed address and follows it, as the mailed link makes them."""
    person = Subscriber.objects.create(
        email=f"{name}@example.org", language="sv", made_at=timezone.now(), confirmed_at=timezone.now()
    )
    support(proposal, Supporter(hashed(name), address_hash(person.email)))
    subscribing.follow_thing(person, proposal=proposal)
    return person


def author_page(proposal: Proposal, purpose: Purpose = Purpose.EDIT) -> str:
    return f"/en/p/{token_for(proposal.contact, purpose)}/current/"


def page_of(person: Subscriber, proposal: Proposal) -> str:
    return current_link(person, proposal).removeprefix("http://testserver")


# --- the questions ------------------------------------------------------------------------------------------------------


def test_two_questions_a_month_apart_and_then_the_end_each_once(clock, proposal: Proposal) -> None:
    later(clock, YEAR - datetime.timedelta(days=1))
    assert questions() == []
    later(clock, datetime.timedelta(days=1))
    assert questions() == ["1"]
    later(clock, MONTH - datetime.timedelta(days=1))
    assert questions() == ["1"]
    later(clock, datetime.timedelta(days=1))
    assert (questions(), stage(proposal)) == (["1", "2"], Status.OPEN)
    later(clock, MONTH)
    event = Event.objects.latest("pk")
    assert (stage(proposal), event.role, questions()) == (Status.OUTDATED, Role.SYSTEM, ["1", "2"])
    assert event.note.text
    later(clock, YEAR)
    assert Event.objects.latest("pk") == event


def test_after_a_pause_of_the_worker_it_is_asked_not_ended(clock, proposal: Proposal) -> None:
    later(clock, 3 * YEAR)
    assert (questions(), stage(proposal)) == (["1"], Status.OPEN)


def test_the_author_is_written_to_once_a_question_with_a_link_that_answers(clock, proposal: Proposal) -> None:
    later(clock, YEAR)
    for _ in range(2):
        tell(Event.objects.for_mail().get(verb=Verb.ASKED_IF_CURRENT))
    (letter,) = mail.outbox
    assert letter.to == [EMAIL]
    assert "once more in 30 days" in letter.body
    address = next(line for line in letter.body.splitlines() if line.endswith("/current/"))
    path = address.removeprefix("http://testserver")
    assert "still current" in Client().get(path).content.decode()
    later(clock, MONTH)
    tell(Event.objects.for_mail().filter(verb=Verb.ASKED_IF_CURRENT).latest("pk"))
    assert "second time" in mail.outbox[1].body


def test_no_letter_asks_about_what_was_taken_up_meanwhile(clock, proposal: Proposal) -> None:
    later(clock, YEAR)
    due = timezone.localdate() + MONTH
    take_up(proposal, by=organisation(), promise=Promise(kind="do", text="x", language="en", due=due))
    tell(Event.objects.for_mail().get(verb=Verb.ASKED_IF_CURRENT))
    assert mail.outbox == []


@pytest.mark.parametrize("sign", ["comment", "support", "edit", "answer"])
def test_any_sign_of_life_starts_the_year_anew(clock, proposal: Proposal, sign: str) -> None:
    later(clock, YEAR)
    clock.move_to(timezone.now() + datetime.timedelta(days=10))
    if sign == "comment":
        said = {"body": "Still dark.", "language": "en", "state": "pending", "at": timezone.now()}
        Comment.objects.create(proposal=proposal, **said).publish(role=Role.SYSTEM)
    elif sign == "support":
        support(proposal, Supporter(hashed("0" * 32)))
    elif sign == "edit":
        proposal.refresh_from_db()
        proposal.edit(title="A bench", body="Still.", version=proposal.version)
    else:
        assert Client().post(author_page(proposal), {"current": "yes"}).status_code == 303
    later(clock, YEAR - datetime.timedelta(days=1))
    assert (questions(), stage(proposal)) == (["1"], Status.OPEN)
    later(clock, datetime.timedelta(days=1))
    assert len(questions()) == 2
    assert stage(proposal) == Status.OPEN


@pytest.mark.parametrize("why", ["taken up", "hidden", "ended", "nobody to ask"])
def test_nothing_is_asked_of_what_does_not_wait_in_sight(clock, proposal: Proposal, why: str) -> None:
    if why == "taken up":
        due = timezone.localdate() + 2 * YEAR
        take_up(proposal, by=organisation(), promise=Promise(kind="do", text="x", language="en", due=due))
    elif why == "hidden":
        proposal.hide(role=Role.MODERATOR, reason="A reason.")
    elif why == "ended":
        proposal.change_status(Status.NOT_PLANNED, role=Role.PLANNER, reason="No.")
    else:
        proposal.contact.delete()
        stranger = Subscriber.objects.create(email="x@example.org", made_at=timezone.now(), confirmed_at=timezone.now())
        subscribing.follow_thing(stranger, proposal=proposal)
    later(clock, 2 * YEAR)
    assert questions() == []


def test_supporters_who_still_follow_are_asked_in_their_language(clock, proposal: Proposal) -> None:
    asked, gone = supporter(proposal, "berit"), supporter(proposal, "gone")
    subscribing.stop(gone)
    supporter(proposal, "anna")  # the author's own address
    later(clock, YEAR)
    waiting = WaitingMail.objects.get()
    assert (waiting.to, waiting.language) == (asked.email, "sv")
    assert "http://testserver/sv/s/" in waiting.text


def test_a_proposal_without_an_author_is_asked_about_through_its_supporters(clock, proposal: Proposal) -> None:
    proposal.contact.delete()
    supporter(proposal, "berit")
    later(clock, YEAR)
    assert questions() == ["1"]
    assert WaitingMail.objects.count() == 1


# --- the answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["forged", "1-1.abc.def"])
@pytest.mark.parametrize("letter", ["p", "s"])
def test_a_forged_link_is_refused(client: Client, proposal: Proposal, token: str, letter: str) -> None:
    assert client.post(f"/en/{letter}/{token}/current/", {"current": "no"}).status_code == 403
    assert stage(proposal) == Status.OPEN


def test_a_link_for_something_else_answers_nothing(client: Client, proposal: Proposal) -> None:
    assert client.post(author_page(proposal, Purpose.CONFIRM), {"current": "no"}).status_code == 403
    person = supporter(proposal, "berit")
    other = verdict_link(person, proposal).removeprefix("http://testserver").replace(VERDICT, "current")
    assert client.post(other, {"current": "no"}).status_code == 403
    assert stage(proposal) == Status.OPEN


def test_opening_the_link_does_nothing_and_stays_private(client: Client, proposal: Proposal) -> None:
    response = client.get(author_page(proposal))
    assert "It is no longer current" in response.content.decode()
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("private, no-store", "no-referrer")
    assert stage(proposal) == Status.OPEN


def test_the_author_ends_it_on_any_device_and_only_once(client: Client, proposal: Proposal) -> None:
    response = client.post(author_page(proposal), {"current": "no"})
    assert response.status_code == 303
    assert "no longer current" in client.get(response["Location"]).content.decode()
    assert stage(proposal) == Status.OUTDATED
    assert client.post(author_page(proposal), {"current": "no"}).status_code == 409
    assert Event.objects.filter(after=Status.OUTDATED).count() == 1


@pytest.mark.parametrize("answer", ["", "maybe"])
def test_only_the_buttons_answer(client: Client, proposal: Proposal, answer: str) -> None:
    assert client.post(author_page(proposal), {"current": answer}).status_code == 409
    assert stage(proposal) == Status.OPEN


def test_who_is_at_work_is_not_overruled_by_the_author(client: Client, proposal: Proposal) -> None:
    due = timezone.localdate() + MONTH
    start_work(take_up(proposal, by=organisation(), promise=Promise(kind="do", text="x", language="en", due=due)))
    assert client.post(author_page(proposal), {"current": "no"}).status_code == 409
    assert "at work" in client.get(author_page(proposal)).content.decode()
    assert stage(proposal) == Status.IN_PROGRESS


def test_still_current_is_told_once_however_often_it_is_pressed(client: Client, proposal: Proposal) -> None:
    for _ in range(3):
        assert client.post(author_page(proposal), {"current": "yes"}).status_code == 303
    assert Event.objects.filter(verb=Verb.STILL_CURRENT, role=Role.RESIDENT).count() == 1
    assert "Still current" in client.get(f"/en/proposals/{proposal.pk}/").content.decode()


def test_three_supporters_end_it_and_one_alone_however_often_does_not(client: Client, proposal: Proposal) -> None:
    people = [supporter(proposal, name) for name in ("berit", "cai", "dora")]
    for _ in range(4):
        assert client.post(page_of(people[0], proposal), {"current": "no"}).status_code == 303
    client.post(page_of(people[1], proposal), {"current": "no"})
    assert stage(proposal) == Status.OPEN
    client.post(page_of(people[2], proposal), {"current": "no"})
    event = Event.objects.latest("pk")
    assert (stage(proposal), event.role) == (Status.OUTDATED, Role.SYSTEM)
    tell(Event.objects.for_mail().get(pk=event.pk))
    assert event.note.text in mail.outbox[0].body  # its author hears of it
    assert not proposal.doubts.exists()  # opened again, it begins anew


def test_one_who_says_that_it_is_current_outweighs_the_doubts(client: Client, proposal: Proposal) -> None:
    people = [supporter(proposal, name) for name in ("berit", "cai", "dora")]
    client.post(page_of(people[0], proposal), {"current": "no"})
    client.post(page_of(people[1], proposal), {"current": "no"})
    client.post(page_of(people[2], proposal), {"current": "yes"})
    client.post(page_of(people[2], proposal), {"current": "no"})
    assert (stage(proposal), proposal.doubts.count()) == (Status.OPEN, 1)


def test_who_took_the_support_back_or_stopped_all_has_no_say(client: Client, proposal: Proposal) -> None:
    person = supporter(proposal, "berit")
    address = page_of(person, proposal)
    proposal.supports.all().delete()
    assert client.post(address, {"current": "no"}).status_code == 409
    person.link_version += 1
    person.save()
    assert client.post(address, {"current": "no"}).status_code == 410
    assert not proposal.doubts.exists()


def test_supporters_do_not_end_what_somebody_has_promised(client: Client, proposal: Proposal) -> None:
    person = supporter(proposal, "berit")
    due = timezone.localdate() + MONTH
    take_up(proposal, by=organisation(), promise=Promise(kind="do", text="x", language="en", due=due))
    assert client.post(page_of(person, proposal), {"current": "no"}).status_code == 409
    assert not proposal.doubts.exists()


def test_a_hidden_proposal_is_not_answered_for(client: Client, proposal: Proposal) -> None:
    person = supporter(proposal, "berit")
    proposal.hide(role=Role.MODERATOR, reason="A reason.")
    assert client.post(author_page(proposal), {"current": "no"}).status_code == 409
    assert client.post(page_of(person, proposal), {"current": "no"}).status_code == 410
