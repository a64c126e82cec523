"""Imports of areas that are refused, as a whole or in rows: nothing is written."""

import pytest
from django.core.management import CommandError, call_command

from geodata.imports import SourceRefused, import_areas
from layers.models import Area
from tests.geodata import source_files as files
from tests.geodata.source_files import polygon
from tests.toytown import square


def reasons(report) -> list[tuple[int, str]]:
    return [(row.number, row.field) for row in report.refused]


# --- refused rows -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (files.empty_feature(), "geometry"),
        (files.feature(polygon()), "geometry"),
        (files.feature({"type": "Point", "coordinates": [24.81, 60.175]}), "geometry"),
        (files.feature({"type": "LineString", "coordinates": [[24.81, 60.175], [24.82, 60.175]]}), "geometry"),
        (files.feature({"type": "GeometryCollection", "geometries": [polygon(*files.SQUARE[0])]}), "geometry"),
        (files.feature(polygon([24.801, 60.171], [24.801, 60.171], [24.801, 60.171], [24.801, 60.171])), "geometry"),
        (files.feature(polygon(*[[y, x] for x, y in files.SQUARE[0]])), "geometry"),  # swapped axes
        (files.feature(polygon(*square(25.0, 60.1, 25.1, 60.2))), "geometry"),  # another city
        (files.feature(polygon(*square(378_000, 6_673_000, 378_500, 6_673_500))), "geometry"),  # metres as degrees
        (files.feature(name_fi=None), "name_fi"),
        (files.feature(name_fi=""), "name_fi"),
        (files.feature(name_fi=" \u200b "), "name_fi"),
        (files.feature(name_fi="A\u0001B"), "name_fi"),
        (files.feature(name_fi="T\ufffdl\ufffd"), "name_fi"),
        (files.feature(name_fi="a" * 201), "name_fi"),
        (files.feature(code=None), "code"),
        (files.feature(code=" "), "code"),
        (files.feature(code="1" * 41), "code"),
    ],
)
def test_refused_row_is_named_and_nothing_is_written(tmp_path, ground, row, field):
    good = files.feature(code="good", name_fi="Hyvä")
    report = import_areas(files.geojson(tmp_path / "a.geojson", good, row), "neighbourhood")
    assert reasons(report) == [(2, field)]
    assert not report.all_went_in
    assert (report.added, report.updated, report.ended) == (0, 0, 0)


def test_every_refused_row_is_named_not_only_the_first(tmp_path, ground):
    rows = (files.empty_feature(code="1"), files.feature(code="2"), files.feature(code="3", name_fi=None))
    assert reasons(import_areas(files.geojson(tmp_path / "a.geojson", *rows), "district")) == [
        (1, "geometry"),
        (3, "name_fi"),
    ]


def test_repeated_code_names_the_row_that_had_it_first(tmp_path, ground):
    rows = (files.feature(code="1"), files.feature(code="2"), files.feature(code="1"))
    report = import_areas(files.geojson(tmp_path / "a.geojson", *rows), "district")
    assert reasons(report) == [(3, "code")]
    assert "row 1" in str(report.refused[0].reason)


def test_hostile_ring_of_too_many_vertices_is_refused_not_repaired(tmp_path, ground, monkeypatch):
    ring = [[24.801 + n % 2 * 0.008, 60.171 + n * 1e-7] for n in range(10_001)]
    report = import_areas(files.geojson(tmp_path / "a.geojson", files.feature(polygon(*ring, ring[0]))), "district")
    assert reasons(report) == [(1, "geometry")]
    assert "10,000 corners, too many to be repaired" in str(report.refused[0].reason)


# --- refused files ----------------------------------------------------------------------------------------------------


def test_file_without_names_says_which_columns_it_has(tmp_path, ground):
    path = files.geojson(tmp_path / "a.geojson", files.feature(name_fi=..., nimi="Aukio"))
    with pytest.raises(SourceRefused, match=r"code, nimi\. Say it by --name-field"):
        import_areas(path, "district")


@pytest.mark.parametrize("option", ["name_field", "code_field"])
def test_column_that_is_not_there_is_refused(tmp_path, ground, option):
    with pytest.raises(SourceRefused, match="no column “nimi”"):
        import_areas(files.geojson(tmp_path / "a.geojson", files.feature()), "district", **{option: "nimi"})


def test_file_without_rows_ends_nothing(tmp_path, ground):
    path = files.dataset(tmp_path / "a.gpkg", "GPKG", layer="a")
    files.execute(
        path, "DROP TRIGGER IF EXISTS trigger_delete_feature_count_a", "DELETE FROM rtree_a_geom", "DELETE FROM a"
    )
    with pytest.raises(SourceRefused, match="no rows"):
        import_areas(path, "district")


def test_level_that_does_not_exist_is_refused(tmp_path, ground):
    with pytest.raises(SourceRefused, match="neighbourhood"):
        import_areas(files.geojson(tmp_path / "a.geojson", files.feature()), "village")


def test_city_that_follows_from_its_areas_is_not_imported(tmp_path, ground):
    with pytest.raises(SourceRefused, match="union"):
        import_areas(files.geojson(tmp_path / "a.geojson", files.feature()), "city")


def test_failure_at_the_end_leaves_nothing_behind(tmp_path, ground, monkeypatch):
    def fail(self):
        raise RuntimeError

    monkeypatch.setattr("proposals.models.proposal.ProposalQuerySet.assign_areas", fail)
    with pytest.raises(RuntimeError):
        import_areas(files.geojson(tmp_path / "a.geojson", files.feature()), "neighbourhood")


# --- the command ------------------------------------------------------------------------------------------------------


def test_command_names_each_refused_row_and_fails(tmp_path, ground, capsys):
    rows = (files.feature(code="1"), files.empty_feature(code="2", name_fi="Tyhjä"))
    with pytest.raises(CommandError, match="Nothing was written: 1 rows"):
        call_command("import_areas", files.geojson(tmp_path / "a.geojson", *rows), level="district")
    assert capsys.readouterr().out.splitlines() == [
        "refused row 2 (Tyhjä): geometry: It is missing.",
        "a.geojson: 0 added, 0 updated, 0 unchanged, 0 ended, 1 refused",
    ]


@pytest.mark.parametrize("crs", ["3067x", "urn:ogc:def:crs:EPSG::3067", "+proj=longlat", "EPSG:٣٠٦٧"])
def test_command_takes_a_number_of_epsg_only(tmp_path, ground, crs):
    with pytest.raises(CommandError, match="EPSG:3067"):
        call_command("import_areas", files.geojson(tmp_path / "a.geojson", files.feature()), level="district", crs=crs)


def test_command_imports_and_tells_the_totals(tmp_path, toytown, capsys):
    path = files.geojson(tmp_path / "a.geojson", files.feature())
    call_command(
        "import_areas", path, level="statistical", title="Aukiot", licence="CC BY 4.0", attribution="Toytown, 2026"
    )
    assert capsys.readouterr().out == "a.geojson: 1 added, 0 updated, 0 unchanged, 0 ended, 0 refused\n"
    dataset = Area.objects.of_level("statistical").get().dataset
    assert (dataset.slug, dataset.title, dataset.source, dataset.licence, dataset.attribution) == (
        "areas-statistical", "Aukiot", "a.geojson", "CC BY 4.0", "Toytown, 2026",
    )  # fmt: skip
