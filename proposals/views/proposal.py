"""The page of one proposal."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from actors.models import Organisation, StaffRole
from proposals.device import device_key, is_author
from proposals.models import ForwardedRequest, Proposal, Publication, Status
from proposals.pledging import UNTAKEN
from proposals.supporting import address_of
from proposals.verdicts import is_unanswered, voter_of
from proposals.views.comment import comments_on
from proposals.views.voice import voices_on

NEARBY_SHOWN = 4


@require_safe
@vary_on_cookie
def proposal_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A published proposal to everyone; another one to its author alone. 410 for one that was hidden or withdrawn."""
    proposal = Proposal.objects.for_lists().select_related("contact", "merged_into").find(pk)
    if proposal is None:
        raise Http404(_("There is no such proposal."))
    own = is_author(request, proposal)
    if not proposal.is_public and not own:
        if proposal.publication in {Publication.HIDDEN, Publication.WITHDRAWN} and proposal.published_at:
            return render(request, "proposals/proposal_gone.html", {"proposal": proposal}, status=410)
        raise Http404(_("There is no such proposal."))
    language = get_language() or settings.LANGUAGE_CODE
    context = {
        "proposal": proposal,
        "own": own,
        "trail": trail_of(proposal),
        "language": language,
        "place": proposal.place_in(language),
        "events": proposal.events.shown(),
        "photos": proposal.photos.order_by("pk") if own else proposal.photos.public(),
        **_promises(request, proposal, own=own),
        **voices_on(request, proposal),
        **comments_on(request, proposal),
        "nearby": Proposal.objects.public().for_lists().nearest_to(proposal)[:NEARBY_SHOWN],
        "may_end": proposal.is_public
        and request.user.is_authenticated
        and request.user.has_role(StaffRole.FACILITATOR, StaffRole.PLANNER),
        "forwarded": ForwardedRequest.objects.of(proposal) if proposal.status == Status.FORWARDED else None,
        "next_stages": next_stages(Status(proposal.status)),
    }
    is_personal = own or device_key(request) or request.user.is_authenticated  # what was just pressed shows at once
    response = render(request, "proposals/proposal_detail.html", context)
    response["Cache-Control"] = "private, no-store" if is_personal else "private, max-age=30"
    return response


def _promises(request: HttpRequest, proposal: Proposal, *, own: bool) -> dict[str, object]:
    """The promises on it, which of them are the reader's own, and what the reader may do. One query for a stranger."""
    organisations: set[int] = set()
    if request.user.is_authenticated:
        organisations = set(Organisation.objects.spoken_for_by(request.user).values_list("pk", flat=True))
    pledges = list(proposal.pledges.shown())
    email = address_of(request.user)
    promised = {pledge.organisation_id for pledge in pledges if pledge.is_open}
    has_promised = bool(organisations) and organisations <= promised
    return {
        "pledges": pledges,
        "own_organisations": organisations,
        "may_judge": proposal.status == Status.DELIVERED
        and voter_of(proposal, on_own_device=own, email=email) is not None,
        "is_unanswered": is_unanswered(proposal),
        "can_be_taken_up": proposal.is_public and Status(proposal.status) in UNTAKEN and not has_promised,
    }


def next_stages(status: Status) -> list[Status]:
    """The stages that may still come on the way to "confirmed as done"; none after an ending."""
    way = [Status.OPEN, Status.TAKEN_UP, Status.IN_PROGRESS, Status.DELIVERED, Status.CONFIRMED]
    return way[way.index(status) + 1 :] if status in way else []


def trail_of(proposal: Proposal) -> list[tuple[str, str]]:
    """Where the page stands: the map, the area, the topic; address and words."""
    trail = [(reverse("map"), _("Map"))]
    if proposal.area:
        trail.append((reverse("area", args=[proposal.area.slug]), proposal.area.name))
    return [*trail, (f"{reverse('map')}?kind={proposal.kind}", str(proposal.get_kind_display()))]
