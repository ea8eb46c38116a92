"""The map draws what the table beside it says, and nothing on it comes from elsewhere."""

from __future__ import annotations

from playwright.sync_api import expect


def test_the_map_draws_the_grids_and_a_click_tells_which_one_it_is(browse, town):
    page = browse("station")
    page.goto(f"/places/map/?within={town.code}")
    page.locator("[data-map][data-drawn]").wait_for(timeout=30_000)
    assert int(page.locator("[data-map]").get_attribute("data-drawn")) >= 5  # names that don't overlap
    page.locator(".places-map-canvas canvas").click()
    said = page.locator(".places-map-said")
    expect(said.locator("a")).to_be_visible()
    chosen = page.locator("[data-map-list] tr[data-chosen]")
    expect(chosen).to_have_count(1)
    expect(said).to_contain_text(chosen.locator("th").inner_text())
    name = chosen.locator("th").inner_text()
    with page.expect_navigation():
        said.locator("a").click()
    expect(page.locator("main h1")).to_contain_text(name)


def test_a_row_of_the_table_shows_its_grid_on_the_map(browse, town):
    page = browse("station")
    page.goto(f"/places/map/?within={town.code}")
    page.locator("[data-map][data-drawn]").wait_for(timeout=30_000)
    row = page.locator("[data-map-list] tbody tr").nth(3)
    row.locator("a").focus()
    expect(page.locator(".places-map-said")).to_contain_text(row.locator("th").inner_text())


def test_the_table_beside_the_map_says_the_same_as_the_map(browse, town):
    page = browse("station")
    page.goto(f"/places/map/?within={town.code}")
    drawn = page.request.get(page.locator("[data-map]").get_attribute("data-shapes")).json()["features"]
    on_map = {(str(f["properties"]["id"]), f["properties"]["name"], f"{f['properties']['households']:,}") for f in drawn}
    rows = page.locator("[data-map-list] tbody tr").all()
    in_table = {(row.get_attribute("data-id"), row.locator("th").inner_text(), row.locator("td").nth(1).inner_text()) for row in rows}
    assert in_table == on_map
    assert len(on_map) == 9


def test_the_public_can_ask_which_grid_a_position_is_in_but_not_where_buildings_stand(browse, town):
    page = browse(expect=404)
    lon, lat = town.spot
    found = page.request.get(f"/places/locate?lon={lon}&lat={lat}").json()
    assert (found["grid"]["code"], found["exact"]) == (town.grid_code, True)
    assert page.request.get("/places/shapes.json?level=building").status == 404
