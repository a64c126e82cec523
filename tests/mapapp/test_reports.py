"""The planner's report: one file that asks no other host, holds nothing private, and says where it stops."""

import base64
import dataclasses
import hashlib
import re

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils.html import escape
from psycopg.errors import QueryCanceled

from layers.models import Area, Dataset
from mapapp import report_page, report_pins
from mapapp.basemaps import Basemap
from mapapp.report_figures import area_rows, count_figures
from mapapp.report_map import PinClusters, tiles
from mapapp.reports import area_frame, make_report
from proposals.models import Proposal, Publication, Status
from tests.geodata.rows import make_crowd, make_pledge, make_proposal
from tests.mapapp.report_reading import cards_of, form_of, marks_of, report_of, rows_of
from tests.toytown import middle_of

MAP = "/planning/map.html"


# --- the map ---


def test_each_area_is_drawn_with_its_own_outline(toytown):
    make_crowd()
    frame = area_frame(area_rows(count_figures(Proposal.objects.public())))
    for area in Area.objects.current().of_level("neighbourhood"):
        assert frame.geometry[area.pk].wkb == bytes(area.outline.wkb)
        assert frame["proposals"][area.pk] == Proposal.objects.public().in_areas([area.pk]).count()


def test_pins_carry_what_the_public_sees_and_nothing_else(toytown):
    shown = make_proposal(middle_of("north-east"), status=Status.TAKEN_UP, title="Light")
    make_pledge(shown)
    for publication in Publication:
        if publication != Publication.PUBLISHED:
            make_proposal(title=f"CANARY {publication}", publication=publication)
    html = report_of()
    area = toytown.north_east.pk
    assert marks_of(html) == [[60.185, 24.83, 1, 1, 0]]
    assert cards_of(html) == [[shown.pk, "Light", "en", "parking", "taken_up", area, "2026-05-31"]]
    assert "CANARY" not in html


def test_generalised_place_is_not_told_exactly(toytown):
    exact = middle_of("north-west")
    make_proposal(exact, category="concern", public_location=middle_of("south-west"))
    assert marks_of(report_of())[0][:2] == [60.175, 24.81]


def test_too_many_pins_become_counts_and_the_report_says_so(toytown, monkeypatch):
    make_crowd()
    total = Proposal.objects.public().count()
    assert "too many for single pins" not in report_of("lang=en")
    monkeypatch.setattr(report_pins, "PINS_MAX", 50)
    html = report_of("lang=en")
    rows = marks_of(html)
    assert "too many for single pins" in html
    assert {len(row) for row in rows} == {4}
    assert cards_of(html) == []
    assert sum(row[2] for row in rows) == total == rows_of(html)[""][0]
    assert sum(row[3] for row in rows) == Proposal.objects.public().taken_up().count()


def test_cells_grow_until_a_browser_can_draw_them(toytown, monkeypatch):
    make_crowd()
    fine = report_pins.cells(Proposal.objects.public())
    monkeypatch.setattr(report_pins, "CELLS_MAX", 10)
    coarse = report_pins.cells(Proposal.objects.public())
    assert len(coarse) <= 10 < len(fine)
    assert sum(row[2] for row in coarse) == sum(row[2] for row in fine)
    assert all(60.17 <= row[0] <= 60.19 and 24.8 <= row[1] <= 24.84 for row in coarse)


# --- one file, no other host ---


def test_report_has_language_title_legend_and_caption(toytown):
    make_crowd(60)
    html = report_of("lang=sv&measure=density")
    assert '<html lang="sv">' in html
    assert "<title>" in html and "Delaktighetskartan" in html
    assert "Nordväst" in html
    assert 'class="swatch swatch--5"' in html
    assert "<caption" in html


def test_report_names_no_other_host_but_in_links(toytown):
    make_crowd(60)
    html = report_of()
    for tag, attributes in re.findall(
        r"<(\w+)((?:\s[^<>]*)?)>", re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    ):
        if tag != "a":
            assert not re.search(r'\b(src|href|data|action|poster|srcset)="(?!#)', attributes), (tag, attributes)
    styles = "".join(re.findall(r"<style>(.*?)</style>", html, re.DOTALL))
    assert not re.search(r"url\(|@import", styles)
    assert "sourceMappingURL" not in html
    assert "cdn" not in html.lower()
    assert "jquery" not in html.lower()


def test_policy_lets_the_report_run_its_own_scripts_alone(toytown, client):
    make_crowd(60)
    response = client.get(MAP)
    policy = response["Content-Security-Policy"]
    html = response.content.decode()
    assert policy.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy and "frame-ancestors 'self'" in policy
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        texts = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts}
        assert set(re.search(rf"{directive} ([^;]*)", policy)[1].split()) == hashes != set()
    assert re.search(r'<meta http-equiv="Content-Security-Policy" content="default-src', html)
    assert response["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("text", ["</script>", "a</SCRIPT >", "<!-- -->", "\x00"])
def test_script_that_html_would_end_is_refused(text):
    with pytest.raises(ValueError, match="may not stand"):
        report_page.script(f"var a = '{text}';")


def test_style_keeps_no_address():
    assert report_page.style("a { background: url(https://elsewhere.example/a.png) }").text == "a { background: none }"
    with pytest.raises(ValueError, match="@import"):
        report_page.style("@import 'https://elsewhere.example/a.css';")


def test_base_map_brings_its_host_and_its_attribution(toytown, settings):
    settings.BASEMAP = "osm"
    report = make_report(form_of(""), timeout_s=30)
    assert "img-src data: https://tile.openstreetmap.org" in report.policy_header
    assert "tile.openstreetmap.org/{z}/{x}/{y}.png" in report.html
    assert "OpenStreetMap contributors" in report.html
    settings.BASEMAP = "none"
    assert "openstreetmap" not in make_report(form_of(""), timeout_s=30).html.lower()


@pytest.mark.parametrize("text", ["{{ 7 * 7 }}", "{% raw %}", "{# never closed", "{{ cycler.__init__.__globals__ }}"])
def test_no_text_reaches_the_templates_of_folium(toytown, settings, text):
    """branca compiles what it has rendered as a template: a title would be a program on the server."""
    make_proposal(title=text)
    Area.objects.update(names={"fi": text})
    Dataset.objects.update(attribution=text)
    settings.BASEMAP = "custom"
    settings.CITY = dataclasses.replace(
        settings.CITY, basemap_custom={"url": "https://a.example/{z}/{x}/{y}.png", "attribution": text}
    )
    html = report_of()
    assert cards_of(html)[0][1] == text
    assert html.count(escape(text)) >= 5  # four areas and a credit
    assert "49" not in re.search(r'"attribution": "(.*?)"', html)[1]


def test_folium_is_given_numbers_or_nothing():
    with pytest.raises(TypeError, match="folium runs text"):
        PinClusters([[60.1, 24.8, 1, 0, "{{ 7 * 7 }}"]])


def test_base_map_whose_address_is_a_template_is_refused():
    with pytest.raises(ImproperlyConfigured, match="braces"):
        tiles(Basemap(type="xyz", url="https://a.example/{z}/{x}/{y}.png?{{ 7 * 7 }}", attribution="A"))


# --- doors ---


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("colour=red", "colour"),
        ("utm_source=mail", "utm_source"),
        ("measure=height", "measure"),
        ("measure=density&measure=density", "measure"),
        ("part=half", "part"),
        ("lang=de", "lang"),
        ("kind=sausage", "kind"),
        ("area=atlantis", "area"),
        ("since=2026-02-30", "since"),
        ("bbox=1,2,3", "bbox"),
        ("q=%00", "q"),
    ],
)
def test_bad_query_is_refused_by_name(toytown, client, query, parameter):
    response = client.get(f"{MAP}?{query}")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert [error["pointer"] for error in response.json()["errors"]] == [parameter]


def test_report_takes_no_post(toytown, client):
    assert client.post(MAP).status_code == 405


def test_report_that_takes_too_long_says_what_to_do(toytown, client, monkeypatch):
    def too_long(*args, **kwargs):
        raise OperationalError("canceling statement due to statement timeout") from QueryCanceled()

    monkeypatch.setattr("mapapp.reports.make_report", too_long)
    response = client.get(f"{MAP}?lang=en")
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert "Choose fewer proposals" in response.content.decode()


def test_many_reports_from_one_address_are_asked_to_wait_and_others_are_not(toytown, client, settings):
    settings.REPORTS_PER_ADDRESS_PER_HOUR = 1
    assert client.get(MAP).status_code == 200
    assert client.get(f"{MAP}?kind=nonsense").status_code == 400
    refused = client.get(f"{MAP}?lang=en&part=map")
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 3_600
    assert "download the data as a file" in refused.content.decode()
    assert client.get(MAP, REMOTE_ADDR="192.0.2.7").status_code == 200
    assert client.get("/en/planning/").status_code == 200


@pytest.mark.parametrize("query", ["", "area=west&kind=parking"])
def test_report_asks_the_same_few_questions_whatever_it_holds(toytown, django_assert_max_num_queries, query):
    make_crowd()
    form = form_of(query)
    with django_assert_max_num_queries(9):
        make_report(form, timeout_s=30)


# --- the command ---


def test_command_writes_the_report_of_a_filter(toytown, tmp_path):
    make_crowd()
    out = tmp_path / "report.html"
    call_command("report_map", str(out), "--kind", "parking", "--kind", "concern", "--area", "west", "--lang", "en")
    by_options = out.read_text()
    call_command("report_map", str(out), "--filter", "kind=parking&kind=concern&area=west", "--lang", "en")
    assert rows_of(by_options) == rows_of(out.read_text()) == rows_of(report_of("kind=parking&kind=concern&area=west"))
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--kind", "sausage"], "kind: .*sausage"),
        (["--filter", "colour=red"], "colour: "),
        (["--bbox", "1,2,3"], "bbox: "),
        (["--since", "yesterday"], "since: "),
    ],
)
def test_command_refuses_what_it_does_not_know(toytown, tmp_path, arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command("report_map", str(tmp_path / "report.html"), *arguments)
    assert list(tmp_path.iterdir()) == []


def test_command_that_cannot_write_says_where(toytown, tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("report_map", str(tmp_path / "nowhere" / "report.html"))
