"""The desks of organisations and moderators by keys alone: focus is in sight at every stop, and nothing holds it."""

import datetime
import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.product import Product
from tests.browser.steps import TABS_AT_MOST, sign_in
from tests.browser.test_accessibility import is_too_wide, violations
from tests.browser.test_keyboard import HAS_RING, IS_COVERED, stops

STOPS_AT_MOST = 200  # a desk lists twenty proposals, each with its own actions
A_PROPOSAL = re.compile(r"/proposals/[0-9]+/(#|$)")
HAS_FOCUS = "(node) => node === document.activeElement"
# Something published whose author has worded it anew, and a stage at which it can be merged.
REWORDED = """
from proposals.models import Category, Proposal
proposal = Proposal.objects.public().filter(status="open").order_by("pk").first()
Category.objects.filter(pk=proposal.category_id).update(publication_rule="after_moderation")
proposal = Proposal.objects.get(pk=proposal.pk)
proposal.edit(title=proposal.title + " too", body="Ring 040 123 4567.", version=proposal.version)
print("reworded", proposal.pk)
"""


def walk_to(page: Page, target: Locator) -> None:
    """Presses Tab until `target` has the focus; at each stop the focus is to be seen."""
    for _press in range(TABS_AT_MOST):
        page.keyboard.press("Tab")
        assert_in_sight(page)
        if target.evaluate(HAS_FOCUS):
            return
    raise AssertionError(f"{TABS_AT_MOST} presses of Tab did not lead to {target}")


def assert_in_sight(page: Page) -> None:
    assert page.evaluate(IS_COVERED) is None
    assert page.evaluate(HAS_RING), page.evaluate("document.activeElement.outerHTML.slice(0, 120)")


def press(page: Page, name: str) -> None:
    """Goes to the button of this name and presses Enter on it."""
    walk_to(page, page.get_by_role("button", name=name))
    page.keyboard.press("Enter")


def choose_reason(page: Page) -> None:
    """The key of a decision has led to the reason, for none is chosen yet."""
    expect(page.locator("#id_reason")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#id_reason")).not_to_have_value("")


def assert_decided(page: Page, times: int) -> None:
    expect(page.get_by_text("Decided. For 15 minutes you can take it back.")).to_be_visible()
    expect(page.get_by_text(f"{times} decided today")).to_be_visible()
    expect(page.locator("#case")).to_be_focused()


def assert_all_stops_in_sight(page: Page) -> None:
    """From the top to the end of the page, which Tab reaches."""
    page.evaluate("document.activeElement.blur()")
    for _stop in stops(page, at_most=STOPS_AT_MOST):
        assert_in_sight(page)


def switch_keys(page: Page) -> None:
    """On or off, for good."""
    walk_to(page, page.get_by_label("Decide by single keys"))
    page.keyboard.press("Space")
    page.reload()
    expect(page.locator("#case")).to_be_focused()


def next_twin_day() -> datetime.date:
    """A day like 12 December: the browser asks for day and month in the order of its own language."""
    today = datetime.date.today()
    twins = (datetime.date(year, n, n) for year in (today.year, today.year + 1) for n in range(1, 13))
    return next(day for day in twins if day > today)


def test_moderator_decides_and_takes_back(page: Page, product: Product) -> None:
    sign_in(page, product, "moderator@example.org")
    page.goto("/en/moderation/")
    before = int(re.search(r"(\d+) decided today", page.inner_text("main"))[1])  # other tests share the desk
    assert_all_stops_in_sight(page)

    switch_keys(page)
    page.keyboard.press("p")
    expect(page.get_by_text(f"{before} decided today")).to_be_visible()
    switch_keys(page)
    page.keyboard.press("p")
    assert_decided(page, before + 1)

    page.keyboard.press("h")
    choose_reason(page)
    press(page, "Hide H")
    assert_decided(page, before + 2)

    case = page.locator("#case").get_attribute("data-case")
    word = max(page.locator("#case .desk__words").first.inner_text().split(), key=len)
    page.keyboard.press("o")
    choose_reason(page)
    walk_to(page, page.locator("#id_part"))
    page.keyboard.type(word)
    press(page, "Hide a part O")
    assert_decided(page, before + 3)
    expect(page.locator(f"#case[data-case={case}]")).to_contain_text("[…]")

    page.keyboard.press("a")
    expect(page.locator("#id_words")).to_be_focused()
    page.keyboard.type("At which end of the street?")
    press(page, "Ask for more detail A")
    assert_decided(page, before + 4)
    expect(page.locator(f"#case[data-case={case}]")).to_have_count(0)

    page.keyboard.press("u")
    expect(page.get_by_text("Taken back. It waits again as before.")).to_be_visible()
    expect(page.locator(f"#case[data-case={case}]")).to_be_focused()


def test_member_takes_up_in_two_presses_and_reports_as_done(page: Page, product: Product) -> None:
    sign_in(page, product, "street-care-editor@example.org")
    page.goto("/en/workspace/")
    assert_all_stops_in_sight(page)
    walk_to(page, page.get_by_role("link", name="Take this up").first)
    page.keyboard.press("Enter")
    page.wait_for_url("**/pledge/")
    title = page.locator(".lead a").inner_text()
    walk_to(page, page.locator("[name=kind]").first)
    page.keyboard.press("Space")
    walk_to(page, page.locator("[name=promise]"))
    page.keyboard.type("The lamps are lit before the snow.")
    walk_to(page, page.locator("[name=due]"))
    day = next_twin_day()
    page.keyboard.type(day.strftime("%d%m%Y"))
    expect(page.locator("[name=due]")).to_have_value(day.isoformat())
    press(page, "Take this up")
    page.wait_for_url(A_PROPOSAL)

    page.goto("/en/workspace/")
    walk_to(page, page.get_by_role("link", name=f"Report, move or hand back : {title}"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/pledges/*/")
    press(page, "Report as done")
    page.wait_for_url(A_PROPOSAL)
    page.goto("/en/workspace/")
    expect(page.get_by_role("link", name=f"Look at the promise : {title}")).to_be_visible()


def test_comparison_and_search_break_no_rule(open_page, product: Product) -> None:
    key = product.manage("shell", "-c", REWORDED).split()[-1]
    page = open_page(locale="en-GB", **PHONE)
    sign_in(page, product, "moderator@example.org")
    page.goto(f"/en/moderation/?case=p{key}")
    expect(page.locator("ins").first).to_be_visible()
    assert_breaks_no_rule(page)
    page = open_page(locale="en-GB", **PHONE)
    sign_in(page, product, "facilitator@example.org")
    page.goto(f"/en/proposals/{key}/end/")
    page.locator("#id_search").fill("polku")
    page.keyboard.press("Enter")
    expect(page.locator("#id_search")).to_have_value("polku")
    assert_breaks_no_rule(page)


def assert_breaks_no_rule(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(400)  # colours change by a transition
        assert violations(page) == []
    assert not is_too_wide(page)
