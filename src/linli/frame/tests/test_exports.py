import io
import os
import tempfile
import zipfile
from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.test import RequestFactory

from linli.frame.models import ActLog, Job
from linli.frame.refusal import Refusal
from linli.frame.tests.site import jobs_listing

pytestmark = [pytest.mark.django_db, pytest.mark.urls("linli.frame.tests.site")]
T0 = datetime(2026, 3, 1, 20, tzinfo=UTC)


@pytest.fixture
def user():
    return get_user_model().objects.create(username="li", name="李<梅>&")


def job(user, title, **kw):
    return Job.objects.create(kind="k", title=title, by=user, asked_at=T0, **kw)


def take(user, url="/list/", why="给街道例会用"):
    request = RequestFactory().post(url, {"export": "xlsx", "why": why})
    request.user = user
    listing = jobs_listing(request)
    assert listing.is_export
    return listing.export_response()


def opened(response):
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def sheet(response):
    return opened(response).read("xl/worksheets/sheet1.xml").decode()


def test_the_sheet_holds_the_filtered_rows_in_their_order_and_local_time(user):
    for n in range(3):
        job(user, f"楼道灯 {n}", total=n)
    job(user, "else")
    xml = sheet(take(user, "/list/?title=楼道灯&sort=-title"))
    assert xml.index("楼道灯 2") < xml.index("楼道灯 1") < xml.index("楼道灯 0")
    assert "else" not in xml
    assert "46083.1666" in xml  # 2 March 2026, 04:00, as Excel counts days
    assert ">46083<" in xml  # the day alone


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("http://e","x")', "＝1+1"])
def test_text_that_looks_like_a_formula_stays_text(user, text):
    job(user, text)
    book = opened(take(user))
    xml, styles = book.read("xl/worksheets/sheet1.xml").decode(), book.read("xl/styles.xml").decode()
    assert "<f>" not in xml
    assert "hyperlink" not in xml.lower().replace("=hyperlink", "")
    cell = xml[xml.index('r="A4"') : xml.index('r="C4"')]
    assert 't="inlineStr"' in cell
    number = int(cell.split(' s="')[1].split('"')[0])
    formats = styles[styles.index("<cellXfs") :].split("<xf ")[1:]
    assert 'quotePrefix="1"' in formats[number]


def test_who_when_and_why_stand_in_the_sheet_on_each_printed_page_and_in_the_log(user):
    job(user, "x")
    response = take(user, "/list/?title=x")
    xml = sheet(response)
    line = ActLog.objects.get()
    assert xml.count("给街道例会用") == 2  # a line of the sheet, and the footer
    footer = xml[xml.index("<oddFooter>") :]
    assert "李&lt;梅&gt;&amp;&amp;" in footer  # Excel's own escape of "&"
    assert (line.act, line.by, line.path) == ("frame.jobs.exported", user, "150204")
    assert line.data["why"] == "给街道例会用"
    assert line.data["query"] == "title=x"
    assert line.data["columns"] == ["title", "total", "asked_at", "day", "by", "message"]
    assert f"{line.pk}" in xml
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Disposition"].startswith("attachment")


def test_columns_for_the_screen_only_are_not_in_the_sheet(user):
    assert str(job(user, "x").uid) not in sheet(take(user))


@pytest.mark.parametrize("why", ["", "x", "会", "   ", "x" * 201, "why\x07ever"])
def test_without_a_purpose_nothing_is_taken_out_and_nothing_logged(user, why):
    with pytest.raises(Refusal) as caught:
        take(user, why=why)
    assert (caught.value.code, caught.value.field) == ("why", "why")
    assert not ActLog.objects.exists()


def test_more_rows_than_one_person_may_take_out_are_refused(user, settings):
    settings.EXPORT_ROWS = 2
    for n in range(3):
        job(user, f"{n}")
    with pytest.raises(Refusal, match="too_many_rows") as caught:
        take(user)
    assert "2" in caught.value.message
    assert not ActLog.objects.exists()


def test_no_file_stays_behind_and_a_failed_sheet_leaves_no_line(user, monkeypatch):
    before = set(os.listdir(tempfile.gettempdir()))
    job(user, "x")
    sheet(take(user))
    monkeypatch.setattr("linli.frame.exports._fill", lambda *a: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        take(user)
    assert {n for n in set(os.listdir(tempfile.gettempdir())) - before if n.startswith("linli-export")} == set()
    assert ActLog.objects.count() == 1


def test_reading_a_list_is_no_export(user):
    request = RequestFactory().get("/list/?export=xlsx&why=because")
    request.user = user
    assert not jobs_listing(request).is_export


def test_two_chinese_characters_can_be_purpose_enough(user):
    assert take(user, why="例会").status_code == 200
