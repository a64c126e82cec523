"""Following one proposal, organisation or category, with an account and without."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from actors.throttling import TooMany, form_limits, take
from proposals import following, subscribing
from proposals.following import Thing
from proposals.models import Frequency
from proposals.views.author import token_page
from proposals.views.voice import see_other, too_many
from proposals.watch_forms import FollowForm

FOLLOWS_PER_HOUR = 30  # forms sent from one address


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def follow_new(request: HttpRequest) -> HttpResponse:
    """What is followed, how often, and the address where nobody is signed in; `verb=stop` ends it for who is."""
    thing = following.thing_named(request.POST or request.GET)
    if thing is None:
        raise Http404(_("There is no such thing to follow."))
    signed_in = request.user.is_authenticated
    if request.method != "POST":
        return _form_page(request, thing, FollowForm(needs_email=not signed_in))
    if signed_in and request.POST.get("verb") == "stop":
        following.end(subscribing.subscriber_with_account(request.user.email), thing)
        messages.success(request, _("You no longer follow it."))
        return see_other(_address_of(thing))
    form = FollowForm(request.POST, needs_email=not signed_in)
    if not form.is_valid():
        return _form_page(request, thing, form, status=422)
    try:
        take(form_limits(request, "follow", FOLLOWS_PER_HOUR))
    except TooMany as error:
        form.add_error(None, _("Many were sent from here. Try again a little later."))
        return too_many(_form_page(request, thing, form, status=429), error)
    frequency: Frequency | None = form.cleaned_data["frequency"]
    if not signed_in:
        following.ask(form.cleaned_data["email"], thing, frequency or Frequency.AT_ONCE)
        return render(request, "proposals/watch_asked.html", {"email": form.cleaned_data["email"], "thing": thing})
    following.begin(subscribing.subscriber_with_account(request.user.email), thing, frequency)
    messages.success(request, _("You follow it now."))
    return see_other(_address_of(thing))


def _form_page(request: HttpRequest, thing: Thing, form: FollowForm, status: int = 200) -> HttpResponse:
    context = {"thing": thing, "form": form, "address": _address_of(thing)}
    return render(request, "proposals/follow_new.html", context, status=status)


def _address_of(thing: Thing) -> str:
    """Where one reads of it: its page; for a category its proposals on map and list."""
    if thing.kind == "proposal":
        return reverse("proposal", args=[thing.key])
    if thing.kind == "organisation":
        return reverse("organisation", args=[thing.key])
    return reverse("follow_new") + f"?category={thing.key}"


@token_page
def follow_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """One button that begins what the link carries. Pressed again it is there already."""
    subscriber, thing, frequency = following.opened(token)
    if request.method == "POST":
        following.begin(subscriber, thing, frequency)
        return see_other(subscribing.follows_link(subscriber))
    return render(request, "proposals/watch_confirm.html", {"thing": thing})
