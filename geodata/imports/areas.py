"""Areas of one level from a file: all of it in one transaction, or nothing."""

import datetime
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from django.contrib.gis.geos import MultiPolygon, Polygon
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from geodata.imports.checking import (
    RowRefused,
    alone,
    code_column,
    label_of,
    line_of,
    name_columns,
    names_of,
    remarks_on,
    require_near_city,
)
from geodata.imports.reasons import MISSING, SourceRefused, another_shape, in_use_in_row, none_of, too_long
from geodata.imports.report import ImportReport, RefusedRow
from geodata.imports.source import Source, SourceRow, read_source
from layers import boundaries, gazetteer
from layers.models import Area, AreaLevel, Dataset, ServiceLocation, Space
from layers.models.dataset import Origin
from layers.reasons import Reason
from proposals.landmarks import renew_landmarks
from proposals.models import Proposal
from proposals.subscribing import redraw

CODE_LENGTH_MAX = 40  # characters, as Area holds
DIGEST_VERSION = 1  # raise it when the same rows must be written differently


@dataclass(frozen=True)
class CheckedArea:
    """A row that can go in. `parent` is the code or name that the source gives of the area above."""

    number: int
    code: str
    names: dict[str, str]
    parent: str | None
    boundary: MultiPolygon


def import_areas(
    path: str | Path,
    level: str,
    *,
    name_field: str | None = None,
    code_field: str | None = None,
    layer: str = "",
    crs: int | None = None,
    dataset: Origin | None = None,
    approximate: bool = False,
) -> ImportReport:
    """Makes the areas of `level` those of the file: the same code updated, a new one added, a missing one ended.

    Everything that follows from boundaries is renewed in the same transaction: parts, parents, outlines, the city, place
    names, and the area of each service location, space and proposal. A refused row: nothing is written, and the report names it.
    The same file again: nothing is written at all. Raises SourceRefused for a file that cannot be read or a level that
    cannot be imported.
    """
    source = read_source(Path(path), layer=layer, crs=crs)
    return take_areas(
        source, level, name_field=name_field, code_field=code_field, dataset=dataset, approximate=approximate
    )


def take_areas(
    source: Source,
    level: str,
    *,
    name_field: str | None = None,
    code_field: str | None = None,
    dataset: Origin | None = None,
    approximate: bool = False,
) -> ImportReport:
    """`import_areas` of rows that were read already."""
    checked, refused, notes = _check(source, name_field, code_field)
    if refused:
        return ImportReport(source.name, refused=refused, notes=notes)
    origin = dataset or Origin(slug=f"areas-{level}", title=source.name)
    origin = replace(origin, source=source.name, is_approximate=approximate or origin.is_approximate)
    with alone():
        _check_level(level, checked)
        added, updated, unchanged, ended = _replace_level(level, checked, origin)
    return ImportReport(source.name, added, updated, unchanged, ended, notes=notes)


def _check_level(level: str, areas: Sequence[CheckedArea]) -> None:
    if level not in AreaLevel.values:
        raise SourceRefused(none_of(level, AreaLevel.values, "--level"))
    if not areas:
        raise SourceRefused(Reason(_("The file has no rows. Importing it would end every area of the level.")))
    if level == AreaLevel.CITY:
        if Area.objects.finest_level():
            raise SourceRefused(Reason(_("The city is the union of its finest areas. Import those, and it follows.")))
        if len(areas) > 1:
            words = _("The city is one area, and the file has %(number)s.")
            raise SourceRefused(Reason(words, {"number": len(areas)}))


# --- checking ---------------------------------------------------------------------------------------------------------


def _check(
    source: Source, name_field: str | None, code_field: str | None
) -> tuple[list[CheckedArea], tuple[RefusedRow, ...], tuple[Reason, ...]]:
    """The rows that can go in, those that cannot, and remarks on what was changed to make a row fit."""
    columns = name_columns(source, name_field)
    code_from = code_column(source, code_field, ("code", "id"))
    checked: dict[str, CheckedArea] = {}
    refused: list[RefusedRow] = []
    notes: list[Reason] = []
    for row in source.rows:
        try:
            area = _checked_area(row, columns, code_from)
            if area.code in checked:
                raise RowRefused(code_from or "name", in_use_in_row(area.code, checked[area.code].number))
        except RowRefused as refusal:
            refused.append(RefusedRow(row.number, refusal.field, refusal.reason, label_of(row, columns)))
            continue
        checked[area.code] = area
        notes += remarks_on(row, area.code)
    return list(checked.values()), tuple(refused), tuple(notes)


def _checked_area(row: SourceRow, columns: dict[str, str], code_from: str | None) -> CheckedArea:
    names = names_of(row, columns)
    code = line_of(row, code_from) if code_from else boundaries.slug_of(names)
    if not code:
        raise RowRefused(code_from or "name", MISSING)
    if len(code) > CODE_LENGTH_MAX:
        raise RowRefused(code_from or "name", too_long(CODE_LENGTH_MAX))
    return CheckedArea(row.number, code, names, line_of(row, "parent"), _checked_boundary(row))


def _checked_boundary(row: SourceRow) -> MultiPolygon:
    geometry = row.geometry
    if geometry is None:
        raise RowRefused("geometry", MISSING)
    if not isinstance(geometry, Polygon | MultiPolygon):
        raise RowRefused("geometry", another_shape(("Polygon", "MultiPolygon")))
    if row.problem:
        raise RowRefused("geometry", row.problem)
    require_near_city(geometry)
    return geometry if isinstance(geometry, MultiPolygon) else MultiPolygon(geometry, srid=geometry.srid)


# --- writing ----------------------------------------------------------------------------------------------------------


def _replace_level(level: str, checked: Sequence[CheckedArea], origin: Origin) -> tuple[int, int, int, int]:
    """(added, updated, unchanged, ended)."""
    stored = {area.code: area for area in Area.objects.of_level(level).select_related("dataset")}
    codes = {area.code for area in checked}
    current = {area.code for area in stored.values() if area.valid_to is None}
    digest = _digest(level, checked, origin)
    if current == codes and all(
        stored[code].dataset.slug == origin.slug and stored[code].dataset.digest == digest for code in current
    ):
        return 0, 0, len(checked), 0

    now = timezone.now()
    dataset = Dataset.objects.record(origin, digest, now)
    changed = [area for area in checked if not _is_as_stored(area, stored.get(area.code), dataset)]
    ended = Area.objects.current().of_level(level).end_except([area.code for area in checked], now)
    boundaries.free_slugs_of_ended(
        level, [area.names for area in changed if area.code not in stored], set(stored) - codes
    )
    taken = set(Area.objects.values_list("slug", flat=True))
    ids = boundaries.put_areas(level, dataset, [_facts(area, level, stored, taken) for area in changed], now)
    moved = _renew_what_follows(level, dataset, checked, [*ids, *ended], now)
    added = {area.code for area in changed} - current
    updated = ({area.code for area in changed} | moved) - added
    return len(added), len(updated), len(checked) - len(added) - len(updated), len(ended)


def _digest(level: str, areas: Sequence[CheckedArea], origin: Origin) -> str:
    rows = sorted((area.code, area.names, area.parent, area.boundary.hex.decode()) for area in areas)
    text = json.dumps([DIGEST_VERSION, level, asdict(origin), rows], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _is_as_stored(area: CheckedArea, stored: Area | None, dataset: Dataset) -> bool:
    return (
        stored is not None
        and stored.valid_to is None
        and stored.dataset_id == dataset.pk
        and stored.names == area.names
        and stored.boundary == area.boundary
    )


def _facts(area: CheckedArea, level: str, stored: dict[str, Area], taken: set[str]) -> boundaries.AreaFacts:
    """With the slug that the area has, or a new one, which from then on is taken."""
    slug = stored[area.code].slug if area.code in stored else boundaries.free_slug(area.names, level, taken)
    taken.add(slug)
    return boundaries.AreaFacts(area.code, slug, area.names, area.boundary)


def _renew_what_follows(
    level: str, dataset: Dataset, checked: Sequence[CheckedArea], changed: list[int], now: datetime.datetime
) -> set[str]:
    """The city, outlines, parents, place names, and what lies in the areas; returns codes of the level that got another
    parent.
    """
    boundaries.draw_outlines(level)
    if level == Area.objects.finest_level():
        changed = [*changed, *boundaries.unite_city(dataset, now)]
    moved = boundaries.find_parents(level, {area.code: area.parent for area in checked if area.parent})
    gazetteer.index_areas(changed)
    ServiceLocation.objects.assign_areas()
    Space.objects.assign_areas()
    Proposal.objects.assign_areas()
    renew_landmarks()
    redraw()
    return moved
