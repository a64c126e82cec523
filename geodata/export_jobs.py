"""Files that nobody waits for with an open line: asked for by a page, made by the worker one by one, kept for a day.

Nobody's name is beside them: who has the address has the file. How far one is tells the database, which writes its rows.
"""

import logging
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.http import QueryDict
from django.utils import timezone, translation

from geodata.export_formats import file_of, form_of
from geodata.exports import TooManyExports
from geodata.models import ExportJob
from geodata.models.export_job import KEPT, hash_of
from geodata.one_worker import alone, remove_strays
from geodata.vector_files import ExportFailed
from geodata.workbook import TooManyRows

WAITING_MAX = 20  # files in the queue: more of them would take hours
LOCK = 0x66696C65  # "file": the advisory lock of the worker that makes one
PROGRESS = """
SELECT sum(tuples_processed) FROM pg_stat_progress_copy JOIN pg_stat_activity USING (pid) WHERE application_name = %s
"""

log = logging.getLogger(__name__)


class TooManyJobs(Exception):
    """The queue is full: come back later (503)."""


def order(collection: str, format: str, query: str, language: str, rows: int) -> str:
    """Puts a file into the queue; returns the key by which it is found. `query` is good. Raises TooManyJobs."""
    if ExportJob.objects.unended().count() >= WAITING_MAX:
        raise TooManyJobs
    key = secrets.token_urlsafe(16)
    now = timezone.now()
    ExportJob.objects.create(
        key_hash=hash_of(key),
        collection=collection,
        format=format,
        query=query,
        language=language,
        rows=rows,
        made_at=now,
        expires_at=now + 2 * KEPT,
    )
    return key


def make_next() -> bool:
    """Makes the oldest file that waits; False where none does, or another worker is making one.

    The lock is the session's: a worker that dies loses it, and the next one begins that file again.
    """
    with alone(LOCK) as is_alone:
        job = ExportJob.objects.next() if is_alone else None
        if job is None:
            return False
        job.begin()
        try:
            with _named(job), translation.override(job.language):
                job.finish(*_written(job))
        except TooManyExports:
            job.wait()
            return False
        except (ExportFailed, TooManyRows):
            log.exception("export job %s failed", job.pk)
            job.fail()
    return True


def rows_written(job: ExportJob) -> int | None:
    """How many rows of a file in the making are written; None where the database does not tell (another role's work)."""
    with connection.cursor() as cursor:
        cursor.execute(PROGRESS, [_application(job)])
        return cursor.fetchone()[0]


def path_of(job: ExportJob) -> Path:
    return Path(settings.EXPORT_ROOT) / job.file


def sweep() -> int:
    """Removes files and rows whose day is over, and what a worker that died left behind; returns how many rows."""
    expired = ExportJob.objects.expired()
    number = expired.count()
    expired.delete()
    kept = set(ExportJob.objects.values_list("file", flat=True))
    remove_strays(Path(settings.EXPORT_ROOT), kept, KEPT)
    return number


def _written(job: ExportJob) -> tuple[str, int]:
    """(name under EXPORT_ROOT, bytes) of the file, which has its name only when it is whole."""
    form_class = form_of(job.collection, job.format)
    if form_class is None:
        raise ExportFailed("there is no such set or format any more")
    form = form_class(QueryDict(job.query))
    if not form.is_valid():
        raise ExportFailed(f"the filter has become wrong since: {sorted(form.errors)}")
    name = f"{uuid4().hex}.{job.format}"
    folder = Path(settings.EXPORT_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    begun = folder / f"{name}.part"
    try:
        size = _write(begun, file_of(form, job.collection, job.format))
    except BaseException:
        begun.unlink(missing_ok=True)
        raise
    begun.rename(folder / name)
    return name, size


def _write(path: Path, chunks: Iterable[bytes]) -> int:
    with path.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


@contextmanager
def _named(job: ExportJob) -> Iterator[None]:
    """Connections that are opened meanwhile bear the job's name, those of the process that writes too (libpq's PGAPPNAME)."""
    before = os.environ.get("PGAPPNAME")
    os.environ["PGAPPNAME"] = _application(job)
    try:
        yield
    finally:
        if before is None:
            del os.environ["PGAPPNAME"]
        else:
            os.environ["PGAPPNAME"] = before


def _application(job: ExportJob) -> str:
    return f"export job {job.pk}"
