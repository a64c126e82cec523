"""GeoPackage, FlatGeobuf, Shapefile: what GDAL reads back is what the database holds, row by row, in every CRS."""

import csv
import io
import json
import os
import subprocess
import zipfile

import pyogrio
import pytest
import shapely
from pyproj import Transformer

from geodata import vector_files
from geodata.collections import proposals
from geodata.exports import TooManyExports, reading
from geodata.vector_files import ExportFailed, MadeFile, short_names, vector_file
from layers.models import Area, ServiceLocation
from proposals.models import Proposal, Publication
from tests.geodata.read_back import HOSTILE, make_mixture, rows_of, saved, sources, truth
from tests.geodata.rows import make_crowd, make_proposal
from tests.geodata.test_exports import WHITELIST, expected_properties, geojson

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("committed_city")]

FORMATS = ("gpkg", "fgb", "shp.zip")
CENTIMETRE = 0.011


@pytest.mark.parametrize(
    ("format", "srid"),
    [
        ("gpkg", None),
        ("gpkg", 3067),
        ("gpkg", 3879),
        ("fgb", 4326),
        ("fgb", 3879),
        ("shp.zip", 3067),
        ("shp.zip", 3879),
    ],
)
def test_every_row_reads_back_as_the_database_has_it(client, tmp_path, format, srid):
    make_mixture()
    make_crowd(40)
    path = saved(client, tmp_path, format, f"crs=EPSG:{srid}" if srid else "")
    found, expected = rows_of(path), truth()
    assert sorted(found) == sorted(expected)
    transformer = Transformer.from_crs(4326, srid or 4326, always_xy=True)
    tolerance = CENTIMETRE if srid in (3067, 3879) else 1e-7
    for pk, row in expected.items():
        moved = shapely.transform(shapely.from_wkb(bytes(row["geometry"])), transformer.transform, interleaved=False)
        assert shapely.hausdorff_distance(moved, found[pk]["geometry"]) < tolerance
        assert moved.geom_type == found[pk]["geometry"].geom_type
        assert found[pk]["status"] == row["status"]
        if format != "shp.zip":
            assert (found[pk]["title"], found[pk]["body"]) == (row["title"], row["body"])
    for source in sources(path):
        assert pyogrio.read_info(source)["crs"] == f"EPSG:{srid or 4326}"


@pytest.mark.parametrize("format", ["gpkg", "fgb"])
def test_columns_are_the_whitelist_and_typed(client, tmp_path, format):
    pledged = make_mixture()[1]
    path = saved(client, tmp_path, format, "lang=en")
    info = pyogrio.read_info(path)
    assert list(info["fields"]) == WHITELIST
    types = dict(zip(info["fields"], info["dtypes"], strict=True))
    assert types["id"] == types["pledges"] == "int64"
    assert types["published"].startswith("datetime64") and types["due"].startswith("datetime64")
    assert types["title"] == types["photos"] == "object"
    assert info["geometry_type"] == "Unknown"
    row = rows_of(path)[pledged.pk]
    assert json.loads(row["taken_up_by"]) == ["Huolto lead"]
    assert json.loads(row["answers"]) == {"a": [1, "ö"]}
    assert str(row["due"])[:10] == "2026-05-31"
    assert str(row["published"])[:19] == "2026-05-31T12:00:00"


def test_properties_are_those_of_geojson(client, tmp_path):
    proposal = make_proposal()
    (row,) = rows_of(saved(client, tmp_path, "gpkg", "lang=en")).values()
    expected = expected_properties(proposal.pk) | {"photos": [], "place": row["place"]}
    for name, value in expected.items():
        if name in ("submitted", "published", "updated"):
            assert f"{str(row[name])[:19]}Z" == value
        elif name == "due":
            assert str(row[name]) == "NaT"
        else:
            assert (json.loads(row[name]) if isinstance(value, list | dict) else row[name]) == value


def test_geopackage_says_what_it_is(client, tmp_path):
    make_proposal()
    path = saved(client, tmp_path, "gpkg", "lang=en")
    assert [name for name, _type in pyogrio.list_layers(path)] == ["proposals"]
    metadata = pyogrio.read_info(path)["layer_metadata"]
    assert metadata["license"] == "CC-BY-4.0"
    assert metadata["attribution"] == "Participation map, Toytown"


def test_shapefile_has_a_part_for_each_type_and_tells_which_column_is_which(client, tmp_path):
    make_mixture()
    path = saved(client, tmp_path, "shp.zip", "crs=EPSG:3879&lang=en")
    archive = zipfile.ZipFile(path)
    assert archive.testzip() is None
    parts = [
        f"proposals_{word}.{part}"
        for word in ("points", "lines", "polygons")
        for part in ("shp", "shx", "dbf", "prj", "cpg")
    ]
    assert archive.namelist() == [*parts, "fields.csv", "licence.txt"]
    assert archive.read("proposals_lines.cpg") == b"UTF-8"
    assert b"GK25" in archive.read("proposals_lines.prj")
    assert b"CC-BY-4.0" in archive.read("licence.txt")
    told = list(csv.DictReader(io.StringIO(archive.read("fields.csv").decode("utf-8-sig")), delimiter=";"))
    assert [row["Property"] for row in told] == WHITELIST
    assert {row["Column"] for row in told} == set(pyogrio.read_info(sources(path)[0])["fields"])
    assert {row["Property"]: row["Column"] for row in told}["supports_unverified"] == "supports_u"


def test_shapefile_cuts_a_long_text_between_characters_and_keeps_the_time(client, tmp_path):
    first, *_rest = make_mixture()
    row = rows_of(saved(client, tmp_path, "shp.zip"))[first.pk]
    assert row["body"] == "ä" * 127  # 254 bytes
    assert row["title"] == HOSTILE
    assert row["submitted"] == "2026-05-31T12:00:00Z"


def test_shapefile_of_points_alone_holds_points_alone(client, tmp_path):
    make_proposal()
    names = zipfile.ZipFile(saved(client, tmp_path, "shp.zip")).namelist()
    assert [name for name in names if name.endswith(".shp")] == ["proposals_points.shp"]


@pytest.mark.parametrize("format", FORMATS)
def test_empty_result_is_a_valid_file_with_its_columns(client, tmp_path, format):
    make_proposal(publication=Publication.PENDING)
    (source,) = sources(saved(client, tmp_path, format, "crs=EPSG:3067&q=bench"))
    info = pyogrio.read_info(source, force_feature_count=True)
    assert (info["features"], info["crs"], len(info["fields"])) == (0, "EPSG:3067", len(WHITELIST))


@pytest.mark.parametrize("format", FORMATS)
def test_areas_and_services_leave_by_the_same_doors(client, tmp_path, format):
    found = rows_of(saved(client, tmp_path, format, "lang=sv&level=district", "areas"), "slug")
    expected = Area.objects.current().of_level("district")
    assert {slug: row["name"] for slug, row in found.items()} == {a.slug: a.name_in("sv") for a in expected}
    for area in expected:
        assert shapely.equals(shapely.from_wkb(bytes(area.outline.wkb)), found[area.slug]["geometry"])
    services = rows_of(saved(client, tmp_path, format, "lang=fi", "services"))
    assert sorted(services) == sorted(ServiceLocation.objects.values_list("pk", flat=True))
    assert len(services) > 0


def test_filter_of_services_and_areas_holds_in_text_formats_too(client):
    for address, count in (
        ("/export/areas.geojson?level=district", Area.objects.current().of_level("district").count()),
        ("/export/services.geojson?category=none", 0),
    ):
        response = client.get(address)
        assert json.loads(b"".join(response.streaming_content))["numberReturned"] == count
    text = b"".join(client.get("/export/areas.csv?lang=en&crs=EPSG:3067").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))
    assert len(rows) == Area.objects.current().count()
    assert list(rows[0])[-2:] == ["x", "y"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/export/proposals.gpkg?crs=EPSG:3857", 400),
        ("/export/proposals.gpkg?delimiter=;", 400),
        ("/export/proposals.fgb?crs=3067", 400),
        ("/export/proposals.shp.zip?kind=nonsense", 400),
        ("/export/areas.gpkg?kind=parking", 400),
        ("/export/areas.gpkg?level=continent", 400),
        ("/export/services.fgb?bbox=1,2,3", 400),
        ("/export/contacts.gpkg", 404),
        ("/export/proposals.zip", 404),
        ("/export/proposals.gpkg/", 404),
    ],
)
def test_what_is_not_known_is_refused_before_anything_is_written(client, monkeypatch, address, status):
    monkeypatch.setattr(subprocess, "run", None)
    response = client.get(address)
    assert response.status_code == status


@pytest.mark.parametrize("format", FORMATS)
def test_head_makes_no_file(client, monkeypatch, format, django_assert_num_queries):
    monkeypatch.setattr(subprocess, "run", None)
    with django_assert_num_queries(0):
        response = client.head(f"/export/proposals.{format}")
    assert response.status_code == 200
    assert response["Content-Disposition"].endswith(f'.{format}"')


def test_file_waits_its_turn_among_the_exports_and_gives_the_place_back(client, settings, tmp_path):
    settings.EXPORTS_AT_ONCE = 1
    make_proposal()
    with reading():
        response = client.get("/export/proposals.gpkg")
        assert response.status_code == 503
        assert int(response["Retry-After"]) > 0
        with pytest.raises(TooManyExports):
            vector_file(proposals(), Proposal.objects.public(), "fi", "fgb", 4326)
    for _ in range(2):
        assert len(rows_of(saved(client, tmp_path, "gpkg"))) == 1
        (tmp_path / "proposals.gpkg").unlink()


def test_failure_of_the_writer_is_no_file(client, monkeypatch):
    make_proposal()
    monkeypatch.setattr(vector_files, "TIME_ENOUGH", ("SET LOCAL statement_timeout = '1ms'", "SELECT pg_sleep(1)"))
    with pytest.raises(ExportFailed, match="timeout"):
        vector_file(proposals(), Proposal.objects.public(), "fi", "gpkg", 4326)


def test_writer_could_not_write_to_the_database_even_if_its_sql_said_so(monkeypatch):
    monkeypatch.setattr(vector_files, "TIME_ENOUGH", ("UPDATE proposals_proposal SET title = 'gone'",))
    with pytest.raises(ExportFailed, match="read-only"):
        vector_file(proposals(), Proposal.objects.public(), "fi", "gpkg", 4326)


def test_nothing_is_left_in_the_folder_for_temporary_files(client, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    make_proposal()
    response = client.get("/export/proposals.gpkg")
    assert os.listdir(tmp_path) == []
    next(response.streaming_content)
    response.close()
    assert os.listdir(tmp_path) == []


def test_half_a_file_is_seen_as_half(client, tmp_path):
    make_crowd(300)
    file = vector_file(proposals(), Proposal.objects.public(), "fi", "gpkg", 4326)
    assert isinstance(file, MadeFile)
    half = next(iter(file))
    assert len(half) < file.size  # what Content-Length promises
    (tmp_path / "half.gpkg").write_bytes(half)
    with pytest.raises(pyogrio.errors.DataSourceError):
        pyogrio.raw.read(tmp_path / "half.gpkg")


def test_unicode_null_free_texts_of_any_script_come_through(client, tmp_path):
    texts = [
        "Ääkköset",
        "日本語",
        "עברית",
        "👩‍👩‍👧‍👦",
        "é",
        "a\x01b\x1f",
        "--; DROP TABLE x",
        "%(name)s %%",
        "\\x41",
        "NULL",
        " ",
    ]
    made = {make_proposal(title=text).pk: text for text in texts}
    for format in FORMATS[:2]:
        found = rows_of(saved(client, tmp_path, format))
        assert {pk: found[pk]["title"] for pk in made} == made
    assert {f["id"] for f in geojson(client)["features"]} == set(made)


def test_short_names_are_short_and_differ():
    names = short_names(["supports_verified", "supports_unverified", "supports_very", "id", "supports_verily"])
    assert list(names.values()) == ["supports_v", "supports_u", "supports_2", "id", "supports_3"]


def test_password_of_the_database_goes_by_no_argument(monkeypatch):
    given = {}

    def run(arguments, **options):
        given.update(options, arguments=arguments)
        return subprocess.CompletedProcess(arguments, 1, "", "stopped")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(ExportFailed):
        vector_file(proposals(), Proposal.objects.public(), "fi", "gpkg", 4326)
    assert "conninfo" in given["input"]
    assert not any("dbname" in argument for argument in given["arguments"])
