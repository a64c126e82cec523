"""The parameters that narrow what leaves the house, each with a value: what the open data page explains."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Example:
    """A parameter: what it is for and how it is written."""

    name: str
    use: str
    url: str


def filter_examples() -> list[Example]:
    """The parameters that narrow every list, file and feed, each with a value."""
    return [
        Example("kind", _("Topic. May be repeated."), "kind=parking"),
        Example("category", _("Category within a topic. May be repeated."), "category=parking"),
        Example("status", _("Stage. May be repeated."), "status=open"),
        Example("taken_up", _("yes: somebody has promised to look after it; no: nobody has."), "taken_up=no"),
        Example(
            "area", _("An area by its name in the address of its page; a district holds what is below it."), "area=…"
        ),
        Example("bbox", _("A box: west, south, east, north in degrees."), "bbox=24.6,60.1,24.9,60.3"),
        Example("since, until", _("Days of publication, both included."), "since=2026-01-01&until=2026-06-30"),
        Example("q", _("Words in title or text, in Finnish, Swedish or English."), "q=bench"),
        Example(
            "crs", _("System of the coordinates in a file: %(systems)s.") % {"systems": _systems()}, "crs=EPSG:3067"
        ),
        Example("lang", _("Language of names and addresses in the answer."), "lang=sv"),
    ]


def _systems() -> str:
    return ", ".join(f"EPSG:{srid}" for srid in settings.CITY.export_srids)
