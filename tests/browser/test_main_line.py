"""A resident's matter from the first word to closing, by everybody who has a part in it."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import confirm
from tests.browser.town import CAMERA, zh
from tests.browser.work import TEXT, fill, find_matter, follow, open_matter, raise_matter, rate, send, step_form, take

NAME, PHONE_NUMBER, ADDRESS = "欧阳素贞", "13911112222", "5号楼北门左手边第三个井盖旁"


def closed_here(page, town) -> int:
    page.goto(f"/area/{town.code}/")
    return int(page.locator("a.stat[href*='state=closed'] .stat-value").first.inner_text().split()[0])


def test_the_demonstration_shows_work_at_every_step(browse, town):
    """What is public of it is counted on the area's page; what came in early is done, but for a few; and something waits at every hand."""
    page = browse()
    page.goto(f"/area/{town.street_code}/?days=all")
    raised, closed = (int(page.locator(f".stats a.stat >> nth={n}").locator(".stat-value").inner_text()) for n in (0, 1))
    assert raised > 40
    assert (raised, closed) == town.public_counts(town.street_code)
    early, done = town.public_counts(town.street_code, before=timezone.now() - timedelta(days=15))
    assert done > early * 3 / 4
    steps = {step for (step,) in town.rows("select distinct step from flow_flow")}
    assert steps >= {"accept", "handle", "check", "answer", "rate", ""}


def test_a_matter_goes_from_a_residents_phone_to_its_closing_and_is_counted(browse, town, product):
    resident, public = browse(phone=True), browse(phone=True)
    closed_before = closed_here(public, town)

    # the place comes from the photo, the category is left to the desk
    number, code = raise_matter(resident, photos=town.photo(), address=ADDRESS, name=NAME, phone=PHONE_NUMBER, who=["named"])
    follow(resident, number, code)
    expect(resident.locator("main")).to_contain_text(town.grid)
    served = resident.request.get(resident.locator(".photos img").get_attribute("src")).body()
    assert CAMERA.encode() not in served
    assert b"Exif" not in served
    assert not Image.open(BytesIO(served)).getexif()

    desk = browse("desk")
    find_matter(desk, number)
    take(desk, "accepted", category="environment.rubbish")
    take(desk, "dispatched")

    worker = browse("grid", phone=True)
    worker.goto("/phone/")
    with worker.expect_navigation():
        worker.locator(f"a.todo-card[href*='{number}']").click()
    take(worker, "done", result="垃圾已清运，地面已冲洗", photos=town.photo("green"), show_photos=True)

    checker = browse("check")
    open_matter(checker, number)
    take(checker, "passed", finding="现场干净，没有残留")

    desk.reload()
    form = step_form(desk, "answered")
    browse.expected[desk].add(422)
    fill(form, answer=f"已清运，请联系{NAME}，电话{PHONE_NUMBER}")
    send(form)
    expect(desk.locator(".field-error, .errors").first).to_be_visible()
    take(desk, "answered", answer="垃圾当天清运完毕，今后每天清两次。")

    # not satisfied: once more through all hands
    follow(resident, number, code)
    rate(resident, "dissatisfied", "墙角还有一袋")
    worker.reload()
    take(worker, "done", result="墙角也清了")
    checker.reload()
    take(checker, "passed", finding="墙角干净")
    desk.reload()
    take(desk, "answered", answer="墙角的也清走了。")
    resident.reload()
    rate(resident, "satisfied")

    assert closed_here(public, town) == closed_before + 1
    public.locator(f"a[href='/m/{number}/']").first.click()
    public.wait_for_url(f"**/m/{number}/")
    expect(public.locator("main")).to_contain_text("墙角的也清走了。")
    expect(public.locator(".photos img")).to_have_count(1)
    for path in (f"/m/{number}/", f"/area/{town.code}/", "/"):
        html = public.request.get(path).text()
        for secret in (NAME, PHONE_NUMBER, PHONE_NUMBER[-4:], ADDRESS, TEXT, code, town.grid, town.name("grid")):
            assert secret not in html, f"{path} shows {secret}"
    assert CAMERA.encode() not in public.request.get(public.locator(".photos img").get_attribute("src")).body()

    desk.reload()
    history = desk.locator("ol.history > li")
    expect(history).to_have_count(11)
    for who in ("desk", "grid", "check"):
        expect(desk.locator("ol.history")).to_contain_text(town.name(who))
    for said in ("垃圾已清运，地面已冲洗", "现场干净，没有残留", "墙角还有一袋", "墙角也清了"):
        expect(desk.locator("ol.history")).to_contain_text(said)
    verified = product.linli("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_whoever_handled_a_matter_is_refused_as_its_checker(browse, town):
    number, _code = raise_matter(browse(phone=True), photos=town.photo(), category="environment.rubbish")
    desk, station, worker = browse("desk"), browse("station"), browse("grid")
    open_matter(desk, number)
    take(desk, "accepted")
    take(desk, "dispatched")
    open_matter(worker, number)
    take(worker, "done", result="清了")
    station.goto(f"/posts/{town.seat('community-checker', town.code)}/appoint/")
    confirm(station)
    form = station.locator("main form").first
    fill(form, user="grid")
    browse.expected[station].add(422)
    send(form)  # told first that this person handles what they would have to check
    expect(station.locator(".notice-warn")).to_contain_text(zh("This person has one of these posts already"))
    send(station.locator("main form").first)
    expect(station.locator(".notice-good")).to_contain_text(town.name("grid"))

    open_matter(worker, number)
    browse.expected[worker].add(422)
    form = step_form(worker, "passed")
    fill(form, finding="自己看了，没问题")
    send(form)
    expect(worker.locator(".errors")).to_be_visible()
    expect(worker.locator("form:has(input[name=outcome][value=passed]) textarea")).to_have_value("自己看了，没问题")
    checker = browse("check")
    open_matter(checker, number)
    take(checker, "rework", reason="还有一半没清")

    station.goto(f"/posts/held/{town.holding('grid', 'community-checker')}/release/")
    confirm(station)
    send(station.locator("main form").first)
    expect(station.locator(".notice-good")).to_be_visible()
