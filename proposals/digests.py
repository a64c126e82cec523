"""What a subscriber is told, in one mail: all that is due, at most fifty rows, and a way out that needs no sign-in.

The rows of a mail are chosen and marked before it is sent, so that an attempt whose answer was lost is repeated with the
same rows under the same Message-ID. Sent by the worker alone.
"""

import datetime
import re
import secrets
from collections.abc import Sequence
from email.utils import formataddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from proposals.links import mail_language
from proposals.models import Delivery, DeliveryState, Status, Subscriber, Support, Verb
from proposals.notifications import alone_with, public_address, send
from proposals.submit import address_hash
from proposals.subscribing import follows_link, one_click_link
from proposals.support_links import verdict_link

ROWS_MAX = 50  # in one mail
APART = datetime.timedelta(minutes=10)  # between two mails to one subscriber


def tell(subscriber_id: int) -> datetime.datetime | None:
    """Sends the mail of all that is due to the subscriber, if anything is; returns when to come back if not now.

    Raises notifications.NotDelivered. A crash between the mail server's yes and the rows repeats it under its Message-ID.
    """
    subscriber = Subscriber.objects.confirmed().find(subscriber_id)
    if subscriber is None:
        return None
    with alone_with(address_hash(subscriber.email)) as alone:
        if not alone:
            return timezone.now() + datetime.timedelta(seconds=30)
        turn = _next_turn(subscriber)
        if turn is not None:
            return turn
        rows = _claim(subscriber)
        if rows:
            send(write(subscriber, rows))
            Delivery.objects.of_mail(rows[0].mail).update(state=DeliveryState.SENT, sent_at=timezone.now())
    return None


def _next_turn(subscriber: Subscriber) -> datetime.datetime | None:
    latest = Delivery.objects.latest_sent_to(subscriber)
    if latest is None or latest + APART <= timezone.now():
        return None
    return latest + APART


def _claim(subscriber: Subscriber) -> list[Delivery]:
    """The rows of the next mail: those of one that was begun before, else all that is due and still public."""
    with transaction.atomic():
        waiting = Delivery.objects.waiting_for(subscriber).select_for_update(of=("self",))
        waiting.no_longer_public().update(state=DeliveryState.DROPPED)
        begun = waiting.begun().first()
        if begun is None:
            waiting.due(timezone.now()).update(mail=secrets.token_hex(16))
            begun = waiting.begun().first()
        if begun is None:
            return []
        return list(Delivery.objects.of_mail(begun.mail).waiting_for(subscriber).shown())


def write(subscriber: Subscriber, rows: Sequence[Delivery]) -> EmailMultiAlternatives:
    """The mail of `rows` in the subscriber's language, as text and as the same text in HTML."""
    language = mail_language(subscriber)
    with translation.override(language):
        out = one_click_link(subscriber)
        subject = _subject(rows)
        context = {
            "rows": [_row(subscriber, row, language) for row in rows[:ROWS_MAX]],
            "more": max(0, len(rows) - ROWS_MAX),
            "map_link": f"{settings.SITE_URL}/{language}/",
            "follows_link": follows_link(subscriber),
            "stop_link": out,
            "city": settings.CITY,
        }
        _add_verdicts(subscriber, rows[:ROWS_MAX], context["rows"])
        text = re.sub(r"\n{3,}", "\n\n", render_to_string("emails/digest.txt", context)).strip() + "\n"
        mail = EmailMultiAlternatives(
            subject=subject,
            body=text,
            from_email=formataddr((settings.CITY.product_name, settings.DEFAULT_FROM_EMAIL)),
            to=[subscriber.email],
            headers={
                "Message-ID": f"<news-{rows[0].mail}@{urlsplit(settings.SITE_URL).hostname}>",
                "Auto-Submitted": "auto-generated",
                "List-Unsubscribe": f"<{out}>",  # RFC 2369
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
            },
        )
        mail.attach_alternative(
            render_to_string("emails/letter.html", {"subject": subject, "text": text}).strip(), "text/html"
        )
    return mail


def _subject(rows: Sequence[Delivery]) -> str:
    if len(rows) == 1:
        title = " ".join(rows[0].event.proposal.title.split())
        return f"{_what(rows[0])}: {title}"
    return ngettext("%(n)d piece of news", "%(n)d pieces of news", len(rows)) % {"n": len(rows)}


def _what(row: Delivery) -> str:
    """What happened, in a few words."""
    return _("New proposal") if row.event.verb == Verb.PUBLISHED else row.event.title


def _row(subscriber: Subscriber, row: Delivery, language: str) -> dict[str, str]:
    proposal = row.event.proposal
    return {
        "what": _what(row),
        "title": " ".join(proposal.title.split()),
        "kind": proposal.get_kind_display(),
        "place": proposal.place_in(language),
        "link": public_address(proposal),
        "verdict_link": "",
    }


def _add_verdicts(subscriber: Subscriber, rows: Sequence[Delivery], shown: list[dict[str, str]]) -> None:
    """To whoever supported it before: the question whether what is reported as done really is."""
    asked = {
        row.event.proposal_id: (row, words)
        for row, words in zip(rows, shown, strict=True)
        if row.event.after == Status.DELIVERED and row.event.proposal.status == Status.DELIVERED
    }
    if not asked:
        return
    for pk in Support.objects.proposals_of(address_hash(subscriber.email), among=asked):
        row, words = asked[pk]
        words["verdict_link"] = verdict_link(subscriber, row.event.proposal)
