"""Service locations from a CSV file or any file of points: services by category, and where each is given."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext_noop as _

from geodata.imports.categories import CATEGORY_NAMES
from geodata.imports.checking import RowRefused, alone, line_of
from geodata.imports.places import CheckedPlace, check_places, replace_places
from geodata.imports.report import ImportReport
from geodata.imports.source import Source, SourceRow, read_source
from geodata.imports.table import read_table
from layers import gazetteer
from layers.models import Service, ServiceLocation
from layers.models.dataset import Origin
from layers.reasons import Reason, shown
from proposals.landmarks import renew_landmarks

CATEGORY_LENGTH_MAX = 40
UNTOLD_CATEGORY = "other"


@dataclass(frozen=True)
class CheckedLocation(CheckedPlace):
    """A row that can go in."""

    category: str


def import_service_locations(
    path: str | Path,
    *,
    name_field: str | None = None,
    layer: str = "",
    crs: int | None = None,
    dataset: Origin | None = None,
    category: str = "",
    allow_refused: bool = False,
) -> ImportReport:
    """Makes the service locations of the dataset those of the file: known by their id, updated, added or removed.

    `category` stands for every row of a file that has no such column. A refused row: nothing is written, unless
    `allow_refused`, which takes the others. The same file again: nothing is written at all. Raises SourceRefused for a
    file that cannot be read.
    """
    path = Path(path)
    source = read_table(path) if path.suffix.lower() == ".csv" else read_source(path, layer=layer, crs=crs)
    origin = dataset or Origin(slug=slugify(path.stem.replace("_", "-"))[:50] or "services", title=source.name)
    return take_service_locations(source, origin, name_field=name_field, category=category, allow_refused=allow_refused)


def take_service_locations(
    source: Source, origin: Origin, *, name_field: str | None = None, category: str = "", allow_refused: bool = False
) -> ImportReport:
    """`import_service_locations` of rows that were read already."""

    def check(row: SourceRow, facts: dict[str, Any]) -> CheckedLocation:
        return CheckedLocation(**facts, category=_category(line_of(row, "category") or category or UNTOLD_CATEGORY))

    checked, refused = check_places(source, name_field, check)
    if refused and not allow_refused:
        return ImportReport(source.name, refused=refused)
    with alone():
        counts = _replace_dataset(checked, replace(origin, source=source.name))
    return ImportReport(source.name, *counts, refused=refused)


def _category(text: str) -> str:
    """ "health station", "health_station" and "Health station" are one category."""
    slug = slugify(text.replace("_", " "))
    if not slug or len(slug) > CATEGORY_LENGTH_MAX:
        words = _("“%(value)s” cannot be a category. Use 1 to %(number)s letters.")
        raise RowRefused("category", Reason(words, {"value": shown(text), "number": CATEGORY_LENGTH_MAX}))
    return slug


def _replace_dataset(checked: list[CheckedLocation], origin: Origin) -> tuple[int, int, int, int]:
    """(added, updated, unchanged, removed)."""
    services: dict[str, int] = {}

    def columns(place: Any) -> dict[str, Any]:
        facts = place.facts()
        category = facts.pop("category")
        if category not in services:
            services[category] = _service(category).pk
        return facts | {"service_id": services[category]}

    replaced = replace_places(ServiceLocation, checked, origin, columns)
    if any((replaced.written, replaced.removed)):
        renew_landmarks()
        gazetteer.index_service_locations(replaced.written)
    return replaced.counts


def _service(category: str) -> Service:
    """The service of a category, with the names that people know it by, else the category's own word."""
    names = CATEGORY_NAMES.get(category) or {"en": category.replace("-", " ")}
    return Service.objects.get_or_create(slug=category, defaults={"names": names, "category": category})[0]
