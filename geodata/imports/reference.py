"""A reference layer from any file: its features known by their id, only the named columns kept, shown with its source's credit."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.contrib.gis.geos import GEOSGeometry
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from geodata.imports.checking import (
    RowRefused,
    alone,
    code_column,
    label_of,
    language_columns,
    line_of,
    names_of,
    remarks_on,
    require_near_city,
)
from geodata.imports.reasons import MISSING, SourceRefused, in_use, no_column, none_of, too_long
from geodata.imports.report import ImportReport, RefusedRow
from geodata.imports.source import Source, SourceRow
from layers.models import Dataset, LayerStyle, ReferenceFeature, ReferenceLayer
from layers.models.dataset import Origin
from layers.models.reference import FEATURE_VERTICES_MAX
from layers.reasons import Reason, shown

ID_LENGTH_MAX = 80  # characters, as ReferenceFeature holds
VALUE_LENGTH_MAX = 500  # characters
FIELDS_MAX = 20
FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")  # of it becomes a column of every file
OUR_OWN = frozenset({"id", "name", "name_language", "geometry", "key", "x", "y", "fid"})
USUAL_IDS = ("id", "code", "osm_id", "station", "source_id")
STORED = ("names", "properties", "shape")
BATCH_ROWS = 2_000
DIGEST_VERSION = 1  # raise it when the same rows must be written differently


@dataclass(frozen=True)
class LayerFacts:
    """What is told of the layer beside its file."""

    names: dict[str, str]
    style: str = LayerStyle.PLACE
    fields: tuple[str, ...] = ()
    is_shown: bool = False


@dataclass(frozen=True)
class CheckedFeature:
    source_id: str
    names: dict[str, str]
    properties: dict[str, str]
    shape: GEOSGeometry

    def facts(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in STORED}


def take_reference_layer(
    source: Source, facts: LayerFacts, origin: Origin, *, skip_refused: bool = False
) -> ImportReport:
    """Makes the layer called as the dataset's slug that of the file: features updated, added or removed. The same again: nothing.

    Raises SourceRefused for columns that are not there or cannot be published.
    """
    _check_fields(source, facts)
    checked, refused, notes = _check(source, facts.fields)
    if refused and not skip_refused:
        return ImportReport(source.name, refused=refused, notes=notes)
    with alone():
        counts = _replace(checked, facts, origin)
    return ImportReport(source.name, *counts, refused=refused, notes=notes)


def _check_fields(source: Source, facts: LayerFacts) -> None:
    if facts.style not in LayerStyle.values:
        raise SourceRefused(none_of(facts.style, LayerStyle.values, "--style"))
    if len(facts.fields) > FIELDS_MAX:
        raise SourceRefused(Reason(_("At most %(number)s columns can be published."), {"number": FIELDS_MAX}))
    for name in facts.fields:
        if name not in source.fields:
            raise SourceRefused(no_column(name, source.fields, "--fields"))
        if not FIELD_NAME.fullmatch(name) or name in OUR_OWN:
            words = _("The column “%(column)s” cannot be published by this name. Give it another.")
            raise SourceRefused(Reason(words, {"column": shown(name)}, f"--map NEW={name} and --fields NEW"))


def _check(
    source: Source, fields: tuple[str, ...]
) -> tuple[list[CheckedFeature], tuple[RefusedRow, ...], tuple[Reason, ...]]:
    columns = language_columns(source, "name")  # a feature may be without a name
    id_from = code_column(source, None, USUAL_IDS)
    checked: dict[str, CheckedFeature] = {}
    refused: list[RefusedRow] = []
    notes: list[Reason] = []
    turns: Counter[str] = Counter()
    for row in source.rows:
        try:
            feature = _checked(row, columns, id_from, fields, turns)
            if feature.source_id in checked:
                raise RowRefused(id_from or "geometry", in_use(feature.source_id))
        except RowRefused as refusal:
            refused.append(RefusedRow(row.number, refusal.field, refusal.reason, label_of(row, columns)))
            continue
        checked[feature.source_id] = feature
        notes += remarks_on(row)
    return list(checked.values()), tuple(refused), tuple(notes)


def _checked(
    row: SourceRow, columns: dict[str, str], id_from: str | None, fields: tuple[str, ...], turns: Counter[str]
) -> CheckedFeature:
    if row.problem:
        raise RowRefused("geometry", row.problem)
    if row.geometry is None:
        raise RowRefused("geometry", MISSING)
    if row.geometry.geom_type == "GeometryCollection":
        raise RowRefused("geometry", Reason(_("Points, lines or areas are taken, not a mixture of them.")))
    if row.geometry.num_coords > FEATURE_VERTICES_MAX:
        words = _("It has more than %(number)s corners.")
        raise RowRefused("geometry", Reason(words, {"number": FEATURE_VERTICES_MAX}))
    require_near_city(row.geometry)
    names = names_of(row, columns) if any(row.text(column) for column in columns.values()) else {}
    properties = {name: value for name in fields if (value := line_of(row, name)) is not None}
    for name, value in properties.items():
        if len(value) > VALUE_LENGTH_MAX:
            raise RowRefused(name, too_long(VALUE_LENGTH_MAX))
    return CheckedFeature(_source_id(row, id_from, turns), names, properties, row.geometry)


def _source_id(row: SourceRow, id_from: str | None, turns: Counter[str]) -> str:
    """The row's own id; where the file has none, a digest of the place, and its turn among equal ones."""
    if id_from is None:
        digest = hashlib.sha256(bytes(row.geometry.wkb)).hexdigest()[:32]
        turns[digest] += 1
        return f"{digest}-{turns[digest]}"
    source_id = line_of(row, id_from)
    if not source_id:
        raise RowRefused(id_from, MISSING)
    if len(source_id) > ID_LENGTH_MAX:
        raise RowRefused(id_from, too_long(ID_LENGTH_MAX))
    return source_id


def _replace(checked: Sequence[CheckedFeature], facts: LayerFacts, origin: Origin) -> tuple[int, int, int, int]:
    """(added, updated, unchanged, removed)."""
    digest = _digest(checked, facts, origin)
    known = Dataset.objects.by_slug(origin.slug)
    features = ReferenceFeature.objects.of_layer(origin.slug)
    stored = {feature.source_id: feature for feature in features.defer("pin")}
    if known and known.digest == digest and stored.keys() == {one.source_id for one in checked}:
        return 0, 0, len(checked), 0
    dataset = Dataset.objects.record(origin, digest, timezone.now())
    layer, _is_new = ReferenceLayer.objects.update_or_create(
        slug=origin.slug, defaults={"dataset": dataset} | asdict(facts) | {"fields": list(facts.fields)}
    )
    added, updated = [], []
    for one in checked:
        old = stored.get(one.source_id)
        if old is None:
            added.append(ReferenceFeature(layer=layer, source_id=one.source_id, **one.facts()))
        elif any(getattr(old, name) != value for name, value in one.facts().items()):
            for name, value in one.facts().items():
                setattr(old, name, value)
            updated.append(old)
    ReferenceFeature.objects.bulk_create(added, batch_size=BATCH_ROWS)
    ReferenceFeature.objects.bulk_update(updated, STORED, batch_size=BATCH_ROWS)
    removed = features.remove_except([one.source_id for one in checked])
    return len(added), len(updated), len(checked) - len(added) - len(updated), removed


def _digest(features: Sequence[CheckedFeature], facts: LayerFacts, origin: Origin) -> str:
    rows = sorted((one.source_id, one.names, one.properties, one.shape.hex.decode()) for one in features)
    text = json.dumps([DIGEST_VERSION, asdict(facts), asdict(origin), rows], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
