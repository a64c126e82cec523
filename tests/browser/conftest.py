"""Fixtures of the browser tests: the served product, Chromium, and pages that report what no page may do.

The tests are pure clients. A page fails its test for a request to another host, an error in the console, a breach of the
content security policy or an exception in a script, whatever else the test asserts.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.launching import launched
from tests.browser.product import Product, served
from tests.browser.watch import Watch

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}

OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with served(tmp_path_factory.mktemp("product")) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for one file of tests, and closed after it, since the same worker takes other files next."""
    with launched() as browser:
        yield browser


@contextmanager
def visitor(product: Product, chromium: Browser, **options: object) -> Iterator[Page]:
    """A page of a fresh visitor; asserts at the end that it did nothing that no page may do.

    `options` are those of a browser context (viewport, color_scheme, java_script_enabled, ...).
    """
    context = chromium.new_context(base_url=product.url, **{**DESKTOP, **options})
    watch = Watch(product.url)
    watch.over(context)
    page = context.new_page()
    page.set_default_timeout(10_000)
    try:
        yield page
    finally:
        context.close()
    assert watch.breaches == []


@pytest.fixture
def open_page(product: Product, chromium: Browser) -> Iterator[OpenPage]:
    """Opens as many visitors' pages as a test wants."""
    with ExitStack() as visitors:
        yield lambda **options: visitors.enter_context(visitor(product, chromium, **options))


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A watched page on a desktop, in English so that the tests read in one language with their code."""
    return open_page(locale="en-GB")


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    return open_page(locale="en-GB", **PHONE)
