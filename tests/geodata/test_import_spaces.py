"""Imports of spaces: refused by the row and by the database, known by their ids, and at every door with what was told."""

import json
import sqlite3

import pyogrio
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from geodata.imports import import_areas
from layers.models import Dataset, Space
from tests.geodata import source_files as files
from tests.geodata.fingerprint import fingerprint
from tests.geodata.read_back import saved
from tests.toytown import NEIGHBOURHOODS, write_areas, write_spaces

HEADER = "id,name_fi,kind,capacity,step_free,price,booking_url,provider_type,lon,lat"
GOOD = "k1,Sali,room,20,yes,5 €,https://example.org/k1,municipal,24.81,60.175"
POINT = {"type": "Point", "coordinates": [24.81, 60.185]}


def table(path, *lines: str, header: str = HEADER):
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return path


def take(path, *more: str) -> None:
    call_command("import_dataset", str(path), "--into", "spaces", *more)


def exported(client, format: str) -> bytes:
    return b"".join(client.get(f"/export/spaces.{format}").streaming_content)


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "k2,Toinen,,,,,,,24.81,60.175",
            "kind: It is missing. Choose a column, or the same for every row: room, outdoor, equipment",
        ),
        ("k2,Toinen,hall,,,,,,24.81,60.175", "kind: “hall” is none of"),
        ("k2,Toinen,room,0,,,,,24.81,60.175", "capacity: “0” is not a whole number from 1 to 100,000"),
        ("k2,Toinen,room,1_0,,,,,24.81,60.175", "capacity: “1_0” is not a whole number"),
        ("k2,Toinen,room,2.5,,,,,24.81,60.175", "capacity: “2.5”"),
        ("k2,Toinen,room,100001,,,,,24.81,60.175", "capacity: “100001”"),
        ("k2,Toinen,room,,perhaps,,,,24.81,60.175", "step_free: “perhaps” is neither yes nor no"),
        (f"k2,Toinen,room,,,{'x' * 301},,,24.81,60.175", "price: It is longer than 300"),
        ("k2,Toinen,room,,,,javascript:alert(1),,24.81,60.175", "booking_url: “javascript:alert(1)” is no web address"),
        ("k2,Toinen,room,,,,//example.org/k2,,24.81,60.175", "booking_url: "),
        (f"k2,Toinen,room,,,,https://example.org/{'x' * 500},,24.81,60.175", "booking_url: It is longer than 500"),
        ("k2,Toinen,room,,,,,church,24.81,60.175", "provider_type: “church”"),
        ("k2,,room,,,,,,24.81,60.175", "name_fi: It is missing."),
        (",Toinen,room,,,,,,24.81,60.175", "id: It is missing."),
        ("k1,Toinen,room,,,,,,24.81,60.175", "id: “k1” stands in an earlier row too"),
        ("k2,Toinen,room,,,,,,60.175,24.81", "geometry: Latitude and longitude are swapped"),
        ("k2,Toinen,room,,,,,,,", "geometry: It is missing."),
    ],
)
def test_refused_row_is_named_with_its_field_and_reason(tmp_path, ground, capsys, line, told):
    with pytest.raises(CommandError, match="Nothing was written: 1 rows"):
        take(table(tmp_path / "a.csv", GOOD, line))
    assert told in next(row for row in capsys.readouterr().out.splitlines() if row.startswith("refused row 2"))


def test_kind_that_there_is_not_and_area_in_place_of_a_point_are_refused(tmp_path, ground, capsys):
    with pytest.raises(CommandError, match=r"“hall” is none of: room, outdoor, equipment\. Say it by --kind"):
        take(table(tmp_path / "a.csv", GOOD), "--kind", "hall")
    with pytest.raises(CommandError, match="Nothing was written"):
        take(files.geojson(tmp_path / "a.geojson", files.feature(id="1")), "--kind", "outdoor")
    assert "geometry: Its type of shape is not taken here. What is taken: Point." in capsys.readouterr().out


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "hall"},
        {"names": {}},
        {"capacity": 0},
        {"capacity": 100_001},
        {"provider_type": "church"},
        {"booking_url": "javascript:alert(1)"},
        {"source_id": "r2"},
    ],
)
def test_database_itself_refuses_what_no_space_can_be(toytown, facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        Space.objects.filter(source_id="r1").update(**facts)


def test_fixed_value_is_refused_for_the_kind_has_its_own_option(tmp_path, ground):
    with pytest.raises(CommandError, match="no values set or translated"):
        take(table(tmp_path / "a.csv", GOOD), "--set", "kind=room")


# --- what goes in -----------------------------------------------------------------------------------------------------


def test_same_file_again_writes_nothing_and_another_replaces_its_own_rows_alone(tmp_path, toytown):
    written = write_spaces(tmp_path / "spaces.csv")
    before = fingerprint()
    take(written, "--dataset", "toytown-spaces", "--title", "Lelulan tilat")
    assert fingerprint() == before

    path = table(tmp_path / "a.csv", GOOD, "k2,Toinen,outdoor,,,,,,24.83,60.175")
    take(path)
    first = Space.objects.get(source_id="k1")
    assert (first.kind, first.capacity, first.step_free, first.accessible_toilet, first.prices, first.area.slug) == (
        "room", 20, True, None, {"fi": "5 €"}, "south-west",
    )  # fmt: skip
    take(table(path, "k1,Uusi sali,room,,ei,,,,24.83,60.185"))
    changed = Space.objects.get(dataset__slug="a")
    assert (changed.pk, changed.names, changed.capacity, changed.step_free, changed.area.slug) == (
        first.pk, {"fi": "Uusi sali"}, None, False, "north-east",
    )  # fmt: skip
    assert Space.objects.of_origin("toytown-spaces").count() == 2
    assert Dataset.objects.by_slug("a").source == "a.csv"


def test_booleans_and_numbers_of_geojson_are_taken_and_good_rows_go_in_where_one_says_so(tmp_path, toytown, capsys):
    good = files.feature(
        POINT, id="1", kind="room", capacity=30, step_free=True, induction_loop=False, price_sv="Gratis"
    )
    path = files.geojson(tmp_path / "a.geojson", good, files.feature(POINT, id="2", kind="hall"))
    take(path, "--skip-refused", "--kind", "outdoor")
    space = Space.objects.get(dataset__slug="a")
    assert (space.capacity, space.step_free, space.induction_loop, space.prices) == (30, True, False, {"sv": "Gratis"})
    assert "refused row 2 (Aukio): kind" in capsys.readouterr().out


def test_new_areas_take_the_spaces_in_that_lie_in_them(tmp_path, toytown):
    Space.objects.update(area=None)
    renamed = {slug: (box, f"New {name}", swedish) for slug, (box, name, swedish) in NEIGHBOURHOODS.items()}
    import_areas(write_areas(tmp_path / "a.geojson", renamed), "neighbourhood")
    assert sorted(Space.objects.values_list("area__slug", flat=True)) == ["north-west", "south-west"]


# --- at the doors -----------------------------------------------------------------------------------------------------


def test_doors_give_what_was_told_and_null_where_nothing_was(client, toytown, tmp_path):
    hall, bicycle = json.loads(exported(client, "geojson?lang=en"))["features"]
    facts = {"name": "Toy Hall", "kind": "room", "capacity": 40, "step_free": True, "accessible_toilet": False}
    facts |= {"induction_loop": None, "price": "Free of charge", "hours": None, "area": "north-west"}
    facts |= {"booking_url": "https://book.example.org/hall?a=1&b=2", "source": "toytown-spaces"}
    assert {name: hall["properties"][name] for name in facts} == facts
    assert (bicycle["properties"]["booking_url"], bicycle["properties"]["step_free"]) == (None, None)
    for query, number in (("kind=room", 1), ("area=west", 2), ("area=east", 0), ("kind=room&kind=equipment", 2)):
        assert client.get(f"/ogc/collections/spaces/items?{query}&f=json").json()["numberMatched"] == number
    assert client.get("/ogc/collections/spaces/items?kind=hall").status_code == 400
    assert client.get("/tiles/spaces/0/0/0.pbf").content
    assert ";true;false;" in exported(client, "csv").decode()
    with sqlite3.connect(saved(client, tmp_path, "gpkg", collection="spaces")) as package:
        assert package.execute("SELECT step_free, accessible_toilet FROM spaces ORDER BY id").fetchall() == [
            (1, 0), (None, None),
        ]  # fmt: skip
    archive = saved(client, tmp_path, "shp.zip", collection="spaces")
    assert pyogrio.read_info(f"/vsizip/{archive}/spaces_points.shp")["features"] == 2
