"""Why a row was refused, in the reader's language: reports are written in English, as commands print them.

What is in no line of the table is shown as it was written.
"""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

# Pattern of a whole reason -> its words; named groups are filled in.
REASONS = [
    (re.compile(pattern), words)
    for pattern, words in (
        (r"there is none(, or it is empty)?|there is no (place|position|name|id|code)", gettext_noop("It is missing.")),
        (r"(a part of )?it lies outside the city", gettext_noop("It lies outside the city, or a part of it does.")),
        (
            r"it lies outside the city's bounds, at (?P<place>[-\d., ]+): .*",
            gettext_noop("It lies far outside the city, at %(place)s. Is the coordinate system the right one?"),
        ),
        (r"latitude and longitude are swapped.*", gettext_noop("Latitude and longitude are swapped.")),
        (
            r"Invalid Coordinate.*",
            gettext_noop("These coordinates do not exist in the coordinate system. Is it the right one?"),
        ),
        (
            r"'(?P<value>.*)' is the (id|code) of (an earlier row|row \d+) too",
            gettext_noop("“%(value)s” stands in an earlier row too."),
        ),
        (
            r"(the code is )?longer than (?P<number>[\d,]+) characters",
            gettext_noop("It is longer than %(number)s characters."),
        ),
        (
            r"holds (control characters or other )?signs that cannot be shown.*",
            gettext_noop("It holds signs that cannot be shown."),
        ),
        (
            r"was written in another encoding.*",
            gettext_noop("It was written in another encoding. Choose it under “How the file is read”."),
        ),
        (
            r"the row has (?P<cells>\d+) cells, the header (?P<header>\d+)",
            gettext_noop("The row has %(cells)s cells, the first row %(header)s."),
        ),
        (r"it lies before the time at which it was submitted", gettext_noop("It lies before the time of sending.")),
        (
            r"there is no category '(?P<value>.*?)'; there are: .*",
            gettext_noop("There is no category “%(value)s” here."),
        ),
        (r"'(?P<value>.*)' is (none|not one) of (?P<known>.*)", gettext_noop("“%(value)s” is none of: %(known)s.")),
        (
            r"'(?P<value>.*)' is no time: .*",
            gettext_noop("“%(value)s” is no time. Write it as 2016-01-20 or 20.1.2016 8:15."),
        ),
        (r"'(?P<value>.*)' has not come yet", gettext_noop("“%(value)s” has not come yet.")),
        (
            r"an area is a .*, not a .*|a Point is needed, not a .*|.* takes .*, and this is another type",
            gettext_noop("It has another type of shape than is taken here."),
        ),
        (
            r"is needed, one of (?P<known>.*): give it .*",
            gettext_noop("It is missing. Choose a column, or the same for every row: %(known)s."),
        ),
        (
            r"'(?P<value>.*)' is not a whole number( from 1 to (?P<most>[\d,]+))?",
            gettext_noop("“%(value)s” is not a whole number that is taken here. Write it in digits."),
        ),
        (r"'(?P<value>.*)' is neither yes nor no", gettext_noop("“%(value)s” is neither yes nor no.")),
        (
            r"'(?P<value>.*)' is no address of the web: .*",
            gettext_noop("“%(value)s” is no web address. It begins with https://."),
        ),
        (r"has more than (?P<number>[\d,]+) vertices", gettext_noop("It has more than %(number)s corners.")),
        (r"'(?P<value>.*)' has no --value .*", gettext_noop("“%(value)s” has no meaning here yet: check anew.")),
    )
]  # fmt: skip


def in_words(reason: str) -> str:
    for pattern, words in REASONS:
        if match := pattern.fullmatch(reason):
            return _(words) % match.groupdict()
    return reason
