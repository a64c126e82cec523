"""Comments under a proposal, and the official answers of authorities."""

import dataclasses
import re

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from actors.models import Organisation
from actors.models.organisation import OrganisationQuerySet
from actors.throttling import TooMany, take, voice_limits
from proposals.commenting import answer, comment
from proposals.device import device_key, new_device_key, remember_device
from proposals.models import Comment, Proposal
from proposals.models.proposal import MoveRefused
from proposals.submit import hashed
from proposals.views.voice import on_public, see_other, too_many
from proposals.voice_forms import AnswerForm, WordsForm

COMMENTS_SHOWN = 20  # a page
COMMENTS_PER_HOUR = 12  # of one device
_KEY = re.compile("[0-9]{1,18}", re.ASCII)


def comments_on(request: HttpRequest, proposal: Proposal, after: int = 0) -> dict[str, object]:
    """A page of comments, what stands behind it, and the form; one query for a stranger."""
    key, organisations = device_key(request), _speaks_for(request)
    seen = Comment.objects.of(proposal).visible_to(request.user, hashed(key) if key else "").after_key(after)
    rows = list(seen[: COMMENTS_SHOWN + 1])
    signed_in = request.user.is_authenticated
    return {
        "comments": rows[:COMMENTS_SHOWN],
        "comments_after": rows[COMMENTS_SHOWN - 1].pk if len(rows) > COMMENTS_SHOWN else None,
        "comment_form": WordsForm(organisations=organisations),
        "speaks_for": list(organisations) if signed_in else [],
        "official_answers": proposal.official_answers.shown(),
        "may_answer": signed_in and proposal.is_public and organisations.authorities().exists(),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@on_public
def comment_list(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Comments from the one asked for on, and the form. 303 back to the proposal, 422 and 429 with what was typed."""
    if request.method != "POST":
        return _comment_page(request, proposal, None)
    form = WordsForm(request.POST, organisations=_speaks_for(request))
    key = device_key(request) or new_device_key()
    if not form.is_valid():
        return _comment_page(request, proposal, form, status=422)
    try:
        take(voice_limits(request, "comment", device_key(request), COMMENTS_PER_HOUR))
        user = request.user if request.user.is_authenticated else None
        words = form.words(user=user, device_hash=hashed(key))
        made = comment(proposal, dataclasses.replace(words, held=not form.spend_proof()))
    except TooMany as error:
        form.add_error(None, _("Many comments were sent from here. Your text is kept: send it a little later."))
        return too_many(_comment_page(request, proposal, form, status=429), error)
    thanks = _("Thank you! Your comment is published.")
    messages.success(request, thanks if made.is_public else _("Thank you! A moderator reads your comment first."))
    response = see_other(f"{proposal.get_absolute_url()}#comments")
    remember_device(response, key)
    return response


def _comment_page(request: HttpRequest, proposal: Proposal, form: WordsForm | None, status: int = 200) -> HttpResponse:
    context = {"proposal": proposal, **comments_on(request, proposal, _after(request))}
    if form is not None:
        context["comment_form"] = form
    return render(request, "proposals/comments.html", context, status=status)


def _after(request: HttpRequest) -> int:
    after = request.GET.get("after", "0")
    if not _KEY.fullmatch(after):
        raise BadRequest("after is the number of a comment")
    return int(after)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@on_public
def answer_new(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """The official answer of an authority for which the person speaks; 403 to everybody else."""
    organisations = _speaks_for(request).authorities()
    if not organisations.exists():
        raise PermissionDenied
    form = AnswerForm(request.POST or None, organisations=organisations)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if form.is_valid():
                answer(proposal, form.words(user=request.user))
                messages.success(request, _("Thank you! The answer is public now."))
                return see_other(f"{proposal.get_absolute_url()}#answers")
        except MoveRefused:
            form.add_error(None, _("The organisation's time on the map is over."))
            status = 409
    return render(request, "proposals/answer_new.html", {"proposal": proposal, "form": form}, status=status)


def _speaks_for(request: HttpRequest) -> OrganisationQuerySet:
    """The verified organisations in force in whose name the person may speak."""
    return Organisation.objects.spoken_for_by(request.user).in_force(timezone.localdate())
