"""The whole story, played on the demo city: proposed, confirmed, taken up by two, reported, disputed, reported again, done."""

import datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.product import Product
from tests.browser.steps import check, choose_topic, id_of, mailed, open_form, sign_in, write

RESIDENT = "resident.of.the.story@example.org"
LEAD, PARTNER = "street-care@example.org", "village-association@example.org"
SUPPORTERS = [f"supporter.{name}.of.the.story@example.org" for name in ("anna", "bertil", "cecilia")]
TITLE = "A bench where the path turns to the shore"


def propose(page: Page, product: Product) -> int:
    """With an e-mail and no account; confirmed by the mailed link."""
    open_form(page)
    choose_topic(page, "idea", "development")
    page.locator("#id_place").fill("60.1609, 24.7382")
    write(page, TITLE)
    page.locator("[name=email]").fill(RESIDENT)
    check(page)
    page.get_by_role("button", name="Send the proposal").click()
    page.wait_for_url("**/thanks/**")
    page.goto(mailed(page, product, RESIDENT, r"(http\S+/confirm/)"))
    page.locator("main form button[type=submit]").first.click()
    return id_of(page)


def take_up(page: Page, number: int, words: str) -> None:
    page.goto(f"/en/proposals/{number}/")
    page.get_by_role("link", name="Take this up").click()
    page.get_by_label("We do it").check()
    page.get_by_label("The promise in your words").fill(words)
    page.get_by_label("By what day?").fill(f"{datetime.date.today() + datetime.timedelta(days=40):%Y-%m-%d}")
    page.get_by_role("button", name="Take this up").click()
    page.wait_for_url(f"**/proposals/{number}/**")
    expect(page.get_by_role("heading", name=words)).to_be_visible()


def report_as_done(page: Page, number: int) -> None:
    page.goto(f"/en/proposals/{number}/")
    page.get_by_role("link", name="Your promise: report or change").click()
    page.get_by_role("button", name="Report as done").click()
    page.wait_for_url(f"**/proposals/{number}/**")


def say(page: Page, number: int, answer: str) -> None:
    page.goto(f"/en/proposals/{number}/")
    page.get_by_role("button", name=answer).click()
    page.wait_for_url(f"**/proposals/{number}/**")


def watch_the_city(page: Page) -> None:
    page.goto("/en/watches/new/")
    page.get_by_label("At once").check()
    expect(page.get_by_role("status").filter(has_text="a week")).to_be_visible()
    page.get_by_role("button", name="Follow", exact=True).click()
    page.wait_for_url("**/follows/")


def support(page: Page, product: Product, number: int, address: str) -> None:
    """With an address that is confirmed by the mailed link, and no account."""
    page.goto(f"/en/proposals/{number}/support/")
    page.locator("[name=email]").fill(address)
    page.get_by_role("button", name="Send me the link").click()
    page.goto(mailed(page, product, address, r"(http\S+/confirm/)"))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your support is confirmed")


def say_by_mail(page: Page, product: Product, address: str) -> None:
    page.goto(mailed(page, product, address, r"(http\S+/verdict/)"))
    page.get_by_role("button", name="Yes, it is done").click()
    page.wait_for_url("**done=1*")


@pytest.fixture
def story(open_page, product: Product) -> int:
    resident, lead, partner = (open_page(locale="en-GB") for _each in range(3))
    sign_in(partner, product, PARTNER)
    watch_the_city(partner)
    number = propose(resident, product)
    assert mailed(partner, product, PARTNER, rf"New proposal: {TITLE}[\s\S]+/proposals/({number})/")
    sign_in(lead, product, LEAD)
    take_up(lead, number, "We bring a bench.")
    take_up(partner, number, "We paint it.")
    report_as_done(lead, number)
    say(resident, number, "It is not fixed yet")
    expect(resident.locator("main")).to_contain_text("In progress")
    for address in SUPPORTERS:
        support(open_page(locale="en-GB"), product, number, address)
    report_as_done(lead, number)
    for address in SUPPORTERS:
        say_by_mail(open_page(locale="en-GB"), product, address)
    return number


def test_history_mails_and_export_tell_the_same_story(page: Page, product: Product, story: int):
    page.goto(f"/en/proposals/{story}/")
    stages = page.locator(".timeline [data-stage], .timeline li").all_inner_texts()
    told = " ".join(stages)
    for words in ("Taken up", "Joined the promise", "Reported as done", "In progress", "Confirmed as done"):
        assert words in told
    feature = page.request.get(f"/api/v1/proposals/{story}").json()["properties"]
    assert (feature["status"], feature["supports_verified"]) == ("confirmed", 3)
    assert mailed(page, product, RESIDENT, f"(Taken up): {TITLE}")
    assert mailed(page, product, RESIDENT, f"(Reported as done): {TITLE}")
