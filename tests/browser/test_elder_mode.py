"""Large text: one switch in sight, and everything residents and grid workers meet is then big enough to read and to press."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.town import zh
from tests.browser.work import raise_matter

SMALL = """() => {
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".sr, .skip, [aria-hidden=true]");
  const wrong = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, text = walk.currentNode.data.trim();
    if (!text || !seen(e) || e.closest("script, style, noscript, svg, option")) continue;
    const css = getComputedStyle(e), size = parseFloat(css.fontSize);
    const line = css.lineHeight === "normal" ? 1.3 : parseFloat(css.lineHeight) / size;
    if (size < 17.95) wrong.push(`${size} px: ${text.slice(0, 40)}`);
    if (line < 1.295) wrong.push(`line ${line.toFixed(2)}: ${text.slice(0, 40)}`);
  }
  const links = "a.btn, nav a, .linkcard, a.stat, a.todo-card, table a, .plain-list a";
  for (const e of document.querySelectorAll(`button, input:not([type=hidden]), select, textarea, summary, ${links}`)) {
    if (!seen(e)) continue;
    const box = (e.matches("[type=checkbox], [type=radio]") ? e.closest("label") ?? e : e).getBoundingClientRect();
    if (box.height < 59.5) wrong.push(`${box.height.toFixed(0)} px high: ${e.outerHTML.slice(0, 120)}`);
  }
  return wrong;
}"""


def large(page: Page) -> None:
    page.goto("/")
    button = page.get_by_role("button", name=zh("Large text"))
    expect(button).to_be_in_viewport()
    with page.expect_navigation():
        button.click()
    expect(page.locator("html")).to_have_attribute("data-mode", "elder")


def test_a_resident_switches_to_large_text_and_back_and_it_stays_on_every_page(browse):
    page = browse(phone=True)
    large(page)
    page.goto("/follow/")
    expect(page.locator("html")).to_have_attribute("data-mode", "elder")
    with page.expect_navigation():
        page.get_by_role("button", name=zh("Standard text")).click()
    assert page.url.endswith("/follow/")
    expect(page.locator("html")).to_have_attribute("data-mode", "normal")


def test_everything_a_resident_reads_and_presses_is_large_enough(browse, town):
    page = browse(phone=True, expect=422)
    _number, code = raise_matter(page, photos=town.photo(), category="environment.rubbish")
    large(page)
    closed = town.one(
        """select m.number from matters_matter m join flow_flow f on f.id = m.flow_id
           where m.is_public and m.answer <> '' and f."end" = 'closed' order by m.number limit 1"""
    )
    wrong = []
    paths = ["/", "/report/", "/report/kinds/", "/follow/", f"/f/{code}/", f"/report/done/{code}/", f"/m/{closed}/", f"/area/{town.code}/"]
    for path in [*paths, "/help/", "/help/resident/", "/privacy/", "/accounts/login/"]:
        page.goto(path)
        page.locator("details:not([open]) > summary").evaluate_all("all => all.slice(0, 6).forEach((s) => (s.parentElement.open = true))")
        wrong += [f"{path}: {found}" for found in page.evaluate(SMALL)]
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > PHONE["width"]:
            wrong.append(f"{path}: {wide} px wide")
    page.goto("/report/")
    with page.expect_navigation():
        page.locator("main form button:not([type=button])").last.click()
    wrong += [f"with errors: {found}" for found in page.evaluate(SMALL)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", ["/phone/today/", "/phone/report/", "/phone/grid/", "/phone/me/"])
def test_the_field_terminal_is_large_enough_too(browse, path):
    page = browse("grid", phone=True, alone=True)
    large(page)
    page.goto(path)
    assert not page.evaluate(SMALL), "\n".join(page.evaluate(SMALL))
