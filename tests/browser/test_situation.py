"""The situation page in a browser: map and charts are drawn from the tables beside them; without scripts the tables are all there."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import sign_in


def test_map_and_charts_are_drawn_from_the_tables(browse, town):
    page = browse("district")
    page.goto(f"/situation/{town.street_code}/?period=quarter&colour=raised")
    drawn = page.locator("[data-map]")
    expect(drawn).to_have_attribute("data-drawn", re.compile(r"[1-9]"), timeout=30_000)
    expect(page.locator(".sit-legend li").first).to_be_visible()
    for chart in page.locator("[data-chart]").all():
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("data-drawn", re.compile(r"[1-9]"), timeout=15_000)
        assert chart.locator("svg path").count() > 3
    row = page.locator("[data-map-list] tbody tr").first
    row.locator("a").first.focus()
    name, said = row.locator("th").inner_text(), page.locator(".places-map-said")
    expect(said).to_contain_text(row.locator("td").first.inner_text())
    with page.expect_navigation():
        said.locator("a").click()
    expect(page.locator("main h1")).to_contain_text(name)  # down to the community


def test_a_number_leads_to_as_many_matters(browse, town):
    page = browse("district")
    page.goto(f"/situation/{town.code}/?period=quarter")
    card = page.locator(".stat", has_text="诉求数").first
    number = card.locator(".stat-value a").inner_text()
    card.locator(".stat-value a").click()
    page.wait_for_url("**/matters/?behind=*")
    expect(page.locator(".pager, .views").filter(has_text=number).first).to_be_visible()
    chips = page.locator(".chip").filter(has_text="诉求数")
    expect(chips).to_have_count(1)
    page.locator("select[name=state]").select_option("open")  # narrowed further, the figure stays
    page.locator("form.filters button").click()
    expect(page.locator(".chip").filter(has_text="诉求数")).to_have_count(1)


def test_without_scripts_the_tables_say_everything(browse, town):
    page = browse(java_script_enabled=False)
    sign_in(page, "district")
    page.goto(f"/situation/{town.street_code}/?period=quarter&sort=-raised")
    expect(page.locator("[data-map]")).to_be_hidden()
    expect(page.locator("[data-map-list] tbody tr").first).to_be_visible()
    page.locator(".sit-twin summary").first.click()
    expect(page.locator(".sit-twin table").first).to_be_visible()
    raised = [int(t.replace(",", "")) for t in page.locator("[data-map-list] tbody td:nth-of-type(1)").all_inner_texts()]
    assert raised == sorted(raised, reverse=True)
