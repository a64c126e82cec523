"""Codes that people type: the tracking code of a proposal, and the six digits that confirm an e-mail address."""

import datetime
import re
import secrets
import unicodedata

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from proposals.models import Contact
from proposals.submit import CROCKFORD, TRACKING_CODE_LENGTH

CODE_DIGITS = 6
CODE_AGE = datetime.timedelta(minutes=15)
CODE_TRIES_MAX = 5

_LOOKS_LIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})  # Crockford's base32: what people read wrongly
_SIX_DIGITS = re.compile(r"[0-9]{6}", re.ASCII)


class CodeRefused(Exception):
    """The six digits did not confirm the address. `tries_left` is 0 where only the link in the mail helps."""

    def __init__(self, tries_left: int) -> None:
        super().__init__(f"{tries_left} tries left")
        self.tries_left = tries_left


class CodeTooOld(CodeRefused):
    """No code is in force: it is older than 15 minutes, or none was sent yet."""

    def __init__(self) -> None:
        super().__init__(0)


def tracking_code_of(text: str) -> str | None:
    """The tracking code in what a person typed, as it is stored; None where it cannot be one.

    Capitals, spaces and hyphens mean nothing, O is 0, I and L are 1.
    """
    text = unicodedata.normalize("NFKC", text).upper().translate(_LOOKS_LIKE)
    code = re.sub(r"[\s\-‐‑‒–—]", "", text)
    return code if len(code) == TRACKING_CODE_LENGTH and set(code) <= set(CROCKFORD) else None


def written_tracking_code(code: str) -> str:
    """`code` as people read it: 7KD2-M9QX."""
    return f"{code[:4]}-{code[4:]}"


def six_digits_of(text: str) -> str | None:
    """The six digits in what a person typed; spaces and hyphens mean nothing."""
    digits = re.sub(r"[\s\-]", "", text)
    return digits if _SIX_DIGITS.fullmatch(digits) else None


def new_code(contact: Contact) -> str:
    """Six new digits for the mail to `contact`; those sent before stop working. Only a digest is stored."""
    code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
    contact.code_hash, contact.code_sent_at, contact.code_tries = _digest(contact, code), timezone.now(), 0
    contact.save(update_fields=["code_hash", "code_sent_at", "code_tries"])
    return code


def spend_code(contact: Contact, code: str) -> None:
    """Uses up the code of `contact`. Raises CodeRefused for a wrong one, of which five are heard; CodeTooOld."""
    with transaction.atomic():
        locked = Contact.objects.select_for_update().get(pk=contact.pk)
        if not locked.code_hash or locked.code_sent_at is None or timezone.now() - locked.code_sent_at > CODE_AGE:
            raise CodeTooOld
        if locked.code_tries >= CODE_TRIES_MAX:
            raise CodeRefused(0)
        right = constant_time_compare(locked.code_hash, _digest(locked, code))
        locked.code_tries += 1
        if right:
            locked.code_hash = ""
        locked.save(update_fields=["code_tries", "code_hash"])
    if not right:  # after the commit: a try that is rolled back would be free
        raise CodeRefused(CODE_TRIES_MAX - locked.code_tries)


def _digest(contact: Contact, code: str) -> str:
    """A digest with the installation's secret: of a million codes, a bare one would be found by trying all."""
    return salted_hmac("proposals.code", f"{contact.pk}:{code}", algorithm="sha256").hexdigest()
