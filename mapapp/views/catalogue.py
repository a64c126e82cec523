"""`/data/`: what planners, journalists and programmers take home, each way with an address that works."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from geodata.catalogue.distributions import Distribution, files, interfaces, records, snapshot_files, whole_interfaces
from geodata.filters import ProposalFilterForm
from geodata.models import DownloadCount, Snapshot
from geodata.models.download import Taken
from geodata.models.snapshot import Erratum
from geodata.ogc.published import Published, of_the_house
from layers.models import Dataset
from mapapp.examples import filter_examples
from mapapp.views.map import filter_context

FILTERED = "proposals"  # the set that the filters of map and list narrow


@dataclass(frozen=True)
class PublishedSet:
    """One set as the page shows it."""

    published: Published
    total: int
    files: list[Distribution]
    interfaces: list[Distribution]
    is_filtered: bool

    @property
    def id(self) -> str:
        return self.published.id


@require_safe
def open_data(request: HttpRequest) -> HttpResponse:
    """The catalogue, with the filter of the query string in the address of every proposal file; 400 where it has an error."""
    form = ProposalFilterForm(request.GET)
    language = get_language() or settings.LANGUAGE_CODE
    context = filter_context(form, language) | {
        "page_url": reverse("open_data"),
        "sets": [_shown(one, language, form) for one in of_the_house().values()],
        "whole": [*whole_interfaces(), *records()],
        "filters": filter_examples(),
        "sources": Dataset.objects.order_by("title"),
        "downloads": _downloads(),
        "snapshots": [_year(snapshot) for snapshot in Snapshot.objects.newest_first()],
        "systems": [f"EPSG:{srid}" for srid in settings.CITY.export_srids],
        "terms_version": settings.TERMS_VERSION,
    }
    return render(request, "mapapp/open_data.html", context, status=200 if form.is_valid() else 400)


@dataclass(frozen=True)
class Year:
    """A snapshot as the page shows it."""

    year: int
    distributions: list[Distribution]
    errata: list[Erratum]


def _year(snapshot: Snapshot) -> Year:
    return Year(snapshot.year, snapshot_files(snapshot), snapshot.errata)


@dataclass(frozen=True)
class Downloads:
    """What was taken in the last twelve months: of each set in all, and by format."""

    total: int
    sets: list[tuple[str, int, list[Taken]]]


def _downloads() -> Downloads:
    """One query."""
    taken = DownloadCount.objects.of_the_year_before(timezone.localdate())
    names = dict.fromkeys(one.collection for one in taken)
    titles = {name: str(of_the_house()[name].collection.title) if name in of_the_house() else name for name in names}
    by_set = {name: [one for one in taken if one.collection == name] for name in names}
    sets = [(titles[name], sum(one.count for one in of), of) for name, of in by_set.items()]
    return Downloads(sum(one.count for one in taken), sets)


def _shown(one: Published, language: str, form: ProposalFilterForm) -> PublishedSet:
    """One query, which counts."""
    is_filtered = one.id == FILTERED and form.is_valid() and form.is_narrowed
    query = form.querystring() if is_filtered else ""
    rows = one.collection.queryset()
    total = (form.apply(rows) if is_filtered else rows).count()
    return PublishedSet(one, total, files(one, language, query), interfaces(one, language, query), is_filtered)
