"""What holds for whoever is signed in: a second factor for staff, and no page kept by a cache."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

GetResponse = Callable[[HttpRequest], HttpResponse]

ACCOUNT_PAGES = "/accounts/"


class SecondFactor:
    """Staff without a second factor reach only the pages where they set one up."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.STAFF_SECOND_FACTOR or request.path_info.startswith(ACCOUNT_PAGES):
            return self.get_response(request)
        user = request.user
        if not user.is_authenticated or not user.needs_second_factor or is_mfa_enabled(user):
            return self.get_response(request)
        messages.warning(request, _("Staff sign in with a second factor. Set it up first."))
        return redirect("mfa_activate_totp")


class PrivatePages:
    """A page made for a person who is signed in is kept by no cache, theirs included."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated and response.headers.get("Content-Type", "").startswith("text/html"):
            add_never_cache_headers(response)
        return response
