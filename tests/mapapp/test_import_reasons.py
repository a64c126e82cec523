"""Reasons of reports in the reader's language: no pattern is of a reason that no import gives any more."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from mapapp.import_reasons import in_words


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


def test_reasons_of_the_table_are_those_that_imports_give():
    folder = Path(settings.BASE_DIR) / "geodata/imports"
    written = " ".join(path.read_text() for path in folder.glob("*.py"))
    for words in (
        "there is none",
        "it lies outside the city",
        "there is no category",
        "has not come yet",
        'too"',
        "is no time",
    ):
        assert re.search(re.escape(words), written), words
