"""Taking up, joining, delivering, postponing, handing back, lapsing, judging: refusals first. Their order is in test_life."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from actors.models import Organisation
from proposals.models import Pledge, Proposal, PublicationRule, Status
from proposals.models.pledge import POSTPONEMENTS_MAX
from proposals.models.proposal import MoveRefused
from proposals.pledging import Promise, deliver, judge, lapse, postpone, release, take_up
from tests.proposals.rows import sent

ANNA, BERTIL, CECILIA = "a" * 64, "b" * 64, "c" * 64


def organisation(
    slug: str = "huolto", *, verified: bool = True, valid_until: datetime.date | None = None
) -> Organisation:
    return Organisation.objects.create(
        slug=slug,
        names={"fi": slug},
        type="company",
        verified_at=timezone.now() if verified else None,
        valid_until=valid_until,
    )


def in_days(days: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=days)


def promise(days: int = 30) -> Promise:
    return Promise(kind="do", text="Valot syttyvät.", language="fi", due=in_days(days))


@pytest.fixture
def open_proposal(db: None) -> Proposal:
    return sent(rule=PublicationRule.AT_ONCE)


@pytest.fixture
def pledged(open_proposal: Proposal) -> Pledge:
    return take_up(open_proposal, by=organisation(), promise=promise())


def status_of(proposal: Proposal) -> str:
    return Proposal.objects.get(pk=proposal.pk).status


@pytest.mark.parametrize("by", [{"verified": False}, {"valid_until": datetime.date(2020, 1, 1)}])
def test_only_a_verified_organisation_in_its_time_may_promise(open_proposal: Proposal, by: dict[str, object]) -> None:
    with pytest.raises(MoveRefused):
        take_up(open_proposal, by=organisation(**by), promise=promise())
    assert not Pledge.objects.exists()
    assert status_of(open_proposal) == Status.OPEN


def test_a_past_date_is_refused(open_proposal: Proposal) -> None:
    with pytest.raises(MoveRefused):
        take_up(open_proposal, by=organisation(), promise=promise(days=-1))


def test_an_unpublished_proposal_is_not_taken_up(db: None) -> None:
    with pytest.raises(MoveRefused):
        take_up(sent(), by=organisation(), promise=promise())


def test_an_organisation_promises_once(pledged: Pledge) -> None:
    with pytest.raises(MoveRefused):
        take_up(pledged.proposal, by=pledged.organisation, promise=promise())


def test_the_database_too_takes_one_lead(pledged: Pledge) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Pledge.objects.create(
            proposal=pledged.proposal,
            organisation=organisation("other"),
            kind="do",
            part="lead",
            promise="x",
            language="fi",
            due=in_days(1),
            made_at=timezone.now(),
        )


def test_the_second_is_a_partner(pledged: Pledge) -> None:
    second = take_up(pledged.proposal, by=organisation("seura"), promise=promise())
    assert (pledged.part, second.part) == ("lead", "partner")
    assert status_of(pledged.proposal) == Status.TAKEN_UP


def test_handing_back_needs_a_reason_and_opens_the_proposal_again(pledged: Pledge) -> None:
    with pytest.raises(MoveRefused):
        release(pledged, reason=" ")
    release(pledged, reason="Varat loppuivat.")
    assert status_of(pledged.proposal) == Status.OPEN


def test_when_the_lead_leaves_the_oldest_partner_leads(pledged: Pledge) -> None:
    second = take_up(pledged.proposal, by=organisation("seura"), promise=promise())
    lapse(pledged)
    second.refresh_from_db()
    assert second.part == "lead"
    assert status_of(pledged.proposal) == Status.TAKEN_UP


def test_a_date_moves_three_times_at_most_and_the_old_ones_stay(pledged: Pledge) -> None:
    first = pledged.due
    with pytest.raises(MoveRefused):
        postpone(pledged, due=first, reason="Sama päivä")
    with pytest.raises(MoveRefused):
        postpone(pledged, due=in_days(60), reason="")
    for n in range(POSTPONEMENTS_MAX):
        postpone(pledged, due=in_days(60 + n), reason="Lumi")
    with pytest.raises(MoveRefused):
        postpone(pledged, due=in_days(90), reason="Lumi")
    assert pledged.postponements.order_by("pk").first().from_due == first


def test_delivered_is_only_a_claim_until_the_proposer_says_so(pledged: Pledge) -> None:
    deliver(pledged)
    assert status_of(pledged.proposal) == Status.DELIVERED
    judge(pledged.proposal, voter_hash=ANNA, is_proposer=True, is_member=False, done=True)
    assert status_of(pledged.proposal) == Status.CONFIRMED
    pledged.refresh_from_db()
    assert pledged.state == "confirmed"


def test_three_supporters_confirm_and_nobody_counts_twice(pledged: Pledge) -> None:
    deliver(pledged)
    for voter in (ANNA, ANNA, BERTIL):
        judge(pledged.proposal, voter_hash=voter, is_proposer=False, is_member=False, done=True)
    assert status_of(pledged.proposal) == Status.DELIVERED
    judge(pledged.proposal, voter_hash=CECILIA, is_proposer=False, is_member=False, done=True)
    assert status_of(pledged.proposal) == Status.CONFIRMED


def test_a_member_of_a_pledging_organisation_never_judges(pledged: Pledge) -> None:
    deliver(pledged)
    with pytest.raises(MoveRefused):
        judge(pledged.proposal, voter_hash=ANNA, is_proposer=True, is_member=True, done=True)


def test_two_supporters_dispute_and_the_promise_is_at_work_again(pledged: Pledge) -> None:
    deliver(pledged)
    for voter in (ANNA, BERTIL):
        judge(pledged.proposal, voter_hash=voter, is_proposer=False, is_member=False, done=False)
    pledged.refresh_from_db()
    assert (status_of(pledged.proposal), pledged.state) == (Status.IN_PROGRESS, "disputed")
    deliver(pledged)
    judge(pledged.proposal, voter_hash=ANNA, is_proposer=False, is_member=False, done=False)
    assert status_of(pledged.proposal) == Status.DELIVERED  # the first round's voices do not count in the second


def test_after_thirty_days_nothing_is_disputed(pledged: Pledge, time_machine) -> None:
    deliver(pledged)
    time_machine.move_to(timezone.now() + datetime.timedelta(days=31))
    with pytest.raises(MoveRefused):
        judge(pledged.proposal, voter_hash=ANNA, is_proposer=True, is_member=False, done=False)
