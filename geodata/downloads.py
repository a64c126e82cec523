"""Counts what is taken, beside the stream and never in its way."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import DatabaseError
from django.utils import timezone

from geodata.models import DownloadCount

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Counted:
    """`chunks`, counted as one download once the first of them is on its way; closed as they are."""

    chunks: Iterable[bytes]
    collection: str
    format: str

    def __iter__(self) -> Iterator[bytes]:
        is_counted = False
        for chunk in self.chunks:
            yield chunk
            if not is_counted:
                count_download(self.collection, self.format)
                is_counted = True

    def close(self) -> None:
        close = getattr(self.chunks, "close", None)
        if close is not None:
            close()


def count_download(collection: str, format: str) -> None:
    """One more, today. What the database refuses is logged: a file is worth more than its count."""
    try:
        DownloadCount.objects.count_one(timezone.localdate(), collection, format)
    except DatabaseError:
        logger.warning("A download was not counted: %s.%s", collection, format, exc_info=True)
