"""The situation pages: who may open them, what stands on them, and that every number leads to exactly its records."""

from __future__ import annotations

import re
import zipfile
from datetime import timedelta
from html.parser import HTMLParser
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from linli.bodies.actions import appoint
from linli.bodies.models import Seat
from linli.flow.jobs import run_clock
from linli.frame.models import ActLog
from linli.matters import actions
from linli.matters.tests.factories import go, report
from linli.matters.tests.visiting import signed_in
from linli.measures import jobs as counting
from linli.measures.actions import compute_measures
from linli.places.models import Place
from linli.reports.disputes import Kind, underivable
from linli.reports.situation import COLUMNS, Row, _toned

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def url(place, page="area"):
    return reverse(f"reports:{page}", args=[place.code])


def busy(town):
    """Two months of this and that, ending now."""
    now = timezone.now()
    for n in range(24):
        began = now - timedelta(days=2 * n, hours=3)
        where = town.places[("g1", "g2", "g3", "g9")[n % 4]]
        matter = report(
            town, now=began, place=where, text=f"第{n}处垃圾没人清", category="environment.rubbish" if n % 3 else "environment.bins"
        ).matter
        if n % 5 and where != town.g9:
            matter = go(matter, town.desk, "accepted", began + HOUR / 6)
            matter = go(matter, town.desk, "dispatched", began + HOUR / 3)
        if n % 5 > 2 and where == town.g1:
            matter = go(matter, town.worker, "done", began + HOUR / 2, texts={"result": "已清运"})
            matter = go(matter, town.checker, "passed", began + HOUR, texts={"finding": "干净"})
            matter = go(matter, town.desk, "answered", began + 2 * HOUR, texts={"answer": "已清运。"})
            actions.rate_matter(matter=matter, rating="satisfied", now=began + 2.5 * HOUR)
    run_clock(now=now)
    compute_measures()


class Links(HTMLParser):
    """Every link of the page's main part: (text, address)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.at = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.at = dict(attrs).get("href") or ""
            self.text = ""

    def handle_data(self, data):
        if self.at:
            self.text += data

    def handle_endtag(self, tag):
        if tag == "a" and self.at:
            self.found.append((self.text.strip(), self.at))
            self.at = ""


def listed(client: Client, address: str) -> int:
    listing = client.get(address).context["listing"]
    assert listing.filters.is_valid(), listing.filters.errors
    return listing.count.number


@pytest.mark.parametrize("key", ["d", "s1", "c1"])
@pytest.mark.parametrize("period", ["year", "last-month", "month"])
def test_every_number_leads_to_exactly_its_records(town, key, period):
    busy(town)
    client = signed_in(town.district)
    html = client.get(url(town.places[key]), {"period": period}).content.decode()
    counts = {}
    for text, address in Links(html).found:
        if "/matters/?" not in address:
            continue
        if found := re.fullmatch(r"[\d,]+", text):
            counts[address] = int(found[0].replace(",", ""))
        elif found := re.fullmatch(r"([\d,]+)件中([\d,]+)件", text):  # a share: all its records here, those that count behind the per cent
            counts[address] = int(found[1].replace(",", ""))
            counts[address.replace("%2Cd%2C", "%2Cn%2C")] = int(found[2].replace(",", ""))
    assert len(counts) > 30
    wrong = {address: (n, got) for address, n in counts.items() if (got := listed(client, address)) != n}
    assert not wrong


def test_every_number_of_the_hot_issues_leads_to_its_records(town):
    busy(town)
    client = signed_in(town.district)
    html = client.get(url(town.d, "issues"), {"period": "days", "since": timezone.localdate() - 90 * DAY}).content.decode()
    counts = {address: int(text.replace(",", "")) for text, address in Links(html).found if "/matters/?" in address}
    assert counts
    assert {a: listed(client, a) for a in counts} == counts


def asked(client, address: str) -> tuple[list[str], str]:
    """Questions to the tables of figures, and the page."""
    with CaptureQueriesContext(connection) as queries:
        html = client.get(address).content.decode()
    return [q["sql"] for q in queries if "measures_value" in q["sql"] or "measures_month" in q["sql"]], html


def test_the_job_that_counts_keeps_a_districts_figures_ready_until_the_next_count(town):
    busy(town)
    client = signed_in(town.district)
    for period in ("month", "quarter", "last-year"):
        address = f"{url(town.d)}?period={period}"
        gathered, html = asked(client, address)
        assert gathered
        counting.compute(timestamp=0)
        ready, same = asked(client, address)
        assert not ready
        assert Links(same).found == Links(html).found
        report(town, place=town.g1, text="刚刚又是垃圾", category="environment.rubbish")
        assert not asked(client, address)[0]
        compute_measures()  # by hand: nothing is kept ready of it
        later, changed = asked(client, address)
        assert later
        assert period.startswith("last") or Links(changed).found != Links(html).found


def test_what_is_kept_ready_is_of_the_usual_periods_and_of_districts(town):
    busy(town)
    counting.compute(timestamp=0)
    since = timezone.localdate() - 40 * DAY
    assert asked(signed_in(town.district), f"{url(town.d)}?period=days&since={since}")[0]
    assert asked(signed_in(town.coordinator), url(town.s1))[0]


@pytest.mark.parametrize("many", [1, 3])
def test_the_pages_ask_a_constant_number_of_questions(town, many, django_assert_max_num_queries):
    for _ in range(many):
        busy(town)
    client = signed_in(town.coordinator)
    for page in (url(town.s1), f"{url(town.s1)}?period=year&colour=on_time&sort=-late", url(town.s1, "issues"), reverse("reports:home")):
        client.get(page)
        with django_assert_max_num_queries(12):
            assert client.get(page).status_code in (200, 302)


def test_a_post_opens_the_areas_it_covers_and_no_other(town):
    client = signed_in(town.coordinator)
    assert client.get(url(town.s1)).status_code == 200
    assert client.get(url(town.c2)).status_code == 200
    for place in (town.d, town.s2, town.c9, town.g1):
        assert client.get(url(place)).status_code == 404
        assert client.get(url(place, "issues")).status_code == 404
        assert client.post(url(place), {"why": "例会"}).status_code == 404
    assert signed_in(town.worker).get(url(town.c1)).status_code == 403
    assert signed_in(town.urban).get(url(town.d)).status_code == 403


def test_the_first_page_leads_to_the_area_one_stands_over(town):
    assert signed_in(town.coordinator).get(reverse("reports:home"))["Location"] == url(town.s1)
    assert signed_in(town.station).get(reverse("reports:home"))["Location"] == url(town.c1)


def test_what_was_asked_of_the_situation_is_asked_of_the_area(town):
    asked = "period=year&colour=on_time"
    client = signed_in(town.coordinator)
    assert client.get(f"{reverse('reports:home')}?{asked}")["Location"] == f"{url(town.s1)}?{asked}"
    appoint(by=None, seat=Seat.objects.get(post="street-coordinator", place=town.s2), user=town.coordinator)
    html = client.get(f"{reverse('reports:home')}?{asked}").content.decode()
    assert f'href="{url(town.s2)}?period=year&amp;colour=on_time"' in html


def test_who_stands_over_several_areas_chooses(town):
    appoint(by=None, seat=Seat.objects.get(post="street-coordinator", place=town.s2), user=town.coordinator)
    html = signed_in(town.coordinator).get(reverse("reports:home")).content.decode()
    assert f'href="{url(town.s1)}"' in html
    assert f'href="{url(town.s2)}"' in html
    assert f'href="{url(town.c1)}"' not in html


def test_the_areas_above_are_links_only_for_those_who_may_open_them(town):
    assert f'href="{url(town.d)}"' in signed_in(town.district).get(url(town.s1)).content.decode()
    assert f'href="{url(town.d)}"' not in signed_in(town.coordinator).get(url(town.c1)).content.decode()


def test_before_anything_was_counted_the_page_says_so(town):
    html = signed_in(town.district).get(url(town.d)).content.decode()
    assert "指标还没有统计" in html


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"since": "2026-13-01"}, "since"),
        ({"since": "2026-02-02", "until": "2026-02-01"}, "until"),
        ({"since": "2090-01-01", "until": "2090-02-01"}, "since"),
        ({"since": "2015-01-01"}, "since"),
        ({"period": "century"}, "period"),
        ({"period": "days", "since": "", "until": ""}, "since"),
    ],
)
def test_days_that_make_no_period_are_said_at_the_field_and_the_page_still_answers(town, query, field):
    response = signed_in(town.district).get(url(town.d), query)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert response.context["period"].name == "month"


def test_what_is_nonsense_in_the_address_falls_back(town):
    response = signed_in(town.district).get(url(town.d), {"colour": "<b>", "sort": "-nothing"})
    assert response.context["s"].colour == "raised"


def test_few_ratings_are_not_told_on_the_page_nor_in_the_sheet(town):
    busy(town)
    client = signed_in(town.coordinator)
    html = client.get(url(town.s1), {"period": "year"}).content.decode()
    assert "不足5件" in html
    assert "satisfied%2C" not in html
    sheet = taken_out(client, f"{url(town.s1)}?period=year")
    assert [row[3:6] for row in sheet if row[1] == "满意率" and row[0] == "青山路街道"] == [["", "", ""]]


def taken_out(client, address):
    response = client.post(address, {"why": "街道例会"})
    assert response.status_code == 200
    sheet = zipfile.ZipFile(BytesIO(b"".join(response.streaming_content))).read("xl/worksheets/sheet1.xml").decode()
    rows = []
    for row in re.findall(r"<row.*?</row>", sheet, re.DOTALL):
        cells = {ref: re.sub(r"<.*?>", "", inside) for ref, inside in re.findall(r'<c r="([A-Z]+)\d+"[^>]*?>(.*?)</c>', row, re.DOTALL)}
        rows.append([cells.get(letter, "") for letter in "ABCDEFGH"])
    return rows


def test_the_figures_can_be_taken_out_with_a_reason_on_record(town):
    busy(town)
    client = signed_in(town.coordinator)
    sheet = taken_out(client, f"{url(town.s1)}?period=year")
    assert sheet[2][:3] == ["地点", "指标", "其中"]
    assert {row[0] for row in sheet[3:]} == {"青山路街道", "都兰社区", "昆仑社区"}
    assert ActLog.objects.get(act="reports.area.exported").path == str(town.s1.path)
    assert taken_out(client, url(town.s1, "issues") + "?period=year")[2][1] == "类别"
    assert client.post(url(town.s1), {"why": ""}).status_code == 302  # back, with what is missing said
    assert ActLog.objects.filter(act="reports.area.exported").count() == 1


def test_an_auditor_reads_the_figures_and_takes_nothing_out(town):
    client = signed_in(town.auditor)
    assert client.get(url(town.d)).status_code == 200
    assert client.post(url(town.d), {"why": "审计"}).status_code == 404


def test_the_menu_has_the_page_for_those_who_may_open_it(town):
    assert reverse("reports:home") in signed_in(town.station).get("/desk/").content.decode()
    assert reverse("reports:home") not in signed_in(town.worker).get("/desk/").content.decode()


def test_a_share_that_misses_the_charters_goal_is_marked(town):
    busy(town)
    response = signed_in(town.district).get(url(town.d), {"period": "year"})
    shown = {f.key: f for f in response.context["s"].headline}
    assert shown["responded"].goal == "≥ 95 %"
    assert shown["responded"].tone == "warn"  # a fifth is never looked at
    assert shown["rework"].goal == "≤ 10 %"
    assert shown["rework"].tone == "plain"
    assert shown["solved"].goal == ""


def test_who_may_read_figures_but_no_matters_gets_no_links_to_them(town, monkeypatch):
    busy(town)
    monkeypatch.setattr("linli.reports.pages.can", lambda user, ability, thing: ability != "matter.see")
    for page in ("area", "issues"):
        html = signed_in(town.district).get(url(town.d, page), {"period": "year"}).content.decode()
        assert "behind=" not in html
        assert "state=open" not in html


def test_figures_that_hardly_differ_share_a_tone_and_those_far_apart_have_tones_of_their_own():
    def tones(*values):
        rows, legend = _toned([Row(str(v), sort=v) for v in values])
        return [r.tone for r in rows], len(legend)

    assert tones(98.1, 98.2, 98.4, None) == ([0, 0, 0, None], 1)
    assert tones(10, 20, 30, 40, 50) == ([0, 1, 2, 3, 4], 5)
    assert tones(0, 0) == ([0, 0], 1)
    assert tones() == ([], 0)


def test_the_rows_of_an_area_add_up_when_a_grid_has_ended_and_lead_to_its_matters(town):
    busy(town)
    client = signed_in(town.district)
    page = client.get(url(town.c1), {"period": "year"}).context["s"]
    whole = next(f.raw for f in page.counts if f.key == "raised")
    assert sum(row.cells[0].raw for row in page.places) == whole
    Place.objects.filter(pk=town.g2.pk).update(valid_to=timezone.localdate())
    compute_measures()
    page = client.get(url(town.c1), {"period": "year"})
    found = page.context["s"]
    assert sum(row.cells[0].raw for row in found.places) == whole
    gone = [row for row in found.places if row.gone]
    assert [(row.name, row.tone) for row in gone] == [("第2网格", None)]
    assert "已撤销" in page.content.decode()
    counted = gone[0].cells[0]
    assert listed(client, counted.url) == counted.raw > 0
    assert listed(client, gone[0].url) >= counted.raw
    quiet = Place.objects.create(
        code="150204006019-98", name="第九网格", level="grid", parent=town.c1, path=f"{town.c1.path}.N98", valid_from=town.g1.valid_from,
        valid_to=timezone.localdate(),
    )  # fmt: skip
    assert quiet.name not in client.get(url(town.c1), {"period": "year"}).content.decode()  # nothing happened there


@pytest.mark.parametrize(("key", "word"), [("s1", "社区不明"), ("c1", "网格不详")])
def test_what_lies_in_an_area_and_in_none_below_has_a_row_of_its_own_so_that_the_rows_add_up(town, key, word):
    busy(town)
    place, now = town.places[key], timezone.now()
    client = signed_in(town.district)
    address = f"{url(place)}?period=year&sort=-raised"
    assert word not in client.get(address).content.decode()
    for n in range(3):
        matter = report(town, now=now - timedelta(hours=9 - n), place=place, text=f"不知道在哪的第{n}处垃圾").matter
    actions.withdraw_matter(matter=matter, now=now)
    run_clock(now=now)
    compute_measures()
    page = client.get(address)
    found = page.context["s"]
    whole = {f.key: f.raw for f in (*found.counts, *found.now)}
    for at, column in enumerate(COLUMNS):
        if column in whole:
            assert sum(row.cells[at].raw for row in found.places) == whole[column], column
    rest = found.places[-1]
    assert (rest.name, rest.tone, rest.id) == (word, None, 0)
    shown = dict(zip(COLUMNS, rest.cells, strict=True))
    assert (shown["raised"].raw, shown["open"].raw) == (3, 2)
    for cell in rest.cells:
        assert not cell.url or cell.of or listed(client, cell.url) == cell.raw
    assert listed(client, rest.url) == 3
    assert word in page.content.decode()
    sheet = taken_out(signed_in(town.coordinator), address)
    assert [row[3] for row in sheet if row[:2] == [word, "诉求数"]] == ["3"]


def test_no_small_number_of_a_kind_of_dispute_follows_from_the_others():
    def kind(concluded):
        return Kind(str(concluded), concluded < 5, concluded, 0, "", "")

    def told(*concluded):
        return {k.concluded for k in underivable([kind(n) for n in concluded]) if not k.few}

    assert told(60, 40, 8) == {60, 40, 8}
    assert told(60, 40, 8, 4) == {60, 40}  # 4 would be the total less the rest
    assert told(60, 40, 8, 2, 2) == {60, 40}  # and so would that there are 4 of two kinds
    assert told(60, 40, 8, 3, 2) == {60, 40, 8}
    assert told(6, 3) == set()
