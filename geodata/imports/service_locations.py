"""Service locations from a CSV file or any file of points: services by category, and where each is given."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from django.contrib.gis.geos import Point
from django.utils import timezone
from django.utils.text import slugify

from geodata.imports.categories import CATEGORY_NAMES
from geodata.imports.checking import (
    RowRefused,
    alone,
    code_column,
    label_of,
    line_of,
    name_columns,
    names_of,
    require_near_city,
)
from geodata.imports.report import ImportReport, RefusedRow
from geodata.imports.source import Source, SourceRow, read_source
from geodata.imports.table import read_table
from layers import gazetteer
from layers.models import Dataset, ProviderType, Service, ServiceLocation
from layers.models.dataset import Origin
from proposals.landmarks import renew_landmarks

ID_LENGTH_MAX = 80  # characters, as ServiceLocation holds
PROVIDER_LENGTH_MAX = ADDRESS_LENGTH_MAX = 200
CATEGORY_LENGTH_MAX = 40
UNTOLD_CATEGORY = "other"
STORED_AS_IT_IS = ("names", "provider_name", "provider_type", "address", "location")
DIGEST_VERSION = 1  # raise it when the same rows must be written differently


@dataclass(frozen=True)
class CheckedLocation:
    """A row that can go in; `location` is EPSG:4326."""

    source_id: str
    names: dict[str, str]
    category: str
    provider_name: str
    provider_type: str
    address: str
    location: Point

    def facts(self) -> dict[str, object]:
        """What is stored of it as it is."""
        return {field: getattr(self, field) for field in STORED_AS_IT_IS}


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
    checked, refused = _check(source, name_field, category)
    if refused and not allow_refused:
        return ImportReport(source.name, refused=refused)
    with alone():
        counts = _replace_dataset(checked, replace(origin, source=source.name))
    return ImportReport(source.name, *counts, refused=refused)


# --- checking ---------------------------------------------------------------------------------------------------------


def _check(
    source: Source, name_field: str | None, category: str
) -> tuple[list[CheckedLocation], tuple[RefusedRow, ...]]:
    columns = name_columns(source, name_field)
    id_from = code_column(source, None, ("id", "code", "station"))
    checked: dict[str, CheckedLocation] = {}
    refused: list[RefusedRow] = []
    for row in source.rows:
        try:
            location = _checked_location(row, columns, id_from, category)
            if location.source_id in checked:
                raise RowRefused(id_from or "name", f"{location.source_id!r} is the id of an earlier row too")
            checked[location.source_id] = location
        except RowRefused as refusal:
            refused.append(RefusedRow(row.number, refusal.field, str(refusal), label_of(row, columns)))
    return list(checked.values()), tuple(refused)


def _checked_location(row: SourceRow, columns: dict[str, str], id_from: str | None, category: str) -> CheckedLocation:
    names = names_of(row, columns)
    source_id = line_of(row, id_from) if id_from else slugify(next(iter(names.values())))
    if not source_id:
        raise RowRefused(id_from or "name", "there is no id")
    provider_type = line_of(row, "provider_type") or ProviderType.UNKNOWN
    if provider_type not in ProviderType.values:
        raise RowRefused("provider_type", f"{provider_type!r} is not one of {', '.join(ProviderType.values)}")
    return CheckedLocation(
        source_id=_short(source_id, id_from or "name", ID_LENGTH_MAX),
        names=names,
        category=_category(line_of(row, "category") or category or UNTOLD_CATEGORY),
        provider_name=_short(line_of(row, "provider_name") or "", "provider_name", PROVIDER_LENGTH_MAX),
        provider_type=provider_type,
        address=_short(line_of(row, "address_fi") or line_of(row, "address") or "", "address", ADDRESS_LENGTH_MAX),
        location=_checked_point(row),
    )


def _category(text: str) -> str:
    """ "health station", "health_station" and "Health station" are one category."""
    slug = slugify(text.replace("_", " "))
    if not slug or len(slug) > CATEGORY_LENGTH_MAX:
        raise RowRefused("category", f"{text[:60]!r} cannot be a category: use 1 to {CATEGORY_LENGTH_MAX} letters")
    return slug


def _short(text: str, field: str, limit: int) -> str:
    if len(text) > limit:
        raise RowRefused(field, f"longer than {limit} characters")
    return text


def _checked_point(row: SourceRow) -> Point:
    if row.problem:
        raise RowRefused("geometry", row.problem)
    if row.geometry is None:
        raise RowRefused("geometry", "there is no position")
    if not isinstance(row.geometry, Point):
        raise RowRefused("geometry", f"a service location is a Point, not a {row.geometry.geom_type}")
    require_near_city(row.geometry)
    return row.geometry


# --- writing ----------------------------------------------------------------------------------------------------------


def _replace_dataset(checked: Sequence[CheckedLocation], origin: Origin) -> tuple[int, int, int, int]:
    """(added, updated, unchanged, removed)."""
    digest = _digest(checked, origin)
    known = Dataset.objects.by_slug(origin.slug)
    stored = {
        place.source_id: place for place in ServiceLocation.objects.of_origin(origin.slug).select_related("service")
    }
    if known and known.digest == digest and stored.keys() == {place.source_id for place in checked}:
        return 0, 0, len(checked), 0

    dataset = Dataset.objects.record(origin, digest, timezone.now())
    services = {slug: _service(slug) for slug in {place.category for place in checked}}
    added: list[ServiceLocation] = []
    updated: list[ServiceLocation] = []
    for place in checked:
        old = stored.get(place.source_id)
        if old is None:
            added.append(
                ServiceLocation(
                    dataset=dataset, source_id=place.source_id, service=services[place.category], **place.facts()
                )
            )
        elif old.service != services[place.category] or any(getattr(old, f) != v for f, v in place.facts().items()):
            old.service = services[place.category]
            for field, value in place.facts().items():
                setattr(old, field, value)
            updated.append(old)
    ServiceLocation.objects.bulk_create(added)
    ServiceLocation.objects.bulk_update(updated, ["service", *STORED_AS_IT_IS])
    removed = ServiceLocation.objects.of_origin(origin.slug).remove_except([place.source_id for place in checked])
    ServiceLocation.objects.assign_areas()
    renew_landmarks()
    gazetteer.index_service_locations([place.pk for place in (*added, *updated)])
    return len(added), len(updated), len(checked) - len(added) - len(updated), removed


def _digest(places: Sequence[CheckedLocation], origin: Origin) -> str:
    rows = [
        [place.source_id, place.category, place.facts() | {"location": place.location.hex.decode()}]
        for place in sorted(places, key=lambda place: place.source_id)
    ]
    return hashlib.sha256(json.dumps([DIGEST_VERSION, asdict(origin), rows], sort_keys=True).encode()).hexdigest()


def _service(category: str) -> Service:
    """The service of a category, with the names that people know it by, else the category's own word."""
    names = CATEGORY_NAMES.get(category) or {"en": category.replace("-", " ")}
    return Service.objects.get_or_create(slug=category, defaults={"names": names, "category": category})[0]
