"""The key by which an author's own browser is known again: a random cookie, of which the house keeps a digest only."""

import re
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from proposals.models import Contact, Proposal
from proposals.submit import hashed

DEVICE_COOKIE = "__Host-device" if settings.HTTPS else "device"
DEVICE_COOKIE_AGE_S = 400 * 24 * 3_600  # seconds; browsers keep no cookie for longer than 400 days
_KEY = re.compile("[0-9a-f]{32}")


def new_device_key() -> str:
    """128 random bits, hexadecimal."""
    return secrets.token_hex(16)


def device_key(request: HttpRequest) -> str | None:
    """The key that this browser carries, or None where it has none or a mangled one."""
    key = request.COOKIES.get(DEVICE_COOKIE, "")
    return key if _KEY.fullmatch(key) else None


def remember_device(response: HttpResponse, key: str) -> None:
    """Gives the browser its key, or renews its age."""
    response.set_cookie(
        DEVICE_COOKIE, key, max_age=DEVICE_COOKIE_AGE_S, secure=settings.HTTPS, httponly=True, samesite="Lax", path="/"
    )


def is_author(request: HttpRequest, proposal: Proposal) -> bool:
    """Whether `proposal` was sent from this very browser."""
    key = device_key(request)
    try:
        known = proposal.contact.device_key_hash
    except Contact.DoesNotExist:  # imported, or its contact was erased
        return False
    return bool(key and known) and constant_time_compare(hashed(key or ""), known)
