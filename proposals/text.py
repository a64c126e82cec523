"""What people type, made storable: one Unicode form, no invisible controls, no towers of accents."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

COMBINING_MAX = 4  # marks on one letter; written languages need fewer
# Marks that only steer the direction or width of text: a reader cannot see them, a deceiver can use them.
INVISIBLE = re.compile("[\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u00ad]")
# Joiners, variation selectors and the like belong to some writing, but are nothing without it; the others are letters
# that look like a space (Hangul fillers, the empty cell of Braille).
UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Me", "Mn", "Mc", "Zl", "Zp", "Zs"})
UNSEEN_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Letters and signs of western Europe in one piece each: they pile up nowhere and are in NFC as they are. A quick way for bulk.
ORDINARY = re.compile("[\t\n\r\x20-\x7e\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027\u2030-\u203a\u20ac]*")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u0080-\u009f\ufffe\uffff]")


def clean_text(text: str, *, lines: bool) -> str:
    """`text` in NFC, trimmed, without invisible controls; one line unless `lines`; "" where nothing is left to be seen.

    Raises ValidationError with a code: surrogate, control, combining.

    Markup stays as typed: templates escape it, and a title may well speak of <b>.
    """
    if ORDINARY.fullmatch(text):
        return _trimmed(text.replace("\r\n", "\n").replace("\r", "\n"), lines)
    try:
        text.encode("utf-8")
    except UnicodeError as error:
        raise ValidationError(_("The text has a broken character. Type it again."), code="surrogate") from error
    if CONTROL.search(text):
        raise ValidationError(_("The text has a control character. Type it again without it."), code="control")
    text = INVISIBLE.sub("", unicodedata.normalize("NFC", text)).replace("\r\n", "\n").replace("\r", "\n")
    if _has_tower(text):
        raise ValidationError(_("The text has too many accents on one letter."), code="combining")
    if not _can_be_seen(text):
        return ""
    return _trimmed(text, lines)


def _trimmed(text: str, lines: bool) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip() if lines else " ".join(text.split())


def _has_tower(text: str) -> bool:
    run = 0
    for character in text:
        # By category: the combining class of an enclosing circle, which piles up as well, is zero.
        run = run + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if run > COMBINING_MAX:
            return True
    return False


def _can_be_seen(text: str) -> bool:
    return any(c not in UNSEEN_LETTERS and unicodedata.category(c) not in UNSEEN_CATEGORIES for c in text)
