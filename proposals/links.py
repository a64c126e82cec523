"""Links that prove authorship: signed, bound to one purpose and one proposal, and acting only when a button is pressed.

Nothing of a link is stored. Raising `Contact.link_version` ends all links of a proposal that were sent so far.
"""

import datetime
import re
from enum import StrEnum
from typing import Literal

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation

from proposals.device import is_author
from proposals.models import Contact, Proposal, Subscriber


class Purpose(StrEnum):
    """What a link is for; a link for one purpose is worth nothing for the other."""

    CONFIRM = "confirm"
    EDIT = "edit"  # and withdraw


LINK_AGE = {
    Purpose.CONFIRM: datetime.timedelta(days=14),
    Purpose.EDIT: datetime.timedelta(days=400),
}
Action = Literal["confirm", "edit", "withdraw", "review", "verdict", "current"]
_PURPOSE_OF: dict[Action, Purpose] = {
    "confirm": Purpose.CONFIRM,
    "edit": Purpose.EDIT,
    "withdraw": Purpose.EDIT,
    "review": Purpose.EDIT,
    "verdict": Purpose.EDIT,
    "current": Purpose.EDIT,
}
_VALUE = re.compile(r"([0-9]{1,18})-([0-9]{1,9})", re.ASCII)


class LinkRefused(Exception):
    """The link was not made here, or for something else: 403."""


class LinkExpired(LinkRefused):
    """The link was good once: too old, ended by its author, or its proposal is erased: 410."""


def token_for(contact: Contact, purpose: Purpose) -> str:
    """A signed token for `purpose` on the proposal of `contact`; letters, digits and `-_.` only."""
    return _signer(purpose).sign(f"{contact.proposal_id}-{contact.link_version}")


def contact_of(token: str, purpose: Purpose) -> Contact:
    """The contact, with its proposal, that `token` proves to be its holder's. Raises LinkRefused or LinkExpired."""
    try:
        value = _signer(purpose).unsign(token, max_age=LINK_AGE[purpose])
    except SignatureExpired as error:
        raise LinkExpired from error
    except BadSignature as error:
        raise LinkRefused from error
    match = _VALUE.fullmatch(value)
    if match is None:
        raise LinkRefused
    try:
        contact = Contact.objects.with_proposals().get(proposal=int(match[1]))
    except Contact.DoesNotExist as error:
        raise LinkExpired from error
    if contact.link_version != int(match[2]):
        raise LinkExpired
    return contact


def link(contact: Contact, action: Action) -> str:
    """The absolute address that a mail to `contact` carries, in the language in which they are written to."""
    token = token_for(contact, _PURPOSE_OF[action])
    with translation.override(mail_language(contact)):
        return settings.SITE_URL + reverse(f"author_{action}", args=[token])


def mail_language(reader: Contact | Subscriber) -> str:
    """The language of mails to `reader`; the city's first where the city no longer has theirs."""
    return reader.language if reader.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def may_edit(request: HttpRequest, proposal: Proposal, token: str = "") -> bool:
    """Whether the request comes from the author's own device, or by the mailed link whose token is `token`."""
    if is_author(request, proposal):
        return True
    try:
        return bool(token) and contact_of(token, Purpose.EDIT).proposal_id == proposal.pk
    except LinkRefused:
        return False


def _signer(purpose: Purpose) -> TimestampSigner:
    # A dot parts the token: a colon ends an address for some mail programs.
    return TimestampSigner(salt=f"proposals.links.{purpose}", sep=".")
