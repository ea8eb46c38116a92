"""What residents see when something is down: they are told, and nothing they wrote is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import expect

from tests.browser.town import zh
from tests.browser.work import NUMBER, fill, raise_matter, send, step_form
from tests.product import Product


@contextmanager
def without_database(product: Product) -> Iterator[None]:
    """The database is gone, and the process that would start it again holds its breath."""
    os.kill(product.process.pid, signal.SIGSTOP)
    try:
        product.cluster.stop("immediate")
        yield
    finally:
        os.kill(product.process.pid, signal.SIGCONT)
    product.wait_until_ready()


def test_a_matter_sent_while_the_database_is_down_is_kept_and_goes_through_once(browse, town, product):
    page = browse(phone=True, expect=503)
    text = "数据库停着的时候发的：路灯坏了三盏，晚上看不见路"
    page.goto("/report/")
    form = page.locator("main form")
    fill(form, text=text, place=town.code, address="学校东门", name="南宫守夜", phone="13633334444")
    with without_database(product):
        send(form)
        expect(page.locator(".error-code")).to_have_text("503")
        expect(page.locator("main")).to_contain_text(text)
        expect(page.locator("main")).to_contain_text("学校东门")
        assert "13633334444" not in page.locator("main").inner_text()
        # still down: trying again says the same and keeps the same
        send(page.locator("main form"))
        expect(page.locator(".error-code")).to_have_text("503")
        expect(page.locator("main")).to_contain_text(text)
    send(page.locator("main form"))
    expect(page.locator(".slip")).to_be_visible()
    number = NUMBER.search(page.locator(".slip").inner_text())[0]
    assert town.rows("select number from matters_matter where text = %s", text) == [(number,)]
    page.goto("/report/")
    expect(page.locator("textarea[name=text]")).to_have_value("")


def test_reading_pages_during_an_outage_says_so_and_a_reload_afterwards_works(browse, product):
    page = browse(expect=503)
    with without_database(product):
        page.goto("/")
        expect(page.locator(".error-code")).to_have_text("503")
        expect(page.locator("main a.btn")).not_to_have_count(0)
    page.reload()
    expect(page.locator(".hero")).to_be_visible()


def test_text_comes_back_after_the_tab_was_closed_and_is_gone_once_sent(browse, town):
    context = browse.context(phone=True)
    first = browse.page(context)
    first.goto("/report/")
    fill(first.locator("main form"), text="写到一半电话来了：西门的井盖翘起来了", place=town.code, name="不存的名字", phone="13500000000")
    first.close()
    again = browse.page(context)
    again.goto("/report/")
    expect(again.locator("textarea[name=text]")).to_have_value("写到一半电话来了：西门的井盖翘起来了")
    expect(again.locator("select[name=place]")).to_have_value(town.code)
    expect(again.locator("input[name=name]")).to_have_value("")
    expect(again.locator("input[name=phone]")).to_have_value("")
    expect(again.locator("main form .notice")).to_contain_text(zh("What you had written is back."))
    again.reload()
    expect(again.locator("textarea[name=text]")).to_have_value("写到一半电话来了：西门的井盖翘起来了")
    send(again.locator("main form"))
    expect(again.locator(".slip")).to_be_visible()
    again.goto("/report/")
    expect(again.locator("textarea[name=text]")).to_have_value("")


def test_wrong_input_is_told_at_the_field_and_keeps_what_was_typed(browse):
    page = browse(phone=True, expect=422)
    page.goto("/report/")
    form = page.locator("main form")
    fill(form, text="只写了这些，没写在哪", phone="123")
    send(form)
    expect(page.locator(".errors")).to_be_focused()
    expect(page.locator("textarea[name=text]")).to_have_value("只写了这些，没写在哪")
    expect(page.locator("input[name=phone]")).to_have_attribute("aria-invalid", "true")
    fill(page.locator("main form"), phone="")
    send(page.locator("main form"))
    expect(page.locator(".errors a[href='#id_place']")).to_be_visible()


def test_back_to_a_form_that_was_refused_opens_it_again_with_what_was_typed(browse):
    page = browse(phone=True, expect=422)
    page.goto("/report/")
    fill(page.locator("main form"), text="写了很久的一段话，电话却写错了", phone="123")
    send(page.locator("main form"))
    fill(page.locator("main form"), phone="", address="学校东门")
    page.goto("/follow/")
    page.go_back()
    expect(page.locator("textarea[name=text]")).to_have_value("写了很久的一段话，电话却写错了")
    expect(page.locator("input[name=address]")).to_have_value("学校东门")


def test_back_to_a_step_that_was_refused_opens_the_matter(browse, town):
    number, _code = raise_matter(browse(phone=True), photos=town.photo(), category="environment.rubbish")
    page = browse("desk", expect=422)
    page.goto(f"/matters/{number}/")
    send(step_form(page, "refused"))
    expect(page.locator(".errors")).to_be_focused()
    page.goto("/desk/")
    page.go_back()
    expect(page.locator("main")).to_contain_text(number)


def test_what_is_no_photo_is_refused_at_the_field(browse, town):
    page = browse(phone=True, expect=422)
    page.goto("/report/")
    script = {
        "name": "photo.jpg",
        "mimeType": "image/jpeg",
        "buffer": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    }
    fill(page.locator("main form"), text="照片是假的，文字是真的", place=town.code, photos=script)
    send(page.locator("main form"))
    expect(page.locator("input[name=photos]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("textarea[name=text]")).to_have_value("照片是假的，文字是真的")
