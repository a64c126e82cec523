"""Reports of what is out of place: one a device and one a network; enough of them hide it until a moderator has looked."""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from proposals.links import mail_language
from proposals.models import Comment, Contact, Flag, FlagReason, Proposal, Role
from proposals.supporting import NotPublic

FLAGS_TO_HIDE = 3  # from as many devices and networks
SETTLED_FOR = datetime.timedelta(days=30)  # so long nothing is hidden again that a moderator let stand


@dataclass(frozen=True)
class Report:
    """What somebody reports, checked by its form."""

    reason: FlagReason
    note: str = ""
    device_hash: str = ""
    network_hash: str = ""
    proven: bool = True  # came with a proof of work


def flag(thing: Proposal | Comment, report: Report) -> bool:
    """Counts the report, where this device and network have not reported it yet; says whether it hid `thing`.

    Raises NotPublic. The proposal's lock makes reports come one after the other, so that the third sees the two before.
    """
    proposal = thing.proposal if isinstance(thing, Comment) else thing
    with transaction.atomic():
        locked = proposal.locked()
        thing.refresh_from_db()
        if not locked.is_public or not thing.is_public:
            raise NotPublic
        _store(thing, report)
        hides = _is_enough(thing)
        if hides:
            _hide(thing, locked)
    return hides


def settle(thing: Proposal | Comment) -> int:
    """A moderator has looked at it: its reports are done with, and for thirty days new ones hide nothing."""
    return Flag.objects.of(thing).unsettled().update(settled_at=timezone.now())


def _store(thing: Proposal | Comment, report: Report) -> None:
    row = Flag(
        reason=report.reason,
        note=report.note,
        device_hash=report.device_hash,
        network_hash=report.network_hash,
        proven=report.proven,
        at=timezone.now(),
    )
    if isinstance(thing, Comment):
        row.comment = thing
    else:
        row.proposal = thing
    Flag.objects.bulk_create([row], ignore_conflicts=True)


def _is_enough(thing: Proposal | Comment) -> bool:
    flags = Flag.objects.of(thing)
    if flags.settled_since(timezone.now() - SETTLED_FOR).exists():
        return False
    return flags.unsettled().proven().count() >= FLAGS_TO_HIDE


def _hide(thing: Proposal | Comment, proposal: Proposal) -> None:
    if isinstance(thing, Comment):
        with translation.override(settings.LANGUAGE_CODE):
            thing.hold(reason=_("Several people reported it. A moderator looks at it."))
        return
    contact = Contact.objects.of(proposal.pk)
    with translation.override(mail_language(contact) if contact else settings.LANGUAGE_CODE):
        thing.hide(role=Role.SYSTEM, reason=_("Several people reported it. A moderator looks at it."))
