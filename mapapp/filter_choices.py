"""The filter as the page offers it: each choice with its count, what is chosen already, and what is kept unseen."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from geodata.counts import ChoiceCounts
from geodata.filters import ProposalFilterForm
from mapapp.area_tree import AreaNode

SEEN = ("kind", "status", "taken_up", "area", "since", "until", "q")  # parameters that the form has controls for


@dataclass(frozen=True)
class Choice:
    """A value to choose. `count` is what the list would hold with it, None where the filter has an error."""

    value: str
    label: str
    count: int | None
    chosen: bool


@dataclass(frozen=True)
class AreaChoice:
    """An area to choose; `is_open` where one of the areas below it is chosen."""

    node: AreaNode
    count: int | None
    chosen: bool
    inner: tuple["AreaChoice", ...] = ()

    @property
    def is_open(self) -> bool:
        return any(choice.chosen for choice in self.inner)


@dataclass(frozen=True)
class Period:
    """A time that needs no calendar: a link to the same filter with that time."""

    label: str
    querystring: str
    chosen: bool


class FilterChoices:
    """What `_filters.html` shows of a form, valid or not. No query."""

    def __init__(self, form: ProposalFilterForm, counts: ChoiceCounts | None, areas: Iterable[AreaNode]) -> None:
        self.form = form
        self.topics = self._choices("kind", counts.kind if counts else None)
        self.stages = self._choices("status", counts.status if counts else None)
        self.taken_up = self._choices("taken_up", counts.taken_up if counts else None)
        self.areas = tuple(self._area_choice(node, counts) for node in areas)

    def _chosen(self, parameter: str) -> list[str]:
        return self.form.query.getlist(parameter)

    def _choices(self, parameter: str, counts: Mapping[str, int] | None) -> tuple[Choice, ...]:
        chosen = self._chosen(parameter)
        return tuple(
            Choice(str(value), str(label), counts[value] if counts else None, value in chosen)
            for value, label in self.form.fields[parameter].choices
        )

    def _area_choice(self, node: AreaNode, counts: ChoiceCounts | None) -> AreaChoice:
        inner = tuple(self._area_choice(child, counts) for child in node.inner)
        return AreaChoice(node, node.count if counts else None, node.slug in self._chosen("area"), inner)

    @property
    def chosen_topics(self) -> int:
        return sum(choice.chosen for choice in self.topics)

    @property
    def chosen_stages(self) -> int:
        return sum(choice.chosen for choice in (*self.stages, *self.taken_up))

    @property
    def chosen_areas(self) -> int:
        return len(self._chosen("area"))

    @property
    def chosen_times(self) -> int:
        return sum(bool(self.form.query.get(parameter)) for parameter in ("since", "until"))

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Good parameters without a control of their own (category, map view), for hidden fields."""
        unseen = [name for name in self.form.fields if name not in SEEN and name not in self.form.errors]
        return [(name, value) for name in unseen for value in self._chosen(name) if value]

    @property
    def periods(self) -> list[Period]:
        today = timezone.localdate()
        since, until = self.form.query.get("since"), self.form.query.get("until")
        found = []
        for label, days in ((_("Last 7 days"), 7), (_("Last 30 days"), 30), (_("Last 12 months"), 365)):
            first = (today - datetime.timedelta(days=days - 1)).isoformat()
            query = self.form.querystring(since=first, until=None)
            found.append(Period(label, query, since == first and not until))
        return found
