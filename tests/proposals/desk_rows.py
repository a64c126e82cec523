"""Rows for tests of the moderators' desk."""

from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from proposals import deciding
from proposals.flagging import Report, flag
from proposals.models import (
    Comment,
    Contact,
    FlagReason,
    Proposal,
    PublicationRule,
)
from proposals.photos import store_photo
from tests.proposals import rows
from tests.proposals.pictures import encoded, picture

AFTER = PublicationRule.AFTER_MODERATION
AT_ONCE = PublicationRule.AT_ONCE

DECISIONS = {
    "publish": lambda proposal, by: deciding.publish(proposal, by=by),
    "hide": lambda proposal, by: deciding.hide(proposal, by=by, reason="No."),
    "part": lambda proposal, by: deciding.hide_part(proposal, "nowhere", by=by, reason="No."),
    "ask": lambda proposal, by: deciding.ask_detail(proposal, "Where?", by=by),
}


def pending(**fields: object) -> Proposal:
    return rows.sent(rule=AFTER, email="", **fields)


def with_author(rule: PublicationRule = AT_ONCE, **fields: object) -> Proposal:
    """One whose author confirmed the address."""
    proposal = rows.sent(rule=rule, **fields)
    Contact.objects.filter(proposal=proposal).update(confirmed_at=timezone.now())
    proposal.confirm()
    return proposal


def decide(client, proposal: Proposal | Comment, verb: str, **typed: object):
    is_comment = isinstance(proposal, Comment)
    key = f"c{proposal.pk}" if is_comment else f"p{proposal.pk}"
    version = proposal.proposal.version if is_comment else proposal.version
    return client.post(reverse("moderation_decide"), {"case": key, "version": version, "verb": verb} | typed)


def reported(proposal: Proposal, times: int) -> None:
    for number in range(times):
        flag(proposal, Report(FlagReason.SPAM, network_hash=str(number)))


def comment_on(proposal: Proposal, state: str = "pending") -> Comment:
    return Comment.objects.create(
        proposal=proposal, body="Call 040 1234567.", language="en", state=state, at=timezone.now()
    )


def photo():
    return store_photo(ContentFile(encoded(picture((160, 120), "white"))))
