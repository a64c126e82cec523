"""Supporting a proposal: by one press, by a confirmed address, and the verdict of those who did."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from actors.throttling import TooMany, crowd_limits, take, voice_limits
from proposals import subscribing, support_links
from proposals.device import device_key, new_device_key, remember_device
from proposals.links import LinkExpired
from proposals.models import Proposal, Status
from proposals.models.proposal import MoveRefused
from proposals.models.submission import GONE
from proposals.supporting import NotPublic, Supporter, address_of, support, support_of, take_back
from proposals.verdicts import judge, voter_of
from proposals.views.author import token_page
from proposals.voice_forms import AddressForm

SUPPORTS_PER_HOUR = 60  # presses of one device
SUPPORTS_FROM_ONE_ADDRESS = (
    40  # presses an hour of whoever sits there, on one proposal: a school class, no farm of robots
)


def on_public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """`view` of a public proposal in place of its key; 404 for one that is not public, 410 for one that was."""

    @wraps(view)
    def wrapped(request: HttpRequest, pk: int) -> HttpResponse:
        proposal = Proposal.objects.for_lists().find(pk)
        try:
            if proposal is not None and proposal.is_public:
                return view(request, proposal)
        except NotPublic:  # hidden at this moment
            proposal.refresh_from_db(fields=["publication"])
        if proposal is not None and proposal.published_at and proposal.publication in GONE:
            return render(request, "proposals/proposal_gone.html", {"proposal": proposal}, status=410)
        raise Http404(_("There is no such proposal."))

    return never_cache(wrapped)


def voices_on(request: HttpRequest, proposal: Proposal) -> dict[str, object]:
    """What others said of it, for its page."""
    by = _supporter(request)
    return {
        "supports": proposal.supports_verified + proposal.supports_unverified,
        "own_support": support_of(proposal, by) if by.device_hash or by.address_hash else None,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@on_public
def proposal_support(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """One button that supports or takes it back, and the address that confirms it. 303, 404, 410, 422 or 429."""
    if request.method != "POST":
        return _support_page(request, proposal, AddressForm())
    key = device_key(request) or new_device_key()
    form = AddressForm(request.POST)
    try:
        take(
            [
                *voice_limits(request, "support", device_key(request), SUPPORTS_PER_HOUR),
                *crowd_limits(request, "support", proposal.pk, SUPPORTS_FROM_ONE_ADDRESS),
            ]
        )
        if request.POST.get("verb") == "confirm" and not form.is_valid():
            return _support_page(request, proposal, form, status=422)
        _press(request, proposal, key, form)
    except TooMany as error:
        return too_many(_support_page(request, proposal, form, status=429), error)
    if request.POST.get("verb") == "same" and not address_of(request.user):
        response = see_other(request.path)  # where an address makes them hear of it
    else:
        response = see_other(f"{proposal.get_absolute_url()}#voices")
    remember_device(response, key)
    return response


def _press(request: HttpRequest, proposal: Proposal, key: str, form: AddressForm) -> None:
    by = _supporter(request, key)
    if request.POST.get("verb") == "take_back":
        take_back(proposal, by)
        messages.success(request, _("You no longer support this."))
        return
    support(proposal, by)
    if request.POST.get("verb") == "same" and by.address_hash:
        subscribing.follow_thing(subscribing.subscriber_with_account(address_of(request.user)), proposal=proposal)
    if request.POST.get("verb") == "confirm":
        support_links.ask(proposal, form.cleaned_data["email"], support_of(proposal, by))
        messages.success(request, _("Check your e-mail: open the link that we sent to confirm your support."))
    else:
        messages.success(request, _("Thank you! You support this now."))


def _support_page(request: HttpRequest, proposal: Proposal, form: AddressForm, status: int = 200) -> HttpResponse:
    context = {"proposal": proposal, "form": form, "too_many": status == 429, **voices_on(request, proposal)}
    return render(request, "proposals/support.html", context, status=status)


@token_page
def support_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """One button that confirms the address: the support counts as verified, and its person follows the proposal."""
    subscriber, proposal, support_id = support_links.opened(token, support_links.CONFIRM)
    if request.method == "POST":
        try:
            support_links.confirm(subscriber, proposal, support_id)
        except NotPublic as error:
            raise LinkExpired from error
        return see_other(f"{request.path}?done=1")
    context = {"proposal": proposal, "is_confirmed": "done" in request.GET and subscriber.confirmed_at is not None}
    return render(request, "proposals/support_confirm.html", context)


@token_page
def support_verdict(request: HttpRequest, token: str) -> HttpResponse:
    """Is it really done? Two buttons for a supporter, by the mailed link. 409 where it cannot be answered any more."""
    subscriber, proposal, _support = support_links.opened(token, support_links.VERDICT)
    voter = voter_of(proposal, email=subscriber.email) if subscriber.confirmed_at else None
    status = 200
    can_answer = voter is not None and not voter.is_member and proposal.status == Status.DELIVERED
    if request.method == "POST":
        try:
            if voter is None:
                raise MoveRefused("only who supported it before")
            judge(proposal, voter, done=request.POST.get("done") == "yes")
            return see_other(f"{request.path}?done=1")
        except MoveRefused:
            can_answer, status = False, 409
    context = {"proposal": proposal, "can_answer": can_answer, "is_answered": "done" in request.GET}
    return render(request, "proposals/support_verdict.html", context, status=status)


def _supporter(request: HttpRequest, key: str | None = None) -> Supporter:
    return Supporter.known_by(key or device_key(request), address_of(request.user))


def see_other(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response


def too_many(response: HttpResponse, error: TooMany) -> HttpResponse:
    response["Retry-After"] = str(error.retry_after_s)
    return response
