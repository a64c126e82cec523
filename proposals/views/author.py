"""What authors do with their own proposal, known by a mailed link, by their browser or by the tracking code.

A GET never acts: mail scanners open every link. No page here is kept by a cache or found by a search engine.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from actors.throttling import TooMany, look_up_limits, take
from proposals.author_forms import SixDigitsForm, TrackingForm, WordingForm, latest_wording
from proposals.codes import CodeRefused, CodeTooOld, spend_code
from proposals.device import device_key, is_author
from proposals.links import LinkExpired, LinkRefused, Purpose, contact_of, token_for
from proposals.models import Contact, Event, Proposal, Publication
from proposals.models.proposal import MoveRefused, StaleVersion
from proposals.reviewing import may_ask
from proposals.submit import hashed

View = Callable[..., HttpResponse]


def private_page(view: View) -> View:
    """Nobody keeps the answer of `view`, and no search engine lists it."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        response = view(request, *args, **options)
        response["Cache-Control"] = "private, no-store"
        response["X-Robots-Tag"] = "noindex"
        return response

    return require_http_methods(["GET", "HEAD", "POST"])(wrapped)


def token_page(view: View) -> View:
    """A page behind a mailed link: its address is passed on to nobody; a link that is no good is answered in words."""

    @wraps(view)
    def wrapped(request: HttpRequest, token: str) -> HttpResponse:
        try:
            response = view(request, token)
        except LinkRefused as error:
            expired = isinstance(error, LinkExpired)
            context = {"expired": expired}
            response = render(request, "proposals/author_link_refused.html", context, status=410 if expired else 403)
        response["Referrer-Policy"] = "no-referrer"
        # Django logs the address of every answer from 400 on, and here the address is the key to the proposal.
        response._has_been_logged = True
        return response

    # Under no-referrer a browser sends `Origin: null`, which Django's check refuses. The check is not needed: what this
    # page may do comes from its unguessable address, not from a cookie that another site could make the browser send.
    return csrf_exempt(private_page(wrapped))


@token_page
def author_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """One button that confirms the address, and by the category's rule publishes. Pressed again: done already."""
    contact = contact_of(token, Purpose.CONFIRM)
    if contact.proposal.publication == Publication.WITHDRAWN:
        return _closed(request, contact.proposal)
    if request.method == "POST":
        first = contact.confirmed_at is None
        contact.proposal.confirm()
        return see_other(request.path + ("?done=1" if first else ""))
    context = {
        "proposal": contact.proposal,
        "is_confirmed": contact.confirmed_at is not None,
        "is_new": "done" in request.GET,
        "edit_token": token_for(contact, Purpose.EDIT) if contact.confirmed_at else "",
        "waiting": _waiting(contact),
    }
    return render(request, "proposals/confirm.html", context)


@token_page
def author_edit(request: HttpRequest, token: str) -> HttpResponse:
    """The author words the proposal anew, by the mailed link."""
    contact = contact_of(token, Purpose.EDIT)
    return _edit(request, contact.proposal, {"token": token, "waiting": _waiting(contact)})


@token_page
def author_withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """The author takes the proposal back, by the mailed link."""
    contact = contact_of(token, Purpose.EDIT)
    return _withdraw(request, contact.proposal, {"token": token, "waiting": _waiting(contact)})


@private_page
def proposal_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for the browser that sent the proposal; 403 to any other, whether there is such a proposal or not."""
    return _edit(request, own_contact(request, pk).proposal, {})


@private_page
def proposal_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return _withdraw(request, own_contact(request, pk).proposal, {})


def own_contact(request: HttpRequest, pk: int) -> Contact:
    """The contact of the proposal that this browser sent. Raises PermissionDenied for any other."""
    key = device_key(request)
    contact = Contact.objects.of_device(hashed(key)).with_proposals().of(pk) if key else None
    if contact is None:
        raise PermissionDenied
    return contact


def _edit(request: HttpRequest, proposal: Proposal, context: dict[str, object]) -> HttpResponse:
    if proposal.publication in {Publication.WITHDRAWN, Publication.HIDDEN}:
        return _closed(request, proposal)
    form, status, stale = WordingForm.of(proposal), 200, None
    if request.method == "POST":
        form, status = WordingForm(request.POST), 422
        if form.is_valid():
            try:
                if form.changes(proposal):
                    proposal.edit(**form.cleaned_data)
                return see_other(request.path + "?saved=1")
            except StaleVersion:
                proposal.refresh_from_db()
                form, status, stale = form.upon(proposal), 409, latest_wording(proposal)
            except MoveRefused:
                proposal.refresh_from_db()
                return _closed(request, proposal)
    context |= {"proposal": proposal, "form": form, "stale": stale, "is_saved": "saved" in request.GET}
    context["waits"] = proposal.texts.waiting().exists()
    context["latest"] = proposal.texts.order_by("-version").first()
    context["refusal"] = Event.objects.of(proposal).refusing_wording()
    context |= {"may_ask": may_ask(proposal), "review_page": _review_page(request, proposal)}
    return render(request, "proposals/author_edit.html", context, status=status)


def _withdraw(request: HttpRequest, proposal: Proposal, context: dict[str, object]) -> HttpResponse:
    if request.method == "POST":
        first = proposal.publication != Publication.WITHDRAWN
        proposal.withdraw()
        return see_other(request.path + ("?done=1" if first else ""))
    context |= {
        "proposal": proposal,
        "is_withdrawn": proposal.publication == Publication.WITHDRAWN,
        "is_new": "done" in request.GET,
    }
    return render(request, "proposals/author_withdraw.html", context)


def _closed(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Why a hidden or withdrawn proposal is not changed any more, with the moderators' reason."""
    withdrawn = proposal.publication == Publication.WITHDRAWN
    hiding = None if withdrawn else Event.objects.of(proposal).hiding().first()
    context = {
        "proposal": proposal,
        "is_withdrawn": withdrawn,
        "reason": getattr(hiding, "note", None),
        "may_ask": may_ask(proposal),
        "review_page": _review_page(request, proposal),
    }
    return render(request, "proposals/author_closed.html", context, status=410 if withdrawn else 409)


def _review_page(request: HttpRequest, proposal: Proposal) -> str:
    """Where its author asks for a new review: in the same browser, or by a token worth as much as the mailed link's."""
    if is_author(request, proposal):
        return reverse("proposal_review", args=[proposal.pk])
    return reverse("author_review", args=[token_for(proposal.contact, Purpose.EDIT)])


def _waiting(contact: Contact) -> list[dict[str, object]]:
    """What else waits at the same address, each with a link of its own: who read the mail may confirm them all."""
    others = Contact.objects.with_proposals().waiting_at(contact.email).exclude(pk=contact.pk)
    return [{"proposal": other.proposal, "token": token_for(other, Purpose.CONFIRM)} for other in others]


@private_page
def proposal_track(request: HttpRequest) -> HttpResponse:
    """By tracking code: how far it is, and no more; with the way to change it in the browser that sent it."""
    if request.method != "POST":
        return render(request, "proposals/track.html", {"form": TrackingForm()})
    form = TrackingForm(request.POST)
    try:
        take(look_up_limits(request))
    except TooMany as error:
        return _too_many(request, "proposals/track.html", form, error)
    if not form.is_valid():
        return render(request, "proposals/track.html", {"form": form}, status=422)
    contact = Contact.objects.with_tracking_code(form.cleaned_data["code"]).with_proposals().first()
    if contact is None:
        form.add_error("code", _("We know no proposal with this code. Check each letter and digit."))
        return render(request, "proposals/track.html", {"form": form}, status=404)
    proposal = contact.proposal
    context = {"form": form, "proposal": proposal, "own": is_author(request, proposal)}
    return render(request, "proposals/track.html", context)


@private_page
def proposal_confirm_code(request: HttpRequest, pk: int) -> HttpResponse:
    """The six digits of the mail, from the browser that sent the proposal or beside its tracking code."""
    form = SixDigitsForm(request.POST or None)
    page = "proposals/confirm_code.html"
    if request.method != "POST" or not form.is_valid():
        return render(request, page, {"form": form}, status=422 if request.method == "POST" else 200)
    try:
        contact = _proven_contact(request, pk, form.cleaned_data["tracking_code"])
        if contact.proposal.publication == Publication.WITHDRAWN:
            return _closed(request, contact.proposal)
        if contact.confirmed_at is None:
            spend_code(contact, form.cleaned_data["code"])
            contact.proposal.confirm()
    except TooMany as error:
        return _too_many(request, page, form, error)
    except CodeRefused as error:
        form.add_error("code", _code_trouble(error))
        return render(request, page, {"form": form}, status=422)
    if contact.proposal.is_public or is_author(request, contact.proposal):
        return see_other(contact.proposal.get_absolute_url())
    return render(request, page, {"form": form, "proposal": contact.proposal})


def _proven_contact(request: HttpRequest, pk: int, tracking_code: str) -> Contact:
    """The contact of this proposal, if browser or tracking code prove its author. Raises PermissionDenied, TooMany."""
    key = device_key(request)
    contact = Contact.objects.of_device(hashed(key)).with_proposals().of(pk) if key else None
    if contact is None and tracking_code:
        take(look_up_limits(request))
        contact = Contact.objects.with_tracking_code(tracking_code).with_proposals().of(pk)
    if contact is None:
        raise PermissionDenied
    return contact


def _code_trouble(error: CodeRefused) -> str:
    if isinstance(error, CodeTooOld):
        return _("This code is no longer valid. Press the link in the mail: it is valid for 14 days.")
    if error.tries_left == 0:
        return _("The code was wrong too many times. Press the link in the mail: it is valid for 14 days.")
    return ngettext(
        "This is not the code from the latest mail. You can try %(n)d more time.",
        "This is not the code from the latest mail. You can try %(n)d more times.",
        error.tries_left,
    ) % {"n": error.tries_left}


def _too_many(request: HttpRequest, template: str, form: TrackingForm | SixDigitsForm, error: TooMany) -> HttpResponse:
    form.add_error(None, _("Too many tries. Wait a minute and try again."))
    response = render(request, template, {"form": form}, status=429)
    response["Retry-After"] = str(error.retry_after_s)
    return response


def see_other(url: str) -> HttpResponseRedirect:
    response = redirect(url)
    response.status_code = 303
    return response
