"""The pages by which an organisation takes a proposal up and the proposer judges: strangers first."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from actors.models import Membership, Organisation, User
from proposals.ending import Ending, end
from proposals.models import Pledge, Proposal, PublicationRule, Role, Status
from proposals.pledging import Promise, deliver, take_up
from tests.proposals.rows import on_device, sent
from tests.toytown import Toytown


def days(n: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=n)


@pytest.fixture
def organisation(db: None) -> Organisation:
    return Organisation.objects.create(
        slug="huolto", names={"fi": "Matinkylän Huolto"}, type="company", verified_at=timezone.now()
    )


@pytest.fixture
def member(organisation: Organisation) -> Client:
    user = User.objects.create_user("erkki@huolto.example")
    Membership.objects.create(user=user, organisation=organisation, role="editor")
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def open_proposal(db: None) -> Proposal:
    return sent(rule=PublicationRule.AT_ONCE)


def promised(**changes: object) -> dict[str, object]:
    organisation = Organisation.objects.get(slug="huolto")
    given = {"organisation": organisation.pk, "kind": "do", "promise": "Valot syttyvät.", "due": days(30).isoformat()}
    return given | {"consent": "not_needed"} | changes


def address(proposal: Proposal, what: str = "pledge") -> str:
    return f"/en/proposals/{proposal.pk}/{what}/"


def test_a_stranger_is_asked_to_sign_in(client: Client, open_proposal: Proposal) -> None:
    response = client.get(address(open_proposal))
    assert response.status_code == 302
    assert "/accounts/login" in response["Location"] or "/admin/login" in response["Location"]


@pytest.mark.parametrize(
    "changes",
    [
        {"promise": " "},
        {"promise": "x" * 501},
        {"due": ""},
        {"due": "2020-01-01"},
        {"due": "2999-01-01"},
        {"due": "soon"},
        {"kind": "wish"},
        {"consent": "refused"},
        {"organisation": 0},
    ],
)
def test_a_promise_that_is_none_is_shown_again(
    member: Client, open_proposal: Proposal, changes: dict[str, object]
) -> None:
    response = member.post(address(open_proposal), promised(**changes))
    assert response.status_code == 422
    assert not Pledge.objects.exists()


def test_nobody_promises_for_an_organisation_of_others(member: Client, open_proposal: Proposal) -> None:
    other = Organisation.objects.create(slug="muu", names={"fi": "Muu"}, type="company", verified_at=timezone.now())
    assert member.post(address(open_proposal), promised(organisation=other.pk)).status_code == 422


def test_a_member_takes_it_up_and_everyone_sees_it(member: Client, open_proposal: Proposal) -> None:
    assert member.post(address(open_proposal), promised()).status_code == 303
    page = Client().get(f"/en/proposals/{open_proposal.pk}/").content.decode()
    assert "Valot syttyvät." in page
    assert "Matinkylän Huolto" in page
    feature = Client().get(f"/api/v1/proposals/{open_proposal.pk}").json()["properties"]
    assert (feature["pledges"], feature["taken_up_by"]) == (1, ["Matinkylän Huolto"])
    assert feature["due"] == days(30).isoformat()
    assert "erkki" not in page


def test_who_has_promised_is_offered_to_change_it_not_to_promise_again(member: Client, open_proposal: Proposal) -> None:
    page = f"/en/proposals/{open_proposal.pk}/"
    assert address(open_proposal) in member.get(page).content.decode()
    member.post(address(open_proposal), promised())
    seen = member.get(page).content.decode()
    assert address(open_proposal) not in seen
    assert f"/en/pledges/{Pledge.objects.get().pk}/" in seen
    assert address(open_proposal) in Client().get(page).content.decode()


def test_promising_twice_is_a_conflict_that_keeps_the_text(member: Client, open_proposal: Proposal) -> None:
    member.post(address(open_proposal), promised())
    response = member.post(address(open_proposal), promised(promise="Toinen lupaus"))
    assert response.status_code == 409
    assert "Toinen lupaus" in response.content.decode()


def test_only_its_own_members_change_a_promise(
    member: Client, organisation: Organisation, open_proposal: Proposal
) -> None:
    promise = Promise(kind="do", text="Valot", language="fi", due=days(9))
    pledge = take_up(open_proposal, by=organisation, promise=promise)
    stranger = Client()
    stranger.force_login(User.objects.create_user("muu@example.org"))
    assert stranger.post(f"/en/pledges/{pledge.pk}/", {"verb": "deliver"}).status_code == 404
    assert member.post(f"/en/pledges/{pledge.pk}/", {"verb": "release", "release-reason": ""}).status_code == 422
    moved = {"verb": "postpone", "postpone-due": days(40).isoformat(), "postpone-reason": "Lumi"}
    assert member.post(f"/en/pledges/{pledge.pk}/", moved).status_code == 303
    assert member.post(f"/en/pledges/{pledge.pk}/", {"verb": "deliver"}).status_code == 303
    assert member.post(f"/en/pledges/{pledge.pk}/", {"verb": "deliver"}).status_code == 409


def test_the_verdict_is_the_proposers_alone(organisation: Organisation, db: None) -> None:
    author = Client()
    proposal = sent(rule=PublicationRule.AT_ONCE, device=on_device(author))
    pledge = take_up(proposal, by=organisation, promise=Promise(kind="do", text="x", language="fi", due=days(9)))
    deliver(pledge)
    assert Client().post(address(proposal, "verdict"), {"done": "yes"}).status_code == 404
    assert author.post(address(proposal, "verdict"), {"done": "yes"}).status_code == 404  # not confirmed yet
    proposal.confirm()
    assert author.post(address(proposal, "verdict"), {"done": "no"}).status_code == 303
    proposal.refresh_from_db()
    assert proposal.status == "in_progress"


def test_a_proposer_who_belongs_to_the_organisation_does_not_judge(member: Client, organisation: Organisation) -> None:
    proposal = sent(rule=PublicationRule.AT_ONCE, email="erkki@huolto.example", device=on_device(member))
    proposal.confirm()
    deliver(take_up(proposal, by=organisation, promise=Promise(kind="do", text="x", language="fi", due=days(9))))
    member.post(address(proposal, "verdict"), {"done": "yes"})
    proposal.refresh_from_db()
    assert proposal.status == "delivered"


ENDED = {
    "forwarded": "passed on to somebody else",
    "not_planned": "must open it again",
    "outdated": "must open it again",
    "confirmed": "reported as done",
}


@pytest.mark.parametrize("stage", ENDED)
def test_what_has_ended_says_why_it_cannot_be_taken_up(member: Client, open_proposal: Proposal, stage: str) -> None:
    Proposal.objects.update(status=stage)
    seen = member.get(address(open_proposal))
    assert ENDED[stage] in seen.content.decode()
    assert "<textarea" not in seen.content.decode()
    response = member.post(address(open_proposal), promised())
    assert response.status_code == 409
    assert ENDED[stage] in response.content.decode()
    assert "Valot syttyvät." in response.content.decode()
    assert not Pledge.objects.exists()


def test_what_was_passed_on_is_taken_up_once_it_is_open_again(member: Client, open_proposal: Proposal) -> None:
    end(open_proposal, Ending(Status.FORWARDED, "Energia: Theirs."), role=Role.PLANNER, version=None)
    assert member.post(address(open_proposal), promised()).status_code == 409
    end(open_proposal, Ending(Status.OPEN, "Ours after all."), role=Role.PLANNER, version=None)
    assert member.post(address(open_proposal), promised()).status_code == 303


def chosen(client: Client, proposal: Proposal) -> str:
    """The slug of the organisation that stands in the form."""
    page = client.get(address(proposal)).context["form"]
    return Organisation.objects.get(pk=page["organisation"].value()).slug


def also_member(client: Client, slug: str) -> Organisation:
    made = Organisation.objects.create(slug=slug, names={"fi": slug}, type="company", verified_at=timezone.now())
    Membership.objects.create(user=User.objects.get(email="erkki@huolto.example"), organisation=made, role="editor")
    return made


def test_the_only_organisation_is_chosen_already(member: Client, open_proposal: Proposal) -> None:
    assert chosen(member, open_proposal) == "huolto"


def test_the_one_that_promised_last_is_chosen_unless_another_acts_there(
    member: Client, open_proposal: Proposal, toytown: Toytown
) -> None:
    last, near = also_member(member, "last"), also_member(member, "near")
    Proposal.objects.update(area=toytown.north_west)
    promise = Promise(kind="do", text="x", language="en", due=days(3))
    take_up(sent(rule=PublicationRule.AT_ONCE, title="Another"), by=last, promise=promise)
    assert chosen(member, open_proposal) == "last"
    near.areas.set([toytown.west])
    assert chosen(member, open_proposal) == "near"
    last.areas.set([toytown.city])
    assert chosen(member, open_proposal) == "last"


def test_what_was_chosen_otherwise_stays_chosen_with_an_error(member: Client, open_proposal: Proposal) -> None:
    other = also_member(member, "other")
    response = member.post(address(open_proposal), promised(organisation=other.pk, promise=""))
    assert response.status_code == 422
    assert f'value="{other.pk}" selected' in response.content.decode()
