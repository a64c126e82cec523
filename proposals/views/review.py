"""The page by which an author asks for a new review of what was hidden."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from proposals.author_forms import ReviewForm
from proposals.links import Purpose, contact_of
from proposals.models import Event, Proposal
from proposals.models.proposal import MoveRefused
from proposals.reviewing import ask_review, may_ask
from proposals.views.author import own_contact, private_page, see_other, token_page


@token_page
def author_review(request: HttpRequest, token: str) -> HttpResponse:
    """By the link of the mail that told of the hiding."""
    return _review(request, contact_of(token, Purpose.EDIT).proposal, token)


@private_page
def proposal_review(request: HttpRequest, pk: int) -> HttpResponse:
    """In the browser that sent the proposal; 403 to any other."""
    return _review(request, own_contact(request, pk).proposal, "")


def _review(request: HttpRequest, proposal: Proposal, token: str) -> HttpResponse:
    form, status = ReviewForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            ask_review(proposal, form.cleaned_data["words"])
            return see_other(request.path + "?asked=1")
        except MoveRefused:
            status = 409
    elif request.method == "POST":
        status = 422
    hiding = Event.objects.of(proposal).hiding().first()
    context = {
        "proposal": proposal,
        "form": form,
        "token": token,
        "may_ask": may_ask(proposal),
        "is_new": "asked" in request.GET,
        "reason": getattr(hiding, "note", None),
    }
    return render(request, "proposals/author_review.html", context, status=status)
