"""Big files are made by the worker: asked for by a page or a program, found by a secret address, told of by mail."""

import json
import os
import re
from datetime import timedelta
from pathlib import Path

import pyogrio
import pytest
from django.core import mail
from django.db import connection, connections
from django.utils import timezone

from actors.mails import send_waiting
from actors.models import WaitingMail
from geodata import export_jobs
from geodata.export_jobs import make_next, sweep
from geodata.models import ExportJob, JobState
from mapapp.tasks import make_export_files
from proposals.models import Publication
from tests.geodata.rows import make_crowd, make_proposal

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PROGRAM = {"Accept": "*/*"}


@pytest.fixture(autouse=True)
def small_limit(settings, tmp_path):
    settings.EXPORT_ROWS_AT_ONCE = 3
    settings.EXPORT_ROOT = tmp_path / "exports"


def ordered(client, address: str = "/export/jobs/proposals.gpkg", **data: str) -> str:
    """The address of the job's page."""
    response = client.post(address, data, headers=PAGE)
    assert response.status_code == 303, response.content
    return response["Location"]


def told(client, address: str) -> dict:
    return client.get(address, headers=PROGRAM).json()


@pytest.fixture
def crowd():
    return make_crowd(30)


@pytest.mark.django_db
@pytest.mark.usefixtures("toytown")
@pytest.mark.parametrize("format", ["gpkg", "xlsx", "fgb", "shp.zip"])
def test_big_file_is_offered_as_a_job(client, crowd, format):
    page = client.get(f"/export/proposals.{format}?kind=parking&kind=idea&lang=sv", headers=PAGE)
    assert page.status_code == 302
    assert page["Location"] == f"/export/jobs/proposals.{format}?kind=parking&kind=idea&lang=sv"
    program = client.get(f"/export/proposals.{format}", headers=PROGRAM)
    assert program.status_code == 422
    assert f"/export/jobs/proposals.{format}" in program.json()["detail"]


@pytest.mark.django_db
@pytest.mark.usefixtures("toytown")
def test_program_asks_by_post(client, crowd):
    response = client.post("/export/jobs/proposals.xlsx?status=open", headers=PROGRAM)
    assert response.status_code == 202
    assert json.loads(response.content)["status"] == "waiting"


@pytest.mark.django_db
@pytest.mark.usefixtures("toytown")
def test_second_mail_to_an_address_within_the_hour_is_refused(client, crowd):
    ordered(client, email="planner@example.org")
    again = client.post("/export/jobs/proposals.gpkg", {"email": "planner@example.org"}, headers=PAGE)
    assert again.status_code == 429 and again["Retry-After"]
    assert ExportJob.objects.count() == WaitingMail.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("toytown")
@pytest.mark.parametrize(
    ("address", "data", "status"),
    [
        ("/export/jobs/proposals.gpkg", {"email": "nobody"}, 422),
        ("/export/jobs/proposals.gpkg?kind=nonsense", {}, 400),
        ("/export/jobs/proposals.gpkg?crs=EPSG:1", {}, 400),
        ("/export/jobs/proposals.exe", {}, 404),
        ("/export/jobs/contacts.gpkg", {}, 404),
    ],
)
def test_bad_order_is_refused_and_nothing_written(client, address, data, status):
    assert client.post(address, data, headers=PAGE).status_code == status
    assert not ExportJob.objects.exists() and not WaitingMail.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("toytown")
def test_full_queue_says_so(client, crowd, monkeypatch):
    monkeypatch.setattr(export_jobs, "WAITING_MAX", 1)
    ordered(client)
    full = client.post("/export/jobs/proposals.gpkg", headers=PAGE)
    assert full.status_code == 503 and full["Retry-After"]
    assert ExportJob.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("toytown")
def test_limit_of_orders_of_one_address(client, crowd, settings):
    settings.EXPORT_JOBS_PER_ADDRESS_PER_HOUR = 2
    ordered(client)
    ordered(client)
    assert client.post("/export/jobs/proposals.gpkg", headers=PAGE).status_code == 429


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_city")
def test_few_rows_and_what_streams_come_at_once(client):
    for _ in range(3):
        make_proposal()
    response = client.get("/export/proposals.gpkg", headers=PAGE)
    assert response.status_code == 200 and b"".join(response.streaming_content).startswith(b"SQLite")
    make_proposal()
    for format in ("csv", "geojson"):
        response = client.get(f"/export/proposals.{format}", headers=PAGE)
        assert response.status_code == 200 and len(b"".join(response.streaming_content)) > 1_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_city")
def test_file_of_a_job_holds_the_filter(client, crowd, tmp_path):
    address = ordered(client, "/export/jobs/proposals.gpkg?kind=parking&crs=EPSG:3067")
    waiting = told(client, address)
    assert waiting["status"] == "waiting" and waiting["file"] is None
    assert b"<h1" in client.get(address, headers=PAGE).content
    assert make_next()
    ready = told(client, address)
    assert ready["status"] == "ready"
    response = client.get(re.sub("https?://[^/]+", "", ready["file"]))
    path = tmp_path / "back.gpkg"
    path.write_bytes(b"".join(response.streaming_content))
    assert path.stat().st_size == ready["size"]
    info = pyogrio.read_info(path)
    assert info["features"] == ready["rows"] > 3 and info["crs"] == "EPSG:3067"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Disposition"].startswith('attachment; filename="proposals-')
    assert client.get(address, headers=PAGE)["Referrer-Policy"] == "no-referrer"
    assert not make_next()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_city")
def test_mail_with_the_link_goes_when_the_file_is_ready(client, crowd):
    address = ordered(client, "/export/jobs/proposals.gpkg?lang=fi", email="planner@example.org")
    assert send_waiting() == 0 and not mail.outbox
    make_export_files(0)
    assert send_waiting() == 1
    (sent,) = mail.outbox
    assert sent.to == ["planner@example.org"] and address.partition("?")[0] in sent.body
    assert not WaitingMail.objects.exists()
    tables = [
        table for table in connection.introspection.table_names() if table.startswith(("geodata_", "procrastinate_"))
    ]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} AS row WHERE row::text LIKE '%%planner@%%'")
            assert cursor.fetchone()[0] == 0, table


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_city")
def test_nobody_finds_a_file_without_its_address(client, crowd):
    address = ordered(client)
    make_next()
    for key in ("x", address.split("/")[3][:-1], "%00", "a" * 500):
        assert client.get(f"/export/jobs/{key}/", headers=PAGE).status_code == 404
        assert client.get(f"/export/jobs/{key}/file").status_code == 404
    assert address.split("/")[3] not in str(list(ExportJob.objects.values_list()))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_city")
def test_worker_that_died_leaves_the_file_to_the_next_one(client, crowd, monkeypatch):
    address = ordered(client)
    job = ExportJob.objects.get()
    job.begin()
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [export_jobs.LOCK])
        assert not make_next()
        pid = other.connection.info.backend_pid
    finally:
        other.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])  # returns when it is gone, or was already
    assert make_next()
    assert told(client, address)["status"] == "ready"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_city")
def test_file_that_cannot_be_made_is_told(client, crowd, monkeypatch):
    address = ordered(client, email="planner@example.org")

    def broken(*_: object) -> None:
        raise export_jobs.ExportFailed("the disk is full")

    monkeypatch.setattr(export_jobs, "_write", broken)
    make_export_files(0)
    assert told(client, address)["status"] == "failed"
    assert not list(Path(export_jobs.settings.EXPORT_ROOT).iterdir())
    assert send_waiting() == 1
    assert not make_next()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_city")
def test_proposal_hidden_meanwhile_is_not_in_the_file(client, crowd, tmp_path):
    address = ordered(client)
    one = next(p for p in crowd if p.publication == Publication.PUBLISHED)
    type(one).objects.filter(pk=one.pk).update(publication=Publication.HIDDEN)
    make_next()
    response = client.get(address.partition("?")[0] + "file")
    path = tmp_path / "back.gpkg"
    path.write_bytes(b"".join(response.streaming_content))
    assert one.pk not in set(pyogrio.read_dataframe(path, read_geometry=False)["id"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_city")
def test_file_goes_after_a_day(client, crowd):
    address = ordered(client)
    make_next()
    job = ExportJob.objects.get()
    path = export_jobs.path_of(job)
    assert path.exists()
    assert sweep() == 0 and path.exists()
    ExportJob.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert client.get(address, headers=PAGE).status_code == 404
    assert sweep() == 1
    os.utime(path, (0, 0))
    sweep()
    assert not path.exists() and not ExportJob.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_city")
def test_rows_written_are_those_of_the_job_alone(client, crowd):
    ordered(client)
    job = ExportJob.objects.get()
    assert export_jobs.rows_written(job) is None
    other = connections.create_connection("default")
    with export_jobs._named(job):
        connection.close()
        other.ensure_connection()
    try:
        with (
            other.connection.cursor() as cursor,
            cursor.copy("COPY (SELECT * FROM generate_series(1, 200000)) TO STDOUT") as rows,
        ):
            iterator = iter(rows)
            for _ in range(100_000):
                next(iterator)
            assert export_jobs.rows_written(job) > 0
            for _ in iterator:
                pass
    finally:
        other.close()
    assert job.state == JobState.WAITING
