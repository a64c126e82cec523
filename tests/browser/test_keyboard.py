"""What axe cannot see of the way by keyboard: focus is in sight and under nothing, in an order that ends."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_accessibility import settle

STOPS_AT_MOST = 90
# Nine points of what has the focus: it is covered when another element lies over all of them (WCAG 2.4.11).
IS_COVERED = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const label = node.closest("label") ?? node;
  const { left, top, width, height } = label.getBoundingClientRect();
  const points = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [left + width * x, top + height * y]));
  const isSeen = ([x, y]) => {
    const hit = document.elementFromPoint(x, y);
    return hit && (label.contains(hit) || hit.contains(label));
  };
  return points.some(isSeen) ? null : `${node.outerHTML.slice(0, 100)} at ${Math.round(left)},${Math.round(top)}`;
}"""
HAS_RING = """() => {
  const node = document.activeElement;
  const outlined = (one) => one && getComputedStyle(one).outlineStyle !== "none" && parseFloat(getComputedStyle(one).outlineWidth) >= 2;
  return !node || node === document.body || [node, node.closest("label"), node.closest("li"), node.closest(".map-frame"),
    node.closest(".item")].some(outlined);
}"""


def stops(page: Page, at_most: int = STOPS_AT_MOST):
    """Presses Tab until the page has been gone through; yields at each stop."""
    page.evaluate("window.seen = new Set()")
    for _press in range(at_most):
        page.keyboard.press("Tab")
        is_new = page.evaluate(
            "() => { const n = document.activeElement; if (n === document.body || seen.has(n)) return false; seen.add(n); return true }"
        )
        if not is_new:
            return
        yield
    raise AssertionError(f"more than {at_most} stops on one page")


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", ["?area=matinkyla", "proposals/new/", "proposals/1/", "areas/matinkyla/"])
def test_focus_is_seen_at_every_stop(open_page, path, screen):
    page = open_page(**screen)
    page.goto(f"/en/{path}")
    settle(page)
    covered, without_ring = [], []
    for _stop in stops(page):
        if told := page.evaluate(IS_COVERED):
            covered.append(told)
        if not page.evaluate(HAS_RING):
            without_ring.append(page.evaluate("document.activeElement.outerHTML.slice(0, 100)"))
    assert covered == []
    assert without_ring == []


def test_no_stop_is_in_a_closed_map_or_hidden_list(open_page):
    """On a phone that shows the list alone, Tab does not get lost in the map behind it."""
    page = open_page(**PHONE)
    page.goto("/en/")
    settle(page)
    page.locator(".segment", has_text="List").click()
    for _stop in stops(page):
        assert page.evaluate("document.activeElement.closest('.map-frame') === null")


def test_covered_focus_is_seen_by_the_check(open_page):
    page = open_page()
    page.goto("/en/about/")
    page.evaluate(
        """() => {
          const cover = document.createElement("div");
          Object.assign(cover.style, { position: "fixed", inset: 0, zIndex: 99999 });
          document.body.append(cover);
        }"""
    )
    page.keyboard.press("Tab")
    assert page.evaluate(IS_COVERED)
