"""The watch over pages sees what it is there for: else all other browser tests prove little."""

import pytest
from playwright.sync_api import Browser

from tests.browser.product import Product
from tests.browser.watch import Watch

OFFENCES = [
    ("location.href = 'https://tiles.example/'", "foreign request: https://tiles.example/"),
    ("fetch('https://tiles.example/1.png', {mode: 'no-cors'}).catch(() => {})", "policy breach: connect-src"),
    (
        "document.body.append(Object.assign(new Image(), {src: 'https://tiles.example/1.png'}))",
        "policy breach: img-src",
    ),
    ("document.body.setAttribute('onclick', 'x()'), document.body.click()", "policy breach: script-src-attr"),
    ("console.error('something went wrong')", "something went wrong"),
    ("setTimeout(() => { throw new Error('lost') })", "exception: lost"),
    ("setTimeout(() => alert(1))", "dialog: 1"),
]


@pytest.mark.parametrize(("script", "told"), OFFENCES)
def test_watch_tells_of(product: Product, chromium: Browser, script: str, told: str):
    watch = Watch(product.url)
    context = chromium.new_context(base_url=product.url)
    watch.over(context)
    page = context.new_page()
    page.goto("/en/about/")
    assert watch.breaches == []
    page.evaluate(f"() => {{ {script} }}")
    page.wait_for_timeout(300)
    context.close()
    assert any(told in breach for breach in watch.breaches), watch.breaches
