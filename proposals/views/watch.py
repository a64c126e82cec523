"""Watching an area: the form with its forecast, the mailed links, and the page of all that one follows."""

from contextlib import suppress

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from actors.models import Organisation
from actors.throttling import TooMany, form_limits, take
from layers.geometry import strict_int
from proposals import subscribing
from proposals.forecast import forecast
from proposals.models import Frequency, Kind, Subscriber
from proposals.subscribing import TooManyWatches
from proposals.views.author import token_page
from proposals.views.voice import see_other, too_many
from proposals.watch_forms import WatchForm
from proposals.wish import Wish

WATCHES_PER_HOUR = 20  # forms sent from one address
FORECASTS_PER_HOUR = 600  # counts from one address: the page asks after each change


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def watch_new(request: HttpRequest) -> HttpResponse:
    """The form; one button counts what it would bring, the other begins it, or mails the link that does."""
    signed_in = request.user.is_authenticated
    if request.method != "POST":
        return _form_page(request, WatchForm(needs_email=not signed_in, initial=_initial(request.GET)))
    counts = request.POST.get("step") == "count"
    form = WatchForm(request.POST, needs_email=not signed_in and not counts)
    if not form.is_valid():
        if counts and _is_script(request):
            return JsonResponse({"words": ""})  # nothing wrong yet: the form is not filled in to its end
        return _form_page(request, form, status=422)
    try:
        if counts:
            take(form_limits(request, "forecast", FORECASTS_PER_HOUR))
            return _forecast_page(request, form)
        take(form_limits(request, "watch", WATCHES_PER_HOUR))
        if not signed_in:
            subscribing.ask(form.cleaned_data["email"], form.wish())
            return render(request, "proposals/watch_asked.html", {"email": form.cleaned_data["email"]})
        return _begin(request, subscribing.subscriber_with_account(request.user.email), form.wish())
    except TooMany as error:
        form.add_error(None, _("Many were sent from here. Try again a little later."))
        return too_many(_form_page(request, form, status=429), error)
    except TooManyWatches:
        form.add_error(None, _("You follow as many areas as one can. Stop one first."))
        return _form_page(request, form, status=409)


def _initial(query: QueryDict) -> dict[str, object]:
    """What a link into the form may fill in: `?area=tapiola&kind=parking`, `?where=circle&place=Iso Omena`."""
    given = {name: query[name] for name in ("where", "place") if name in query}
    return given | {name: query.getlist(name) for name in ("area", "kind", "category") if name in query}


def _is_script(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _forecast_page(request: HttpRequest, form: WatchForm) -> HttpResponse:
    """The form again with how many mails would come; to the page's script the words alone."""
    expected = forecast(form.wish())
    if _is_script(request):
        words = render_to_string("proposals/_forecast.html", {"forecast": expected})
        return JsonResponse({"words": " ".join(words.split())})
    again = WatchForm(request.POST, needs_email=not request.user.is_authenticated)
    again.errors.clear()  # the address is asked for later
    return _form_page(request, again, expected=expected)


def _begin(request: HttpRequest, subscriber: Subscriber, wish: Wish) -> HttpResponse:
    speaks_for = list(Organisation.objects.spoken_for_by(request.user))
    subscribing.begin(subscriber, wish, speaks_for[0] if len(speaks_for) == 1 else None)
    messages.success(request, _("You follow it now."))
    return see_other(reverse("follows_own"))


def _form_page(request: HttpRequest, form: WatchForm, status: int = 200, expected: object = None) -> HttpResponse:
    context = {"form": form, "forecast": expected, "kinds": Kind.choices}
    return render(request, "proposals/watch_new.html", context, status=status)


@token_page
def watch_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """One button that begins what the link carries. Pressed again it is there already."""
    subscriber, carried = subscribing.opened(token, "watch")
    if request.method == "POST":
        subscribing.confirm(subscriber)
        with suppress(TooManyWatches):  # the page of what they follow shows how many there are
            subscribing.begin(subscriber, Wish(**carried))
        return see_other(subscribing.follows_link(subscriber))
    return render(request, "proposals/watch_confirm.html", {"wish": Wish(**carried)})


@token_page
def follows(request: HttpRequest, token: str) -> HttpResponse:
    """All that the link's owner follows, to be stopped one by one or at once."""
    subscriber, _carried = subscribing.opened(token, "follows")
    return _follows(request, subscriber)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def follows_own(request: HttpRequest) -> HttpResponse:
    """The same for a person who is signed in."""
    return _follows(request, subscribing.subscriber_with_account(request.user.email))


def _follows(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    if request.method == "POST":
        _change(request, subscriber)
        return see_other(request.path)
    context = {
        "watches": subscriber.watches.shown(),
        "follows": subscriber.follows.shown(),
        "frequencies": Frequency.choices,
    }
    return render(request, "proposals/follows.html", context)


def _change(request: HttpRequest, subscriber: Subscriber) -> None:
    """What a press on the page of what one follows says: `stop all`, or `stop` or `save` of `watch 7` or `follow 7`."""
    verb = "save" if "save" in request.POST else "stop"
    said = request.POST.get(verb, "")
    thing, _space, key = said.partition(" ")
    frequency = request.POST.get(f"frequency {said}", "")
    if said == "all" and verb == "stop":
        subscribing.stop(subscriber)
    elif thing not in {"watch", "follow"} or not (key.isascii() and key.isdecimal() and len(key) < 19):
        raise BadRequest(_("There is no such thing to follow."))
    elif verb == "stop":
        subscribing.stop(subscriber, **{thing: strict_int(key)})
    elif frequency in Frequency.values:
        subscribing.change_frequency(subscriber, Frequency(frequency), **{thing: strict_int(key)})
    else:
        raise BadRequest(_("Choose how often."))


@token_page
def follows_stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stops everything by one POST, of a person or of a mail program (RFC 8058); a GET shows the button."""
    subscriber, _carried = subscribing.opened(token, "stop")
    if request.method == "POST":
        subscribing.stop(subscriber)
    stopped = not subscriber.watches.exists() and not subscriber.follows.exists()
    return render(request, "proposals/follows_stop.html", {"stopped": stopped})
