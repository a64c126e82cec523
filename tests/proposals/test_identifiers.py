"""What names a person is found wherever it stands; what does not is left alone."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proposals.identifiers import CHECK_CHARACTERS, Kind, find, is_identity_code, pieces


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("131052-308T", ["131052-308T"]),
        ("born 131052-308t.", ["131052-308t"]),
        ("010170Y9990", []),  # a wrong check character
        ("131052-308U", []),
        ("311302-308T", []),  # no thirteenth month
        ("call 040 123 4567 now", ["040 123 4567"]),
        ("+358 40 1234567", ["+358 40 1234567"]),
        ("09-8162", []),
        ("(0401234567)", ["0401234567"]),
        ("matti.meikalainen@example.org", ["matti.meikalainen@example.org"]),
        ("matti at example", []),
        ("the car ABC-123", ["ABC-123"]),
        ("ÄBC-12, XY-1", ["ÄBC-12", "XY-1"]),
        ("bus 21 in 2026, 12.5.2026, 1 000 000 e", []),
        ("60.1756, 24.8312", []),
        ("Otakaari 24, 02150 Espoo", []),
        ("EN 1176-7 and ISO-8601", []),
    ],
)
def test_known_texts(text, found):
    assert [text[span.start : span.end] for span in find(text)] == found


@st.composite
def identity_codes(draw) -> str:
    day, month, year = draw(st.integers(1, 28)), draw(st.integers(1, 12)), draw(st.integers(0, 99))
    number, sign = draw(st.integers(2, 999)), draw(st.sampled_from("+-YXWVUABCDEF"))
    digits = f"{day:02}{month:02}{year:02}{number:03}"
    return f"{digits[:6]}{sign}{digits[6:]}{CHECK_CHARACTERS[int(digits) % 31]}"


@given(identity_codes(), st.sampled_from(["", " ", "(", "hetu: "]), st.sampled_from(["", " ", ".", ")\n"]))
def test_each_identity_code_is_found_and_none_with_another_check_character(code, before, after):
    [span] = find(before + code + after)
    assert (span.kind, span.start, span.end) == (Kind.IDENTITY_CODE, len(before), len(before) + len(code))
    others = set(CHECK_CHARACTERS) - {code[-1]}
    assert not any(is_identity_code(code[:-1] + other) for other in others)


@given(st.from_regex(r"\A(\+358 ?|0)(40|41|44|45|50)[ ]?[0-9]{3}[ ]?[0-9]{4}\Z"))
def test_each_mobile_number_is_found(number):
    assert [span.kind for span in find(f"ring {number}, please")] == [Kind.PHONE]


@given(st.text() | st.from_regex(r"[0-9A-Z+@. -]{0,60}"))
def test_pieces_are_the_text_and_spans_do_not_overlap(text):
    assert "".join(piece for piece, _kind in pieces(text)) == text
    spans = find(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))
