"""The filters of map, list, exports, feeds and every other door: one form, so that one address means one set."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geodata.counts import ChoiceCounts, count_choices
from geodata.parameters import SLUG, BoxField, DayField, QueryForm, SlugsField, WordField, unknown_value
from layers.languages import localised
from proposals.models import Category, Kind, Status
from proposals.models.proposal import ProposalQuerySet

WORDS_MAX = 200  # characters of `q`

# UNION without ALL, so that a circle of parents would end.
AREAS_BELOW = """
WITH RECURSIVE below AS (
    SELECT slug, names, id FROM layers_area WHERE slug = ANY(%s) AND valid_to IS NULL
    UNION
    SELECT below.slug, below.names, area.id FROM layers_area area JOIN below ON area.parent_id = below.id
    WHERE area.valid_to IS NULL
)
SELECT slug, names, array_agg(id ORDER BY id) FROM below GROUP BY slug, names
"""


@dataclass(frozen=True)
class ChosenArea:
    """An area of the filter, with the keys of itself and of all areas below it."""

    slug: str
    names: dict[str, str]
    area_ids: tuple[int, ...]

    @property
    def name(self) -> str:
        return localised(self.names)[0]

    @property
    def language(self) -> str:
        """The language that `name` is in: an area without a Swedish name shows its Finnish one."""
        return localised(self.names)[1]


def areas_below(slugs: list[str]) -> dict[str, ChosenArea]:
    """The current areas of `slugs`, by slug; unknown slugs are left out. One query, none where there are no slugs."""
    if not slugs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(AREAS_BELOW, [slugs])
        rows = cursor.fetchall()
    # Django's connections hand jsonb over as text.
    return {slug: ChosenArea(slug, json.loads(names), tuple(ids)) for slug, names, ids in rows}


@dataclass(frozen=True)
class Chip:
    """One choice of the filter as a page shows it; `querystring` is the filter without it."""

    parameter: str
    value: str
    name: str
    label: str
    querystring: str


class CategoriesField(SlugsField):
    """Slugs -> Category objects in the order given."""

    def clean(self, value: list[str]) -> list[Category]:
        slugs = self.to_python(value)
        found = Category.objects.in_bulk([s for s in slugs if SLUG.fullmatch(s)], field_name="slug") if slugs else {}
        for slug in slugs:
            if slug not in found:
                raise unknown_value(slug)
        return [found[slug] for slug in slugs]


class AreasField(SlugsField):
    """Slugs -> ChosenArea values in the order given."""

    def clean(self, value: list[str]) -> list[ChosenArea]:
        slugs = self.to_python(value)
        found = areas_below([s for s in slugs if SLUG.fullmatch(s)])
        for slug in slugs:
            if slug not in found:
                raise unknown_value(slug)
        return [found[slug] for slug in slugs]


Narrow = Callable[[ProposalQuerySet, Any], ProposalQuerySet]

# What each parameter does to a queryset; the order is that of query strings and chips.
FILTERS: dict[str, Narrow] = {
    "kind": ProposalQuerySet.of_kind,
    "category": lambda rows, categories: rows.of_category([category.slug for category in categories]),
    "status": ProposalQuerySet.with_status,
    "taken_up": ProposalQuerySet.taken_up,
    "area": lambda rows, areas: rows.in_areas(sorted({pk for area in areas for pk in area.area_ids})),
    "bbox": ProposalQuerySet.in_box,
    "since": ProposalQuerySet.published_since,
    "until": ProposalQuerySet.published_until,
    "q": ProposalQuerySet.matching,
}


class ProposalFilterForm(QueryForm):
    """kind, category, status, area (slugs, repeatable), bbox, since, until, q, taken_up=yes|no."""

    repeatable = frozenset({"kind", "category", "status", "area"})

    kind = SlugsField(choices=Kind.choices, label=gettext_lazy("Topic"))
    category = CategoriesField(label=gettext_lazy("Category"))
    status = SlugsField(choices=Status.choices, label=gettext_lazy("Stage"))
    taken_up = WordField(
        choices=[("yes", gettext_lazy("Somebody has taken it up")), ("no", gettext_lazy("Nobody has taken it up"))],
        label=gettext_lazy("Taken up or not"),
    )
    area = AreasField(label=gettext_lazy("Area"))
    bbox = BoxField(required=False, label=gettext_lazy("Map view"), widget=forms.HiddenInput)
    since = DayField(required=False, label=gettext_lazy("Published since"))
    until = DayField(required=False, label=gettext_lazy("Published until"))
    q = forms.CharField(required=False, max_length=WORDS_MAX, label=gettext_lazy("Words"))

    def clean_taken_up(self) -> bool | None:
        return {"yes": True, "no": False}.get(self.cleaned_data["taken_up"])

    def clean(self) -> dict[str, Any]:
        super().clean()
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", ValidationError(_("The last day is before the first one."), code="order"))
        return self.cleaned_data

    @property
    def areas(self) -> list[ChosenArea]:
        return self.cleaned_data.get("area", [])

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is chosen, so that "clear filters" has something to clear."""
        return bool(self._texts())

    def apply(self, queryset: ProposalQuerySet, leave_out: Collection[str] = ()) -> ProposalQuerySet:
        """`queryset` narrowed by every parameter but those of `leave_out`. Raises ValueError where one is wrong."""
        if not self.is_valid():
            raise ValueError(f"a filter with errors narrows nothing: {sorted(self.errors)}")
        for name, narrow in FILTERS.items():
            value = self.cleaned_data[name]
            if name not in leave_out and value not in (None, "", []):
                queryset = narrow(queryset, value)
        return queryset

    def choice_counts(self, queryset: ProposalQuerySet) -> ChoiceCounts:
        """How many of `queryset` each choice would show, the other parameters as they are. One query."""
        rest = self.apply(queryset, leave_out=("kind", "category", "status", "area", "taken_up"))
        return count_choices(
            rest,
            kinds=self.cleaned_data["kind"],
            category_ids=[category.pk for category in self.cleaned_data["category"]],
            statuses=self.cleaned_data["status"],
            area_ids=sorted({pk for area in self.areas for pk in area.area_ids}),
            taken_up=self.cleaned_data["taken_up"],
        )

    def querystring(self, **changes: str | list[str] | None) -> str:
        """The filter as a query string in one fixed order; a change replaces, adds or (None) removes a parameter."""
        texts: dict[str, Any] = self._texts() | changes
        return urlencode({name: value for name, value in texts.items() if value is not None}, doseq=True)

    def chips(self) -> list[Chip]:
        """What is chosen, one chip a value, each with the query string that takes it away."""
        return [
            Chip(name, text, str(self.fields[name].label), self._label(name, text), self._without(name, text))
            for name, texts in self._texts().items()
            for text in texts
        ]

    def _texts(self) -> dict[str, list[str]]:
        """The good parameters as they were written, without repetitions and empty ones."""
        given = {
            name: list(dict.fromkeys(text.strip() for text in self.query.getlist(name) if text.strip()))
            for name in FILTERS
            if name not in self.errors
        }
        return {name: texts for name, texts in given.items() if texts}

    def _without(self, parameter: str, text: str) -> str:
        return self.querystring(**{parameter: [other for other in self._texts()[parameter] if other != text] or None})

    def _label(self, parameter: str, text: str) -> str:
        value = self.cleaned_data[parameter]
        match parameter:
            case "kind" | "status" | "taken_up":
                return str(dict(self.fields[parameter].choices)[text])
            case "category" | "area":
                return next(thing.name for thing in value if thing.slug == text)
            case "since" | "until":
                return date_format(value, "SHORT_DATE_FORMAT")
            case "bbox":
                return _("What the map shows")
        return text
