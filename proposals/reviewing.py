"""The author's right to a new review: once for each time that something was hidden after it had been let through."""

from django.db import transaction

from proposals.models import Event, Proposal, Publication, Role, Verb
from proposals.models.proposal import HIDDEN_PART, MoveRefused


def may_ask(proposal: Proposal) -> bool:
    """Whether all or a part of it is hidden, and no review was asked for since it was last let through."""
    is_hidden = proposal.publication == Publication.HIDDEN
    in_part = proposal.is_public and HIDDEN_PART in proposal.title + proposal.body
    return (is_hidden or in_part) and not Event.objects.of(proposal).asked_since_published()


def ask_review(proposal: Proposal, words: str) -> None:
    """Puts it before a moderator again, with what its author says. Raises MoveRefused where that was done already."""
    with transaction.atomic():
        locked = proposal.locked()
        if not may_ask(locked):
            raise MoveRefused("a new review cannot be asked for")
        locked.note(Verb.REVIEW_ASKED, role=Role.RESIDENT, reason=words)
    proposal.refresh_from_db()
