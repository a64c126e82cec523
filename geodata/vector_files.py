"""GeoPackage, FlatGeobuf, zipped Shapefile and GeoParquet of any filter: made in a temporary folder, then sent.

PostgreSQL transforms and types; the rows go as Arrow batches to GDAL (geodata/vector_writer.py) and are never Python's.
"""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

import psycopg
import pyogrio
from django.db.backends.utils import CursorWrapper
from django.db.models import BinaryField, F, Func, IntegerField, QuerySet
from django.utils.translation import gettext as _

from geodata.collections import Collection, Property
from geodata.exports import CHUNK_BYTES, SNAPSHOT, TIME_ENOUGH, TIMEOUT_S, reading, terms_of
from geodata.vector_writer import Layer, Order

HOUSE = Path(__file__).resolve().parent.parent
DBF_NAME_MAX = 10
DBF_TEXT_MAX = 254  # bytes
# Dimension -> what its Shapefile holds, since one holds one type.
SHAPEFILE_TYPES = {0: ("points", "Point"), 1: ("lines", "LineString"), 2: ("polygons", "Polygon")}
PARTS_OF_A_SHAPEFILE = ("shp", "shx", "dbf", "prj", "cpg")


class ExportFailed(Exception):
    """The process that writes ended badly; what it said is the message."""


@dataclass(frozen=True)
class MadeFile:
    """A whole file that has no name any more. It is gone when it is closed."""

    content: BinaryIO
    size: int

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.content.read(CHUNK_BYTES), b"")

    def close(self) -> None:
        self.content.close()


@dataclass(frozen=True)
class VectorFormat:
    """One that holds geometries of any type in one layer. `driver` is GDAL's name, or "Parquet"."""

    driver: str
    extension: str

    def write(self, ask: "Asked", folder: Path) -> Path:
        path = folder / f"{ask.collection.id}.{self.extension}"
        options = {}
        if self.driver == "GPKG":
            options = {"IDENTIFIER": str(ask.collection.title), "DESCRIPTION": str(ask.collection.description)}
            options["GEOMETRY_NAME"] = "geometry"
        columns = {p.name: _typed(p) for p in ask.collection.properties}
        layer = ask.layer(columns, path, driver=self.driver, options=options, metadata=terms_of(ask.collection))
        ask.run([layer])
        return path


class ZippedShapefile:
    """A Shapefile for each type of geometry that there is, with the map of the shortened names and the licence."""

    def write(self, ask: "Asked", folder: Path) -> Path:
        names = short_names([p.name for p in ask.collection.properties])
        columns = {names[p.name]: _typed_for_dbf(p) for p in ask.collection.properties}
        layers = [
            ask.layer(
                columns, folder / f"{ask.collection.id}_{word}.shp", driver="ESRI Shapefile", type=type, of=dimension
            )
            for dimension, (word, type) in SHAPEFILE_TYPES.items()
        ]
        ask.run(layers)
        full = [layer for layer in layers if pyogrio.read_info(layer["path"], force_feature_count=True)["features"]]
        archive = folder / f"{ask.collection.id}.shp.zip"
        with ZipFile(archive, "w", ZIP_DEFLATED) as zipped:
            for layer in full or layers[:1]:
                for part in PARTS_OF_A_SHAPEFILE:
                    file = Path(layer["path"]).with_suffix(f".{part}")
                    zipped.write(file, file.name)
            zipped.writestr("fields.csv", field_map(ask.collection, names))
            zipped.writestr("licence.txt", "".join(f"{text}\n" for text in terms_of(ask.collection).values()))
        return archive


FORMATS = {
    "gpkg": VectorFormat("GPKG", "gpkg"),
    "fgb": VectorFormat("FlatGeobuf", "fgb"),
    "shp.zip": ZippedShapefile(),
    "parquet": VectorFormat("Parquet", "parquet"),
}


def has_parquet() -> bool:
    """Whether the optional pyarrow is installed (docs/install.md)."""
    return find_spec("pyarrow") is not None


def vector_file(collection: Collection, queryset: QuerySet[Any], language: str, format: str, srid: int) -> MadeFile:
    """`queryset` as a file of `format` (a key of FORMATS) in EPSG:`srid`. Raises TooManyExports, ExportFailed."""
    with TemporaryDirectory(prefix="export-") as folder, reading() as cursor:
        asked = Asked(collection, queryset.order_by("pk"), language, srid, cursor)
        return made(FORMATS[format].write(asked, Path(folder)))


def made(path: Path) -> MadeFile:
    """The file of `path`, which may be unlinked now: an open file stays readable."""
    return MadeFile(path.open("rb"), path.stat().st_size)


@dataclass(frozen=True)
class Asked:
    """What is to be written, and the cursor that holds its place among the exports."""

    collection: Collection
    queryset: QuerySet[Any]
    language: str
    srid: int
    cursor: CursorWrapper

    def layer(
        self, columns: dict[str, str], path: Path, *, driver: str, type: str = "Unknown", of: int | None = None,
        options: dict[str, str] | None = None, metadata: dict[str, str] | None = None,
    ) -> Layer:  # fmt: skip
        """The layer of `columns` (name -> SQL); `of` is the dimension of its geometries, None for all."""
        rows = self.collection.rows(
            self.queryset,
            self.language,
            geometry_wkb=WellKnownBinary(F(self.collection.geometry), srid=self.srid),
            geometry_dimension=Dimension(F(self.collection.geometry)),
        )
        inner = self._literal(*rows.query.sql_with_params())
        listed = ", ".join(f'{sql} AS "{name}"' for name, sql in columns.items())
        where = "" if of is None else f" WHERE geometry_dimension = {of:d}"
        sql = f"SELECT {listed}, geometry_wkb AS geometry FROM ({inner}) AS rows{where}"  # noqa: S608 (names come from the whitelist)
        return Layer(
            sql=sql, path=str(path), driver=driver, name=path.stem, geometry_type=type, options=options or {},
            metadata=metadata or {},
        )  # fmt: skip

    def _literal(self, sql: str, parameters: tuple[Any, ...]) -> str:
        """The statement with its parameters quoted by the driver, as a COPY takes none."""
        return psycopg.ClientCursor(self.cursor.connection).mogrify(sql, parameters)

    def run(self, layers: list[Layer]) -> None:
        order = Order(
            conninfo=conninfo(self.cursor.connection),
            beginning=[f"SET TRANSACTION {SNAPSHOT}", *TIME_ENOUGH],
            crs=f"EPSG:{self.srid}",
            layers=layers,
        )
        # By its input, not by arguments, which every user of the machine may read.
        done = subprocess.run(
            [sys.executable, "-m", "geodata.vector_writer"], input=json.dumps(order), capture_output=True, text=True,
            cwd=HOUSE, timeout=TIMEOUT_S,
        )  # fmt: skip
        if done.returncode:
            raise ExportFailed(done.stderr)


def conninfo(connection: psycopg.Connection) -> str:
    """How libpq opens another connection like `connection`."""
    given = connection.info.get_parameters()
    return psycopg.conninfo.make_conninfo(**given, password=connection.info.password or None)


class WellKnownBinary(Func):
    template = "ST_AsBinary(ST_Transform(%(expressions)s, %(srid)s))"
    output_field = BinaryField()


class Dimension(Func):
    """0 for points, 1 for lines, 2 for polygons."""

    function = "ST_Dimension"
    output_field = IntegerField()


def _typed(prop: Property) -> str:
    """SQL of one column in the type that it says; lists and objects as JSON."""
    column = f'"p_{prop.name}"'
    if prop.type == "array":
        return f"array_to_json({column})::text"
    return f"{column}::{COLUMN_TYPES.get((prop.type, prop.format), 'text')}"


COLUMN_TYPES = {
    ("integer", ""): "bigint",
    ("number", ""): "double precision",
    ("boolean", ""): "boolean",
    ("string", "date"): "date",
    ("string", "date-time"): "timestamptz",
}


def _typed_for_dbf(prop: Property) -> str:
    """The same for dBase, which knows no time of day and no long text."""
    if prop.type in ("integer", "number") or prop.format == "date":
        return _typed(prop)
    text = f'"p_{prop.name}"::text' if prop.format == "date-time" or prop.type == "boolean" else _typed(prop)
    return f"left({text}, {DBF_TEXT_MAX})"


def short_names(names: list[str]) -> dict[str, str]:
    """Name -> the same in at most ten characters, each but once."""
    short: dict[str, str] = {}
    for name in names:
        candidate, number = name[:DBF_NAME_MAX], 1
        while candidate in short.values():
            number += 1
            candidate = f"{name[: DBF_NAME_MAX - len(str(number))]}{number}"
        short[name] = candidate
    return short


def field_map(collection: Collection, names: dict[str, str]) -> bytes:
    """A table, as UTF-8 with BOM: which column of the Shapefile is which property, and what it means."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=";")
    rows.writerow([_("Column"), _("Property"), _("Type"), _("Meaning")])
    for prop in collection.properties:
        kind = f"{prop.type} {prop.format}".strip()
        note = "" if prop.type in ("integer", "number") or prop.format else _("cut at 254 bytes")
        rows.writerow([names[prop.name], prop.name, kind, "; ".join(filter(None, (str(prop.description), note)))])
    return ("\ufeff" + text.getvalue()).encode()
