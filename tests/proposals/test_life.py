"""The life of a proposal and of the promises on it, in any order of any verbs: no illegal state, one event a change."""

import datetime
import itertools
from collections import Counter
from collections.abc import Callable

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from actors.models import Organisation
from proposals.ending import Ending, WorkHasBegun, end, outdate
from proposals.models import Event, Pledge, Proposal, PublicationRule, Role, Status, Verb
from proposals.models.pledge import AT_WORK, OPEN_STATES, PledgeState
from proposals.models.proposal import ENDINGS_WITHOUT_DEED, MOVES, MoveRefused
from proposals.pledging import (
    NotOpenToPromises,
    Promise,
    deliver,
    judge,
    lapse,
    postpone,
    release,
    start_work,
    take_up,
)
from proposals.referring import referred
from proposals.reminding import end_what_is_out_of_time
from tests.actors.people import organisation
from tests.proposals.rows import sent

ANNA, BERTIL, CECILIA = "a" * 64, "b" * 64, "c" * 64
REASON = "The street is not ours."


def promise(days: int = 30) -> Promise:
    due = timezone.localdate() + datetime.timedelta(days=days)
    return Promise(kind="do", text="The lamps are lit.", language="en", due=due)


def ending(to: Status, target: Proposal | None = None) -> Ending:
    return Ending(to, REASON, target=target.pk if target else None)


def told(proposal: Proposal) -> list[Event]:
    """Its history, oldest first."""
    return list(Event.objects.of(proposal).order_by("pk"))


# --- what a test must be able to show by itself -----------------------------------------------------------------------------


@pytest.fixture
def bench(db: None) -> Proposal:
    return sent(rule=PublicationRule.AT_ONCE)


@pytest.mark.parametrize("to", sorted(ENDINGS_WITHOUT_DEED))
def test_what_has_ended_is_opened_again_before_anybody_takes_it_up(bench: Proposal, to: Status) -> None:
    target = sent(rule=PublicationRule.AT_ONCE, title="Another") if to == Status.MERGED else None
    end(bench, ending(to, target), role=Role.FACILITATOR, version=None)
    by = organisation()
    with pytest.raises(NotOpenToPromises):
        take_up(bench, by=by, promise=promise())
    with pytest.raises(MoveRefused):
        bench.change_status(Status.TAKEN_UP, role=Role.FACILITATOR)
    end(bench, ending(Status.OPEN), role=Role.FACILITATOR, version=None)
    take_up(bench, by=by, promise=promise())
    bench.refresh_from_db()
    assert (bench.status, bench.merged_into) == (Status.TAKEN_UP, None)


def test_one_ending_does_not_follow_another(bench: Proposal) -> None:
    target = sent(rule=PublicationRule.AT_ONCE, title="Another")
    for first in sorted(ENDINGS_WITHOUT_DEED):
        end(bench, ending(first, target), role=Role.FACILITATOR, version=None)
        for second in sorted(ENDINGS_WITHOUT_DEED):
            events = len(told(bench))
            with pytest.raises(MoveRefused):
                end(bench, ending(second, target), role=Role.FACILITATOR, version=None)
            bench.refresh_from_db()
            assert (bench.status, len(told(bench))) == (first, events)
        end(bench, ending(Status.OPEN), role=Role.FACILITATOR, version=None)


def test_each_dispute_but_the_first_is_given_to_the_facilitator_once(bench: Proposal) -> None:
    pledge = take_up(bench, by=organisation(), promise=promise())
    for times in range(4):
        assert sum(event.verb == Verb.REFERRED for event in told(bench)) == max(0, times - 1)
        assert referred().exists() == (times > 1)
        deliver(pledge)
        assert not referred().exists()
        judge(bench, voter_hash=ANNA, is_proposer=True, is_member=False, done=False)


def test_disputed_promises_may_be_ended_by_staff_and_those_at_work_may_not(bench: Proposal) -> None:
    pledge = take_up(bench, by=organisation(), promise=promise())
    start_work(pledge)
    with pytest.raises(WorkHasBegun):
        end(bench, ending(Status.CLOSED_UNFIXED), role=Role.FACILITATOR, version=None)
    deliver(pledge)
    judge(bench, voter_hash=ANNA, is_proposer=True, is_member=False, done=False)
    end(bench, ending(Status.CLOSED_UNFIXED), role=Role.FACILITATOR, version=None)
    pledge.refresh_from_db()
    assert pledge.state == PledgeState.RELEASED
    assert not referred().exists()


# --- any order of any verbs -------------------------------------------------------------------------------------------------


class Life(RuleBasedStateMachine):
    """Two organisations, three voters, staff and the days that pass, on one proposal that has a neighbour."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(timezone.now(), tick=True)
        self.traveller = self.clock.start()
        self.proposal = sent(rule=PublicationRule.AT_ONCE)
        self.neighbour = sent(rule=PublicationRule.AT_ONCE, title="A bench at the pond")
        known = list(Organisation.objects.filter(slug__in=("one", "two")).order_by("slug"))
        self.organisations = known or [organisation("one"), organisation("two")]

    def teardown(self) -> None:
        self.clock.stop()

    def attempt(self, verb: Callable[[], object]) -> None:
        """What is refused leaves nothing behind; what is done moves along the table and tells each step once."""
        before, state = told(self.proposal), self.state()
        try:
            with transaction.atomic():
                verb()
        except MoveRefused:
            assert (told(self.proposal), self.state()) == (before, state)
            return
        new = told(self.proposal)[len(before) :]
        assert new or self.state() == state
        steps = [state[0], *(event.after for event in new if event.verb == Verb.STATUS_CHANGED)]
        assert steps[-1] == self.state()[0]
        assert all(Status(b) in MOVES[Status(a)] for a, b in itertools.pairwise(steps))

    def state(self) -> tuple[object, ...]:
        self.proposal.refresh_from_db()
        pledges = self.proposal.pledges.order_by("pk").values_list("pk", "state", "part", "due")
        return self.proposal.status, self.proposal.publication, self.proposal.merged_into_id, *pledges

    def pledge_of(self, n: int) -> Pledge | None:
        return self.proposal.pledges.of_organisation(self.organisations[n]).order_by("-pk").first()

    @rule(n=st.integers(0, 1), days=st.integers(-1, 40))
    def take_up(self, n: int, days: int) -> None:
        self.attempt(lambda: take_up(self.proposal, by=self.organisations[n], promise=promise(days)))

    @rule(n=st.integers(0, 1), verb=st.sampled_from(["start", "deliver", "deliver", "postpone", "release", "lapse"]))
    def by_the_organisation(self, n: int, verb: str) -> None:
        pledge = self.pledge_of(n)
        if pledge is None:
            return
        later = pledge.due + datetime.timedelta(days=9)
        verbs = {
            "start": lambda: start_work(pledge),
            "deliver": lambda: deliver(pledge),
            "postpone": lambda: postpone(pledge, due=later, reason="Snow"),
            "release": lambda: release(pledge, reason="No money"),
            "lapse": lambda: lapse(pledge),
        }
        self.attempt(verbs[verb])

    @rule(
        voter=st.sampled_from([ANNA, BERTIL, CECILIA]),
        proposer=st.booleans(),
        done=st.sampled_from([True, False, False]),
    )
    def judge(self, voter: str, proposer: bool, done: bool) -> None:
        self.attempt(lambda: judge(self.proposal, voter_hash=voter, is_proposer=proposer, is_member=False, done=done))

    @rule(n=st.integers(0, 1), done=st.sampled_from([True, False, False, False]))
    def report_and_hear_the_proposer(self, n: int, done: bool) -> None:
        """Two steps at once, or a second dispute would hardly ever come."""
        self.by_the_organisation(n=n, verb="deliver")
        self.judge(voter=ANNA, proposer=True, done=done)

    @rule(to=st.sampled_from([*sorted(ENDINGS_WITHOUT_DEED), Status.OPEN, Status.OPEN, Status.CONFIRMED]))
    def end(self, to: Status) -> None:
        wanted = ending(to, self.neighbour if to == Status.MERGED else None)
        self.attempt(lambda: end(self.proposal, wanted, role=Role.FACILITATOR, version=None))

    @rule()
    def the_author_says_that_it_is_no_longer_current(self) -> None:
        self.attempt(lambda: outdate(self.proposal))

    @rule(to=st.sampled_from([Status.MERGED, Status.OPEN]))
    def end_the_neighbour(self, to: Status) -> None:
        target = self.proposal if to == Status.MERGED else None
        self.attempt(lambda: end(self.neighbour, ending(to, target), role=Role.FACILITATOR, version=None))

    @rule(shown=st.sampled_from([True, True, False]))
    def by_a_moderator(self, shown: bool) -> None:
        verbs = {True: lambda: self.proposal.publish(role=Role.MODERATOR), False: self.hide}
        self.attempt(verbs[shown])

    def hide(self) -> None:
        self.proposal.hide(role=Role.MODERATOR, reason="No.")

    @rule(days=st.sampled_from([1, 8, 31, 48]))
    def days_pass(self, days: int) -> None:
        self.traveller.shift(datetime.timedelta(days=days))
        self.attempt(lambda: end_what_is_out_of_time(timezone.localdate()))

    @invariant()
    def proposal_and_promises_agree(self) -> None:
        self.proposal.refresh_from_db()
        pledges = list(self.proposal.pledges.all())
        open_pledges = [pledge for pledge in pledges if pledge.state in OPEN_STATES]
        assert sum(pledge.part == "lead" for pledge in open_pledges) == bool(open_pledges)
        status = Status(self.proposal.status)
        if status in {Status.OPEN, Status.CONFIRMED, *ENDINGS_WITHOUT_DEED}:
            assert not open_pledges
        if status in (Status.TAKEN_UP, Status.IN_PROGRESS):
            assert any(pledge.state in AT_WORK for pledge in open_pledges)  # somebody still owes something
        if status == Status.DELIVERED:
            assert {pledge.state for pledge in open_pledges} == {PledgeState.DELIVERED}
        if status == Status.CONFIRMED:
            assert any(pledge.state == PledgeState.CONFIRMED for pledge in pledges)
            assert self.proposal.verdicts.filter(done=True).exists()

    @invariant()
    def merged_is_what_has_a_target_and_no_two_point_at_each_other(self) -> None:
        self.proposal.refresh_from_db()
        self.neighbour.refresh_from_db()
        for one in (self.proposal, self.neighbour):
            assert (one.status == Status.MERGED) == (one.merged_into_id is not None)
        assert {self.proposal.status, self.neighbour.status} != {Status.MERGED}

    @invariant()
    def every_change_is_told_once(self) -> None:
        events = told(self.proposal)
        moves = [event for event in events if event.verb == Verb.STATUS_CHANGED]
        chain = [Status.OPEN, *(event.after for event in moves)]
        assert [event.before for event in moves] == chain[:-1]
        assert chain[-1] == self.proposal.status
        told_of = Counter(event.verb for event in events)
        states = Counter(self.proposal.pledges.values_list("state", flat=True))
        assert told_of[Verb.PLEDGE_RELEASED] == states[PledgeState.RELEASED]
        assert told_of[Verb.PLEDGE_LAPSED] == states[PledgeState.LAPSED]
        moved = sum(pledge.postponements.count() for pledge in self.proposal.pledges.all())
        assert told_of[Verb.PLEDGE_POSTPONED] == moved
        taken_up = sum((move.before, move.after) == (Status.OPEN, Status.TAKEN_UP) for move in moves)
        assert told_of[Verb.PLEDGED] + taken_up == states.total()
        disputes = sum((move.before, move.after) == (Status.DELIVERED, Status.IN_PROGRESS) for move in moves)
        assert told_of[Verb.REFERRED] == max(0, disputes - 1)


class LifeTest(TestCase):
    def test_no_illegal_state_is_reachable(self) -> None:
        run_state_machine_as_test(
            Life, settings=hypothesis_settings(max_examples=20, stateful_step_count=20, deadline=None)
        )
