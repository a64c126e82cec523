"""The reasons that several imports have alike, and what GEOS finds wrong with a shape, in words."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from layers.reasons import Reason, listed, shown

MISSING = Reason(_("It is missing."))
OUTSIDE = Reason(_("It lies outside the city, or a part of it does."))
OTHER_ENCODING = Reason(
    _("It was written in another encoding than it was read by. Say in which, or save the file as UTF-8.")
)
UNSHOWABLE = Reason(_("It holds signs that cannot be shown."))
DEGREE_SHOWN = 9  # characters: five decimals or more, about a metre
GEOS_REASON = re.compile(r"(?P<fault>[^\[]+)\[(?P<x>\S+) (?P<y>\S+)\]")
# What GEOS says of a shape that is not valid (its TopologyValidationError) -> our words.
FAULTS = {
    "Self-intersection": _("It crosses itself, at %(place)s."),
    "Ring Self-intersection": _("Its edge touches itself, at %(place)s."),
    "Hole lies outside shell": _("A hole of it lies outside it, at %(place)s."),
    "Holes are nested": _("A hole of it lies inside another, at %(place)s."),
    "Nested shells": _("A part of it lies inside another, at %(place)s."),
    "Interior is disconnected": _("Its inside is cut into pieces, at %(place)s."),
    "Duplicate Rings": _("It has the same edge twice, at %(place)s."),
    "Repeated Point": _("It has the same corner twice, at %(place)s."),
    "Too few points in geometry component": _("It has too few corners, at %(place)s."),
    "Ring is not closed": _("Its edge does not end where it begins, at %(place)s."),
    "Invalid Coordinate": _("These coordinates do not exist in the coordinate system. Is it the right one?"),
}


class Refused(ValueError):
    """Something cannot be taken in; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True)
class Needed:
    """What has to be told of a file (`layer`, `crs` or `place`, its columns) before it can be read, and what is known already.

    `bounds` are those of the coordinates as they stand in the file: smallest x, smallest y, greatest x, greatest y.
    """

    what: str
    layers: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    rows: int | None = None
    bounds: tuple[float, ...] | None = None


class SourceRefused(Refused):
    """What `name` calls cannot be taken in as a whole; `reason` says why and what to do, `needed` what it takes to read it."""

    def __init__(self, reason: Reason, needed: Needed | None = None, *, name: str = "") -> None:
        super().__init__(reason)
        self.needed, self.name = needed, name

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}" if self.name else str(self.reason)


def shape_fault(told: str) -> Reason:
    """What GEOS tells of a shape that is not valid, `Self-intersection[24.8 60.1]`, with the place (degrees)."""
    found = GEOS_REASON.fullmatch(told)
    words = FAULTS.get(found["fault"]) if found else None
    if found is None or words is None:
        return Reason(_("Its shape is wrong: %(fault)s"), {"fault": shown(told)})
    return Reason(words, {"place": f"{found['x'][:DEGREE_SHOWN]}, {found['y'][:DEGREE_SHOWN]}"})


def too_long(limit: int) -> Reason:
    return Reason(_("It is longer than %(number)s characters."), {"number": limit})


def none_of(value: str, known: Collection[str], option: str = "") -> Reason:
    return Reason(_("“%(value)s” is none of: %(known)s."), {"value": shown(value), "known": listed(known)}, option)


def no_column(column: str, columns: Collection[str], option: str = "") -> Reason:
    words = _("There is no column “%(column)s”. There are: %(columns)s.")
    return Reason(words, {"column": shown(column), "columns": listed(columns)}, option)


def same_name_twice(columns: Collection[str]) -> Reason:
    return Reason(_("Two columns have the same name: %(columns)s."), {"columns": listed(columns)})


def another_shape(known: Collection[str]) -> Reason:
    return Reason(_("Its type of shape is not taken here. What is taken: %(known)s."), {"known": listed(known)})


def in_use_in_row(value: str, row: int) -> Reason:
    return Reason(_("“%(value)s” stands in row %(row)s too."), {"value": shown(value), "row": str(row)})


def in_use(value: str) -> Reason:
    return Reason(_("“%(value)s” stands in an earlier row too."), {"value": shown(value)})


def too_many_columns(number: int, most: int) -> Reason:
    return Reason(_("It has %(number)s columns. At most %(most)s are read."), {"number": number, "most": most})


def no_reference_system(srid: int) -> Reason:
    return Reason(_("EPSG:%(number)s is not a coordinate system of places."), {"number": str(srid)})
