"""Files that planners bring in: kept in a private folder, read, checked and imported by the worker one by one.

A request only writes down what is wanted. Each step can be begun again: reading and checking write nothing, and an import
and the word that it is done are one transaction.
"""

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils import translation
from django.utils.translation import gettext_noop as _

from geodata.imports.dataset import Order, Reading, import_dataset
from geodata.imports.mapping import FieldMapping
from geodata.imports.preview import preview
from geodata.imports.reasons import SourceRefused
from geodata.imports.reference import LayerFacts
from geodata.imports.remote import download, name_of
from geodata.imports.report import ImportReport
from geodata.models import ImportRun, RunState
from geodata.models.import_run import FILE_KEPT, TRIES_MAX
from geodata.one_worker import alone, remove_strays
from layers.models.dataset import Origin
from layers.reasons import Reason

WAITING_MAX = 20  # runs at work: more of them would take hours
REFUSED_KEPT = 5_000  # rows that a report names; it counts all of them
NOTES_KEPT = 500
LOCK = 0x696D7074  # "impt": the advisory lock of the worker that is at it
TELLING_S = 1.0  # how often the number of rows read is written down

log = logging.getLogger(__name__)


class TooManyRuns(Exception):
    """Enough are at work: come back later (503)."""


# --- asking -----------------------------------------------------------------------------------------------------------


def take_in(key: UUID, name: str, into: str, language: str, chunks: Iterable[bytes], suffix: str) -> ImportRun:
    """Keeps an uploaded file and puts it into the queue to be read; the same `key` again is the same run. Raises TooManyRuns."""
    known = ImportRun.objects.by_key(key)
    if known:
        return known
    _check_queue()
    file = f"{uuid4().hex}{suffix}"
    size = _keep(file, chunks)
    facts = {"name": name, "into": into, "language": language, "file": file, "size": size}
    run, is_new = ImportRun.objects.get_or_create(key=key, defaults=facts)
    if not is_new:
        _forget(file)
    return run


def fetch_in(key: UUID, url: str, into: str, language: str) -> ImportRun:
    """Puts an address into the queue to be fetched and read; the same `key` again is the same run. Raises TooManyRuns."""
    known = ImportRun.objects.by_key(key)
    if known:
        return known
    _check_queue()
    facts = {"name": name_of(url), "url": url, "into": into, "language": language}
    return ImportRun.objects.get_or_create(key=key, defaults=facts)[0]


def read_again(run: ImportRun, reading: Reading) -> bool:
    """Puts the file into the queue to be read as it is told now; False where it is not waiting for that."""
    options = run.options | {"reading": asdict(reading)}
    waiting = (RunState.READ, RunState.CHECKED)
    return ImportRun.objects.move(run.pk, RunState.READING, of=waiting, options=options, report=None)


def check(run: ImportRun, options: dict[str, object]) -> bool:
    """Puts the import into the queue to be checked as described; False where it is not waiting for that."""
    waiting = (RunState.READ, RunState.CHECKED)
    facts = {"options": run.options | options, "report": None, "checks": run.checks + 1}
    return ImportRun.objects.move(run.pk, RunState.CHECKING, of=waiting, **facts)


def give_up(run: ImportRun) -> bool:
    """The file goes; False where the worker has it in hand, or all is over."""
    if run.is_at_work or run.has_ended:
        return False
    _forget(run.file)
    run.end(RunState.GIVEN_UP)
    return True


def path_of(run: ImportRun) -> Path:
    return Path(settings.IMPORT_ROOT) / run.file


def _check_queue() -> None:
    if ImportRun.objects.at_work().count() >= WAITING_MAX:
        raise TooManyRuns


def _keep(file: str, chunks: Iterable[bytes]) -> int:
    """Bytes written; the folder and the file are for this service's user alone."""
    folder = Path(settings.IMPORT_ROOT)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as kept:
            for chunk in chunks:
                kept.write(chunk)
            return kept.tell()
    except BaseException:
        _forget(file)
        raise


def _forget(file: str) -> None:
    if file:
        (Path(settings.IMPORT_ROOT) / file).unlink(missing_ok=True)


# --- the worker's part ------------------------------------------------------------------------------------------------


def make_next() -> bool:
    """Does the next step of the run that has waited longest; False where none waits, or another worker is at one.

    The lock is the session's: a worker that dies loses it, and the next one begins that step again.
    """
    with alone(LOCK) as is_alone:
        run = ImportRun.objects.next() if is_alone else None
        if run is None:
            return False
        run.begin()
        with translation.override(run.language):
            if run.tries > TRIES_MAX:
                _fail(run, Reason(_("It was tried several times, and ended the program that reads it.")))
                return True
            _do(run)
    return True


def sweep() -> int:
    """Gives up what nobody went on with for a day, and removes files that belong to no run; returns how many runs."""
    overdue = list(ImportRun.objects.overdue())
    for run in overdue:
        give_up(run)
    kept = set(ImportRun.objects.values_list("file", flat=True))
    remove_strays(Path(settings.IMPORT_ROOT), kept, FILE_KEPT)
    return len(overdue)


def _do(run: ImportRun) -> None:
    steps = {RunState.READING: _read, RunState.CHECKING: _check, RunState.IMPORTING: _import}
    try:
        with _telling(run) as progress:
            steps[RunState(run.state)](run, progress)
    except SourceRefused as refusal:
        can_be_mended = run.state != RunState.IMPORTING and run.found is not None
        if can_be_mended:
            run.move(RunState.READ, refusal=asdict(refusal.reason))
        else:
            _fail(run, refusal.reason)
    except Exception:
        log.exception("import run %s failed", run.pk)
        _fail(run, Reason(_("Something went wrong here. Tell those who run the service.")))


def _read(run: ImportRun, progress: Callable[[int], None]) -> None:
    if not run.file:
        fetched = download(run.url)
        file = f"{uuid4().hex}{fetched.suffix}"
        run.keep_file(file, _keep(file, [fetched.content]))
    run.move(RunState.READ, found=dict(preview(path_of(run), reading_of(run), progress)))


def _check(run: ImportRun, progress: Callable[[int], None]) -> None:
    """Refused rows are left out, so that the report tells what would become of the others; areas go in all together."""
    report = import_dataset(path_of(run), order_of(run, dry_run=True), progress)
    run.move(RunState.CHECKED, report=as_json(report))


def _import(run: ImportRun, progress: Callable[[int], None]) -> None:
    """Rows that the check named are left out; where it named none, all go in or nothing does."""
    file = run.file
    with transaction.atomic():
        order = order_of(run, skip_refused=bool(run.report and run.report["refused_rows"]))
        report = import_dataset(path_of(run), order, progress)
        went_in = report.all_went_in or order.skip_refused
        run.end(RunState.DONE if went_in else RunState.FAILED, report=as_json(report))
    _forget(file)


def _fail(run: ImportRun, why: Reason) -> None:
    run.refresh_from_db()  # what a transaction that was rolled back had made of it is not so
    _forget(run.file)
    run.end(RunState.FAILED, refusal=asdict(why))


@contextmanager
def _telling(run: ImportRun) -> Iterator[Callable[[int], None]]:
    """Writes down how many rows were read, by a connection of its own: what the import's own writes is seen at its end only."""
    own = connections.create_connection(DEFAULT_DB_ALIAS)
    told_at = 0.0

    def tell(rows: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= TELLING_S:
            told_at = time.monotonic()
            with own.cursor() as cursor:
                cursor.execute("UPDATE geodata_importrun SET rows_read = %s WHERE id = %s", [rows, run.pk])

    with closing(own):
        yield tell


# --- options and reports as JSON --------------------------------------------------------------------------------------


def reading_of(run: ImportRun) -> Reading:
    return Reading(**run.options.get("reading", {}))


def order_of(run: ImportRun, *, dry_run: bool = False, skip_refused: bool = False) -> Order:
    """The import that the run's options describe; a dry run leaves refused rows out where that kind of thing allows it."""
    options = run.options
    layer = options.get("layer")
    return Order(
        into=run.into,
        origin=Origin(**options["origin"]),
        reading=reading_of(run),
        mapping=FieldMapping(options.get("columns", {}), options.get("fixed", {}), options.get("values", {})),
        level=options.get("level", ""),
        category=options.get("category", ""),
        kind=options.get("kind", ""),
        layer=LayerFacts(**layer | {"fields": tuple(layer["fields"])}) if layer else None,
        dry_run=dry_run,
        skip_refused=skip_refused or (dry_run and run.takes_good_rows),
        called=run.url or run.name,
    )


def as_json(report: ImportReport) -> dict[str, object]:
    """The report as it is kept: all counts, and as many refused rows and remarks as a page or a table can be made of."""
    return {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "ended": report.ended,
        "refused_rows": len(report.refused),
        "refused": [asdict(row) for row in report.refused[:REFUSED_KEPT]],
        "notes": [asdict(note) for note in report.notes[:NOTES_KEPT]],
    }
