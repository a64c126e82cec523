"""A database of its own for the benchmarks, filled once and kept: `bench_<count>` in the private cluster."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg

HOUSE = Path(__file__).resolve().parent.parent


def create(name: str) -> str:
    """The DATABASE_URL of the database `name`, made if there is none."""
    printed = subprocess.run([HOUSE / "scripts" / "db", "create", name], capture_output=True, text=True, check=True)
    return printed.stdout.strip().removeprefix("export DATABASE_URL=").strip("'")


def libpq(url: str) -> str:
    """The same address as libpq takes it. scripts/db writes postgis://USER@:PORT/FOLDER/NAME."""
    user, _, rest = url.removeprefix("postgis://").partition("@:")
    port, _, path = rest.partition("/")
    folder, _, name = path.rpartition("/")
    return psycopg.conninfo.make_conninfo(user=user, port=port, host=folder, dbname=name)


def choose(count: int) -> None:
    """Makes the database if there is none and points Django at it. Call before Django is set up."""
    os.environ["DATABASE_URL"] = create(f"bench_{count}")
    os.environ["DJANGO_SETTINGS_MODULE"] = "mapapp.settings"
    os.environ["LOG_LEVEL"] = "ERROR"
    os.environ["EXPORT_ROWS_AT_ONCE"] = "1000000000"  # each door makes its file, and leaves none to a job


def fill(count: int) -> None:
    """Migrates and brings the number of generated proposals to `count`; the demo's areas and categories are the ground."""
    manage("migrate", "--verbosity", "0")
    manage("load_demo")
    with psycopg.connect(libpq(os.environ["DATABASE_URL"])) as session:
        there = session.execute("SELECT count(*) FROM proposals_proposal WHERE source = 'load'").fetchone()[0]
    if there != count:
        if there:
            manage("generate_load", "--remove")
        manage("generate_load", str(count), "--yes")


def copy(name: str) -> str:
    """A fresh copy of the chosen database, for benchmarks that write. Nobody may be connected to it meanwhile."""
    source = os.environ["DATABASE_URL"]
    original = source.rpartition("/")[2]
    url = create(name)
    with psycopg.connect(libpq(source.removesuffix(original) + "postgres"), autocommit=True) as session:
        session.execute(f"DROP DATABASE {name} WITH (FORCE)")
        session.execute(f"CREATE DATABASE {name} TEMPLATE {original}")
    return url


def manage(*arguments: str) -> None:
    environment = os.environ | {"STATEMENT_LIMITS": "0"}
    subprocess.run([sys.executable, HOUSE / "manage.py", *arguments], env=environment, check=True, stdout=sys.stderr)
