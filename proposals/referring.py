"""What residents have disputed twice: given to the facilitator, who brings both sides together."""

from django.db.models import Max, Q

from proposals.models import Event, Proposal, Role, Status, Verb
from proposals.models.proposal import ProposalQuerySet


def refer_second_dispute(proposal: Proposal) -> None:
    """Gives a locked proposal that was disputed just now to the facilitator, unless it was the first time."""
    disputes = Event.objects.of(proposal).reaching(Verb.STATUS_CHANGED, Status.IN_PROGRESS)
    if sum(event.before == Status.DELIVERED for event in disputes) > 1:
        proposal.note(Verb.REFERRED, role=Role.SYSTEM)


def referred() -> ProposalQuerySet:
    """Public proposals in progress that were given to the facilitator, longest ago first, each with `referred_at`."""
    given = Max("events__at", filter=Q(events__verb=Verb.REFERRED))
    rows = Proposal.objects.public().with_status([Status.IN_PROGRESS]).for_lists()
    return rows.annotate(referred_at=given).filter(referred_at__isnull=False).order_by("referred_at", "pk")
