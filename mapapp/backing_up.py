"""Backups: the database, the photos and a list of settings in one folder, with a manifest that a restore is held against.

Counts and digests are taken in the very snapshot that is dumped, so they hold whatever people send meanwhile.
"""

import datetime
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from proposals.models import EventSeal

DUMP, PHOTOS, SETTINGS, MANIFEST = "city.dump", "photos", "settings.txt", "manifest.json"
EXTENSIONS = ("postgis", "pg_trgm", "btree_gin")
# Those that hold a password or sign links; the addresses of database and mail server hold one each.
SECRET_NAME = re.compile(r"SECRET|PASSWORD|TOKEN|_KEY|^(DATABASE|EMAIL)_URL$")
READ_FROM_ENVIRONMENT = re.compile(r"""(?:env(?:\.\w+)?|boolean)\(\s*["']([A-Z][A-Z0-9_]+)["']""")

TABLES = """SELECT relname FROM pg_class LEFT JOIN pg_depend d ON d.objid = pg_class.oid AND d.deptype = 'e'
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND d.objid IS NULL ORDER BY 1"""
# The digests of the rows in their order: 32 bytes a row, however long the row is.
CONTENTS = (
    "SELECT count(*), md5(string_agg(digest, '' ORDER BY digest)) FROM (SELECT md5(r::text) FROM \"{}\" r) AS x(digest)"
)
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"


class BackupRefused(Exception):
    """Why nothing was written."""


def back_up(folder: Path) -> dict[str, Any]:
    """Writes a backup into `folder`, new or empty; returns its manifest. Raises BackupRefused."""
    if folder.exists() and any(folder.iterdir()):
        raise BackupRefused(f"{folder} is not empty: a backup overwrites nothing.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    manifest: dict[str, Any] = {"made_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")}
    with _snapshot() as name:
        manifest |= contents()
        _run("pg_dump", "--format=custom", f"--snapshot={name}", f"--file={folder / DUMP}", _database())
    # A photo is written before its row is: copied after the dump, every row has its photo.
    manifest["photos"] = _copy_photos(Path(settings.MEDIA_ROOT), folder / PHOTOS)
    (folder / SETTINGS).write_text(settings_list())
    manifest["files"] = {name: sha256(folder / name) for name in (DUMP, SETTINGS)}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
    return manifest


def restore(folder: Path, *, replace: bool = False) -> dict[str, Any]:
    """Restores the backup in `folder` and returns its manifest. Raises BackupRefused, before it touches anything.

    A database with tables and a folder with photos are refused unless `replace`; then the database's are replaced in one
    transaction, and photos are added.
    """
    manifest = read_manifest(folder)
    photos = Path(settings.MEDIA_ROOT)
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        is_empty = not cursor.fetchall()
    if not replace and not is_empty:
        raise BackupRefused("The database is not empty. Restore into an empty one, or say --replace.")
    if not replace and photos.exists() and any(photos.rglob("*.*")):
        raise BackupRefused(f"{photos} holds photos already. Give an empty MEDIA_ROOT, or say --replace.")
    with connection.cursor() as cursor:
        for extension in EXTENSIONS:
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    connection.close()
    _restore_dump(folder, clean=not is_empty)
    _copy_photos(folder / PHOTOS, photos)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return manifest


def differences(manifest: dict[str, Any]) -> list[str]:
    """Where the database in use and its photos are not what `manifest` says, in words; none after a good restore."""
    found = contents()
    said = []
    for name in sorted(manifest["tables"].keys() | found["tables"].keys()):
        before, now = manifest["tables"].get(name), found["tables"].get(name)
        if before != now:
            said.append(f"table {name}: {before} in the backup, {now} here")
    for name, before in manifest["sequences"].items():
        now = found["sequences"].get(name)
        # They stand outside of any snapshot: people who wrote during the backup moved them on, never back.
        if name not in found["sequences"] or (now or 0) < (before or 0):
            said.append(f"sequence {name}: at {before} in the backup, at {now} here")
    if manifest["last_seal"] != found["last_seal"]:
        said.append(f"last seal: {manifest['last_seal']} in the backup, {found['last_seal']} here")
    for name, digest in manifest["photos"].items():
        photo = Path(settings.MEDIA_ROOT) / name
        if not photo.is_file() or sha256(photo) != digest:
            said.append(f"photo {name}: missing or altered")
    return said


def contents() -> dict[str, Any]:
    """Of each table how many rows it has and a digest of their values; where each sequence stands; the last seal."""
    with connection.cursor() as cursor:
        cursor.execute(SEQUENCES)
        sequences = dict(cursor.fetchall())
        cursor.execute(TABLES)
        tables = {}
        for (name,) in cursor.fetchall():
            cursor.execute(CONTENTS.format(name))
            tables[name] = list(cursor.fetchone())
    last = EventSeal.objects.last_link()
    return {"tables": tables, "sequences": sequences, "last_seal": last.hash if last else None}


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a backup whose files are whole. Raises BackupRefused."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise BackupRefused(f"{folder} is no backup: it has no {MANIFEST} that can be read.") from error
    for name, digest in manifest["files"].items():
        if not (folder / name).is_file() or sha256(folder / name) != digest:
            raise BackupRefused(f"{name} is missing or not what was backed up.")
    for name, digest in manifest["photos"].items():
        if not (folder / PHOTOS / name).is_file() or sha256(folder / PHOTOS / name) != digest:
            raise BackupRefused(f"The photo {name} is missing or not what was backed up.")
    return manifest


def settings_list() -> str:
    """The settings that the product reads from the environment: values, but of secrets only whether they are set."""
    names = sorted(set(READ_FROM_ENVIRONMENT.findall((settings.BASE_DIR / "mapapp/settings.py").read_text())))
    lines = ["# Settings at the time of the backup. Secrets are not here: keep them elsewhere, SECRET_KEY above all."]
    for name in names:
        value = os.environ.get(name)
        if value is None:
            lines.append(f"#{name} was not set")
        elif SECRET_NAME.search(name):
            lines.append(f"#{name} was set")
        else:
            lines.append(f"{name}={value}")
    return "\n".join(lines) + "\n"


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _snapshot() -> Iterator[str]:
    """A transaction that sees one moment, and the name under which pg_dump sees the same."""
    if connection.in_atomic_block:
        raise RuntimeError("a backup needs a transaction of its own")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def _restore_dump(folder: Path, *, clean: bool) -> None:
    listed = _run("pg_restore", "--list", str(folder / DUMP))
    # Extensions are there already; to make or drop them takes a superuser.
    wanted = "\n".join(line for line in listed.splitlines() if " EXTENSION " not in line)
    listing = folder / ".restore-list"
    try:
        listing.write_text(wanted)
        options = ["--clean", "--if-exists"] if clean else []
        _run(
            "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", *options,
            f"--use-list={listing}", f"--dbname={_database()}", str(folder / DUMP),
        )  # fmt: skip
    finally:
        listing.unlink(missing_ok=True)


def _copy_photos(source: Path, target: Path) -> dict[str, str]:
    """Copies every file below `source`; returns the digest of each by its path."""
    target.mkdir(mode=0o750, parents=True, exist_ok=True)
    digests = {}
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        name = str(file.relative_to(source))
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copy2(file, target / name)
        except FileNotFoundError:  # swept or withdrawn at this moment
            continue
        digests[name] = sha256(target / name)
    return digests


def _database() -> str:
    """The database in use as libpq takes it, without its password: that goes by the environment, which no list shows."""
    given = connection.settings_dict
    facts = {"dbname": given["NAME"], "host": given["HOST"], "port": given["PORT"], "user": given["USER"]}
    quoted = {key: re.sub(r"(['\\])", r"\\\1", str(value)) for key, value in facts.items() if value}
    return " ".join(f"{key}='{value}'" for key, value in quoted.items())


def _run(program: str, *arguments: str) -> str:
    password = {"PGPASSWORD": connection.settings_dict["PASSWORD"]} if connection.settings_dict["PASSWORD"] else {}
    command = [_program(program), *arguments]
    done = subprocess.run(command, env=os.environ | password, capture_output=True, text=True)  # noqa: S603 # our own words
    if done.returncode:
        raise BackupRefused(f"{program}: {done.stderr.strip()}")
    return done.stdout


def _program(name: str) -> str:
    """The program of the server's own version: an older pg_dump refuses a newer server."""
    major = connection.pg_version // 10_000
    folders = (Path(f"/usr/lib/postgresql/{major}/bin"), Path(f"/usr/pgsql-{major}/bin"))
    found = next((str(folder / name) for folder in folders if (folder / name).exists()), shutil.which(name))
    if found is None:
        raise BackupRefused(f"There is no {name} here: install PostgreSQL's client programs.")
    return found
