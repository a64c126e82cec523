"""Exports: valid files that other people's programs open, whole or visibly cut, and as many at once as may be."""

import csv
import io
import itertools
import json
import math
import time
from contextlib import ExitStack

import pandas
import pyogrio
import pytest
from django.contrib.gis.geos import LineString, Point, Polygon
from django.db import InternalError, OperationalError, connection
from pyproj import Transformer

from geodata.collections import proposals
from geodata.exports import CsvStyle, csv_file, geojson_file
from proposals.models import Photo, PhotoState, Proposal, Publication
from tests.geodata.rows import NOON, make_crowd, make_proposal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("committed_city")]

# Decision of the product: these and no others leave the house.
WHITELIST = [
    "id", "url", "title", "body", "language", "kind", "category", "status", "area", "area_name", "place",
    "place_precision", "channel", "submitted", "published", "updated", "supports_verified", "supports_unverified",
    "comments", "pledges", "taken_up_by", "due", "answers", "photos",
]  # fmt: skip


def export(client, format: str, query: str = "") -> bytes:
    response = client.get(f"/export/proposals.{format}?{query}")
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)


def geojson(client, query: str = "") -> dict:
    return json.loads(export(client, "geojson", query))


def table(client, query: str = "", delimiter: str = ";") -> list[dict[str, str]]:
    text = export(client, "csv", query).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def test_empty_export_is_a_valid_file_in_both_formats(client):
    make_proposal(publication=Publication.PENDING)
    document = geojson(client)
    assert (document["features"], document["numberReturned"]) == ([], 0)
    assert table(client) == []


def expected_properties(pk: int) -> dict[str, object]:
    """What the whitelist says of the proposal of the next test."""
    return {
        "id": pk,
        "url": f"http://testserver/en/proposals/{pk}/",
        "title": "A bench",
        "body": "There is nowhere to sit.",
        "language": "en",
        "kind": "parking",
        "category": "parking",
        "status": "open",
        "area": "north-west",
        "area_name": "North-West",
        "place": "120 m north-east of Lelulan kirjasto",
        "place_precision": "exact",
        "channel": "web",
        "submitted": "2026-05-31T12:00:00Z",
        "published": "2026-05-31T12:00:00Z",
        "updated": "2026-05-31T12:00:00Z",
        "supports_verified": 0,
        "supports_unverified": 0,
        "comments": 0,
        "pledges": 0,
        "taken_up_by": [],
        "due": None,
        "answers": {},
        "photos": [f"http://testserver/photos/{'a' * 32}.jpg"],
    }


def test_feature_has_the_whitelist_in_its_order_and_nothing_else(client):
    proposal = make_proposal(
        location=Point(24.8, 60.18, srid=4326),
        landmark={"names": {"fi": "Lelulan kirjasto"}, "distance_m": 120, "bearing": 1},
    )
    Photo.objects.create(
        proposal=proposal, name="a" * 32, state=PhotoState.PUBLISHED, width=1, height=1, created_at=NOON
    )
    Photo.objects.create(proposal=proposal, name="b" * 32, state=PhotoState.PENDING, width=1, height=1, created_at=NOON)
    (feature,) = geojson(client, "lang=en")["features"]
    assert list(feature["properties"]) == WHITELIST
    assert [p.name for p in proposals().properties] == WHITELIST
    assert feature == {
        "type": "Feature",
        "id": proposal.pk,
        "geometry": {"type": "Point", "coordinates": [24.8123, 60.1853]},
        "properties": expected_properties(proposal.pk),
    }


def test_who_has_taken_it_up_is_named_just_where_the_filter_says_so(client):
    make_crowd()
    every = json.loads(export(client, "geojson"))["features"]
    taken_up = {f["id"] for f in json.loads(export(client, "geojson", "taken_up=yes"))["features"]}
    assert {f["id"] for f in every if f["properties"]["taken_up_by"]} == taken_up
    assert 0 < len(taken_up) < len(every)


def test_names_and_addresses_come_in_the_language_asked(client):
    make_proposal()
    properties = geojson(client, "lang=sv")["features"][0]["properties"]
    assert (properties["area_name"], properties["url"][:21]) == ("Nordväst", "http://testserver/sv/")


def test_polygon_is_written_counter_clockwise_and_coordinates_with_seven_decimals(client):
    clockwise = Polygon(((24.81, 60.18), (24.81, 60.181), (24.8112345678, 60.181), (24.81, 60.18)), srid=4326)
    make_proposal(clockwise)
    ring = geojson(client)["features"][0]["geometry"]["coordinates"][0]
    doubled_area = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in itertools.pairwise(ring))
    assert doubled_area > 0
    assert max(len(repr(c).partition(".")[2]) for corner in ring for c in corner) <= 7


def test_collection_says_whose_it_is_and_how_many(client):
    make_crowd(20)
    document = geojson(client)
    assert document["name"] == "proposals"
    assert document["license"] == "CC-BY-4.0"
    assert document["attribution"] == "Osallisuuskartta, Toytown"
    assert document["numberReturned"] == len(document["features"]) == Proposal.objects.public().count()


def test_hostile_texts_come_through_as_they_are(client):
    title = "\"},{\\ </script><b> \x7f \u2028 ; , 'æ' 😀 %s %(x)s {0}"
    body = 'line one\nline two\ttab "quoted" \\n and \\. alone'
    make_proposal(title=title, body=body)
    make_proposal(body="\\.")
    properties = geojson(client)["features"][0]["properties"]
    assert (properties["title"], properties["body"]) == (title, body)
    for delimiter in ";,":
        row = table(client, f"delimiter={delimiter}", delimiter)[0]
        assert (row["title"], row["body"]) == (title, body)


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_text_that_would_be_a_formula_stays_text_in_a_spreadsheet(client, beginning):
    make_proposal(title=f"{beginning}HYPERLINK(1)", body=f"{beginning}1", answers={})
    row = table(client)[0]
    assert row["title"] == f"'{beginning}HYPERLINK(1)"
    assert row["body"] == f"'{beginning}1"
    assert geojson(client)["features"][0]["properties"]["title"] == f"{beginning}HYPERLINK(1)"


def test_csv_has_the_same_columns_and_the_place_in_three_ways(client):
    line = LineString((24.81, 60.18), (24.812, 60.18), srid=4326)
    make_proposal(line)
    row = table(client)[0]
    assert list(row) == [*WHITELIST, "geometry_wkt", "lon", "lat"]
    assert row["geometry_wkt"] == "LINESTRING(24.81 60.18,24.812 60.18)"
    assert 24.81 <= float(row["lon"]) <= 24.812
    assert float(row["lat"]) == pytest.approx(60.18, abs=1e-6)
    assert export(client, "csv").startswith(b"\xef\xbb\xbfid;url;title")


@pytest.mark.parametrize("srid", [3067, 3879])
def test_csv_adds_metres_of_the_crs_asked_to_a_centimetre(client, srid):
    make_proposal()
    row = table(client, f"crs=EPSG:{srid}")[0]
    expected = Transformer.from_crs(4326, srid, always_xy=True).transform(24.8123, 60.1853)
    assert [float(row["x"]), float(row["y"])] == pytest.approx(expected, abs=0.011)
    assert list(row)[-2:] == ["x", "y"]


def test_csv_takes_a_decimal_comma_in_every_coordinate_column(client):
    make_proposal()
    row = table(client, "decimal=,&crs=EPSG:4326")[0]
    assert (row["lon"], row["lat"], row["x"], row["y"]) == ("24,8123000", "60,1853000") * 2
    assert "." in row["geometry_wkt"]
    comma = table(client, "decimal=,&delimiter=,", ",")[0]
    assert comma["lon"] == "24,8123000"


def test_pandas_and_gdal_open_both_files_with_the_same_ids(client, tmp_path):
    make_crowd(60)
    expected = sorted(Proposal.objects.public().values_list("pk", flat=True))
    for format in ("geojson", "csv"):
        (tmp_path / f"proposals.{format}").write_bytes(export(client, format))
    frame = pandas.read_csv(tmp_path / "proposals.csv", sep=";")
    assert sorted(frame["id"]) == expected
    assert frame["lon"].between(24.8, 24.84).all()
    features = pyogrio.read_dataframe(tmp_path / "proposals.geojson")
    assert sorted(features["id"]) == expected
    assert features.crs.to_epsg() == 4326
    assert pyogrio.read_info(tmp_path / "proposals.geojson")["layer_name"] == "proposals"
    opened = pyogrio.read_dataframe(tmp_path / "proposals.csv", X_POSSIBLE_NAMES="lon", Y_POSSIBLE_NAMES="lat")
    assert len(opened) == len(expected)


def test_download_has_a_dated_name_and_head_promises_the_same(client, time_machine):
    time_machine.move_to("2026-05-31T22:30:00Z")  # half past one on 1 June in the toy city
    make_proposal()
    for format, media_type in (("geojson", "application/geo+json"), ("csv", "text/csv; charset=utf-8; header=present")):
        given = client.get(f"/export/proposals.{format}")
        promised = client.head(f"/export/proposals.{format}")
        b"".join(given.streaming_content)
        assert promised.status_code == 200
        for response in (given, promised):
            assert response["Content-Type"] == media_type
            assert response["Content-Disposition"] == f'attachment; filename="proposals-2026-06-01.{format}"'
            assert "Content-Length" not in response


def test_export_asks_the_connection_of_the_request_for_its_count_alone(client, django_assert_num_queries):
    make_crowd(30)
    with django_assert_num_queries(1):
        geojson(client, "kind=idea&q=bench")
    with django_assert_num_queries(3):
        table(client, "area=west&category=idea")


def test_fifth_export_is_asked_to_wait_and_a_finished_one_makes_room(client, settings):
    make_proposal()
    with ExitStack() as running:
        exports = [geojson_file(proposals(), Proposal.objects.public(), "fi") for _ in range(settings.EXPORTS_AT_ONCE)]
        for export in exports:
            running.callback(export.close)
        response = client.get("/export/proposals.csv")
        assert response.status_code == 503
        assert response["Content-Type"] == "application/problem+json"
        assert int(response["Retry-After"]) > 0
        exports[0].close()
        assert len(table(client)) == 1


def test_reader_who_leaves_in_the_middle_leaves_no_connection_behind(client):
    make_crowd(50)
    rows = csv_file(proposals(), Proposal.objects.public(), "fi", CsvStyle())
    next(rows)
    rows.close()
    assert wait_for_no_export()


def wait_for_no_export() -> bool:
    """Whether no COPY runs any more: a server process ends a moment after its client has gone."""
    for _ in range(50):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'COPY (%' AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone()[0] == 0:
                return True
        time.sleep(0.1)
    return False


def test_export_whose_database_dies_breaks_off_instead_of_ending_well(client):
    """The rows are more than the buffers between the database and us, so the file is half sent when it happens."""
    proposal = make_proposal(body="x" * 5_000)
    Proposal.objects.bulk_create(copy_of(proposal) for _ in range(4_000))
    rows = geojson_file(proposals(), Proposal.objects.public(), "fi")
    sent = next(rows) + next(rows)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'COPY (%' AND pid <> pg_backend_pid()"
        )
    with pytest.raises(OperationalError):
        for chunk in rows:
            sent += chunk
    with pytest.raises(json.JSONDecodeError):
        json.loads(sent)


def copy_of(proposal: Proposal) -> Proposal:
    names = [f.attname for f in proposal._meta.concrete_fields if not f.generated and not f.primary_key]
    return Proposal(**{name: getattr(proposal, name) for name in names})


def test_export_comes_in_chunks_and_not_row_by_row(client):
    proposal = make_proposal(body="x" * 5_000)
    Proposal.objects.bulk_create(copy_of(proposal) for _ in range(200))
    chunks = [len(chunk) for chunk in geojson_file(proposals(), Proposal.objects.public(), "fi")]
    assert max(chunks) < 128 * 1024
    assert len(chunks) <= math.ceil(sum(chunks) / (64 * 1024)) + 2


def test_export_could_not_write_even_if_its_sql_said_so(client, monkeypatch):
    writing = (
        "WITH gone AS (SELECT nextval('proposals_proposal_id_seq') AS n)"
        " SELECT n::text FROM gone, ({rows}) AS rows /* {properties} */"
    )
    monkeypatch.setattr("geodata.geojson.FEATURES", writing)
    make_proposal()
    with pytest.raises(InternalError, match="read-only"):
        list(geojson_file(proposals(), Proposal.objects.public(), "fi"))
