"""Why something is not taken, kept in such a way that every reader is told in their own language, at once or years later.

A reason is an English sentence, which is a msgid, and what fills it. Commands and logs write it in English.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from django.utils.formats import number_format
from django.utils.translation import gettext

PLACE = re.compile(r"%\((\w+)\)s")
SHOWN_MAX = 60  # characters of a value that a reason repeats
LISTED_MAX = 12  # names that a reason lists

Value: TypeAlias = "str | int | Reason"


@dataclass(frozen=True, slots=True)
class Reason:
    """`words` are marked by gettext_noop, with %(name)s for each of `values`: texts, numbers, other reasons.

    A number that is no quantity, as of a row or of EPSG, is given as text. `option` is that of the command which mends
    it: commands alone name it. `dataclasses.asdict` makes JSON of it, and `read` what it was.
    """

    words: str
    values: Mapping[str, Value] = field(default_factory=dict)
    option: str = ""

    @classmethod
    def read(cls, kept: "str | Mapping") -> "Reason":
        """The reason that was kept as JSON; a text, as reports had them before, stays the text that it is."""
        if isinstance(kept, str):
            return cls(kept)
        values = {
            name: cls.read(value) if isinstance(value, Mapping) else value for name, value in kept["values"].items()
        }
        return cls(kept["words"], values, kept.get("option", ""))

    def __str__(self) -> str:
        """In English, whatever language is active."""
        said = _filled(self.words, {name: _in_english(value) for name, value in self.values.items()})
        return f"{said} Say it by {self.option}." if self.option else said

    def told(self) -> str:
        """In the active language."""
        return _filled(gettext(self.words), {name: _in_words(value) for name, value in self.values.items()})


def shown(value: object, limit: int | None = SHOWN_MAX) -> str:
    """Something of a stranger's as a reason may repeat it: shortened, printable signs only."""
    return "".join(sign for sign in str(value)[:limit] if sign.isprintable())


def listed(names: Collection[str]) -> str:
    """The first names, and how many there are besides."""
    begin = ", ".join(shown(name) for name in list(names)[:LISTED_MAX]) or "–"
    return f"{begin} … (+{len(names) - LISTED_MAX})" if len(names) > LISTED_MAX else begin


def _filled(words: str, values: Mapping[str, str]) -> str:
    """Not by `%`: what a confined reader hands over may hold anything, `%(x)999999999s` too."""
    return PLACE.sub(lambda found: values.get(found[1], found[0]), words)


def _in_english(value: Value) -> str:
    return f"{value:,}" if isinstance(value, int) else shown(value, None)


def _in_words(value: Value) -> str:
    if isinstance(value, Reason):
        return value.told()
    return number_format(value, force_grouping=True) if isinstance(value, int) else shown(value, None)
