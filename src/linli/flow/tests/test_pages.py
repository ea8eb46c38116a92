"""The inbox and its neighbours: mine, in the right order, in a constant number of queries."""

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.access.models import User
from linli.bodies.work import OpenWork, open_work
from linli.flow import actions as act
from linli.flow.queries import history, next_acts, steps_line
from linli.flow.tests.factories import at_handling, district

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def open_page(client, user, path):
    client.force_login(user)
    return client.get(path)


def suspended(town, now, place="G1"):
    flow = at_handling(town, now=now, place=place)
    worker, head = town.person("worker", place), town.person("head", "C1")
    act.ask_suspension(by=worker, flow=flow, seq=None, until=now + timedelta(days=30), reason="入冬不能铺沥青", now=now)
    return act.decide_request(by=head, flow=flow, seq=None, grant=True, now=now)


def test_the_inbox_shows_my_work_overdue_first_and_nobody_elses(client, town, now):
    fresh = at_handling(town, now=now)
    late = at_handling(town, now=now - timedelta(days=8), kind="public.bench")
    other = at_handling(town, now=now, place="G2")
    page = open_page(client, town.person("worker", "G1"), "/tasks/").content.decode()
    assert page.index(late.subject_ref) < page.index(fresh.subject_ref)
    assert other.subject_ref not in page
    only_late = open_page(client, town.person("worker", "G1"), "/tasks/?state=late").content.decode()
    assert late.subject_ref in only_late
    assert fresh.subject_ref not in only_late


def test_a_vacant_seats_work_is_in_the_inbox_of_whoever_acts_for_it(client, db, now):
    town = district(vacant=("worker G1",))
    flow = at_handling(town, now=now)
    assert flow.subject_ref in open_page(client, town.person("head", "C1"), "/tasks/").content.decode()


def test_requests_and_late_work_below_wait_for_my_word(client, town, now):
    from linli.charter.schema import Duration

    flow = at_handling(town, now=now)
    act.ask_extension(by=town.person("worker", "G1"), flow=flow, seq=None, duration=Duration(days=2), reason="等配件", now=now)
    page = open_page(client, town.person("head", "C1"), "/tasks/waits/").content.decode()
    assert flow.subject_ref in page
    assert flow.subject_ref not in client.get("/tasks/").content.decode()


def test_what_i_sent_on_stays_in_my_sight_until_it_ends(client, town, now):
    flow = at_handling(town, now=now)
    desk = town.person("desk", "S1")
    assert flow.subject_ref in open_page(client, desk, "/tasks/sent/").content.decode()
    act.withdraw_as_reporter(flow=flow, seq=None, now=now)
    assert flow.subject_ref not in open_page(client, desk, "/tasks/sent/").content.decode()


def test_the_ledger_says_why_and_until_when(client, town, now):
    flow = suspended(town, now)
    page = open_page(client, town.person("head", "C1"), "/tasks/ledger/").content.decode()
    assert flow.subject_ref in page
    assert "入冬不能铺沥青" in page
    assert flow.subject_ref not in open_page(client, town.person("head", "C2"), "/tasks/ledger/").content.decode()


@pytest.mark.parametrize("path", ["/tasks/", "/tasks/waits/", "/tasks/sent/", "/tasks/ledger/"])
def test_lists_take_a_constant_number_of_queries(client, town, now, path, django_assert_max_num_queries):
    for place in ("G1", "G1", "G2"):
        at_handling(town, now=now, place=place)
        suspended(town, now, place)
    client.force_login(town.person("desk", "S1"))
    client.get(path)
    with django_assert_max_num_queries(12):
        assert client.get(path).status_code == 200


def test_a_number_leads_to_its_page_and_others_to_404(client, town, now):
    flow = at_handling(town, now=now)
    answer = open_page(client, town.person("worker", "G1"), f"/tasks/{flow.subject_ref}/")
    assert answer.status_code == 302
    assert flow.subject_ref in answer["location"]
    assert open_page(client, town.person("worker", "G3"), f"/tasks/{flow.subject_ref}/").status_code == 404


def test_published_heads_are_for_auditors(client, town, now):
    from linli.flow.heads import publish_daily_head

    at_handling(town, now=now)
    head = publish_daily_head()
    assert bytes(head.hash).hex() in open_page(client, town.person("coordinator", "D"), "/tasks/heads/").content.decode()
    assert open_page(client, town.person("worker", "G1"), "/tasks/heads/").status_code == 403


def test_without_a_post_there_is_no_inbox(client, town):
    assert open_page(client, User.objects.create(username="x"), "/tasks/").status_code == 403
    client.logout()
    assert client.get("/tasks/").status_code == 302


def test_the_line_of_steps_shows_done_present_and_ahead(town, now):
    flow = at_handling(town, now=now)
    flow.refresh_from_db()
    line = steps_line(flow)
    assert [(s["name"], s["state"]) for s in line] == [
        ("受理", "done"), ("办理", "now"), ("核查", "next"), ("答复", "next"), ("评价", "next")
    ]  # fmt: skip
    assert line[1]["who"] == "网格员 · 甲社区 甲一网格"
    assert line[1]["due"] == flow.due_at


def test_only_what_may_be_done_is_offered(town, now):
    flow = at_handling(town, now=now)
    worker = next_acts(flow, town.person("worker", "G1"))
    assert [o.outcome for o in worker.offers] == ["done", "return"]
    assert set(worker.acts) == {"ask_extension", "ask_suspension", "escalate_flow", "note_flow"}
    head = next_acts(flow, town.person("head", "C1"))
    assert not head.offers
    assert {"urge_flow", "reassign_flow", "escalate_flow"} <= set(head.acts)
    assert next_acts(flow, town.person("head", "C2")).acts == ()


def test_history_speaks_in_sentences_of_both_languages(town, now):
    from django.utils import translation

    flow = suspended(town, now)
    told = history(flow)
    assert told[-2]["texts"][0]["text"] == "入冬不能铺沥青"
    with translation.override("en"):
        assert history(flow)[0]["what"].startswith("Begun with “Accept”")
        assert all(line["what"] for line in history(flow))


def test_every_refusal_and_event_has_its_words(town, now):
    """A code without words would be an error page at the moment it is needed."""
    import re
    from pathlib import Path

    from linli.flow import words

    here = Path(words.__file__).parent
    source = "".join((here / f"{n}.py").read_text() for n in ("procedure", "actions", "engine", "clockwork"))
    codes = (
        set(re.findall(r'Refused\(\s*"(\w+)"', source))
        | set(re.findall(r'else "(\w+)", outcome', source))
        | {"begun", "already_in", "nobody_named"}
    )
    assert codes <= set(words.REFUSALS)
    assert set(words.REFUSALS) <= codes | {"outcome", "returns_used", "not_begun"}
    kinds = set(re.findall(r'event\("(\w+)"', source)) | {"taken", "extension_refused", "suspension_refused"}
    assert kinds <= set(words._SENTENCES)


def test_a_seats_open_and_overdue_work_is_counted_for_the_pages_of_posts(town, now, django_assert_num_queries):
    at_handling(town, now=now)
    flow = at_handling(town, now=now)
    type(flow).objects.filter(pk=flow.pk).update(overdue=True)
    busy, idle = town.seat("worker", "G1").pk, town.seat("worker", "G3").pk
    with django_assert_num_queries(1):
        assert open_work([busy, idle]) == {busy: OpenWork(open=2, overdue=1)}


def test_one_working_day_is_one_in_english():
    from django.utils import translation

    from linli.flow import words

    with translation.override("en"):
        assert [words.duration(d) for d in ("P1D", "P2D", "PT1H", "PT4H")] == [
            "1 working day",
            "2 working days",
            "1 working hour",
            "4 working hours",
        ]
    with translation.override("zh-hans"):
        assert [words.duration(d) for d in ("P1D", "PT4H")] == ["1 个工作日", "4 个工作小时"]
