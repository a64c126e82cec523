"""`/open311/v2/`: GeoReport v2 as JSON and XML; every refusal is the standard's list of errors, in the format asked for."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header

from geodata.open311 import posting, service_list
from geodata.open311.query import Open311Form, RequestForm, RequestsForm, refuse_other_jurisdiction
from geodata.open311.requests import service_request_numbered, service_requests
from geodata.open311.writing import MEDIA_TYPES, Refused, unknown_format, written
from geodata.parameters import URL_MAX_BYTES, QueryForm
from geodata.views.answer import answer, for_every_origin
from layers.geometry import strict_int
from proposals.models import Category

MAX_AGE_S = 60  # a hidden proposal is gone from every cache after so many seconds
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGED = "2026-11-24T00:00:00Z"  # of the discovery: when the doors last changed

View = Callable[..., HttpResponseBase]


def door(*methods: str, form: type[Open311Form]) -> Callable[[View], View]:
    """A method of Open311: the view gets the format ("json", "xml") and its parameters, read and found good."""

    def decorator(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, ending: str = "", **more: str) -> HttpResponseBase:
            media = ending if ending in MEDIA_TYPES else _accepted(request)
            with translation.override(_language(request)):
                try:
                    if ending not in ("", *MEDIA_TYPES):
                        raise Refused((400, unknown_format()))
                    if media is None:
                        raise Refused((406, unknown_format()))
                    if request.method not in methods:
                        raise Refused((405, _("Use %(methods)s here.") % {"methods": ", ".join(methods)}))
                    response = view(request, media, _read(request, form), **more)
                except Refused as refused:
                    response = _refusal(refused, media or "json", methods)
            patch_vary_headers(response, ["Accept", "Accept-Language"])
            return response

        return for_every_origin(wrapped)

    return decorator


def _accepted(request: HttpRequest) -> str | None:
    """The format without an ending: what the client likes best, JSON where it takes anything, None where neither will do."""
    preferred = request.get_preferred_type(["application/json", "text/xml", "application/xml"])
    return {"application/json": "json", "text/xml": "xml", "application/xml": "xml"}.get(preferred or "")


def _language(request: HttpRequest) -> str:
    """By `lang`, CitySDK's `locale` or Accept-Language; the city's first where none of them is spoken here."""
    asked = [request.GET.get("lang", ""), request.GET.get("locale", "")]
    asked += [code for code, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    for code in asked:
        language = code.replace("_", "-").partition("-")[0].lower()
        if language in settings.CITY.languages:
            return language
    return settings.CITY.languages[0]


def _read(request: HttpRequest, form_class: type[Open311Form]) -> QueryForm:
    if len(request.get_full_path()) > URL_MAX_BYTES:
        raise Refused((400, _("The address is too long.")))
    form = form_class(request.GET)
    if problems := form.problems():
        raise Refused(*((400, f"{p.pointer}: {p.message}" if p.pointer else p.message) for p in problems))
    refuse_other_jurisdiction(form.cleaned_data["jurisdiction_id"])
    return form


def _refusal(refused: Refused, media: str, methods: tuple[str, ...]) -> HttpResponse:
    status = refused.errors[0][0]
    body = written("errors", refused.document, media)
    response = HttpResponse(body, status=status, content_type=MEDIA_TYPES[media])
    response["Cache-Control"] = "no-store"
    if status == 405:
        response["Allow"] = ", ".join(methods)
    if refused.retry_after_s is not None:
        response["Retry-After"] = str(refused.retry_after_s)
    return response


def _found(request: HttpRequest, root: str, content: Any, media: str) -> HttpResponseBase:
    return answer(request, written(root, content, media), MEDIA_TYPES[media], max_age_s=MAX_AGE_S)


@door("GET", "HEAD", form=Open311Form)
def discovery(request: HttpRequest, media: str, form: Open311Form) -> HttpResponseBase:
    """Where the endpoint is, in which formats, and where a key is asked for."""
    formats = [media_type.partition(";")[0] for media_type in MEDIA_TYPES.values()]
    endpoint = {
        "specification": SPECIFICATION,
        "url": settings.SITE_URL + reverse("open311").removesuffix("/"),
        "changeset": CHANGED,
        "type": "production",
        "formats": formats,
    }
    contact = settings.CITY.links.get("contact", settings.SITE_URL)
    document = {"changeset": CHANGED, "contact": contact, "key_service": contact, "endpoints": [endpoint]}
    return _found(request, "discovery", document, media)


@door("GET", "HEAD", form=Open311Form)
def services(request: HttpRequest, media: str, form: Open311Form) -> HttpResponseBase:
    listed = [service_list.service(category) for category in Category.objects.offered()]
    return _found(request, "services", listed, media)


@door("GET", "HEAD", form=Open311Form)
def service(request: HttpRequest, media: str, form: Open311Form, code: str) -> HttpResponseBase:
    category = Category.objects.offered().by_slug(code)
    if category is None:
        raise Refused((404, _("service_code: there is no such service.")))
    return _found(request, "service_definition", service_list.definition(category), media)


@door("GET", "HEAD", "POST", form=RequestsForm)
def requests(request: HttpRequest, media: str, form: RequestsForm) -> HttpResponseBase:
    if request.method == "POST":
        return _posted(request, media)
    listed = service_requests(form.queryset(), translation.get_language(), extended=form.extended)
    return _found(request, "service_requests", listed, media)


def _posted(request: HttpRequest, media: str) -> HttpResponse:
    entry, created = posting.post(posting.read(request))
    body = written("service_requests", [entry], media)
    response = HttpResponse(body, status=201 if created else 200, content_type=MEDIA_TYPES[media])
    response["Cache-Control"] = "no-store"
    return response


@door("GET", "HEAD", form=RequestForm)
def request_of(request: HttpRequest, media: str, form: RequestForm, number: str) -> HttpResponseBase:
    try:
        found = service_request_numbered(strict_int(number), translation.get_language(), extended=form.extended)
    except ValueError:
        found = []
    if not found:
        raise Refused((404, _("service_request_id: there is no such request.")))
    return _found(request, "service_requests", found, media)
