"""Reasons of reports in the reader's language."""

import pytest
from django.utils import translation

from geodata.imports.dataset import Order, import_dataset
from geodata.models import Into
from layers.models.dataset import Origin
from mapapp.import_reasons import in_words
from tests.geodata import source_files as files

POINT = {"type": "Point", "coordinates": [24.81, 60.175]}


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("there is none, or it is empty", "It is missing."),
        ("there is no place", "It is missing."),
        ("it lies outside the city", "It lies outside the city, or a part of it does."),
        ("it lies outside the city's bounds, at -1.5000, 2.0000: is its CRS the right one?", "at -1.5000, 2.0000. Is"),
        ("'a 100% %(x)s' is the id of an earlier row too", "“a 100% %(x)s” stands in an earlier row too."),
        ("'A' is the code of row 3 too", "“A” stands in an earlier row too."),
        ("longer than 5,000 characters", "It is longer than 5,000 characters."),
        ("'x' is none of fi, sv", "“x” is none of: fi, sv."),
        ("there is no category 'x'; there are: a, b", "There is no category “x” here."),
        ("Invalid Coordinate[inf inf]", "do not exist in the coordinate system"),
        ("the row has 3 cells, the header 4", "The row has 3 cells, the first row 4."),
        ("Self-intersection[1 2]", "Self-intersection[1 2]"),
    ],
)
def test_reason_is_told_in_words(reason, told):
    with translation.override("en"):
        assert told in in_words(reason)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("into", [Into.SPACES, Into.SERVICES, Into.AREAS])
def test_reason_that_an_import_gives_is_told_in_the_readers_language(toytown, tmp_path, into, language):
    good = {"id": "a", "code": "a", "name_fi": "Sali", "kind": "room"}
    line = {"type": "LineString", "coordinates": [[24.81, 60.175], [24.82, 60.176]]}
    rows = [files.feature(line, **good), files.feature(POINT, **good | {"name_fi": ""})]
    if into == Into.SPACES:
        wrong = ({"kind": ""}, {"kind": "hall"}, {"capacity": "many"}, {"step_free": "perhaps"}, {"booking_url": "x"})
        rows += [files.feature(POINT, **good | fault) for fault in wrong]
    order = Order(into, Origin(slug="wrong", title="Wrong"), level="statistical" if into == Into.AREAS else "")
    report = import_dataset(files.geojson(tmp_path / "a.geojson", *rows), order)
    assert len(report.refused) == len(rows)
    with translation.override(language):
        assert [row.reason for row in report.refused if in_words(row.reason) == row.reason] == []
