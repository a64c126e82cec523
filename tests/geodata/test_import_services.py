"""Imports of service locations: refusals first; all or nothing unless one says otherwise."""

import pytest
from django.core.management import CommandError, call_command

from geodata.imports import SourceRefused, import_service_locations
from layers.gazetteer import search
from layers.models import PlaceName, Service, ServiceLocation
from tests.geodata import source_files as files
from tests.geodata.fingerprint import fingerprint
from tests.toytown import write_services

HEADER = "id,name_fi,name_sv,category,provider_type,lon,lat"
GOOD = "k1,Kioski,Kiosken,kiosk,company,24.81,60.175"


def table(path, *lines: str, header: str = HEADER, encoding: str = "utf-8"):
    path.write_text("\n".join((header, *lines)) + "\n", encoding=encoding)
    return path


# --- refused rows -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("k2,Toinen,,kiosk,company,,", "geometry"),
        ("k2,Toinen,,kiosk,company,24.81,", "geometry"),
        ("k2,Toinen,,kiosk,company,NaN,60.175", "geometry"),
        ("k2,Toinen,,kiosk,company,inf,60.175", "geometry"),
        ("k2,Toinen,,kiosk,company,24_81,60.175", "geometry"),
        ("k2,Toinen,,kiosk,company,60.175,24.81", "geometry"),  # swapped
        ("k2,Toinen,,kiosk,company,378123,6673752", "geometry"),  # metres
        ("k2,Toinen,,kiosk,company,0,0", "geometry"),
        ("k2,Toinen,,kiosk,company,24.81,60.175,more", "geometry"),
        ("k2,Toinen", "geometry"),
        ("k2,,,kiosk,company,24.81,60.175", "name_fi"),
        (",Toinen,,kiosk,company,24.81,60.175", "id"),
        ("k1,Toinen,,kiosk,company,24.81,60.175", "id"),  # repeated
        ("k2,Toinen,,kiosk,church,24.81,60.175", "provider_type"),
        (f"k2,Toinen,,{'k' * 41},company,24.81,60.175", "category"),
        ("k2,Toinen,,---,company,24.81,60.175", "category"),
        (f"{'k' * 81},Toinen,,kiosk,company,24.81,60.175", "id"),
    ],
)
def test_refused_row_is_named_and_nothing_is_written(tmp_path, ground, line, field):
    report = import_service_locations(table(tmp_path / "a.csv", GOOD, line))
    assert [(row.number, row.field) for row in report.refused] == [(2, field)]
    assert report.added == 0


def test_swapped_columns_are_recognised(tmp_path, ground):
    report = import_service_locations(table(tmp_path / "a.csv", "k2,Toinen,,kiosk,company,60.175,24.81"))
    assert "swapped" in str(report.refused[0].reason)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"id,name_fi\nk1,Kioski\n", "lon and lat"),
        (b"id,name_fi,lon,lat,lat\n", "same name"),
        (b"id,nimi,lon,lat\nk1,Kioski,24.81,60.175\n", "--name-field"),
        (f"{HEADER}\nk1,Töölö,,kiosk,company,24.81,60.175\n".encode("latin-1"), "UTF-8"),
        (f"{HEADER}\nk1,Ki\x00oski,,kiosk,company,24.81,60.175\n".encode(), "NUL"),
        (f'{HEADER}\nk1,"Kioski,,kiosk\n'.encode(), "not a CSV"),
        (f"{HEADER}\nk1,{'a' * 20_000},,kiosk,company,24.81,60.175\n".encode(), "not a CSV"),
        (b"", "first row does not name"),
        (b"\x89PNG\r\n\x1a\n", "UTF-8"),
    ],
)
def test_what_is_no_table_of_places_is_refused(tmp_path, ground, content, reason):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(SourceRefused, match=reason):
        import_service_locations(path)


def test_area_is_no_service_location(tmp_path, ground):
    report = import_service_locations(files.geojson(tmp_path / "a.geojson", files.feature(id="1")))
    assert [(row.number, row.field) for row in report.refused] == [(1, "geometry")]


# --- what goes in -----------------------------------------------------------------------------------------------------


def test_other_rows_go_in_where_one_says_so_and_the_refused_are_still_named(tmp_path, toytown):
    path = table(tmp_path / "a.csv", GOOD, "k2,Toinen,,kiosk,company,,")
    report = import_service_locations(path, allow_refused=True)
    assert (report.added, len(report.refused)) == (1, 1)
    assert not report.all_went_in
    kiosk = ServiceLocation.objects.get(source_id="k1")
    assert (kiosk.names, kiosk.provider_type, kiosk.area.slug) == (
        {"fi": "Kioski", "sv": "Kiosken"}, "company", "south-west",
    )  # fmt: skip
    assert search("kiosken", "fi")[0].detail == "kiosk"


def test_same_file_again_writes_nothing_at_all(tmp_path, toytown):
    before = fingerprint()
    report = import_service_locations(write_services(tmp_path / "toytown.csv"))
    assert (report.added, report.updated, report.unchanged, report.ended) == (0, 0, 3, 0)
    assert fingerprint() == before


def test_changed_row_is_updated_and_one_that_left_is_removed(tmp_path, toytown):
    path = table(tmp_path / "a.csv", GOOD, "k2,Toinen,,kiosk,company,24.815,60.175")
    import_service_locations(path)
    first = ServiceLocation.objects.get(source_id="k1").pk
    table(path, "k1,Uusi kioski,,café,company,24.83,60.185")
    report = import_service_locations(path)
    assert (report.added, report.updated, report.ended) == (0, 1, 1)
    kiosk = ServiceLocation.objects.get(source_id="k1")
    assert (kiosk.pk, kiosk.names, kiosk.service.slug, kiosk.area.slug) == (
        first, {"fi": "Uusi kioski"}, "cafe", "north-east",
    )  # fmt: skip
    assert set(PlaceName.objects.filter(service_location=kiosk).values_list("name", flat=True)) == {"Uusi kioski"}
    assert search("toinen", "fi") == []


def test_another_data_set_leaves_this_one_alone(tmp_path, toytown):
    import_service_locations(table(tmp_path / "kiosks.csv", GOOD))
    assert ServiceLocation.objects.count() == 4


@pytest.mark.parametrize("word", ["health station", "health_station", "Health Station"])
def test_words_of_a_category_are_one_service_with_its_names(tmp_path, toytown, word):
    import_service_locations(table(tmp_path / "a.csv", f"k1,Asema,,{word},municipal,24.81,60.175"))
    assert Service.objects.get(slug="health-station").locations.count() == 2
    assert str(ServiceLocation.objects.get(source_id="k1").service) == "terveysasema"


def test_file_without_categories_gets_the_one_that_is_said(tmp_path, toytown):
    path = table(tmp_path / "a.csv", "1,Leikkipaikka,24.81,60.175", header="id,name_fi,lon,lat")
    import_service_locations(path, category="playground")
    assert ServiceLocation.objects.get(source_id="1").service.slug == "playground"
    import_service_locations(path)
    assert ServiceLocation.objects.get(source_id="1").service.slug == "other"


@pytest.mark.parametrize(
    "lines",
    [
        ("id;name_fi;lon;lat", "1;Kioski, iso;24,81;60,175"),
        ("id\tname_fi\tlon\tlat", "1\tKioski, iso\t24.81\t60.175"),
        ("id,name_fi,lon,lat", '1,"Kioski, iso",24.81,60.175'),
        ("id,name_fi,lon,lat", '1,"Kioski,\niso","24,81","60,175"'),
        ("\ufeffID,Name_FI,Longitude,Latitude", '1,"Kioski, iso",24.81,60.175', ",,,"),
    ],
)
def test_tables_as_spreadsheets_write_them_are_read(tmp_path, toytown, lines):
    header, *rows = lines
    import_service_locations(table(tmp_path / "a.csv", *rows, header=header))
    place = ServiceLocation.objects.get(source_id="1")
    assert (place.names, place.location.coords) == ({"fi": "Kioski, iso"}, (24.81, 60.175))


def test_points_of_a_geojson_are_read(tmp_path, toytown):
    point = files.feature({"type": "Point", "coordinates": [24.81, 60.175]}, id=7, category="kiosk")
    import_service_locations(files.geojson(tmp_path / "a.geojson", point))
    assert ServiceLocation.objects.get(source_id="7").names == {"fi": "Aukio"}


# --- the command ------------------------------------------------------------------------------------------------------


def test_command_fails_unless_refused_rows_are_allowed(tmp_path, toytown, capsys):
    path = table(tmp_path / "a.csv", GOOD, "k2,Toinen,,kiosk,company,,")
    with pytest.raises(CommandError, match="Nothing was written: 1 rows"):
        call_command("import_services", path)
    assert not ServiceLocation.objects.filter(source_id="k1").exists()
    call_command("import_services", path, allow_refused=True)
    assert ServiceLocation.objects.filter(source_id="k1").exists()
    named = "refused row 2 (Toinen): geometry: It is missing."
    assert capsys.readouterr().out.splitlines() == [
        named,
        "a.csv: 0 added, 0 updated, 0 unchanged, 0 ended, 1 refused",
        named,
        "a.csv: 1 added, 0 updated, 0 unchanged, 0 ended, 1 refused",
    ]
