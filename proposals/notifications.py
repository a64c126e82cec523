"""From an event to the mail that tells the author of it: what is told, in which words, and how often.

People are told what others did, not what they did themselves. Until an address is confirmed, it gets only what it takes to
confirm it, with no word of the sender's in it: the service must be of no use for writing to strangers.
"""

import datetime
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formataddr
from enum import StrEnum
from smtplib import SMTPException, SMTPResponseException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from proposals.codes import new_code, written_tracking_code
from proposals.links import link, mail_language
from proposals.models import Contact, Event, MailSent, Proposal, Publication, Role, Status, Verb
from proposals.submit import address_hash

MAILS_PER_HOUR = 3  # to one address
HOUR = datetime.timedelta(hours=1)
LATER_ROUND = datetime.timedelta(minutes=30)  # a mail this long after an event was not of the same burst
BUSY = datetime.timedelta(seconds=30)  # another worker writes to the same address


class Letter(StrEnum):
    """The mails to an author; each has its template in templates/emails/."""

    CONFIRM = "confirm"
    THANKS = "thanks"
    PUBLISHED = "published"
    HIDDEN = "hidden"
    STATUS = "status"
    PART_HIDDEN = "part_hidden"
    WORDING_REFUSED = "wording_refused"
    DETAIL_ASKED = "detail_asked"
    DECISION_UNDONE = "decision_undone"
    PROMISE = "promise"
    STILL_CURRENT = "still_current"


# Of what moderators do besides publishing and hiding the whole.
OF_MODERATION = {
    Verb.PART_HIDDEN: Letter.PART_HIDDEN,
    Verb.WORDING_REFUSED: Letter.WORDING_REFUSED,
    Verb.DETAIL_ASKED: Letter.DETAIL_ASKED,
    Verb.DECISION_UNDONE: Letter.DECISION_UNDONE,
}
# Of a promise that still stands, or ended without a deed: its letter tells the stage too.
OF_PROMISES = frozenset({Verb.PLEDGE_POSTPONED, Verb.PLEDGE_RELEASED, Verb.PLEDGE_LAPSED})
ASKS_TO_CONFIRM = frozenset({Letter.CONFIRM, Letter.THANKS})
# Those in which the author may say that it is no longer current.
TELLS_HOW_TO_END = frozenset({Letter.PUBLISHED, Letter.STILL_CURRENT})


class NotDelivered(Exception):
    """The mail server did not take the mail; says why without naming anybody. Try again later."""


def letter_of(event: Event) -> Letter | None:
    """Which mail `event` calls for now; None where the author has no address, knows already, or asked for nothing."""
    try:
        contact = event.proposal.contact
    except Contact.DoesNotExist:
        return None
    if not contact.email:
        return None
    if contact.confirmed_at is None:
        return _letter_to_unconfirmed(event)
    by_others = event.role not in {Role.SYSTEM, Role.RESIDENT}
    if event.verb == Verb.HIDDEN:
        return Letter.HIDDEN
    if event.verb in OF_PROMISES:  # handed back because the proposal ended: the letter of its stage tells that
        return Letter.PROMISE if event.role in {Role.ORGANISATION, Role.SYSTEM} else None
    if event.verb == Verb.STATUS_CHANGED and event.role != Role.RESIDENT:
        is_told = event.role == Role.SYSTEM and event.after == Status.OPEN  # by the letter of the promise that ended
        return None if is_told else Letter.STATUS
    if event.verb == Verb.PUBLISHED and by_others and event.after == Publication.PUBLISHED:
        return Letter.PUBLISHED
    if event.verb == Verb.EDITED and by_others:  # the wording that waited was let through
        return Letter.PUBLISHED
    if event.verb == Verb.ASKED_IF_CURRENT:
        return Letter.STILL_CURRENT if event.proposal.is_public and event.proposal.status == Status.OPEN else None
    # What was undone on a comment has no state of the proposal.
    return OF_MODERATION.get(event.verb) if event.verb != Verb.DECISION_UNDONE or event.after else None


def _letter_to_unconfirmed(event: Event) -> Letter | None:
    if event.verb == Verb.HIDDEN:
        return Letter.HIDDEN
    publication = event.proposal.publication
    if event.verb != Verb.SUBMITTED or publication in {Publication.WITHDRAWN, Publication.HIDDEN}:
        return None
    return Letter.CONFIRM if publication == Publication.UNCONFIRMED else Letter.THANKS


def deliver(event: Event) -> datetime.datetime | None:
    """Sends the mail that `event` calls for, if any, once; returns when to come back where it is not its turn yet.

    Raises NotDelivered. A crash between the mail server's yes and the row repeats the mail under the same Message-ID.
    """
    letter = letter_of(event)
    if letter is None:
        return None
    address = address_hash(event.proposal.contact.email)
    with alone_with(address) as alone:
        if not alone:
            return timezone.now() + BUSY
        if MailSent.objects.has(message_id(event)) or (letter in ASKS_TO_CONFIRM and _is_listed(event, address)):
            return None
        turn = next_turn(address)
        if turn is None:
            send(write(event, letter))
            MailSent.objects.create(address_hash=address, message_id=message_id(event))
        return turn


def _is_listed(event: Event, address: str) -> bool:
    """Whether a mail of a later hour went to `address` already: the page behind it lists what `event` asks to confirm.

    So a hundred proposals in a stranger's name bring them four mails, not a hundred.
    """
    return MailSent.objects.to_address(address).since(event.at + LATER_ROUND).exists()


def next_turn(address: str) -> datetime.datetime | None:
    """When the next mail may go to `address` (a digest); None for now."""
    newest = list(MailSent.objects.to_address(address)[:MAILS_PER_HOUR])
    if len(newest) < MAILS_PER_HOUR or newest[-1].at <= timezone.now() - HOUR:
        return None
    return newest[-1].at + HOUR


def message_id(event: Event) -> str:
    """The same for every attempt, so that a mail program shows a repeated mail once."""
    return f"<event-{event.pk}@{urlsplit(settings.SITE_URL).hostname}>"


def write(event: Event, letter: Letter) -> EmailMultiAlternatives:
    """The mail in its reader's language, as text and as the same text in HTML. A confirmation gets new six digits."""
    contact = event.proposal.contact
    with translation.override(mail_language(contact)):
        text = render_to_string(f"emails/{letter}.txt", _context(event, letter))
        text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
        subject = _subject(event, letter)
        mail = EmailMultiAlternatives(
            subject=subject,
            body=text,
            from_email=formataddr((settings.CITY.product_name, settings.DEFAULT_FROM_EMAIL)),
            to=[contact.email],
            headers={"Message-ID": message_id(event), "Auto-Submitted": "auto-generated"},
        )
        html = render_to_string("emails/letter.html", {"subject": subject, "text": text}).strip()
        mail.attach_alternative(html, "text/html")
    return mail


def _subject(event: Event, letter: Letter) -> str:
    proposal = event.proposal
    title = " ".join(proposal.title.split())
    if letter == Letter.CONFIRM:
        return _("Confirm your proposal")
    if letter == Letter.THANKS:
        return _("Thank you for your proposal")
    if letter == Letter.HIDDEN:
        return _("Your proposal was hidden")
    if letter == Letter.PUBLISHED:
        return _("Published: %(title)s") % {"title": title}
    if letter == Letter.PART_HIDDEN:
        return _("A part of your proposal was hidden")
    if letter == Letter.WORDING_REFUSED:
        return _("Your change was not taken over: %(title)s") % {"title": title}
    if letter == Letter.DETAIL_ASKED:
        return _("More detail is asked of you: %(title)s") % {"title": title}
    if letter == Letter.DECISION_UNDONE:
        return _("A decision was taken back: %(title)s") % {"title": title}
    if letter == Letter.STILL_CURRENT:
        return _("Is it still current? %(title)s") % {"title": title}
    if letter == Letter.PROMISE:
        return _("%(what)s: %(title)s") % {"what": event.get_verb_display(), "title": title}
    return _("%(stage)s: %(title)s") % {"stage": Status(event.after).label, "title": title}


def _context(event: Event, letter: Letter) -> dict[str, object]:
    proposal, contact = event.proposal, event.proposal.contact
    asks_to_confirm = letter in ASKS_TO_CONFIRM
    return {
        "proposal": proposal,
        "title": proposal.title if contact.confirmed_at else "",
        "is_change": event.verb == Verb.EDITED,
        "stage": Status(event.after).label if letter == Letter.STATUS else "",
        "reason": _reason(event),
        "what": event.get_verb_display(),
        "code": new_code(contact) if letter == Letter.CONFIRM else "",
        "confirm_link": link(contact, "confirm") if asks_to_confirm else "",
        "others_waiting": Contact.objects.waiting_at(contact.email).exclude(pk=contact.pk).count(),
        "edit_link": link(contact, "edit"),
        "withdraw_link": link(contact, "withdraw"),
        "verdict_link": link(contact, "verdict") if proposal.status == event.after == Status.DELIVERED else "",
        "review_link": link(contact, "review"),
        "current_link": link(contact, "current") if letter in TELLS_HOW_TO_END else "",
        "is_author": True,
        "is_last": event.after == "2",
        "page_link": public_address(proposal),
        "track_link": settings.SITE_URL + reverse("proposal_track"),
        "tracking_code": written_tracking_code(contact.tracking_code),
        "city": settings.CITY,
    }


def public_address(proposal: Proposal) -> str:
    """The absolute address of the proposal's page in the active language."""
    return settings.SITE_URL + reverse("proposal", args=[proposal.pk])


def _reason(event: Event) -> str:
    note = getattr(event, "note", None)  # a reverse one-to-one: absent without a reason, or erased
    return note.text if note else ""


def send(mail: EmailMultiAlternatives) -> None:
    try:
        mail.send()
    except SMTPResponseException as error:
        # The reply of a mail server often repeats the address, which no log may hold.
        raise NotDelivered(f"{type(error).__name__} {error.smtp_code}") from None
    except (SMTPException, OSError) as error:
        raise NotDelivered(type(error).__name__) from None


@contextmanager
def alone_with(address: str) -> Iterator[bool]:
    """Whether this process alone writes to `address` now. No transaction is open meanwhile: a mail server may take long."""
    key = int(address[:15], 16)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        alone = cursor.fetchone()[0]
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
