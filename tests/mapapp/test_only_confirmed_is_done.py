"""What is only reported as done, or ended without a deed, counts as done in no figure: area, report, organisation."""

import pytest

from mapapp.report_figures import count_figures
from proposals.models import Pledge, Proposal, Status
from proposals.models.pledge import OPEN_STATES, PledgeFigures, PledgeState
from tests.actors.people import organisation
from tests.geodata.rows import NOON, make_proposal
from tests.mapapp.reading import read

DONE = Status.CONFIRMED
NOT_DONE = [status for status in Status if status != DONE]


@pytest.fixture(autouse=True)
def city(toytown):
    return toytown


def in_stage(status: Status) -> Proposal:
    target = make_proposal(title="Goes on") if status == Status.MERGED else None
    return make_proposal(status=status, merged_into=target)


def confirmed_on_the_area_page(client) -> int:
    figures = read(client.get("/en/areas/north-west/").content).one("dl", class_="figures")
    return int(figures.all("dd")[-1].text)


@pytest.mark.parametrize("status", NOT_DONE)
def test_no_other_stage_is_counted_as_done(client, status):
    in_stage(status)
    assert confirmed_on_the_area_page(client) == 0
    assert count_figures(Proposal.objects.public()).total.confirmed == 0


def test_what_the_people_confirmed_is_counted(client):
    in_stage(DONE)
    assert confirmed_on_the_area_page(client) == 1
    assert count_figures(Proposal.objects.public()).total.confirmed == 1


@pytest.mark.parametrize("state", PledgeState)
def test_a_promise_is_kept_only_when_the_people_say_so(state):
    by = organisation()
    ended_at = None if state in OPEN_STATES else NOON
    words = {"kind": "do", "part": "lead", "promise": "x", "language": "en", "due": NOON.date(), "reason": "y"}
    Pledge.objects.create(
        proposal=make_proposal(), organisation=by, state=state, made_at=NOON, ended_at=ended_at, **words
    )
    figures: PledgeFigures = Pledge.objects.figures_of([by.pk])[by.pk]
    assert figures.kept == (state == PledgeState.CONFIRMED)
