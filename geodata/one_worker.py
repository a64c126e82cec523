"""What one worker at a time does, and the folders of files that such work leaves."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.db import connection
from django.utils import timezone


@contextmanager
def alone(lock: int) -> Iterator[bool]:
    """Whether nobody else is at it. The advisory lock is the session's: a worker that dies loses it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
        is_alone = cursor.fetchone()[0]
        try:
            yield is_alone
        finally:
            if is_alone:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])


def remove_strays(folder: Path, kept: Collection[str], older_than: timedelta) -> None:
    """Removes the files of `folder` that no row names and that nobody has written to for so long."""
    for path in folder.glob("*"):
        is_old = timezone.now().timestamp() - path.stat().st_mtime > older_than.total_seconds()
        if path.name not in kept and is_old:
            path.unlink(missing_ok=True)
