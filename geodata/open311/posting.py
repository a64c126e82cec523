"""A service request that another program sends: read strictly, checked by the one form, stored exactly once.

Names, phones and accounts that Open311 would take are not kept: nothing here needs them.
"""

import io
import re
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from actors.models.api_key import ApiKey, Scope
from actors.throttling import TooMany, api_key_limits, give_back, take
from geodata.open311.query import refuse_other_jurisdiction
from geodata.open311.service_list import answers
from geodata.open311.writing import Refused
from layers import gazetteer
from layers.fetching import FetchFailed, fetch
from layers.geometry import strict_float
from proposals.forms import ProposalForm
from proposals.models import Category, Publication
from proposals.models.proposal import TITLE_MAX
from proposals.photos import PHOTO_MAX_BYTES, StoredPhoto, delete_photo_file, store_photo
from proposals.reading import KEY_PATTERN, Unreadable, read_form
from proposals.submit import KeyReused, Receipt, earlier_receipt, submit

SAME_REQUEST_S = 600  # without a key of its own, the same body again within this time is the same request
PHOTO_TIMEOUT_S = 4.0
ATTRIBUTE = re.compile(r"attribute\[([-\w]{1,80})\]")
SENTENCE = re.compile(r"(?s)\s*(.+?)(?:(?<=[.!?])\s|\n|$)")
# The form's fields in the words of Open311.
NAMES = {
    "kind": "service_code", "category": "service_code", "geometry": "lat, long", "body": "description", "answers": "attribute",
}  # fmt: skip


@dataclass(frozen=True)
class Posted:
    """A request that could be read, with the key of its program."""

    fields: dict[str, str]
    body_hash: str
    api_key: ApiKey
    idempotency_keys: tuple[str, ...]  # the one to store under is the first

    @property
    def has_title(self) -> bool:
        return bool(self.fields.get("title", "").strip())


def read(request: HttpRequest) -> Posted:
    """Raises Refused: 400, 413 or 415 for what cannot be read, 403 without a key, 404 for another city's jurisdiction."""
    try:
        fields, body_hash = read_form(request)
    except Unreadable as error:
        raise Refused((error.status, error.problem.message)) from error
    key = ApiKey.objects.usable(fields.get("api_key", ""), Scope.OPEN311_WRITE)
    if key is None:
        raise Refused((403, _("Send api_key: a key that is in force and may send proposals.")))
    refuse_other_jurisdiction(fields.get("jurisdiction_id", ""))
    return Posted(fields, body_hash, key, _idempotency_keys(request, key, body_hash))


def post(posted: Posted) -> tuple[dict[str, Any], bool]:
    """The answer's one entry, and whether this very call made the proposal. Raises Refused; then nothing is stored."""
    try:
        for key in posted.idempotency_keys:
            earlier = earlier_receipt(key, posted.body_hash)
            if earlier is not None:
                return _entry(earlier, posted), False
        form = ProposalForm(_members(posted))
        if not form.is_valid():
            raise Refused(*_refusals(form))
        receipt = _stored(form, posted)
        return _entry(receipt, posted), receipt.created
    except KeyReused as error:
        message = _("This key was used for another proposal. Send a new proposal with a new key.")
        raise Refused((409, message)) from error
    except TooMany as error:
        words = _("Too many proposals. Try again later.")
        raise Refused((429, words), retry_after_s=error.retry_after_s) from error


def _idempotency_keys(request: HttpRequest, key: ApiKey, body_hash: str) -> tuple[str, ...]:
    """The header's, else one of the body and the ten minutes of now; and that of the ten minutes before."""
    given = request.headers.get("Idempotency-Key", "")
    own = f"open311 {key.prefix}"  # two programs may choose the same
    if given:
        if not KEY_PATTERN.fullmatch(given):
            message = _("Send the header Idempotency-Key: 8 to 255 visible ASCII characters, new for each proposal.")
            raise Refused((400, message))
        return (f"{own} given {given}",)
    now = int(time.time()) // SAME_REQUEST_S
    return tuple(f"{own} body {body_hash} {turn}" for turn in (now, now - 1))


def _members(posted: Posted) -> dict[str, object]:
    """The fields as the form of proposals takes them."""
    fields = posted.fields
    category = Category.objects.offered().by_slug(fields.get("service_code", ""))
    if category is None:
        raise Refused((404, _("service_code: there is no such service.")))
    description = fields.get("description", "")
    title = fields["title"] if posted.has_title else first_sentence(description)
    if posted.has_title and description.startswith(f"{title}\n"):  # as requests are read here, and passed on
        description = description.removeprefix(title).strip()
    given = {found[1]: value for name, value in fields.items() if (found := ATTRIBUTE.fullmatch(name))}
    return {
        "category": category.slug,
        "title": title,
        "body": "" if description.strip() == title.strip() else description,
        "email": fields.get("email", ""),
        "geometry": {"type": "Point", "coordinates": _position(fields)},
        "answers": answers(category, given),
        **({"language": get_language()} if get_language() else {}),
    }


def first_sentence(description: str) -> str:
    """The first sentence or line, cut between words where it is longer than a title may be; "" where there is none."""
    found = SENTENCE.match(description)
    sentence = found[1].strip() if found else ""
    if len(sentence) <= TITLE_MAX:
        return sentence
    return sentence[: TITLE_MAX - 1].rpartition(" ")[0].rstrip(" ,;:") + "…"


def _position(fields: dict[str, str]) -> list[float]:
    """Longitude and latitude: as given, else of the one place that `address_string` names."""
    lat, long, address = (fields.get(name, "").strip() for name in ("lat", "long", "address_string"))
    if lat or long:
        try:
            return [strict_float(long), strict_float(lat)]
        except ValueError as error:
            raise Refused(
                (400, _("lat, long: give both in degrees, with a decimal point: lat=60.17&long=24.82."))
            ) from error
    if not address:
        raise Refused((400, _("Give the place: lat and long, in degrees.")))
    places = gazetteer.search(address, get_language() or settings.LANGUAGE_CODE, 2)
    if len(places) != 1:
        raise Refused((400, _("address_string: this names no single place here. Give lat and long.")))
    return [places[0].longitude, places[0].latitude]


def _refusals(form: ProposalForm) -> list[tuple[int, str]]:
    """What the form refuses, each with the name that Open311 has for the field. GeoReport knows 400 for all of it."""
    found = []
    for problem in form.problems():
        field = problem.pointer.lstrip("/").partition("/")[0]
        found.append((400, f"{NAMES.get(field, field)}: {problem.message}"))
    return found


def _stored(form: ProposalForm, posted: Posted) -> Receipt:
    """Counts and stores; what was refused or had been there before is given back and swept."""
    limits = api_key_limits(posted.api_key.prefix, posted.api_key.quota_per_hour)
    take(limits)
    photo, created = None, False
    try:
        photo = fetched_photo(posted.fields.get("media_url", ""))
        draft = form.draft(device_key="", photos=(photo,) if photo else ())
        receipt = submit(draft, key=posted.idempotency_keys[0], body_hash=posted.body_hash)
        created = receipt.created
        posted.api_key.note_use()
        return receipt
    finally:
        if not created:
            give_back(limits)
            if photo:
                delete_photo_file(photo.name)


def fetched_photo(url: str) -> StoredPhoto | None:
    """The picture at `url`, re-encoded on disk; None where there is none to be had. What is told is not lost with it."""
    if not url.strip():
        return None
    try:
        answer = fetch(url.strip(), None, PHOTO_MAX_BYTES, PHOTO_TIMEOUT_S, inner_hosts=settings.FETCH_INNER_HOSTS)
        return store_photo(File(io.BytesIO(answer.body))) if answer.status == 200 else None
    except (FetchFailed, ValidationError):
        return None


def _entry(receipt: Receipt, posted: Posted) -> dict[str, Any]:
    made = receipt.proposal
    code = made.contact.tracking_code
    told = [_next_step(made.publication) % {"url": settings.SITE_URL + reverse("proposal", args=[made.pk])}]
    told.append(_("Tracking code: %(code)s.") % {"code": f"{code[:4]}-{code[4:]}"})
    if not posted.has_title:
        told.append(_("The title was made of the first sentence of the description."))
    if posted.fields.get("media_url", "").strip() and not made.photos.exists():
        told.append(_("The photo could not be fetched from media_url; the proposal is stored without it."))
    return {"service_request_id": str(made.pk), "service_notice": " ".join(told), "account_id": None}


def _next_step(publication: str) -> str:
    match publication:
        case Publication.PUBLISHED:
            return _("It is public: %(url)s")
        case Publication.UNCONFIRMED:
            return _("It is published when the e-mail address is confirmed by the link that was mailed.")
    return _("A moderator reads it before it is published.")
