"""The strict reader of JSON: what two readers could understand differently is refused."""

import pytest
from django.core.exceptions import ValidationError

from proposals.reading import JSON_MAX_BYTES, Unreadable, read_json
from proposals.text import clean_text


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "json"),
        (b'{"title": "cut', 400, "json"),
        (b"[]", 400, "not_an_object"),
        (b'"text"', 400, "not_an_object"),
        (b'{"a": NaN}', 400, "json"),
        (b'{"a": Infinity}', 400, "json"),
        (b'{"a": 1e999}', 400, "json"),
        (b'{"a": 1, "a": 2}', 400, "json"),
        (b"[" * 100_000, 400, "json"),
        (b'{"a":' * 1_000 + b"1" + b"}" * 1_000, 400, "json"),
        (b'{"a": ' + b"9" * 5_000 + b"}", 400, "json"),
        (b'{"a": "\\ud800"}', 400, "encoding"),
        (b'{"a": "\xff"}', 400, "encoding"),
        ('{"a": 1}'.encode("utf-16"), 400, "encoding"),
        (b"\xef\xbb\xbf{}", 400, "json"),
        (b'"' + b'\\"' * 100_000, 400, "json"),  # every quote could begin a string that never ends
        (b'"\\' * 100_000, 400, "json"),
        (b'{"a": "' + b"x" * JSON_MAX_BYTES + b'"}', 413, "too_big"),
    ],
)
def test_unreadable_json_is_refused(body: bytes, status: int, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_json(body)
    assert (caught.value.status, caught.value.problem.code) == (status, code)


def test_brackets_in_text_do_not_count_as_depth() -> None:
    assert read_json(b'{"a": "' + b"[" * 1_000 + b'"}') == {"a": "[" * 1_000}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a\x00b", "control"),
        ("\ud800", "surrogate"),
        ("a" + "\u0301" * 20, "combining"),
        ("a" + "\u20dd" * 20, "combining"),
    ],
)
def test_text_that_cannot_be_stored_or_read_is_refused(text: str, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        clean_text(text, lines=True)
    assert caught.value.code == code


def test_invisible_marks_go_and_markup_stays() -> None:
    assert clean_text("\u200b\u202e<b>Silta</b>\u2069 {{ x }}", lines=False) == "<b>Silta</b> {{ x }}"


def test_text_of_invisible_marks_alone_is_empty() -> None:
    assert clean_text(" \u200b\u2060 ", lines=True) == ""


@pytest.mark.parametrize(
    "text",
    ["\u200d", "\u200c \u200c", "\ufe0f", "\u034f", "\u3164", "\u2800", "\u061c", "\u180e", "\U000e0041", "\u0301"],
)
def test_text_in_which_nothing_can_be_seen_is_empty(text: str) -> None:
    assert clean_text(text, lines=True) == ""


@pytest.mark.parametrize("text", ["👩\u200d🚒", "❤\ufe0f", "می\u200cخواهم", "1\ufe0f\u20e3", "กี่", "क्षि"])
def test_marks_that_writing_needs_stay(text: str) -> None:
    assert clean_text(text, lines=False) == text


def test_one_line_fields_have_one_line() -> None:
    assert clean_text("Silta\r\nrannalle", lines=False) == "Silta rannalle"
