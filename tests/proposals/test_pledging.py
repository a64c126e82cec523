"""Taking up, joining, delivering, postponing, handing back, lapsing, judging: refusals first, then a machine of them all."""

import datetime
import itertools

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from actors.models import Organisation
from proposals.models import Event, Pledge, Proposal, PublicationRule, Status
from proposals.models.pledge import OPEN_STATES, POSTPONEMENTS_MAX
from proposals.models.proposal import MOVES, MoveRefused
from proposals.pledging import Promise, deliver, judge, lapse, postpone, release, start_work, take_up
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


class Life(RuleBasedStateMachine):
    """Any order of any verbs by two organisations and three voters: no illegal state, and every change has one event."""

    def __init__(self) -> None:
        super().__init__()
        self.proposal = sent(rule=PublicationRule.AT_ONCE)
        known = Organisation.objects.filter(slug__in=("one", "two"))
        self.organisations = list(known) or [organisation("one"), organisation("two")]
        self.before = self.seen()

    def seen(self) -> tuple[str, int]:
        self.proposal.refresh_from_db()
        return self.proposal.status, Event.objects.of(self.proposal).count()

    def attempt(self, verb) -> None:
        status, events = self.seen()
        try:
            with transaction.atomic():
                verb()
        except MoveRefused:
            assert self.seen() == (status, events)
            return
        new_status, new_events = self.seen()
        assert new_events > events or new_status == status
        moved = [e for e in Event.objects.of(self.proposal).order_by("pk")[events:] if e.verb == "status_changed"]
        steps = [status, *(event.after for event in moved)]
        assert steps[-1] == new_status
        assert all(Status(b) in MOVES[Status(a)] for a, b in itertools.pairwise(steps))

    def pledge_of(self, n: int) -> Pledge | None:
        return self.proposal.pledges.of_organisation(self.organisations[n]).order_by("-pk").first()

    @rule(n=st.integers(0, 1), days=st.integers(-1, 40))
    def take_up(self, n: int, days: int) -> None:
        self.attempt(lambda: take_up(self.proposal, by=self.organisations[n], promise=promise(days)))

    @rule(n=st.integers(0, 1), verb=st.sampled_from(["start", "deliver", "postpone", "release", "lapse"]))
    def by_the_organisation(self, n: int, verb: str) -> None:
        pledge = self.pledge_of(n)
        if pledge is None:
            return
        verbs = {
            "start": lambda: start_work(pledge),
            "deliver": lambda: deliver(pledge),
            "postpone": lambda: postpone(pledge, due=pledge.due + datetime.timedelta(days=9), reason="Lumi"),
            "release": lambda: release(pledge, reason="Ei onnistu"),
            "lapse": lambda: lapse(pledge),
        }
        self.attempt(verbs[verb])

    @rule(voter=st.sampled_from([ANNA, BERTIL, CECILIA]), proposer=st.booleans(), done=st.booleans())
    def judge(self, voter: str, proposer: bool, done: bool) -> None:
        self.attempt(lambda: judge(self.proposal, voter_hash=voter, is_proposer=proposer, is_member=False, done=done))

    @invariant()
    def the_two_tables_agree(self) -> None:
        self.proposal.refresh_from_db()
        pledges = list(self.proposal.pledges.all())
        open_pledges = [pledge for pledge in pledges if pledge.state in OPEN_STATES]
        assert sum(pledge.part == "lead" for pledge in open_pledges) == bool(open_pledges)
        if self.proposal.status == Status.OPEN:
            assert not open_pledges
        if self.proposal.status in (Status.TAKEN_UP, Status.IN_PROGRESS):
            assert any(pledge.state != "delivered" for pledge in open_pledges)  # somebody still owes something
        if self.proposal.status == Status.CONFIRMED:
            assert any(pledge.state == "confirmed" for pledge in pledges)
            assert self.proposal.verdicts.filter(done=True).exists()


class LifeTest(TestCase):
    def test_no_illegal_state_is_reachable(self) -> None:
        run_state_machine_as_test(
            Life, settings=hypothesis_settings(max_examples=25, stateful_step_count=14, deadline=None)
        )
