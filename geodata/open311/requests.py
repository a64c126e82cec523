"""Proposals as service requests, made of the published properties alone."""

import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext as _

from geodata.collections import proposals
from geodata.expressions import UtcTime, coordinate, name_in
from geodata.open311.stages import TOLD
from layers.geometry import WGS84
from proposals.models import Event, Status, Verb
from proposals.models.proposal import ProposalQuerySet

# The published properties that a service request is made of: no other is read.
SAID = (
    "id", "url", "title", "body", "category", "status", "place", "place_precision", "published", "updated", "taken_up_by",
    "due", "photos",
)  # fmt: skip
END_OF_DAY = datetime.time(23, 59, 59)


def service_requests(queryset: ProposalQuerySet, language: str, *, extended: bool) -> list[dict[str, Any]]:
    """`queryset` as service requests in its order, `extended` with CitySDK's attributes. One query."""
    more: dict[str, Any] = {
        "service_name": name_in("category__names", language),
        "lat": coordinate("pin", "Y", WGS84),
        "long": coordinate("pin", "X", WGS84),
    }
    if extended:
        more["history"] = _changes()
    return [_service_request(row, extended) for row in proposals().rows(queryset, language, SAID, **more)]


def service_request_numbered(pk: int, language: str, *, extended: bool) -> list[dict[str, Any]]:
    """The one public proposal with this key; [] where the public sees none. One query."""
    return service_requests(proposals().queryset().filter(pk=pk), language, extended=extended)


def _changes() -> ArraySubquery:
    """Sending and every change of stage: role, when, from and to. Reasons and accounts are no part of it."""
    events = Event.objects.of_stages().filter(proposal=OuterRef("pk"))
    change = JSONObject(verb="verb", role="role", before="before", after="after", at=UtcTime("at"))
    return ArraySubquery(events.values(change=change))


def _service_request(row: dict[str, Any], extended: bool) -> dict[str, Any]:
    said = {name: row[f"p_{name}"] for name in SAID}
    names = ", ".join(said["taken_up_by"])
    request = {
        "service_request_id": str(said["id"]),
        "status": TOLD[said["status"]].status,
        "status_notes": _notes(said["status"], names, said["due"]),
        "service_name": row["service_name"],
        "service_code": said["category"],
        "description": _description(said["title"], said["body"]),
        "agency_responsible": names or None,
        "service_notice": None,
        # When it became a request that the public sees: a client that asks again since then misses none.
        "requested_datetime": said["published"],
        "updated_datetime": said["updated"],
        "expected_datetime": _end_of(said["due"]) if said["due"] else None,
        "address": said["place"],
        "address_id": None,
        "zipcode": None,
        "lat": float(row["lat"]),
        "long": float(row["long"]),
        "media_url": said["photos"][0] if said["photos"] else None,
    }
    if extended:
        request["extended_attributes"] = _extended(said, row["history"])
    return request


def _description(title: str, body: str) -> str:
    """One text, as Open311 knows no title: the title, and the body below it where it does not begin with it."""
    if not body or body.startswith(title):
        return body or title
    return f"{title}\n\n{body}"


def _notes(status: str, names: str, due: datetime.date | None) -> str:
    """The stage in words, who has taken it up and until when."""
    stage = str(Status(status).label)
    if names and due:
        return _("%(stage)s: %(names)s, by %(day)s") % {"stage": stage, "names": names, "day": due.isoformat()}
    return f"{stage}: {names}" if names else stage


def _end_of(day: datetime.date) -> str:
    """The last second of a day of the city."""
    return datetime.datetime.combine(day, END_OF_DAY, tzinfo=timezone.get_default_timezone()).isoformat()


def _extended(said: dict[str, Any], changes: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "title": said["title"],
        "detailed_status": TOLD[said["status"]].detailed_status,
        "url": said["url"],
        "place_precision": said["place_precision"],
        "media_urls": said["photos"],
        "history": [_change(change) for change in changes],
    }


def _change(change: dict[str, str]) -> dict[str, str | None]:
    """One change in 6Aika's word and in ours."""
    is_sending = change["verb"] == Verb.SUBMITTED
    before, after = (None, Status.OPEN.value) if is_sending else (change["before"], change["after"])
    return {
        "state": TOLD[after].history,
        "role": change["role"],
        "from": before,
        "to": after,
        "datetime": change["at"],
    }
