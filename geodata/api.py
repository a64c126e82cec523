"""`/api/v1/`: categories and proposals for other people's programs. Ninja routes and documents; the one strict reader
and the one form of `proposals` read and check, since Ninja's own parser lets NaN and duplicate keys pass.
"""

from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import NinjaAPI

from actors.throttling import TooMany, give_back, submission_limits, take
from geodata import geojson
from geodata.collections import proposals
from layers import gazetteer
from layers.geometry import strict_int
from proposals.forms import ProposalForm
from proposals.models import Category, Proposal
from proposals.photos import PHOTOS_MAX, StoredPhoto, delete_photo_file, store_photo
from proposals.problems import Problem, problem_response
from proposals.reading import Incoming, Unreadable, idempotency_key, read_incoming
from proposals.submit import KeyReused, Receipt, earlier_receipt, submit

# Swagger UI writes style attributes; nothing but its own page may.
documents_with_styles = csp_update({"style-src": ["'unsafe-inline'"]})

api = NinjaAPI(
    title="Participation map",
    version="1",
    description="Proposals of residents as open data (CC BY 4.0), and the door by which programs send them.",
    docs_decorator=documents_with_styles,
    urls_namespace="api",
)

CATEGORY_LIST = {
    "responses": {
        200: {"description": "Every category that a proposal may choose", "content": {"application/json": {}}}
    }
}
PROPOSAL_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["title", "geometry"],
    "properties": {
        "title": {"type": "string", "maxLength": 120},
        "body": {"type": "string", "maxLength": 5000},
        "language": {"type": "string", "enum": ["fi", "sv", "en", "other"]},
        "kind": {"type": "string", "enum": ["idea", "parking", "pathway", "space", "service", "concern"]},
        "category": {"type": "string", "description": "Slug; optional where the kind has one category"},
        "geometry": {
            "type": "object",
            "description": "GeoJSON geometry (RFC 7946): Point, LineString or Polygon, EPSG:4326, at most 1,000 vertices",
            "required": ["type", "coordinates"],
            "properties": {
                "type": {"type": "string", "enum": ["Point", "LineString", "Polygon"]},
                "coordinates": {"type": "array", "items": {}},
            },
        },
        "answers": {"type": "object", "description": "Question id to answer"},
        "email": {"type": "string", "format": "email", "description": "Optional; never published"},
        "terms_version": {"type": "string"},
    },
}
PROBLEM = {"description": "A problem document (RFC 9457)", "content": {"application/problem+json": {}}}
ONE_PROPOSAL = {
    "responses": {
        200: {"description": "A Feature (RFC 7946)", "content": {"application/geo+json": {}}},
        404: PROBLEM | {"description": "There is no such proposal, or it is not public"},
    }
}
NEW_PROPOSAL = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "schema": {"type": "string", "minLength": 8, "maxLength": 255},
            "description": "New for each proposal; the same key and body again get the same answer",
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": PROPOSAL_SCHEMA},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["proposal"],
                    "properties": {
                        "proposal": PROPOSAL_SCHEMA,
                        "photo": {"type": "array", "items": {"type": "string", "format": "binary"}},
                    },
                }
            },
        },
    },
    "responses": {
        201: {"description": "Stored", "content": {"application/json": {}}},
        200: {"description": "Stored before by the same key and body", "content": {"application/json": {}}},
        **dict.fromkeys((400, 409, 413, 415, 422, 429), PROBLEM),
    },
}


@api.get("/categories", openapi_extra=CATEGORY_LIST, summary="Categories and their questions")
def categories(request: HttpRequest) -> HttpResponse:
    listed = [
        {
            "slug": category.slug,
            "kind": category.kind,
            "name": category.names,
            "geometry_types": category.geometry_types,
            "questions": category.questions,
            "publication_rule": category.publication_rule,
            "privacy_rule": category.privacy_rule,
        }
        for category in Category.objects.offered()
    ]
    return JsonResponse({"categories": listed})


@api.get("/proposals/{proposal_id}", openapi_extra=ONE_PROPOSAL, summary="One published proposal as a GeoJSON Feature")
def proposal(request: HttpRequest, proposal_id: str) -> HttpResponse:
    try:
        feature = geojson.feature(proposals(), strict_int(proposal_id), get_language() or settings.LANGUAGE_CODE)
    except ValueError:
        feature = None
    if feature is None:
        return problem_response(404)
    return HttpResponse(feature, content_type="application/geo+json")


@api.post("/proposals", openapi_extra=NEW_PROPOSAL, summary="Make a proposal")
def create_proposal(request: HttpRequest) -> HttpResponse:
    try:
        incoming = read_incoming(request)
        key = idempotency_key(request)
        earlier = earlier_receipt(key, incoming.body_hash)
        if earlier is not None:
            return receipt_response(earlier)
        form = ProposalForm(incoming.members)
        if not form.is_valid():
            return problem_response(422, form.problems())
        return _store(request, form, incoming, key)
    except Unreadable as error:
        return problem_response(error.status, [error.problem])
    except KeyReused:
        message = _("This key was used for another proposal. Send a new proposal with a new key.")
        return problem_response(409, [Problem("Idempotency-Key", "key_reused", message)])
    except TooMany as error:
        response = problem_response(429, detail=_("Too many proposals. Try again later."))
        response["Retry-After"] = str(error.retry_after_s)
        return response


def _store(request: HttpRequest, form: ProposalForm, incoming: Incoming, key: str) -> HttpResponse:
    """Counts, stores photos and proposal; what was refused or had been there before is given back and swept."""
    limits = submission_limits(request, device_key="")
    take(limits)
    photos: list[StoredPhoto] = []
    created = False
    try:
        photos = _stored_photos(incoming)
        receipt = submit(form.draft(device_key="", photos=tuple(photos)), key=key, body_hash=incoming.body_hash)
        created = receipt.created
        return receipt_response(receipt, form.notes())
    except ValidationError as error:
        return problem_response(422, [Problem("/photo", error.code or "invalid", " ".join(error.messages))])
    finally:
        if not created:
            give_back(limits)
            for photo in photos:
                delete_photo_file(photo.name)


def _stored_photos(incoming: Incoming) -> list[StoredPhoto]:
    """The request's photos on disk. Raises ValidationError, with none left behind, for one that is refused."""
    if len(incoming.photos) > PHOTOS_MAX:
        raise ValidationError(_("Send at most %(max)d photos.") % {"max": PHOTOS_MAX}, code="too_many")
    stored: list[StoredPhoto] = []
    try:
        for upload in incoming.photos:
            stored.append(store_photo(upload))
    except ValidationError:
        for photo in stored:
            delete_photo_file(photo.name)
        raise
    return stored


def receipt_response(receipt: Receipt, notes: tuple[str, ...] = ()) -> JsonResponse:
    """201 for a proposal that this request made, 200 for one that its key had made before; the same members."""
    made: Proposal = receipt.proposal
    code = made.contact.tracking_code
    language = get_language() or settings.LANGUAGE_CODE
    answer: dict[str, Any] = {
        "id": made.pk,
        "url": settings.SITE_URL + reverse("proposal", args=[made.pk]),
        "code": f"{code[:4]}-{code[4:]}",
        "publication": made.publication,
        "status": made.status,
        "kind": made.kind,
        "category": made.category.slug,
        "area": {"slug": made.area.slug, "name": made.area.name} if made.area else None,
        "place": gazetteer.describe(made.landmark, language),
    }
    if notes:
        answer["notes"] = list(notes)
    return JsonResponse(answer, status=201 if receipt.created else 200)
