"""How the doors answer with a text: with its ETag, or with 304 to whoever has it already."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from actors.throttling import TooMany, search_limits, take
from geodata.ogc.published import published
from proposals.problems import problem_response

View = Callable[..., HttpResponseBase]


def answer(
    request: HttpRequest, text: str | bytes, media_type: str, *, max_age_s: int | None = None
) -> HttpResponseBase:
    """`text` for every cache; without `max_age_s` caches ask again each time, so that a change shows at once."""
    body = text.encode() if isinstance(text, str) else text
    response = HttpResponse(body, content_type=media_type)
    response["Cache-Control"] = "public, no-cache" if max_age_s is None else f"public, max-age={max_age_s}"
    response["ETag"] = etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return get_conditional_response(request, etag=etag, response=response) or response


def too_many_searches(request: HttpRequest) -> JsonResponse | None:
    """Counts one search of this client; the 429 in words where it is one too many, else None."""
    try:
        take(search_limits(request))
    except TooMany as error:
        response = problem_response(429, detail=_("Too many searches. Wait a minute."))
        response["Retry-After"] = str(error.retry_after_s)
        return response
    return None


def unknown_collection() -> JsonResponse:
    """The 404 that names what is published."""
    known = ", ".join(published())
    return problem_response(404, detail=_("There is no such collection. Published here: %(known)s.") % {"known": known})


def for_every_origin(view: View) -> View:
    """The view for pages of every origin: open data, read without cookies (CORS)."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "Content-Crs, ETag"
        return response

    return csrf_exempt(wrapped)  # nothing is sent here by a cookie's right: a wrong method is a 405, not a forged form
