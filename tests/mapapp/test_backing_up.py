"""Backup and restore: the toy city comes back to the last value, and nothing is overwritten that nobody told to."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from mapapp.backing_up import BackupRefused, back_up, differences, read_manifest, settings_list
from proposals.models import Event, Proposal
from proposals.sealing import seal
from tests.geodata.rows import make_crowd
from tests.proposals.rows import sent

pytestmark = pytest.mark.django_db(transaction=True)  # pg_dump sees what is committed


@pytest.fixture
def city(toytown, settings, tmp_path) -> Path:
    """Committed rows of every kind, a sealed history and two photos; returns where the photos are."""
    settings.MEDIA_ROOT = tmp_path / "photos"
    for name in ("ab/one.jpg", "two.jpg"):
        photo = settings.MEDIA_ROOT / name
        photo.parent.mkdir(parents=True, exist_ok=True)
        photo.write_bytes(os.urandom(5_000))
    make_crowd(20)
    sent(email="resident@example.org", title="= \"quoted\", 'and' åäö \\x").withdraw()
    seal(list(Event.objects.order_by("pk")))
    sent(email="")
    return settings.MEDIA_ROOT


@pytest.fixture
def backup(city, tmp_path) -> Path:
    call_command("backup", str(tmp_path / "backup"))
    return tmp_path / "backup"


@pytest.fixture
def empty() -> Iterator[str]:
    """The name of a second, empty database."""
    name = f"{connection.settings_dict['NAME']}_second"
    with psycopg.connect(conninfo("postgres"), autocommit=True) as session:
        session.execute(f'DROP DATABASE IF EXISTS "{name}"')
        session.execute(f'CREATE DATABASE "{name}"')
        yield name
        session.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def conninfo(name: str) -> str:
    given = connection.settings_dict
    facts = {"host": given["HOST"], "port": given["PORT"], "user": given["USER"], "password": given["PASSWORD"]}
    return psycopg.conninfo.make_conninfo(dbname=name, **{key: value for key, value in facts.items() if value})


def manage(name: str, photos: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    surroundings = os.environ | {
        "DATABASE_URL": settings.DATABASE_URL.rpartition("/")[0] + "/" + name,
        "MEDIA_ROOT": str(photos), "CITY_FILE": "tests/toytown.toml", "DJANGO_SETTINGS_MODULE": "mapapp.settings",
    }  # fmt: skip
    command = [sys.executable, "-W", "ignore", "manage.py", *arguments]
    return subprocess.run(command, cwd=settings.BASE_DIR, env=surroundings, capture_output=True, text=True)


def test_restored_city_is_the_same_to_the_last_value(backup, empty, tmp_path):
    done = manage(empty, tmp_path / "restored", "restore", str(backup))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 photos are what they were" in done.stdout and "The history holds" in done.stdout
    assert (tmp_path / "restored/ab/one.jpg").read_bytes() == (tmp_path / "photos/ab/one.jpg").read_bytes()
    again = manage(empty, tmp_path / "restored", "restore", str(backup))
    assert again.returncode == 1 and "Nothing was restored. The database is not empty" in again.stderr
    replaced = manage(empty, tmp_path / "restored", "restore", str(backup), "--replace")
    assert replaced.returncode == 0, replaced.stdout + replaced.stderr


def test_photos_that_are_there_are_not_overwritten_unasked(backup, empty, city):
    done = manage(empty, city, "restore", str(backup))
    assert done.returncode == 1 and "holds photos already" in done.stderr
    with psycopg.connect(conninfo(empty)) as session:
        assert session.execute("SELECT to_regclass('proposals_proposal')").fetchone() == (None,)


@pytest.mark.parametrize("name", ["city.dump", "settings.txt", "photos/two.jpg"])
@pytest.mark.parametrize("harm", ["altered", "missing"])
def test_backup_that_is_not_whole_is_refused(backup, name, harm):
    if harm == "missing":
        (backup / name).unlink()
    else:
        content = bytearray((backup / name).read_bytes())
        content[len(content) // 2] ^= 1
        (backup / name).write_bytes(content)
    with pytest.raises(BackupRefused):
        read_manifest(backup)


def test_folder_that_is_no_backup_is_refused(tmp_path, db):
    with pytest.raises(CommandError, match="Nothing was restored"):
        call_command("restore", str(tmp_path))


def test_backup_overwrites_nothing(city, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/letter.txt").write_text("kept")
    with pytest.raises(BackupRefused):
        back_up(tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["letter.txt"]


def test_each_difference_is_seen(backup, city):
    manifest = read_manifest(backup)
    assert differences(manifest) == []
    Proposal.objects.filter(pk=Proposal.objects.latest("pk").pk).update(title="Another title")
    (city / "two.jpg").write_bytes(b"x")
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('proposals_event_id_seq', 1)")
    said = "\n".join(differences(manifest))
    assert "table proposals_proposal" in said and "photo two.jpg" in said and "sequence proposals_event_id_seq" in said


def test_list_of_settings_holds_no_secret(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "planted-secret")
    monkeypatch.setenv("EMAIL_URL", "smtp://user:planted-password@mail.example.org")
    monkeypatch.setenv("DATABASE_URL", "postgis://a:planted-password@b/c")
    monkeypatch.setenv("SITE_URL", "https://map.example.org")
    text = settings_list()
    assert "planted" not in text and "#SECRET_KEY was set" in text and "SITE_URL=https://map.example.org" in text


def test_backup_is_its_owners_alone(backup):
    assert backup.stat().st_mode & 0o077 == 0
    assert json.loads((backup / "manifest.json").read_text())["tables"]["proposals_proposal"][0] == 22
