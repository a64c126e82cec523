"""What is known of one person: shown to them, taken along as files, erased by themselves.

A GET never acts. Nothing here is kept by a cache or found by a search engine.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from actors.throttling import TooMany, form_limits, take
from proposals import my_data_links
from proposals.erasing import EraseRefused, OnlyAdministrator, erase
from proposals.my_data import Person, as_geojson, as_json
from proposals.my_data_forms import EraseForm, MyDataForm
from proposals.views.author import private_page, token_page
from proposals.views.voice import see_other, too_many

LINKS_PER_HOUR = 20  # asked for from one client
DOWNLOADS_PER_HOUR = 60
Write = Callable[[Person, Any], dict[str, Any]]


@private_page
def my_data(request: HttpRequest) -> HttpResponse:
    """One's own data where one is signed in; else the form that asks for the link. 200, 303, 409, 422 or 429."""
    if request.user.is_authenticated:
        return _shown(request, Person.of(request.user.email))
    if request.method != "POST":
        context = {"form": MyDataForm(), "sent": "sent" in request.GET, "erased": "erased" in request.GET}
        return render(request, "proposals/my_data.html", context)
    form = MyDataForm(request.POST)
    if not form.is_valid():
        return render(request, "proposals/my_data.html", {"form": form}, status=422)
    try:
        take(form_limits(request, "my-data", LINKS_PER_HOUR))
    except TooMany as error:
        form.add_error(None, _("You have asked many times. Try again a little later."))
        return too_many(render(request, "proposals/my_data.html", {"form": form}, status=429), error)
    my_data_links.ask(form.cleaned_data["email"])
    return see_other(f"{reverse('my_data')}?sent=1")


@token_page
def my_data_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same, by the mailed link."""
    return _shown(request, my_data_links.opened(token), token)


@private_page
def my_data_json(request: HttpRequest) -> HttpResponse:
    return _file_of_user(request, as_json, "my-data.json")


@private_page
def my_data_geojson(request: HttpRequest) -> HttpResponse:
    return _file_of_user(request, as_geojson, "my-data.geojson")


@token_page
def my_data_link_json(request: HttpRequest, token: str) -> HttpResponse:
    return _file(request, my_data_links.opened(token), as_json, "my-data.json")


@token_page
def my_data_link_geojson(request: HttpRequest, token: str) -> HttpResponse:
    return _file(request, my_data_links.opened(token), as_geojson, "my-data.geojson")


def _shown(request: HttpRequest, person: Person, token: str = "") -> HttpResponse:
    """The page of what is known, with the form that erases it."""
    if request.method != "POST":
        return _page(request, person, token, EraseForm())
    form = EraseForm(request.POST)
    if not form.is_valid():
        return _page(request, person, token, form, status=422)
    try:
        erase(person, withdraw=form.withdraws)
    except EraseRefused as error:
        form.add_error(None, _in_words(error))
        return _page(request, person, token, form, status=409)
    if request.user.is_authenticated and request.user.email == person.email:
        logout(request)
    return see_other(f"{reverse('my_data')}?erased=1")


def _page(request: HttpRequest, person: Person, token: str, form: EraseForm, status: int = 200) -> HttpResponse:
    arguments = [token] if token else []
    name = "my_data_link" if token else "my_data"
    context = {
        "person": person,
        "form": form,
        "json_address": reverse(f"{name}_json", args=arguments),
        "geojson_address": reverse(f"{name}_geojson", args=arguments),
    }
    return render(request, "proposals/my_data_shown.html", context, status=status)


def _in_words(error: EraseRefused) -> str:
    if isinstance(error, OnlyAdministrator):
        names = ", ".join(error.organisations)
        return _(
            "Nothing was erased: you are the only administrator of %(organisations)s. Make another member administrator first,"
            " or ask the city to end the organisation."
        ) % {"organisations": names}
    return _(
        "Nothing was erased: your account has rights of the city's staff. Ask an administrator to take them away first."
    )


def _file_of_user(request: HttpRequest, write: Write, name: str) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    return _file(request, Person.of(request.user.email), write, name)


def _file(request: HttpRequest, person: Person, write: Write, name: str) -> HttpResponse:
    try:
        take(form_limits(request, "my-data-file", DOWNLOADS_PER_HOUR))
    except TooMany as error:
        return too_many(render(request, "429.html", status=429), error)
    content_type = "application/geo+json" if name.endswith(".geojson") else "application/json"
    response = JsonResponse(
        write(person, timezone.now()), content_type=content_type, json_dumps_params={"ensure_ascii": False, "indent": 2}
    )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
