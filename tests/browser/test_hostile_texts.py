"""Hostile texts are shown as they were written and run nowhere: not in a list, a card, a page, a suggestion or a draft."""

import re
import secrets

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import visitor
from tests.browser.product import Product
from tests.browser.steps import open_form, open_map

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(2)</script>",
    '"><svg onload=alert(3)>',
    "</script><script>alert(4)</script>",
    "' onmouseover='alert(5)' x='",
    "{{ 7*7 }}{% debug %}${alert(6)}",
    "javascript:alert(7)",
    "</title><iframe src=javascript:alert(8)>",
    "]]><script>alert(9)</script>",
    "&lt;img src=x onerror=alert(10)&gt;",
]
PLACE = [24.7389, 60.1607]


@pytest.fixture(scope="module")
def hostile(product: Product, chromium: Browser) -> dict[str, int]:
    """Title -> id of a proposal that is public under it; its body and an answer are hostile as well."""
    with visitor(product, chromium) as page:
        return {title: _submit(page, title, i) for i, title in enumerate(HOSTILE)}


def _submit(page: Page, title: str, number: int) -> int:
    proposal = {
        "title": title,
        "body": "\n".join(HOSTILE),
        "language": "en",
        "kind": "parking",
        "geometry": {"type": "Point", "coordinates": [PLACE[0] + number * 0.0005, PLACE[1]]},
        "terms_version": "2026-11",
    }
    answer = page.request.post("/api/v1/proposals", data=proposal, headers={"Idempotency-Key": secrets.token_hex(16)})
    assert answer.status == 201, answer.text()
    return answer.json()["id"]


def test_hostile_titles_are_shown_literally_in_the_list(page: Page, hostile):
    open_map(page, "area=matinkyla&kind=parking")
    for title, pk in hostile.items():
        expect(page.locator(f"#proposal-{pk} a")).to_have_text(title)


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_title_is_shown_literally_on_pin_card_and_page(page: Page, hostile, number):
    title = HOSTILE[number]
    pk = hostile[title]
    longitude = PLACE[0] + number * 0.0005
    box = f"{longitude - 0.0001},{PLACE[1] - 0.0001},{longitude + 0.0001},{PLACE[1] + 0.0001}"
    open_map(page, f"bbox={box}")
    page.locator("[data-map-action=next]").click()
    card = page.locator("#map-card .item__title")
    expect(card).to_contain_text(title)
    page.goto(f"/en/proposals/{pk}/")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.locator(".words")).to_contain_text(HOSTILE[0])
    assert page.title().startswith(title)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_search_finds_nothing_and_runs_nothing(page: Page, text):
    open_map(page)
    page.locator("input[name=q]").fill(text)
    page.wait_for_url(re.compile(r"q="))
    expect(page.locator("input[name=q]")).to_have_value(text)
    expect(page.locator("#result-count, #filter-errors").first).to_be_visible()


@pytest.mark.parametrize("path", ["", "areas/matinkyla/", "planning/"])
def test_pages_with_hostile_proposals_run_nothing(page: Page, hostile, path):
    page.goto(f"/en/{path}")
    page.wait_for_load_state("networkidle")


def test_hostile_draft_is_offered_and_restored_literally(page: Page):
    open_form(page)
    page.locator("[name=title]").fill(HOSTILE[0])
    page.locator("#id_place").fill(HOSTILE[1])
    page.wait_for_timeout(600)
    open_form(page)
    offer = page.locator("[data-draft-offer]")
    expect(offer).to_contain_text(HOSTILE[0])
    offer.get_by_role("button", name="Continue your draft").click()
    expect(page.locator("[name=title]")).to_have_value(HOSTILE[0])
    expect(page.locator("#id_place")).to_have_value(HOSTILE[1])


def test_hostile_geometry_in_the_page_is_only_text(page: Page):
    """A geometry that the form brings back after an error is parsed as JSON, never run."""
    open_form(page)
    page.evaluate("document.getElementById('id_geometry').value = '</script><script>alert(1)</script>'")
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#error-summary")).to_be_visible()
