"""Spaces from any file of points: rooms, outdoor places and equipment to borrow, known by their id."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_noop as _

from geodata.imports.checking import RowRefused, alone, language_columns, line_of
from geodata.imports.places import CheckedPlace, check_places, one_of, replace_places, short
from geodata.imports.reasons import SourceRefused, none_of
from geodata.imports.report import ImportReport
from geodata.imports.source import Source, SourceRow
from layers.geometry import strict_float
from layers.models import Space, SpaceKind
from layers.models.dataset import Origin
from layers.models.space import CAPACITY_MAX
from layers.reasons import Reason, listed, shown

TEXT_LENGTH_MAX = 300  # characters of prices and hours, in one language
URL_LENGTH_MAX = 500  # as Space holds
ANSWERS = dict.fromkeys(("yes", "true", "1", "kyllä", "ja"), True) | dict.fromkeys(
    ("no", "false", "0", "ei", "nej"), False
)
is_web_address = URLValidator(schemes=("https", "http"))


@dataclass(frozen=True)
class CheckedSpace(CheckedPlace):
    """A row that can go in; None is what the file does not tell."""

    kind: str
    capacity: int | None
    step_free: bool | None
    accessible_toilet: bool | None
    induction_loop: bool | None
    prices: dict[str, str]
    hours: dict[str, str]
    booking_url: str


def take_spaces(source: Source, origin: Origin, *, kind: str = "", skip_refused: bool = False) -> ImportReport:
    """Makes the spaces of the dataset those of the file: updated, added or removed. The same file again: nothing.

    `kind` stands for every row that tells none. A refused row: nothing is written, unless `skip_refused`. Raises
    SourceRefused for a kind that there is not and for a file without names.
    """
    if kind and kind not in SpaceKind.values:
        raise SourceRefused(none_of(kind, SpaceKind.values, "--kind"))
    prices, hours = language_columns(source, "price"), language_columns(source, "hours")

    def check(row: SourceRow, facts: dict[str, Any]) -> CheckedSpace:
        told = one_of(row, "kind", SpaceKind.values) or kind
        if not told:
            words = _("It is missing. Choose a column, or the same for every row: %(known)s.")
            raise RowRefused("kind", Reason(words, {"known": listed(SpaceKind.values)}, "--kind"))
        return CheckedSpace(
            **facts,
            kind=told,
            capacity=_capacity(row),
            step_free=_answer(row, "step_free"),
            accessible_toilet=_answer(row, "accessible_toilet"),
            induction_loop=_answer(row, "induction_loop"),
            prices=_texts(row, prices),
            hours=_texts(row, hours),
            booking_url=_address(row),
        )

    checked, refused = check_places(source, None, check)
    if refused and not skip_refused:
        return ImportReport(source.name, refused=refused)
    with alone():
        replaced = replace_places(Space, checked, origin)
    return ImportReport(source.name, *replaced.counts, refused=refused)


def _capacity(row: SourceRow) -> int | None:
    text = line_of(row, "capacity")
    if text is None:
        return None
    try:
        number = strict_float(text)
    except ValueError as error:
        raise RowRefused("capacity", _no_capacity(text)) from error
    if not number.is_integer() or not 1 <= number <= CAPACITY_MAX:
        raise RowRefused("capacity", _no_capacity(text))
    return int(number)


def _no_capacity(text: str) -> Reason:
    words = _("“%(value)s” is not a whole number from 1 to %(number)s. Write it in digits.")
    return Reason(words, {"value": shown(text), "number": CAPACITY_MAX})


def _answer(row: SourceRow, field: str) -> bool | None:
    """Yes or no, as a boolean of the file or in words; None where nothing is told."""
    value = row.fields.get(field)
    if isinstance(value, bool):
        return value
    text = line_of(row, field)
    if text is None:
        return None
    if text.lower() not in ANSWERS:
        raise RowRefused(field, Reason(_("“%(value)s” is neither yes nor no."), {"value": shown(text)}))
    return ANSWERS[text.lower()]


def _texts(row: SourceRow, columns: dict[str, str]) -> dict[str, str]:
    texts = {
        language: short(line_of(row, column) or "", column, TEXT_LENGTH_MAX) for language, column in columns.items()
    }
    return {language: text for language, text in texts.items() if text}


def _address(row: SourceRow) -> str:
    text = short(line_of(row, "booking_url") or "", "booking_url", URL_LENGTH_MAX)
    try:
        if text:
            is_web_address(text)
    except ValidationError as error:
        words = _("“%(value)s” is no web address. It begins with https://.")
        raise RowRefused("booking_url", Reason(words, {"value": shown(text)})) from error
    return text
