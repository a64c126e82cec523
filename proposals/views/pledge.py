"""Taking a proposal up, and what becomes of the promise: for members of verified organisations; the verdict is the
proposer's.
"""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from actors.models import Organisation
from actors.models.organisation import OrganisationQuerySet
from proposals import pledging
from proposals.device import is_author
from proposals.models import Pledge, Proposal, Status
from proposals.models.proposal import ENDINGS_WITHOUT_DEED, MoveRefused
from proposals.pledge_forms import PledgeForm, PostponeForm, ReleaseForm
from proposals.supporting import address_of
from proposals.verdicts import judge, voter_of


def _speaks_for(request: HttpRequest) -> OrganisationQuerySet:
    """The verified organisations in force for which the person may promise."""
    return Organisation.objects.spoken_for_by(request.user).in_force(timezone.localdate())


def _public(pk: int) -> Proposal:
    proposal = Proposal.objects.public().for_lists().find(pk)
    if proposal is None:
        raise Http404(_("There is no such proposal."))
    return proposal


def _own_pledge(request: HttpRequest, pk: int) -> Pledge:
    """A pledge of an organisation for which the person may speak; 404 for any other."""
    pledge = Pledge.objects.of_organisations(_speaks_for(request)).find(pk)
    if pledge is None:
        raise Http404(_("There is no such promise."))
    return pledge


def _back(proposal: Proposal) -> HttpResponse:
    response = HttpResponseRedirect(f"{proposal.get_absolute_url()}#pledges")
    response.status_code = 303
    return response


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def pledge_new(request: HttpRequest, pk: int) -> HttpResponse:
    """The promise form; 303 back to the proposal, 422 with what was typed, 409 where somebody was faster."""
    proposal, organisations = _public(pk), _speaks_for(request)
    form = PledgeForm(request.POST or None, organisations=organisations, proposal=proposal)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            by = form.cleaned_data["organisation"]
            pledging.take_up(proposal, by=by, promise=form.promise_made(), actor_id=request.user.pk)
        except MoveRefused as error:
            proposal.refresh_from_db(fields=["status", "publication"])
            form.add_error(None, _why_not(error, proposal))
            status = 409
        else:
            messages.success(request, _("Thank you! The promise is public now."))
            return _back(proposal)
    elif request.method == "POST":
        status = 422
    context = {"proposal": proposal, "form": form, "organisations": organisations}
    context["why_not"] = "" if Status(proposal.status) in pledging.UNTAKEN else _stage_says_no(proposal)
    return render(request, "proposals/pledge_new.html", context, status=status)


def _why_not(error: MoveRefused, proposal: Proposal) -> str:
    if isinstance(error, pledging.PromisedAlready):
        return _("Your organisation has promised already.")
    if isinstance(error, pledging.NotOpenToPromises):
        return _stage_says_no(proposal)
    return _("It cannot be taken up now. Load the page again.")


def _stage_says_no(proposal: Proposal) -> str:
    if proposal.status == Status.FORWARDED:
        return _("It was passed on to somebody else. The city's staff must open it again before it can be taken up.")
    if proposal.status in ENDINGS_WITHOUT_DEED:
        return _("It has ended. The city's staff must open it again before it can be taken up.")
    if proposal.status in (Status.DELIVERED, Status.CONFIRMED):
        return _("It is reported as done already.")
    return _("It cannot be taken up now. Load the page again.")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def pledge_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin, report as done, move the date, hand back: one press each, the last two with a reason."""
    pledge = _own_pledge(request, pk)
    postpone, release = PostponeForm(prefix="postpone"), ReleaseForm(prefix="release")
    if request.method != "POST":
        context = {"pledge": pledge, "proposal": pledge.proposal, "postpone": postpone, "release": release}
        return render(request, "proposals/pledge_change.html", context)
    verb, postpone, release = _chosen(request, pledge)
    try:
        if verb is not None:
            verb()
            messages.success(request, _("Done. Everyone sees it now."))
            return _back(pledge.proposal)
        status = 422
    except MoveRefused:
        messages.error(request, _("This is not possible any more: the promise has changed meanwhile."))
        status = 409
    pledge.refresh_from_db()
    context = {"pledge": pledge, "proposal": pledge.proposal, "postpone": postpone, "release": release}
    return render(request, "proposals/pledge_change.html", context, status=status)


def _chosen(request: HttpRequest, pledge: Pledge) -> tuple[Callable[[], None] | None, PostponeForm, ReleaseForm]:
    """The verb of the button that was pressed, None where its form has errors; and the two forms to show again."""
    actor, button = request.user.pk, request.POST.get("verb")
    postpone = PostponeForm(request.POST if button == "postpone" else None, prefix="postpone")
    release = ReleaseForm(request.POST if button == "release" else None, prefix="release")
    if button == "start":
        return lambda: pledging.start_work(pledge, actor_id=actor), postpone, release
    if button == "deliver":
        return lambda: pledging.deliver(pledge, actor_id=actor), postpone, release
    if button == "postpone" and postpone.is_valid():
        return lambda: pledging.postpone(pledge, **postpone.cleaned_data, actor_id=actor), postpone, release
    if button == "release" and release.is_valid():
        return lambda: pledging.release(pledge, **release.cleaned_data, actor_id=actor), postpone, release
    return None, postpone, release


@never_cache
@require_POST
def verdict(request: HttpRequest, pk: int) -> HttpResponse:
    """The proposer or an earlier supporter says whether it is really done; counts with a confirmed address alone."""
    proposal = _public(pk)
    voter = voter_of(proposal, on_own_device=is_author(request, proposal), email=address_of(request.user))
    if voter is None:
        raise Http404(
            _(
                "Only the person who proposed it, or who supported it before, with a confirmed e-mail, can say this here."
            )
        )
    try:
        judge(proposal, voter, done=request.POST.get("done") == "yes")
        messages.success(request, _("Thank you! Your answer is in the history of the proposal."))
    except MoveRefused:
        messages.error(request, _("This cannot be answered any more."))
    return _back(proposal)
