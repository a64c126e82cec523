"""Reasons of imports: marked for translation where they are raised, kept as JSON, told in each reader's language."""

import ast
import json
import re
from dataclasses import asdict
from functools import cache
from pathlib import Path

import pytest
import shapely
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation

from geodata.imports.dataset import Order, Reading, import_dataset
from geodata.imports.mapping import read_mapping
from geodata.imports.reasons import FAULTS, SourceRefused, shape_fault
from geodata.imports.reference import LayerFacts
from geodata.models import ImportRun, Into, RunState
from layers.fetching import FetchFailed, fetch
from layers.models import NeighbourLayer
from layers.models.dataset import Origin
from layers.reasons import Reason, listed
from tests.actors.people import person
from tests.geodata import source_files as files
from tests.proposals.rows import sent

LANGUAGES = ("fi", "sv")
POINT = {"type": "Point", "coordinates": [24.81, 60.175]}
LINE = {"type": "LineString", "coordinates": [[24.81, 60.175], [24.82, 60.176]]}
BOW = files.polygon([24.801, 60.171], [24.809, 60.179], [24.809, 60.171], [24.801, 60.179], [24.801, 60.171])
# Who writes an option otherwise than it is written reads English: nobody else sees these.
OF_COMMANDS = {"geodata/imports/mapping.py": 2, "geodata/imports/options.py": 1, "proposals/forwarding.py": 1}


@cache
def trees() -> dict[str, ast.Module]:
    """The modules that give reasons, by path."""
    paths = [path for floor in ("layers", "proposals", "geodata") for path in Path(floor).rglob("*.py")]
    texts = {str(path): path.read_text() for path in paths}
    giving = re.compile(r"\bReason\(|Refused\(|FetchFailed\(|RefusedRow\(|def refuse\(")
    return {path: ast.parse(text) for path, text in texts.items() if giving.search(text)}


@cache
def calls(name: str) -> list[tuple[str, ast.Call]]:
    """(path, call) of each call of `name`."""
    return [
        (path, node)
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


@cache
def marked() -> set[str]:
    """What makemessages finds in these modules."""
    return {call.args[0].value for _path, call in calls("_") if isinstance(call.args[0], ast.Constant)}


def untold(reasons: list[Reason]) -> list[str]:
    """Those that are in English in some language, or that makemessages would not find."""
    found = [reason.words for reason in reasons if reason.words not in marked()]
    with translation.override("en"):
        english = [reason.told() for reason in reasons]
    for language in LANGUAGES:
        with translation.override(language):
            found += [
                f"{language}: {words}" for reason, words in zip(reasons, english, strict=True) if reason.told() == words
            ]
    return found


def order(into: str = Into.SERVICES, **more: object) -> Order:
    return Order(into, Origin(slug="wrong", title="Wrong"), **more)


def refusal(path: Path, asked: Order | None = None) -> SourceRefused:
    with pytest.raises(SourceRefused) as refused:
        import_dataset(path, asked or order())
    return refused.value


def table(folder: Path, text: str | bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


# --- what is raised ---------------------------------------------------------------------------------------------------


def test_no_reason_is_raised_that_makemessages_would_not_find():
    plain = [path for path, call in calls("Reason") if isinstance(call.args[0], ast.Constant | ast.JoinedStr)]
    assert {path: plain.count(path) for path in plain} == OF_COMMANDS
    for raised in ("SourceRefused", "RowRefused", "RefusedRow", "FetchFailed", "FetchRefused"):
        texts = [ast.JoinedStr] if raised in ("RowRefused", "RefusedRow") else [ast.JoinedStr, ast.Constant]
        assert not [path for path, call in calls(raised) if {type(one) for one in call.args} & set(texts)], raised


ROWS = {
    Into.AREAS: [files.feature(code="b", name_fi=""), files.feature(LINE, code="c"), files.feature(code=""),
                 files.feature(code="x" * 41), files.feature(code="d", name_fi="x" * 201), files.empty_feature(code="e")],
    Into.SERVICES: [files.feature(LINE, id="b"), files.feature(POINT, id="c", category="!"), files.empty_feature(id="d"),
                    files.feature(POINT, id="a", name_fi="\ufffd"), files.feature(POINT, id="a", name_fi="\ue000")],
    Into.SPACES: [files.feature(POINT, id="b", **{"kind": "room"} | fault) for fault in (
        {"kind": ""}, {"kind": "hall"}, {"capacity": "many"}, {"step_free": "perhaps"}, {"booking_url": "x"},
        {"provider_type": "x"}, {"address": "x" * 201})],
    Into.REFERENCE: [files.feature({"type": "GeometryCollection", "geometries": [POINT, LINE]}, code="b"),
                     files.feature(POINT, code="c", highway="x" * 501), files.feature(BOW, code="d"),
                     files.feature({"type": "Point", "coordinates": [1, 2]}, code="e"),
                     files.feature({"type": "Point", "coordinates": [60.175, 24.81]}, code="f"),
                     files.feature({"type": "LineString", "coordinates": [[24.81, 60.175]] * 20_001}, code="g")],
}  # fmt: skip
GOOD = {Into.AREAS: files.feature(code="a", id="a"), Into.REFERENCE: files.feature(POINT, code="a")}


@pytest.mark.django_db
@pytest.mark.parametrize("into", ROWS)
def test_refused_row_is_told_in_the_readers_language(toytown, tmp_path, into):
    good = GOOD.get(into, files.feature(POINT, id="a", kind="room"))
    path = files.geojson(tmp_path / "a.geojson", good, good, *ROWS[into])
    layer = LayerFacts({"fi": "Polut"}, fields=("highway",)) if into == Into.REFERENCE else None
    report = import_dataset(path, order(into, level="district" if into == Into.AREAS else "", layer=layer))
    repaired = sum(row["geometry"] == BOW for row in ROWS[into])
    assert len(report.refused) == len(ROWS[into]) + 1 - repaired  # the good one's id stands in the file twice
    assert len(report.notes) == 1 + repaired
    assert untold([row.reason for row in report.refused] + [row.named() for row in report.refused]) == []
    assert untold(list(report.notes)) == []


PROPOSALS = """id;title;body;kind;date;end;wkt
1;A;;bench;2016-01-20;;POINT(24.81 60.175)
1;A;;bench;2016-01-20;;POINT(24.81 60.175)
2;;;bench;2016-01-20;;POINT(24.81 60.175)
3;A;;lamp;2016-01-20;;POINT(24.81 60.175)
4;A;;tree;2016-01-20;;POINT(24.81 60.175)
5;A;;bench;tomorrow;;POINT(24.81 60.175)
6;A;;bench;2099-01-20;;POINT(24.81 60.175)
7;A;;bench;2016-01-20;2015-01-20;POINT(24.81 60.175)
8;A;;bench;2016-01-20;;POINT(24.81
9;A;;bench;2016-01-20;;POLYGON((24.801 60.171, 24.809 60.179, 24.809 60.171, 24.801 60.179, 24.801 60.171))
10;A;;bench;2016-01-20;;LINESTRING(24.81 60.175, 24.82 60.176)
11;A;;bench;2016-01-20;;
12;A;;bench
13;A\x07;;bench;2016-01-20;;POINT(24.81 60.175)
14;A;{long};bench;2016-01-20;;POINT(24.81 60.175)
15;A;;bench;2016-01-20;;POINT(24.81 60.19999)
16;{title};;bench;2016-01-20;;POINT(24.81 60.175)
"""


@pytest.mark.django_db
def test_refused_proposal_is_told_in_the_readers_language(toytown, tmp_path):
    category = sent(kind="idea").category.slug
    path = table(tmp_path, PROPOSALS.format(long="x" * 5_001, title="x " * 80))
    columns = ("title=title", "category=kind", "submitted=date", "published=end")
    mapping = read_mapping(columns, ["language=fi"], [f"category:bench={category}", "category:tree=tree"])
    report = import_dataset(path, order(Into.PROPOSALS, reading=Reading(crs=4326), mapping=mapping))
    assert {row.number for row in report.refused} >= {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
    assert untold([row.reason for row in report.refused] + list(report.notes)) == []
    assert "row 1 too" in str(next(row.reason for row in report.refused if row.number == 2))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "more"),
    [
        ("a.xml", "<x/>", {}),
        ("a.zip", "PK", {}),
        ("a.csv", "id\x00,name\n", {}),
        ("a.csv", "", {}),
        ("a.csv", "id,id\n", {}),
        ("a.csv", ",".join(f"c{n}" for n in range(1_001)), {}),
        ("a.csv", "id,name\n1,A\n", {}),
        ("a.csv", "id,name,x,y\n1,A,1,2\n", {"reading": Reading(crs=5773)}),
        ("a.csv", "id,name,lon,lat\n1,A,1,2\n", {"reading": Reading(encoding="klingon")}),
        ("a.csv", b"\xff\xfea", {}),
        ("a.csv", 'id,name,lon,lat\n1,"A,1,2\n', {}),
        ("a.csv", "id,nimi,lon,lat\n1,A,1,2\n", {}),
        ("a.csv", "id,name,lon,lat\n1,A,1,2\n", {"reading": Reading(x="itä")}),
        ("a.csv", "id,name,lon,lat\n1,A,1,2\n", {"into": Into.SPACES, "kind": "hall"}),
        ("a.csv", "id,name,lon,lat\n1,A,1,2\n", {"into": Into.PROPOSALS}),
        ("a.csv", "id,name,lon,lat\n", {"into": Into.AREAS, "level": "district"}),
        ("a.csv", "id,name,lon,lat\n", {"into": Into.AREAS, "level": "planet"}),
        ("a.csv", "id,name,lon,lat\n", {"into": Into.AREAS, "level": "city", "skip_refused": True}),
        ("a.csv", "id,name,lon,lat\n", {"into": Into.REFERENCE, "layer": LayerFacts({"fi": "A"}, fields=("kind",))}),
        ("a.csv", "id,name,lon,lat\n", {"into": Into.REFERENCE, "layer": LayerFacts({"fi": "A"}, fields=("id",))}),
        ("a.csv", "id,name,lon,lat\n", {"mapping": read_mapping([], ["kind=a"], [])}),
        ("a.geojson", "<html>", {}),  # from here on by the confined reader
        ("a.geojson", '{"type": "FeatureCollection", "crs": {}, "features": []}', {}),
        ("a.gpkg", "SQLite format 3", {}),
    ],
)  # fmt: skip
def test_refused_file_is_told_in_the_readers_language(toytown, tmp_path, name, content, more):
    refused = refusal(table(tmp_path, content, name), order(**{"into": Into.SERVICES} | more))
    assert untold([refused.reason]) == []
    with translation.override("fi"):
        assert "--" not in refused.reason.told()  # the options are those of commands


def test_confined_reader_asks_in_words_too(tmp_path):
    bare = refusal(files.dataset(tmp_path / "a.fgb", "FlatGeobuf", crs=None))
    assert bare.needed and bare.needed.what == "crs" and str(bare).endswith("Say it by --crs EPSG:3067.")
    assert untold([bare.reason]) == []


def test_address_that_is_not_asked_is_told_in_words():
    for url in ("https://elsewhere.example/a", "http://named.example/", "https://a:b@named.example/", "https://["):
        with pytest.raises(FetchFailed) as failure:
            fetch(url, ["named.example"], 1, 1.0)
        assert untold([failure.value.reason]) == []


@pytest.mark.parametrize("fault", [*FAULTS, "Something new"])
def test_everything_that_geos_finds_wrong_has_words(fault):
    reason = shape_fault(f"{fault}[24.805000000000001 60.174999999999997]")
    assert untold([reason]) == []
    assert "24.805000, 60.174999" in str(reason) or fault in ("Invalid Coordinate", "Something new")


def test_geos_still_says_what_we_know_of_it():
    bow = shapely.Polygon(BOW["coordinates"][0])
    assert shape_fault(shapely.is_valid_reason(bow)).words == FAULTS["Self-intersection"]
    nowhere = shapely.Polygon([(0, 0), (1, float("inf")), (1, 1), (0, 0)])
    assert shape_fault(shapely.is_valid_reason(nowhere)).words == FAULTS["Invalid Coordinate"]


# --- what is kept and told --------------------------------------------------------------------------------------------


def test_reason_is_the_same_after_it_was_kept_as_json():
    inner = Reason("It is longer than %(number)s characters.", {"number": 5_000})
    reason = Reason("row %(row)s: %(field)s: %(reason)s", {"row": "7", "field": "title", "reason": inner}, "--map")
    assert Reason.read(json.loads(json.dumps(asdict(reason)))) == reason
    assert str(reason) == "row 7: title: It is longer than 5,000 characters. Say it by --map."


def test_numbers_are_written_as_the_language_writes_them():
    reason = Reason("It is longer than %(number)s characters.", {"number": 5_000})
    with translation.override("fi"):
        assert "5\xa0000" in reason.told() and str(reason) == "It is longer than 5,000 characters."


def test_words_of_a_stranger_fill_no_other_words_and_move_no_terminal():
    reason = Reason("“%(value)s” is not a number. %(lost)s %(lost)999999999s", {"value": "%(lost)s\x1b[31m"})
    with translation.override("fi"):
        assert str(reason) == reason.told() == "“%(lost)s[31m” is not a number. %(lost)s %(lost)999999999s"
    assert listed([f"a{n}" for n in range(14)]).endswith("a11 … (+2)") and listed([]) == "–"


@pytest.mark.django_db
def test_command_speaks_english_in_whatever_language_it_is_called(toytown, tmp_path, capsys):
    path = table(tmp_path, "id,name,lon,lat\n1,A,1.5,2.5\n")
    with translation.override("fi"), pytest.raises(CommandError, match="1 rows were refused"):
        call_command("import_dataset", str(path), "--into", "services")
    with translation.override("fi"), pytest.raises(CommandError) as refused:
        call_command("import_dataset", str(path), "--into", "areas", "--level", "district", "--skip-refused")
    assert capsys.readouterr().out.splitlines() == [
        "refused row 1 (A): geometry: It lies far outside the city, at 1.5000, 2.5000. Is the coordinate system the right one?",
        "a.csv: read as CSV, EPSG:4326, encoding utf-8. Columns: id, name, lon, lat.",
        "a.csv: 0 added, 0 updated, 0 unchanged, 0 ended, 1 refused",
    ]  # fmt: skip
    assert str(refused.value).startswith("Nothing was written. Areas go in all together")


@pytest.mark.django_db
def test_page_and_table_of_a_run_speak_the_language_of_who_looks(toytown):
    client = Client(headers={"Accept": "text/html"})
    client.force_login(person("planner", "planner"))
    old = {"number": 2, "field": "wkt", "reason": "an old report's “%(words)s”", "label": ""}
    new = {"number": 3, "field": "id", "reason": asdict(Reason("It is missing.")), "label": "A"}
    noted = asdict(Reason("It has more than %(number)s corners.", {"number": 20_000}))
    counts = {"added": 0, "updated": 0, "unchanged": 0, "ended": 0, "refused_rows": 2}
    report = counts | {"refused": [old, new], "notes": ["row 1: repaired", noted]}
    facts = {"into": Into.SERVICES, "file": "x", "language": "fi", "state": RunState.FAILED, "report": report}
    run = ImportRun.objects.create(
        key="8d6d6ae2-6b9d-4d5e-9a3c-0d8f3b0a1b11", name="a.csv", **facts, refusal=new["reason"]
    )
    for language, words, corners in (
        ("fi", "Se puuttuu.", "20\xa0000 kulmaa"),
        ("sv", "Det saknas.", "20\xa0000 hörn"),
    ):
        page = client.get(f"/{language}/planning/import/{run.pk}/").content.decode()
        assert page.count(words) == 2 and corners in page and "It is missing" not in page
        assert "an old report&#x27;s “%(words)s”" in page and "row 1: repaired" in page
        rows = client.get(f"/{language}/planning/import/{run.pk}/refused.csv").content.decode()
        assert f"3,id,{words},A" in rows and "2,wkt,an old report's “%(words)s”" in rows
    ImportRun.objects.update(refusal=None, error="the file is not GeoJSON")
    assert "the file is not GeoJSON" in client.get(f"/fi/planning/import/{run.pk}/").content.decode()


def test_outcome_of_a_fetch_is_told_in_the_administrators_language():
    layer = NeighbourLayer(note="it answers 503")
    assert layer.happened.told() == "it answers 503"
    layer.outcome = asdict(Reason("It has more than %(number)s corners.", {"number": 3}))
    assert untold([layer.happened]) == []
