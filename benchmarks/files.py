"""Benchmarks of the files that are made whole before they are sent: GeoPackage, FlatGeobuf, Shapefile, XLSX, GeoParquet.

Nothing raw writes them, so the floor is what people would take instead: ogr2ogr where it is installed, of which the goal speaks,
else geopandas. Each reads the same columns of the same rows.
"""

import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas
import pandas
import psycopg

from benchmarks import floors
from benchmarks.clients import conninfo, door
from benchmarks.rounds import Benchmark, Contender
from geodata.vector_files import has_parquet

DRIVERS = {"gpkg": "GPKG", "fgb": "FlatGeobuf"}
PLAIN = {"options": {"strings_to_urls": False}}  # else addresses beyond 65,530 are left out, which would be less work
THIRD, FIFTH = 1 / 3, 1 / 5


def benchmarks(spoken: dict[str, str]) -> Iterator[Benchmark]:
    """`spoken`: the wordings of a place, as benchmarks/reading.py has them."""
    statement = rows(spoken)
    for extension, driver in DRIVERS.items():
        peers, goal = [by_geopandas(statement, extension, driver)], None
        if shutil.which("ogr2ogr"):
            peers, goal = [by_ogr2ogr(statement, extension, driver), *peers], THIRD
        yield compared(f"E2 {driver} export", extension, goal, peers)
    yield compared("E2 XLSX export", "xlsx", None, [by_pandas(statement)])
    if has_parquet():
        yield compared("E2 GeoParquet export", "parquet", FIFTH, [by_geopandas(statement, "parquet", "Parquet")])


def compared(name: str, extension: str, goal: float | None, peers: list[Contender]) -> Benchmark:
    ours = door("export door", f"/export/proposals.{extension}?lang=fi")
    return Benchmark(name, ours, peers[0], goal, tuple(peers[1:]))


def rows(spoken: dict[str, str]) -> str:
    """Every public property and the geometry; lists and objects as text."""
    texts = ("taken_up_by", "answers", "photos")
    columns = {name: f"({sql})::text" if name in texts else sql for name, sql in floors.columns(spoken).items()}
    listed = ", ".join(f'{sql} AS "{name}"' for name, sql in columns.items())
    return f"SELECT {listed}, p.public_location AS geometry {floors.PUBLISHED} WHERE p.publication = 'published'"


def by_geopandas(statement: str, extension: str, driver: str) -> Contender:
    def write(path: Path) -> None:
        frame = read(statement)
        if driver == "Parquet":
            frame.to_parquet(path)
        else:
            frame.to_file(path, driver=driver)

    return Contender("geopandas", lambda: size_of(extension, write))


def by_pandas(statement: str) -> Contender:
    def write(path: Path) -> None:
        frame = read(statement)
        pandas.DataFrame(frame).assign(geometry=frame.geometry.to_wkt()).to_excel(
            path, engine="xlsxwriter", engine_kwargs=PLAIN
        )

    return Contender("pandas to_excel", lambda: size_of("xlsx", write))


def by_ogr2ogr(statement: str, extension: str, driver: str) -> Contender:
    def write(path: Path) -> None:
        subprocess.run(["ogr2ogr", "-f", driver, path, f"PG:{conninfo()}", "-sql", statement], check=True)

    return Contender("ogr2ogr", lambda: size_of(extension, write))


def read(statement: str) -> geopandas.GeoDataFrame:
    with warnings.catch_warnings(), psycopg.connect(conninfo()) as session:
        warnings.simplefilter("ignore")  # pandas would rather have SQLAlchemy
        return geopandas.read_postgis(statement, session, geom_col="geometry")


def size_of(extension: str, write: Callable[[Path], None]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"proposals.{extension}"
        write(path)
        return path.stat().st_size
