"""GeoParquet, the optional one: whole where pyarrow is installed, not offered elsewhere."""

import json

import pytest
import shapely
from pyproj import Transformer

from geodata import vector_files
from tests.geodata.read_back import make_mixture, saved, truth
from tests.geodata.test_exports import WHITELIST
from tests.geodata.test_vector_files import CENTIMETRE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("committed_city")]


def test_geoparquet_is_not_offered_where_pyarrow_is_missing(client, monkeypatch):
    monkeypatch.setattr(vector_files, "find_spec", lambda name: None)
    response = client.get("/export/areas.parquet?lang=en")
    assert response.status_code == 404
    assert "/export/areas.gpkg" in response.json()["detail"]
    assert "parquet" not in response.json()["detail"]


def test_geoparquet_reads_back_where_pyarrow_is_installed(client, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="optional: requirements-parquet.txt")
    make_mixture()
    path = saved(client, tmp_path, "parquet", "crs=EPSG:3879&lang=en")
    read, expected = parquet.read_table(path), truth()
    geo = json.loads(read.schema.metadata[b"geo"])
    assert geo["columns"]["geometry"]["crs"]["id"] == {"authority": "EPSG", "code": 3879}
    assert read.schema.metadata[b"license"] == b"CC-BY-4.0"
    assert read.column_names == [*WHITELIST, "geometry"]
    move = Transformer.from_crs(4326, 3879, always_xy=True).transform
    for row in read.to_pylist():
        moved = shapely.transform(shapely.from_wkb(bytes(expected[row["id"]]["geometry"])), move, interleaved=False)
        assert shapely.hausdorff_distance(moved, shapely.from_wkb(row["geometry"])) < CENTIMETRE
        assert row["body"] == expected[row["id"]]["body"]
    assert {row["id"] for row in read.to_pylist()} == set(expected)
    empty = parquet.read_table(saved(client, tmp_path, "parquet", "q=nothingofthekind"))
    assert (empty.num_rows, empty.column_names) == (0, read.column_names)
