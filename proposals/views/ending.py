"""The honest ending: by the city's staff with a reason, or by the author, for whom it is no longer current."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from actors.models import StaffRole
from actors.roles import staff_only
from proposals import support_links
from proposals.ending import NoTarget, WorkHasBegun, end, outdate
from proposals.ending_forms import EndingForm
from proposals.links import Purpose, contact_of
from proposals.models import Proposal, Role, Status
from proposals.models.proposal import MoveRefused, StaleVersion
from proposals.still_current import may_answer, say
from proposals.views.author import own_contact, private_page, see_other, token_page

ROLE_OF = {StaffRole.FACILITATOR: Role.FACILITATOR, StaffRole.PLANNER: Role.PLANNER}


@private_page
@staff_only(StaffRole.FACILITATOR, StaffRole.PLANNER)
def proposal_end(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of the endings; 303 to the proposal, 422 with what was typed, 409 in words where it cannot end so."""
    proposal = Proposal.objects.public().find(pk)
    if proposal is None:
        raise Http404(_("There is no such proposal."))
    form, status = EndingForm(request.POST or None, proposal=proposal), 200
    if request.POST.get("step") == "search":  # nothing is decided yet: what was typed is shown again, unchecked
        form = EndingForm(initial=request.POST.dict(), proposal=proposal)
    elif request.method == "POST" and form.is_valid():
        status = _end(request, form, proposal)
        if status == 303:
            messages.success(request, _("Done. Everyone sees it now."))
            return see_other(proposal.get_absolute_url())
    elif request.method == "POST":
        status = 422
    return render(request, "proposals/end.html", {"proposal": proposal, "form": form}, status=status)


def _end(request: HttpRequest, form: EndingForm, proposal: Proposal) -> int:
    """Ends it, or says in the form why not; returns the status of the answer."""
    role = ROLE_OF.get(request.user.role, Role.ADMINISTRATOR)
    try:
        end(proposal, form.ending, role=role, actor_id=request.user.pk, version=form.cleaned_data["version"])
    except NoTarget:
        form.add_error("target", _("It must be another public proposal that is not merged itself."))
        return 422
    except StaleVersion:
        form.add_error(None, _("It was changed meanwhile. Read it again before you decide."))
    except WorkHasBegun:
        form.add_error(None, _("Somebody is at work on it. Ask them to hand the promise back first."))
    except MoveRefused:
        form.add_error(None, _("It cannot end so now: its stage does not allow it."))
    else:
        return 303
    return 409


@private_page
def proposal_outdated(request: HttpRequest, pk: int) -> HttpResponse:
    """In the browser that sent it, its author says that it is no longer current; 403 to any other."""
    proposal, status = own_contact(request, pk).proposal, 200
    if request.method == "POST":
        try:
            outdate(proposal)
            return see_other(proposal.get_absolute_url())
        except MoveRefused:
            status = 409
    return render(request, "proposals/outdated.html", {"proposal": proposal, "refused": status == 409}, status=status)


@token_page
def author_current(request: HttpRequest, token: str) -> HttpResponse:
    """Is it still current? Two buttons for the author, by the mailed link. 409 where it ended or somebody is at work."""
    proposal = contact_of(token, Purpose.EDIT).proposal
    return _current(request, proposal, may=proposal.is_public, stages={Status.OPEN, Status.TAKEN_UP})


@token_page
def support_current(request: HttpRequest, token: str) -> HttpResponse:
    """The same for a supporter: three of them end what waits for nobody any more."""
    subscriber, proposal, _support = support_links.opened(token, support_links.CURRENT)
    may = subscriber.confirmed_at is not None and may_answer(proposal, subscriber.email)
    return _current(request, proposal, may=may, stages={Status.OPEN}, email=subscriber.email)


def _current(
    request: HttpRequest, proposal: Proposal, *, may: bool, stages: set[Status], email: str = ""
) -> HttpResponse:
    status, can_answer = 200, may and proposal.status in stages
    if request.method == "POST":
        try:
            if not can_answer or request.POST.get("current") not in {"yes", "no"}:
                raise MoveRefused("only of what is open, by a button")
            say(proposal, still_current=request.POST["current"] == "yes", email=email)
            return see_other(f"{request.path}?done={request.POST['current']}")
        except MoveRefused:
            status = 409
    context = {
        "proposal": proposal,
        "can_answer": can_answer,
        "answered": request.GET.get("done", ""),
        "is_supporter": bool(email),
    }
    return render(request, "proposals/still_current.html", context, status=status)
