"""The moderators' desk: one card at a time, one key for each decision, the oldest first."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from actors.models import StaffRole
from actors.roles import staff_only
from proposals import deciding, deciding_photos
from proposals.deciding import PartNotFound
from proposals.models import Comment, Decision, Photo, Proposal
from proposals.models.proposal import MoveRefused, StaleVersion
from proposals.moderation import case_by_key, decided_today, queue, waiting
from proposals.moderation_forms import DecisionForm
from proposals.page_form import rectangles
from proposals.photos import photo_path
from proposals.views.author import private_page

NEXT_SHOWN = 8
moderators = staff_only(StaffRole.MODERATOR)


@private_page
@moderators
@require_safe
def moderation(request: HttpRequest) -> HttpResponse:
    """The oldest case, or the one that `?case=` names, with the next ones beside it."""
    return _desk(request, DecisionForm(), first=request.GET.get("case", ""))


@private_page
@moderators
@require_POST
def moderation_decide(request: HttpRequest) -> HttpResponse:
    """One decision; 303 to the next card, 422 with what was typed, 409 where it was changed meanwhile."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _desk(request, form, first=request.POST.get("case", ""), status=422)
    thing = case_by_key(form.cleaned_data["case"])
    if thing is None:
        raise Http404(_("There is no such proposal."))
    try:
        _verb(request, form, thing)()
    except StaleVersion:
        messages.error(request, _("It was changed meanwhile. Read it again: this is how it stands now."))
        return _desk(request, form, first=form.cleaned_data["case"], status=409)
    except PartNotFound:
        form.add_error("part", _("This part is not in the text. Copy it exactly, at least three characters."))
        return _desk(request, form, first=form.cleaned_data["case"], status=422)
    except MoveRefused:
        messages.error(request, _("This cannot be decided so: somebody has decided already, or it does not fit."))
        return _desk(request, form, first=form.cleaned_data["case"], status=409)
    messages.success(request, _("Decided. For 15 minutes you can take it back."))
    # What was hidden in part may still have to be published: it stays on the desk.
    stays = form.cleaned_data["verb"] == "part"
    return _see_desk(form.cleaned_data["case"] if stays else "")


def _verb(request: HttpRequest, form: DecisionForm, thing: Proposal | Comment) -> Callable[[], None]:
    """What the pressed button does to the proposal or comment."""
    verb, version, by = form.cleaned_data["verb"], form.cleaned_data["version"], request.user
    proposal = thing.proposal if isinstance(thing, Comment) else thing
    words = form.words_for(proposal)
    if isinstance(thing, Comment):
        if verb == "publish":
            return lambda: deciding.publish_comment(thing, by=by)
        if verb == "hide":
            return lambda: deciding.hide_comment(thing, by=by, reason=words)
        raise MoveRefused("a comment is published or hidden")
    return {
        "publish": lambda: deciding.publish(proposal, by=by, version=version),
        "hide": lambda: deciding.hide(proposal, by=by, reason=words, version=version),
        "part": lambda: deciding.hide_part(proposal, form.part_to_hide, by=by, reason=words, version=version),
        "keep": lambda: deciding.keep_published(proposal, by=by, reason=words, version=version),
        "ask": lambda: deciding.ask_detail(proposal, form.cleaned_data["words"], by=by, version=version),
    }[verb]


@private_page
@moderators
@require_POST
def moderation_undo(request: HttpRequest) -> HttpResponse:
    """Takes back one's own last decision of the last 15 minutes."""
    try:
        decision = deciding.undo(by=request.user)
    except StaleVersion:
        messages.error(request, _("It was changed since you decided: decide anew instead."))
        return _desk(request, DecisionForm(), status=409)
    except MoveRefused:
        messages.error(request, _("There is no decision of yours from the last 15 minutes to take back."))
        return _desk(request, DecisionForm(), status=409)
    messages.success(request, _("Taken back. It waits again as before."))
    return _see_desk(f"c{decision.comment_id}" if decision.comment_id else f"p{decision.proposal_id}")


@private_page
@moderators
def moderation_photo(request: HttpRequest, pk: int) -> HttpResponse:
    """The photo in whatever state to moderators; by POST it is hidden, or covered where boxes were drawn and published."""
    photo = Photo.objects.select_related("proposal").by_key(pk)
    if photo is None:
        raise Http404(_("The file is gone."))
    if request.method != "POST":
        return _picture(photo)
    form = DecisionForm({"case": "photo", "version": 1} | request.POST.dict())
    form.is_valid()
    try:
        boxes = rectangles(request.POST.get("cover", ""))
        if request.POST.get("verb") == "hide":
            deciding_photos.hide_photo(photo, by=request.user, reason=form.words_for(photo.proposal))
        elif boxes:
            deciding_photos.cover_parts(photo, boxes, by=request.user)
        else:
            deciding_photos.publish_photo(photo, by=request.user)
    except (MoveRefused, ValueError, KeyError):
        messages.error(request, _("Choose a reason, or write one."))
        return _desk(request, DecisionForm(), first=f"p{photo.proposal_id}", status=422)
    except (ValidationError, FileNotFoundError) as error:
        messages.error(request, getattr(error, "message", _("The file is gone.")))
        return _desk(request, DecisionForm(), first=f"p{photo.proposal_id}", status=409)
    messages.success(request, _("The photo is decided. For 15 minutes you can take it back."))
    return _see_desk(f"p{photo.proposal_id}")


def _picture(photo: Photo) -> HttpResponse:
    try:
        response = FileResponse(photo_path(photo.name).open("rb"), content_type="image/jpeg")
    except FileNotFoundError as error:
        raise Http404(_("The file is gone.")) from error
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _desk(request: HttpRequest, form: DecisionForm, *, first: str = "", status: int = 200) -> HttpResponse:
    cases = queue(NEXT_SHOWN + 1, first)
    case = cases[0] if cases else None
    language = get_language() or settings.LANGUAGE_CODE
    context = {
        "form": form,
        "case": case,
        "next_cases": cases[1:],
        "place": case.proposal.place_in(language) if case else "",
        "waiting": waiting(),
        "decided_today": decided_today(),
        "undoable": Decision.objects.to_undo(request.user).first(),
        "cover_words": {"add": _("Add a box"), "undo": _("Remove the last box"), "box": _("Box {n}")},
    }
    return render(request, "moderation/desk.html", context, status=status)


def _see_desk(case: str) -> HttpResponseRedirect:
    response = HttpResponseRedirect(reverse("moderation") + (f"?case={case}" if case else ""))
    response.status_code = 303
    return response
