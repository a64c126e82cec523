"""The Finnish business ID (Y-tunnus): seven digits, a hyphen and a check digit."""

import re

WEIGHTS = (7, 9, 10, 5, 8, 4, 2)  # of the seven digits; from vero.fi, "Tarkistusmerkin laskenta"
_WRITTEN = re.compile(r"(?:FI)?([0-9]{6,7})-?([0-9])", re.ASCII)


def business_id_of(text: str) -> str | None:
    """The business ID in what a person typed (also as a VAT number, or old with six digits); None where it is none."""
    match = _WRITTEN.fullmatch(re.sub(r"\s", "", text).upper())
    if match is None:
        return None
    digits = match[1].zfill(7)
    remainder = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11
    # A remainder of one is given to nobody: its check digit would have two digits.
    check = 0 if remainder == 0 else 11 - remainder
    return f"{digits}-{check}" if remainder != 1 and int(match[2]) == check else None
