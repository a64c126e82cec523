"""Proposals from an older system: refused by the row, entered all together, told to nobody."""

import datetime
from pathlib import Path

import pytest
import shapely
from django.contrib.gis.geos import Point
from django.core.management import CommandError, call_command

from layers.models import Dataset
from proposals import sealing
from proposals.models import Event, EventSeal, Outbox, Proposal, ProposalText
from proposals.tasks import empty_one_batch
from tests.categories import make_categories
from tests.geodata import source_files as files

HEADER = "id;title;body;kind;date;lon;lat"
GOOD = "7;Penkki puuttuu;Tässä oli penkki.;bench;2016-01-20;24.81;60.185"
MAPPED = (
    "--map",
    "category=kind",
    "--map",
    "submitted=date",
    "--value",
    "category:bench=greening",
    "--set",
    "language=fi",
)


@pytest.fixture(autouse=True)
def categories(toytown):
    return make_categories()


def table(folder: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    path = folder / "old.csv"
    path.write_bytes("\n".join([header, *rows, ""]).encode(encoding))
    return path


def take(path: Path, *more: str, mapped: tuple[str, ...] = MAPPED) -> None:
    call_command("import_dataset", str(path), "--into", "proposals", *mapped, *more)


def refused(capsys, path: Path, *more: str, mapped: tuple[str, ...] = MAPPED) -> str:
    """What the command says of a file of which nothing may be written."""
    with pytest.raises(CommandError, match="Nothing was written") as refusal:
        take(path, *more, mapped=mapped)
    assert not Proposal.objects.exists()
    assert not Event.objects.exists()
    assert not Dataset.objects.by_slug("old")
    return capsys.readouterr().out + str(refusal.value)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("7;;Tässä oli penkki.;bench;2016-01-20;24.81;60.185", "row 1: title: It is missing."),
        ("7;Penkki;;;2016-01-20;24.81;60.185", "row 1 (Penkki): category: It is missing."),
        (
            "7;Penkki;;lamp;2016-01-20;24.81;60.185",
            "category: “lamp” has no meaning here yet. Say what it is to become. Say it by --value category",
        ),
        ("7;Penkki;;bench;2016-02-30;24.81;60.185", "submitted: “2016-02-30” is no time"),
        ("7;Penkki;;bench;01/02/2016;24.81;60.185", "submitted: “01/02/2016” is no time"),
        ("7;Penkki;;bench;2099-01-01;24.81;60.185", "submitted: “2099-01-01” has not come yet"),
        ("7;Penkki;;bench;2016-01-20;;", "geometry: It is missing."),
        ("7;Penkki;;bench;2016-01-20;kaksi;60.185", "geometry: “kaksi” is not a number"),
        ("7;Penkki;;bench;2016-01-20;nan;60.185", "geometry: “nan” is not a number"),
        ("7;Penkki;;bench;2016-01-20;60.185;24.81", "Latitude and longitude are swapped"),
        ("7;Penkki;;bench;2016-01-20;24.0;60.185", "outside the city, at 24.0000, 60.1850"),
        (";Penkki;;bench;2016-01-20;24.81;60.185", "id: It is missing."),
        ("7;Pen\x07kki;;bench;2016-01-20;24.81;60.185", "title: It holds signs that cannot be shown"),
        (f"7;Penkki;{'x' * 5_001};bench;2016-01-20;24.81;60.185", "body: It is longer than 5,000 characters"),
        ("7;Penkki;bench", "The row has 3 cells, the first row 7"),
    ],
)
def test_row_is_refused_with_its_number_field_and_reason(tmp_path, capsys, row, told):
    assert told in refused(capsys, table(tmp_path, row))


def test_repeated_id_is_refused_with_the_row_that_had_it_first(tmp_path, capsys):
    assert "row 2 (Penkki puuttuu): id: “7” stands in row 1 too" in refused(capsys, table(tmp_path, GOOD, GOOD))


def test_place_in_the_bounds_but_in_no_area_is_outside_the_city(tmp_path, capsys, toytown, settings):
    west = settings.CITY.bounds[0]
    row = GOOD.replace("24.81", f"{west - 0.0000005:.7f}")
    row = f"{GOOD}\n{row.replace('7;', '8;', 1)}"
    told = refused(capsys, table(tmp_path, row))
    assert "row 2" in told and "outside the city" in told


def test_one_bad_row_keeps_the_good_ones_out_too(tmp_path, capsys):
    told = refused(capsys, table(tmp_path, GOOD, "8;;;bench;2016-01-20;24.81;60.185"))
    assert "0 added" in told and "1 refused" in told


def test_shape_that_its_category_does_not_take_is_refused(tmp_path, capsys):
    path = table(tmp_path, '7;A;"LINESTRING(24.81 60.175, 24.82 60.176)"', header="id;title;wkt")
    mapped = ("--set", "category=idea", "--set", "language=fi", "--crs", "EPSG:4326")
    assert "What is taken: Point." in refused(capsys, path, mapped=mapped)


def test_line_that_leaves_the_city_far_behind_is_refused(tmp_path, capsys):
    path = table(tmp_path, '7;A;"LINESTRING(24.81 60.175, 24.95 60.176)"', header="id;title;wkt")
    mapped = ("--set", "category=pathway", "--set", "language=fi", "--crs", "EPSG:4326")
    assert "It lies outside the city, or a part of it does" in refused(capsys, path, mapped=mapped)


@pytest.mark.parametrize(
    ("mapped", "told"),
    [
        (("--set", "category=greening"), "Say where “language” comes from"),
        (("--set", "language=fi"), "Say where “category” comes from"),
        ((*MAPPED, "--map", "title=otsikko"), "title: There is no column “otsikko”. There are: id, title"),
        ((*MAPPED, "--map", "email=body"), "“email” is none of: id, title"),
        ((*MAPPED, "--map", "title"), "--map title: write it as FIELD="),
        ((*MAPPED, "--value", "category=bench"), "write it as FIELD:VALUE IN THE FILE=VALUE HERE"),
        ((*MAPPED, "--set", "status=taken_up"), "status: “taken_up” is none of"),
        ((*MAPPED, "--set", "status=confirmed"), "status: “confirmed” is none of"),
        ((*MAPPED, "--set", "status=merged"), "status: “merged” is none of"),
        ((*MAPPED, "--encoding", "klingon"), "There is no encoding “klingon”"),
        ((*MAPPED, "--x-field", "itä"), "There is no column “itä”"),
    ],
)
def test_mapping_that_leads_nowhere_is_refused(tmp_path, capsys, mapped, told):
    assert told in refused(capsys, table(tmp_path, GOOD), mapped=mapped)


def test_reference_system_of_metres_is_asked_for_and_not_guessed(tmp_path, capsys):
    path = table(tmp_path, "7;A;378200;6673200", header="id;title;e;n")
    mapped = ("--set", "category=idea", "--set", "language=fi")
    assert "In which coordinate system are its places? The file does not tell. Say it by --crs" in refused(
        capsys, path, mapped=mapped
    )


def test_dry_run_tells_what_would_go_in_and_writes_nothing(tmp_path, capsys):
    take(table(tmp_path, GOOD), "--dry-run")
    told = capsys.readouterr().out
    assert "1 added" in told and "nothing was written" in told
    assert not Proposal.objects.exists()


def test_proposal_keeps_its_time_words_and_origin(tmp_path, toytown):
    take(table(tmp_path, GOOD), "--set", "channel=paper", "--licence", "CC0")
    [proposal] = Proposal.objects.public()
    assert (proposal.source, proposal.source_id, proposal.channel) == ("old", "7", "paper")
    assert (proposal.title, proposal.body, proposal.language) == ("Penkki puuttuu", "Tässä oli penkki.", "fi")
    assert proposal.category.slug == "greening" and proposal.kind == "idea"
    midnight = datetime.datetime(2016, 1, 19, 22, tzinfo=datetime.UTC)  # in the city's zone
    assert proposal.submitted_at == proposal.published_at == midnight
    assert proposal.area == toytown.north_west
    assert proposal.landmark["names"]["fi"] == "Lelulan kirjasto"
    assert ProposalText.objects.get(proposal=proposal).title == proposal.title
    assert Dataset.objects.by_slug("old").licence == "CC0"


def test_history_is_sealed_at_once_and_tells_nobody(tmp_path):
    take(table(tmp_path, GOOD), "--set", "status=closed_unfixed")
    assert list(Event.objects.order_by("pk").values_list("verb", "role", "before", "after")) == [
        ("submitted", "resident", "", "published"),
        ("published", "system", "", "published"),
        ("status_changed", "system", "open", "closed_unfixed"),
    ]
    assert EventSeal.objects.count() == 3
    assert not Outbox.objects.exists()
    assert empty_one_batch() == 0
    found = sealing.verify()
    assert (found.sealed, found.fault_count) == (3, 0)


def test_chain_goes_on_behind_an_import_and_from_one_to_the_next(tmp_path):
    take(table(tmp_path, GOOD))
    Proposal.objects.get().change_status("not_planned", role="moderator", reason="No.")
    assert empty_one_batch() == 1
    take(table(tmp_path, GOOD, GOOD.replace("7;", "8;", 1)))
    found = sealing.verify()
    assert (found.sealed, found.fault_count) == (5, 0)


def test_same_file_again_adds_nothing_and_undoes_no_decision(tmp_path, capsys):
    take(table(tmp_path, GOOD))
    Proposal.objects.get().hide(role="moderator", reason="Names a person.")
    take(table(tmp_path, GOOD.replace("Penkki", "Lamppu")))
    assert "0 added, 0 updated, 1 unchanged" in capsys.readouterr().out
    assert Proposal.objects.get().publication == "hidden"
    assert Proposal.objects.get().title == "Penkki puuttuu"


def test_rows_without_an_id_are_known_by_what_they_hold(tmp_path):
    header = HEADER.removeprefix("id;")
    one, other = GOOD.removeprefix("7;"), GOOD.removeprefix("7;").replace("Penkki", "Lamppu")
    take(table(tmp_path, one, one, header=header))
    assert Proposal.objects.count() == 2
    take(table(tmp_path, other, one, one, header=header))  # another order, one more
    assert Proposal.objects.count() == 3


def test_place_of_a_sensitive_category_is_generalised_and_the_exact_one_forgotten(tmp_path, toytown):
    take(table(tmp_path, GOOD), "--value", "category:bench=concern")
    [proposal] = Proposal.objects.public()
    assert proposal.location is None
    assert proposal.place_precision == "generalised"
    assert 1 < proposal.public_location.distance(Point(24.81, 60.185, srid=4326)) * 111_000 < 400
    assert proposal.area == toytown.north_west


def test_metres_and_a_decimal_comma_become_the_same_place(tmp_path):
    path = table(tmp_path, '7;A;"378500,5";6673200', header="id;title;e;n")
    take(path, "--crs", "EPSG:3067", mapped=("--set", "category=idea", "--set", "language=fi"))
    [proposal] = Proposal.objects.public()
    back = proposal.location.transform(3067, clone=True)
    assert (back.x, back.y) == (pytest.approx(378_500.5, abs=0.02), pytest.approx(6_673_200, abs=0.02))


@pytest.mark.parametrize(
    ("encoding", "named"), [("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("cp1252", "cp1252")]
)
def test_encoding_is_detected_and_said(tmp_path, capsys, encoding, named):
    take(table(tmp_path, GOOD, encoding=encoding))
    assert f"encoding {named}" in capsys.readouterr().out
    assert Proposal.objects.get().body == "Tässä oli penkki."


def test_long_title_is_cut_and_stands_whole_in_the_text(tmp_path, capsys):
    title = "Sana " * 30
    take(table(tmp_path, GOOD.replace("Penkki puuttuu", title)))
    proposal = Proposal.objects.get()
    assert len(proposal.title) <= 120 and proposal.title.endswith("…")
    assert proposal.body == f"{title.strip()}\n\nTässä oli penkki."
    assert "Row 1: the title was cut" in capsys.readouterr().out


def test_skipping_takes_the_good_rows_and_still_names_the_bad(tmp_path, capsys):
    take(table(tmp_path, GOOD, "8;Lamppu;;bench;2016-01-20;;"), "--skip-refused")
    told = capsys.readouterr().out
    assert "refused row 2 (Lamppu): geometry: It is missing." in told
    assert "1 added" in told and "1 refused" in told
    assert Proposal.objects.count() == 1


def test_lines_of_a_geopackage_come_with_their_place_in_words(tmp_path, toytown):
    line = shapely.LineString([(378_500, 6_673_200), (378_900, 6_673_400)])
    path = files.dataset(tmp_path / "old.gpkg", "GPKG", line, geometry_type="LineString")
    mapped = ("--map", "title=name_fi", "--map", "id=code", "--set", "category=pathway", "--set", "language=fi")
    take(path, mapped=mapped)
    [proposal] = Proposal.objects.public()
    assert proposal.location.geom_type == "LineString"
    assert proposal.area is not None and proposal.place_in("fi")
