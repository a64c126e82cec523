"""The `datetime` parameter: instants and intervals of RFC 3339, open at either end -> a stretch of time."""

import datetime
import re
from dataclasses import dataclass

from django.utils import timezone

OPEN_END = frozenset({"", ".."})
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
SECOND = datetime.timedelta(seconds=1)  # the properties say whole seconds, so that an instant means one of them
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Stretch:
    """From `begin` (in) to `end` (out); None is an open end."""

    begin: datetime.datetime | None
    end: datetime.datetime | None


def parse_stretch(text: str) -> Stretch:
    """The stretch of `2026-05-31T09:00:00Z`, `2026-05-31` (a day of the city) or `begin/end`. Raises ValueError."""
    begin, slash, end = text.partition("/")
    if not slash:
        return Stretch(*_instant(begin))
    if begin in OPEN_END and end in OPEN_END:
        raise ValueError("an interval is open at one end at most")
    first = None if begin in OPEN_END else _instant(begin)[0]
    last = None if end in OPEN_END else _instant(end)[1]
    if first and last and first >= last:
        raise ValueError("the interval ends before it begins")
    return Stretch(first, last)


def _instant(text: str) -> tuple[datetime.datetime, datetime.datetime]:
    """Where the day or second that `text` names begins and ends."""
    try:
        if DATE.fullmatch(text):
            day = datetime.date.fromisoformat(text)
            zone = timezone.get_default_timezone()
            return tuple(datetime.datetime.combine(d, datetime.time.min, tzinfo=zone) for d in (day, day + DAY))
        if DATE_TIME.fullmatch(text):
            begin = datetime.datetime.fromisoformat(text.upper())
            return begin.astimezone(datetime.UTC), begin.astimezone(datetime.UTC) + SECOND
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error
    raise ValueError("not a time of RFC 3339")
