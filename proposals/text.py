"""What people type, made storable: one Unicode form, no invisible controls, no towers of accents."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

COMBINING_MAX = 4  # marks on one letter; written languages need fewer
# Marks that only steer the direction or width of text: a reader cannot see them, a deceiver can use them.
INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u00ad]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u0080-\u009f\ufffe\uffff]")


def clean_text(text: str, *, lines: bool) -> str:
    """`text` in NFC, trimmed, without invisible controls; one line unless `lines`. Raises ValidationError.

    Markup stays as typed: templates escape it, and a title may well speak of <b>.
    """
    try:
        text.encode("utf-8")
    except UnicodeError as error:
        raise ValidationError(_("The text has a broken character. Type it again."), code="surrogate") from error
    if CONTROL.search(text):
        raise ValidationError(_("The text has a control character. Type it again without it."), code="control")
    text = INVISIBLE.sub("", unicodedata.normalize("NFC", text)).replace("\r\n", "\n").replace("\r", "\n")
    if _has_tower(text):
        raise ValidationError(_("The text has too many accents on one letter."), code="combining")
    if not lines:
        return re.sub(r"\s+", " ", text).strip()
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _has_tower(text: str) -> bool:
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > COMBINING_MAX:
            return True
    return False
