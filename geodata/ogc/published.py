"""What `/ogc/` and `/tiles/` publish: each set with its filters and its time. One more set is one more entry here."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from geodata.collections import REFERENCE, Collection, areas, proposals, reference, services, spaces
from geodata.filters import FILTERS, AreasField, ProposalFilterForm
from geodata.ogc.moments import Stretch
from geodata.parameters import AnySlugsField, QueryForm, SlugsField
from geodata.pledges import PledgeFilterForm, pledges
from geodata.pyramid import facets_of
from layers.models import AreaLevel, ReferenceLayer, SpaceKind

AREA_CODE_MAX = 40  # characters


class PublishedProposals(ProposalFilterForm):
    """The filters of every list. A door that tests some of them in its own way names those."""

    tested_elsewhere: ClassVar[tuple[str, ...]] = ()

    def queryset(self) -> QuerySet[Any]:
        return self.apply(proposals().queryset(), leave_out=self.tested_elsewhere)

    def facets(self) -> list[str] | None:
        """The facets of the count pyramid that hold what the filter holds; None where it asks for more than they tell."""
        if any(self.cleaned_data[name] for name in FILTERS.keys() - {"kind", "status", "taken_up"}):
            return None
        return facets_of(*(self.cleaned_data[name] for name in ("kind", "status", "taken_up")))


class PublishedAreas(QueryForm):
    repeatable = frozenset({"level", "slug"})

    level = SlugsField(choices=AreaLevel.choices, label=_("Level"))
    slug = AnySlugsField(label=_("Name in addresses"))
    code = forms.CharField(required=False, max_length=AREA_CODE_MAX, label=_("Code"))

    def queryset(self) -> QuerySet[Any]:
        queryset = areas().queryset()
        if levels := self.cleaned_data["level"]:
            queryset = queryset.filter(level__in=levels)
        if slugs := self.cleaned_data["slug"]:
            queryset = queryset.of_slugs(slugs)
        return queryset.of_codes([self.cleaned_data["code"]]) if self.cleaned_data["code"] else queryset


class PublishedServices(QueryForm):
    repeatable = frozenset({"category", "area"})

    category = AnySlugsField(label=_("Kind of service"))
    area = AreasField(label=_("Area"))

    def queryset(self) -> QuerySet[Any]:
        queryset = services().queryset()
        if self.cleaned_data["category"]:
            queryset = queryset.of_category(self.cleaned_data["category"])
        return _in_areas(queryset, self.cleaned_data["area"])


class PublishedSpaces(QueryForm):
    repeatable = frozenset({"kind", "area"})

    kind = SlugsField(choices=SpaceKind.choices, label=_("Kind"))
    area = AreasField(label=_("Area"))

    def queryset(self) -> QuerySet[Any]:
        queryset = spaces().queryset()
        if self.cleaned_data["kind"]:
            queryset = queryset.of_kind(self.cleaned_data["kind"])
        return _in_areas(queryset, self.cleaned_data["area"])


def _in_areas(queryset: QuerySet[Any], chosen: list[Any]) -> QuerySet[Any]:
    """Those in one of the `chosen` areas or below it; all where none is chosen."""
    if not chosen:
        return queryset
    return queryset.filter(area__in=sorted({pk for area in chosen for pk in area.area_ids}))


@dataclass(frozen=True)
class Published:
    """A collection with the form of its filters (`queryset()` gives what they hold).

    `time` is the column that `datetime` tests, "" where a set has none; `label` the property that names an item;
    `on_tiles` are the properties that its tiles carry; the tiles of a set that is `counted` show clusters from afar.
    """

    collection: Collection
    filters: type[Any]
    label: str
    on_tiles: tuple[str, ...]
    time: str = ""
    counted: bool = False

    @property
    def id(self) -> str:
        return self.collection.id

    def during(self, queryset: QuerySet[Any], stretch: Stretch) -> QuerySet[Any]:
        """Those of `stretch`; all where the set has no time (17-069r4, requirement /req/core/fc-time-response)."""
        if self.time and stretch.begin:
            queryset = queryset.filter(**{f"{self.time}__gte": stretch.begin})
        if self.time and stretch.end:
            queryset = queryset.filter(**{f"{self.time}__lt": stretch.end})
        return queryset


@cache
def of_the_house() -> dict[str, Published]:
    """Id -> what is published wherever the product runs."""
    # Decision 19: a single proposal on the map says five things of itself.
    listed = (
        Published(
            proposals(),
            PublishedProposals,
            "title",
            ("id", "title", "kind", "status", "url"),
            time="published_at",
            counted=True,
        ),
        Published(areas(), PublishedAreas, "name", ("slug", "level", "name", "name_language")),
        Published(services(), PublishedServices, "name", ("id", "name", "name_language", "service", "category")),
        Published(spaces(), PublishedSpaces, "name", ("id", "name", "name_language", "kind", "capacity")),
        Published(
            pledges(),
            PledgeFilterForm,
            "promise",
            ("id", "proposal", "organisation_name", "promise", "promise_state", "due", "url"),
            time="made_at",
        ),
    )
    return {one.id: one for one in listed}


def published() -> dict[str, Published]:
    """Id -> what is published, the city's reference layers last. One query."""
    layers = [_of_layer(layer) for layer in ReferenceLayer.objects.for_choice()]
    return of_the_house() | {one.id: one for one in layers}


def find(collection: str) -> Published | None:
    """What is published by this id; one query for a reference layer alone."""
    if not collection.startswith(REFERENCE):
        return of_the_house().get(collection)
    layer = ReferenceLayer.objects.by_slug(collection.removeprefix(REFERENCE))
    return _of_layer(layer) if layer else None


def _of_layer(layer: ReferenceLayer) -> Published:
    dataset = layer.dataset
    return _reference(layer.slug, layer.name, tuple(layer.fields), dataset.title, dataset.licence, dataset.attribution)


@lru_cache(maxsize=256)
def _reference(*facts: Any) -> Published:
    """One and the same for the same facts, as forms are kept by it."""
    collection = reference(*facts)
    filters = type("PublishedReference", (QueryForm,), {"queryset": lambda form: collection.queryset()})
    fields = tuple(p.name for p in collection.properties)
    return Published(collection, filters, "name", fields)
