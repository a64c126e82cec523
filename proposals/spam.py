"""Signs of a machine that fills in forms. What shows one is not refused: it waits for a moderator."""

import re

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner

LINKS_MAX = 2  # in title and text; residents seldom give more
_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)


def form_stamp() -> str:
    """When a form was given out, signed."""
    return _signer().sign("form")


def is_hasty(stamp: str) -> bool:
    """Whether the form with `stamp` came back sooner than FORM_MIN_SECONDS, or with no stamp of ours; 0 asks nothing."""
    if not settings.FORM_MIN_SECONDS:
        return False
    try:
        _signer().unsign(stamp, max_age=settings.FORM_MIN_SECONDS)
    except SignatureExpired:  # old enough: a person typed
        return False
    except BadSignature:
        return True
    return True


def has_many_links(text: str) -> bool:
    return len(_LINK.findall(text)) > LINKS_MAX


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="proposals.form")
