"""The honest ending without a deed: by the city's staff with a reason, or by the author, for whom it is no longer current.

Nothing of it counts as done. Promises still owed are handed back first, with the same reason; where the work has begun
and nobody disputed it, the organisation is asked to hand back itself.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from actors import mails
from actors.models import ContactPerson, Organisation
from proposals.forwarding import pass_on
from proposals.models import Proposal, Role, Status
from proposals.models.pledge import PledgeState
from proposals.models.proposal import ENDINGS_WITHOUT_DEED, MoveRefused
from proposals.pledging import release


class WorkHasBegun(MoveRefused):
    """Somebody is at work: they hand back first."""


class NoTarget(MoveRefused):
    """What it is merged with is not public, is merged itself, or is the proposal itself."""


@dataclass(frozen=True)
class Ending:
    """How it ends and why, checked by its form; or OPEN: it is open again."""

    to: Status
    reason: str
    target: int | None = None  # of MERGED: the key of the proposal that goes on
    could: Organisation | None = None  # of FORWARDED: who could, where the directory knows them
    door: str = ""  # of FORWARDED: the Open311 door of the neighbour that gets it


def end(proposal: Proposal, ending: Ending, *, role: Role, actor_id: int | None = None, version: int | None) -> None:
    """Ends `proposal`, or opens it again. Raises MoveRefused or StaleVersion; then nothing is written."""
    if ending.to not in {*ENDINGS_WITHOUT_DEED, Status.OPEN} or not ending.reason.strip():
        raise MoveRefused("an ending needs a reason")
    with transaction.atomic():
        locked = proposal.locked(version)
        if not locked.is_public or (ending.to == Status.OPEN and Status(locked.status) not in ENDINGS_WITHOUT_DEED):
            raise MoveRefused("only what is public ends, and only what was ended opens again")
        target = _target(locked, ending.target) if ending.to == Status.MERGED else None
        _hand_back(locked, ending.reason, role=role, actor_id=actor_id)
        locked.refresh_from_db()
        if target is not None:  # before the stage: one that is merged has a target
            _merge(locked, target)
        locked.move_to(ending.to, role=role, reason=ending.reason, actor_id=actor_id)
        if target is None and locked.merged_into_id:
            _merge(locked, None)
        if ending.to == Status.FORWARDED and ending.could is not None:
            _tell(locked, ending.could, ending.reason)
        if ending.to == Status.FORWARDED and ending.door:
            pass_on(locked, ending.door)
    proposal.refresh_from_db()


def outdate(proposal: Proposal) -> None:
    """Its author says that it is no longer current. Raises MoveRefused."""
    with translation.override(settings.LANGUAGE_CODE):
        reason = _("The person who proposed it says that it is no longer current.")
    end(proposal, Ending(Status.OUTDATED, reason), role=Role.RESIDENT, version=None)


def _target(proposal: Proposal, pk: int | None) -> Proposal:
    target = Proposal.objects.public().find(pk) if pk else None
    if target is None or target.pk == proposal.pk or target.status == Status.MERGED:
        raise NoTarget("merged with another public proposal that is not merged itself")
    return target


def _merge(proposal: Proposal, target: Proposal | None) -> None:
    proposal.merged_into = target
    proposal.save(update_fields=["merged_into"])


def _hand_back(proposal: Proposal, reason: str, *, role: Role, actor_id: int | None) -> None:
    for pledge in proposal.pledges.open().select_related("organisation").order_by("pk"):
        if pledge.state == PledgeState.DELIVERED:
            raise MoveRefused("the verdict on what is reported as done comes first")
        if pledge.state == PledgeState.ACTIVE and proposal.status == Status.IN_PROGRESS:
            raise WorkHasBegun("who is at work hands back first")
        release(pledge, reason=reason, role=role, actor_id=actor_id)
        with translation.override(settings.LANGUAGE_CODE):
            _write(pledge.organisation, "handed_back", _("Your promise was handed back"), proposal, reason)


def _tell(proposal: Proposal, could: Organisation, reason: str) -> None:
    """Writes to the organisation that could."""
    with translation.override(settings.LANGUAGE_CODE):
        _write(could, "forwarded", _("A proposal that you could take up"), proposal, reason)


def _write(to: Organisation, template: str, subject: str, proposal: Proposal, reason: str) -> None:
    """A mail to the contact person, where there is one."""
    contact = ContactPerson.objects.of_organisation(to)
    if contact is not None:
        address = settings.SITE_URL + proposal.get_absolute_url()
        words = {"organisation": str(to), "title": proposal.title, "reason": reason, "link": address}
        mails.post(contact.email, template, subject, words)
