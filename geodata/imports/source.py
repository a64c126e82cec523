"""A file from elsewhere as checked-in rows: what it may be, how it is opened, and its fields and geometry in EPSG:4326.

Nothing here trusts the file: its type is on a list, its content is read by `reader.py` in a confined child process.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyogrio
from django.contrib.gis.geos import GEOSGeometry
from django.utils.translation import gettext_noop as _

from geodata.imports.reasons import Needed, SourceRefused, no_column, shape_fault
from layers.geometry import WGS84
from layers.reasons import Reason, listed, shown

DRIVERS = {".geojson": "GeoJSON", ".json": "GeoJSON", ".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".fgb": "FlatGeobuf"}
FETCHED = {".wfs": "GML"}  # as remote.py puts it together from a WFS; no form takes any

ZIP = ".zip"
SIDECARS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
NEEDED_SIDECARS = (".shp", ".shx", ".dbf")
SOURCE_BYTES_MAX = 500 * 1024**2  # unpacked
ZIP_MEMBERS_MAX = 1_000
READING_TIMEOUT_S = 180  # of the clock; CPU has a limit of its own in the reader
READER = Path(__file__).with_name("reader.py")
DETAIL_MAX = 200  # characters of what GDAL and the like tell
TYPES_TEXT = "GeoJSON (.geojson, .json), GeoPackage (.gpkg), Shapefile (.shp, .zip), FlatGeobuf (.fgb)"


class Fields:
    """What rows have alike: the fields by their names in small letters."""

    fields: dict[str, object]

    def text(self, field: str) -> str | None:
        """The field as one line of text, by name in any case; None where it is absent, null or blank."""
        value = self.fields.get(field.lower())
        if value is None or isinstance(value, bool):
            return None
        return " ".join(str(value).replace("\u200b", " ").replace("\ufeff", " ").split()) or None


@dataclass(frozen=True)
class SourceRow(Fields):
    """One feature: its 1-based number in the file, its fields, and its geometry in EPSG:4326 without heights.

    `repaired` is what was wrong with the geometry before it was made valid, `problem` what could not be repaired.
    """

    number: int
    fields: dict[str, object]
    geometry: GEOSGeometry | None = None
    repaired: Reason | None = None
    problem: Reason | None = None
    straightened: bool = False


@dataclass(slots=True)
class StreamedRow(Fields):
    """The same with its geometry as EWKB in hexadecimal: a million of these are read one after the other, never kept."""

    number: int
    fields: dict[str, object]
    wkb: str | None = None
    repaired: Reason | None = None
    problem: Reason | None = None
    straightened: bool = False

    def kept(self) -> SourceRow:
        geometry = GEOSGeometry(self.wkb, srid=WGS84) if self.wkb else None
        return SourceRow(self.number, self.fields, geometry, self.repaired, self.problem, self.straightened)


@dataclass(frozen=True)
class OpenSource:
    """A file that is being read: what `Source` tells, what was detected besides, and its rows, once, in their order."""

    name: str
    kind: str
    crs: int
    encoding: str
    fields: tuple[str, ...]
    rows: Iterator[StreamedRow]

    def detected(self) -> Reason:
        """What was found out about the file."""
        found = {"name": shown(self.name), "kind": self.kind, "crs": str(self.crs), "columns": listed(self.fields)}
        if not self.encoding:
            return Reason(_("%(name)s: read as %(kind)s, EPSG:%(crs)s. Columns: %(columns)s."), found)
        words = _("%(name)s: read as %(kind)s, EPSG:%(crs)s, encoding %(encoding)s. Columns: %(columns)s.")
        return Reason(words, found | {"encoding": self.encoding})

    def kept(self, columns: Mapping[str, str]) -> "Source":
        """All rows at once; `columns` gives some of their columns the names that an import looks for."""

        def renamed(row: SourceRow) -> SourceRow:
            return replace(row, fields=row.fields | {name: row.fields.get(column) for name, column in columns.items()})

        if unknown := [column for column in columns.values() if column not in self.fields]:
            raise SourceRefused(no_column(unknown[0], self.fields))
        fields = (*self.fields, *(name for name in columns if name not in self.fields))
        return Source(self.name, self.crs, fields, tuple(renamed(row.kept()) for row in self.rows))


@dataclass(frozen=True)
class Source:
    """A file that was read: its rows, the names of its fields in small letters, and the EPSG number it was read by."""

    name: str
    crs: int
    fields: tuple[str, ...]
    rows: tuple[SourceRow, ...]


def read_source(path: Path, *, layer: str = "", crs: int | None = None) -> Source:
    """The rows of a local file. Raises SourceRefused for a type not on the list, a content that is not its type's, and a
    reference system that is neither in the file nor given.
    """
    with opened(path, layer=layer, crs=crs) as source:
        return source.kept({})


@contextmanager
def opened(path: Path, *, layer: str = "", crs: int | None = None) -> Iterator[OpenSource]:
    """The same file with its rows as a stream, for those who keep none of them. Raises SourceRefused."""
    check_is_local_file(path)
    suffix = path.suffix.lower()
    if suffix not in {*DRIVERS, *FETCHED} and suffix != ZIP:
        reason = Reason(_("This type of file is not read. Those that are: %(types)s"), {"types": TYPES_TEXT})
        raise SourceRefused(reason, name=path.name)
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        try:
            copy = _unpacked(path, Path(folder)) if suffix == ZIP else _copied(path, Path(folder))
            output = _read(copy, layer, crs or 0)
        except SourceRefused as refusal:
            raise SourceRefused(refusal.reason, refusal.needed, name=path.name) from refusal
        with output.open(encoding="utf-8") as lines:
            about = json.loads(next(lines))
            fields = tuple(field.lower() for field in about["fields"])
            kind = (DRIVERS | FETCHED)[copy.suffix]
            yield OpenSource(path.name, kind, about["crs"], about["encoding"], fields, _rows(lines))


def check_is_local_file(path: Path) -> None:
    """Raises SourceRefused unless `path` is a file on this machine of a size that can be read."""
    if str(path).startswith("/vsi") or "://" in str(path) or not path.is_file():
        raise SourceRefused(Reason(_("There is no such file on this machine.")), name=str(path))
    if path.stat().st_size > SOURCE_BYTES_MAX:
        reason = Reason(_("The file is larger than %(number)s MB."), {"number": SOURCE_BYTES_MAX // 1024**2})
        raise SourceRefused(reason, name=path.name)


def _copied(path: Path, folder: Path) -> Path:
    """A copy under a name of ours, so that no trick in a name reaches GDAL, with a Shapefile's other parts."""
    suffix = path.suffix.lower()
    if suffix != ".shp":
        return Path(shutil.copyfile(path, folder / f"source{suffix}"))
    for sibling in path.parent.iterdir():
        if sibling.stem == path.stem and sibling.suffix.lower() in SIDECARS and sibling.is_file():
            check_is_local_file(sibling)
            shutil.copyfile(sibling, folder / f"source{sibling.suffix.lower()}")
    return _complete_shapefile(folder)


def _complete_shapefile(folder: Path) -> Path:
    lacking = [suffix for suffix in NEEDED_SIDECARS if not (folder / f"source{suffix}").exists()]
    if lacking:
        words = _("The Shapefile lacks its %(parts)s. Put all its parts into one .zip.")
        raise SourceRefused(Reason(words, {"parts": listed(lacking)}))
    return folder / "source.shp"


def _unpacked(path: Path, folder: Path) -> Path:
    """The one data set inside an archive, unpacked under names of ours; member names decide nothing but the type."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            if len(members) > ZIP_MEMBERS_MAX:
                raise SourceRefused(
                    Reason(_("The archive holds more than %(number)s files."), {"number": ZIP_MEMBERS_MAX})
                )
            wanted = {*DRIVERS, ".shp"}
            heads = [m for m in members if Path(m.filename).suffix.lower() in wanted and "__MACOSX" not in m.filename]
            if len(heads) != 1:
                words = _("The archive must hold one data set, and holds %(number)s. Types: %(types)s")
                raise SourceRefused(Reason(words, {"number": len(heads), "types": TYPES_TEXT}))
            head = Path(heads[0].filename)
            suffixes = SIDECARS if head.suffix.lower() == ".shp" else (head.suffix.lower(),)
            left = SOURCE_BYTES_MAX
            for member in members:
                name = Path(member.filename)
                if name.with_suffix("") == head.with_suffix("") and name.suffix.lower() in suffixes:
                    left -= _unpack_member(archive, member, folder / f"source{name.suffix.lower()}", left)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        words = _("The archive cannot be unpacked: %(detail)s")
        raise SourceRefused(Reason(words, {"detail": shown(error, DETAIL_MAX)})) from error
    suffix = head.suffix.lower()
    return _complete_shapefile(folder) if suffix == ".shp" else folder / f"source{suffix}"


def _unpack_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, limit: int) -> int:
    """Bytes written. The size in the archive's directory may lie, so what comes out is counted."""
    written = 0
    with archive.open(member) as packed, target.open("wb") as unpacked:
        while chunk := packed.read(1024 * 1024):
            written += len(chunk)
            if written > limit:
                words = _("The archive unpacks to more than %(number)s MB.")
                raise SourceRefused(Reason(words, {"number": SOURCE_BYTES_MAX // 1024**2}))
            unpacked.write(chunk)
    return written


def _read(copy: Path, layer: str, crs: int) -> Path:
    """The file of JSON lines that the reader wrote."""
    driver = (DRIVERS | FETCHED)[copy.suffix]
    output = copy.parent / "rows"
    with output.open("wb") as rows:
        command = [sys.executable, "-I", str(READER), str(copy), driver, layer, str(crs)]
        try:
            done = subprocess.run(  # noqa: S603 (our own file and arguments, no shell)
                command,
                stdin=subprocess.DEVNULL,
                stdout=rows,
                stderr=subprocess.PIPE,
                cwd=copy.parent,
                env=_confined_environment(driver),
                timeout=READING_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise SourceRefused(
                Reason(_("Reading it took longer than %(number)s s."), {"number": READING_TIMEOUT_S})
            ) from error
    last = next(reversed(done.stderr.decode("utf-8", "replace").strip().splitlines()), "")
    if done.returncode == 2:
        refused = json.loads(last)
        raise SourceRefused(Reason.read(refused), _needed(refused["needed"]) if refused["needed"] else None)
    if done.returncode != 0:
        words = _("Reading it needed more time or memory than it may have (%(detail)s).")
        raise SourceRefused(Reason(words, {"detail": shown(last, DETAIL_MAX) or "–"}))
    return output


def _needed(told: dict) -> Needed:
    return Needed(**{name: tuple(value) if isinstance(value, list) else value for name, value in told.items()})


def _rows(lines: Iterator[str]) -> Iterator[StreamedRow]:
    for number, line in enumerate(lines, 1):
        row = json.loads(line)
        yield StreamedRow(
            number=number,
            fields={name.lower(): value for name, value in row["fields"].items()},
            wkb=row["wkb"],
            repaired=_fault(row["repaired"]),
            problem=_fault(row["problem"]),
            straightened=row["straightened"],
        )


def _fault(told: str | dict | None) -> Reason | None:
    """GEOS's own words, or a reason of the reader's that holds them."""
    if not isinstance(told, dict):
        return shape_fault(told) if told else None
    return Reason(told["words"], told["values"] | {"fault": shape_fault(told["values"]["fault"])})


def _confined_environment(driver: str) -> dict[str, str]:
    """An environment in which GDAL knows one driver; what this process leaves out already stays out."""
    others = {name for name in pyogrio.list_drivers() if name != driver}
    others.update(os.environ.get("GDAL_SKIP", "").split(","))
    return {
        "GDAL_SKIP": ",".join(sorted(others - {"", driver})),
        "GDAL_DRIVER_PATH": "disable",
        "GML_DOWNLOAD_WFS_SCHEMA": "NO",
        "GML_SKIP_RESOLVE_ELEMS": "ALL",
        "OPENBLAS_NUM_THREADS": "1",
        **{key: os.environ[key] for key in ("GDAL_DATA", "PROJ_DATA", "LD_LIBRARY_PATH") if key in os.environ},
    }
