"""`python -m benchmarks [--count 100000] [--rounds 7] [--slow-rounds 7] [--only NAME]`: fills a database of its own, then prints the table."""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from django.db import connection

from benchmarks import database
from benchmarks.rounds import HEADER, SLOW_S, lines, run

ROUNDS_MIN = 5
EXPORTS = tuple(f"/export/proposals.{format}" for format in ("geojson", "csv", "xlsx", "gpkg", "fgb", "shp.zip"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="generated proposals")
    parser.add_argument("--rounds", type=int, default=7, help=f"at least {ROUNDS_MIN}")
    parser.add_argument("--slow-rounds", type=int, help=f"of what takes more than {SLOW_S:.0f} s; else as --rounds")
    parser.add_argument("--only", default="", metavar="TEXT", help="benchmarks whose names hold it")
    arguments = parser.parse_args()
    if arguments.rounds < ROUNDS_MIN:
        parser.error(f"medians of fewer than {ROUNDS_MIN} rounds say nothing")
    arguments.slow_rounds = arguments.slow_rounds or arguments.rounds
    database.choose(arguments.count)
    django.setup()
    database.fill(arguments.count)
    for line in table(arguments):
        print(line, flush=True)


def table(arguments: argparse.Namespace) -> Iterator[str]:
    from benchmarks import (
        importing,
        matching,
        reading,
        standards,
        writing,
    )  # here: they need Django set up on the chosen database

    yield from settings_lines(arguments)
    yield HEADER
    if arguments.only in "W1 submissions":
        connection.close()  # a database in use cannot be copied
        written = writing.measure(arguments.rounds)
        yield from lines(written) if written else ["W1 needs pgbench, which is not here"]
    if arguments.only in "I1 import":
        connection.close()
        result, memory = importing.measure(arguments.slow_rounds, arguments.count)
        yield from (*lines(result), *memory)
    if arguments.only in "N1 matching":
        for result in matching.measure(arguments.rounds):
            yield from lines(result)
    for benchmark in reading.benchmarks(arguments.only):
        yield from lines(run(benchmark, arguments.rounds, arguments.slow_rounds))
    for benchmark in standards.benchmarks(arguments.only):
        yield from lines(run(benchmark, arguments.rounds, arguments.slow_rounds))
    for address in EXPORTS if arguments.only in "memory" else ():
        added, before, size, writer = measured_memory(address)
        beside = f", {writer} MB of the process that writes" if float(writer) else ""
        yield f"memory of {address}: {added} MB above the {before} MB of the process{beside}, for {size} MB"


def measured_memory(address: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", address],
        capture_output=True,
        text=True,
        check=True,
        cwd=database.HOUSE,
    )
    return done.stdout.split()


def settings_lines(arguments: argparse.Namespace) -> Iterator[str]:
    """What the figures depend on: versions, data, settings and the machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), postgis_lib_version()")
        postgres, postgis = cursor.fetchone()
        names = ("shared_buffers", "work_mem", "synchronous_commit", "jit", "max_parallel_workers_per_gather")
        cursor.execute("SELECT name, current_setting(name) FROM unnest(%s::text[]) AS name", [list(names)])
        chosen = ", ".join(f"{name} {value}" for name, value in cursor.fetchall())
        cursor.execute(
            "SELECT count(*), pg_size_pretty(pg_total_relation_size('proposals_proposal')) FROM proposals_proposal"
        )
        rows, size = cursor.fetchone()
    packages = {name: __import__(name).__version__ for name in ("psycopg", "geopandas", "pyogrio", "gunicorn")}
    yield f"{rows:,} proposals ({size} with indexes), medians of {arguments.rounds} interleaved rounds after a warm-up"
    yield f"rounds of what takes more than {SLOW_S:.0f} s: {arguments.slow_rounds}"
    yield (
        f"Python {platform.python_version()}, Django {django.__version__}, PostgreSQL {postgres}, PostGIS {postgis}, "
        + ", ".join(f"{name} {version}" for name, version in packages.items())
    )
    yield chosen
    yield f"{processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    main()
