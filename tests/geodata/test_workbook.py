"""The workbook: what another program reads in its cells is what the database holds, typed, and never a formula."""

import datetime
import zipfile

import openpyxl
import pytest
from django.db import connection
from openpyxl.utils.escape import unescape
from pyproj import Transformer

from geodata import workbook
from geodata.exports import reading
from layers.models import Area, ServiceLocation
from proposals.models import Proposal, Publication
from tests.geodata.read_back import HOSTILE, make_mixture, saved
from tests.geodata.rows import make_crowd, make_proposal
from tests.geodata.test_exports import WHITELIST

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("committed_city")]
PLACES = ["lon", "lat", "x_3067", "y_3067", "x_3879", "y_3879"]


def cells(path) -> list[dict]:
    """The rows of the first sheet: heading -> cell."""
    heading, *rows = openpyxl.load_workbook(path).worksheets[0].iter_rows()
    return [dict(zip((cell.value for cell in heading), row, strict=True)) for row in rows]


def test_every_row_reads_back_as_the_database_has_it(client, tmp_path):
    make_mixture()
    make_crowd(40)
    rows = cells(saved(client, tmp_path, "xlsx"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, title, body, supports_verified, submitted_at AT TIME ZONE 'Europe/Helsinki',"
            " ST_X(ST_Transform(pin, 4326)), ST_Y(ST_Transform(pin, 4326))"
            " FROM proposals_proposal WHERE publication = 'published' ORDER BY id"
        )
        expected = cursor.fetchall()
    assert len(rows) == len(expected)
    for row, (pk, title, body, supports, submitted, lon, lat) in zip(rows, expected, strict=True):
        assert row["id"].value == pk
        assert (row["title"].value or "") == title.replace("\r", "")
        assert (row["body"].value or "") == body
        assert row["supports_verified"].value == supports
        assert row["submitted"].value == submitted
        assert [row["lon"].value, row["lat"].value] == pytest.approx([lon, lat], abs=1e-7)
        for srid in (3067, 3879):
            place = [row[f"x_{srid}"].value, row[f"y_{srid}"].value]
            moved = Transformer.from_crs(4326, srid, always_xy=True).transform(lon, lat)
            assert place == pytest.approx(moved, abs=0.011)


def test_cells_are_typed_so_that_no_language_of_excel_reads_them_otherwise(client, tmp_path):
    make_mixture()
    row = cells(saved(client, tmp_path, "xlsx"))[1]
    assert list(row) == [*WHITELIST, *PLACES]
    types = {name: cell.data_type for name, cell in row.items()}
    assert {name for name, type in types.items() if type == "d"} == {"submitted", "published", "updated", "due"}
    numbers = {"id", "supports_verified", "supports_unverified", "comments", "pledges", *PLACES}
    assert {name for name in types if types[name] == "n" and row[name].value is not None} == numbers
    assert row["submitted"].value == datetime.datetime(2026, 5, 31, 15, 0)  # noon in UTC
    assert row["due"].value == datetime.datetime(2026, 5, 31)
    assert row["due"].number_format == "yyyy-mm-dd"
    assert row["taken_up_by"].value == "Huolto lead"
    assert row["answers"].value == '{"a": [1, "ö"]}'


@pytest.mark.parametrize(
    "text",
    [HOSTILE.replace("\r", ""), "=1+1", "+1", "-1", "@SUM(A1)", "{=1}", "12.5", "1.5.2026", "007", "http://x.example/", "TRUE",
     "_x0041_", "a\x01b", "  spaced  ", "internal:Sheet2!A1", "👩‍👩‍👧‍👦", "<c t='n'/>&amp;", "'quoted"],
)  # fmt: skip
def test_text_stays_the_text_that_it_is(client, tmp_path, text):
    make_proposal(title=text, body=text * 2)
    path = saved(client, tmp_path, "xlsx")
    (row,) = cells(path)
    # Excel takes _xHHHH_ for a character; openpyxl leaves that to its reader.
    assert [unescape(row[name].value) for name in ("title", "body")] == [text, text * 2]
    assert row["title"].data_type == row["body"].data_type == "s"
    sheet = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"<hyperlink" not in sheet


def test_long_text_is_whole(client, tmp_path):
    make_proposal(body="ä😀" * 2_500)
    (row,) = cells(saved(client, tmp_path, "xlsx"))
    assert row["body"].value == "ä😀" * 2_500


def test_second_sheet_explains_each_column_and_names_the_licence(client, tmp_path):
    make_proposal()
    sheets = openpyxl.load_workbook(saved(client, tmp_path, "xlsx", "lang=en")).worksheets
    assert [sheet.title for sheet in sheets] == ["proposals", "About"]
    told = [[cell for cell in row if cell] for row in sheets[1].values]
    assert ["Source", "Participation map, Toytown"] in told
    assert ["Licence", "CC-BY-4.0"] in told
    assert ["Times", "Time of the place (Europe/Helsinki)"] in told
    explained = {row[0]: row[1:] for row in told if row}
    assert set(explained) >= {*WHITELIST, *PLACES}
    assert explained["x_3879"] == ["East: ETRS89 / GK25FIN", "EPSG:3879"]
    assert all(explained[name] for name in WHITELIST)


def test_empty_result_is_a_sheet_with_its_heading(client, tmp_path):
    make_proposal(publication=Publication.HIDDEN)
    book = openpyxl.load_workbook(saved(client, tmp_path, "xlsx", "q=bench"))
    assert [list(row) for row in book.worksheets[0].values] == [[*WHITELIST, *PLACES]]


def test_areas_and_services_are_sheets_too(client, tmp_path):
    areas = cells(saved(client, tmp_path, "xlsx", "lang=sv&level=district", "areas"))
    expected = {area.slug: area.name_in("sv") for area in Area.objects.current().of_level("district")}
    assert {row["slug"].value: row["name"].value for row in areas} == expected
    services = cells(saved(client, tmp_path, "xlsx", "", "services"))
    assert [row["id"].value for row in services] == sorted(ServiceLocation.objects.values_list("pk", flat=True))


def test_more_rows_than_a_sheet_holds_are_refused_in_words(client, monkeypatch, tmp_path):
    monkeypatch.setattr(workbook, "ROWS_MAX", 2)
    for _ in range(2):
        make_proposal()
    assert len(cells(saved(client, tmp_path, "xlsx"))) == 2
    make_proposal()
    response = client.get("/export/proposals.xlsx?lang=en")
    assert response.status_code == 422
    assert "CSV" in response.json()["detail"]
    assert Proposal.objects.count() == 3


@pytest.mark.parametrize("query", ["crs=EPSG:3067", "decimal=,", "lang=xx", "kind=nonsense"])
def test_what_a_workbook_does_not_know_is_refused(client, query):
    assert client.get(f"/export/proposals.xlsx?{query}").status_code == 400


def test_workbook_waits_its_turn_and_head_makes_none(client, settings, django_assert_num_queries):
    settings.EXPORTS_AT_ONCE = 1
    with reading():
        assert client.get("/export/proposals.xlsx").status_code == 503
        with django_assert_num_queries(0):
            assert client.head("/export/proposals.xlsx").status_code == 200
