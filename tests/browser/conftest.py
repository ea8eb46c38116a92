"""One product with one community of demonstration data, and a Chromium, for all tests of pages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.product import ROOT, Product

ARTEFACTS = ROOT / "test-artefacts"
CHROMIUM = os.environ.get("LINLI_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def pytest_collection_modifyitems(items):
    """All on one worker: they share a product."""
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def product(tmp_path_factory) -> Product:
    folder = tmp_path_factory.mktemp("product")
    running = Product(folder / "data", arguments=("--communities", "2", "--days", "30", "--workers", "1")).start()
    yield running
    assert running.stop() == 0, running.output()
    running.forget()


@pytest.fixture(scope="session")
def browser() -> Browser:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser, product: Product) -> BrowserContext:
    opened = browser.new_context(base_url=product.url, locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1440, "height": 900})
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page that fails the test on a script error or a refused resource."""
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on(
        "console",
        lambda message: troubles.append(message.text) if message.type == "error" and "Failed to load" not in message.text else None,
    )
    yield opened
    assert not troubles, troubles


def sign_in(page: Page, username: str) -> None:
    from linli.access.demo import PASSWORD

    page.goto("/accounts/login/")
    page.get_by_label("用户名").fill(username)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("form button[type=submit]").last.click()
    page.wait_for_url("**/desk/**")


def keep(page: Page, name: str) -> Path:
    """A picture of the whole page at 1440 and at 360 px, kept as a test artefact."""
    ARTEFACTS.mkdir(exist_ok=True)
    path = ARTEFACTS / f"{name}-1440.png"
    page.set_viewport_size({"width": 1440, "height": 900})
    page.screenshot(path=path, full_page=True)
    page.set_viewport_size({"width": 360, "height": 740})
    page.screenshot(path=ARTEFACTS / f"{name}-360.png", full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1440, "height": 900})
    assert wide <= 362, f"{name} is {wide} px wide on a 360 px phone"
    return path
