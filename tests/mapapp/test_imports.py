"""A planner brings a file in: read, described, checked, imported by the worker; everything else is refused in words."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from geodata import import_runs
from geodata.models import ImportRun, RunState
from layers.models import Dataset, ReferenceFeature, ReferenceLayer
from mapapp.tasks import take_imports_in
from proposals.models import Proposal
from tests.actors.people import person
from tests.geodata import source_files as files
from tests.proposals.rows import sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toytown")]
LIST = "/en/planning/import/"
PAGE = {"Accept": "text/html"}


@pytest.fixture(autouse=True)
def import_root(settings, tmp_path) -> Path:
    settings.IMPORT_ROOT = tmp_path / "imports"
    return settings.IMPORT_ROOT


@pytest.fixture
def planner() -> Client:
    client = Client(headers=PAGE)
    client.force_login(person("planner", "planner"))
    return client


def collection(*features: dict) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def paths(secret: str = "") -> bytes:
    """Three places as CSV, which needs no process of its own to be read."""
    rows = [f"{n},Aukio,footway,{secret},{24.801 + n / 1000:.3f},60.175" for n in range(3)]
    return "\n".join(["code,name_fi,highway,secret,lon,lat", *rows]).encode()


def send(client: Client, content: bytes, name: str = "paths.csv", into: str = "reference", **said: object):
    form = {"key": uuid4(), "into": into, "file": SimpleUploadedFile(name, content)} | said
    return client.post(LIST, form)


def run_of(client: Client, *args: object, **said: object) -> ImportRun:
    """A run whose file the worker has read."""
    response = send(client, *args, **said)
    assert response.status_code == 303, response.content.decode()
    take_imports_in(0)
    return ImportRun.objects.latest("pk")


def page(client: Client, run: ImportRun) -> str:
    return client.get(f"{LIST}{run.pk}/").content.decode()


def mapping(**more: object) -> dict[str, object]:
    layer = {"layer_name_fi": "Polut", "style": "path", "published": ["highway"]}
    return {"dataset": "paths", "title": "Paths", "map_id": "code", "map_name_fi": "name_fi"} | layer | more


def checked(client: Client, run: ImportRun, said: dict[str, object]) -> ImportRun:
    response = client.post(f"{LIST}{run.pk}/check/", said)
    assert response.status_code == 303, response.content.decode()
    take_imports_in(0)
    run.refresh_from_db()
    return run


# --- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("paths.exe", b"x", "This type of file is not read"),
        ("paths.vrt", b"<OGRVRTDataSource/>", "This type of file is not read"),
        ("paths.gml", b"<x/>", "This type of file is not read"),
        ("paths.geojson", b"", "is empty"),
        ("paths.geojson", b"x" * 2_001, "The file is too large (2.0 KB). At most 2.0 KB."),
    ],
)
def test_file_that_cannot_be_one_is_refused_at_once(planner, settings, import_root, name, content, told):
    settings.IMPORT_MAX_BYTES = 2_000
    response = send(planner, content, name)
    assert response.status_code == 422
    assert told in response.content.decode().replace("\xa0", " ")
    assert not ImportRun.objects.exists() and not import_root.exists()


def test_neither_file_nor_address_is_told(planner):
    response = planner.post(LIST, {"key": uuid4(), "into": "people"})
    assert response.status_code == 422 and "Choose a file." in response.content.decode()


@pytest.mark.parametrize("hosts", [[], ["data.example.org"]])
def test_address_of_a_host_that_is_not_named_is_refused(planner, settings, hosts):
    settings.IMPORT_HOSTS = hosts
    response = planner.post(LIST, {"key": uuid4(), "into": "areas", "url": "https://elsewhere.example.org/a.geojson"})
    assert response.status_code == 422
    assert ("Nothing is fetched from this host" in response.content.decode()) == bool(hosts)
    assert not ImportRun.objects.exists()


def test_full_queue_says_so_and_keeps_nothing(planner, monkeypatch, import_root):
    monkeypatch.setattr(import_runs, "WAITING_MAX", 0)
    assert send(planner, paths()).status_code == 503
    assert not ImportRun.objects.exists() and not import_root.exists()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [("broken.geojson", b"<html>", "The file is not GeoJSON"), ("broken.zip", b"PK", "The archive cannot be unpacked")],
)
def test_file_that_cannot_be_read_fails_in_words_and_goes(planner, import_root, name, content, told):
    run = run_of(planner, content, name)
    assert run.state == RunState.FAILED
    text = page(planner, run)
    assert told in text and name in text
    assert not list(import_root.iterdir())


def test_file_that_ends_the_worker_is_not_tried_for_ever(planner):
    send(planner, paths())
    run = ImportRun.objects.get()
    for _ in range(3):
        run.begin()  # and the worker died
    take_imports_in(0)
    run.refresh_from_db()
    assert run.state == RunState.FAILED and "several times" in str(run.why)


def test_what_is_needed_is_asked_and_a_wrong_answer_refused(planner, tmp_path):
    content = files.shapefile_zip(tmp_path / "areas.zip", tmp_path, without=".prj", crs=None).read_bytes()
    run = run_of(planner, content, "areas.zip", "areas")
    text = page(planner, run)
    assert "does not tell its coordinate system" in text and "378" in text and "name_fi" in text
    assert "Check, and write nothing" not in text
    for wrong in ("", "EPSG:99999", "helsinki", "EPSG:5773"):
        refused = planner.post(f"{LIST}{run.pk}/read/", {"crs": wrong})
        assert refused.status_code == 422 and 'aria-invalid="true"' in refused.content.decode()
    assert planner.post(f"{LIST}{run.pk}/read/", {"crs": "EPSG:3067"}).status_code == 303
    take_imports_in(0)
    run.refresh_from_db()
    assert run.state == RunState.READ and run.found["crs"] == 3067 and run.found["rows"] == 1
    assert "24.8" in page(planner, run)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"dataset": "no slug!"}, "Short name of the dataset"),
        ({"title": ""}, "Name of the dataset"),
        ({"map_id": "no such column"}, "Id in the source"),
        ({"published": ["secret", "name"]}, "Columns that are published"),
        ({"style": "loud"}, "How the layer is drawn"),
        ({"layer_name_fi": ""}, "Name of the layer (Suomi)"),
    ],
)
def test_description_that_leads_nowhere_is_refused(planner, said, told):
    run = run_of(planner, paths())
    response = planner.post(f"{LIST}{run.pk}/check/", mapping(**said))
    assert response.status_code == 422
    assert told in response.content.decode().partition("error-summary")[2].partition("</div>")[0]
    run.refresh_from_db()
    assert run.state == RunState.READ


def test_areas_with_a_refused_row_cannot_be_started(planner, ground):
    content = collection(files.feature(code="A"), files.empty_feature(code="B"))
    run = run_of(planner, content, "areas.geojson", "areas")
    said = {"dataset": "areas", "title": "Areas", "map_code": "code", "map_name_fi": "name_fi", "level": "district"}
    checked(planner, run, said)
    text = page(planner, run)
    assert run.report["refused"][0]["number"] == 2 and "Nothing can be imported while these rows are refused" in text
    assert planner.post(f"{LIST}{run.pk}/start/", {"checks": run.checks}).status_code == 303
    run.refresh_from_db()
    assert run.state == RunState.CHECKED


def test_button_of_an_older_check_starts_nothing(planner):
    run = checked(planner, run_of(planner, paths()), mapping())
    checked(planner, run, mapping(published=[]))
    for old in ("1", "", "x", "9" * 30):
        response = planner.post(f"{LIST}{run.pk}/start/", {"checks": old}, follow=True)
        assert "checked anew" in response.content.decode()
    take_imports_in(0)
    run.refresh_from_db()
    assert run.state == RunState.CHECKED and run.checks == 2 and not ReferenceLayer.objects.exists()


@pytest.mark.parametrize("step", ["read", "check", "start", "give-up"])
def test_what_is_over_cannot_be_moved(planner, step):
    run = run_of(planner, paths())
    planner.post(f"{LIST}{run.pk}/give-up/")
    assert planner.post(f"{LIST}{run.pk}/{step}/", mapping(crs="EPSG:3067", checks=0)).status_code in (303, 404)
    assert planner.get(f"{LIST}{run.pk}/{step}/").status_code == 405
    run.refresh_from_db()
    assert run.state == RunState.GIVEN_UP and run.file == ""


# --- and taken in -----------------------------------------------------------------------------------------------------


def test_layer_goes_in_as_described_once_and_the_same_again_changes_nothing(planner, import_root):
    planner.post(LIST, form := {"key": str(uuid4()), "into": "reference", "file": SimpleUploadedFile("paths.csv", paths(secret="anna@example.org"))})  # fmt: skip
    planner.post(LIST, form | {"file": SimpleUploadedFile("paths.csv", paths())})
    run = ImportRun.objects.get()
    (kept,) = import_root.iterdir()
    assert kept.stat().st_mode & 0o77 == import_root.stat().st_mode & 0o77 == 0
    assert "Waits for its turn" in page(planner, run)
    told = planner.get(f"{LIST}{run.pk}/", headers={"Accept": "application/json"}).json()
    assert told == {"status": "reading", "rows": None, "rowsWritten": None}
    take_imports_in(0)
    run.refresh_from_db()
    text = page(planner, run)
    for seen in ("CSV", "EPSG:4326", "anna@example.org", "Aukio", "24.801", "map-config", "map_name_fi"):
        assert seen in text
    checked(planner, run, mapping(licence="CC BY 4.0", attribution="The town"))
    assert run.report["added"] == 3 and not ReferenceLayer.objects.exists()
    assert "3 new, 0 changed" in page(planner, run)
    for _ in range(2):
        assert planner.post(f"{LIST}{run.pk}/start/", {"checks": run.checks}).status_code == 303
    take_imports_in(0)
    run.refresh_from_db()
    assert run.state == RunState.DONE and run.report["added"] == 3
    layer = ReferenceLayer.objects.get()
    assert layer.names == {"fi": "Polut"} and layer.fields == ["highway"] and layer.dataset.source == "paths.csv"
    assert ReferenceFeature.objects.count() == 3
    assert not list(import_root.iterdir()) and run.found == {"rows": 3, "kind": "CSV", "crs": 4326}
    text = page(planner, run)
    assert "anna@example.org" not in text and "planner@example.org" in text and "had it imported" in text
    again = checked(planner, run_of(planner, paths()), mapping(licence="CC BY 4.0", attribution="The town"))
    assert again.report["unchanged"] == 3 and "nothing to import" in page(planner, again)
    planner.post(f"{LIST}{again.pk}/start/", {"checks": again.checks})
    take_imports_in(0)
    again.refresh_from_db()
    assert again.state == RunState.CHECKED


def test_proposals_with_values_translated_and_bad_rows_left_out(planner):
    category = sent(kind="idea").category
    rows = ["nro;otsikko;kuvaus;luokka;x;y;pvm", "1;Penkki;Tori;A;24,81;60,175;1.3.2020", "2;Valo;Tie;A;24,82;60,176;2.3.2020", "3;=1+1;Kaukana;B;1,5;2,5;3.3.2020"]  # fmt: skip
    run = run_of(planner, "\n".join(rows).encode("cp1252"), "palaute.csv", "proposals")
    assert run.found["needed"] == "crs" and "nro" in page(planner, run)
    planner.post(f"{LIST}{run.pk}/read/", {"crs": "4326", "x": "x", "y": "y"})
    take_imports_in(0)
    run.refresh_from_db()
    assert all(words in page(planner, run) for words in ("The map shows 2 places", "far outside the city: 1."))
    said = {"dataset": "palaute", "title": "Palaute", "map_id": "nro", "map_title": "otsikko", "map_body": "kuvaus", "map_category": "luokka", "set_language": "fi", "map_submitted": "pvm"}  # fmt: skip
    unsaid = planner.post(f"{LIST}{run.pk}/check/", said)
    assert unsaid.status_code == 422 and 'name="value_category_1"' in unsaid.content.decode()
    run = checked(planner, run, said | {"value_category_0": category.slug, "value_category_1": category.slug})
    assert run.report["added"] == 2 and [row["number"] for row in run.report["refused"]] == [3]
    text = page(planner, run)
    assert "Import the rest, leave the refused rows out" in text and "far outside the city, at 1.5000, 2.5000" in text
    table = planner.get(f"{LIST}{run.pk}/refused.csv").content.decode()
    assert "\r\n3,geometry," in table and ",'=1+1" in table
    before = Proposal.objects.count()
    planner.post(f"{LIST}{run.pk}/start/", {"checks": run.checks})
    take_imports_in(0)
    run.refresh_from_db()
    assert run.state == RunState.DONE and Proposal.objects.count() == before + 2
    assert Proposal.objects.get(source="palaute", source_id="1").submitted_at.year == 2020


def test_import_that_fails_in_the_middle_writes_nothing(planner, monkeypatch, import_root):
    run = checked(planner, run_of(planner, paths()), mapping())
    planner.post(f"{LIST}{run.pk}/start/", {"checks": run.checks})
    monkeypatch.setattr(ReferenceFeature.objects, "bulk_create", lambda *_args, **_options: 1 / 0)
    take_imports_in(0)
    run.refresh_from_db()
    assert run.state == RunState.FAILED and "Something went wrong" in str(run.why)
    assert not ReferenceLayer.objects.exists() and not Dataset.objects.by_slug("paths")
    assert not list(import_root.iterdir())


def test_file_that_nobody_went_on_with_goes_after_a_day(planner, import_root):
    run = run_of(planner, paths())
    assert import_runs.sweep() == 0 and len(list(import_root.iterdir())) == 1
    ImportRun.objects.update(changed_at=timezone.now() - timedelta(hours=25))
    assert import_runs.sweep() == 1 and not list(import_root.iterdir())
    run.refresh_from_db()
    assert run.state == RunState.GIVEN_UP and run.found == {"rows": 3, "kind": "CSV", "crs": 4326}
    assert "Given up" in planner.get(LIST).content.decode()


def test_planning_page_leads_planners_there_and_nobody_else(planner):
    assert LIST in planner.get("/en/planning/").content.decode()
    assert LIST not in Client().get("/en/planning/").content.decode()
