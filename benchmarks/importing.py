"""I1: proposals of an older system from a GeoPackage into the database, checked, placed in areas, with sealed histories.

Beside the floor: GDAL's Arrow batches, ingested by COPY and inserted into the same table with its indexes, without a check, an
area, a place in words or a history. And beside geopandas with its own join of points and areas. Each is a process of its
own on an empty table: `python -m benchmarks.importing CONTENDER FILE` prints seconds, rows, MB of it and of its child.

Measured once on 2026-11-24 with 62,121 points, other work on both cores: import 36 s, floor 12 s, geopandas 10 s, so the goal
is missed; 241 MB and 204 MB of its reader. In a run of 46 s: reading, checks and landmarks 17, placing 4, the INSERT 10,
wordings and events 2, numbering 2, seals and the commit's checks of keys 11.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import django
import psycopg

from benchmarks import database
from benchmarks.memory import forget_peak, peak_mb
from benchmarks.rounds import Benchmark, Contender, Result, Times

GOAL = 1.5
LAYER = "old"
MADE = """
SELECT concat_ws('-', source_id, round) AS id, title, body, category.slug AS category, language,
    to_char(submitted_at, 'YYYY-MM-DD"T"HH24:MI:SSOF') AS submitted, ST_AsBinary(public_location) AS wkb
FROM generate_series(1, 3) AS round, proposals_proposal JOIN proposals_category AS category ON category.id = category_id
WHERE source = 'load' AND GeometryType(public_location) = 'POINT' AND category.privacy_rule = 'exact'
LIMIT %s
"""
COLUMNS = """
    category_id, kind, title, body, language, answers, location, public_location, place_precision, area_id, landmark,
    publication, status, channel, version, terms_version, source, source_id, supports_verified, supports_unverified,
    comments, submitted_at, published_at, updated_at
"""
INSERT = f"""
INSERT INTO proposals_proposal ({COLUMNS})
SELECT category.id, category.kind, old.title, old.body, old.language, '{{}}', old.shape, old.shape, 'exact', NULL, NULL, 'published', 'open', 'web', 1,
    '2026-11', 'floor', old.id, 0, 0, 0, submitted::timestamptz, submitted::timestamptz, submitted::timestamptz
FROM (SELECT *, ST_GeomFromWKB(@geometry@, 4326) AS shape FROM bench_old) AS old
JOIN proposals_category AS category ON category.slug = old.category
"""
PREPARE = (
    "TRUNCATE proposals_proposal, proposals_event, proposals_eventseal, proposals_outbox CASCADE",
    "DROP TABLE IF EXISTS bench_old",
)


def measure(rounds: int, count: int) -> tuple[Result, list[str]]:
    """The result for `count` points, and what memory each contender held; there is no warm-up."""
    url = database.copy("bench_import")
    ours, floor = Contender("import_dataset", lambda: 0), Contender("Arrow, COPY, INSERT: no checks", lambda: 0)
    geopandas = Contender("geopandas sjoin, COPY", lambda: 0)
    works = {ours.name: "ours", floor.name: "floor", geopandas.name: "geopandas"}
    times = {name: Times() for name in works}
    memory: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "old.gpkg"
        write_file(url, path, count)
        names = list(works)
        for number in range(rounds):
            shift = number % len(names)
            for name in names[shift:] + names[:shift]:
                seconds, rows, own, child = run_alone(works[name], path, url)
                times[name].seconds.append(seconds)
                times[name].made = rows
                memory[name] = f"memory of {name}: {own:.0f} MB, its child {child:.0f} MB"
    return Result(Benchmark("I1 import", ours, floor, GOAL, (geopandas,)), times), list(memory.values())


def write_file(url: str, path: Path, count: int) -> None:
    """`count` generated points as an older system might give them; some lie at one place."""
    import numpy
    import pyogrio.raw

    with psycopg.connect(database.libpq(url)) as session:
        rows = session.execute(MADE, [count]).fetchall()
    *fields, geometry = (numpy.array(column, dtype=object) for column in zip(*rows, strict=True))
    names = ["id", "title", "body", "category", "language", "submitted"]
    pyogrio.raw.write(path, geometry, fields, names, layer=LAYER, driver="GPKG", crs="EPSG:4326", geometry_type="Point")


def run_alone(work: str, path: Path, url: str) -> tuple[float, int, float, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.importing", work, str(path)],
        capture_output=True, text=True, check=True, cwd=database.HOUSE, env=os.environ | {"DATABASE_URL": url},
    )  # fmt: skip
    seconds, rows, own, child = done.stdout.split()[-4:]
    return float(seconds), int(rows), float(own), float(child)


def by_product(path: Path, url: str) -> int:
    from geodata.imports.dataset import Into, Order, import_dataset
    from layers.models.dataset import Origin

    report = import_dataset(path, Order(Into.PROPOSALS, Origin(slug="old", title="old")))
    if report.refused:
        raise RuntimeError("\n".join(report.lines()[:5]))
    return report.added


def by_arrow(path: Path, url: str) -> int:
    import pyogrio
    from adbc_driver_manager import AdbcConnection, AdbcStatement
    from adbc_driver_postgresql import connect

    with (
        pyogrio.open_arrow(path, layer=LAYER, use_pyarrow=False) as (about, stream),
        connect(database.libpq(url)) as opened,
        AdbcConnection(opened) as session,
    ):
        session.set_autocommit(False)
        with AdbcStatement(session) as ingest:
            ingest.set_options(**{"adbc.ingest.target_table": "bench_old"})
            ingest.bind_stream(stream)
            ingest.execute_update()
        with AdbcStatement(session) as insert:
            insert.set_sql_query(INSERT.replace("@geometry@", about["geometry_name"] or "wkb_geometry"))
            insert.execute_update()
        session.commit()
    return counted(url)


def by_geopandas(path: Path, url: str) -> int:
    import geopandas
    import shapely

    with psycopg.connect(database.libpq(url)) as session:
        areas = geopandas.read_postgis(
            "SELECT id AS area_id, boundary AS geometry FROM layers_area WHERE level = 'neighbourhood' AND valid_to IS NULL",
            session,
            geom_col="geometry",
        )
        kinds = dict(session.execute("SELECT slug, id || ' ' || kind FROM proposals_category").fetchall())
        frame = geopandas.sjoin(geopandas.read_file(path, layer=LAYER), areas, how="left")
        frame["shape"] = shapely.to_wkb(shapely.set_srid(frame.geometry.array, 4326), hex=True, include_srid=True)
        with session.cursor().copy(f"COPY proposals_proposal ({COLUMNS}) FROM STDIN") as copy:
            for row in frame.itertuples():
                category, _, kind = kinds[row.category].partition(" ")
                area = None if row.area_id != row.area_id else int(row.area_id)
                copy.write_row(
                    (category, kind, row.title, row.body, row.language, "{}", row.shape, row.shape, "exact", area, None,
                     "published", "open", "web", 1, "2026-11", "geopandas", row.id, 0, 0, 0, row.submitted, row.submitted,
                     row.submitted)
                )  # fmt: skip
    return counted(url)


def counted(url: str) -> int:
    with psycopg.connect(database.libpq(url)) as session:
        return session.execute("SELECT count(*) FROM proposals_proposal").fetchone()[0]


WORKS: dict[str, Callable[[Path, str], int]] = {"ours": by_product, "floor": by_arrow, "geopandas": by_geopandas}


def main(work: str, path: str) -> None:
    """Prints seconds, rows, and the most memory that the process and a child of it held, in MB."""
    django.setup()
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(database.libpq(url)) as session:
        for statement in PREPARE:
            session.execute(statement)
    forget_peak()
    began = time.perf_counter()
    rows = WORKS[work](Path(path), url)
    seconds = time.perf_counter() - began
    child_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    sys.stdout.write(f"{seconds} {rows} {peak_mb()} {child_mb}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
