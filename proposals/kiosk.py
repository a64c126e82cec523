"""A shared terminal: a cookie says that this browser is one, and the person before is forgotten on its start page."""

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from proposals.device import DEVICE_COOKIE

KIOSK_COOKIE = "__Host-kiosk" if settings.HTTPS else "kiosk"
KIOSK_COOKIE_AGE_S = 400 * 24 * 3_600  # seconds; until staff end the mode on the terminal itself
FORGET_AFTER_S = 60  # without a touch
WARN_BEFORE_S = 20  # WCAG 2.2.1 asks for twenty seconds at least to say that one is still there


def in_kiosk(request: HttpRequest) -> bool:
    """Whether this browser was made a terminal. Anybody can say so of their own browser: it opens nothing."""
    return request.COOKIES.get(KIOSK_COOKIE) == "1"


def begin_kiosk(response: HttpResponse) -> None:
    response.set_cookie(
        KIOSK_COOKIE, "1", max_age=KIOSK_COOKIE_AGE_S, secure=settings.HTTPS, httponly=True, samesite="Lax", path="/"
    )


def end_kiosk(response: HttpResponse) -> None:
    _take_off(response, KIOSK_COOKIE)


def sign_off(request: HttpRequest) -> None:
    """Ends whatever session the person before left open."""
    if not request.session.is_empty():
        logout(request)


def forget_person(response: HttpResponse) -> None:
    """Takes off the terminal what the browser knows of the person before: the device's key and everything stored."""
    _take_off(response, DEVICE_COOKIE)
    response["Clear-Site-Data"] = '"storage"'


def _take_off(response: HttpResponse, cookie: str) -> None:
    """`delete_cookie`, which forgets that a browser takes nothing of `__Host-` that is not secure."""
    response.set_cookie(cookie, "", max_age=0, secure=settings.HTTPS, httponly=True, samesite="Lax", path="/")
