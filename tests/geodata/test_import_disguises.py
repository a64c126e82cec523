"""Files that pretend to be what they are not: nobody can trick the reader into other files or the network."""

import http.server
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from geodata.imports import SourceRefused, read_source
from geodata.imports.source import READER, _confined_environment
from tests.geodata import source_files as files

CANARY = "canary-5c1f"


@pytest.fixture
def canary(tmp_path):
    """A file that no import has any business to read."""
    return files.geojson(tmp_path / "elsewhere.geojson", files.feature(name_fi=CANARY))


def refused(path, **options) -> str:
    with pytest.raises(SourceRefused) as refusal:
        read_source(path, **options)
    assert CANARY not in str(refusal.value)
    return str(refusal.value)


# --- disguises --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["vrt.geojson", "vrt.json", "vrt.gpkg", "vrt.fgb"])
def test_vrt_in_disguise_is_not_read(tmp_path, canary, name):
    text = f"<OGRVRTDataSource><OGRVRTLayer name='elsewhere'><SrcDataSource>{canary}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    (tmp_path / name).write_text(text)
    refused(tmp_path / name)


def test_vrt_beside_a_shapefile_is_not_read(tmp_path, canary):
    for suffix in (".shp", ".shx", ".dbf"):
        (tmp_path / f"vrt{suffix}").write_text(
            f"<OGRVRTDataSource><OGRVRTLayer><SrcDataSource>{canary}</SrcDataSource>"
        )
    refused(tmp_path / "vrt.shp")


def test_gdal_pipeline_in_disguise_is_not_read(tmp_path, canary):
    pipeline = {"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {canary}"}
    (tmp_path / "pipeline.json").write_text(json.dumps(pipeline))
    assert "FeatureCollection" in refused(tmp_path / "pipeline.json")


def test_reader_itself_knows_one_driver_alone(tmp_path, canary):
    """Behind the checks of content: GDAL in the child could not open the pipeline if it wanted to."""
    pipeline = tmp_path / "pipeline.gpkg"
    pipeline.write_text(
        json.dumps({"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {canary}"})
    )
    code = f"import pyogrio; print(list(pyogrio.list_drivers())); pyogrio.read_info({str(pipeline)!r})"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code],
        capture_output=True,
        text=True,
        env=_confined_environment("GPKG"),
        check=False,
    )
    assert done.stdout.strip() == "['GPKG']"
    assert "not recognized" in done.stderr


def test_reader_refuses_to_run_with_more_drivers_than_one(tmp_path):
    path = files.geojson(tmp_path / "a.geojson", files.feature())
    command = [sys.executable, "-I", str(READER), str(path), "GeoJSON", "", "0"]
    done = subprocess.run(command, capture_output=True, text=True, env={}, check=False)
    assert done.returncode == 2
    assert "could not be held" in done.stderr


@pytest.mark.parametrize(
    "crs",
    [
        {"type": "link", "properties": {"href": "http://127.0.0.1:9/crs", "type": "proj4"}},
        {"type": "name", "properties": {"name": "http://www.opengis.net/def/crs/EPSG/0/3067"}},
        {"type": "name", "properties": {"name": "+proj=utm +nadgrids=/etc/passwd"}},
        {"type": "name", "properties": {"name": "/etc/passwd"}},
        {"type": "name", "properties": {}},
        {"type": "name"},
        {"type": "EPSG", "properties": {"code": 3067}},
        "EPSG:3067",
        3067,
        [],
    ],
)
def test_crs_member_of_an_odd_kind_is_refused(tmp_path, crs):
    assert "crs member" in refused(files.geojson(tmp_path / "a.geojson", files.feature(), crs=crs))


def test_nothing_is_asked_of_the_network(tmp_path):
    asked = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *arguments):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/crs"
    crs = {"type": "link", "properties": {"href": address, "type": "proj4"}}
    refused(files.geojson(tmp_path / "a.geojson", files.feature(), crs=crs))
    (tmp_path / "b.gpkg").write_text(
        f"<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>{address}</SrcDataSource>"
    )
    refused(tmp_path / "b.gpkg")
    server.shutdown()
    assert asked == []


@pytest.mark.parametrize(
    "name",
    ["/vsicurl/http://127.0.0.1:9/a.geojson", "http://127.0.0.1:9/a.geojson", "/vsistdin/", "nowhere.geojson", "."],
)
def test_what_is_no_file_on_this_machine_is_refused(name):
    assert "no such file" in refused(Path(name))


def test_name_with_tricks_is_only_a_name(tmp_path):
    path = files.geojson(tmp_path / "a.zip!b|layername=c.geojson", files.feature())
    assert len(read_source(path).rows) == 1
