"""Hostile words in everything that a report tells, opened in a real browser: nothing of them runs, nothing is asked of others."""

import dataclasses
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.gis.geos import Point
from django.http import QueryDict

from layers.models import Area, Dataset
from mapapp import report_map, report_pins
from mapapp.report_filter import ReportForm
from mapapp.reports import Report, make_report
from tests.browser.launching import launched
from tests.browser.test_accessibility import violations
from tests.geodata.rows import make_proposal

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.django_db]

HOSTILE = [
    "<script>hit(1)</script>",
    "<img src=x onerror=hit(2)>",
    "</script><script>hit(3)</script>",
    "'-hit(4)-'",
    '"><svg onload=hit(5)>',
    "${hit(6)}",
    "{{hit(7)}}",
    "<!--<script>hit(8)</script>",
    "\u2028hit(9)//\u2029",
    "</title></style><script>hit(10)</script>",
    "javascript:hit(11)",
    '\\";hit(12);//',
    "<iframe srcdoc='<script>parent.hit(13)</script>'>",
    "<b onmouseover=hit(14)>bold</b>",
    "]]></script><a href=javascript:hit(15)>x</a>",
    "<link rel=stylesheet href=//elsewhere.example/16.css>",
]
# Before anything of a page runs: what must never be called, and what the policy had to stop.
WATCH = """
window.hits = [];
window.hit = window.alert = (number) => window.hits.push(number);
document.addEventListener("securitypolicyviolation", (event) => window.hits.push(event.violatedDirective));
"""
OPEN_EVERYTHING = """
async () => {
    const texts = new Set();
    const pause = () => new Promise((done) => setTimeout(done, 30));
    // A card may push the map, and a pin out of it; on a busy machine a card may be late. So: until three rounds bring nothing.
    for (let idle = 0, before = 0; idle < 3; idle = texts.size > before ? 0 : idle + 1) {
        before = texts.size;
        for (const pin of document.querySelectorAll(".pin")) {
            pin.click();
            await pause();
            const title = document.querySelector(".report-card__title"); // none where the click has closed it
            if (title) texts.add(title.textContent);
        }
    }
    for (const area of document.querySelectorAll("path.leaflet-interactive")) {
        area.dispatchEvent(new MouseEvent("mouseover", { bubbles: true, clientX: 300, clientY: 300 }));
        await pause();
    }
    return [...texts];
}
"""


@pytest.fixture
def hostile_city(toytown, settings, monkeypatch) -> None:
    """Rows in which every text that somebody else wrote is an attack."""
    monkeypatch.setattr(report_map, "CLUSTER_RADIUS_PX", 1)  # each proposal has its pin
    settings.BASEMAP = "custom"
    tiles = {"url": "http://127.0.0.1:9/{z}/{x}/{y}.png", "attribution": HOSTILE[1]}
    settings.CITY = dataclasses.replace(settings.CITY, basemap_custom=tiles)
    for number, text in enumerate(HOSTILE):
        row, column = divmod(number, 4)
        place = Point(24.8025 + column * 0.0115, 60.1715 + row * 0.0055, srid=4326)
        make_proposal(place, title=text, body=text, language="other")
    for area, text in zip(Area.objects.current().order_by("pk"), HOSTILE, strict=False):
        area.names = {"fi": text}
        area.save(update_fields=["names"])
    Dataset.objects.update(attribution=HOSTILE[2], title=HOSTILE[2])


@pytest.fixture
def hostile_report(hostile_city) -> Report:
    form = ReportForm(QueryDict(mutable=True))
    assert form.is_valid()
    form.chips = lambda: [type("Chip", (), {"name": HOSTILE[0], "label": HOSTILE[9]})]
    return make_report(form, timeout_s=30)


@contextmanager
def served(pages: dict[str, tuple[str, str]]) -> Iterator[str]:
    """The address of a server of `pages`: path -> (text, policy)."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text, policy = pages.get(self.path, ("", ""))
            self.send_response(200 if self.path in pages else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if policy:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@contextmanager
def watched_page() -> Iterator[tuple[sync_api.Page, list[str]]]:
    """A page of Chromium, and the addresses that it asks for."""
    with launched() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.add_init_script(WATCH)
        yield page, asked


def foreign(asked: list[str], own: str) -> list[str]:
    return [
        url for url in asked if not url.startswith((own, "data:", "about:", "http://127.0.0.1:9/", "chrome-error:"))
    ]


@pytest.mark.parametrize("with_policy", [True, False])
def test_nothing_runs_in_a_saved_report(hostile_report, tmp_path, with_policy):
    """Without its policy too: the policy is the second wall, not the first."""
    html = hostile_report.html
    if not with_policy:
        html = html.replace('http-equiv="Content-Security-Policy"', "", 1)
    file = tmp_path / "report.html"
    file.write_text(html)
    with watched_page() as (page, asked):
        page.goto(file.as_uri())
        texts = page.evaluate(OPEN_EVERYTHING)
        assert sorted(texts) == sorted(HOSTILE)
        assert page.evaluate("window.hits") == []
        assert (
            page.evaluate("document.querySelectorAll('img:not(.leaflet-tile), iframe, [onerror], [onload]').length")
            == 0
        )
        assert page.evaluate("document.querySelectorAll('script:not([type])').length") == 4
        assert page.locator(".leaflet-control-attribution").text_content() == HOSTILE[1]
        assert foreign(asked, file.as_uri()) == []


@pytest.mark.parametrize(("style", "pins"), [("heat", []), ("pair&before=2026-05-31", HOSTILE)])
def test_nothing_runs_in_the_other_styles_and_they_break_no_rule_of_axe(hostile_city, tmp_path, style, pins):
    form = ReportForm(QueryDict(f"style={style}"))
    assert form.is_valid()
    file = tmp_path / "report.html"
    file.write_text(make_report(form, timeout_s=30).html)
    with watched_page() as (page, asked):
        page.goto(file.as_uri())
        assert sorted(page.evaluate(OPEN_EVERYTHING)) == sorted(pins)
        assert page.evaluate("window.hits") == []
        assert page.locator(".folium-map").count() == (2 if pins else 1)
        assert page.locator("canvas.leaflet-heatmap-layer").count() == (0 if pins else 1)
        assert foreign(asked, file.as_uri()) == []
        file.write_text(file.read_text().replace('http-equiv="Content-Security-Policy"', "", 1))
        page.goto(file.as_uri())  # axe is a script that the policy would not let in
        assert violations(page) == []


def test_nothing_runs_in_a_report_that_is_served_in_a_frame(hostile_report, tmp_path):
    frame = '<iframe src="/map" width="1200" height="800" sandbox="allow-scripts allow-popups"></iframe>'
    pages = {
        "/": (frame, "default-src 'none'; frame-src 'self'"),
        "/map": (hostile_report.html, hostile_report.policy_header),
    }
    with served(pages) as address, watched_page() as (page, asked):
        page.goto(address)
        report = page.frame(url=f"{address}/map")
        assert sorted(report.evaluate(OPEN_EVERYTHING)) == sorted(HOSTILE)
        assert report.evaluate("window.hits") == page.evaluate("window.hits") == []
        assert report.evaluate("window.origin") == "null"
        with pytest.raises(sync_api.Error, match=r"Blocked a frame|SecurityError"):
            report.evaluate("parent.document.title")
        assert foreign(asked, address) == []


def test_watch_sees_what_runs(tmp_path):
    """The guard itself: a page that runs its words is caught."""
    file = tmp_path / "unsafe.html"
    file.write_text(f"<p>{HOSTILE[1]}</p>{HOSTILE[0]}<img src='http://elsewhere.example/x.png'>")
    with watched_page() as (page, asked):
        page.goto(file.as_uri())
        page.wait_for_function("window.hits.length == 2")
        assert foreign(asked, file.as_uri())[-1:] == ["http://elsewhere.example/x.png"]


def test_counts_of_cells_are_drawn_and_open_no_card(toytown, tmp_path, monkeypatch):
    make_proposal()
    make_proposal(Point(24.835, 60.172, srid=4326))
    monkeypatch.setattr(report_pins, "PINS_MAX", 1)
    form = ReportForm(QueryDict(mutable=True))
    assert form.is_valid()
    file: Path = tmp_path / "report.html"
    file.write_text(make_report(form, timeout_s=30).html)
    with watched_page() as (page, _asked):
        page.goto(file.as_uri())
        assert page.locator(".cluster__count").all_text_contents() == ["1", "1"]
        page.locator(".cluster").first.click()
        assert page.locator(".leaflet-popup").count() == 0
        assert page.evaluate("window.hits") == []
