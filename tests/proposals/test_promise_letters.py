"""What the author hears when a promise on their proposal is moved, handed back, or runs out of time: one letter."""

import datetime

import pytest
from django.core import mail
from django.utils import timezone, translation

from proposals.models import Event, Pledge, PublicationRule, Verb
from proposals.notifications import Letter, deliver, letter_of
from proposals.pledging import Promise, lapse, postpone, release, take_up
from tests.actors.people import organisation
from tests.proposals.rows import sent

DAY = datetime.timedelta(days=1)
ENDS = [
    (Verb.PLEDGE_LAPSED, lapse),
    (Verb.PLEDGE_RELEASED, lambda pledge: release(pledge, reason="No hands.")),
    (Verb.PLEDGE_POSTPONED, lambda pledge: postpone(pledge, due=pledge.due + DAY, reason="Rain.")),
]


@pytest.fixture
def pledge(db: None) -> Pledge:
    proposal = sent(rule=PublicationRule.AT_ONCE)
    promise = Promise(kind="do", text="The lamps are lit.", language="en", due=timezone.localdate() + 9 * DAY)
    return take_up(proposal, by=organisation(), promise=promise)


def letters_since(pk: int) -> list[Letter]:
    letters = [letter_of(event) for event in Event.objects.for_mail().filter(pk__gt=pk)]
    return [letter for letter in letters if letter]


@pytest.mark.parametrize(("verb", "act"), ENDS)
def test_the_author_hears_once_what_became_of_the_promise(pledge: Pledge, verb: Verb, act) -> None:
    pledge.proposal.confirm()
    before = Event.objects.latest("pk").pk
    act(pledge)
    assert letters_since(before) == [Letter.PROMISE]
    event = Event.objects.for_mail().get(verb=verb)
    deliver(event)
    deliver(event)
    (letter,) = mail.outbox
    with translation.override("en"):
        assert str(verb.label) in letter.subject
        assert str(verb.label) in letter.body
    assert "A bench by the pond" in letter.body


@pytest.mark.parametrize(("verb", "act"), ENDS)
def test_an_address_that_was_never_confirmed_hears_nothing(pledge: Pledge, verb: Verb, act) -> None:
    before = Event.objects.latest("pk").pk
    act(pledge)
    assert letters_since(before) == []
