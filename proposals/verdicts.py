"""Who may say whether a proposal is really done: its proposer, and whoever supported it before it was reported as done.

Known by the proposer's device, by an account, or by a mailed link; with a confirmed address always.
"""

import datetime
from dataclasses import dataclass

from django.utils import timezone

from proposals import pledging
from proposals.models import Contact, Event, Proposal, Status, Support
from proposals.submit import address_hash

SILENCE = datetime.timedelta(days=60)  # after a delivery; then the page says that nobody has confirmed it


@dataclass(frozen=True)
class Voter:
    """A person with a confirmed address; `is_member` of an organisation whose promise is judged: then it never counts."""

    email: str
    is_proposer: bool
    is_member: bool


def voter_of(proposal: Proposal, *, on_own_device: bool = False, email: str = "") -> Voter | None:
    """The voter on the proposer's own device, else the one with the confirmed address `email`; None who may not vote."""
    contact = Contact.objects.confirmed_of(proposal)
    if contact is not None and (on_own_device or contact.email == email.lower()):
        return _voter(proposal, contact.email, is_proposer=True)
    if email and _supported_in_time(proposal, email):
        return _voter(proposal, email.lower(), is_proposer=False)
    return None


def judge(proposal: Proposal, voter: Voter, *, done: bool) -> None:
    """Counts the voter's answer, once a round. Raises MoveRefused."""
    pledging.judge(
        proposal,
        voter_hash=address_hash(voter.email),
        is_proposer=voter.is_proposer,
        is_member=voter.is_member,
        done=done,
    )


def is_unanswered(proposal: Proposal) -> bool:
    """Whether it was reported as done 60 days ago or longer and nobody has settled it: neither done nor undone."""
    if proposal.status != Status.DELIVERED:
        return False
    delivery = Event.objects.deliveries_of(proposal).last()
    return delivery is not None and delivery.at <= timezone.now() - SILENCE


def _voter(proposal: Proposal, email: str, *, is_proposer: bool) -> Voter:
    return Voter(email, is_proposer, is_member=proposal.pledges.open().by_member_with(email).exists())


def _supported_in_time(proposal: Proposal, email: str) -> bool:
    """Whether the address supported it, confirmed, before the delivery that is judged: none come to order after it."""
    delivery = Event.objects.deliveries_of(proposal).last()
    supports = Support.objects.of(proposal).by(address_hash=address_hash(email))
    return delivery is not None and supports.made_before(delivery.at).exists()
