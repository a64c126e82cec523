"""Files that come from elsewhere: types, archives, layers, reference systems, and what a row is."""

import json
import os
import zipfile

import geopandas
import pytest
import shapely

from geodata.imports import SourceRefused, read_source
from tests.geodata import source_files as files

# GDAL's writer warns of what these files are for.
pytestmark = pytest.mark.filterwarnings("ignore:'crs' was not provided")


def refused(path, **options) -> str:
    with pytest.raises(SourceRefused) as refusal:
        read_source(path, **options)
    return str(refusal.value)


# --- types ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".kml", ".gml", ".vrt", ".sqlite", ".xlsx", ".csv", ".tab", ".geojsonl", ""])
def test_type_that_is_not_read_is_refused_with_those_that_are(tmp_path, suffix):
    path = files.geojson(tmp_path / f"a{suffix}", files.feature())
    assert "GeoPackage (.gpkg)" in refused(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not GeoJSON"),
        (b"{", "not GeoJSON"),
        (b"[" * 100_000, "not GeoJSON"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "NaN is not a number"),
        (b'{"type": "Topology", "objects": {}, "arcs": []}', "FeatureCollection"),
        (b'{"geometryType": "esriGeometryPoint", "features": []}', "FeatureCollection"),
        (b'{"type": "Feature", "geometry": null}\n{"type": "Feature", "geometry": null}\n', "not GeoJSON"),
        ('{"type": "FeatureCollection", "name": "Töölö"}'.encode("latin-1"), "UTF-8"),
        ('{"type": "FeatureCollection"}'.encode("utf-16"), "UTF-8"),
        (b'{"type": "FeatureCollection", "name": "A\\u0000B"}', "NUL"),
        (b'{"type": "FeatureCollection"}\x00', "NUL"),
        (b"PK\x03\x04\xff", "UTF-8|not GeoJSON"),
    ],
)
def test_what_is_not_geojson_is_refused(tmp_path, content, reason):
    path = tmp_path / "a.geojson"
    path.write_bytes(content)
    with pytest.raises(SourceRefused, match=reason):
        read_source(path)


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".shp", ".zip"])
def test_rubbish_of_every_type_is_refused(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(os.urandom(4_000))
    refused(path)


def test_truncated_geopackage_is_refused(tmp_path):
    path = files.dataset(tmp_path / "a.gpkg", "GPKG")
    path.write_bytes(path.read_bytes()[:40_000])
    refused(path)


def test_byte_order_mark_is_no_obstacle(tmp_path):
    path = files.geojson(tmp_path / "a.geojson", files.feature())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(read_source(path).rows) == 1


# --- archives ---------------------------------------------------------------------------------------------------------


def zipped(path, **members) -> object:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_shapefile_that_lacks_a_part_is_refused(tmp_path, part):
    assert part in refused(files.shapefile_zip(tmp_path / "a.zip", tmp_path, without=part))


def test_shapefile_without_prj_needs_its_reference_system_said(tmp_path):
    path = files.shapefile_zip(tmp_path / "a.zip", tmp_path, without=".prj")
    assert "--crs" in refused(path)
    assert read_source(path, crs=3067).crs == 3067


def test_zipped_shapefile_is_read(tmp_path):
    source = read_source(files.shapefile_zip(tmp_path / "a.zip", tmp_path))
    assert (source.crs, source.rows[0].text("NAME_FI")) == (3067, "Aukio")


def test_archive_without_a_data_set_is_refused(tmp_path):
    assert "one data set" in refused(zipped(tmp_path / "a.zip", **{"readme.txt": "hello"}))


def test_archive_with_two_data_sets_is_refused(tmp_path):
    assert "holds 2" in refused(zipped(tmp_path / "a.zip", **{"a.geojson": "{}", "b.geojson": "{}"}))


def test_archive_inside_an_archive_is_not_opened(tmp_path):
    inner = zipped(tmp_path / "inner.zip", **{"a.geojson": "{}"})
    assert "one data set" in refused(zipped(tmp_path / "a.zip", **{"inner.zip": inner.read_bytes()}))


def test_member_that_climbs_out_stays_in(tmp_path):
    text = json.dumps({"type": "FeatureCollection", "features": [files.feature()]})
    path = zipped(tmp_path / "a.zip", **{"../../climbed.geojson": text})
    assert len(read_source(path).rows) == 1
    assert not list(tmp_path.parent.rglob("climbed.geojson"))


def test_archive_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("geodata.imports.source.SOURCE_BYTES_MAX", 1_000_000)
    assert "unpacks to more" in refused(zipped(tmp_path / "a.zip", **{"a.geojson": b" " * 2_000_000}))


def test_archive_of_too_many_members_is_refused(tmp_path):
    assert "more than" in refused(zipped(tmp_path / "a.zip", **{f"{n}.txt": "" for n in range(1_001)}))


def test_encrypted_archive_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", **{"a.geojson": "{}"})
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag of encryption, in the local header and in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert "cannot be unpacked" in refused(path)


def test_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("geodata.imports.source.SOURCE_BYTES_MAX", 100)
    assert "larger than" in refused(files.geojson(tmp_path / "a.geojson", files.feature()))


# --- layers and reference systems -------------------------------------------------------------------------------------


def test_geopackage_with_several_layers_asks_which(tmp_path):
    path = files.dataset(tmp_path / "a.gpkg", "GPKG", layer="first")
    files.dataset(path, "GPKG", layer="second")
    assert "layers: first, second. Say it by --layer" in refused(path)
    assert "no layer “third”" in refused(path, layer="third")
    assert len(read_source(path, layer="second").rows) == 1


def test_geopackage_without_a_spatial_layer_is_refused(tmp_path):
    path = files.dataset(tmp_path / "a.gpkg", "GPKG", layer="only")
    files.execute(
        path,
        "DELETE FROM gpkg_geometry_columns",
        "DELETE FROM gpkg_extensions",
        "UPDATE gpkg_contents SET data_type = 'attributes'",
    )
    assert "no layer" in refused(path)


def test_file_without_reference_system_is_refused_with_what_to_do(tmp_path):
    path = files.dataset(tmp_path / "a.fgb", "FlatGeobuf", crs=None)
    assert "--crs EPSG:3067" in refused(path)
    assert read_source(path, crs=3067).crs == 3067


def test_given_reference_system_that_contradicts_the_file_is_refused(tmp_path):
    path = files.dataset(tmp_path / "a.gpkg", "GPKG")
    reason = refused(path, crs=3879)
    assert "EPSG:3067" in reason
    assert "EPSG:3879" in reason


@pytest.mark.parametrize("crs", [5773, 999_999])  # heights alone; nothing at all
def test_given_number_that_is_no_plane_reference_system_is_refused(tmp_path, crs):
    refused(files.dataset(tmp_path / "a.fgb", "FlatGeobuf", crs=None), crs=crs)


@pytest.mark.parametrize(("name", "driver"), [("a.gpkg", "GPKG"), ("a.fgb", "FlatGeobuf"), ("a.shp", "ESRI Shapefile")])
@pytest.mark.parametrize("crs", ["EPSG:3067", "EPSG:3879", "EPSG:4326", "EPSG:3857"])
def test_reference_system_is_read_from_the_file(tmp_path, name, driver, crs):
    square = geopandas.GeoSeries([files.METRIC_SQUARE], crs=3067).to_crs(crs)
    source = read_source(files.dataset(tmp_path / name, driver, square[0], crs))
    assert source.crs == int(crs[5:])
    expected = geopandas.GeoSeries([files.METRIC_SQUARE], crs=3067).to_crs(4326)[0]
    assert source.rows[0].geometry.extent == pytest.approx(expected.bounds, abs=2e-7)


def test_old_crs_member_of_geojson_is_believed(tmp_path):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3067"}}
    geometry = json.loads(shapely.to_geojson(files.METRIC_SQUARE))
    source = read_source(files.geojson(tmp_path / "a.geojson", files.feature(geometry), crs=crs))
    assert source.crs == 3067
    assert source.rows[0].geometry.extent[0] == pytest.approx(24.80, abs=0.01)


# --- rows -------------------------------------------------------------------------------------------------------------


def test_heights_are_dropped_and_seven_decimals_kept(tmp_path):
    ring = [[24.80123456789, 60.171, 12], [24.809, 60.171, 12], [24.809, 60.179, 12], [24.80123456789, 60.171, 12]]
    path = files.geojson(tmp_path / "a.geojson", files.feature({"type": "Polygon", "coordinates": [ring]}))
    geometry = read_source(path).rows[0].geometry
    assert not geometry.hasz
    assert geometry.extent[0] == 24.8012346


def test_rings_turn_as_geojson_has_them(tmp_path):
    ring = files.SQUARE[0][::-1]
    path = files.geojson(tmp_path / "a.geojson", files.feature({"type": "Polygon", "coordinates": [ring]}))
    assert read_source(path).rows[0].geometry.exterior_ring.is_counterclockwise


def test_whole_numbers_stay_whole_where_others_are_missing(tmp_path):
    path = files.geojson(
        tmp_path / "a.geojson", files.feature(code=5), files.feature(code=None), files.feature(code=...)
    )
    assert [row.text("code") for row in read_source(path).rows] == ["5", None, None]


def test_row_that_burns_the_readers_time_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("geodata.imports.source.READING_TIMEOUT_S", 0.05)
    assert "longer than" in refused(files.geojson(tmp_path / "a.geojson", files.feature()))
