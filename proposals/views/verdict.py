"""Is it really done? Asked of the proposer by the mailed link, on whatever device; disputed twice, of the facilitator."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from actors.models.person import StaffRole
from actors.roles import staff_only
from proposals.links import Purpose, contact_of
from proposals.models import Status
from proposals.models.proposal import MoveRefused
from proposals.referring import referred
from proposals.verdicts import judge, voter_of
from proposals.views.author import token_page
from proposals.views.voice import see_other

REFERRED_SHOWN = 100  # a facilitator who has more of them than this begins with the oldest


@token_page
def author_verdict(request: HttpRequest, token: str) -> HttpResponse:
    """Two buttons for the proposer. 409 where it cannot be answered any more."""
    proposal = contact_of(token, Purpose.EDIT).proposal
    voter = voter_of(proposal, on_own_device=True) if proposal.is_public else None
    status = 200
    can_answer = voter is not None and not voter.is_member and proposal.status == Status.DELIVERED
    if request.method == "POST":
        try:
            if voter is None or request.POST.get("done") not in {"yes", "no"}:
                raise MoveRefused("only the proposer of what is public, with a confirmed address, by a button")
            judge(proposal, voter, done=request.POST["done"] == "yes")
            return see_other(f"{request.path}?done=1")
        except MoveRefused:
            status = 409
    context = {"proposal": proposal, "can_answer": can_answer, "is_answered": "done" in request.GET}
    return render(request, "proposals/support_verdict.html", context, status=status)


@never_cache
@require_safe
@staff_only(StaffRole.FACILITATOR)
def referred_list(request: HttpRequest) -> HttpResponse:
    """What was disputed a second time and is still in progress, the oldest first."""
    return render(request, "proposals/referred_list.html", {"proposals": referred()[:REFERRED_SHOWN]})
