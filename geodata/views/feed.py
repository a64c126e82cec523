"""`/feeds/`: any filter as a feed, and the promises on what it holds as a calendar."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from geodata import calendars
from geodata.collections import proposals
from geodata.feeds import ProposalFeed, proposal_feed
from geodata.filters import ProposalFilterForm
from geodata.parameters import LanguageField, form_or_problem, in_language_asked
from geodata.pledges import PledgeFilterForm
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


class CalendarForm(PledgeFilterForm):
    """The filters, `organisation` and `lang`. A promise that has ended has no day any more."""

    promise_state = None
    repeatable = PledgeFilterForm.repeatable - {"promise_state"}

    lang = LanguageField()


@require_safe
@in_language_asked
def pledges_calendar(request: HttpRequest) -> HttpResponseBase:
    """iCalendar of the days of all promises that somebody still owes."""
    form = form_or_problem(request, CalendarForm)
    if isinstance(form, HttpResponse):
        return form
    content = calendars.pledge_calendar(form.queryset().at_work(), form.cleaned_data["lang"], request.GET.urlencode())
    return answer(request, content, calendars.MEDIA_TYPE, max_age_s=MAX_AGE_S)
