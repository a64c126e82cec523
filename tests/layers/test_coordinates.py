"""Typed coordinates. The toy city is at 24.80..24.84 E, 60.17..60.19 N."""

import pytest

from layers.gazetteer import parse_coordinates


@pytest.mark.parametrize(
    "text",
    [
        "",
        "60.17",
        "60,17",  # one number with a decimal comma, or two whole ones: neither is a place here
        "60.17, 24.81, 12",
        "Lelulan kirjasto",
        "Kulttuuriaukio 2",
        "Tapiola 60.17 24.81",
        "040 1234567",
        "10, 10",
        "-60.17, 24.81",
        "60.17N 24.81N",
        "60.17E 24.81N",  # letters win over what would fit
        "N 60.17 24.81",
        "NaN, NaN",
        "inf inf",
        "6.017e1, 24.81",
        "60_17 24_81",
        "٦٠٫١٧ ٢٤٫٨١",
        "99999999 99999999",
        "6673752 678123",  # metres, of another country
        "60.17\x00, 24.81",
        "60.17\ud800 24.81",
        "60.1" + "7" * 80 + ", 24.81",
    ],
)
def test_what_is_no_place_here_is_refused(text):
    assert parse_coordinates(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "60.17, 24.81",
        "24.81 60.17",
        "  60.17   24.81 ",
        "60.17,24.81",
        "60,17 24,81",
        "60,17, 24,81",
        "60,17; 24,81",
        "60.17;24.81",
        "24,81 60,17",
        "60.17N 24.81E",
        "60.17° N, 24.81° E",
        "N 60.17 E 24.81",
        "e24.81, n60.17",
        "60.17°, 24.81°",
    ],
)
def test_degrees_are_read_in_the_order_that_lies_in_the_city(text):
    assert parse_coordinates(text).coords == (24.81, 60.17)


def test_letters_may_name_a_place_in_the_next_town():
    assert parse_coordinates("60.17 N 24.94 E").coords == (24.94, 60.17)


@pytest.mark.parametrize("text", ["6673752 378123", "378123, 6673752", "N 6673752 E 378123", "6673752,0 378123,0"])
def test_metres_of_the_citys_reference_system_are_read(text):
    found = parse_coordinates(text)
    assert found.srid == 4326
    assert found.coords == pytest.approx((24.802573, 60.182391), abs=1e-6)


def test_seven_decimals_are_kept():
    assert parse_coordinates("60.17123456789, 24.81987654321").coords == (24.8198765, 60.1712346)
