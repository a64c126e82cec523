"""The draft on the device: it survives a closed tab and a lost network, shows its age, can be forgotten, is sent once."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.steps import check, choose_topic, go_to_place, open_form, send, write

HOUR_MS = 3_600_000


def offer(page: Page):
    return page.locator("[data-draft-offer]")


def fill(page: Page, title: str) -> None:
    open_form(page)
    choose_topic(page, "parking")
    go_to_place(page, "Iso Omena")
    write(page, title, "It is full every morning.")
    page.wait_for_timeout(600)  # the draft is kept a little after the last letter


def published(page: Page, title: str) -> int:
    found = page.request.get("/map/clusters.json", params={"bbox": "24,59,26,61", "zoom": 10, "q": f'"{title}"'}).json()
    return found["numberMatched"]


@pytest.fixture
def other_tab(page: Page) -> Page:
    return page.context.new_page()


def test_draft_of_a_closed_tab_is_offered_with_its_age_and_continued(page: Page, other_tab: Page):
    fill(page, "Draft of a closed tab")
    geometry = page.locator("#id_geometry").input_value()
    page.close()
    open_form(other_tab)
    expect(offer(other_tab)).to_contain_text("Draft of a closed tab")
    expect(offer(other_tab)).to_contain_text(re.compile("this minute|minute ago"))
    offer(other_tab).get_by_role("button", name="Continue your draft").click()
    expect(other_tab.locator("[name=title]")).to_have_value("Draft of a closed tab")
    expect(other_tab.locator("[name=body]")).to_have_value("It is full every morning.")
    expect(other_tab.locator("input[name=kind][value=parking]")).to_be_checked()
    assert other_tab.locator("#id_geometry").input_value() == geometry
    expect(other_tab.locator("#map .drop")).to_be_visible()
    expect(offer(other_tab)).to_be_hidden()


def test_photo_of_a_draft_comes_back(page: Page, other_tab: Page, tmp_path):
    photo = tmp_path / "yard.png"
    page.goto("/en/about/")
    page.screenshot(path=photo)
    fill(page, "Draft with a photo")
    page.locator("input[name=photo]").set_input_files(photo)
    page.wait_for_timeout(600)
    page.close()
    open_form(other_tab)
    offer(other_tab).get_by_role("button", name="Continue your draft").click()
    expect(other_tab.locator("[name=title]")).to_be_focused()
    names = other_tab.locator("input[name=photo]").evaluate(
        "(input) => [...input.files].map((f) => `${f.name} ${f.size}`)"
    )
    assert names == [f"yard.png {photo.stat().st_size}"]


def test_forgotten_draft_is_gone(page: Page, other_tab: Page):
    fill(page, "Draft to be forgotten")
    page.close()
    open_form(other_tab)
    offer(other_tab).get_by_role("button", name="Forget").click()
    expect(offer(other_tab)).to_be_hidden()
    open_form(other_tab)
    expect(offer(other_tab)).to_be_hidden()
    assert other_tab.evaluate("localStorage.length") == 0


@pytest.mark.parametrize(
    ("own_device", "hours", "is_offered"), [(False, 23, True), (False, 25, False), (True, 25, True)]
)
def test_draft_is_kept_a_day_or_longer_on_ones_own_device(page: Page, other_tab: Page, own_device, hours, is_offered):
    fill(page, "Draft that ages")
    if own_device:
        page.locator("[name=my_device]").check()
        page.wait_for_timeout(600)
    page.goto("/en/about/")
    page.evaluate(
        """(age) => {
          const [name] = Object.keys(localStorage);
          const draft = JSON.parse(localStorage.getItem(name));
          localStorage.setItem(name, JSON.stringify({ ...draft, savedAt: draft.savedAt - age }));
        }""",
        hours * HOUR_MS,
    )
    open_form(other_tab)
    expect(offer(other_tab)).to_be_visible(visible=is_offered)


def test_nothing_is_kept_of_an_empty_form(page: Page):
    open_form(page)
    choose_topic(page, "parking")
    page.goto("/en/about/")
    assert page.evaluate("localStorage.length") == 0


def test_sending_clears_the_draft(page: Page):
    fill(page, "Draft that was sent")
    check(page)
    send(page)
    assert page.evaluate("localStorage.length") == 0
    assert published(page, "Draft that was sent") == 1


def test_without_a_network_the_text_is_kept_and_the_person_is_told(page: Page):
    fill(page, "Draft without a network")
    page.context.set_offline(True)
    page.get_by_role("button", name="Check").click()
    notice = page.locator("[data-draft-status]")
    expect(notice).to_contain_text("There is no connection.")
    expect(page.locator("[name=title]")).to_have_value("Draft without a network")
    page.context.set_offline(False)
    expect(notice).to_be_hidden()
    check(page)
    send(page)
    assert published(page, "Draft without a network") == 1


def test_two_presses_send_once(page: Page):
    fill(page, "Pressed twice")
    check(page)
    page.get_by_role("button", name="Send the proposal").dblclick()
    page.wait_for_url("**/thanks/**")
    assert published(page, "Pressed twice") == 1


def test_lost_reply_and_another_press_send_once(page: Page):
    """The proposal went in, its answer was lost on the way: the draft with its key makes the second sending the same."""
    fill(page, "Reply lost")
    check(page)
    page.route("**/proposals/new/", lose_reply)
    page.get_by_role("button", name="Send the proposal").click()
    page.wait_for_timeout(1500)
    page.unroute("**/proposals/new/", lose_reply)
    assert published(page, "Reply lost") == 1
    open_form(page)
    offer(page).get_by_role("button", name="Continue your draft").click()
    check(page)
    page.get_by_role("button", name="Send the proposal").click()
    page.wait_for_load_state("networkidle")
    assert published(page, "Reply lost") == 1


def lose_reply(route: Route) -> None:
    route.fetch(max_redirects=0)
    route.abort()
