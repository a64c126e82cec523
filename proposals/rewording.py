"""What a new wording changes, word by word, for those who decide on it."""

import difflib
import re
from dataclasses import dataclass
from enum import StrEnum

_WORD = re.compile(r"\s+|\w+|[^\w\s]")


class Fate(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Piece:
    text: str
    fate: Fate


def compared(before: str, after: str) -> list[Piece]:
    """`before` and `after` in one row of pieces; those not REMOVED make up `after`, those not ADDED make up `before`.

    What begins and ends alike is set aside first. Of the rest difflib leaves out words that are everywhere, without which
    a text of one word five thousand times would take it minutes.
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    pieces = [Piece("".join(new[:head]), Fate.SAME)]
    old_middle, new_middle = old[head : len(old) - tail], new[head : len(new) - tail]
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old_middle, new_middle).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("".join(old_middle[a:b]), Fate.SAME))
        else:
            pieces += [
                Piece("".join(old_middle[a:b]), Fate.REMOVED),
                Piece("".join(new_middle[c:d]), Fate.ADDED),
            ]
    pieces.append(Piece("".join(new[len(new) - tail :]), Fate.SAME))
    return [piece for piece in pieces if piece.text]


def _alike(one: list[str], other: list[str]) -> int:
    """How many words both begin with."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
