"""Finds in running text what names a person: personal identity codes, phone numbers, e-mail addresses, number plates.

A hint for a moderator's eye, never a verdict: it may miss, and it may mark a house number.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

CHECK_CHARACTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
CENTURIES = {"+": 1800} | dict.fromkeys("-YXWVU", 1900) | dict.fromkeys("ABCDEF", 2000)
PHONE_DIGITS = range(7, 16)  # E.164 has at most fifteen


class Kind(StrEnum):
    IDENTITY_CODE = "identity_code"
    EMAIL = "email"
    PHONE = "phone"
    PLATE = "plate"


@dataclass(frozen=True)
class Span:
    """`text[start:end]` looks like an identifier of `kind`."""

    start: int
    end: int
    kind: Kind


IDENTITY_CODE = re.compile(
    r"(?<![0-9A-Za-z])([0-9]{2})([0-9]{2})([0-9]{2})([-+A-FU-Ya-fu-y])([0-9]{3})([0-9A-Ya-y])(?![0-9A-Za-z])", re.ASCII
)
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
# With a country's number, or with the nought of an area or a mobile network; groups parted by one space or hyphen.
PHONE = re.compile(
    r"(?<![\w.,+-])(?:\+|00|0)[1-9][0-9]{0,3}(?:[ \u00a0-]?(?:\([0-9]{1,4}\)|[0-9]{2,12})){1,6}(?!\w)", re.ASCII
)
PLATE = re.compile(r"(?<![\w-])[A-ZÅÄÖ]{2,3}-[0-9]{1,3}(?![\w-])|(?<![\w-])[A-ZÅÄÖ]{3} [0-9]{3}(?![\w-])")


def is_identity_code(code: str) -> bool:
    """Whether `code` (131052-308T) is a date of some century, three digits and the check character that they call for."""
    match = IDENTITY_CODE.fullmatch(code.upper())
    if match is None:
        return False
    day, month, year, sign, number, check = match.groups()
    try:
        date(CENTURIES[sign] + int(year), int(month), int(day))
    except (ValueError, KeyError):
        return False
    return CHECK_CHARACTERS[int(day + month + year + number) % 31] == check


def _is_phone(text: str) -> bool:
    return sum(character.isdigit() for character in text) in PHONE_DIGITS


# The first in the list wins where two overlap.
FINDERS: list[tuple[Kind, re.Pattern[str], Callable[[str], bool]]] = [
    (Kind.IDENTITY_CODE, IDENTITY_CODE, is_identity_code),
    (Kind.EMAIL, EMAIL, lambda text: True),
    (Kind.PHONE, PHONE, _is_phone),
    (Kind.PLATE, PLATE, lambda text: True),
]


def find(text: str) -> list[Span]:
    """The identifiers in `text` in its order; no two overlap."""
    found: list[Span] = []
    for kind, pattern, holds in FINDERS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if holds(match[0]) and all(end <= span.start or start >= span.end for span in found):
                found.append(Span(start, end, kind))
    return sorted(found, key=lambda span: span.start)


def pieces(text: str) -> Iterator[tuple[str, Kind | None]]:
    """`text` cut at its identifiers: each piece with the kind of identifier that it is, None for plain words."""
    at = 0
    for span in find(text):
        if span.start > at:
            yield text[at : span.start], None
        yield text[span.start : span.end], span.kind
        at = span.end
    if at < len(text):
        yield text[at:], None
