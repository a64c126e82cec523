"""Downloads are counted by day, set and format, beside the stream and never in its way."""

import datetime

import pytest
from django.db import connection
from django.test import Client

from geodata.models import DownloadCount
from geodata.models.download import Taken
from tests.geodata.rows import make_proposal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("committed_city")]
TODAY = datetime.date(2026, 6, 30)


def take(address: str, **headers: str) -> bytes:
    return Client().get(address, headers=headers).getvalue()


def counts() -> list[tuple[str, str, int]]:
    return sorted(DownloadCount.objects.values_list("collection", "format", "count"))


def test_what_was_refused_is_no_download_nor_is_a_head():
    for address in ("/export/proposals.pdf", "/export/proposals.csv?x=1", "/export/nothing.csv"):
        assert Client().get(address).status_code in (400, 404)
    assert Client().head("/export/proposals.csv").status_code == 200
    assert counts() == []


def test_each_file_is_counted_in_its_format():
    for address in ("/export/proposals.csv", "/export/proposals.csv?kind=parking", "/export/areas.geojson"):
        take(address)
    assert counts() == [("areas", "geojson", 1), ("proposals", "csv", 2)]


def test_count_that_fails_leaves_the_file_whole():
    make_proposal()
    whole = take("/export/proposals.geojson")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE geodata_downloadcount RENAME TO away")
        try:
            assert take("/export/proposals.geojson") == whole
        finally:
            cursor.execute("ALTER TABLE away RENAME TO geodata_downloadcount")
    assert counts() == [("proposals", "geojson", 1)]


def test_reader_who_leaves_frees_the_place_of_the_export():
    make_proposal()
    response = Client().get("/export/proposals.geojson")
    response.close()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database AS here ON here.oid = database"
            " WHERE locktype = 'advisory' AND datname = current_database()"  # the view tells of the whole cluster
        )
        assert cursor.fetchone() == (0,)
    assert counts() == []


def test_nothing_is_kept_of_who_took_it():
    fields = {field.name for field in DownloadCount._meta.get_fields()}
    assert fields == {"id", "day", "collection", "format", "count"}


def test_year_is_summed_by_set_and_format_without_what_is_older():
    for day, format, count in (
        (TODAY, "csv", 2),
        (TODAY - datetime.timedelta(days=364), "csv", 1),
        (TODAY - datetime.timedelta(days=365), "csv", 50),
        (TODAY + datetime.timedelta(days=1), "csv", 50),
        (TODAY, "gpkg", 9),
    ):
        DownloadCount.objects.create(day=day, collection="proposals", format=format, count=count)
    found = DownloadCount.objects.of_the_year_before(TODAY)
    assert found == [Taken("proposals", "gpkg", 9), Taken("proposals", "csv", 3)]
