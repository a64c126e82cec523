"""The promises behind the demo city's proposals: one for each that somebody has taken up, in the words of its history."""

import pytest
from django.utils import timezone

from mapapp.demo.promises import ORGANISATIONS, load_promises
from proposals.models import Pledge, Proposal, PublicationRule, Role, Status
from tests.proposals.rows import sent


@pytest.fixture
def taken_up(db: None) -> Proposal:
    proposal = sent(rule=PublicationRule.AT_ONCE)
    Proposal.objects.filter(pk=proposal.pk).update(source="demo", source_id="demo-1")
    proposal.refresh_from_db()
    proposal.change_status(Status.TAKEN_UP, role=Role.ORGANISATION, reason="We bring two benches.")
    return proposal


def test_the_promise_has_the_words_of_the_history_and_a_date_to_come(taken_up: Proposal) -> None:
    assert load_promises("demo") == 1
    pledge = Pledge.objects.get()
    assert (pledge.promise, pledge.state, pledge.part) == ("We bring two benches.", "active", "lead")
    assert pledge.due > timezone.localdate()
    assert pledge.organisation.slug in ORGANISATIONS


def test_a_delivered_one_is_only_reported_and_a_confirmed_one_has_ended(taken_up: Proposal) -> None:
    taken_up.change_status(Status.DELIVERED, role=Role.ORGANISATION)
    load_promises("demo")
    assert Pledge.objects.get().state == "delivered"
    Pledge.objects.all().delete()
    taken_up.change_status(Status.CONFIRMED, role=Role.RESIDENT)
    load_promises("demo")
    assert Pledge.objects.get().ended_at is not None


def test_loading_again_adds_none_and_leaves_other_sources_alone(taken_up: Proposal) -> None:
    other = sent(rule=PublicationRule.AT_ONCE)
    other.change_status(Status.TAKEN_UP, role=Role.ORGANISATION)
    assert load_promises("demo") == 1
    assert load_promises("demo") == 0
    assert not other.pledges.exists()
