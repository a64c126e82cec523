"""`/`: the map and the list are one; the same filters rule both, and the list works without JavaScript."""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from geodata.filters import ProposalFilterForm
from layers.geometry import strict_int
from mapapp.map_config import map_config
from proposals.models import Proposal
from proposals.models.proposal import ProposalQuerySet

PAGE_SIZE = 20


@dataclass(frozen=True)
class Cursor:
    """Where a page of the list ends: the time (UTC microseconds since 1970) and the key of its last row."""

    microseconds: int
    pk: int

    @classmethod
    def of(cls, proposal: Proposal) -> "Cursor":
        seconds = proposal.published_at - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
        return cls(seconds // datetime.timedelta(microseconds=1), proposal.pk)

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """The cursor of `after=<microseconds>-<key>`, None for anything else: the list then begins at its beginning."""
        microseconds, _, pk = text.partition("-")
        try:
            return cls(strict_int(microseconds), strict_int(pk))
        except ValueError:
            return None

    @property
    def moment(self) -> datetime.datetime:
        return datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(microseconds=self.microseconds)

    def __str__(self) -> str:
        return f"{self.microseconds}-{self.pk}"


@require_safe
@vary_on_headers("X-Partial")
def map_page(request: HttpRequest) -> HttpResponse:
    """The page, or only its list for `X-Partial: list`; 400 with the filter's error for a bad value of a known one."""
    form = ProposalFilterForm(request.GET)
    matched = form.apply(Proposal.objects.public()) if form.is_valid() else Proposal.objects.none()
    context = list_context(request, matched)
    if form.is_valid():
        counts = form.choice_counts(Proposal.objects.public())
        context |= {"counts": counts, "total": counts.total, "chips": form.chips(), "query": form.querystring()}
    context |= {"filter_form": form, "language": get_language() or settings.LANGUAGE_CODE}
    if request.headers.get("X-Partial") == "list":
        template = "mapapp/_list.html"
    else:
        template = "mapapp/map.html"
        area = form.areas[0].slug if form.is_valid() and len(form.areas) == 1 else None
        context["map_config"] = map_config(request, mode="browse", query=context.get("query", ""), area=area)
    return render(request, template, context, status=200 if form.is_valid() else 400)


def list_context(request: HttpRequest, matched: ProposalQuerySet) -> dict[str, object]:
    """One page of `matched`, newest first, and the cursor of the next one (None at the end). One query."""
    cursor = Cursor.parse(request.GET.get("after", ""))
    if cursor is not None:
        matched = matched.after(cursor.moment, cursor.pk)
    page = list(matched.for_lists().newest_first()[: PAGE_SIZE + 1])
    more = page[PAGE_SIZE:]
    page = page[:PAGE_SIZE]
    return {
        "proposals": page,
        "next_cursor": str(Cursor.of(page[-1])) if more else None,
        "is_continued": cursor is not None,
    }
