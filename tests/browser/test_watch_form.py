"""Following a drawn area and what is near a place: by mouse and by keyboard, to the mail that tells of a new proposal."""

import json

from playwright.sync_api import Page, expect

from tests.browser.product import Product
from tests.browser.steps import (
    check,
    choose_topic,
    go_to_place,
    letters_to,
    mailed,
    open_form,
    press_map,
    send,
    status,
    tab_to,
    write,
)

ADDRESS = "watcher.of.the.form@example.org"
AROUND, HOLE = [(-120, -110), (120, -110), (120, 70), (-120, 70)], [(-50, -70), (50, -70), (50, 20), (-50, 20)]
BESIDE_THE_HOLE, IN_THE_HOLE = (-85, -20), (0, -20)


def choose(page: Page, way: str) -> None:
    page.locator(f"input[name=where][value={way}]").check()
    page.locator(".map-frame.is-ready").wait_for()


def drawn(page: Page) -> dict | None:
    text = page.locator("#id_geometry").input_value()
    return json.loads(text) if text else None


def place_of(page: Page, offset: tuple[int, int], way: dict) -> str:
    """Latitude and longitude of a point (pixels off the middle), by the corners of the outer ring, which are known."""
    west, south, east, north = box_of(way["coordinates"][0][0])
    (left, top), (right, bottom) = AROUND[0], AROUND[2]
    longitude = west + (offset[0] - left) / (right - left) * (east - west)
    return f"{north - (offset[1] - top) / (bottom - top) * (north - south):.6f}, {longitude:.6f}"


def box_of(ring: list[list[float]]) -> tuple[float, float, float, float]:
    xs, ys = zip(*ring, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def propose(page: Page, where: str, title: str) -> int:
    open_form(page)
    choose_topic(page, "parking")
    page.locator("#id_place").fill(where)
    write(page, title)
    check(page)
    return send(page)


def test_area_is_drawn_with_a_hole_confirmed_by_mail_and_told_of(page: Page, product: Product):
    page.goto("/en/watches/new/")
    choose(page, "shape")
    go_to_place(page, "Iso Omena")
    press_map(page, *AROUND)
    page.locator("[data-place-action=finish]").click()
    press_map(page, *HOLE)
    page.locator("[data-place-action=finish]").click()
    expect(status(page)).to_contain_text("1 part is left out.")
    shape = drawn(page)
    assert [len(polygon) for polygon in shape["coordinates"]] == [2]
    page.get_by_role("button", name="Undo the last point").click()
    expect(status(page)).to_contain_text("The last point is gone.")
    press_map(page, HOLE[3])
    page.locator("[data-place-action=finish]").click()
    page.get_by_label("At once").check()
    expect(page.locator("[data-forecast]")).not_to_be_empty()
    page.locator("[name=email]").fill(ADDRESS)
    page.get_by_role("button", name="Follow", exact=True).click()
    page.goto(mailed(page, product, ADDRESS, r"(http\S+/watch/)"))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="A drawn area")).to_be_visible()
    propose(page, place_of(page, IN_THE_HOLE, shape), "A place in the hole")
    told = propose(page, place_of(page, BESIDE_THE_HOLE, shape), "A place beside the hole")
    assert mailed(page, product, ADDRESS, rf"New proposal: A place beside the hole[\s\S]+/proposals/({told})/")
    assert not any("A place in the hole" in letter for letter in letters_to(product, ADDRESS))


def test_place_and_distance_are_given_by_keyboard_alone(page: Page):
    page.goto("/en/watches/new/")
    tab_to(page, page.locator("input[name=where][value=areas]"))
    page.keyboard.press("ArrowDown")
    page.locator(".map-frame.is-ready").wait_for()
    tab_to(page, page.locator("#map"))
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("Everything within 500 m of the pin.")
    first = drawn(page)
    page.wait_for_timeout(1_500)  # the map comes nearer, and takes no key meanwhile
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(600)
    page.keyboard.press("Enter")
    assert drawn(page)["coordinates"][1] > first["coordinates"][1]
    tab_to(page, page.locator("[name=radius]"))
    page.keyboard.type("1 k")
    expect(status(page)).to_contain_text("Everything within 1 km of the pin.")
    tab_to(page, page.locator("[name=email]"))
    page.keyboard.type("keyboard." + ADDRESS)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your e-mail")


def test_area_is_drawn_by_keyboard_and_another_way_keeps_it(page: Page):
    page.goto("/en/watches/new/")
    choose(page, "shape")
    page.locator("#map").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press("Enter")
        for _step in range(2):
            page.keyboard.press(key)
            page.wait_for_timeout(350)
    page.keyboard.press("Enter")
    shape = drawn(page)
    assert len(shape["coordinates"][0][0]) == 5
    tab_to(page, page.get_by_role("button", name="Ready"))
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("Ready.")
    choose(page, "circle")
    assert drawn(page) is None
    choose(page, "shape")
    assert drawn(page) == shape


def test_without_script_a_place_and_a_distance_are_asked_for(open_page, product: Product):
    page = open_page(locale="en-GB", java_script_enabled=False)
    page.goto("/en/watches/new/")
    page.locator("input[name=where][value=circle]").check()
    expect(page.locator("input[name=where][value=shape]")).to_be_hidden()
    page.locator("[name=place]").fill("Iso Omena")
    page.locator("[name=radius]").select_option("250")
    page.get_by_role("button", name="How many mails would come?").click()
    expect(page.locator("[data-forecast]")).not_to_be_empty()
    page.locator("[name=email]").fill("plain." + ADDRESS)
    page.get_by_role("button", name="Follow", exact=True).click()
    page.goto(mailed(page, product, "plain." + ADDRESS, r"(http\S+/watch/)"))
    expect(page.locator("main")).to_contain_text("Within 250 m")
