"""Passing a proposal on to a neighbour's Open311 door: what the public sees of it, by the worker, until it is there.

The row is written with the ending; each try carries the row's own Idempotency-Key, so that a lost reply makes no second one.
"""

import datetime
import json
import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from layers.fetching import Fetched, FetchFailed, FetchRefused, fetch
from layers.geometry import WGS84
from layers.reasons import Reason
from proposals.models import ForwardedRequest, PlacePrecision, Proposal, Status
from proposals.models.proposal import BODY_MAX

ANSWER_MAX_BYTES = 256 * 1024
TIMEOUT_S = 20.0
LATER = (408, 425, 429)  # and all of 500: another time the same may work
RETRY_AFTER = tuple(datetime.timedelta(minutes=m) for m in (1, 5, 30, 120, 360, 720, 1_440))
NUMBER_MAX, LINK_MAX = 80, 500  # characters


def neighbours_with_a_door() -> list[Any]:
    """The neighbours of the city's file whose own system takes what is passed on (a floor above knows their class)."""
    return [neighbour for neighbour in settings.CITY.neighbours if neighbour.open311]


def pass_on(proposal: Proposal, door: str) -> None:
    """Lets the worker send `proposal` to the neighbour with this door. Call in the transaction of the ending.

    What was opened again and is passed on once more to the same neighbour is the same request there.
    """
    for neighbour in neighbours_with_a_door():
        if neighbour.open311.url == door:
            now = timezone.now()
            facts = {"names": neighbour.names, "passed_on_at": now, "next_try_at": now, "tries": 0, "failure": None}
            ForwardedRequest.objects.update_or_create(
                proposal=proposal,
                door=door,
                defaults=facts,
                create_defaults=facts | {"idempotency_key": secrets.token_hex(16)},
            )


def send(pk: int) -> None:
    """Sends one that waits, once; notes its number, or when it is tried again, or why it is not."""
    row = ForwardedRequest.objects.of_key(pk)
    if row is None or row.sent_at or row.failure:
        return
    if not row.proposal.is_public or row.proposal.status != Status.FORWARDED:
        row.note_failure("The proposal is no longer public, or no longer passed on.", again_at=None)
        return
    try:
        answer = _post(row)
    except FetchRefused as error:
        row.note_failure(str(error), again_at=None)
    except FetchFailed as error:
        _later(row, str(error))
    else:
        _note(row, answer)


def _note(row: ForwardedRequest, answer: Fetched) -> None:
    if answer.status in LATER or answer.status >= 500:
        _later(row, f"The answer was {answer.status}.")
    elif answer.status not in (200, 201):
        row.note_failure(f"{answer.status}: {_told(answer)}", again_at=None)
    else:
        number = _number(answer)
        row.note_sent(number, _page_of(row.door, number) if number else "")


def _later(row: ForwardedRequest, why: str) -> None:
    wait = RETRY_AFTER[row.tries] if row.tries < len(RETRY_AFTER) else None
    row.note_failure(why, again_at=timezone.now() + wait if wait else None)


def _post(row: ForwardedRequest) -> Fetched:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "Accept-Language": row.proposal.language if row.proposal.language != "other" else settings.LANGUAGE_CODE,
        "Idempotency-Key": row.idempotency_key,
    }
    body = urlencode(_fields(row.proposal, row.door)).encode()
    return _ask(row.door, f"{row.door}/requests.json", method="POST", body=body, headers=headers)


def _fields(proposal: Proposal, door: str) -> dict[str, str]:
    """What the public sees of it: its words, its public pin, its page and its first photo. No contact is read here."""
    their = next((n.open311 for n in neighbours_with_a_door() if n.open311.url == door), None)
    if their is None:
        raise FetchRefused(Reason("The city's file names this neighbour's door no more."))
    pin = proposal.pin.transform(WGS84, clone=True)
    photo = proposal.photos.public().first()
    fields = {
        "api_key": settings.NEIGHBOUR_API_KEYS.get(door, ""),
        "jurisdiction_id": their.jurisdiction_id,
        "service_code": their.service_codes.get(proposal.category.slug, proposal.category.slug),
        "lat": f"{pin.y:.7f}",
        "long": f"{pin.x:.7f}",
        "title": proposal.title,
        "description": _description(proposal),
        "media_url": f"{settings.SITE_URL}/photos/{photo.name}.jpg" if photo else "",
    }
    return {name: value for name, value in fields.items() if value}


def _description(proposal: Proposal) -> str:
    """Title, text and the address of its page, in the language of the text; a text that is too long is cut."""
    language = proposal.language if proposal.language in settings.CITY.languages else settings.LANGUAGE_CODE
    with translation.override(language):
        below = [settings.SITE_URL + proposal.get_absolute_url()]
        if proposal.place_precision == PlacePrecision.GENERALISED:
            below.insert(0, _("The place is shown roughly, to protect the person who proposed it."))
    end = "\n\n" + "\n".join(below)
    text = f"{proposal.title}\n\n{proposal.body}".strip()
    room = BODY_MAX - len(end)
    return (text if len(text) <= room else text[: room - 1] + "…") + end


def _ask(door: str, url: str, **how: object) -> Fetched:
    host = urlsplit(door).netloc.lower().removesuffix(":443")
    return fetch(url, [host], ANSWER_MAX_BYTES, TIMEOUT_S, inner_hosts=settings.FETCH_INNER_HOSTS, **how)


def _entry(answer: Fetched) -> dict[str, object]:
    """The first entry of a list in JSON, {} for anything else: whoever answers may answer anything."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    first = found[0] if isinstance(found, list) and found else None
    return first if isinstance(first, dict) else {}


def _told(answer: Fetched) -> str:
    return str(_entry(answer).get("description", ""))[:300]


def _number(answer: Fetched) -> str:
    """Their number; "" of a system that only tells it later."""
    number = str(_entry(answer).get("service_request_id") or "")
    return number if number.isprintable() and len(number) <= NUMBER_MAX else ""


def _page_of(door: str, number: str) -> str:
    """Where people read on: the page that the door tells, on its own host; else what the door itself says of it."""
    own = f"{door}/requests/{number}.json" if number.replace("-", "").isalnum() and number.isascii() else ""
    if not own:
        return ""
    try:
        extended = _entry(_ask(door, f"{own}?extensions=true")).get("extended_attributes")
    except FetchFailed:
        return own
    page = str(extended.get("url", "")) if isinstance(extended, dict) else ""
    here, there = urlsplit(door), urlsplit(page)
    is_theirs = (there.scheme, there.netloc) == (here.scheme, here.netloc) and page.isprintable()
    return page if is_theirs and len(page) <= LINK_MAX else own
