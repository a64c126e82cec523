"""One file into one kind of thing: what `manage.py import_dataset` and the planners' page both call."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop as _

from geodata.imports.areas import take_areas
from geodata.imports.csv_stream import opened_table
from geodata.imports.mapping import FieldMapping
from geodata.imports.old_proposals import import_proposals
from geodata.imports.reasons import SourceRefused
from geodata.imports.reference import LayerFacts, take_reference_layer
from geodata.imports.report import ImportReport
from geodata.imports.service_locations import take_service_locations
from geodata.imports.source import OpenSource, StreamedRow, opened
from geodata.imports.spaces import take_spaces
from geodata.models.import_run import Into
from layers.models.dataset import Origin
from layers.reasons import Reason

TABLE = ".csv"
PROGRESS_ROWS = 1_000


@dataclass(frozen=True)
class Reading:
    """How the file is to be read, where it does not say so itself."""

    layer: str = ""
    crs: int | None = None
    x: str = ""
    y: str = ""
    wkt: str = ""
    encoding: str = ""


@dataclass(frozen=True)
class Order:
    """An import as it was asked for.

    `level` is that of areas, `category` that of services, `kind` that of spaces, `layer` of a reference layer.
    `called` is what the report and the dataset name the file, where its path says nothing to a reader.
    """

    into: str
    origin: Origin
    reading: Reading = Reading()
    mapping: FieldMapping = field(default_factory=FieldMapping)
    level: str = ""
    category: str = ""
    kind: str = ""
    layer: LayerFacts | None = None
    dry_run: bool = False
    skip_refused: bool = False
    called: str = ""


@contextmanager
def opened_dataset(path: Path, reading: Reading) -> Iterator[OpenSource]:
    """A file of any type that is read. Raises SourceRefused."""
    if path.suffix.lower() == TABLE:
        with opened_table(
            path, crs=reading.crs, x=reading.x, y=reading.y, wkt=reading.wkt, encoding=reading.encoding
        ) as source:
            yield source
    else:
        with opened(path, layer=reading.layer, crs=reading.crs) as source:
            yield source


def import_dataset(path: Path, order: Order, progress: Callable[[int], None] = lambda rows: None) -> ImportReport:
    """Takes the file in as `order` says, in one transaction; a dry run does the same and takes it all back.

    `progress` hears every PROGRESS_ROWS rows how many were read. The report begins with what was detected. Raises SourceRefused.
    """
    with opened_dataset(path, order.reading) as source:
        source = replace(source, name=order.called or source.name, rows=_counted(source.rows, progress))
        with transaction.atomic():
            report = _taken(source, order)
            if order.dry_run:
                transaction.set_rollback(True)
        return replace(report, notes=(source.detected(), *report.notes))


def _counted(rows: Iterator[StreamedRow], progress: Callable[[int], None]) -> Iterator[StreamedRow]:
    for number, row in enumerate(rows, 1):
        yield row
        if number % PROGRESS_ROWS == 0:
            progress(number)


def _taken(source: OpenSource, order: Order) -> ImportReport:
    origin = replace(order.origin, source=order.called or order.origin.source or source.name)
    if order.into == Into.PROPOSALS:
        return import_proposals(source, order.mapping, origin, dry_run=order.dry_run, skip_refused=order.skip_refused)
    if order.mapping.fixed or order.mapping.values:
        words = _("Here columns can be mapped, but no values set or translated.")
        raise SourceRefused(Reason(words), name=order.into)
    rows = source.kept(order.mapping.columns)
    if order.into == Into.AREAS:
        if order.skip_refused:
            words = _("Areas go in all together: one that is missing would leave a hole in the city.")
            raise SourceRefused(Reason(words))
        return take_areas(rows, order.level, dataset=origin)
    if order.into == Into.REFERENCE:
        facts = order.layer or LayerFacts({settings.CITY.languages[0]: origin.title})
        return take_reference_layer(rows, facts, origin, skip_refused=order.skip_refused)
    if order.into == Into.SPACES:
        return take_spaces(rows, origin, kind=order.kind, skip_refused=order.skip_refused)
    return take_service_locations(rows, origin, category=order.category, allow_refused=order.skip_refused)
