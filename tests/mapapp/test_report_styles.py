"""The other ways to draw a report: any figure in colour, heat, two times side by side, and an atlas of areas."""

import datetime
import json
import re

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, Sum
from django.utils import translation

from layers.models import Area
from mapapp.report_classes import classify
from mapapp.report_figures import area_rows, count_figures
from mapapp.report_filter import MEASURES
from mapapp.report_map import Heat
from mapapp.reports import area_frame, colour
from proposals.models import Proposal, Publication, Status
from tests.geodata.rows import NOON, make_crowd, make_pledge, make_proposal
from tests.mapapp.report_reading import cards_of, form_of, report_of
from tests.toytown import middle_of

MAP = "/planning/map.html"
LATER = NOON + datetime.timedelta(days=40)


def heat_of(html: str) -> list[list[float]]:
    return json.loads(re.search(r"L\.heatLayer\(\s*(\[.*?\]),\n", html, re.DOTALL)[1])


def pairs_of(html: str) -> dict[str, list[int]]:
    """Slug -> proposals of the first time, of the second, change."""
    rows = re.findall(r'<tr data-pair="([^"]*)">(.*?)</tr>', html, re.DOTALL)
    return {slug: [int(cell) for cell in re.findall(r"<td[^>]*>\s*([+-]?\d+)", row)] for slug, row in rows}


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("style=globe", "style"),
        ("style=heat&style=pair", "style"),
        ("style=pair&before=yesterday", "before"),
        ("style=pair&after=2026-02-30", "after"),
        ("style=pair&before=2026-06-01&after=2026-06-01", "after"),
        ("style=pair&before=2026-06-02&after=2026-06-01", "after"),
        ("measure=wealth", "measure"),
    ],
)
def test_bad_style_is_refused_by_name(toytown, client, query, parameter):
    response = client.get(f"{MAP}?{query}&lang=sv")
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == [parameter]
    assert client.get(f"/en/planning/?{query}").status_code == 400


def test_heat_takes_numbers_or_nothing():
    with pytest.raises(TypeError, match="folium runs text"):
        Heat([[60.1, 24.8, "alert(1)", 0]])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"area": ["west"]}, "leave this filter out"),
        ({"kind": ["sausage"]}, "kind"),
        ({"level": "statistical"}, "no areas of the level"),
    ],
)
def test_atlas_is_refused_in_words_and_writes_nothing(toytown, tmp_path, options, words):
    with pytest.raises(CommandError, match=words):
        call_command("report_atlas", tmp_path / "atlas", **options)
    assert not (tmp_path / "atlas").exists()


def test_atlas_into_a_file_is_refused(toytown, tmp_path):
    (tmp_path / "atlas").write_text("mine")
    with pytest.raises(CommandError, match="cannot be made"):
        call_command("report_atlas", tmp_path / "atlas")
    assert (tmp_path / "atlas").read_text() == "mine"


def test_hidden_proposal_is_in_no_style(toytown):
    for publication in Publication:
        if publication != Publication.PUBLISHED:
            make_proposal(title=f"CANARY {publication}", publication=publication)
    for style in ("heat", "pair"):
        html = report_of(f"style={style}")
        assert "CANARY" not in html
        assert cards_of(html) == []


# --- any figure -------------------------------------------------------------------------------------------------------


def test_each_figure_of_an_area_is_what_the_database_counts(toytown):
    make_crowd()
    Proposal.objects.update(supports_verified=F("pk") % 7, supports_unverified=F("pk") % 3)
    frame = area_frame(area_rows(count_figures(Proposal.objects.public())))
    for area in Area.objects.current().of_level("neighbourhood"):
        here = Proposal.objects.public().in_areas([area.pk])
        confirmed = here.with_status([Status.CONFIRMED]).count()
        supports = here.aggregate(n=Sum(F("supports_verified") + F("supports_unverified")))["n"]
        assert frame["open"][area.pk] == here.with_status([Status.OPEN]).count()
        assert frame["waiting"][area.pk] == here.taken_up(False).count()
        assert frame["supports"][area.pk] == supports
        assert frame["confirmed"][area.pk] == pytest.approx(100 * confirmed / here.count())


@pytest.mark.parametrize("measure", [value for value, _label in MEASURES])
def test_every_measure_colours_the_areas_and_names_itself(toytown, measure):
    make_crowd(80)
    html = report_of(f"lang=en&measure={measure}")
    with translation.override("en"):
        assert str(dict(MEASURES)[measure]) in html
    assert re.search(r"shade shade--[1-5]", html)


# --- heat and pair ----------------------------------------------------------------------------------------------------


def test_heat_weighs_as_many_as_there_are_and_tells_of_none(toytown):
    make_crowd()
    html = report_of("style=heat")
    assert sum(count for _lat, _lon, count in heat_of(html)) == Proposal.objects.public().count()
    assert cards_of(html) == []
    assert "cdn" not in html.lower()


def test_heat_of_nothing_is_a_map_without_heat(toytown):
    assert "L.heatLayer(" not in report_of("style=heat").split("report-strings")[1].rsplit("<script>", 1)[1]


def test_pair_shows_each_time_alone_and_what_changed(toytown):
    first, second = middle_of("north-west"), middle_of("south-east")
    early = make_proposal(first, title="Early")
    late = [make_proposal(second, title="Late", published_at=LATER) for _ in range(2)]
    make_proposal(second, title="Between", published_at=NOON + datetime.timedelta(days=20))
    html = report_of("lang=en&style=pair&before=2026-06-01&after=2026-07-01")
    assert {card[0] for card in cards_of(html)} == {early.pk, *(one.pk for one in late)}
    pairs = pairs_of(html)
    assert pairs["north-west"] == [1, 0, -1]
    assert pairs["south-east"] == [0, 2, 2]
    assert html.count('class="folium-map"') == 2


def test_pair_without_days_is_before_and_since_a_year_ago(toytown):
    form = form_of("style=pair")
    before, after = form.cleaned_data["before"], form.cleaned_data["after"]
    assert after - before == datetime.timedelta(days=1)
    assert form_of("style=pair&before=2026-05-31").cleaned_data["after"] == datetime.date(2026, 6, 1)
    assert form_of("style=pair&after=2026-06-01").cleaned_data["before"] == datetime.date(2026, 5, 31)


def test_both_maps_of_a_pair_have_the_same_colours_for_the_same_values(toytown):
    for _ in range(9):
        make_proposal(middle_of("north-west"))
    make_pledge(make_proposal(middle_of("south-east"), published_at=LATER))
    frames = [
        area_frame(area_rows(count_figures(rows)))
        for rows in (Proposal.objects.published_until(NOON.date()), Proposal.objects.published_since(LATER.date()))
    ]
    legend = colour(frames, "proposals")
    looks = [frame["look"][frame["proposals"] > 0].tolist() for frame in frames]
    assert looks == [["shade shade--5"], ["shade shade--1"]]
    assert len(legend) == 3  # none, one, nine
    assert (
        classify(frames[0]["proposals"], frames[0]["proposals"], "proposals")[0].max() == 3
    )  # alone it would be middling


def test_planning_page_offers_each_style_with_its_days(toytown, client):
    make_crowd(40)
    html = client.get("/en/planning/?kind=parking&style=pair&before=2026-05-20").content.decode()
    for style in ("areas", "heat", "pair"):
        assert re.search(rf'href="/en/planning/\?kind=parking&amp;measure=proposals&amp;style={style}[^"]*#map"', html)
    assert 'name="before" value="2026-05-20"' in html
    assert 'name="after" value="2026-05-21"' in html
    assert '<input type="hidden" name="kind" value="parking">' in html
    assert 'name="before"' not in client.get("/en/planning/").content.decode()


# --- atlas ------------------------------------------------------------------------------------------------------------


def test_atlas_has_a_sheet_for_each_area_and_a_page_that_leads_to_them(toytown, tmp_path, capsys):
    make_crowd(80)
    Area.objects.filter(slug="north-west").update(names={"fi": "<script>hit(1)</script>{{ 7|add:7 }}"})
    call_command("report_atlas", tmp_path, level="neighbourhood", kind=["parking"], lang="en")
    index = (tmp_path / "index.html").read_text()
    slugs = set(Area.objects.current().of_level("neighbourhood").values_list("slug", flat=True))
    assert {path.stem for path in tmp_path.glob("*.html")} == slugs | {"index"}
    assert set(re.findall(r'<a href="([^"]*)\.html"', index)) == slugs
    assert "<script" not in index
    assert "&lt;script&gt;hit(1)&lt;/script&gt;{{ 7|add:7 }}" in index
    here = Proposal.objects.public().of_kind(["parking"]).in_areas([toytown.north_east.pk]).count()
    row = re.search(r'north-east\.html.*?<td class="numeric">(\d+)</td>', index, re.DOTALL)
    assert int(row[1]) == here
    assert "Content-Security-Policy" in index and "unsafe" not in index
    assert f"{len(slugs)} areas" in capsys.readouterr().out
