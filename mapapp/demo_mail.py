"""The demonstration's letterbox: what would have been mailed, to be read on the machine that runs it and nowhere else."""

import datetime
import email
import email.headerregistry
import email.policy
import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

MAILS_SHOWN = 50
SEPARATOR = b"\n" + b"-" * 79 + b"\n"  # django.core.mail.backends.filebased
FORWARDED = ("X-Forwarded-For", "X-Real-Ip", "Forwarded")

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class DemoMail:
    """One mail of the folder; `name` is its file and its place in it."""

    name: str
    subject: str
    to: str
    at: datetime.datetime | None
    text: str


def demo_only(view: View) -> View:
    """404 unless DEMO=1 and the browser is on this very machine, by no proxy: these are other people's letters."""

    @wraps(view)
    def wrapped(request: HttpRequest, **options: Any) -> HttpResponse:
        if not (settings.DEMO and _is_local(request)):
            raise Http404
        response = view(request, **options)
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex"
        return response

    return never_cache(require_safe(wrapped))


@demo_only
def demo_mail(request: HttpRequest) -> HttpResponse:
    """The newest mails, newest first."""
    return render(request, "mapapp/demo_mail.html", {"mails": list(islice(newest_mails(), MAILS_SHOWN))})


@demo_only
def demo_mail_item(request: HttpRequest, name: str) -> HttpResponse:
    """One mail as its reader sees it, with its links to press."""
    for found in newest_mails():
        if found.name == name:
            return render(request, "mapapp/demo_mail_item.html", {"mail": found})
    raise Http404(_("There is no such mail."))


def newest_mails() -> Iterator[DemoMail]:
    """The mails in EMAIL_FILE_PATH, newest first; what is being written just now is left for the next look."""
    # The names begin with the second in which the file was opened.
    for path in sorted(Path(settings.EMAIL_FILE_PATH).glob("*.log"), reverse=True):
        *whole, _rest = path.read_bytes().split(SEPARATOR)
        for index in reversed(range(len(whole))):
            yield _read(f"{path.stem}-{index}", whole[index])


def _read(name: str, raw: bytes) -> DemoMail:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(("plain",))
    return DemoMail(
        name=name,
        subject=str(message["Subject"] or ""),
        to=str(message["To"] or ""),
        at=_moment(message["Date"]),
        text=body.get_content() if body else "",
    )


def _moment(date: email.headerregistry.DateHeader | None) -> datetime.datetime | None:
    """When the mail was written; -0000 in its header means UTC (RFC 5322, section 3.3)."""
    if date is None or date.datetime is None:
        return None
    return date.datetime if date.datetime.tzinfo else date.datetime.replace(tzinfo=datetime.UTC)


def _is_local(request: HttpRequest) -> bool:
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return address.is_loopback and not any(header in request.headers for header in FORWARDED)
