"""Reference layers: refused by the row or as a whole, known by their ids, published with their own credit and nothing more."""

import json
import sqlite3

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from layers.models import Dataset, ReferenceFeature, ReferenceLayer
from mapapp.city import read_city
from tests.geodata import source_files as files

BOX = "24.79,60.16,24.85,60.20"
POINT = {"type": "Point", "coordinates": [24.81, 60.185]}
PATH = {"type": "LineString", "coordinates": [[24.801, 60.171], [24.809, 60.179]]}


def path_file(tmp_path, *features):
    found = features or (files.feature(PATH, code="1", highway="footway", secret="anna@example.org"),)
    return files.geojson(tmp_path / "paths.geojson", *found)


def take(path, *more):
    call_command("import_dataset", str(path), "--into", "reference", *more)


def refused(capsys, path, *more):
    with pytest.raises(CommandError, match="Nothing was written") as refusal:
        take(path, *more)
    assert not ReferenceLayer.objects.exists()
    assert not Dataset.objects.by_slug("paths")
    return capsys.readouterr().out + str(refusal.value)


@pytest.mark.parametrize(
    ("feature", "told"),
    [
        (files.empty_feature(code="2"), "row 2 (Aukio): geometry: It is missing."),
        (files.feature({"type": "Point", "coordinates": [1, 2]}, code="2"), "far outside the city, at 1.0000, 2.0000"),
        (files.feature(PATH, code="1"), "“1” stands in an earlier row too"),
        (files.feature(PATH, code=""), "code: It is missing."),
        (files.feature(PATH, code="2", highway="x" * 501), "highway: It is longer than 500 characters"),
        (files.feature({"type": "GeometryCollection", "geometries": [POINT, PATH]}, code="2"), "not a mixture"),
    ],
)
def test_row_is_refused_with_its_field_and_reason(toytown, tmp_path, capsys, feature, told):
    good = files.feature(PATH, code="1", highway="footway")
    assert told in refused(capsys, path_file(tmp_path, good, feature), "--fields", "highway")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--fields", "surface"), "There is no column “surface”"),
        (("--fields", "name"), "--fields"),
        (("--map", "id=highway", "--fields", "id"), "“id” cannot be published by this name"),
        (("--set", "highway=footway"), "columns can be mapped, but no values set"),
        (("--layer-name", "Polut"), "--layer-name Polut: write it as FIELD="),
    ],
)
def test_option_that_leads_nowhere_is_refused(toytown, tmp_path, capsys, options, told):
    assert told in refused(capsys, path_file(tmp_path), *options)


@pytest.mark.parametrize("wkt", ["POINT(nan nan)", "POINT EMPTY", "POLYGON((0 0,1 1,1 0,0 1,0 0))", "POINT(999 0)"])
def test_database_takes_no_geometry_that_would_break_an_export(toytown, tmp_path, wkt):
    take(path_file(tmp_path))
    layer = ReferenceLayer.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO layers_referencefeature (layer_id, source_id, names, properties, shape)"
            " VALUES (%s, 'x', '{}', '{}', ST_GeomFromText(%s, 4326))",
            [layer.pk, wkt],
        )


def test_layer_publishes_the_named_columns_and_its_sources_credit(toytown, tmp_path, client):
    take(
        path_file(tmp_path),
        "--fields",
        "highway",
        "--licence",
        "ODbL 1.0",
        "--attribution",
        "© OpenStreetMap contributors",
    )
    answers = [
        client.get("/ogc/collections/reference-paths/items?f=json"),
        client.get(f"/map/reference.json?layer=paths&bbox={BOX}"),
        client.get("/ogc/collections/reference-paths?f=json"),
        client.get("/ogc/collections?f=json"),
        client.get("/tiles/reference-paths.json"),
    ]
    for answer in answers:
        assert answer.status_code == 200
        content = answer.content.decode()
        json.loads(content)
        assert "anna@example.org" not in content
    for answer in answers[:2]:
        [feature] = json.loads(answer.content)["features"]
        assert feature["properties"] | {"id": 0} == {
            "id": 0,
            "name": "Aukio",
            "name_language": "fi",
            "highway": "footway",
        }
    for answer in (answers[2], answers[4]):
        assert "OpenStreetMap contributors" in answer.content.decode()
        assert "ODbL 1.0" in answer.content.decode()
        assert "CC-BY" not in answer.content.decode()
    assert b"highway" in client.get("/tiles/reference-paths/14/9320/4741.pbf").content


def test_geopackage_of_a_layer_can_be_opened(committed_city, tmp_path, client):
    take(path_file(tmp_path), "--fields", "highway", "--licence", "ODbL 1.0")
    out = tmp_path / "out.gpkg"
    told = json.loads(client.get("/export/reference-paths.geojson").getvalue())
    assert told["license"] == "ODbL 1.0"
    assert [feature["properties"]["highway"] for feature in told["features"]] == ["footway"]
    out.write_bytes(client.get("/export/reference-paths.gpkg").getvalue())
    with sqlite3.connect(out) as opened:
        assert opened.execute("SELECT highway FROM 'reference-paths'").fetchall() == [("footway",)]
    ReferenceLayer.objects.all().delete()
    Dataset.objects.by_slug("paths").delete()


@pytest.mark.parametrize(
    ("query", "field"),
    [(f"layer=nowhere&bbox={BOX}", "layer"), (f"bbox={BOX}", "layer"), ("layer=paths", "bbox"), ("layer=paths&bbox=1,2,3", "bbox"),
     (f"layer=paths&bbox={BOX}&limit=3", "limit")],
)  # fmt: skip
def test_map_door_names_the_bad_parameter(toytown, tmp_path, client, query, field):
    take(path_file(tmp_path))
    answer = client.get(f"/map/reference.json?{query}")
    assert answer.status_code == 400
    assert field in answer.content.decode()


@pytest.mark.parametrize(
    "address", ["/ogc/collections/reference-x", "/tiles/reference-x.json", "/export/reference-x.geojson"]
)
def test_layer_that_is_not_there_is_404(db, client, address):
    assert client.get(address).status_code == 404


def test_map_page_offers_the_layer_with_its_credit(toytown, tmp_path, client):
    take(path_file(tmp_path), "--layer-name", "fi=Polut <b>", "--attribution", "Seutu", "--shown", "--style", "path")
    page = client.get("/fi/").content.decode()
    assert 'data-reference="paths" checked' in page
    assert "Polut &lt;b&gt;" in page and "Seutu" in page


def test_same_file_again_writes_nothing_and_a_new_one_replaces(toytown, tmp_path, capsys):
    take(path_file(tmp_path))
    take(path_file(tmp_path))
    assert "0 added, 0 updated, 1 unchanged, 0 ended" in capsys.readouterr().out
    take(path_file(tmp_path, files.feature(PATH, code="2"), files.feature(POINT, code="3")))
    assert "2 added, 0 updated, 0 unchanged, 1 ended" in capsys.readouterr().out
    assert ReferenceFeature.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "n", "options"),
    [
        ("helsinki_centre_paths.geojson", 1_342, ("--fields", "highway", "--style", "path")),
        ("helsinki_centre_parking_and_parks.geojson", 71, ("--fields", "kind", "--style", "parking")),
        ("espoo_bike_stations.csv", 110, ("--fields", "capacity")),
        ("espoo_playgrounds.geojson", 188, ("--fields", "supervised")),
        ("espoo_postal_areas.geojson", 46, ("--fields", "postal_code", "--style", "boundary")),
    ],
)
def test_real_files_become_layers_whole(shared_data, db, settings, tmp_path, capsys, name, n, options):
    text = (settings.BASE_DIR / "tests" / "toytown.toml").read_text(encoding="utf-8")
    city = tmp_path / "region.toml"
    city.write_text(text.replace("[24.80, 60.17, 24.84, 60.19]", "[24.4, 59.8, 25.3, 60.4]"), encoding="utf-8")
    settings.CITY = read_city(city)
    for told in (f"{n} added", f"0 added, 0 updated, {n} unchanged"):
        take(shared_data / name, *options)
        assert told in capsys.readouterr().out
    assert ReferenceFeature.objects.count() == n
