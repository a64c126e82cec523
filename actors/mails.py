"""Mails to people with an account and to applicants: written in the request, sent by the worker."""

import datetime
import logging
import re
from collections.abc import Iterable
from email.utils import formataddr
from smtplib import SMTPException
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import get_language

from actors.models.mail import WaitingMail

KEPT = datetime.timedelta(days=3)  # a mail that cannot be sent for so long is given up
RETRY_AFTER = tuple(datetime.timedelta(minutes=m) for m in (1, 5, 30, 120, 360))

log = logging.getLogger(__name__)


def post(
    to: str,
    template: str,
    subject: str,
    context: dict[str, Any],
    *,
    reply_to: str | None = None,
    of_use_for: datetime.timedelta = KEPT,
    held_for: str = "",
) -> WaitingMail:
    """Writes `templates/emails/<template>.txt` in the active language; the worker sends it within seconds.

    With `held_for` (64 characters at most), once `release` is called for the same. Part of the caller's transaction:
    nothing is sent of what is rolled back.
    """
    text = render_to_string(f"emails/{template}.txt", context | {"city": settings.CITY, "site_url": settings.SITE_URL})
    now = timezone.now()
    return WaitingMail.objects.create(
        to=to,
        reply_to=reply_to,
        subject=" ".join(subject.split())[:200],
        text=re.sub(r"\n{3,}", "\n\n", text).strip() + "\n",
        language=get_language() or settings.LANGUAGE_CODE,
        due_at=now,
        expires_at=now + of_use_for,
        held_for=held_for,
    )


def release(what: Iterable[str]) -> None:
    """Sends the mails that were held for any of `what`; nothing where there are none."""
    WaitingMail.objects.release(what)


def send_waiting() -> int:
    """Sends what is due, each mail in a transaction of its own, and drops what is no longer of use; returns how many."""
    WaitingMail.objects.expired().delete()
    sent = 0
    while (was_sent := _send_one()) is not None:
        sent += was_sent
    return sent


def _send_one() -> bool | None:
    """Whether the next mail was sent; None where none is due. Under its row's lock, so that two workers send it once."""
    with transaction.atomic():
        mail = WaitingMail.objects.due().first()
        if mail is None:
            return None
        try:
            _message(mail).send()
        except (SMTPException, OSError) as error:
            # The reply of a mail server often repeats the address, which no log may hold.
            log.warning("mail %s not sent: %s", mail.pk, type(error).__name__)
            mail.due_at = timezone.now() + RETRY_AFTER[min(mail.tries, len(RETRY_AFTER) - 1)]
            mail.tries += 1
            mail.save(update_fields=["due_at", "tries"])
            return False
        mail.delete()
    return True


def _message(mail: WaitingMail) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=formataddr((settings.CITY.product_name, settings.DEFAULT_FROM_EMAIL)),
        to=[mail.to],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers={
            "Message-ID": f"<mail-{mail.pk}@{urlsplit(settings.SITE_URL).hostname}>",  # the same at every try
            "Auto-Submitted": "auto-generated",
        },
    )
    with translation.override(mail.language):
        html = render_to_string("emails/letter.html", {"subject": mail.subject, "text": mail.text}).strip()
    message.attach_alternative(html, "text/html")
    return message
