"""Error pages: what happened and what to do next, in words; machine doors get `application/problem+json`."""

import sys

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from proposals.problems import problem_response

MACHINE_DOORS = (
    "/api/",
    "/map/",
    "/tiles/",
    "/export/",
    "/feeds/",
    "/ogc/",
    "/open311/",
)
TOO_BIG = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
RETRY_AFTER_S = 5  # seconds; a killed database is ready again within ten


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 413 if isinstance(exception, TOO_BIG) else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 with Retry-After where the database is down, restarting or too slow. Asks nothing of it."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        connection.close()
        response = _answer(request, 503)
        response["Retry-After"] = str(RETRY_AFTER_S)
        return response
    return _answer(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 that shows the typed text again, so that nobody loses it to an old tab."""
    typed = [(name, value) for name, value in request.POST.items() if name in {"title", "body"} and value]
    return render(request, "403_csrf.html", {"typed": typed}, status=403)


def _answer(request: HttpRequest, status: int) -> HttpResponse:
    if request.path_info.startswith(MACHINE_DOORS):
        return problem_response(status)
    if status < 500:
        response = render(request, f"{status}.html", status=status)
    else:  # no context processor, no session: the page must come out when nothing else works
        response = HttpResponse(render_to_string(f"{status}.html"), status=status)
    response["Cache-Control"] = "no-store"
    return response
