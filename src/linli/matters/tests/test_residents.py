"""Residents' pages: raising a matter and following it, with nothing but a code."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from linli.frame.refusal import Refusal
from linli.matters import actions
from linli.matters.models import Channel, Matter
from linli.matters.reporter_acts import reporter_acts
from linli.matters.tests.factories import jpeg, photo, report
from linli.matters.tests.test_callback import answered, silent
from linli.matters.tests.visiting import told, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
HOUR = timedelta(hours=1)


def test_a_resident_raises_a_matter_without_signing_in_and_gets_number_code_and_slip(town, resident):
    page = resident.get(reverse("matters:report"))
    assert page.status_code == 200
    assert "request_id" in page.content.decode()
    sent = resident.post(reverse("matters:report"), told(name="王秀兰", phone="138 1234 5678", photos=upload(jpeg())), follow=True)
    assert sent.status_code == 200
    matter = Matter.objects.get()
    text = sent.content.decode()
    assert matter.number in text
    assert "<svg" in text
    code = sent.redirect_chain[-1][0].split("/")[-2]
    assert code in text
    assert resident.get(reverse("matters:slip", args=[code])).status_code == 200
    assert matter.flow.attachments.count() == 1
    assert matter.channel == Channel.WEB


def test_sending_the_same_form_twice_gives_the_same_page_and_one_matter(town, resident):
    same = told()
    first, second = (resident.post(reverse("matters:report"), same) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert Matter.objects.count() == 1


BAD = [
    ({"text": ""}, "text", "请说说发生了什么", "Tell us what happened"),
    ({"text": "短"}, "text", "再多说一点", "Tell us a little more"),
    ({"category": "nonsense"}, "category", "请从列表中选择类别", "Choose a category from the list"),
    ({"place": "999"}, "place", "请从列表中选择地点", "Choose a place from the list"),
    ({"place": ""}, "place", "请选择社区", "Choose the community"),
    ({"phone": "12345"}, "phone", "这不是电话号码", "This is not a telephone number"),
    ({"who": "somebody"}, "who", "", ""),
    ({"request_id": "x"}, "request_id", "", ""),
    ({"text": "很长" * 2001}, "text", "", ""),
]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(("wrong", "field", "zh", "en"), BAD)
def test_a_mistake_is_said_at_its_field_and_nothing_is_saved(town, resident, language, wrong, field, zh, en):
    answer = resident.post(reverse("matters:report"), told(**wrong), headers={"accept-language": language})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    text = answer.content.decode()
    assert (zh if language == "zh-hans" else en) in text
    if field != "text":
        assert "垃圾堆了三天" in text  # what was typed is still there
    assert not Matter.objects.exists()


def test_all_that_is_missing_is_said_at_once(town, resident):
    answer = resident.post(reverse("matters:report"), told(text="", place=""))
    assert {"text", "place"} == answer.context["form"].errors.keys()


HOSTILE = [
    ("svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "a.svg", "image/svg+xml"),
    ("html as jpeg", b"<html><script>alert(1)</script></html>", "a.jpg", "image/jpeg"),
    ("truncated", jpeg(size=(800, 600))[:600], "a.jpg", "image/jpeg"),
    ("empty", b"", "a.jpg", "image/jpeg"),
    ("zip", b"PK\x03\x04" + b"\0" * 200, "a.jpg", "image/jpeg"),
]


def test_a_position_that_is_no_number_counts_as_none_and_one_outside_the_area_is_named(town, resident):
    """Nobody can mend a hidden field: broken numbers must not keep a matter from being sent."""
    assert resident.post(reverse("matters:report"), told(lon="abc", lat="inf")).status_code == 302
    assert Matter.objects.get().lon is None
    page = resident.post(
        reverse("matters:report"), told(text="路灯坏了三天没人管", place="", lon="2.35", lat="48.85"), headers={"accept-language": "en"}
    )
    assert page.status_code == 422
    assert "The position lies outside this area. Choose the community." in page.content.decode()


def test_djangos_own_messages_are_said_as_people_say_them(town, resident):
    long = resident.post(reverse("matters:report"), told(text="路灯坏了" * 1001)).content.decode()
    assert "最多 4000 个字，现在有 4004 个字。" in long
    assert "含有无法保存的字符" in resident.post(reverse("matters:report"), told(text="路灯\x00坏了三天")).content.decode()


def test_the_reporter_sees_which_post_has_it_until_when_but_no_name_of_its_holder(town, resident):
    raised = report(town)
    text = resident.get(reverse("matters:follow_code", args=[raised.follow_code])).content.decode()
    owner = raised.matter.flow.owner
    assert owner.place.name in text
    assert f"{timezone.localtime(raised.matter.flow.due_at):%Y-%m-%d}" in text
    assert str(owner.holdings.first().user) not in text


def test_number_and_code_are_called_on_the_slip_what_the_page_that_asks_calls_them(town, resident):
    raised = report(town)
    asked = resident.get(reverse("matters:follow")).content.decode()
    slip = resident.get(reverse("matters:slip", args=[raised.follow_code])).content.decode()
    assert all(word in asked and word in slip for word in ("编号", "查询码"))


@pytest.mark.parametrize(("what", "content", "name", "mime"), HOSTILE, ids=[h[0] for h in HOSTILE])
def test_a_hostile_upload_is_refused_and_nothing_is_saved(town, resident, tmp_path, what, content, name, mime):
    answer = resident.post(reverse("matters:report"), told(photos=upload(content, name, mime)))
    assert answer.status_code == 422
    assert "photos" in answer.context["form"].errors
    assert not Matter.objects.exists()
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_a_polyglot_photo_is_kept_as_pixels_only(town, resident, tmp_path):
    resident.post(reverse("matters:report"), told(photos=upload(jpeg() + b"<script>alert(1)</script>PK\x03\x04")))
    (kept,) = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert b"script" not in kept.read_bytes()
    assert b"PK\x03\x04" not in kept.read_bytes()


def test_one_connection_can_t_flood_the_intake(town, resident):
    codes = [resident.post(reverse("matters:report"), told(text="")).status_code for _ in range(32)]
    assert codes[:30] == [422] * 30
    assert codes[-1] == 429


def test_guessing_codes_is_slowed_down(town, resident):
    codes = [
        resident.post(reverse("matters:follow"), {"number": "QS-2026-000001", "code": "2222-2222-2222"}).status_code for _ in range(22)
    ]
    assert codes[0] == 422
    assert codes[-1] == 429


def test_number_and_code_open_the_reporter_s_side_and_neither_alone_does(town, resident):
    one, other = report(town), report(town)
    number = one.matter.number
    good = resident.post(reverse("matters:follow"), {"number": number.lower(), "code": one.follow_code.replace("-", "").lower()})
    assert good.status_code == 302
    bad = resident.post(reverse("matters:follow"), {"number": number, "code": other.follow_code})
    assert bad.status_code == 422
    assert resident.get(reverse("matters:follow_code", args=["2222-2222-2222"])).status_code == 404


def test_the_reporter_adds_rates_withdraws_and_reopens(town, resident):
    raised = report(town)
    base = f"/f/{raised.follow_code}/"
    assert resident.post(base + "word/", {"text": "还在北门", "request_id": str(uuid.uuid4()), "photos": upload(jpeg())}).status_code == 302
    page = resident.get(base).content.decode()
    assert "还在北门" in page
    own = raised.matter.flow.attachments.get()
    assert resident.get(f"{base}file/{own.uid}/").status_code == 200
    assert resident.post(base + "rate/", {"rating": "satisfied"}).status_code == 422  # not their turn
    assert resident.post(base + "withdraw/", {"reason": ""}).status_code == 302
    assert resident.post(base + "word/", {"text": "再说", "request_id": str(uuid.uuid4())}).status_code == 422
    empty = resident.post(base + "reopen/", {"reason": ""})
    assert empty.status_code == 422
    assert empty.context["reopen_form"]["reason"].label == "哪里没办好？"
    assert resident.post(base + "reopen/", {"reason": "又堆起来了"}).status_code == 302
    assert resident.get(base).status_code == 200


def test_the_reporter_does_not_see_what_staff_photographed_unless_it_is_public(town, resident):
    raised = report(town)
    (row,) = actions.attach(by=town.worker, matter=raised.matter, photos=[photo()])
    assert resident.get(f"/f/{raised.follow_code}/file/{row.uid}/").status_code == 404
    actions.show_attachment(by=town.desk, matter=raised.matter, attachment=row, public=True)
    assert resident.get(f"/f/{raised.follow_code}/file/{row.uid}/").status_code == 200


def test_categories_are_proposed_from_words_and_explained_in_plain_ones(town, resident):
    part = resident.post(reverse("matters:propose"), {"text": "楼下成堆的垃圾没人清"}).content.decode()
    assert 'data-choose="environment.rubbish"' in part
    assert resident.post(reverse("matters:propose"), {"text": "qqqq"}).content.strip() == b""
    page = resident.get(reverse("matters:kinds"), {"q": "垃圾"}).content.decode()
    assert "category=environment.rubbish" in page
    assert "category=environment.fumes" not in page
    assert resident.get(reverse("matters:kinds")).status_code == 200


def test_a_position_is_said_in_words(town, resident):
    lon, lat = town.point("g1")
    assert "都兰社区" in resident.post(reverse("matters:here"), {"lon": lon, "lat": lat}).content.decode()
    for lon, lat in (("", ""), ("nan", "nan"), ("1e400", "0"), ("0", "0")):
        assert "都兰社区" not in resident.post(reverse("matters:here"), {"lon": lon, "lat": lat}).content.decode()


def test_going_back_and_sending_again_raises_no_second_matter(town, resident):
    assert resident.post(reverse("matters:report"), told()).status_code == 302
    again = resident.post(reverse("matters:report"), told())
    assert again.status_code == 422
    assert Matter.objects.get().number in again.content.decode()
    assert resident.post(reverse("matters:report"), told(text="5号楼南门的垃圾也堆了三天没人清")).status_code == 302
    assert Matter.objects.count() == 2


def test_what_was_done_and_answered_is_rated_and_no_longer_taken_back(town, media):
    for matter in (answered(town), silent(town)):
        assert "withdraw" not in reporter_acts(matter)
        with pytest.raises(Refusal) as refused:
            actions.withdraw_matter(matter=matter, reason="不用办了")
        assert refused.value.code == "answered"
