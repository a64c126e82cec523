"""The filter of the map page: counts that hold, chips that take one choice away, files and feed that carry it."""

import datetime

import pytest
from django.utils import timezone

from tests.geodata.rows import make_crowd, make_proposal
from tests.mapapp.listing import page, total, walked
from tests.mapapp.reading import read


@pytest.fixture(autouse=True)
def city(toytown):
    return toytown


@pytest.mark.parametrize("query", ["", "kind=parking", "area=west&q=bench", "taken_up=no"])
def test_count_beside_each_choice_is_what_choosing_it_shows(client, query):
    make_crowd(150)
    document = page(client, query)
    assert total(document) == len(walked(client, query))
    for name in ("kind", "status", "area"):
        if f"{name}=" in query:
            continue
        for control in document.all("input", name=name):
            label = next(label for label in document.all("label", class_="check") if control in label.all())
            promised = int(label.one("span", class_="check__count").text)
            assert promised == total(page(client, f"{query}&{name}={control['value']}")), control["value"]


def test_chosen_values_are_ticked_and_each_chip_takes_one_away(client):
    make_proposal()
    query = "kind=parking&kind=idea&status=open&area=west&taken_up=no&since=2026-05-01&q=bench"
    document = page(client, query)
    ticked = {
        (c["name"], c["value"]) for c in document.all("input") if "checked" in c.attributes and c["name"] != "sheet"
    }
    assert ticked == {
        ("kind", "parking"), ("kind", "idea"), ("status", "open"), ("area", "west"), ("taken_up", "no"),
    }  # fmt: skip
    chips = document.all("a", class_="chip--on")
    assert len(chips) == 7
    for chip in chips:
        left = read(client.get(chip["href"]).content)
        assert len(left.all("a", class_="chip--on")) == 6
    assert document.one("a", class_="chip--clear")["href"] == "/en/"


def test_what_has_no_control_is_kept_by_the_form(client):
    make_proposal()
    hidden = (
        page(client, "category=parking&bbox=24.8,60.17,24.84,60.19")
        .one("form", id="filters")
        .all("input", type="hidden")
    )
    assert [(field["name"], field["value"]) for field in hidden] == [
        ("category", "parking"),
        ("bbox", "24.8,60.17,24.84,60.19"),
    ]


def test_districts_hold_their_neighbourhoods_and_open_where_one_is_chosen(client):
    document = page(client, "area=south-west")
    west = document.one("details", **{"data-key": "area-west"})
    assert {control["value"] for control in west.all("input")} == {"north-west", "south-west"}
    assert "open" in west.attributes
    assert "open" not in document.one("details", **{"data-key": "area-east"}).attributes


def test_times_of_one_press_begin_on_the_citys_days(client, time_machine):
    time_machine.move_to(datetime.datetime(2026, 5, 31, 22, 30, tzinfo=datetime.UTC))  # 1 June here
    week = page(client, "kind=idea").one("details", **{"data-key": "time"}).all("a")[0]
    assert week["href"] == "/en/?kind=idea&since=2026-05-26"
    assert timezone.localdate() == datetime.date(2026, 6, 1)
    assert page(client, "kind=idea&since=2026-05-26").one("a", **{"aria-current": "true", "class_": "chip"})


def test_files_and_feed_carry_the_filter(client):
    make_proposal()
    document = page(client, "kind=parking&utm_source=x")
    doors = [a["href"] for a in document.one("details", class_="doors").all("a")][:-1]
    assert len(doors) == 7
    assert all("kind=parking" in door and "utm" not in door for door in doors)


def test_title_names_what_is_chosen(client):
    make_proposal()
    assert page(client).one("head").one("title").text == "Proposals in Toytown · Participation map"
    title = page(client, "kind=parking&area=west").one("head").one("title").text
    assert title == "Parking, West – Proposals in Toytown · Participation map"
