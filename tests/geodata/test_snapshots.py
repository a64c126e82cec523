"""The yearly snapshots: never made anew, always at the same address, and without what is hidden later."""

import csv
import datetime
import hashlib
import io
import json

import pyogrio
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rdflib import DCAT, Graph, URIRef

from geodata.models import DownloadCount, Snapshot
from geodata.snapshots import MEDIA_TYPES, correct_snapshot, folder_of, path_of
from geodata.tasks import correct_snapshots, yearly_snapshot
from proposals.models import Event, Proposal, Publication, Role, Verb
from tests.geodata.rows import make_proposal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("committed_city")]
YEAR = 2025
LAST_MOMENT = datetime.datetime(2025, 12, 31, 21, 59, tzinfo=datetime.UTC)  # 23:59 in the toy city
SECRET = "Call Maija, the house with the red door"


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def three():
    """Two of the year, of which the second tells too much, and one of the next year."""
    first = make_proposal(published_at=LAST_MOMENT, title="A bench; by the “shore”")
    second = make_proposal(published_at=LAST_MOMENT, body=SECRET)
    make_proposal(published_at=LAST_MOMENT + datetime.timedelta(minutes=1), title="Too late")
    return first, second


def make() -> Snapshot:
    call_command("make_snapshot", str(YEAR))
    return Snapshot.objects.get(year=YEAR)


def contents() -> dict[str, bytes]:
    return {format: path_of(YEAR, format).read_bytes() for format in MEDIA_TYPES}


def ids(client, format: str) -> list[int]:
    response = client.get(f"/data/snapshots/{YEAR}/proposals.{format}")
    assert response.status_code == 200
    body = response.getvalue()
    assert response["Content-Length"] == str(len(body))
    if format == "geojson":
        return [feature["id"] for feature in json.loads(body)["features"]]
    if format == "csv":
        rows = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";")
        return [int(row["id"]) for row in rows]
    return list(pyogrio.read_dataframe(io.BytesIO(body))["id"])


def test_year_that_is_not_over_or_whose_folder_is_there_has_no_snapshot(three):
    folder_of(YEAR).mkdir(parents=True)
    with pytest.raises(CommandError, match="never made anew"):
        call_command("make_snapshot", str(YEAR))
    assert list(folder_of(YEAR).iterdir()) == []
    with pytest.raises(CommandError, match="not over"):
        call_command("make_snapshot", str(timezone.localdate().year))
    assert not Snapshot.objects.exists()


def test_second_run_says_that_it_is_there_and_writes_nothing(three):
    make()
    before = contents()
    make_proposal(published_at=LAST_MOMENT, title="Found later")
    with pytest.raises(CommandError, match="never made anew"):
        call_command("make_snapshot", str(YEAR))
    assert contents() == before


REFUSED = {
    "2024/proposals.csv": 404,
    "2024/manifest.json": 404,
    "2025/proposals.xlsx": 404,
    "2025/proposals.csv?kind=parking": 400,
    "2025/manifest.json?x=1": 400,
}


def test_address_refuses_what_there_is_not(client, three):
    make()
    for address, status in REFUSED.items():
        response = client.get(f"/data/snapshots/{address}")
        assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json"), address


def test_files_hold_what_was_published_up_to_the_end_of_the_year(client, three):
    make()
    expected = [proposal.pk for proposal in three]
    assert [ids(client, format) for format in MEDIA_TYPES] == [expected] * len(MEDIA_TYPES)


def test_manifest_tells_the_digests_of_the_files(client, three):
    make()
    document = client.get(f"/data/snapshots/{YEAR}/manifest.json").json()
    assert (document["numberOfFeatures"], document["published_until"], document["errata"]) == (2, "2025-12-31", [])
    assert document["license"] == "CC-BY-4.0"
    for file in document["files"]:
        body = client.get(file["href"].removeprefix("http://testserver")).getvalue()
        assert (file["sha256"], file["bytes"]) == (hashlib.sha256(body).hexdigest(), len(body))


def test_what_changes_later_changes_no_file(client, three):
    make()
    before = contents()
    Proposal.objects.update(title="Changed")
    assert correct_snapshot(YEAR) == 0
    assert contents() == before


def test_who_has_the_file_already_gets_304_and_is_not_counted(client, three):
    make()
    address = f"/data/snapshots/{YEAR}/proposals.csv"
    first = client.get(address)
    first.getvalue()
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304
    assert client.head(address).status_code == 200
    assert list(DownloadCount.objects.values_list("collection", "format", "count")) == [("proposals-2025", "csv", 1)]


def hide(proposal: Proposal) -> None:
    Proposal.objects.filter(pk=proposal.pk).update(publication=Publication.HIDDEN)


def hide_a_part(proposal: Proposal) -> None:
    Proposal.objects.filter(pk=proposal.pk).update(body="▒▒▒")
    Event.objects.create(
        proposal=proposal, verb=Verb.PART_HIDDEN, role=Role.MODERATOR, note_digest="", at=timezone.now()
    )


@pytest.mark.parametrize("takes_away", [hide, hide_a_part])
def test_what_the_public_may_not_see_any_more_leaves_every_file(client, three, takes_away):
    first, second = three
    made = make()
    assert SECRET.encode() in contents()["gpkg"]
    takes_away(second)
    waiting = client.get(f"/data/snapshots/{YEAR}/proposals.csv")
    assert (waiting.status_code, waiting["Retry-After"]) == (503, "60")
    correct_snapshots(0)
    assert [ids(client, format) for format in MEDIA_TYPES] == [[first.pk]] * len(MEDIA_TYPES)
    assert [format for format, body in contents().items() if SECRET.encode() in body] == []
    (feature,) = json.loads(contents()["geojson"])["features"]
    (row,) = csv.DictReader(io.StringIO(contents()["csv"].decode("utf-8-sig"), newline=""), delimiter=";")
    assert feature["properties"]["title"] == row["title"] == first.title
    document = client.get(f"/data/snapshots/{YEAR}/manifest.json").json()
    (erratum,) = document["errata"]
    assert (erratum["removed"], erratum["reason"], document["numberOfFeatures"]) == (1, "no longer public", 1)
    assert {f["sha256"] for f in document["files"]} & {f["sha256"] for f in made.files.values()} == set()
    assert correct_snapshot(YEAR) == 0


def test_crash_between_files_and_row_is_made_good_by_the_next_run(client, three):
    first, second = three
    made = make()
    hide(second)
    correct_snapshot(YEAR)
    Snapshot.objects.filter(year=YEAR).update(keys=made.keys, files=made.files, errata=[])
    assert correct_snapshot(YEAR) == 1
    assert ids(client, "gpkg") == [first.pk]


def test_worker_makes_the_snapshot_of_last_year_once_and_none_of_nothing(three):
    january = int(datetime.datetime(2026, 1, 2, 2, 20, tzinfo=datetime.UTC).timestamp())
    yearly_snapshot(january)
    yearly_snapshot(january)
    assert [snapshot.year for snapshot in Snapshot.objects.all()] == [YEAR]
    Proposal.objects.all().update(publication=Publication.HIDDEN)
    Snapshot.objects.all().delete()
    yearly_snapshot(january)
    assert not Snapshot.objects.exists()


def test_record_for_portals_names_the_snapshot_with_its_digests(client, three):
    made = make()
    graph = Graph().parse(data=client.get("/data/catalog.ttl").content, format="turtle")
    snapshot = URIRef("http://testserver/data/#proposals-2025")
    assert len(list(graph.objects(snapshot, DCAT.distribution))) == len(MEDIA_TYPES)
    digests = {str(o) for o in graph.objects(None, URIRef("http://spdx.org/rdf/terms#checksumValue"))}
    assert digests == {file["sha256"] for file in made.files.values()}
