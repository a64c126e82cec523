"""Four people propose: with a mouse an area and a line, without a mouse, and without scripts; all four are found again."""

import geopandas
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import visitor
from tests.browser.product import Product
from tests.browser.steps import (
    check,
    choose_topic,
    go_to_place,
    id_of,
    open_form,
    open_map,
    press_map,
    send,
    status,
    suggestions,
    tab_to,
    write,
)

SQUARE = ((-60, -50), (60, -50), (60, 50), (-60, 50))
BEND = ((-90, -40), (0, 30), (90, -20))


def propose_parking_as_area(page: Page) -> int:
    open_form(page)
    choose_topic(page, "parking")
    go_to_place(page, "Iso Omena")
    page.get_by_role("button", name="Draw an area").click()
    press_map(page, *SQUARE)
    expect(status(page)).to_contain_text("An area of 4 corners")
    expect(status(page)).to_contain_text("Matinkylä")
    write(page, "Cars stand in the yard by the mall")
    check(page)
    return send(page)


def propose_path_as_line(page: Page) -> int:
    open_form(page)
    choose_topic(page, "pathway", "paths")
    go_to_place(page, "Otaniemi")
    press_map(page, *BEND)
    expect(status(page)).to_contain_text("A line of 3 points")
    write(page, "A path along the shore is missing")
    check(page)
    return send(page)


def propose_by_keyboard_alone(page: Page) -> int:
    """No click anywhere: Tab, arrows, letters, Enter."""
    open_map(page)
    tab_to(page, page.get_by_role("link", name="Make a new proposal"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/proposals/new/")
    page.locator(".map-frame.is-ready").wait_for()
    tab_to(page, page.locator("#id_kind_0"))
    page.keyboard.press("ArrowDown")  # from the idea to parking
    expect(page.locator("input[name=kind][value=parking]")).to_be_checked()
    tab_to(page, page.locator("#id_place"))
    page.keyboard.type("Tapiola", delay=20)
    expect(suggestions(page).first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    tab_to(page, page.locator("#map"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("The pin is on the map.")
    tab_to(page, page.locator("[name=title]"))
    page.keyboard.type("Bicycles need a rack here")
    tab_to(page, page.get_by_role("button", name="Check"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check and send")
    tab_to(page, page.get_by_role("button", name="Send the proposal"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/thanks/**")
    return id_of(page)


def propose_without_scripts(page: Page) -> int:
    page.goto("/en/proposals/new/")
    choose_topic(page, "pathway", "streets")
    page.locator("#id_place").fill("Leppävaara")
    write(page, "The crossing floods when it rains")
    page.get_by_role("button", name="Check").click()
    if page.get_by_text("Which of these?").is_visible():
        page.locator("[name=place_choice]").first.check()
        page.get_by_role("button", name="Check").click()
    return send(page)


WAYS = {
    "matinkyla": (propose_parking_as_area, {}),
    "otaniemi": (propose_path_as_line, {}),
    "tapiola": (propose_by_keyboard_alone, {}),
    "leppavaara": (propose_without_scripts, {"java_script_enabled": False}),
}


# What was sent without scripts waits for a moderator: it did no proof of work.
LET_THROUGH = """
from proposals.models import Proposal
proposal = Proposal.objects.get(pk={pk})
assert proposal.publication == "pending"
proposal.publish(role="moderator")
"""


@pytest.fixture(scope="module")
def four(product: Product, chromium: Browser) -> dict[str, int]:
    """Slug of the neighbourhood -> id of the proposal made there."""
    made = {}
    for slug, (propose, options) in WAYS.items():
        with visitor(product, chromium, locale="en-GB", **options) as page:
            made[slug] = propose(page)
    product.manage("shell", "-c", LET_THROUGH.format(pk=made["leppavaara"]))
    return made


@pytest.mark.parametrize("slug", WAYS)
def test_proposal_is_found_by_its_neighbourhood_in_list_and_map(page: Page, four, slug):
    open_map(page, f"area={slug}")
    row = page.locator(f"#proposal-{four[slug]}")
    expect(row).to_be_visible()
    title = row.get_by_role("link").inner_text()
    row.hover()  # shows its pin, or lights the one that is there
    expect(page.locator(".pin.is-chosen")).to_be_visible()
    total = int(page.locator("#result-count strong").inner_text())
    on_map = page.request.get(f"/map/clusters.json?bbox=24,59.5,25.5,60.6&zoom=19&area={slug}").json()
    assert on_map["numberMatched"] == total
    titles = [feature["properties"].get("title") for feature in on_map["features"]]
    assert title in titles or any(feature["properties"].get("cluster") for feature in on_map["features"])


def test_export_holds_all_four_and_a_gis_reads_it(page: Page, four, tmp_path):
    file = tmp_path / "proposals.geojson"
    file.write_bytes(page.request.get("/export/proposals.geojson").body())
    rows = geopandas.read_file(file).set_index("id")
    assert set(four.values()) <= set(rows.index)
    types = {slug: rows.geometry.loc[pk].geom_type for slug, pk in four.items()}
    assert types == {"matinkyla": "Polygon", "otaniemi": "LineString", "tapiola": "Point", "leppavaara": "Point"}
    assert rows.crs.to_epsg() == 4326
