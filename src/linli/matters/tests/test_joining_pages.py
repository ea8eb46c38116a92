"""Merging, splitting, linking and handing on, as it is done and seen: the desk, the person's page, everybody's pages, the interface."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from linli.matters import actions
from linli.matters.models import Link, Matter
from linli.matters.tests.factories import go, photo, report
from linli.matters.tests.visiting import signed_in
from linli.places.models import Place

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
NOW = timezone.now() - timedelta(hours=1)


def raised(town, **told):
    return report(town, now=NOW, **told)


def fresh(matter):
    return Matter.objects.select_related("flow", "place").get(pk=matter.pk)


def act_url(matter, name):
    return reverse("matters:act", args=[matter.number, name])


def merge(town, one, main):
    return actions.merge_matter(by=town.desk, matter=one, main=main, seq=None, reason="同一处垃圾")


def test_another_matter_is_found_compared_and_merged(town):
    one, main = raised(town, text="北门垃圾成堆发臭").matter, raised(town, text="5号楼北门垃圾堆了三天").matter
    desk = signed_in(town.desk)
    page = desk.get(act_url(one, "merge"))
    assert page.status_code == 200
    assert main.number in page.content.decode()  # it looks alike
    found = desk.get(act_url(one, "merge"), {"q": "三天"})
    assert [m.number for m in found.context["choose"]["found"]] == [main.number]
    page = desk.get(act_url(one, "merge"), {"other": main.number})
    assert "5号楼北门垃圾堆了三天" in page.content.decode()
    assert page.context["form"].initial["other_seq"] == main.flow.seq
    data = {"other": main.number, "other_seq": main.flow.seq, "seq": one.flow.seq, "into": "other"}
    assert desk.post(act_url(one, "merge"), data).status_code == 422  # no reason
    assert desk.post(act_url(one, "merge"), data | {"reason": "同一处"}).status_code == 302
    assert fresh(one).main_id == main.pk
    detail = desk.get(reverse("matters:detail", args=[one.number])).content.decode()
    assert f"/matters/{main.number}/" in detail
    whole = desk.get(reverse("matters:detail", args=[main.number])).content.decode()
    assert "北门垃圾成堆发臭" in whole
    assert desk.post(act_url(one, "separate"), {"seq": fresh(one).flow.seq, "reason": "不是同一处"}).status_code == 302
    assert fresh(one).main_id is None
    turn = desk.get(reverse("matters:detail", args=[one.number])).content.decode().partition('aria-labelledby="next-title"')[2]
    assert main.number in turn[: turn.index("<form")]  # whoever takes it up again reads from which it was separated


def test_whoever_merges_second_gets_the_conflict_page_with_their_words(town):
    one, main, other = (raised(town).matter for _ in range(3))
    seq = one.flow.seq
    merge(town, one, main)
    data = {"other": other.number, "seq": seq, "into": "other", "reason": "我看是另一处的事"}
    late = signed_in(town.station).post(act_url(one, "merge"), data)
    assert late.status_code == 409
    assert "我看是另一处的事" in late.content.decode()
    assert fresh(one).main_id == main.pk


def test_a_number_one_may_not_see_is_answered_as_no_number(town):
    one, far = raised(town).matter, raised(town, place=town.g9).matter
    desk = signed_in(town.desk)
    said = []
    for number in (far.number, "QS-2026-999999"):
        for act in ("merge", "link"):
            page = desk.post(act_url(one, act), {"other": number, "seq": one.flow.seq, "into": "other", "kind": "cause", "reason": "同"})
            assert page.status_code == 422
            said.append(str(page.context["form"].errors["other"]))
            shown = desk.get(act_url(one, act), {"other": number})
            assert far.title not in shown.content.decode().replace(one.title, "")
    assert len(set(said)) == 1


def test_pages_answer_those_outside_as_always(town):
    one = raised(town).matter
    for name in ("merge", "split", "link", "transfer", "outside"):
        for outsider in (town.stranger, town.other_worker, town.urban):
            assert signed_in(outsider).get(act_url(one, name)).status_code == 404
        for nobody in (town.worker, town.counter, town.auditor):
            assert signed_in(nobody).get(act_url(one, name)).status_code == 403
        assert signed_in(town.desk).get(act_url(one, name)).status_code == 200


def test_several_are_merged_into_one_from_the_list(town):
    main, one, two, urgent = (
        raised(town).matter,
        raised(town).matter,
        raised(town).matter,
        raised(town, category="facilities.manhole-open").matter,
    )
    desk = signed_in(town.desk)
    chosen = {"act": "merge", "selected": [m.pk for m in (main, one, two, urgent)]}
    page = desk.post("/matters/", chosen)
    assert page.status_code == 200
    assert page.context["form"].initial["main"] == main.pk
    done = desk.post("/matters/", chosen | {"confirmed": "1", "main": main.pk, "reason": "同一处"}, follow=True)
    said = [str(m) for m in done.context["messages"]]
    assert {fresh(one).main_id, fresh(two).main_id} == {main.pk}
    assert fresh(urgent).main_id is None
    assert len(said) == 2
    assert urgent.number in said[1]
    assert desk.post("/matters/", {"act": "merge", "selected": [main.pk]}, follow=True).status_code == 200


def test_the_person_follows_the_main_one_with_their_own_code_and_learns_of_nobody(town, resident):
    main, mine = raised(town, text="第一个人的话:5号楼王家门口"), raised(town, text="我的话")
    go(main.matter, town.desk, "accepted", NOW)
    merge(town, mine.matter, main.matter)
    page = resident.get(f"/f/{mine.follow_code}/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "第一个人的话" not in text
    assert "派遣" in text
    assert main.matter.number in text  # it is public
    actions.decide_public(by=town.desk, matter=main.matter, public=False, reason="个人")
    assert main.matter.number not in resident.get(f"/f/{mine.follow_code}/").content.decode()
    assert resident.post(f"/f/{mine.follow_code}/word/", {"text": "还在发臭", "request_id": str(uuid.uuid4())}).status_code == 302
    seen = signed_in(town.desk).get(reverse("matters:detail", args=[main.matter.number])).content.decode()
    assert "还在发臭" in seen
    go(main.matter, town.desk, "dispatched", NOW)
    go(main.matter, town.worker, "done", NOW, texts={"result": "已清运"})
    go(main.matter, town.checker, "passed", NOW, texts={"finding": "干净"})
    go(main.matter, town.desk, "answered", NOW, texts={"answer": "垃圾已清运。"})
    text = resident.get(f"/f/{mine.follow_code}/").content.decode()
    assert "垃圾已清运。" in text
    assert resident.post(f"/f/{mine.follow_code}/rate/", {"rating": "satisfied"}).status_code == 302
    assert fresh(mine.matter).rating == "satisfied"


def test_the_person_opens_the_parts_from_the_page_of_their_one_code(town, resident):
    whole = raised(town, photos=[photo()])
    desk = signed_in(town.desk)
    uid = whole.matter.flow.attachments.get().uid
    assert desk.get(act_url(whole.matter, "split")).status_code == 200
    data = {
        "text": "路灯也不亮", "category": "facilities.streetlamp", "place": town.g1.code, "attachments": [str(uid)], "reason": "说了两件事",
        "seq": whole.matter.flow.seq, "request_id": str(uuid.uuid4()),
    }  # fmt: skip
    assert desk.post(act_url(whole.matter, "split"), data).status_code == 302
    part = Matter.objects.get(split_from=whole.matter)
    text = resident.get(f"/f/{whole.follow_code}/").content.decode()
    assert part.number in text
    code = re.search(r'href="/f/([A-Z0-9-]+)/">' + part.number, text)[1]
    page = resident.get(f"/f/{code}/").content.decode()
    assert "路灯也不亮" in page
    assert whole.matter.number in page
    assert desk.post(act_url(part, "unsplit"), {"seq": part.flow.seq, "reason": "是一件事"}).status_code == 302
    assert resident.get(f"/m/{part.number}/").status_code == 404
    assert part.number not in resident.get(f"/f/{whole.follow_code}/").content.decode()  # what they told is one thing again


def test_everybodys_pages_and_open311_say_that_it_is_merged(town, resident):
    main, one = raised(town).matter, raised(town).matter
    merge(town, one, main)
    assert f"/m/{main.number}/" in resident.get(f"/m/{one.number}/").content.decode()
    row = resident.get(f"/open311/v2/requests/{one.number}.json").json()[0]
    assert row["status"] == "closed"
    assert main.number in row["status_notes"]
    area = resident.get(f"/area/{town.c1.code}/")
    assert (area.context["numbers"].raised, area.context["numbers"].closed, area.context["numbers"].open) == (2, 0, 1)
    actions.decide_public(by=town.desk, matter=main, public=False, reason="个人")
    assert main.number not in resident.get(f"/m/{one.number}/").content.decode()
    assert main.number not in resident.get(f"/open311/v2/requests/{one.number}.json").json()[0]["status_notes"]


def test_links_are_made_shown_and_taken_off(town):
    one, other = raised(town).matter, raised(town, place=town.g2).matter
    desk = signed_in(town.desk)
    data = {"other": other.number, "kind": "follow", "reason": "同一施工后又出现"}
    assert desk.post(act_url(one, "link"), data).status_code == 302
    assert other.number in desk.get(reverse("matters:detail", args=[one.number])).content.decode()
    assert one.number in desk.get(reverse("matters:detail", args=[other.number])).content.decode()
    assert desk.post(act_url(one, "link"), data).status_code == 422
    page = desk.get(act_url(other, "unlink"))
    assert page.context["form"].initial["other"] == one.number
    assert desk.post(act_url(other, "unlink"), {"other": one.number, "reason": "错"}).status_code == 302
    assert not Link.objects.exists()


def test_handing_on_and_sending_back_on_the_pages(town, resident):
    matter = raised(town)
    desk, there = signed_in(town.desk), signed_in(town.stranger)
    m = matter.matter
    assert desk.post(act_url(m, "transfer"), {"place": town.c9.code, "seq": m.flow.seq, "reason": "在那边"}).status_code == 302
    assert there.get(reverse("matters:detail", args=[m.number])).status_code == 200
    assert str(there.get(act_url(m, "sendback")).context["act"].label) == "退回移送来的地方"
    assert str(desk.get(act_url(m, "sendback")).context["act"].label) == "收回移送"
    assert there.post(act_url(m, "sendback"), {"seq": fresh(m).flow.seq, "reason": "不在我街道"}).status_code == 302
    assert fresh(m).place == Place.objects.get(pk=town.g1.pk)
    data = {"authority": "包头市水务局", "told": "phone", "reason": "市管河道", "seq": fresh(m).flow.seq}
    assert desk.post(act_url(m, "outside"), data).status_code == 302
    assert "包头市水务局" in resident.get(f"/f/{matter.follow_code}/").content.decode()
    assert desk.post(act_url(m, "cameback"), {"seq": fresh(m).flow.seq, "reason": "市里退回"}).status_code == 302
    assert fresh(m).flow.step == "accept"


def test_the_history_names_another_matter_only_to_those_who_see_it(town):
    main, one = raised(town, place=town.g3).matter, raised(town).matter
    merge(town, one, main)
    page = reverse("matters:detail", args=[one.number])
    assert main.number in signed_in(town.desk).get(page).content.decode()
    assert main.number not in signed_in(town.station).get(page).content.decode()


@pytest.mark.parametrize("merged", [0, 1, 6])
def test_queries_stay_the_same_however_many_belong_together(town, merged, django_assert_max_num_queries):
    main = raised(town).matter
    for _ in range(merged):
        one = raised(town, photos=[photo()]).matter
        merge(town, one, main)
        other = raised(town, place=town.g2).matter
        actions.link_matters(by=town.desk, matter=main, other=other, kind="cause", reason="同")
    desk = signed_in(town.desk)
    with django_assert_max_num_queries(12):
        desk.get(reverse("matters:detail", args=[main.number]))
    with django_assert_max_num_queries(12):
        desk.get(act_url(main, "merge"))
    third = raised(town, place=town.g2).matter
    with django_assert_max_num_queries(12):
        assert "rows" in desk.get(act_url(main, "link"), {"other": third.number}).context["choose"]


def returned(town):
    """A matter that its grid worker sent back to the desk."""
    matter = raised(town).matter
    for who, outcome, texts in (
        (town.desk, "accepted", {}),
        (town.desk, "dispatched", {}),
        (town.worker, "return", {"reason": "不归本网格"}),
    ):
        matter = go(matter, who, outcome, NOW, texts=texts)
    return matter


def test_what_was_sent_back_goes_to_nobody_until_somebody_chooses(town):
    matter, desk = returned(town), signed_in(town.desk)
    detail = reverse("matters:detail", args=[matter.number])
    form = desk.get(detail).context["step_forms"][0]["form"]
    assert "level" not in form.initial
    assert form.fields["level"].choices[-1][0] == "grid"  # whoever sent it back comes last, and says so
    url, seq = reverse("matters:step", args=[matter.number]), fresh(matter).flow.seq
    nothing = desk.post(url, {"outcome": "dispatched", "seq": seq})
    assert nothing.status_code == 422
    assert nothing.context["bound"].errors["level"]
    both = {"dispatched-level": "community", "dispatched-department": form.fields["department"].choices[1][0]}
    assert desk.post(url, {"outcome": "dispatched", "seq": seq, **both}).status_code == 422
    assert desk.post(url, {"outcome": "dispatched", "seq": seq, "dispatched-level": "community"}).status_code == 302
    assert fresh(matter).flow.owner.post == "station-head"
    other = returned(town)
    done = desk.post("/matters/", {"act": "step", "selected": [other.pk], "confirmed": "1", "outcome": "dispatched"}, follow=True)
    assert other.number in str(list(done.context["messages"])[-1])
    assert fresh(other).flow.step == "dispatch"


def test_a_dispatch_names_a_department_that_the_category_does_not(town):
    matter = go(raised(town).matter, town.desk, "accepted", NOW)
    desk = signed_in(town.desk)
    form = desk.get(reverse("matters:detail", args=[matter.number])).context["step_forms"][0]["form"]
    assert form.initial["level"] == ""
    water = next(key for key, label in form.fields["department"].choices if "水务" in label)
    sent = {"outcome": "dispatched", "seq": matter.flow.seq, "dispatched-department": water}
    assert desk.post(reverse("matters:step", args=[matter.number]), sent).status_code == 302
    assert fresh(matter).flow.owner.post == "water-officer"
