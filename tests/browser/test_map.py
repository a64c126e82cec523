"""The map beside the list: one filter for both, cards instead of popups, one Tab stop, words when something fails."""

import json
import re
import secrets

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import DESKTOP
from tests.browser.steps import open_map, tab_to

NODES_AT_MOST = 300  # in the map, whatever it shows (budget)
PAGE_SIZE = 20  # rows of the list; the tests before this one may have added some
WHOLE_WORLD = "bbox=-180,-85,180,85&zoom=8"


def total(page: Page) -> int:
    return int(page.locator("#result-count strong").inner_text().replace(",", ""))


def shown_on_map(page: Page) -> int:
    """Pins in the view, and what its clusters and areas count."""
    counts = [int(text) for text in page.locator("#map .cluster__count").all_inner_texts()]
    return page.locator("#map .pin").count() + sum(counts)


def reloads(page: Page) -> bool:
    return not page.evaluate("window.sameDocument === true")


def test_filter_rules_list_map_and_address_without_a_reload(page: Page):
    open_map(page, "area=suur-matinkyla")
    page.evaluate("window.sameDocument = true")
    before = total(page)
    assert shown_on_map(page) == before
    page.locator("#filters summary", has_text="Topic").click()
    page.locator("#filters input[value=parking]").check()
    page.wait_for_url(re.compile("kind=parking"))
    expect(page.locator("#result-count strong")).not_to_have_text(str(before))
    page.wait_for_timeout(500)
    assert shown_on_map(page) == total(page)
    assert page.locator("#proposals > li").count() == min(total(page), PAGE_SIZE)
    assert not reloads(page)


def test_back_takes_the_last_filter_off(page: Page):
    open_map(page, "area=suur-matinkyla")
    page.evaluate("window.sameDocument = true")
    before = total(page)
    page.locator("#filters summary", has_text="Topic").click()
    page.locator("#filters input[value=parking]").check()
    page.wait_for_url(re.compile("kind=parking"))
    page.go_back()
    expect(page.locator("#result-count strong")).to_have_text(str(before))
    assert page.url.endswith("?area=suur-matinkyla")
    page.wait_for_timeout(500)
    assert shown_on_map(page) == before
    assert not reloads(page)


def test_more_rows_join_the_list_and_the_focus_goes_to_the_first_of_them(page: Page):
    open_map(page)
    page.evaluate("window.sameDocument = true")
    page.get_by_role("link", name="Show more").click()
    expect(page.locator("#proposals > li")).to_have_count(2 * PAGE_SIZE)
    expect(page.locator("#proposals > li").nth(PAGE_SIZE).get_by_role("link")).to_be_focused()
    assert not reloads(page)


def test_filter_that_was_open_stays_open_with_its_focus(page: Page):
    open_map(page)
    page.locator("#filters summary", has_text="Stage").click()
    page.locator("#filters input[value=taken_up]").check()
    page.wait_for_url(re.compile("status=taken_up"))
    expect(page.locator("#filters details[data-key=status]")).to_have_attribute("open", "")
    expect(page.locator("#filters input[value=taken_up]")).to_be_focused()


def test_whole_city_counts_the_same_in_list_areas_and_clusters(page: Page):
    open_map(page)
    clusters = page.request.get(f"/map/clusters.json?{WHOLE_WORLD}").json()
    assert total(page) == shown_on_map(page) == clusters["numberMatched"]
    assert page.locator("#map .area-count").count() == 7


def test_count_of_an_area_chooses_it(page: Page):
    open_map(page)
    page.locator(".area-count[aria-label^='Suur-Matinkylä']").click()
    page.wait_for_url(re.compile("area=suur-matinkyla"))
    expect(page.locator("[data-area-note]")).to_contain_text("Suur-Matinkylä")
    expect(page.locator("path.area--chosen")).to_have_count(1)
    assert page.locator("path.area--dimmed").count() > 10
    page.wait_for_timeout(800)
    assert shown_on_map(page) == total(page)  # none outside


def test_pin_opens_its_card_and_gives_the_focus_back(page: Page):
    open_map(page, "area=suur-matinkyla")
    pin = page.locator("#map .pin").first
    pin.click()
    heading = page.locator("#map-card .item__title")
    expect(heading).to_be_focused()
    assert heading.inner_text().strip() in pin.get_attribute("aria-label")
    expect(page.locator(".leaflet-popup")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#map-card")).to_be_hidden()
    expect(pin).to_be_focused()


def test_marks_are_one_tab_stop_with_arrows_between_them(page: Page):
    open_map(page, "area=suur-matinkyla")
    tab_to(page, page.locator("#map"))
    page.keyboard.press("Tab")
    assert page.locator("#map [role=button][tabindex='0']").count() == 1
    page.evaluate("window.first = document.activeElement")
    assert page.evaluate("first.matches('#map [role=button][aria-label]')")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement !== first && document.activeElement.closest('#map') !== null")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#map') === null")


def test_marks_are_opened_by_enter(page: Page):
    open_map(page, "area=suur-matinkyla")
    page.locator("#map .pin").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#map-card .item__title")).to_be_focused()


def test_next_on_the_map_goes_through_all_marks_and_keeps_its_focus(page: Page):
    open_map(page, "area=suur-matinkyla")
    button = page.locator("[data-map-action=next]")
    marks = page.locator("#map [role=button]").count()
    positions = set()
    for _step in range(marks):
        button.click()
        positions.add(page.locator("#map-card .map-card__position").inner_text())
        expect(button).to_be_focused()
    assert len(positions) == marks


def test_cluster_of_one_place_filters_the_list(page: Page):
    """No zoom can part two proposals at one door: choosing their cluster shows them in the list."""
    door = [24.5702, 60.2951]
    for title in ("Ramp at the door", "Light at the door"):
        proposal = {
            "title": title,
            "language": "en",
            "kind": "parking",
            "geometry": {"type": "Point", "coordinates": door},
        }
        answer = page.request.post(
            "/api/v1/proposals", data=proposal, headers={"Idempotency-Key": secrets.token_hex(16)}
        )
        assert answer.status == 201, answer.text()
    open_map(page, "q=door&bbox=24.569,60.294,24.571,60.296")
    page.locator("#map .cluster", has_text="2").click()
    page.wait_for_url(re.compile("bbox=24.570"))
    expect(page.locator("#proposals > li")).to_have_count(2)
    expect(page.locator("#filters .chip--on")).to_have_count(2)  # the words and the place, each to be taken off


def test_row_shows_its_pin_even_out_of_a_cluster(page: Page):
    open_map(page)
    page.locator("#proposals > li").first.hover()
    expect(page.locator("#map .pin.is-chosen")).to_have_count(1)
    page.mouse.move(900, 500)
    expect(page.locator("#map .pin.is-chosen")).to_have_count(0)


def test_service_points_are_switched_on_and_off(page: Page):
    open_map(page, "area=matinkyla")
    page.locator(".legend > summary").click()
    page.locator("[data-layer=services]").check()
    expect(page.locator("#map .service-mark").first).to_be_visible()
    page.locator("[data-layer=services]").uncheck()
    expect(page.locator("#map .service-mark")).to_have_count(0)


@pytest.mark.parametrize("query", ["", "area=suur-matinkyla", "area=matinkyla"])
def test_map_is_light(page: Page, query):
    open_map(page, query)
    assert page.locator("#map *").count() <= NODES_AT_MOST


def test_sheet_has_three_heights_by_buttons(phone: Page):
    open_map(phone)
    frame = phone.locator(".map-frame")
    heights = {}
    for name in ("Both", "Map", "List"):
        phone.locator(".segment", has_text=name).click()
        heights[name] = frame.bounding_box()["height"] if frame.is_visible() else 0
    assert heights["Map"] > heights["Both"] > heights["List"] == 0


def test_names_in_another_language_say_so(page: Page):
    open_map(page, language="sv")
    languages = {name.get_attribute("lang") for name in page.locator("#map .area-name").all()}
    assert languages <= {"sv", "fi"}
    assert "sv" in languages


def test_location_is_told_with_its_accuracy(open_page):
    page = open_page(
        locale="en-GB",
        permissions=["geolocation"],
        geolocation={"longitude": 24.7384, "latitude": 60.1615, "accuracy": 42},
    )
    open_map(page)
    page.locator("[data-map-action=locate]").click()
    expect(page.locator("#map .me")).to_be_visible()
    page.wait_for_timeout(1200)  # the map has come to rest and its pins are there: the words stay
    expect(page.locator("[data-map-status]")).to_have_text("Accuracy about 40 m")


def test_refused_location_is_told_in_words(page: Page):
    open_map(page)
    page.locator("[data-map-action=locate]").click()
    expect(page.locator("[data-map-status]")).to_contain_text("Your browser did not give your location")


# --- what fails: seen by visitors whose console is bound to tell of the failure ---


@pytest.fixture
def unwatched(product, chromium):
    context = chromium.new_context(base_url=product.url, locale="en-GB", **DESKTOP)
    yield context.new_page()
    context.close()


def test_dead_base_map_leaves_our_own_and_one_quiet_line(unwatched: Page):
    def with_dead_basemap(route: Route) -> None:
        html = route.fetch().text()
        script = re.search(r'(<script id="map-config" type="application/json">)(.*?)(</script>)', html, re.DOTALL)
        config = json.loads(script.group(2))
        config["basemap"] = {"type": "xyz", "url": "/dead/{z}/{x}/{y}.png", "maxZoom": 19, "layers": ""}
        route.fulfill(body=html.replace(script.group(2), json.dumps(config)), content_type="text/html")

    unwatched.route("**/en/", with_dead_basemap)
    open_map(unwatched)
    expect(unwatched.get_by_text("The background map is not available right now.")).to_be_visible()
    expect(unwatched.locator("path.land").first).to_be_attached()
    visible = unwatched.locator("#map img.leaflet-tile").evaluate_all(
        "(tiles) => tiles.filter((t) => !t.hidden).length"
    )
    assert visible == 0


def test_map_without_its_doors_says_so_and_the_list_goes_on(unwatched: Page):
    unwatched.route("**/map/*.json*", lambda route: route.abort())
    open_map(unwatched, "area=matinkyla")
    expect(unwatched.locator("[data-map-status]")).to_contain_text("could not be fetched")
    assert unwatched.locator("#proposals > li").count() == min(total(unwatched), PAGE_SIZE)


def test_old_pins_stand_until_the_new_ones_come(unwatched: Page):
    open_map(unwatched, "area=suur-matinkyla")
    before = shown_on_map(unwatched)
    unwatched.route("**/map/clusters.json*", lambda route: None)  # never answered
    unwatched.locator("[data-zoom='1']").click()
    unwatched.wait_for_timeout(800)
    assert shown_on_map(unwatched) == before


def test_map_is_ready_only_when_the_newest_question_is_answered(page: Page):
    """A map that moves while its pins are on the way asks anew; until that answer it must not call itself ready."""
    held: list[Route] = []
    is_held = True
    page.route("**/map/clusters.json*", lambda route: held.append(route) if is_held else route.continue_())
    with page.expect_request("**/map/clusters.json*"):
        page.goto("/en/?area=suur-matinkyla", wait_until="commit")
    with page.expect_request("**/map/clusters.json*"):
        page.set_viewport_size({"width": 1100, "height": 900})
    page.wait_for_timeout(300)  # the first question is given up by now
    assert page.locator(".map-frame.is-ready").count() == 0
    is_held = False  # a map that settles only now asks once more
    held[-1].continue_()
    page.locator(".map-frame.is-ready").wait_for()
    assert shown_on_map(page) == total(page)
