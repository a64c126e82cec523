"""Promised days as a calendar (RFC 5545), for whoever wants them beside the rest of their week."""

import datetime
import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vDuration, vGeo, vText, vUri

from geodata.expressions import coordinate
from geodata.pledges import pledges
from layers.geometry import WGS84
from proposals.models.pledge import Consent

MEDIA_TYPE = "text/calendar; charset=utf-8"
EVENTS_MAX = 2_000
ASK_AGAIN_AFTER = datetime.timedelta(hours=6)
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")  # RFC 5545, section 3.1: in no text
SAID = (
    "id", "url", "proposal_title", "proposal_language", "organisation_name", "promise", "language", "permission", "due",
    "moved", "updated", "kind", "place",
)  # fmt: skip


def pledge_calendar(promises: QuerySet[Any], language: str, query: str) -> bytes:
    """`promises` as all-day events in `language`, what is due first on top; `query` is what chose them. One query."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.CITY.product_name}//{settings.CITY.name}//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    name = _("%(service)s: promised days") % {"service": settings.CITY.product_name}
    for word in ("name", "x-wr-calname"):  # RFC 7986, and what most programs read
        calendar.add(word, name)
    calendar.add("refresh-interval", vDuration(ASK_AGAIN_AFTER), parameters={"VALUE": "DURATION"})
    source = settings.SITE_URL + reverse("pledges_calendar") + (f"?{query}" if query else "")
    calendar.add("source", vUri(source), parameters={"VALUE": "URI"})
    place = {"lat": coordinate("proposal__pin", "Y", WGS84), "lon": coordinate("proposal__pin", "X", WGS84)}
    for row in pledges().rows(promises.order_by("due", "pk"), language, SAID, **place)[:EVENTS_MAX]:
        calendar.add_component(_event(row))
    return calendar.to_ical()


def _event(row: dict[str, Any]) -> Event:
    said = {name: row[f"p_{name}"] for name in SAID}
    said_at = datetime.datetime.fromisoformat(said["updated"])
    event = Event()
    event.add("uid", f"pledge-{said['id']}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("dtstamp", said_at)
    event.add("last-modified", said_at)
    event.add("sequence", said["moved"])
    event.add("dtstart", said["due"])
    event.add("dtend", said["due"] + datetime.timedelta(days=1))  # not included (section 3.6.1)
    event.add("summary", _text(said["proposal_title"], said["proposal_language"]))
    event.add("description", _text(f"{said['organisation_name']}: {said['promise']}", said["language"]))
    event.add("status", "TENTATIVE" if said["permission"] == Consent.ASKED else "CONFIRMED")
    event.add("transp", "TRANSPARENT")  # nobody is busy for it
    event.add("categories", [said["kind"]])
    event.add("url", vUri(said["url"]))
    event.add("geo", vGeo((float(row["lat"]), float(row["lon"]))))
    if said["place"]:
        event.add("location", _text(said["place"]))
    return event


def _text(text: str, language: str = "") -> vText:
    """`text` without what a calendar cannot hold, marked by its language where the city has that."""
    known = language in settings.CITY.languages
    return vText(CONTROL.sub(" ", text), params={"LANGUAGE": language} if known else None)
