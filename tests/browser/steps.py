"""What a person does on the pages, in words that the tests read like sentences."""

import re
from email import message_from_string, policy

from playwright.sync_api import Locator, Page, expect

from tests.browser.product import Product

FORM = "/en/proposals/new/"
TABS_AT_MOST = 120  # stops on one page: more would be a fault of its own
SETTLED = ".map-frame.is-ready"
MAIL_WAIT_MS = 20_000  # the worker looks every two seconds, and shares a small machine


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


def letters_to(product: Product, address: str) -> list[str]:
    """Subject and text of each mail to `address`, oldest first."""
    letters = [message_from_string(text, policy=policy.default) for text in product.mails]
    return [f"{m['Subject']}\n{m.get_body(('plain',)).get_content()}" for m in letters if address in (m["To"] or "")]


def mailed(page: Page, product: Product, address: str, pattern: str, *, after: int = 0) -> str:
    """The first group of `pattern` in the mails to `address` behind the first `after` ones; waits for the worker."""
    for _wait in range(MAIL_WAIT_MS // 500):
        for letter in letters_to(product, address)[after:]:
            if found := re.search(pattern, letter):
                return found.group(1)
        page.wait_for_timeout(500)
    raise AssertionError(f"No mail to {address} says {pattern}: {letters_to(product, address)}")


def sign_in(page: Page, product: Product, address: str) -> None:
    """By the code that is mailed to `address`, an account of the demo."""
    before = len(letters_to(product, address))
    page.goto("/accounts/login/?lang=en")
    page.locator("[name=email]").fill(address)
    page.get_by_role("button", name="Send me a code").click()
    page.locator("[name=code]").fill(mailed(page, product, address, r"(?m)^(\d{6})$", after=before))
    page.locator("form:has([name=code]) button[type=submit]").click()
    page.wait_for_url("**/accounts/")
