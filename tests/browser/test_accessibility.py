"""axe on every page (WCAG 2.2 AA), in three languages on a phone and dark on a desktop; no page is wider than the screen."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import PHONE
from tests.browser.product import Product
from tests.browser.steps import choose_topic, sign_in, write

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
AXE = Axe()
SMALLEST = {"width": 320, "height": 640}  # CSS pixels; WCAG 1.4.10

PAGES = [
    "",
    "?kind=parking&area=matinkyla&taken_up=no",
    "?q=nothing-is-called-like-this",
    "?since=yesterday",
    "proposals/new/",
    "proposals/1/",
    "proposals/1/support/",
    "proposals/1/comments/",
    "proposals/1/report/",
    "proposals/track/",
    "areas/",
    "areas/matinkyla/",
    "watches/new/?area=matinkyla",
    "watches/new/?where=circle",
    "follows/new/?proposal=1",
    "my-data/",
    "hubs/matinkyla/",
    "paper-form/?area=matinkyla",
    "kiosk/",
    "organisations/",
    "organisations/apply/",
    "services/",
    "data/",
    "about/",
    "accessibility/",
    "privacy/",
    "not/a/page/",
]
# Behind the sign-in: the account of the demo, and the pages that it sees.
SIGNED_IN = {
    "street-care@example.org": [
        "/accounts/?lang={language}",
        "/{language}/organisations/street-care/edit/",
        "/{language}/organisations/street-care/members/",
        "/{language}/proposals/{open}/pledge/",
        "/{language}/pledges/{pledge}/",
        "/{language}/pledges/{pledge}/sign/",
        "/{language}/proposals/{open}/answer/",
        "/{language}/workspace/",
        "/{language}/follows/",
        "/{language}/my-data/",
    ],
    "planner@example.org": ["/{language}/planning/", "/{language}/planning/import/"],
    "moderator@example.org": ["/{language}/moderation/", "/{language}/proposals/new/on-behalf/"],
    "facilitator@example.org": [
        "/{language}/organisations/applications/",
        "/{language}/proposals/referred/",
        "/{language}/proposals/{open}/end/",
    ],
}


def settle(page: Page) -> None:
    if page.locator("[data-map]").count() and page.locator("[data-map]").is_visible():  # some open when they are wanted
        page.locator(".map-frame.is-ready").wait_for(state="attached")


def violations(page: Page) -> list[str]:
    """One line for each element that breaks a rule; [] where all is well."""
    page.evaluate(AXE.axe_script)
    # What all is well is told at length too, and takes as long to hand over as to find out.
    results = page.evaluate("rules => axe.run(document, rules).then(results => results.violations)", RULES)
    return [
        f"{v['id']}: {' '.join(map(str, node['target']))} {node['html'][:120]}" for v in results for node in v["nodes"]
    ]


def is_too_wide(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_page_on_a_phone_breaks_no_rule_and_fits_the_smallest_screen(open_page, language, path):
    page = open_page(**PHONE)
    page.goto(f"/{language}/{path}")
    settle(page)
    assert violations(page) == []
    page.set_viewport_size(SMALLEST)
    assert not is_too_wide(page)


@pytest.mark.parametrize("path", PAGES)
def test_page_in_the_dark_breaks_no_rule(open_page, path):
    page = open_page(color_scheme="dark")
    page.goto(f"/fi/{path}")
    settle(page)
    assert violations(page) == []


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_pages_on_the_way_to_sending_break_no_rule(open_page, language):
    page = open_page(**PHONE)
    page.goto(f"/{language}/proposals/new/")
    page.locator("button[name=step][value=check]").click()  # nothing is filled in
    page.wait_for_selector("#error-summary")
    settle(page)
    assert violations(page) == []
    choose_topic(page, "parking")
    page.locator("#id_place").fill("60.161, 24.738")
    write(page, "Tilaa polkupyörille")
    page.locator("button[name=step][value=check]").click()
    page.wait_for_selector("form[data-draft-check]")
    settle(page)
    assert violations(page) == []
    assert not is_too_wide(page)
    page.locator("button[name=step][value=send]").click()
    page.wait_for_url("**/thanks/**")
    settle(page)
    assert violations(page) == []


@pytest.mark.parametrize("opened", ["card", "legend", "filter", "services", "suggestions", "area"])
def test_what_opens_breaks_no_rule(page, opened):
    page.goto("/en/proposals/new/" if opened == "suggestions" else "/en/?area=matinkyla")
    settle(page)
    if opened == "card":
        page.locator("[data-map-action=next]").click()
        page.locator("#map-card").wait_for()
    elif opened == "suggestions":
        page.locator("#id_place").fill("Tapi")
        page.locator("#id_place-options [role=option]").first.wait_for()
    elif opened == "filter":
        page.locator("#filters summary").first.click()
    elif opened == "area":
        page.locator("[data-area-note]").wait_for()
    else:
        page.locator(".legend > summary").click()
        if opened == "services":
            page.locator("[data-layer=services]").check()
            page.locator(".service-mark").first.wait_for()
    page.wait_for_timeout(300)
    assert violations(page) == []


def test_a_fault_is_seen(page):
    """The check itself: a picture without words and a grey text are told."""
    page.goto("/en/about/")
    page.evaluate("document.querySelector('main').append(Object.assign(new Image(), {src: '/static/favicon.svg'}))")
    assert any(line.startswith("image-alt") for line in violations(page))


@pytest.mark.parametrize("account", SIGNED_IN)
def test_pages_behind_the_sign_in_break_no_rule(open_page, product: Product, account):
    page = open_page(**PHONE)
    page.goto("/accounts/login/?lang=en")
    assert violations(page) == []
    sign_in(page, product, account)
    known = {"open": first_open(page), "pledge": own_pledge(page)}
    for path in SIGNED_IN[account]:
        for language in ("fi", "sv", "en"):
            page.set_viewport_size(PHONE["viewport"])
            answer = page.goto(path.format(language=language, **known))
            assert answer.status == 200
            settle(page)
            assert violations(page) == [], path
            page.set_viewport_size(SMALLEST)
            assert not is_too_wide(page), path


def first_open(page: Page) -> int:
    """A proposal that nobody has taken up."""
    features = page.request.get("/export/proposals.geojson?taken_up=no&status=open").json()["features"]
    return features[0]["id"]


def own_pledge(page: Page) -> str:
    """The key of a promise that the person who is signed in may change; "0" for one who has none."""
    for feature in page.request.get("/export/proposals.geojson?status=taken_up").json()["features"]:
        page.goto(f"/en/proposals/{feature['id']}/")
        links = page.get_by_role("link", name="Your promise: report or change")
        if links.count():
            return (links.first.get_attribute("href") or "").rstrip("/").rsplit("/", 1)[1]
    return "0"
