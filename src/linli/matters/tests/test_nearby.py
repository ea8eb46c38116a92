"""Has it been told already? What residents and staff see of similar matters, and following one instead of raising it again."""

import re
import uuid
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from linli.flow.models import Flow
from linli.frame.refusal import Refusal
from linli.matters.actions import add_voice, follow_matter, withdraw_matter
from linli.matters.models import Follower, FoundBy, Matter, Reporter
from linli.matters.nearby import CLOSED, similar_matters
from linli.matters.queries import follower_by_code, followers_of
from linli.matters.tests.factories import LAT, LON, SIDE, START, report
from linli.matters.tests.visiting import signed_in
from linli.matters.whereabouts import Whereabouts
from linli.places.ltree import label
from linli.places.models import Place

NOW = START + timedelta(hours=3)
TEXT = "楼下垃圾堆成山没人清理"


def here(town, key="g1", lon=None, lat=None):
    return Whereabouts(town.places[key], FoundBy.CHOSEN, lon, lat)


def found(town, **told):
    told = {"text": TEXT, "where": here(town), "now": NOW} | told
    return [s.matter.number for s in similar_matters(**told)]


def ended(matter, at):
    Flow.objects.filter(pk=matter.flow_id).update(end="done", step="", wake_at=None, ended_at=at)


def test_a_public_matter_of_the_kind_in_the_grid_is_shown(town, django_assert_max_num_queries):
    one = report(town).matter
    similar_matters(text=TEXT, where=here(town), now=NOW)  # the model is learnt once
    with django_assert_max_num_queries(4):
        assert found(town) == [one.number]
    assert found(town, but=one.pk) == []
    assert found(town, where=None) == []


def test_other_kinds_other_grids_and_old_ones_are_not(town):
    report(town, place=town.g3)
    lamp = report(town, text="路灯不亮了", category="facilities.streetlamp").matter
    old = report(town, now=START - timedelta(days=400)).matter
    done = report(town).matter
    ended(done, NOW - CLOSED - timedelta(days=1))
    assert found(town) == []
    ended(done, NOW - timedelta(days=2))
    assert found(town) == [done.number]
    assert lamp.number not in found(town, category="environment.rubbish")
    assert old.number not in found(town)


def test_personal_matters_are_never_shown_to_residents_nor_looked_for(town):
    report(town, text="楼上漏水把我家吊顶泡了", category="neighbours.leak")
    hidden = report(town).matter
    Matter.objects.filter(pk=hidden.pk).update(is_public=False)
    assert found(town) == []
    assert found(town, text="楼上漏水", category="neighbours.leak") == []


def test_what_the_other_wrote_and_where_exactly_plays_no_part_for_residents(town):
    """Neither words nor positions can be probed for: the answer is the same whatever they are, within the grid."""
    lon, lat = town.point("g1")
    one = report(town, text="5号楼后头一堆垃圾", place=town.g1).matter
    Matter.objects.filter(pk=one.pk).update(lon=LON + SIDE * 0.9, lat=LAT + SIDE * 0.9)
    for text in ("5号楼后头一堆垃圾", "垃圾", "完全不同的话 qqqq"):
        for x in (0.05, 0.5, 0.9):
            where = here(town, "g1", LON + SIDE * x, LAT + SIDE * x)
            assert found(town, text=text, where=where, category="environment.rubbish") == [one.number]
    [similar] = similar_matters(text=TEXT, where=here(town, "g1", lon, lat), now=NOW)
    assert (similar.metres, similar.likeness) == (None, None)


def test_the_grid_next_door_counts_where_its_border_is_close(town):
    one = report(town, place=town.g2).matter  # 100 m for rubbish
    assert found(town, where=here(town, "g1", LON + SIDE * 0.95, LAT + SIDE / 2)) == [one.number]
    assert found(town, where=here(town, "g1", LON + SIDE * 0.2, LAT + SIDE / 2)) == []


def test_where_no_grid_is_known_the_whole_community_is_looked_through(town):
    one = report(town, place=town.g2).matter
    two = report(town, place=town.c1).matter
    assert found(town, where=here(town, "c1")) == [two.number, one.number]
    assert found(town, where=here(town, "g1")) == [two.number]  # its grid is not known: it may be this one


def test_staff_see_theirs_by_words_and_metres_and_outsiders_nothing(town):
    one = report(town, text="围墙根的垃圾堆了三天,发臭", place=town.g1).matter
    Matter.objects.filter(pk=one.pk).update(lon=LON + SIDE / 2, lat=LAT + SIDE / 2, is_public=False)
    near = here(town, "g1", LON + SIDE / 2 + 0.0003, LAT + SIDE / 2)
    [similar] = similar_matters(text="垃圾堆在围墙根没人清", where=near, user=town.desk, now=NOW)
    assert similar.matter == one
    assert 20 < similar.metres < 40
    assert similar.likeness > 0.1
    far = here(town, "g1", LON + SIDE * 0.02, LAT + SIDE / 2)
    assert found(town, where=far, user=town.desk) == []
    assert found(town, where=near, user=town.stranger) == []
    assert found(town, where=near, user=town.auditor) == [one.number]
    withdraw_matter(matter=one, reason="已经清了", now=NOW)  # nobody is at work on it
    assert found(town, where=near, user=town.desk) == []


# --- on the pages ------------------------------------------------------------------------------------------------------------------------


def test_residents_typing_see_kind_community_step_and_day_and_nothing_else(town, resident):
    one = report(town, text="围墙根垃圾堆了三天,找老周也没用").matter
    data = {"text": TEXT, "place": town.c1.code}
    part = resident.post(reverse("matters:propose"), data).content.decode()
    assert reverse("matters:watch", args=[one.number]) in part
    for hidden in ("老周", "围墙根", "第1网格", one.title, "detail"):
        assert hidden not in part
    assert resident.get(reverse("matters:propose")).content.strip() == b""


def test_the_place_is_proposed_from_the_words(town, resident):
    part = resident.post(reverse("matters:propose"), {"text": "都兰社区的路灯不亮了"}).content.decode()
    assert f'data-place="{town.c1.code}"' in part
    assert "都兰" in part


def test_a_position_says_in_which_community_a_building_is_looked_for(town, resident, client):
    for n, (key, community) in enumerate([("g2", "c1"), ("g3", "c2"), ("g9", "c9")]):
        home, code = town.places[key], f"{town.places[community].code}-B{n:04d}"
        Place.objects.create(
            code=code, name="3号楼", level="building", parent=home, path=f"{home.path}.{label(code)}", valid_from=date(2013, 1, 1)
        )
    one = report(town, place=town.g2).matter
    lon, lat = town.point("g1")
    said = {"text": "3号楼后面垃圾堆了好几天没人清", "lon": lon, "lat": lat, "datum": "wgs84"}
    part = resident.post(reverse("matters:propose"), said).content.decode()
    assert re.findall(r'data-place="(.*?)" data-address="(.*?)"', part) == [(town.c1.code, "都兰社区3号楼")]
    assert reverse("matters:watch", args=[one.number]) in part
    client.force_login(town.desk)
    part = client.post(reverse("matters:desk_propose"), said).content.decode()
    assert re.findall(r'data-place="(.*?)" data-address="(.*?)"', part) == [(town.g2.code, "都兰社区3号楼")]
    assert reverse("matters:detail", args=[one.number]) in part
    part = resident.post(reverse("matters:propose"), said | {"text": "昆仑社区3号楼垃圾没人清"}).content.decode()
    assert re.findall(r'data-address="(.*?)"', part) == ["昆仑社区3号楼"]  # what is written comes before where it is written


def test_an_answered_matter_is_shown_to_be_looked_at_after_those_under_way(town, resident):
    under_way, done = report(town).matter, []
    for step in ("answer", "rate", "callback"):
        matter = report(town, now=START + timedelta(hours=1)).matter
        Flow.objects.filter(pk=matter.flow_id).update(step=step)
        done.append(matter)
    assert found(town) == [under_way.number, done[2].number, done[1].number]
    Flow.objects.filter(pk=done[2].flow_id).update(step="check")  # taken up once more
    assert found(town) == [done[2].number, under_way.number, done[1].number]
    part = resident.post(reverse("matters:propose"), {"text": TEXT, "place": town.c1.code}).content.decode()
    assert reverse("matters:watch", args=[under_way.number]) in part
    assert reverse("matters:public", args=[done[1].number]) in part
    assert reverse("matters:watch", args=[done[1].number]) not in part


def test_a_grid_in_the_words_is_proposed_and_leads_to_it_when_it_is_raised(town, resident, django_assert_max_num_queries):
    with CaptureQueriesContext(connection) as plain:
        resident.post(reverse("matters:propose"), {"text": "都兰社区的路灯不亮了"})
    with django_assert_max_num_queries(len(plain)):
        part = resident.post(reverse("matters:propose"), {"text": "都兰社区二网格的路灯不亮了"}).content.decode()
    assert f'data-place="{town.c1.code}" data-address="都兰社区第2网格"' in part
    staff = Client()
    staff.force_login(town.desk)
    part = staff.post(reverse("matters:desk_propose"), {"text": "都兰社区二网格的路灯不亮了"}).content.decode()
    assert f'data-place="{town.g2.code}" data-address=""' in part
    assert report(town, address="都兰社区第2网格").matter.place == town.g2
    assert report(town, address="都兰社区第二网格", place=town.c1).matter.place == town.g2
    assert report(town, address="第二网格南门", place=town.c1).matter.place == town.g2


def test_staff_typing_get_the_matter_to_open_and_a_voice_to_add(town, client):
    one = report(town, text="围墙根垃圾堆了三天没人清").matter
    client.force_login(town.desk)
    part = client.post(reverse("matters:desk_propose"), {"text": "垃圾堆没人清", "place": town.g1.code}).content.decode()
    assert one.title in part
    assert reverse("matters:act", args=[one.number, "voice"]) in part
    client.force_login(town.stranger)
    part = client.post(reverse("matters:desk_propose"), {"text": "垃圾堆没人清", "place": town.g1.code}).content.decode()
    assert one.number not in part


def test_without_a_script_the_receipt_shows_them(town, resident):
    one = report(town).matter
    raised = report(town)
    page = resident.get(reverse("matters:raised", args=[raised.follow_code])).content.decode()
    assert reverse("matters:watch", args=[one.number]) in page
    assert reverse("matters:watch", args=[raised.matter.number]) not in page


# --- following ---------------------------------------------------------------------------------------------------------------------------


def test_a_resident_follows_with_a_code_of_their_own_and_nothing_is_kept_of_them(town, resident):
    matter = report(town).matter
    page = resident.get(reverse("matters:watch", args=[matter.number]))
    assert page.status_code == 200
    form = {"request_id": str(uuid.uuid4())}
    landed = resident.post(reverse("matters:watch", args=[matter.number]), form)
    again = resident.post(reverse("matters:watch", args=[matter.number]), form)
    assert landed.url == again.url
    assert {f.name for f in Follower._meta.get_fields()} == {"id", "matter", "request_id", "follow_digest", "since", "voice"}
    assert Follower.objects.count() == 1
    shown = resident.get(landed.url).content.decode()
    assert matter.number in shown
    assert matter.title not in shown
    assert matter.text not in shown
    code = landed.url.rstrip("/").rpartition("/")[2]
    assert follower_by_code(code).matter == matter
    found_again = resident.post(reverse("matters:follow"), {"number": matter.number, "code": code})
    assert found_again.url == landed.url
    assert resident.get(reverse("matters:follow_code", args=[code])).status_code == 404  # nothing of the reporter's side
    assert resident.post(reverse("matters:unwatch", args=[code])).status_code == 302
    assert Follower.objects.count() == 0
    assert resident.get(landed.url).status_code == 404


def test_what_is_not_public_or_over_can_not_be_followed(town, resident):
    hidden, over = report(town).matter, report(town).matter
    held = follow_matter(matter=hidden, request_id=uuid.uuid4(), now=NOW)
    Matter.objects.filter(pk=hidden.pk).update(is_public=False)
    ended(over, NOW)
    assert resident.get(reverse("matters:watch", args=[hidden.number])).status_code == 404
    assert resident.post(reverse("matters:watch", args=[over.number]), {"request_id": str(uuid.uuid4())}).status_code == 422
    with pytest.raises(Refusal):
        follow_matter(matter=hidden, request_id=uuid.uuid4(), now=NOW)
    page = resident.get(reverse("matters:watching", args=[held])).content.decode()
    assert "垃圾" not in page


def test_followers_are_counted_from_five_on(town, resident):
    matter = report(town).matter
    for _n in range(4):
        follow_matter(matter=matter, request_id=uuid.uuid4(), now=NOW)
    assert followers_of(matter) is None
    follow_matter(matter=matter, request_id=uuid.uuid4(), now=NOW)
    assert followers_of(matter) == 5
    assert "<dd>5</dd>" in resident.get(reverse("matters:public", args=[matter.number])).content.decode()


def test_one_request_follows_one_matter(town):
    one, two, request = report(town).matter, report(town).matter, uuid.uuid4()
    follow_matter(matter=one, request_id=request, now=NOW)
    with pytest.raises(Refusal):
        follow_matter(matter=two, request_id=request, now=NOW)


def test_the_desk_adds_a_voice_to_the_history_and_hands_out_a_code(town):
    matter = report(town).matter
    request = uuid.uuid4()
    code = add_voice(by=town.desk, matter=matter, request_id=request, text="二单元也闻得到", now=NOW)
    assert add_voice(by=town.desk, matter=matter, request_id=request, text="二单元也闻得到", now=NOW) == code
    assert [e.texts for e in matter.flow.events.filter(kind="noted")] == [{"voice": "二单元也闻得到"}]
    assert follower_by_code(code).voice
    assert Reporter.objects.count() == 1  # still only the one who raised it


def test_whoever_told_the_same_gets_a_slip_with_their_own_code_shown_once(town):
    matter, client = report(town).matter, signed_in(town.desk)
    sent = {"text": "二单元也闻得到", "request_id": str(uuid.uuid4())}
    answer = client.post(reverse("matters:act", args=[matter.number, "voice"]), sent, follow=True)
    page = answer.content.decode()
    code = re.search(r'class="slip-code">.*?</span> ([^<]+)</p>', page)[1]
    assert follower_by_code(code).voice
    assert reverse("matters:watching", args=[code]) in page
    assert "data-print" in page
    assert client.get(answer.request["PATH_INFO"]).status_code == 410


def test_a_voice_needs_the_desk_and_holds_no_person(town):
    matter = report(town).matter
    for outsider in (town.stranger, town.worker, town.auditor):
        with pytest.raises(PermissionDenied):
            add_voice(by=outsider, matter=matter, request_id=uuid.uuid4(), text="也闻得到", now=NOW)
    with pytest.raises(Refusal):
        add_voice(by=town.desk, matter=matter, request_id=uuid.uuid4(), text="打我电话13800001111", now=NOW)
    ended(matter, NOW)
    with pytest.raises(Refusal):
        add_voice(by=town.desk, matter=matter, request_id=uuid.uuid4(), text="也闻得到", now=NOW)
    assert Follower.objects.count() == 0


def test_a_title_made_from_the_words_leaves_the_dwelling_out(town):
    assert report(town, text="3号楼2单元301室门口垃圾没人清。快来").matter.title == "3号楼2单元门口垃圾没人清"


def test_a_long_title_is_cut_between_words_and_between_characters(town):
    spaced = report(town, text="The drain behind the market " * 3).matter.title
    assert spaced == "The drain behind the market The drain…"
    chinese = report(town, text="菜市场后面的下水道又堵了" * 6).matter.title
    assert len(chinese) == 40


def test_a_matter_that_is_over_shows_how_it_ended_where_it_could_be_followed(town, resident):
    matter = report(town).matter
    assert "<form" in resident.get(f"/m/{matter.number}/watch/").content.decode().split("<main")[1]
    withdraw_matter(matter=matter, reason="已经清了")
    main = resident.get(f"/m/{matter.number}/watch/").content.decode().split("<main")[1]
    assert f'href="/m/{matter.number}/"' in main
    assert "<form" not in main.split("</main")[0]
