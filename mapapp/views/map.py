"""`/`: the map and the list are one; the same filters rule both, and the list works without JavaScript."""

import datetime
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from geodata.filters import ProposalFilterForm
from layers.geometry import strict_int
from layers.models import Area
from mapapp.area_tree import area_tree
from mapapp.doors import doors
from mapapp.filter_choices import FilterChoices
from mapapp.map_config import map_config
from proposals.models import Proposal

PAGE_SIZE = 20
TITLE_CHOICES = 3  # a title with more of them is not read any more


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
            cursor = cls(strict_int(microseconds), strict_int(pk))
            cursor.moment.astimezone(timezone.get_default_timezone())
        except (ValueError, OverflowError):  # OverflowError: a time beyond the year 9999
            return None
        return cursor

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
    language = get_language() or settings.LANGUAGE_CODE
    context = filter_context(form, language) | list_context(request.GET.get("after", ""), form)
    context |= {"language": language, "page_title": page_title(form), "new_url": new_proposal_address(form)}
    if request.headers.get("X-Partial") == "list":
        template = "mapapp/_list.html"
    else:
        template = "mapapp/map.html"
        context["map_config"] = map_config(request, mode="browse", query=form.querystring())
    return render(request, template, context, status=200 if form.is_valid() else 400)


def filter_context(form: ProposalFilterForm, language: str) -> dict[str, object]:
    """The filter with the counts of its choices, and the doors to what it holds. Two queries, one where it has an error."""
    counts = form.choice_counts(Proposal.objects.public()) if form.is_valid() else None
    areas = area_tree(Area.objects.current().for_choice(), counts.area if counts else {})
    context: dict[str, object] = {
        "filter_form": form,
        "choices": FilterChoices(form, counts, areas),
        "query": form.querystring(),
    }
    if counts is not None:
        context["area_counts"] = counts.area
        taken_up = counts.taken_up["yes"] if form.cleaned_data["taken_up"] is None else None
        context |= {"chips": form.chips(), "total": counts.total, "taken_up": taken_up}
        context["doors"] = doors(form.querystring(), language)
    return context


def list_context(after: str, form: ProposalFilterForm) -> dict[str, object]:
    """One page of what the filter holds, newest first, from the cursor `after` on, and the query of the next. One query."""
    matched = form.apply(Proposal.objects.public()) if form.is_valid() else Proposal.objects.none()
    cursor = Cursor.parse(after)
    if cursor is not None:
        matched = matched.after(cursor.moment, cursor.pk)
    found = list(matched.for_lists().newest_first()[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    more = len(found) > PAGE_SIZE
    next_query = form.querystring(after=str(Cursor.of(page[-1]))) if more else None
    return {
        "proposals": page,
        "next_query": next_query,
        "next_url": f"{reverse('map')}?{next_query}" if next_query else None,
        "is_continued": cursor is not None,
    }


def page_title(form: ProposalFilterForm) -> str:
    """What the page is called: the first choices of its filter, and whose proposals they are."""
    whole = _("Proposals %(in_city)s") % {"in_city": settings.CITY.name_in}
    chips = form.chips() if form.is_valid() else []
    chosen = [chip.label for chip in chips if chip.parameter in ("kind", "category", "status", "taken_up", "area")]
    return f"{', '.join(chosen[:TITLE_CHOICES])} – {whole}" if chosen else whole


def new_proposal_address(form: ProposalFilterForm) -> str:
    """The form for a new proposal, in the area that the list is about where it is about one."""
    area = only_area(form)
    return reverse("proposal_new") + (f"?{urlencode({'area': area})}" if area else "")


def only_area(form: ProposalFilterForm) -> str | None:
    """The slug of the one area that is chosen; None where none or several are."""
    return form.areas[0].slug if form.is_valid() and len(form.areas) == 1 else None
