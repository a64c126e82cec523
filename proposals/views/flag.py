"""Reporting a proposal or a comment that is out of place."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from actors.throttling import TooMany, network_hash, take, voice_limits
from proposals.device import device_key, new_device_key, remember_device
from proposals.flagging import Report, flag
from proposals.models import Comment, FlagReason, Proposal
from proposals.submit import hashed
from proposals.supporting import NotPublic
from proposals.views.voice import on_public, see_other, too_many
from proposals.voice_forms import FlagForm

FLAGS_PER_HOUR = 10  # of one device


@require_http_methods(["GET", "HEAD", "POST"])
@on_public
def proposal_flag(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """The form, and the report of a proposal. The answer is the same whether it counts or was sent before."""
    return _flag(request, proposal, proposal)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def comment_flag(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for a comment."""
    comment = Comment.objects.public().select_related("proposal").by_key(pk)
    if comment is None:
        raise Http404(_("There is no such comment."))
    try:
        return _flag(request, comment, comment.proposal)
    except NotPublic as error:  # hidden at this moment
        raise Http404(_("There is no such comment.")) from error


def _flag(request: HttpRequest, thing: Proposal | Comment, proposal: Proposal) -> HttpResponse:
    form = FlagForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if form.is_valid():
                return _send(request, thing, proposal, form)
        except TooMany as error:
            form.add_error(None, _("Many reports were sent from here. Try again later; your text is still here."))
            return too_many(_page(request, thing, proposal, form, 429), error)
    return _page(request, thing, proposal, form, status)


def _send(request: HttpRequest, thing: Proposal | Comment, proposal: Proposal, form: FlagForm) -> HttpResponse:
    key = device_key(request) or new_device_key()
    take(voice_limits(request, "flag", device_key(request), FLAGS_PER_HOUR))
    reason = FlagReason(form.cleaned_data["reason"])
    proven = form.spend_proof()
    hidden = flag(thing, Report(reason, form.cleaned_data["note"], hashed(key), network_hash(request), proven))
    messages.success(request, _("Thank you! A moderator looks at it."))
    response = see_other(reverse("map") if hidden and thing is proposal else proposal.get_absolute_url())
    remember_device(response, key)
    return response


def _page(
    request: HttpRequest, thing: Proposal | Comment, proposal: Proposal, form: FlagForm, status: int
) -> HttpResponse:
    comment = thing if isinstance(thing, Comment) else None
    context = {"proposal": proposal, "comment": comment, "form": form}
    return render(request, "proposals/flag.html", context, status=status)
