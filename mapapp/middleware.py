"""Small middlewares: the machine doors first, no body without end, and the language by `?lang=`."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

GetResponse = Callable[[HttpRequest], HttpResponse]

MEMORY_PREFIX = "/accounts/"  # pages without a language in their address: a cookie keeps what was chosen there
MACHINE_PREFIXES = ("/map/", "/tiles/", "/embed/", "/healthz", "/readyz")


class MachineDoors:
    """Answers clusters, tiles, embeds and health checks before session, locale and auth: they need none of them.

    A map asks for them with every move; the whole stack of middlewares costs more than their one query. What another site
    frames cannot know who reads it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(MACHINE_PREFIXES):
            return self.get_response(request)
        return self.get_response(request) if _view_of(request) is None else _answer(request)


def _view_of(request: HttpRequest) -> Callable[..., HttpResponse] | None:
    try:
        match = resolve(request.path_info, "mapapp.machine_urls")
    except Resolver404:
        return None
    request.resolver_match = match
    return match.func


def _answer(request: HttpRequest) -> HttpResponse:
    match = request.resolver_match
    response = match.func(request, *match.args, **match.kwargs)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    return response


class BodyLimit:
    """Refuses a body that is larger than any door takes before a byte of it is written to disk (413).

    Django limits fields, not files. A body without Content-Length reaches no view: Django reads as much as that says.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length[:18]) > settings.REQUEST_MAX_BYTES:
            raise RequestDataTooBig
        return self.get_response(request)


class LanguageParameter:
    """`?lang=sv` chooses the language at doors without a language prefix: feeds, API errors, the planning map."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        code = request.GET.get("lang", "")
        if code in settings.CITY.languages:
            request.META["HTTP_ACCEPT_LANGUAGE"] = code
            request.COOKIES.pop(settings.LANGUAGE_COOKIE_NAME, None)
        response = self.get_response(request)
        if code in settings.CITY.languages and request.path_info.startswith(MEMORY_PREFIX):
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME, code, samesite=settings.LANGUAGE_COOKIE_SAMESITE, secure=settings.HTTPS
            )
        return response
