"""`/feeds/proposals.atom`: any filter as a feed."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from geodata.collections import proposals
from geodata.feeds import ProposalFeed, proposal_feed
from geodata.filters import ProposalFilterForm
from geodata.parameters import LanguageField, form_or_problem, in_language_asked
from geodata.views.answer import answer

MAX_AGE_S = 60  # a hidden proposal is gone from every cache after so many seconds


class FeedForm(ProposalFilterForm):
    """The filters and `lang`."""

    lang = LanguageField()


@require_safe
@in_language_asked
def proposals_feed(request: HttpRequest) -> HttpResponseBase:
    """Atom of the newest 50 proposals of the filter."""
    form = form_or_problem(request, FeedForm)
    if isinstance(form, HttpResponse):
        return form
    chosen = form.apply(proposals().queryset())
    text = proposal_feed(chosen, language=form.cleaned_data["lang"], query=form.querystring())
    return answer(request, text, ProposalFeed.content_type, max_age_s=MAX_AGE_S)
