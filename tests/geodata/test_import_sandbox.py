"""Files made to break their reader: refused with a reason, in little time, and nothing else of the machine is read."""

import http.server
import stat
import struct
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy
import pyogrio
import pytest
import shapely

from geodata.imports import SourceRefused
from geodata.imports.dataset import Reading, opened_dataset
from geodata.imports.source import StreamedRow
from tests.geodata import source_files as files

CANARY = "canary-9d2e"
PLACE = shapely.Point(24.81, 60.175)
COLUMNS = 1_001  # one more than is read


@pytest.fixture
def canary(tmp_path) -> Path:
    """A file that no import has any business to read."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return files.geojson(folder / "canary.geojson", files.feature(name_fi=CANARY))


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """The address of a server on this machine, and what it was asked."""
    asked: list[str] = []

    class Listening(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Listening)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/a.tif", asked
    server.shutdown()
    server.server_close()


def rows_of(path: Path, **reading: object) -> list[StreamedRow]:
    with opened_dataset(path, Reading(**reading)) as source:
        return list(source.rows)


def refused(path: Path, **reading: object) -> str:
    with pytest.raises(SourceRefused) as refusal:
        rows_of(path, **reading)
    assert CANARY not in str(refusal.value)
    return str(refusal.value)


# --- archives ---------------------------------------------------------------------------------------------------------


def archive_of(path: Path, member: zipfile.ZipInfo | str, content: bytes | str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
    return path


def test_link_in_an_archive_is_not_followed(tmp_path, canary):
    link = zipfile.ZipInfo("a.geojson")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    assert "not GeoJSON" in refused(archive_of(tmp_path / "a.zip", link, str(canary)))


def test_archive_that_is_encrypted_otherwise_is_refused(tmp_path):
    """By AES, which the archive tells as a kind of compression that nobody here knows."""
    path = archive_of(tmp_path / "a.zip", "a.geojson", "{}")
    content = bytearray(path.read_bytes())
    content[8:10] = struct.pack("<H", 99)
    directory = content.index(b"PK\x01\x02")
    content[directory + 10 : directory + 12] = struct.pack("<H", 99)
    path.write_bytes(content)
    assert "cannot be unpacked" in refused(path)


def test_absolute_member_stays_in(tmp_path, canary):
    text = canary.read_text()
    assert "FeatureCollection" in refused(archive_of(tmp_path / "a.zip", str(canary), '{"type": "Nothing"}'))
    assert canary.read_text() == text


# --- columns ----------------------------------------------------------------------------------------------------------


def test_absurd_number_of_columns_is_refused(tmp_path):
    many = [f"c{number}" for number in range(COLUMNS)]
    spread = [files.feature(**{name: 1}) for name in many]  # one column more a feature
    header, line = ",".join(many), ",".join("1" for _ in many)
    (tmp_path / "a.csv").write_text(f"{header},lon,lat\n{line},24.81,60.175\n")
    geopackage = files.dataset(tmp_path / "a.gpkg", "GPKG")
    files.execute(geopackage, *(f"ALTER TABLE a ADD COLUMN {name} TEXT" for name in many))
    for path in (
        tmp_path / "a.csv",
        geopackage,
        files.geojson(tmp_path / "a.geojson", files.feature(**dict.fromkeys(many, 1))),
        files.geojson(tmp_path / "b.geojson", *spread),
    ):
        assert "columns. At most 1,000 are read" in refused(path), path


def test_shapefile_with_two_columns_of_one_name_is_refused(tmp_path):
    path = files.dataset(tmp_path / "a.shp", "ESRI Shapefile", PLACE, "EPSG:4326", geometry_type="Point")
    table = bytearray((tmp_path / "a.dbf").read_bytes())
    table[64:75] = table[32:43]  # the second column is called as the first
    (tmp_path / "a.dbf").write_bytes(table)
    assert "Two columns have the same name: code" in refused(path)


def test_letters_of_a_shapefile_are_read_by_what_its_table_says(tmp_path):
    """By its .cpg, else by the mark in the table itself."""
    pyogrio.raw.write(
        tmp_path / "a.shp", numpy.array([shapely.to_wkb(PLACE)], dtype=object), [numpy.array(["Töölö"], dtype=object)],
        ["name_fi"], crs="EPSG:4326", driver="ESRI Shapefile", geometry_type="Point", encoding="ISO-8859-1",
    )  # fmt: skip
    assert rows_of(tmp_path / "a.shp")[0].text("name_fi") == "Töölö"
    (tmp_path / "a.cpg").unlink()
    assert rows_of(tmp_path / "a.shp")[0].text("name_fi") == "Töölö"


# --- GeoPackages ------------------------------------------------------------------------------------------------------


def geopackage(path: Path, *statements: str) -> Path:
    """One place in the layer `a`, and what `statements` do to it behind GDAL's back."""
    files.dataset(path, "GPKG", PLACE, "EPSG:4326", geometry_type="Point", layer="a")
    return files.execute(path, *statements)


def view(select: str) -> tuple[str, ...]:
    """The statements that make a view the only layer."""
    return (
        f"CREATE VIEW seen AS {select}",
        "DELETE FROM gpkg_geometry_columns",
        "DELETE FROM gpkg_contents",
        "DELETE FROM gpkg_extensions",
        "INSERT INTO gpkg_contents (table_name, identifier, data_type, srs_id) VALUES ('seen', 'seen', 'features', 4326)",
        "INSERT INTO gpkg_geometry_columns VALUES ('seen', 'geom', 'POINT', 4326, 0, 0)",
    )


@pytest.mark.parametrize(
    "expression",
    ["readfile('{canary}')", "load_extension('{canary}')", "gdal_get_pixel_value('{url}', 1, 'georef', 1, 1)",
     "gdal_get_pixel_value('/vsicurl/{url}', 1, 'georef', 1, 1)"],
)  # fmt: skip
def test_view_that_reaches_out_is_refused(tmp_path, canary, listener, expression):
    url, asked = listener
    select = f"SELECT 1 AS fid, {expression.format(canary=canary, url=url)} AS name_fi, geom FROM a"
    refused(geopackage(tmp_path / "a.gpkg", *view(select)))
    assert asked == []


def test_table_that_stands_for_another_file_is_refused(tmp_path, canary):
    virtual = f"CREATE VIRTUAL TABLE other USING VirtualOGR(''{canary}'')"
    refused(
        geopackage(
            tmp_path / "a.gpkg",
            "PRAGMA writable_schema = ON",
            f"INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES ('table', 'other', 'other', 0, '{virtual}')",
            *view("SELECT 1 AS fid, (SELECT name_fi FROM other) AS name_fi, geom FROM a"),
        )
    )


def test_view_without_end_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("geodata.imports.source.READING_TIMEOUT_S", 2)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS fid, (SELECT geom FROM a) AS geom FROM n"
    assert "longer than 2 s" in refused(geopackage(tmp_path / "a.gpkg", *view(endless)))


def test_plain_view_is_read_and_a_trigger_does_nothing(tmp_path):
    select = "SELECT fid, geom, code, name_fi FROM a"
    assert len(rows_of(geopackage(tmp_path / "a.gpkg", *view(select)))) == 1
    path = geopackage(tmp_path / "b.gpkg", "CREATE TRIGGER t AFTER UPDATE ON a BEGIN DELETE FROM a; END")
    before = path.read_bytes()
    assert len(rows_of(path)) == 1
    assert path.read_bytes() == before


def test_geometry_that_claims_more_than_there_is_or_nests_without_end_is_refused(tmp_path):
    claims = struct.pack("<BII", 1, 2, 4_000_000_000) + bytes(16)
    nests = struct.pack("<BII", 1, 7, 1) * 100_000 + shapely.to_wkb(PLACE)
    for number, wkb in enumerate((claims, nests)):
        blob = (b"GP\x00\x01" + struct.pack("<i", 4326) + wkb).hex()
        path = geopackage(
            tmp_path / f"{number}.gpkg",
            *(f"DROP TRIGGER IF EXISTS {name}" for name in RTREE_TRIGGERS),
            f"UPDATE a SET geom = X'{blob}'",
        )
        assert "cannot read it" in refused(path)


RTREE_TRIGGERS = [f"rtree_a_geom_{name}" for name in ("insert", "delete", *(f"update{n}" for n in range(1, 8)))]


# --- places that are none ---------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.*encountered in from_wkt")
def test_place_that_is_no_finite_number_is_refused_by_its_row(tmp_path):
    (tmp_path / "xy.csv").write_text("id,lon,lat\n1,nan,60\n2,24.81,inf\n3,1e999,60\n4,24.81,-Infinity\n")
    (tmp_path / "wkt.csv").write_text(
        "id;wkt\n1;POINT(nan nan)\n2;POINT(24.81 inf)\n3;POINT(-1e999 1)\n4;LINESTRING(1 1, nan 2)\n"
    )
    nowhere = shapely.Point(float("nan"), float("inf"))
    for path in (
        tmp_path / "xy.csv",
        tmp_path / "wkt.csv",
        files.dataset(tmp_path / "a.fgb", "FlatGeobuf", nowhere, "EPSG:4326", geometry_type="Point"),
    ):
        found = rows_of(path, crs=4326 if path.suffix == ".csv" else None)
        assert found and all(row.problem for row in found), path
    point = '{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [%s, 60]}}'
    (tmp_path / "a.geojson").write_text(point % "1e999")
    assert all(row.problem for row in rows_of(tmp_path / "a.geojson"))
    for number in ("NaN", "-Infinity"):
        (tmp_path / "a.geojson").write_text(point % number)
        assert "is not a number" in refused(tmp_path / "a.geojson")


def test_wkt_without_end_is_refused_or_a_row_like_others(tmp_path):
    line = ",".join("24.81 60.175" for _ in range(20_000))
    nested = "GEOMETRYCOLLECTION(" * 9_000 + "POINT(24.81 60.175)" + ")" * 9_000
    (tmp_path / "a.csv").write_text(f'id,wkt\n1,"LINESTRING({line})"\n')
    assert "field larger than" in refused(tmp_path / "a.csv", crs=4326)
    (tmp_path / "b.csv").write_text(f'id,wkt\n1,"{nested}"\n2,"POINT(((("\n')
    first, second = rows_of(tmp_path / "b.csv", crs=4326)
    assert first.problem is None and "is not a geometry in WKT" in str(second.problem)
