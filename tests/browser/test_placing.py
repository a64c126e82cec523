"""Placing: every way leads to a place that is told in words, can be corrected, and fits the topic."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import (
    check,
    choose_topic,
    go_to_place,
    open_form,
    press_map,
    status,
    suggestions,
    tab_to,
    write,
)

IN_KAUNIAINEN = {"longitude": 24.7208, "latitude": 60.2142, "accuracy": 20}
AT_ISO_OMENA = {"longitude": 24.7384, "latitude": 60.1615, "accuracy": 20}


def geometry(page: Page) -> dict | None:
    text = page.locator("#id_geometry").input_value()
    return json.loads(text) if text else None


def act(page: Page, action: str) -> None:
    page.locator(f"[data-place-action={action}]").click()


def test_form_says_what_to_do_before_anything_is_done(page: Page):
    open_form(page)
    expect(status(page)).to_have_text("Press the map where your proposal belongs.")


def test_pin_moves_when_the_map_is_pressed_elsewhere(page: Page):
    open_form(page)
    go_to_place(page, "Iso Omena")
    first = geometry(page)
    press_map(page, (80, 40))
    assert geometry(page)["type"] == "Point"
    assert geometry(page) != first
    expect(page.locator("#map .drop")).to_have_count(1)


def test_pin_is_corrected_by_dragging(page: Page):
    open_form(page)
    go_to_place(page, "Iso Omena")
    before = geometry(page)["coordinates"]
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#map .drop").bounding_box()
    page.mouse.move(box["x"] + 22, box["y"] + 22)
    page.mouse.down()
    page.mouse.move(box["x"] + 122, box["y"] + 22, steps=5)
    page.mouse.up()
    after = geometry(page)["coordinates"]
    assert after[0] > before[0]
    assert after[1] == pytest.approx(before[1], abs=1e-5)


def test_pin_is_put_under_the_cross_without_a_mouse(page: Page):
    open_form(page)
    tab_to(page, page.locator("#map"))
    expect(page.locator(".crosshair")).to_be_visible()
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("The pin is on the map.")
    first = geometry(page)
    page.wait_for_timeout(600)
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(400)
    page.keyboard.press("Enter")
    assert geometry(page)["coordinates"][1] > first["coordinates"][1]
    assert page.url.endswith("/proposals/new/")  # Enter sent nothing


def test_phone_puts_the_pin_by_the_button_over_the_map(phone: Page):
    open_form(phone)
    expect(phone.locator(".crosshair")).to_be_visible()
    phone.get_by_role("button", name="Put the pin here").tap()
    assert geometry(phone)["type"] == "Point"


def test_line_grows_and_shrinks_point_by_point(page: Page):
    open_form(page)
    choose_topic(page, "pathway", "paths")
    go_to_place(page, "Iso Omena")
    press_map(page, (-80, 0))
    assert geometry(page) is None  # one point is no line
    press_map(page, (0, 40), (80, 0))
    assert len(geometry(page)["coordinates"]) == 3
    act(page, "undo")
    assert len(geometry(page)["coordinates"]) == 2
    expect(status(page)).to_contain_text("The last point is gone.")
    act(page, "clear")
    assert geometry(page) is None


def test_area_closes_itself_and_ends_at_its_first_corner(page: Page):
    open_form(page)
    go_to_place(page, "Iso Omena")
    act(page, "polygon")
    press_map(page, (-60, -40), (60, -40), (60, 40))
    ring = geometry(page)["coordinates"][0]
    assert ring[0] == ring[-1]
    press_map(page, (-60, -40))  # its first corner again
    expect(status(page)).to_contain_text("Ready.")
    press_map(page, (0, 90))
    assert geometry(page)["coordinates"][0] == ring  # a press beside it adds nothing now


def test_corner_is_moved_by_two_presses_without_dragging(page: Page):
    open_form(page)
    go_to_place(page, "Iso Omena")
    act(page, "polygon")
    press_map(page, (-60, -40), (60, -40), (60, 40), (-60, 40))
    before = geometry(page)["coordinates"][0]
    press_map(page, (60, 40))
    expect(status(page)).to_contain_text("Point 3 is chosen.")
    press_map(page, (100, 80))
    after = geometry(page)["coordinates"][0]
    assert len(after) == len(before)
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


def test_area_that_crosses_itself_is_told_at_once(page: Page):
    open_form(page)
    go_to_place(page, "Iso Omena")
    act(page, "polygon")
    press_map(page, (-60, -40), (60, 40), (60, -40), (-60, 40))
    expect(status(page)).to_contain_text("cross each other")
    expect(page.locator("path.sketch--crossing")).to_be_visible()


def test_place_next_door_names_the_municipality_and_its_site(page: Page):
    open_form(page)
    page.locator("#id_place").fill("60.2142, 24.7208")
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("This place is in Kauniainen.")
    expect(status(page).get_by_role("link")).to_have_attribute("href", "https://www.kauniainen.fi")


@pytest.mark.parametrize("text", ["60.1615, 24.7384", "24.7384 60.1615", "60,1615; 24,7384"])
def test_typed_coordinates_put_the_pin_in_either_order(page: Page, text: str):
    open_form(page)
    page.locator("#id_place").fill(text)
    page.keyboard.press("Enter")
    assert geometry(page)["coordinates"] == [24.7384, 60.1615]


def test_my_location_puts_the_pin_with_its_accuracy_in_words(open_page):
    page = open_page(locale="en-GB", permissions=["geolocation"], geolocation=AT_ISO_OMENA)
    open_form(page)
    act(page, "locate")
    expect(status(page)).to_contain_text("Accuracy about 20 m")
    expect(status(page)).to_contain_text("Iso Omena")
    assert geometry(page)["coordinates"] == [24.7384, 60.1615]


def test_my_location_outside_the_city_puts_no_pin(open_page):
    page = open_page(locale="en-GB", permissions=["geolocation"], geolocation=IN_KAUNIAINEN | {"longitude": 25.3})
    open_form(page)
    act(page, "locate")
    expect(status(page)).to_contain_text("You are outside the city.")
    assert geometry(page) is None


def test_suggestions_follow_the_arrows_and_shut_with_escape(page: Page):
    open_form(page)
    field = page.locator("#id_place")
    field.fill("Tapi")
    expect(suggestions(page).first).to_be_visible()
    page.keyboard.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == suggestions(page).first.get_attribute("id")
    page.keyboard.press("Escape")
    expect(suggestions(page).first).to_be_hidden()
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_value("Tapi")


def test_topic_shows_the_tools_that_fit_it(page: Page):
    open_form(page)
    choose_topic(page, "pathway", "paths")
    expect(page.locator("[data-place-action=polygon]")).to_be_hidden()
    choose_topic(page, "parking")
    expect(page.locator("[data-place-action=polygon]")).to_be_visible()


def test_drawing_that_the_new_topic_cannot_have_is_taken_off_and_told(page: Page):
    open_form(page)
    choose_topic(page, "parking")
    go_to_place(page, "Iso Omena")
    act(page, "line")
    press_map(page, (-60, 0), (60, 0))
    choose_topic(page, "space")
    expect(status(page)).to_contain_text("cannot be drawn that way")
    assert geometry(page) is None


def test_drawing_stands_again_when_the_form_comes_back_with_errors(page: Page):
    open_form(page)
    choose_topic(page, "parking")
    go_to_place(page, "Iso Omena")
    act(page, "polygon")
    press_map(page, (-60, -40), (60, -40), (60, 40))
    drawn = geometry(page)
    page.get_by_role("button", name="Check").click()  # no title
    expect(page.locator("#error-summary")).to_be_visible()
    page.locator(".map-frame.is-ready").wait_for()
    assert geometry(page) == drawn
    expect(page.locator("#map .vertex")).to_have_count(3)


def test_back_to_editing_brings_the_drawing(page: Page):
    open_form(page)
    choose_topic(page, "pathway", "paths")
    go_to_place(page, "Iso Omena")
    press_map(page, (-80, 0), (80, 0))
    drawn = geometry(page)
    write(page, "A path")
    check(page)
    expect(page.locator("#map .pin")).to_be_visible()
    page.get_by_role("button", name="Back to editing").click()
    page.locator(".map-frame.is-ready").wait_for()
    assert geometry(page) == drawn


def test_map_is_not_scrolled_away_by_a_finger_on_a_picture(phone: Page):
    """The map of a proposal is a picture on a phone: a finger on it scrolls the page."""
    phone.goto("/en/proposals/1/")
    phone.locator(".map-frame.is-ready").wait_for()
    assert phone.locator("#map").get_attribute("role") == "img"
    assert phone.evaluate("getComputedStyle(document.getElementById('map')).touchAction") != "none"
