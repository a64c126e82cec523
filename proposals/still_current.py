"""Whether an open proposal is still current: asked after a year of silence, and once more; then it ends by itself.

Its author may say at any time that it is not. Of those who support it three must say so, as three confirm that it is done,
and one who says that it is still current outweighs them. Run late, twice or after a pause the job does the same.
"""

import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from actors import mails
from proposals.ending import Ending, end, outdate
from proposals.links import mail_language
from proposals.models import Contact, Doubt, Event, Proposal, Role, Status, Subscriber, Support, Verb
from proposals.models.proposal import MoveRefused, ProposalQuerySet
from proposals.notifications import public_address
from proposals.pledging import SUPPORTERS_TO_CONFIRM
from proposals.submit import address_hash
from proposals.support_links import current_link

SILENCE = datetime.timedelta(days=365)  # nobody did, said or supported anything
AGAIN = datetime.timedelta(days=30)  # between the two questions, and from the second to the end
QUESTIONS = 2


def ask_and_end(now: datetime.datetime) -> int:
    """Asks about, or ends, each open proposal that has been silent for so long; returns how many."""
    return sum(_ask_or_end(pk, now) for pk in list(silent(now).order_by("pk").values_list("pk", flat=True)))


def silent(now: datetime.datetime) -> ProposalQuerySet:
    """Open public proposals of which nothing was heard for a year, that somebody can be asked about, and whose turn it is.

    A question is no sign of life; it raises `updated_at`, so that the next one waits.
    """
    a_year_ago, this = now - SILENCE, OuterRef("pk")
    events = Event.objects.filter(proposal=this, at__gt=a_year_ago).exclude(verb=Verb.ASKED_IF_CURRENT)
    supports = Support.objects.filter(proposal=this, at__gt=a_year_ago)
    author = Contact.objects.filter(proposal=this, confirmed_at__isnull=False).exclude(email="")
    followers = Subscriber.objects.confirmed().filter(follows__proposal=this)
    old = Proposal.objects.public().with_status([Status.OPEN]).filter(published_at__lte=a_year_ago)
    waiting = old.filter(updated_at__lte=now - AGAIN)
    return waiting.filter(~Exists(events), ~Exists(supports), Exists(author) | Exists(followers))


def _ask_or_end(pk: int, now: datetime.datetime) -> bool:
    with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
        proposal = silent(now).select_for_update(of=("self",), skip_locked=True).find(pk)
        if proposal is None:  # asked, answered or taken up a moment ago
            return False
        asked = questions_since_last_sign(proposal)
        supporters = _supporters(proposal)
        if asked >= QUESTIONS:
            reason = _("Nobody answered when we asked twice whether it is still current.")
            end(proposal, Ending(Status.OUTDATED, reason), role=Role.SYSTEM, version=None)
        elif supporters or Contact.objects.confirmed_of(proposal):
            proposal.note(Verb.ASKED_IF_CURRENT, role=Role.SYSTEM, after=str(asked + 1))
            for subscriber in supporters:
                _ask(subscriber, proposal, is_last=asked + 1 == QUESTIONS)
        else:
            return False
    return True


def questions_since_last_sign(proposal: Proposal) -> int:
    """How often it was asked about since anything else happened to it."""
    signs = Event.objects.of(proposal).exclude(verb=Verb.ASKED_IF_CURRENT).order_by("-pk")
    last = signs.values_list("pk", flat=True).first() or 0
    return Event.objects.of(proposal).filter(verb=Verb.ASKED_IF_CURRENT, pk__gt=last).count()


def _supporters(proposal: Proposal) -> list[Subscriber]:
    """Who supports it by a confirmed address and still wants to hear of it, the author apart."""
    confirmed = set(Support.objects.of(proposal).verified().values_list("address_hash", flat=True))
    author = Contact.objects.confirmed_of(proposal)
    followers = Subscriber.objects.confirmed().filter(follows__proposal=proposal).order_by("pk")
    own = author.email.lower() if author else ""
    return [one for one in followers if address_hash(one.email) in confirmed and one.email != own]


def _ask(subscriber: Subscriber, proposal: Proposal, *, is_last: bool) -> None:
    with translation.override(mail_language(subscriber)):
        words = {
            "title": proposal.title,
            "page_link": public_address(proposal),
            "current_link": current_link(subscriber, proposal),
            "is_last": is_last,
        }
        mails.post(subscriber.email, "still_current", _("Is it still current?"), words, of_use_for=AGAIN)


def may_answer(proposal: Proposal, email: str) -> bool:
    """Whether the owner of this confirmed address supports it: then they may say whether it is still current."""
    return Support.objects.of(proposal).by(address_hash=address_hash(email)).exists()


def say(proposal: Proposal, *, still_current: bool, email: str = "") -> None:
    """The answer of its author, or, with `email`, of a supporter. Raises MoveRefused where it waits for nobody."""
    if still_current:
        _keep(proposal)
    elif email:
        _doubt(proposal, address_hash(email))
    else:
        outdate(proposal)


def _keep(proposal: Proposal) -> None:
    """It is still current: the silence is over, and so are the doubts. Pressed again it changes nothing."""
    with transaction.atomic():
        locked = proposal.locked()
        _refuse_if_not_open(locked)
        locked.doubts.all().delete()
        if Event.objects.of(locked).latest("pk").verb != Verb.STILL_CURRENT:
            locked.note(Verb.STILL_CURRENT, role=Role.RESIDENT)


def _doubt(proposal: Proposal, voter_hash: str) -> None:
    with transaction.atomic():
        locked = proposal.locked()
        _refuse_if_not_open(locked)
        Doubt.objects.get_or_create(proposal=locked, voter_hash=voter_hash, defaults={"at": timezone.now()})
        if locked.doubts.count() >= SUPPORTERS_TO_CONFIRM:
            locked.doubts.all().delete()
            with translation.override(settings.LANGUAGE_CODE):
                reason = _("Three people who support it say that it is no longer current.")
            end(locked, Ending(Status.OUTDATED, reason), role=Role.SYSTEM, version=None)  # the author is told of it


def _refuse_if_not_open(proposal: Proposal) -> None:
    if not proposal.is_public or proposal.status != Status.OPEN:
        raise MoveRefused("only what waits for somebody is asked about")
