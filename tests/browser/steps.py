"""What a person does on the pages, in words that the tests read like sentences."""

import re

from playwright.sync_api import Locator, Page, expect

FORM = "/en/proposals/new/"
TABS_AT_MOST = 120  # stops on one page: more would be a fault of its own
SETTLED = ".map-frame.is-ready"


def open_map(page: Page, query: str = "", language: str = "en") -> None:
    page.goto(f"/{language}/?{query}" if query else f"/{language}/")
    page.locator(SETTLED).wait_for()


def open_form(page: Page) -> None:
    page.goto(FORM)
    page.locator(SETTLED).wait_for()


def choose_topic(page: Page, kind: str, category: str = "") -> None:
    page.locator(f"input[name=kind][value={kind}]").check()
    if category:
        page.locator("#id_category").select_option(category)


def go_to_place(page: Page, name: str) -> None:
    """Searches a place by its name and takes the first one found; the map goes there."""
    page.get_by_role("combobox", name="Search for").fill(name)
    suggestions(page).first.click()
    page.wait_for_timeout(600)  # the map's own animation


def suggestions(page: Page) -> Locator:
    return page.locator("#id_place-options [role=option]")


def press_map(page: Page, *offsets: tuple[int, int]) -> None:
    """Presses the map at points (pixels) off its middle."""
    area = page.locator("#map")
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box is not None
    for right, down in offsets:
        page.mouse.click(box["x"] + box["width"] / 2 + right, box["y"] + box["height"] / 2 + down)


def status(page: Page) -> Locator:
    return page.locator("#place-status")


def write(page: Page, title: str, body: str = "") -> None:
    page.locator("[name=title]").fill(title)
    page.locator("[name=body]").fill(body)


def check(page: Page) -> None:
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check and send")


def send(page: Page) -> int:
    """Sends what is on the check page; returns the id of the published proposal."""
    page.get_by_role("button", name="Send the proposal").click()
    page.wait_for_url("**/thanks/**")
    return id_of(page)


def id_of(page: Page) -> int:
    address = page.get_by_role("link", name="Open your proposal").get_attribute("href") or ""
    return int(re.search(r"/proposals/(\d+)/", address).group(1))


def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Presses Tab until `target` has the focus, as somebody without a mouse does."""
    for _press in range(TABS_AT_MOST):
        page.keyboard.press(key)
        if target.evaluate("(node) => node === document.activeElement"):
            return
    raise AssertionError(f"{TABS_AT_MOST} presses of {key} did not lead to {target}")
