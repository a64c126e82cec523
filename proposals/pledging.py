"""Taking a proposal up and what follows: join, deliver, postpone, hand back, lapse, and the people's verdict.

Each verb locks the proposal first, so that two at once come one after the other and both succeed; it writes the pledge,
the proposal's stage and one event in one transaction. No organisation alone ever reaches "confirmed".
"""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from actors import mails
from actors.models import ContactPerson, Organisation
from proposals.models import Event, Proposal, Role, Status, Verb
from proposals.models.pledge import (
    AT_WORK,
    PLEDGE_MOVES,
    POSTPONEMENTS_MAX,
    Consent,
    Part,
    Pledge,
    PledgeKind,
    PledgeState,
    Postponement,
    Verdict,
    reminders_past,
)
from proposals.models.proposal import MoveRefused
from proposals.referring import refer_second_dispute

SUPPORTERS_TO_CONFIRM = 3
SUPPORTERS_TO_DISPUTE = 2
DISPUTE_DAYS = 30  # after a delivery
UNTAKEN = (Status.OPEN, Status.TAKEN_UP, Status.IN_PROGRESS)  # stages in which a promise can be made


class NotOpenToPromises(MoveRefused):
    """The stage of the proposal allows no promise: what ended without a deed is opened again first."""


class PromisedAlready(MoveRefused):
    """One promise an organisation at a time."""


@dataclass(frozen=True)
class Promise:
    """What an organisation promises, checked by its form. `due` is a day of the city's calendar."""

    kind: PledgeKind
    text: str
    language: str
    due: datetime.date
    consent: Consent = Consent.NOT_NEEDED


def take_up(proposal: Proposal, *, by: Organisation, promise: Promise, actor_id: int | None = None) -> Pledge:
    """`by` takes `proposal` up: as its lead, or as a partner where another is leading already.

    Raises MoveRefused where the proposal is not public or has ended, the organisation is not verified or no longer valid,
    has promised already, or the date is past.
    """
    with transaction.atomic():
        locked = proposal.locked()
        _refuse_pledge(locked, by, promise)
        part = Part.PARTNER if locked.pledges.open().leading().exists() else Part.LEAD
        pledge = Pledge.objects.create(
            proposal=locked,
            organisation=by,
            kind=promise.kind,
            part=part,
            promise=promise.text,
            language=promise.language,
            due=promise.due,
            consent=promise.consent,
            made_at=timezone.now(),
            reminded_days=reminders_past(promise.due, timezone.localdate()),  # who has just promised needs no reminder
        )
        if locked.status == Status.OPEN:
            locked.move_to(Status.TAKEN_UP, role=Role.ORGANISATION, actor_id=actor_id)
        else:
            locked.note(Verb.PLEDGED, role=Role.ORGANISATION, after=part, actor_id=actor_id)
    return pledge


def _refuse_pledge(proposal: Proposal, by: Organisation, promise: Promise) -> None:
    if not proposal.is_public or proposal.status not in UNTAKEN:
        raise NotOpenToPromises("this proposal cannot be taken up now")
    if not by.may_pledge(timezone.localdate()):
        raise MoveRefused("only a verified organisation whose time has not ended may promise")
    if proposal.pledges.open().of_organisation(by).exists():
        raise PromisedAlready("the organisation has promised already")
    if promise.due < timezone.localdate():
        raise MoveRefused("the date is past")


def start_work(pledge: Pledge, *, actor_id: int | None = None) -> None:
    """The lead tells that the work has begun. Raises MoveRefused for a partner or an ended promise."""
    with transaction.atomic():
        proposal = pledge.proposal.locked()
        pledge.refresh_from_db(fields=["state", "part"])
        if pledge.part != Part.LEAD or pledge.state not in AT_WORK:
            raise MoveRefused("only the lead of a promise in force begins the work")
        proposal.move_to(Status.IN_PROGRESS, role=Role.ORGANISATION, actor_id=actor_id)


def deliver(pledge: Pledge, *, actor_id: int | None = None) -> None:
    """The organisation reports its promise as done; where it leads, the proposal is reported as done: only a claim."""
    with transaction.atomic():
        proposal = pledge.proposal.locked()
        _move(pledge, PledgeState.DELIVERED)
        if pledge.part == Part.LEAD:
            for partner in proposal.pledges.at_work():
                _move(partner, PledgeState.DELIVERED)
            proposal.move_to(Status.DELIVERED, role=Role.ORGANISATION, actor_id=actor_id)
        else:
            proposal.note(Verb.PLEDGE_DELIVERED, role=Role.ORGANISATION, actor_id=actor_id)


def postpone(pledge: Pledge, *, due: datetime.date, reason: str, actor_id: int | None = None) -> None:
    """Moves the date, three times at most; the old one stays public. Raises MoveRefused otherwise."""
    with transaction.atomic():
        proposal = pledge.proposal.locked()
        pledge.refresh_from_db()
        if pledge.state not in AT_WORK:
            raise MoveRefused("only a promise in force can be moved")
        if pledge.postponements.count() >= POSTPONEMENTS_MAX:
            raise MoveRefused("a promise is moved three times at most")
        if due <= pledge.due or due < timezone.localdate() or not reason.strip():
            raise MoveRefused("a later date and a reason are needed")
        Postponement.objects.create(pledge=pledge, from_due=pledge.due, to_due=due, reason=reason, at=timezone.now())
        pledge.due, pledge.reminded_days = due, reminders_past(due, timezone.localdate())
        pledge.save(update_fields=["due", "reminded_days"])
        proposal.note(Verb.PLEDGE_POSTPONED, role=Role.ORGANISATION, reason=reason, actor_id=actor_id)


def release(pledge: Pledge, *, reason: str, role: Role = Role.ORGANISATION, actor_id: int | None = None) -> None:
    """The organisation hands its promise back, with a reason. With no open promise left the proposal is open again."""
    if not reason.strip():
        raise MoveRefused("handing back needs a reason")
    _end(pledge, PledgeState.RELEASED, Verb.PLEDGE_RELEASED, role=role, reason=reason, actor_id=actor_id)


def hand_back_of_past(today: datetime.date) -> int:
    """Hands back what organisations whose time was over before `today` still owe, and tells each once; returns how many.

    What is reported as done stays: the people's verdict on it does not need the organisation any more.
    """
    handed_back: dict[Organisation, int] = {}
    for pledge in Pledge.objects.at_work().of_past_organisations(today).select_related("organisation", "proposal"):
        with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
            release(pledge, reason=_("The organisation's time on the map is over."), role=Role.SYSTEM)
            first = pledge.organisation not in handed_back
            contact = ContactPerson.objects.of_organisation(pledge.organisation) if first else None
            if contact is not None:
                words = {"organisation": str(pledge.organisation)}
                mails.post(contact.email, "pledges_ended", _("Your open promises were handed back"), words)
        handed_back[pledge.organisation] = handed_back.get(pledge.organisation, 0) + 1
    return sum(handed_back.values())


def lapse(pledge: Pledge) -> None:
    """The date and the days of grace are over: the promise ends by itself."""
    _end(pledge, PledgeState.LAPSED, Verb.PLEDGE_LAPSED, role=Role.SYSTEM)


def _end(
    pledge: Pledge, to: PledgeState, verb: Verb, *, role: Role, reason: str = "", actor_id: int | None = None
) -> None:
    with transaction.atomic():
        proposal = pledge.proposal.locked()
        _move(pledge, to, reason)
        left = list(proposal.pledges.open().order_by("pk"))
        if pledge.part == Part.LEAD and left:  # the oldest partner leads now
            left[0].part = Part.LEAD
            left[0].save(update_fields=["part"])
        proposal.note(verb, role=role, reason=reason, actor_id=actor_id)
        if Status(proposal.status) in (Status.TAKEN_UP, Status.IN_PROGRESS):
            if not left:
                proposal.move_to(Status.OPEN, role=Role.SYSTEM, reason=reason or _time_ran_out())
            elif all(other.state == PledgeState.DELIVERED for other in left):  # nobody owes anything any more
                proposal.move_to(Status.DELIVERED, role=Role.SYSTEM)


def _time_ran_out() -> str:
    """Why the proposal is open again, in the city's first language as all that the service itself says in the history."""
    with translation.override(settings.LANGUAGE_CODE):
        return _("The time of the promise ran out.")


def _move(pledge: Pledge, to: PledgeState, reason: str = "") -> None:
    """Moves a pledge of a locked proposal along PLEDGE_MOVES. Raises MoveRefused."""
    pledge.refresh_from_db(fields=["state", "part"])
    if to not in PLEDGE_MOVES[PledgeState(pledge.state)]:
        raise MoveRefused(f"a promise {pledge.state} does not become {to}")
    pledge.state = to
    pledge.reason = reason or pledge.reason
    pledge.ended_at = None if pledge.is_open else timezone.now()
    pledge.save(update_fields=["state", "reason", "ended_at"])


def judge(proposal: Proposal, *, voter_hash: str, is_proposer: bool, is_member: bool, done: bool) -> None:
    """The proposer or a supporter with a confirmed address says whether it is done; counted once a round.

    Confirmed by the proposer or by three supporters; disputed by the proposer or by two supporters within 30 days: then
    it is in progress again, and a second dispute is the facilitator's. Raises MoveRefused where there is nothing to judge
    or the voter belongs to a pledging organisation.
    """
    with transaction.atomic():
        locked = proposal.locked()
        if locked.status != Status.DELIVERED:
            raise MoveRefused("nothing is reported as done")
        if is_member:
            raise MoveRefused("who promised it does not judge it")
        deliveries = list(Event.objects.deliveries_of(locked))
        if not done and timezone.now() - deliveries[-1].at > datetime.timedelta(days=DISPUTE_DAYS):
            raise MoveRefused("the thirty days are over")
        round_number = len(deliveries)
        Verdict.objects.update_or_create(
            proposal=locked,
            round=round_number,
            voter_hash=voter_hash,
            defaults={"is_proposer": is_proposer, "done": done, "at": timezone.now()},
        )
        _count_verdicts(locked, round_number)


def _count_verdicts(proposal: Proposal, round_number: int) -> None:
    verdicts = list(proposal.verdicts.filter(round=round_number))
    yes, no = [v for v in verdicts if v.done], [v for v in verdicts if not v.done]
    if any(v.is_proposer for v in no) or len(no) >= SUPPORTERS_TO_DISPUTE:
        _end_round(proposal, PledgeState.DISPUTED)
        proposal.move_to(Status.IN_PROGRESS, role=Role.RESIDENT)
        refer_second_dispute(proposal)
    elif any(v.is_proposer for v in yes) or len(yes) >= SUPPORTERS_TO_CONFIRM:
        _end_round(proposal, PledgeState.CONFIRMED)
        proposal.move_to(Status.CONFIRMED, role=Role.RESIDENT)


def _end_round(proposal: Proposal, to: PledgeState) -> None:
    for pledge in proposal.pledges.delivered():
        _move(pledge, to)
