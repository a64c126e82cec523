"""What the imports of service locations and of spaces have alike: rows of points, each known by its id in its dataset."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from django.contrib.gis.geos import Point
from django.utils import timezone
from django.utils.text import slugify

from geodata.imports.checking import (
    RowRefused,
    code_column,
    label_of,
    line_of,
    name_columns,
    names_of,
    require_near_city,
)
from geodata.imports.reasons import MISSING, another_shape, in_use, none_of, too_long
from geodata.imports.report import RefusedRow
from geodata.imports.source import Source, SourceRow
from layers.models import Dataset, ProviderType
from layers.models.dataset import Origin
from layers.models.provided import ProvidedPlace

ID_LENGTH_MAX = 80  # characters, as ProvidedPlace holds
PROVIDER_LENGTH_MAX = ADDRESS_LENGTH_MAX = 200
USUAL_IDS = ("id", "code", "station")
DIGEST_VERSION = 2  # raise it when the same rows must be written differently


@dataclass(frozen=True)
class CheckedPlace:
    """A row that can go in; `location` is EPSG:4326."""

    source_id: str
    names: dict[str, str]
    provider_name: str
    provider_type: str
    address: str
    location: Point

    def facts(self) -> dict[str, Any]:
        """What the row says, by the names of its fields."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "source_id"}


Checked = TypeVar("Checked", bound=CheckedPlace)


@dataclass(frozen=True)
class Replaced:
    """What became of the rows of a dataset."""

    added: list[ProvidedPlace]
    updated: list[ProvidedPlace]
    unchanged: int
    removed: int

    @property
    def counts(self) -> tuple[int, int, int, int]:
        return len(self.added), len(self.updated), self.unchanged, self.removed

    @property
    def written(self) -> list[int]:
        """Keys of the rows that are new or changed."""
        return [place.pk for place in (*self.added, *self.updated)]


# --- checking ---------------------------------------------------------------------------------------------------------


def check_places(
    source: Source, name_field: str | None, check: Callable[[SourceRow, dict[str, Any]], Checked]
) -> tuple[list[Checked], tuple[RefusedRow, ...]]:
    """The rows that can go in and those that cannot; `check` makes one of a row and the facts that all places have.

    Raises SourceRefused for a source without a column of names.
    """
    columns = name_columns(source, name_field)
    id_from = code_column(source, None, USUAL_IDS)
    checked: dict[str, Checked] = {}
    refused: list[RefusedRow] = []
    for row in source.rows:
        try:
            place = check(row, _common(row, columns, id_from))
            if place.source_id in checked:
                raise RowRefused(id_from or "name", in_use(place.source_id))
            checked[place.source_id] = place
        except RowRefused as refusal:
            refused.append(RefusedRow(row.number, refusal.field, refusal.reason, label_of(row, columns)))
    return list(checked.values()), tuple(refused)


def _common(row: SourceRow, columns: dict[str, str], id_from: str | None) -> dict[str, Any]:
    names = names_of(row, columns)
    source_id = line_of(row, id_from) if id_from else slugify(next(iter(names.values())))
    if not source_id:
        raise RowRefused(id_from or "name", MISSING)
    return {
        "source_id": short(source_id, id_from or "name", ID_LENGTH_MAX),
        "names": names,
        "provider_name": short(line_of(row, "provider_name") or "", "provider_name", PROVIDER_LENGTH_MAX),
        "provider_type": one_of(row, "provider_type", ProviderType.values) or ProviderType.UNKNOWN,
        "address": short(line_of(row, "address_fi") or line_of(row, "address") or "", "address", ADDRESS_LENGTH_MAX),
        "location": _checked_point(row),
    }


def one_of(row: SourceRow, field: str, known: Sequence[str]) -> str:
    """The value of the field, "" where there is none. Raises RowRefused for one that is not `known`."""
    value = line_of(row, field) or ""
    if value and value not in known:
        raise RowRefused(field, none_of(value, known))
    return value


def short(text: str, field: str, limit: int) -> str:
    if len(text) > limit:
        raise RowRefused(field, too_long(limit))
    return text


def _checked_point(row: SourceRow) -> Point:
    if row.problem:
        raise RowRefused("geometry", row.problem)
    if row.geometry is None:
        raise RowRefused("geometry", MISSING)
    if not isinstance(row.geometry, Point):
        raise RowRefused("geometry", another_shape(("Point",)))
    require_near_city(row.geometry)
    return row.geometry


# --- writing ----------------------------------------------------------------------------------------------------------


def replace_places(
    model: type[Any],
    checked: Sequence[CheckedPlace],
    origin: Origin,
    columns: Callable[[CheckedPlace], dict[str, Any]] = CheckedPlace.facts,
) -> Replaced:
    """Makes the dataset's rows of `model` those of `checked`, with their areas; `columns` are what is stored of a row.

    The same rows again: nothing is written at all.
    """
    digest = _digest(checked, origin)
    known, of_origin = Dataset.objects.by_slug(origin.slug), model.objects.of_origin(origin.slug)
    stored = {place.source_id: place for place in of_origin}
    if known and known.digest == digest and stored.keys() == {place.source_id for place in checked}:
        return Replaced([], [], len(checked), 0)
    dataset = Dataset.objects.record(origin, digest, timezone.now())
    added, updated, names = [], [], set()
    for place in checked:
        facts, old = columns(place), stored.get(place.source_id)
        names |= facts.keys()
        if old is None:
            added.append(model(dataset=dataset, source_id=place.source_id, **facts))
        elif any(getattr(old, name) != value for name, value in facts.items()):
            for name, value in facts.items():
                setattr(old, name, value)
            updated.append(old)
    model.objects.bulk_create(added)
    model.objects.bulk_update(updated, sorted(names) or ["names"])
    removed = model.objects.of_origin(origin.slug).remove_except([place.source_id for place in checked])
    model.objects.assign_areas()
    return Replaced(added, updated, len(checked) - len(added) - len(updated), removed)


def _digest(places: Sequence[CheckedPlace], origin: Origin) -> str:
    rows = [
        [place.source_id, place.facts() | {"location": place.location.hex.decode()}]
        for place in sorted(places, key=lambda place: place.source_id)
    ]
    return hashlib.sha256(json.dumps([DIGEST_VERSION, asdict(origin), rows], sort_keys=True).encode()).hexdigest()
