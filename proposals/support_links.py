"""Mailed links of a supporter: one confirms the address and so the support, one says whether it is really done.

Signed, bound to one purpose, one address and one proposal, and acting only when a button is pressed; nothing is stored.
Raising `Subscriber.link_version` ends all of them.
"""

import datetime
import re

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from actors import mails
from actors.throttling import TooMany, address_limits, take
from proposals import subscribing
from proposals.links import LinkExpired, LinkRefused, mail_language
from proposals.models import Proposal, Subscriber, Support
from proposals.submit import address_hash
from proposals.supporting import Supporter, support

CONFIRM, VERDICT, CURRENT = "confirm", "verdict", "current"
LINK_AGE = {
    CONFIRM: datetime.timedelta(days=14),
    VERDICT: datetime.timedelta(days=60),
    CURRENT: datetime.timedelta(days=60),
}
_VALUE = re.compile(r"([0-9]{1,18})-([0-9]{1,9})-([0-9]{1,18})-([0-9]{1,18})", re.ASCII)


def ask(proposal: Proposal, email: str, of: Support | None) -> None:
    """Mails the link that confirms `email` as the supporter's; one an hour to one address, whoever asks.

    No word of anybody's stands in the mail: the service must be of no use for writing to strangers.
    """
    try:
        take(address_limits("support-mail", email))
    except TooMany:
        return
    link = _link(CONFIRM, subscribing.subscriber_of(email), proposal, of)
    words = {"kind": proposal.get_kind_display(), "confirm_link": link}
    mails.post(email, "support_confirm", _("Confirm your support"), words, of_use_for=LINK_AGE[CONFIRM])


def confirm(subscriber: Subscriber, proposal: Proposal, support_id: int) -> None:
    """The address is its owner's: the support counts as verified, and they follow the proposal. Raises NotPublic."""
    with transaction.atomic():
        subscribing.confirm(subscriber)
        earlier = Support.objects.of(proposal).by_key(support_id)
        support(proposal, Supporter(earlier.device_hash if earlier else "", address_hash(subscriber.email)))
        subscribing.follow_thing(subscriber, proposal=proposal)


def verdict_link(subscriber: Subscriber, proposal: Proposal) -> str:
    """The absolute address of the page where a supporter says whether it is done, in the language of their mails."""
    with translation.override(mail_language(subscriber)):
        return _link(VERDICT, subscriber, proposal, None)


def current_link(subscriber: Subscriber, proposal: Proposal) -> str:
    """The absolute address of the page where a supporter says whether it is still current, in the active language."""
    return _link(CURRENT, subscriber, proposal, None)


def opened(token: str, purpose: str) -> tuple[Subscriber, Proposal, int]:
    """Whose link it is, on what, and the key of the support it began with. Raises LinkRefused or LinkExpired."""
    try:
        value = _signer(purpose).unsign(token, max_age=LINK_AGE[purpose])
    except SignatureExpired as error:
        raise LinkExpired from error
    except BadSignature as error:
        raise LinkRefused from error
    match = _VALUE.fullmatch(value)
    if match is None:
        raise LinkRefused
    subscriber_id, version, proposal_id, support_id = map(int, match.groups())
    subscriber = Subscriber.objects.filter(pk=subscriber_id, link_version=version).first()
    proposal = Proposal.objects.for_lists().find(proposal_id)
    if subscriber is None or proposal is None or not proposal.is_public:
        raise LinkExpired
    return subscriber, proposal, support_id


def _link(purpose: str, subscriber: Subscriber, proposal: Proposal, of: Support | None) -> str:
    value = f"{subscriber.pk}-{subscriber.link_version}-{proposal.pk}-{of.pk if of else 0}"
    return settings.SITE_URL + reverse(f"support_{purpose}", args=[_signer(purpose).sign(value)])


def _signer(purpose: str) -> TimestampSigner:
    # A dot parts the token: a colon ends an address for some mail programs.
    return TimestampSigner(salt=f"proposals.support_links.{purpose}", sep=".")
