"""The pages of the outbox: what is shown, to whom, what can be done there; and that no person's address is on any of them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linli.conf.cli import parser
from linli.frame.models import ActLog
from linli.matters.tests.visiting import signed_in
from linli.outbox import actions, commands, worker
from linli.outbox.delivery import State
from linli.outbox.models import Attempt, Message, Subscription
from linli.outbox.tests.test_worker import again, due, sms, write

pytestmark = pytest.mark.django_db
PHONE = "13812345678"


@pytest.fixture
def system(town, receiver) -> Subscription:
    return actions.add_subscription(by=town.district, name="城管工单", url=receiver.url, topics=["matter.ended"], place=town.s1)[0]


@pytest.fixture
def district(town, monkeypatch) -> Client:
    monkeypatch.setattr("allauth.account.internal.flows.reauthentication.did_recently_reauthenticate", lambda request: True)
    return signed_in(town.district)


@pytest.fixture
def dead(system, receiver) -> Message:
    receiver.answer = lambda asked: 404
    message = write(system, "QS-2026-000001")
    worker.run()
    return again(message)


def _form(town, **more):
    form = {
        "name": "园林工单",
        "url": "https://example.org/linli",
        "topics": ["matter.ended", "matter.raised"],
        "place": town.s1.pk,
        "body": "",
    }
    return form | more


# --- messages


def test_what_a_channel_only_writes_down_is_never_called_delivered(town, district):
    message = sms(town)
    worker.run()
    assert again(message).state == State.KEPT
    for address in (reverse("outbox:messages"), reverse("outbox:message", args=[message.uid])):
        page = district.get(address).content.decode()
        assert "仅写入本机" in page
        assert "谁也没有收到" in page
    assert f"{message.uid}" not in district.get(reverse("outbox:messages") + "?state=delivered").content.decode()


def test_the_outbox_names_the_channels_that_stay_here_and_none_that_go_out_by_now(town, district, outbox):
    message = sms(town)
    worker.run()
    pages = [reverse("outbox:messages"), reverse("outbox:message", args=[message.uid])]
    assert "短信现在只写入文件" in district.get(pages[0]).content.decode()
    outbox('[sms]\nadapter = "sms-http"\nurl = "https://sms.example.org/"\n')
    assert "只写入文件" not in district.get(pages[0]).content.decode()
    assert "写这条消息时，这个渠道只写入文件" in district.get(pages[1]).content.decode()


def test_the_list_counts_and_narrows(town, district, system, dead):
    sms(town, "QS-2026-000002")
    page = district.get(reverse("outbox:messages")).content.decode()
    assert "QS-2026-000001" in page
    assert "QS-2026-000002" in page
    for query, seen, unseen in [
        ("state=dead", "000001", "000002"), ("channel=sms", "000002", "000001"), ("q=qs-2026-000001", "000001", "000002"), ("q=0001", "000001", "000002"),
        (f"subscription={system.pk}", "000001", "000002"), ("state=open", "000002", "000001"),
    ]:  # fmt: skip
        page = district.get(f"{reverse('outbox:messages')}?{query}").content.decode()
        table = page[page.index("<table") :]
        assert seen in table, query
        assert unseen not in table, query


def test_no_page_and_no_sheet_shows_a_persons_address(town, district):
    message = sms(town)
    for name, args in (("outbox:messages", []), ("outbox:message", [message.uid])):
        page = district.get(reverse(name, args=args)).content.decode()
        assert PHONE not in page
        assert PHONE[-4:] not in page.replace(str(message.uid), "")
    sheet = district.post(reverse("outbox:messages"), {"export": "xlsx", "why": "例会"})
    assert sheet.status_code == 200
    assert PHONE.encode() not in b"".join(sheet.streaming_content)
    assert ActLog.objects.filter(act="outbox.messages.exported").count() == 1


def test_others_dont_find_it(town, dead, system):
    for person, status in ((town.stranger, 403), (town.auditor, 403), (town.worker, 403)):
        client = signed_in(person)
        assert client.get(reverse("outbox:messages")).status_code == status
        assert client.post(reverse("outbox:retry", args=[dead.uid])).status_code == status
        assert client.post(reverse("outbox:pause", args=[system.pk])).status_code == status
    assert Client().get(reverse("outbox:messages")).status_code == 302
    assert again(dead).state == State.DEAD


def test_a_message_says_each_attempt_and_is_tried_again(town, district, dead, receiver):
    page = district.get(reverse("outbox:message", args=[dead.uid])).content.decode()
    assert "404" in page
    assert "无法送达" in page
    assert district.post(reverse("outbox:retry", args=[dead.uid]), follow=True).status_code == 200
    receiver.answer = lambda asked: 204
    worker.run()
    assert again(dead).state == State.DELIVERED
    line = ActLog.objects.get(act="outbox.message.retried")
    assert (line.by, line.subject, line.path) == (town.district, f"outbox.message:{dead.pk}", str(dead.path))


def test_the_last_attempt_of_all_is_not_said_to_be_tried_again(district, system, receiver):
    receiver.answer = lambda asked: 503
    message = write(system, "QS-2026-000001")
    for _ in range(4):
        due(message)
        worker.run()
    assert again(message).state == State.DEAD
    page = district.get(reverse("outbox:message", args=[message.uid])).content.decode()
    assert [page.count(says) for says in ("失败，不再自动重试", "失败，待重试")] == [1, 3]
    district.post(reverse("outbox:retry", args=[message.uid]))
    page = district.get(reverse("outbox:message", args=[message.uid])).content.decode()
    assert [page.count(says) for says in ("失败，不再自动重试", "失败，待重试")] == [0, 4]  # by hand it was


def test_a_number_at_the_top_opens_exactly_those_it_counts(district, system, receiver):
    receiver.answer = lambda asked: 503
    write(system, "QS-2026-000001")
    worker.run()
    write(system, "QS-2026-000002")
    for address in (reverse("outbox:messages"), reverse("outbox:subscription", args=[system.pk])):
        stats = district.get(address).context["stats"]
        assert [s["value"] for s in stats] == [0, 1, 1, 0]
        for stat in stats:
            url = stat["url"] if stat["url"].startswith("/") else reverse("outbox:messages") + stat["url"]
            assert len(district.get(url).context["listing"].lines) == stat["value"], url


def test_a_message_is_given_up_with_a_reason(district, dead):
    url = reverse("outbox:give_up", args=[dead.uid])
    assert district.post(url, {"reason": ""}).status_code == 422
    assert again(dead).state == State.DEAD
    page = district.post(url, {"reason": "系统已停用"}, follow=True).content.decode()
    assert "系统已停用" in page
    assert again(dead).state == State.GIVEN_UP


def test_several_at_once(district, system, dead, receiver):
    other = write(system, "QS-2026-000003")
    worker.run()
    bulk = reverse("outbox:bulk")
    assert district.post(bulk, {"act": "retry"}).status_code == 302
    assert Message.objects.filter(state=State.DEAD).count() == 2
    district.post(f"{bulk}?state=dead", {"act": "retry", "all": "1"})
    assert not Message.objects.filter(state=State.DEAD).exists()
    worker.run()
    asked = district.post(bulk, {"act": "give_up", "selected": [dead.pk, other.pk]}).content.decode()
    assert f'name="selected" value="{other.pk}"' in asked
    district.post(bulk, {"act": "give_up", "selected": [dead.pk, other.pk], "reason": "不需要了"})
    assert set(Message.objects.values_list("state", flat=True)) == {State.GIVEN_UP}


def test_after_an_act_on_several_the_list_is_narrowed_as_before(district, system, dead):
    listed, bulk = f"{reverse('outbox:messages')}?state=dead", f"{reverse('outbox:bulk')}?state=dead"
    assert district.post(bulk, {"act": "retry"}).url == listed
    asked = district.post(bulk, {"act": "give_up", "selected": [dead.pk]}).content.decode()
    assert f'action="{bulk}"' in asked
    assert f'href="{listed}"' in asked
    assert district.post(bulk, {"act": "give_up", "selected": [dead.pk], "reason": "不需要了"}).url == listed
    assert again(dead).state == State.GIVEN_UP


# --- subscriptions


def test_a_subscription_is_made_its_secret_shown_once_and_kept_sealed(town, district):
    made = district.post(reverse("outbox:subscribe"), _form(town), follow=True)
    row = Subscription.objects.get()
    secret = made.context["secret"]
    assert secret in made.content.decode()
    assert made["Cache-Control"].startswith("max-age=0")
    assert secret.encode() not in bytes(row.secret_sealed)
    assert (row.topics, row.path) == (["matter.raised", "matter.ended"], town.s1.path)
    assert secret not in district.get(reverse("outbox:subscription", args=[row.pk])).content.decode()


WRONG = [
    ({"name": ""}, "name"),
    ({"name": "城管工单"}, "name"),
    ({"url": "http://example.org/"}, None),  # allowed here: the configuration says so
    ({"url": "https://me:pw@example.org/"}, "url"),
    ({"url": "https://10.0.0.1/"}, "url"),
    ({"url": "https://[::1]/"}, "url"),
    ({"url": "nonsense"}, "url"),
    ({"topics": []}, "topics"),
    ({"topics": ["matter.nonsense"]}, "topics"),
    ({"place": "999999"}, "place"),
    ({"body": "999999"}, "body"),
]


@pytest.mark.parametrize(("wrong", "field"), WRONG)
def test_bad_input_is_said_at_its_field_and_nothing_is_saved(town, district, system, wrong, field):
    answer = district.post(reverse("outbox:subscribe"), _form(town, **wrong))
    if field is None:
        assert answer.status_code == 302
        return
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}
    assert Subscription.objects.count() == 1


def test_unencrypted_is_refused_where_nobody_allowed_it(town, district, outbox):
    outbox("")
    assert "必须以 https://" in district.post(reverse("outbox:subscribe"), _form(town, url="http://example.org/")).content.decode()


def test_it_is_changed_paused_tested_and_gets_a_new_secret(town, district, system, receiver):
    pk = system.pk
    before = district.get(reverse("outbox:edit", args=[pk])).content.decode()
    assert system.url in before
    district.post(reverse("outbox:edit", args=[pk]), _form(town, url=system.url))
    assert again_(system).name == "园林工单"
    sent = district.post(reverse("outbox:test", args=[pk]), follow=True)
    worker.run()
    assert receiver.asked[0].json()["event"] == "test"
    assert sent.status_code == 200
    district.post(reverse("outbox:pause", args=[pk]))
    assert not again_(system).active
    district.post(reverse("outbox:test", args=[pk]), follow=True)
    assert Message.objects.count() == 1
    district.post(reverse("outbox:pause", args=[pk]), {"go": "1"})
    assert again_(system).active
    key = system.key
    assert district.get(reverse("outbox:rotate", args=[pk])).status_code == 200
    made = district.post(reverse("outbox:rotate", args=[pk]), follow=True)
    assert made.context["secret"] in made.content.decode()
    assert (again_(system).old_key, system.key != key) == (key, True)
    said = set(ActLog.objects.filter(act__startswith="outbox.").values_list("act", flat=True))
    assert said == {
        "outbox.subscription.added", "outbox.subscription.changed", "outbox.subscription.tested", "outbox.subscription.paused",
        "outbox.subscription.resumed", "outbox.secret.rotated",
    }  # fmt: skip


def again_(system: Subscription) -> Subscription:
    system.refresh_from_db()
    return system


def test_a_place_with_a_subscription_doesnt_end_unnoticed_and_a_moved_one_takes_it_along(town, system):
    from django.core.exceptions import ValidationError

    from linli.places.actions import change_place, end_place

    system.place, system.path = town.c2, town.c2.path
    system.save()
    message = write(system)
    change_place(town.c2, by=None, parent=town.s2)
    assert str(again_(system).path).startswith(str(town.s2.path))
    assert str(again(message).path).startswith(str(town.s2.path))
    with pytest.raises(ValidationError):
        end_place(again_(system).place, by=None)


@pytest.mark.parametrize("many", [1, 60])
def test_every_page_asks_a_constant_number_of_questions(town, district, system, many, django_assert_max_num_queries):
    messages = [write(system, f"R{n}") for n in range(many)]
    Attempt.objects.bulk_create(
        Attempt(message=messages[0], number=n, at=timezone.now(), result="again", status=500) for n in range(1, many + 1)
    )
    pages = [
        reverse("outbox:messages"), f"{reverse('outbox:messages')}?state=open&subscription={system.pk}", reverse("outbox:subscriptions"),
        reverse("outbox:message", args=[messages[0].uid]), reverse("outbox:subscription", args=[system.pk]), reverse("outbox:subscribe"),
        reverse("outbox:edit", args=[system.pk]), reverse("outbox:rotate", args=[system.pk]),
    ]  # fmt: skip
    for page in pages:
        district.get(page)
        with django_assert_max_num_queries(12):
            assert district.get(page).status_code == 200, page


# --- the command


def test_the_command_says_what_there_is_and_tries_again(town, system, dead, receiver):
    out = StringIO()
    assert commands.status(out) == 1
    assert "1 undeliverable" in out.getvalue()
    assert commands.retry(StringIO(), subscription="nobody's") == 1
    assert commands.retry(StringIO(), uid=uuid.uuid4()) == 1
    assert commands.retry(StringIO(), subscription=system.name) == 0
    assert again(dead).state == State.WAITING
    assert ActLog.objects.get(act="outbox.message.retried").by is None
    receiver.answer = lambda asked: 204
    worker.run()
    out = StringIO()
    assert commands.status(out) == 0


def test_the_command_checks_each_way_and_sends_a_test(outbox, db, tmp_path):
    out = StringIO()
    assert commands.check(out) == 0
    assert "✓ webhook: webhook" in out.getvalue()
    assert commands.check(out, "sms", PHONE) == 0
    assert "test taken" in out.getvalue()
    assert PHONE not in out.getvalue() + (tmp_path / "outbox" / "sms.jsonl").read_text()
    outbox('[sms]\nadapter = "sms-http"')
    assert commands.check(out, "sms") == 1
    outbox("nonsense")
    assert commands.check(out) == 1
    outbox('[sms]\nadapter = "off"')
    out = StringIO()
    assert commands.check(out) == 0
    assert "- sms: off" in out.getvalue()


def test_the_command_knows_its_words():
    for words in (["--data", "x", "outbox", "check"], ["outbox", "--data", "x", "check"], ["outbox", "check", "--data", "x", "sms"]):
        assert parser().parse_args(words).data == "x"
    args = parser().parse_args(["outbox", "retry", "--uid", str(uuid.UUID(int=7))])
    assert (args.command, args.act, args.uid.int) == ("outbox", "retry", 7)
    for wrong in (["outbox"], ["outbox", "retry"], ["outbox", "check", "pigeon"], ["outbox", "retry", "--all", "--channel", "sms"]):
        with pytest.raises(SystemExit):
            parser().parse_args(wrong)


def test_doctor_sees_a_backlog(town, system):
    from linli.outbox.queries import findings

    message = write(system)
    assert findings() == []
    Message.objects.filter(pk=message.pk).update(due_at=timezone.now() - timedelta(hours=1))
    assert any("is the worker running" in said for said in findings())
