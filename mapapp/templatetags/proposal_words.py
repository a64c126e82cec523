"""What a template says of a proposal: its place, its age, the language of its text, where its pin stands."""

import datetime
from typing import NamedTuple

from django import template
from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from layers.geometry import from_mercator
from proposals.models import Proposal

register = template.Library()

NEW_DAYS = 7  # so long a proposal's age is told in words, in the colour of what is new
DEGREE_DECIMALS = 6  # about 0.1 m
UNDETERMINED = "und"  # BCP 47: a language that we do not know


class Degrees(NamedTuple):
    """A point in EPSG:4326 as attributes take it: a point for the decimals, whatever the page's language."""

    lon: str
    lat: str


@register.filter
def place_in(proposal: Proposal, language: str) -> str:
    """The place in words with its area, "120 m north-east of …, Tapiola"; no query when the row came by `for_lists()`."""
    place = proposal.place_in(language)
    if proposal.area is None or not proposal.landmark or proposal.landmark["distance_m"] is None:
        return place
    return pgettext("place, area", "{place}, {area}").format(place=place, area=proposal.area.name_in(language))


@register.filter
def pin_degrees(proposal: Proposal) -> Degrees:
    """Where the pin stands, in degrees: what links a row of the list to its mark on the map."""
    longitude, latitude = from_mercator(proposal.pin.x, proposal.pin.y)
    return Degrees(f"{longitude:.{DEGREE_DECIMALS}f}", f"{latitude:.{DEGREE_DECIMALS}f}")


@register.filter
def supports(proposal: Proposal) -> int:
    """How many people support it, with a confirmed address or without."""
    return proposal.supports_verified + proposal.supports_unverified


@register.filter
def foreign(language: str) -> str:
    """The value of `lang` for a text in `language`, "" where it is the page's own and needs none."""
    if language == get_language():
        return ""
    return UNDETERMINED if language == "other" else language


@register.filter
def written_in(language: str) -> str:
    """ "Written in Finnish" for a text that is not in the page's language, else ""."""
    if language == get_language():
        return ""
    known = {"fi": _("Written in Finnish"), "sv": _("Written in Swedish"), "en": _("Written in English")}
    return known.get(language, _("Written in another language"))


@register.filter
def age_if_new(moment: datetime.datetime | None) -> str:
    """ "Today", "Yesterday", "3 days ago" by the city's calendar; "" from a week on, when a date says more."""
    if moment is None:
        return ""
    days = (timezone.localdate() - timezone.localdate(moment)).days
    if not 0 <= days < NEW_DAYS:
        return ""
    if days < 2:
        return (pgettext("age", "Today"), pgettext("age", "Yesterday"))[days]
    return ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days}
