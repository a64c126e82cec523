"""Another site shows the map and the list in a frame: where it is named it works, keyboard and axe included; else it is refused."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.product import Product
from tests.browser.test_accessibility import SMALLEST, is_too_wide, settle, violations


@pytest.fixture
def other_site(product: Product) -> Iterator[int]:
    """The port of a site that frames what its address asks for; reached as localhost and as 127.0.0.1, two origins."""

    class Framing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.replace("&", "&amp;")
            body = f'<!DOCTYPE html><title>Ours</title><iframe title="Map" src="{product.url}{path}" width="700" height="600"></iframe>'
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("", 0), Framing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def reader(chromium: Browser) -> Iterator[Page]:
    """Somebody who reads another site: foreign requests are what is tested, so nothing watches them."""
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


def test_named_site_shows_map_and_list_without_a_cookie(reader, other_site):
    reader.goto(f"http://localhost:{other_site}/embed/map?lang=en&area=jarvenpera&q=pihakadulle")
    frame = reader.frame_locator("iframe")
    frame.locator(".map-frame.is-ready").wait_for()
    frame.locator("[data-map-action=next]").focus()
    reader.keyboard.press("Enter")
    frame.locator("#map-card .item__place").wait_for()  # the row of the list, not the first plain one
    frame.get_by_role("navigation").get_by_role("link", name="List").click()
    frame.locator("#proposals > li").first.wait_for()
    assert reader.context.cookies() == []
    with reader.context.expect_page() as opened:
        frame.locator("#proposals .item__title a").first.click()
    opened.value.wait_for_load_state()
    assert "/en/proposals/" in opened.value.url
    assert opened.value.evaluate("window.opener") is None
    assert reader.url.startswith(f"http://localhost:{other_site}/embed/map")


@pytest.mark.parametrize(
    ("host", "path"), [("127.0.0.1", "/embed/map"), ("127.0.0.1", "/embed/list"), ("localhost", "/en/")]
)
def test_browser_refuses_the_frame_where_it_is_not_allowed(reader, other_site, host, path):
    refusals = []
    reader.on("console", lambda message: refusals.append(message.text))
    reader.goto(f"http://{host}:{other_site}{path}")
    reader.wait_for_load_state("networkidle")
    assert any("frame-ancestors" in words for words in refusals)
    assert reader.frame_locator("iframe").locator("#main").count() == 0


@pytest.mark.parametrize(
    "path", ["/embed/map?lang=fi", "/embed/list?lang=sv", "/embed/list?x=1", "/en/embed/?kind=parking"]
)
def test_framed_pages_break_no_rule_and_fit_the_smallest_screen(open_page, path):
    page = open_page(viewport=SMALLEST)
    page.goto(path)
    settle(page)
    assert violations(page) == []
    assert not is_too_wide(page)
