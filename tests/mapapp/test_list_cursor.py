"""The cursor of the list: whatever stands in `after=`, a list comes out."""

import pytest

from mapapp.views.map import Cursor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1",
        "-",
        "1-x",
        "-1-1",
        "1_0-1",
        "٣-1",
        "999999999999999999-1",
        "253402300800000000-1",
        "253402300799999999-1",
    ],
)
def test_what_is_no_cursor_is_none(text: str) -> None:
    assert Cursor.parse(text) is None
