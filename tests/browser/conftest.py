"""One product with two communities of demonstration data, and a Chromium, for all tests of pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

from tests.browser.town import Town
from tests.product import ROOT, Product, filled

ARTEFACTS = ROOT / "test-artefacts"
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="session")
def product(tmp_path_factory) -> Iterator[Product]:
    running = filled(tmp_path_factory.mktemp("product") / "data", "--workers", "1").start()
    yield running
    assert running.stop() == 0, running.output()
    running.forget()


@pytest.fixture(scope="session")
def town(product: Product) -> Town:
    return Town(product)


@dataclass
class Browse:
    """Opens pages as anybody. What goes wrong on any of them fails the test at its end: script errors, what the content security policy
    refused, anything loaded that failed, anything asked of another host."""

    browser: Browser
    product: Product
    kept: dict[tuple[str, bool, str], BrowserContext]
    """Browsers of a whole run: everybody signs in once, and has what pages share in the cache."""
    contexts: list[BrowserContext] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    expected: dict[Page, set[int]] = field(default_factory=dict)

    def context(self, who: str = "", *, alone: bool = False, phone: bool = False, lang: str = "zh-CN", **more: Any) -> BrowserContext:
        """A browser: a resident's, new each time, or that of a member of staff who has signed in. ``alone``: new for them, too."""
        alone = alone or not who or bool(more)
        if not alone and (who, phone, lang) in self.kept:
            return self.kept[who, phone, lang]
        given = {"base_url": self.product.url, "locale": lang, "timezone_id": "Asia/Shanghai", "viewport": PHONE if phone else WIDE, **more}
        if who:
            given["storage_state"] = self._signed_in(who)
        opened = self.browser.new_context(**given)
        opened.set_default_timeout(15_000)
        if alone:
            self.contexts.append(opened)
        else:
            self.kept[who, phone, lang] = opened
        return opened

    def __call__(self, who: str = "", *, expect: int = 0, **more: Any) -> Page:
        """A page in a browser of its own. ``expect``: a status the page may answer with besides those of success."""
        return self.page(self.context(who, **more), expect=expect)

    def page(self, context: BrowserContext, *, expect: int = 0) -> Page:
        page = context.new_page()
        self.expected[page] = {expect}
        page.on("pageerror", lambda error: self.troubles.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._console(page, message))
        page.on("request", lambda request: self._asked(page, request.url))
        page.on("response", lambda response: self._answered(page, response))
        return page

    def _console(self, page: Page, message: ConsoleMessage) -> None:
        refused = "Content Security Policy" in message.text
        if refused or (message.type == "error" and "Failed to load resource" not in message.text):
            self.troubles.append(f"{page.url}: {message.text}")

    def _asked(self, page: Page, url: str) -> None:
        if not url.startswith((f"{self.product.url}/", "data:", f"blob:{self.product.url}/")):
            self.troubles.append(f"{page.url} asks {url}")

    def _answered(self, page: Page, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected[page]:
            self.troubles.append(f"{page.url}: {response.status} from {response.url}")

    def _signed_in(self, who: str) -> Any:
        signed_in = next((context for (name, _phone, _lang), context in self.kept.items() if name == who), None)
        if signed_in is not None:
            return signed_in.storage_state()
        context = self.browser.new_context(base_url=self.product.url, locale="zh-CN", timezone_id="Asia/Shanghai", viewport=WIDE)
        sign_in(context.new_page(), who)
        self.kept[who, False, "zh-CN"] = context
        return context.storage_state()

    def close(self) -> None:
        for page in self.expected:
            page.close()
        for context in self.contexts:
            context.close()
        assert not self.troubles, "\n".join(self.troubles)


@pytest.fixture(scope="session")
def kept() -> dict[tuple[str, bool, str], BrowserContext]:
    return {}


@pytest.fixture
def browse(browser: Browser, product: Product, kept: dict[tuple[str, bool, str], BrowserContext]) -> Iterator[Browse]:
    opened = Browse(browser, product, kept)
    yield opened
    opened.close()


def sign_in(page: Page, username: str, password: str = "") -> None:
    from linli.access.demo import PASSWORD

    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(username)
    page.locator("input[type=password]").fill(password or PASSWORD)
    with page.expect_navigation():
        page.locator("main form button").last.click()


def confirm(page: Page) -> None:
    """The password once more, where a dangerous act asks for it."""
    from linli.access.demo import PASSWORD

    if "/accounts/again/" in page.url:
        page.locator("main input[type=password]").fill(PASSWORD)
        with page.expect_navigation():
            page.locator("main form button").last.click()


def width_of(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth")


def keep(page: Page, name: str) -> list[str]:
    """A picture of the whole page at 1440 and at 360 px, kept as a test artefact. Returns where it is wider than the window."""
    ARTEFACTS.mkdir(exist_ok=True)
    wrong = []
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)
        page.screenshot(path=_picture(name, size["width"]), full_page=True, type="jpeg", quality=80)
        if (wide := width_of(page)) > size["width"]:
            wrong.append(f"{name} is {wide} px wide in a window of {size['width']}")
    return wrong


def _picture(name: str, width: int) -> Path:
    return ARTEFACTS / f"{name}-{width}.jpg"
