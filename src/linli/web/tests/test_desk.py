"""The desk's first page: my work today, late first, every number from the records."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.flow.models import Flow, Todo
from linli.measures.actions import compute_measures
from linli.places.models import Place
from linli.reports import shown
from linli.web import today
from linli.web.tests.factories import matter, person, seat, sit

DESK = "/desk/"


@pytest.fixture
def mine(people):
    return today.of(people["worker"])


def test_what_is_overdue_comes_first(mine):
    assert [i.ref for i in mine.due] == ["QS-2026-000101", "QS-2026-000102", "QS-2026-000103"]
    assert (mine.due_count, mine.late_count) == (3, 1)


def test_work_that_fell_to_me_says_for_whom_it_is(mine):
    assert "都兰社区第2网格" in mine.due[2].for_seat
    assert not mine.due[0].for_seat


def test_decisions_wait_apart_from_work(mine):
    assert [i.ref for i in mine.waits] == ["QS-2026-000104"]


def test_what_i_sent_on_is_shown_while_it_is_open_elsewhere(mine):
    assert [i.ref for i in mine.sent] == ["QS-2026-000105"]
    assert "站长" in mine.sent[0].for_seat


def test_what_came_back_to_me_is_not_sent_on(people):
    Todo.objects.create(flow=matter_of("QS-2026-000105"), seat=seat("grid-worker", "都兰社区第1网格"), role="lead", since=timezone.now())
    assert not today.of(people["worker"]).sent


def matter_of(number):
    return Flow.objects.get(subject_ref=number)


def figures(user):
    [area] = today.of(person_again(user)).areas
    return {f.key: f.raw for f in area.figures}


def test_the_figures_count_the_area(people):
    compute_measures()
    assert figures(people["worker"]) == {"open": 4, "overdue": 1, "raised": 7, "on_time": None}
    assert figures(people["head"])["open"] == 5


@pytest.mark.parametrize("who", ["worker", "head"])
def test_every_figure_is_the_length_of_the_list_it_links_to(people, client, who):
    compute_measures()
    client.force_login(people[who])
    [area] = today.of(people[who]).areas
    for f in area.figures:
        for url, said in ((f.url, f.raw), (f.all_url, None)):
            if url:
                found = client.get(url).context["listing"]
                assert not found.notices
                count = found.count.number
                if f.unit == "%":
                    assert shown.number(count) in f.of
                else:
                    assert count == said, f.key


def test_many_posts_in_one_area_make_it_one_area_and_further_areas_stand_beside_it(people):
    sit(people["worker"], "grid-worker", "都兰社区第2网格")
    assert len(today.of(person_again(people["worker"])).areas) == 2
    sit(people["worker"], "station-head", "都兰社区")
    assert [a.name for a in today.of(person_again(people["worker"])).areas] == ["都兰社区"]


def person_again(user):
    return type(user).objects.get(pk=user.pk)


def test_empty_seats_say_who_does_their_work(people):
    found = today.of(people["head"])
    assert found.vacant_count >= len(found.vacant) > 0
    assert any(v.done_by is None for v in found.vacant)


def test_somebody_without_a_post_sees_nothing(people):
    found = today.of(person("nobody"))
    assert not found.due
    assert found.areas == []
    assert found.vacant_count == 0


def test_the_page_shows_it(worker):
    html = worker.get(DESK).content.decode()
    for number in ("QS-2026-000101", "QS-2026-000104", "QS-2026-000105"):
        assert number in html
    assert html.index("QS-2026-000101") < html.index("QS-2026-000102")
    assert "due-late" in html
    assert "都兰社区第1网格" in html


def test_a_stranger_is_sent_to_the_door(people, client):
    response = client.get(DESK)
    assert response.status_code == 302
    assert "/login/" in response["Location"]


def test_an_account_without_a_post_is_told_the_page_is_not_open(people, client):
    client.force_login(person("leaver"))
    assert client.get(DESK).status_code == 403


@pytest.mark.parametrize("path", ["/desk/", "/phone/grid/", "/phone/me/", "/styleguide/"])
def test_the_same_few_questions_however_much_work_there_is(worker, people, path, django_assert_max_num_queries):
    worker.get(path)
    where, mine = Place.objects.get(name="都兰社区第1网格"), seat("grid-worker", "都兰社区第1网格")
    for n in range(15):
        matter(f"QS-2026-0009{n:02}", "more", where, mine, due=timezone.now() + timedelta(days=n))
    with django_assert_max_num_queries(12):
        assert worker.get(path).status_code == 200


def test_the_phone_opens_on_what_is_due(worker):
    assert worker.get("/phone/")["Location"] == "/phone/today/"


def test_a_post_that_reports_nothing_opens_the_phone_on_itself(people, client):
    watcher = person("watcher")
    sit(watcher, "auditor", "青山区")
    client.force_login(watcher)
    assert client.get("/phone/")["Location"] == "/phone/me/"


def test_my_grids_say_who_works_there_and_what_is_empty(worker, people):
    html = worker.get("/phone/grid/").content.decode()
    assert "李娜" in html
    assert "401" in html
    assert "badge-warn" in html
    assert "富强路社区" not in html


def test_somebody_over_no_grid_is_told_so(people):
    assert today.grids_of(person("other")) == []


def test_the_menu_holds_only_what_the_post_may_do(people, client):
    client.force_login(people["worker"])
    of_worker = set(client.get(DESK).context["menu"])
    assert "posts" not in {e.slug for e in of_worker}
    assert "today" in {e.slug for e in of_worker}
