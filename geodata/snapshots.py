"""The yearly snapshots: proposals published up to the end of a year, as they stood when it was made, at a permanent address.

Nothing is ever written over, with one exception: what the public may not see any more leaves the files, and the manifest
says when and how much (docs/decisions/2026-11-24-snapshots-lose-what-is-hidden.md).
"""

import csv
import datetime
import hashlib
import io
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from geodata.collections import proposals
from geodata.exports import BYTE_ORDER_MARK, LICENCE, CsvStyle, attribution, csv_file, geojson_file
from geodata.models import Snapshot
from geodata.models.snapshot import SnapshotFile
from geodata.ogc.documents import address
from geodata.vector_files import vector_file
from layers.geometry import WGS84
from proposals.models.proposal import ProposalQuerySet

MEDIA_TYPES = {
    "geojson": "application/geo+json",
    "csv": "text/csv; charset=utf-8; header=present",
    "gpkg": "application/geopackage+sqlite3",
}
CHUNK_BYTES = 1024 * 1024
NO_LONGER_PUBLIC = "no longer public"


class SnapshotRefused(Exception):
    """Why none was made; nothing was written."""


def folder_of(year: int) -> Path:
    return Path(settings.MEDIA_ROOT) / "snapshots" / str(year)


def path_of(year: int, format: str) -> Path:
    return folder_of(year) / f"proposals.{format}"


def make_snapshot(year: int) -> Snapshot:
    """Writes the files of `year` and its row. Raises SnapshotRefused, TooManyExports."""
    if timezone.localdate() <= datetime.date(year, 12, 31):
        raise SnapshotRefused(f"{year} is not over yet.")
    made = Snapshot(year=year, made_at=timezone.now())
    folder = folder_of(year)
    if Snapshot.objects.of_year(year) is not None or folder.exists():
        raise SnapshotRefused(f"The snapshot of {year} is there already. It is never made anew.")
    folder.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=f"{year}-", dir=folder.parent))
    try:
        before = _keys(made)
        made.files = {format: _write(draft / f"proposals.{format}", chunks) for format, chunks in _files(made)}
        made.keys = sorted(before | _keys(made))  # whatever was published or hidden while the files were written
        with transaction.atomic():
            made.save(force_insert=True)
            draft.rename(folder)
    except (IntegrityError, FileExistsError) as error:
        raise SnapshotRefused(f"The snapshot of {year} is being made by another.") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return made


def has_proposals(year: int) -> bool:
    """Whether anything that was published up to the end of `year` is public."""
    return proposals().queryset().published_until(datetime.date(year, 12, 31)).exists()


def _rows(snapshot: Snapshot) -> ProposalQuerySet:
    return proposals().queryset().published_until(snapshot.last_day)


def _keys(snapshot: Snapshot) -> set[int]:
    return set(_rows(snapshot).values_list("pk", flat=True))


def _files(snapshot: Snapshot) -> Iterable[tuple[str, Iterable[bytes]]]:
    """Format and content of each file, in the city's first language."""
    language = settings.LANGUAGE_CODE
    yield "geojson", geojson_file(proposals(), _rows(snapshot), language)
    yield "csv", csv_file(proposals(), _rows(snapshot), language, CsvStyle())
    yield "gpkg", vector_file(proposals(), _rows(snapshot), language, "gpkg", WGS84)


def _write(path: Path, chunks: Iterable[bytes]) -> SnapshotFile:
    with path.open("wb") as file:
        file.writelines(chunks)
    return facts_of(path)


def facts_of(path: Path) -> SnapshotFile:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}


# --- what leaves it ---------------------------------------------------------------------------------------------------


def correct_snapshot(year: int) -> int:
    """Takes out of the files of `year` what the public may not see any more; returns how many proposals that were.

    The files are exchanged before the row is: a crash in between is made good by the next run.
    """
    with transaction.atomic():
        snapshot = Snapshot.objects.select_for_update().get(year=year)
        gone = set(snapshot.gone())
        if not gone:
            return 0
        for format, without in WITHOUT.items():
            path = path_of(year, format)
            part = path.with_suffix(f".{format}.part")
            without(path, part, gone)
            snapshot.files[format] = facts_of(part)
            os.replace(part, path)
        snapshot.keys = [key for key in snapshot.keys if key not in gone]
        at = timezone.now().isoformat(timespec="seconds")
        snapshot.errata.append({"at": at, "removed": len(gone), "reason": NO_LONGER_PUBLIC})
        snapshot.save(update_fields=["keys", "files", "errata"])
    return len(gone)


def _geojson_without(path: Path, part: Path, gone: Collection[int]) -> None:
    document = json.loads(path.read_bytes())
    document["features"] = [feature for feature in document["features"] if feature["id"] not in gone]
    document["numberReturned"] = len(document["features"])
    part.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def _csv_without(path: Path, part: Path, gone: Collection[int]) -> None:
    text = io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")
    kept = io.StringIO(newline="")
    rows = csv.reader(text, delimiter=CsvStyle().delimiter)
    writer = csv.writer(kept, delimiter=CsvStyle().delimiter, lineterminator="\n")
    header = next(rows)
    writer.writerow(header)
    at = header.index("id")
    writer.writerows(row for row in rows if int(row[at]) not in gone)
    part.write_bytes(BYTE_ORDER_MARK + kept.getvalue().encode())


def _gpkg_without(path: Path, part: Path, gone: Collection[int]) -> None:
    """VACUUM, for a deleted row stays readable in the free pages of the file."""
    shutil.copyfile(path, part)
    database = sqlite3.connect(part)
    try:
        with database:
            database.executemany("DELETE FROM proposals WHERE id = ?", [(key,) for key in sorted(gone)])
        database.execute("VACUUM")
    finally:
        database.close()


WITHOUT: dict[str, Callable[[Path, Path, Collection[int]], None]] = {
    "geojson": _geojson_without,
    "csv": _csv_without,
    "gpkg": _gpkg_without,
}


def manifest(snapshot: Snapshot) -> dict[str, Any]:
    """What there is, with the digests by which a copy is checked, and what has left it since."""
    return {
        "title": f"{attribution()['attribution']}, {snapshot.year}",
        "year": snapshot.year,
        "published_until": snapshot.last_day.isoformat(),
        "made_at": snapshot.made_at.isoformat(timespec="seconds"),
        "language": settings.LANGUAGE_CODE,
        "numberOfFeatures": len(snapshot.keys),
        "schema": address("collection_schema", "proposals"),
        **LICENCE,
        **attribution(),
        "files": [
            {
                "href": address("snapshot_file", snapshot.year, format),
                "format": format,
                "type": MEDIA_TYPES[format],
                **snapshot.files[format],
            }
            for format in MEDIA_TYPES
        ],
        "errata": snapshot.errata,
    }
