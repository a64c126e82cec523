"""A backup holds everything: a dump of the toy city, restored into an empty database, is the same to the last value."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.contrib.gis.geos import GEOSGeometry, Polygon
from django.db import connection

from proposals.models import Event
from proposals.sealing import seal
from tests.geodata.rows import make_crowd, make_proposal
from tests.proposals.rows import sent

pytestmark = pytest.mark.django_db(transaction=True)  # pg_dump sees what is committed

LINE = GEOSGeometry("SRID=4326;LINESTRING (24.81 60.171, 24.815 60.178, 24.83 60.185)")
# What a database is made of beside its rows: each query's answer must be the same on both sides.
MAKE = {
    "columns": """SELECT table_name, column_name, data_type, is_nullable, is_generated, generation_expression
        FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2""",
    "constraints": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2""",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    "triggers": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
    "functions": """SELECT proname, pg_get_functiondef(p.oid) FROM pg_proc p
        LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
        WHERE pronamespace = 'public'::regnamespace AND d.objid IS NULL AND prokind = 'f' ORDER BY 1, 2""",
    "sequences": "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1",
}
TABLES = """SELECT relname FROM pg_class LEFT JOIN pg_depend d ON d.objid = pg_class.oid AND d.deptype = 'e'
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND d.objid IS NULL ORDER BY 1"""

INSERT = """INSERT INTO proposals_proposal (category_id, kind, title, body, language, answers, public_location,
    place_precision, publication, status, channel, version, terms_version, source, source_id, supports_verified,
    supports_unverified, comments, submitted_at, updated_at)
    SELECT category_id, kind, 'Ny bänk', 'Lampan', 'sv', '{}', %s, 'exact', 'pending', 'open', 'web', 1, '', '', '', 0, 0, 0,
    now(), now() FROM proposals_proposal LIMIT 1 RETURNING cell, ST_AsText(pin, 0), search::text"""


def binary(name: str) -> str | None:
    """The program of the server's own version: an older pg_dump refuses a newer server."""
    major = connection.pg_version // 10_000
    folders = [Path(f"/usr/lib/postgresql/{major}/bin"), Path(f"/usr/pgsql-{major}/bin")]
    return next((str(folder / name) for folder in folders if (folder / name).exists()), shutil.which(name))


def conninfo(name: str) -> str:
    """The database `name` of the cluster in use, as libpq takes it."""
    given = connection.settings_dict
    facts = {"host": given["HOST"], "port": given["PORT"], "user": given["USER"], "password": given["PASSWORD"]}
    return psycopg.conninfo.make_conninfo(dbname=name, **{key: value for key, value in facts.items() if value})


def contents(session: psycopg.Connection) -> dict[str, tuple[int, str | None]]:
    """Of each table how many rows it has, and the digest of all their values."""
    tables = [name for (name,) in session.execute(TABLES)]
    digest = "SELECT count(*), md5(string_agg(r::text, chr(10) ORDER BY r::text)) FROM public.{} AS r"
    return {name: session.execute(digest.format(name)).fetchone() for name in tables}


def plain(rows: list[tuple[object, ...]]) -> list[str]:
    """Rows without casts and brackets: PostgreSQL prints an expression otherwise once it has read it again."""
    return [re.sub(r"::(character varying|text|double precision)(\[\])?|[()\s]", "", str(row)) for row in rows]


@pytest.fixture
def filled(toytown) -> str:
    """The name of the test database with committed rows of every kind."""
    make_crowd(60)
    make_proposal(LINE, category="pathway")
    make_proposal(Polygon.from_bbox((24.801, 60.171, 24.803, 60.173)), title="= \"quoted\", 'and'\nbroken; åäö \\x")
    sent(email="resident@example.org").withdraw()
    seal(list(Event.objects.order_by("pk")))
    sent(email="")
    return connection.settings_dict["NAME"]


@pytest.fixture
def restored(filled, tmp_path) -> Iterator[str]:
    """The name of a database into which a dump of it was restored, by the commands of docs/operate.md."""
    pg_dump, pg_restore = binary("pg_dump"), binary("pg_restore")
    if not pg_dump or not pg_restore:
        pytest.skip("there is no pg_dump here")
    dump, name = tmp_path / "city.dump", f"{filled}_restored"
    subprocess.run([pg_dump, "--format=custom", f"--file={dump}", conninfo(filled)], check=True)
    with psycopg.connect(conninfo("postgres"), autocommit=True) as session:
        session.execute(f'DROP DATABASE IF EXISTS "{name}"')
        session.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            done = subprocess.run(
                [pg_restore, "--no-owner", "--exit-on-error", f"--dbname={conninfo(name)}", str(dump)],
                capture_output=True, text=True,
            )  # fmt: skip
            assert (done.returncode, done.stderr) == (0, "")
            yield name
        finally:
            session.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_restored_city_is_the_same_to_the_last_value(filled, restored):
    with psycopg.connect(conninfo(filled)) as original, psycopg.connect(conninfo(restored)) as copy:
        assert contents(original) == contents(copy)
        for what, query in MAKE.items():
            assert plain(original.execute(query).fetchall()) == plain(copy.execute(query).fetchall()), what
        counts = {name: count for name, (count, _digest) in contents(copy).items()}
    for table in ("proposal", "contact", "event", "outbox", "eventseal", "proposaltext", "submission", "category"):
        assert counts[f"proposals_{table}"] > 0, table
    assert counts["layers_areapart"] >= 4


def test_restored_city_goes_on_as_before(filled, restored):
    """Generated columns, checks and the trigger work in the copy: they find their functions."""
    place = "SRID=4326;POINT(24.81 60.175)"
    with psycopg.connect(conninfo(filled)) as original, psycopg.connect(conninfo(restored)) as copy:
        cell, pin, search = copy.execute(INSERT, [place]).fetchone()
        assert (cell, pin, search) == original.execute(INSERT, [place]).fetchone()
        assert cell > 0
        assert "bänk" in search
        original.rollback()
        for error, statement, values in (
            (psycopg.errors.CheckViolation, INSERT, ["SRID=4326;POINT(NaN NaN)"]),
            (psycopg.errors.CheckViolation, "UPDATE proposals_proposal SET kind = 'sausage'", []),
            (psycopg.errors.IntegrityConstraintViolation, "UPDATE proposals_event SET verb = 'published'", []),
            (psycopg.errors.IntegrityConstraintViolation, "DELETE FROM proposals_event", []),
        ):
            with pytest.raises(error), copy.transaction():
                copy.execute(statement, values)
