"""Proposals from an older system: known by source and id, published as they were there, and no news to anybody.

Every row is checked and staged; then the whole set is placed, entered and sealed in one transaction (proposal_staging.py).
What is known already stays as it is: people may have moderated, answered or taken it up here since.
"""

import datetime
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy
import shapely
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_noop as _

from geodata.imports.checking import RowRefused, alone, outside_bounds, remarks_on
from geodata.imports.mapping import FieldMapping
from geodata.imports.proposal_staging import Staged, Staging
from geodata.imports.reasons import MISSING, OTHER_ENCODING, UNSHOWABLE, SourceRefused, another_shape, none_of, too_long
from geodata.imports.report import ImportReport, RefusedRow
from geodata.imports.source import OpenSource, StreamedRow
from layers.gazetteer.neighbourhood import Neighbourhood
from layers.models import Dataset
from layers.models.dataset import Origin
from layers.reasons import Reason, listed, shown
from proposals.models import Category, Channel, Status
from proposals.models.proposal import BODY_MAX, LANGUAGES_WRITTEN, TITLE_MAX
from proposals.text import clean_text

FIELDS = ("id", "title", "body", "category", "status", "language", "channel", "submitted", "published")
SOURCE_ID_MAX = 80  # characters, as Proposal holds
BATCH_ROWS = 20_000
# Stages behind which there is a promise, people who confirmed it, or another proposal: an older system has none of them.
NOT_KNOWN_THERE = {Status.TAKEN_UP, Status.IN_PROGRESS, Status.DELIVERED, Status.CONFIRMED, Status.MERGED}
STATUSES = frozenset(set(Status) - NOT_KNOWN_THERE)
CHANNELS = frozenset(Channel.values)
TYPES = {"Point": 0, "LineString": 1, "Polygon": 3}  # numbers of shapely
DAY_FIRST = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")


@dataclass
class RowChecks:
    """What the rows are checked against; remembers what changed a row to make it fit."""

    mapping: FieldMapping
    now: datetime.datetime
    categories: dict[str, Category] = field(default_factory=lambda: {c.slug: c for c in Category.objects.all()})
    notes: list[Reason] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def staged(self, row: StreamedRow) -> Staged:
        """Raises RowRefused."""
        if row.problem:
            raise RowRefused("geometry", row.problem)
        title, body = self._texts(row)
        category = self._category(row)
        submitted = self._moment(row, "submitted") or self.now
        published = self._moment(row, "published") or submitted
        if published < submitted:
            raise RowRefused("published", Reason(_("It lies before the time of sending.")))
        return Staged(
            number=row.number,
            source_id=self._source_id(row),
            title=title,
            body=body,
            language=self._one_of(row, "language", LANGUAGES_WRITTEN, ""),
            category=category,
            status=self._one_of(row, "status", STATUSES, Status.OPEN),
            channel=self._one_of(row, "channel", CHANNELS, Channel.WEB),
            submitted=submitted,
            published=published,
            wkb=row.wkb or "",
        )

    def _texts(self, row: StreamedRow) -> tuple[str, str]:
        """Title and body. A title that is too long is cut, and stands whole at the head of the body."""
        title, body = self._clean(row, "title", lines=False), self._clean(row, "body", lines=True)
        if not title:
            raise RowRefused("title", MISSING)
        if len(title) > TITLE_MAX:
            body = f"{title}\n\n{body}".strip()
            title = title[: TITLE_MAX - 1].rsplit(" ", 1)[0] + "…"
            words = _("Row %(row)s: the title was cut, and stands whole at the head of the text.")
            self.notes.append(Reason(words, {"row": str(row.number)}))
        if len(body) > BODY_MAX:
            raise RowRefused("body", too_long(BODY_MAX))
        return title, body

    def _clean(self, row: StreamedRow, name: str, *, lines: bool) -> str:
        text = self.mapping.raw(row, name) if lines else self.mapping.text(row, name)
        if text is None:
            return ""
        if "\ufffd" in text:
            raise RowRefused(name, OTHER_ENCODING)
        try:
            return clean_text(text, lines=lines)
        except ValidationError as error:
            raise RowRefused(name, UNSHOWABLE) from error

    def _category(self, row: StreamedRow) -> Category:
        slug = self.mapping.text(row, "category")
        if slug is None:
            raise RowRefused("category", MISSING)
        category = self.categories.get(slug)
        if category is None:
            words = _("There is no category “%(value)s”. There are: %(known)s.")
            known = {"value": shown(slug), "known": listed(self.categories)}
            raise RowRefused("category", Reason(words, known))
        return category

    def _one_of(self, row: StreamedRow, name: str, known: frozenset[str] | tuple[str, ...], default: str) -> str:
        value = self.mapping.text(row, name) or default
        if value not in known:
            raise RowRefused(name, none_of(value, sorted(known)))
        return value

    def _moment(self, row: StreamedRow, name: str) -> datetime.datetime | None:
        text = self.mapping.text(row, name)
        if text is None:
            return None
        moment = moment_of(text)
        if moment is None:
            words = _("“%(value)s” is no time. Write it as 2016-01-20 or 20.1.2016 8:15.")
            raise RowRefused(name, Reason(words, {"value": shown(text)}))
        if moment > self.now:
            raise RowRefused(name, Reason(_("“%(value)s” has not come yet."), {"value": shown(text)}))
        return moment

    def _source_id(self, row: StreamedRow) -> str:
        """The row's own id; where the file has none, a digest of what it holds, and its turn among equal rows."""
        if self.mapping.knows("id"):
            own = self.mapping.text(row, "id")
            if own is None:
                raise RowRefused("id", MISSING)
            if len(own) > SOURCE_ID_MAX or "\x00" in own:
                raise RowRefused("id", too_long(SOURCE_ID_MAX))
            return own
        content = json.dumps([row.fields, row.wkb], sort_keys=True, default=str)
        digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        self.seen[digest] += 1
        return f"{digest}-{self.seen[digest]}"


@lru_cache(maxsize=100_000)
def moment_of(text: str) -> datetime.datetime | None:
    """The moment that is written: ISO 8601, or day.month.year; in the city's time zone where none is told. None for others."""
    found: datetime.datetime | None = None
    try:
        found = parse_datetime(text) or datetime.datetime.fromisoformat(text)
    except ValueError:
        for form in DAY_FIRST:
            try:
                found = datetime.datetime.strptime(text, form)  # noqa: DTZ007 (the zone is given below)
            except ValueError:
                continue
    if found is None or not 1900 <= found.year <= 9000:
        return None
    return found if timezone.is_aware(found) else timezone.make_aware(found, timezone.get_default_timezone())


def import_proposals(
    source: OpenSource,
    mapping: FieldMapping,
    origin: Origin,
    *,
    dry_run: bool = False,
    skip_refused: bool = False,
) -> ImportReport:
    """Enters the proposals of `source` that are not known yet, all of them or none; with `skip_refused` all good ones.

    Raises SourceRefused where a field that every proposal needs is mapped to nothing.
    """
    checks = RowChecks(_complete(mapping, source), timezone.now())
    refused: list[RefusedRow] = []
    with alone():
        staging = Staging(origin.slug)
        for batch in _batches(source, checks, refused):
            staging.copy(batch)
        refused += staging.place()
        refused.sort(key=lambda row: row.number)
        goes_in = skip_refused or not refused
        new = staging.new() if goes_in or dry_run else 0
        if new and goes_in and not dry_run:
            Dataset.objects.record(origin, "", checks.now)
            staging.enter(settings.TERMS_VERSION)
    return ImportReport(
        source.name, added=new, unchanged=staging.known, refused=tuple(refused), notes=tuple(checks.notes)
    )


def _complete(mapping: FieldMapping, source: OpenSource) -> FieldMapping:
    """Raises SourceRefused where a field that every proposal needs comes from nowhere."""
    mapping = mapping.completed(FIELDS, source.fields)
    for name in ("title", "category", "language"):
        if not mapping.knows(name):
            words = _("Say where “%(field)s” comes from. The columns are: %(columns)s.")
            named = {"field": name, "columns": listed(source.fields)}
            option = f"--map {name}=COLUMN or --set {name}=VALUE"
            raise SourceRefused(Reason(words, named, option), name=source.name)
    return mapping


def _batches(source: OpenSource, checks: RowChecks, refused: list[RefusedRow]) -> Iterator[list[Staged]]:
    """The rows that passed, some thousands at a time, with the landmark of each point."""
    near = Neighbourhood()
    batch: list[Staged] = []
    for row in source.rows:
        try:
            checks.notes += remarks_on(row)
            batch.append(checks.staged(row))
        except RowRefused as refusal:
            refused.append(RefusedRow(row.number, refusal.field, refusal.reason, _label(checks.mapping, row)))
        if len(batch) == BATCH_ROWS:
            yield _located(batch, near, refused)
            batch = []
    yield _located(batch, near, refused)


def _label(mapping: FieldMapping, row: StreamedRow) -> str:
    return shown(" ".join((mapping.raw(row, "title") or "").split()))


def _located(batch: list[Staged], near: Neighbourhood, refused: list[RefusedRow]) -> list[Staged]:
    """Those whose geometry may be a proposal's in their category and lies near the city, points with their landmark."""
    shapes = shapely.from_wkb(numpy.array([row.wkb or None for row in batch], dtype=object))
    kinds, bounds = shapely.get_type_id(shapes).tolist(), shapely.bounds(shapes).tolist()
    allowed = {c.pk: {TYPES[name] for name in c.geometry_types} for c in {row.category for row in batch}}
    good, points = [], []
    for row, kind, box in zip(batch, kinds, bounds, strict=True):
        problem = MISSING if kind < 0 else outside_bounds(tuple(box))
        if not problem and kind not in allowed[row.category.pk]:
            problem = another_shape(row.category.geometry_types)
        if problem:
            refused.append(RefusedRow(row.number, "geometry", problem, shown(row.title)))
            continue
        good.append(row)
        if kind == TYPES["Point"]:
            points.append((row, box[0], box[1]))
    if points:
        found = near.landmarks(numpy.array([[x, y] for _row, x, y in points]))
        for (row, _x, _y), landmark in zip(points, found, strict=True):
            row.landmark = json.dumps(landmark.as_json(), ensure_ascii=False) if landmark else None
    return good
