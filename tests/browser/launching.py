"""Chromium without a window, the same for every test that drives one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

# The whole browser draws a window's controls for each page, even without a window; the shell is the same engine alone.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser until the block ends. While it is open Playwright's event loop runs in this thread, and Django then refuses
    the database to whatever else the thread does.
    """
    if CHROMIUM is None:
        pytest.skip("there is no Chromium; scripts/test installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()
