"""Subscriptions by a key: the page's acts, within the key's places."""

from __future__ import annotations

import json
import uuid

import pytest
from django.utils import timezone

from linli.matters.tests.calling import Caller, caller
from linli.matters.tests.factories import report
from linli.outbox.delivery import State
from linli.outbox.models import Message, Subscription
from linli.outbox.sending import About, Note, enqueue

GIVEN = {"name": "城管工单", "url": "https://example.org/in", "topics": ["matter.raised", "matter.ended"], "place": "150204006000"}


@pytest.fixture
def api(town):
    return caller(town.district, "outbox.manage")


def send(api: Caller, method: str, path: str, data=None, **headers):
    given = json.dumps(data) if data is not None else ""
    return api.client.generic(method, f"/api/v1{path}", given, content_type="application/json", headers=api._head(headers))


def made(api, key="sub-00001", **more):
    return api.post("/subscriptions", GIVEN | more, key=key)


def test_a_subscription_is_made_once_and_its_secret_told_once(api, town):
    first = made(api)
    assert first.status_code == 201, first.content
    said = first.json()
    assert said["secret"]
    again = made(api)
    assert (again.status_code, again.json()) == (200, said | {"secret": None})
    assert made(api, url="https://example.org/other").status_code == 422
    got = api.get(f"/subscriptions/{said['id']}")
    assert "secret" not in got.json()
    assert got["ETag"] == first["ETag"]
    assert [s["id"] for s in api.get("/subscriptions").json()["items"]] == [said["id"]]
    assert made(api, key="sub-00002").json()["errors"][0]["field"] == "name"
    report(town)
    assert Message.objects.get().topic == "matter.raised"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"url": "https://10.0.0.1/"}, "url"), ({"topics": []}, "topics"), ({"topics": ["matter.eaten"]}, "topics"), ({"place": "150205"}, "place"),
     ({"body": "nobody"}, "body"), ({"name": ""}, "name"), ({"colour": "red"}, "colour")],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_field(api, wrong, field):
    answer = made(api, **wrong)
    assert answer.status_code == 422
    assert {e["field"] for e in answer.json()["errors"]} == {field}
    assert not Subscription.objects.exists()


def test_it_is_changed_paused_and_removed_by_who_has_read_it(api):
    one = made(api, body="street-office")
    path, etag = f"/subscriptions/{one.json()['id']}", one["ETag"]
    assert one.json()["body"] == "street-office"
    assert send(api, "PUT", path, GIVEN).status_code == 428
    assert send(api, "PUT", path, GIVEN, **{"If-Match": "W/x"}).status_code == 400
    changed = send(api, "PUT", path, GIVEN | {"topics": ["matter.ended"], "active": False}, **{"If-Match": etag})
    assert (changed.status_code, changed.json()["topics"], changed.json()["active"]) == (200, ["matter.ended"], False)
    assert send(api, "PUT", path, GIVEN, **{"If-Match": etag}).status_code == 412
    assert api.post(f"{path}/test").status_code == 422
    assert send(api, "PUT", path, GIVEN | {"active": True}, **{"If-Match": changed["ETag"]}).json()["active"]
    assert send(api, "DELETE", path).status_code == 428
    assert api.post(f"{path}/test").status_code == 202
    assert send(api, "DELETE", path, **{"If-Match": "*"}).status_code == 204
    assert api.get(path).status_code == 404
    assert api.get("/subscriptions").json()["items"] == []
    assert Message.objects.get().state == State.GIVEN_UP
    assert made(api, key="sub-00003").status_code == 201  # its name is free again
    assert made(api).status_code == 422  # and its number isn't


def test_a_secret_is_changed_once_for_each_time_it_was_read(api):
    one = made(api)
    path = f"/subscriptions/{one.json()['id']}"
    rotated = api.post(f"{path}/rotate", version=one["ETag"])
    assert rotated.json()["secret"] not in (None, one.json()["secret"])
    assert rotated.json()["key"] != one.json()["key"]
    assert api.post(f"{path}/rotate", version=one["ETag"]).status_code == 412


def test_deliveries_are_told_and_a_dead_one_is_sent_again(api, town):
    one = made(api)
    path = f"/subscriptions/{one.json()['id']}"
    sent = api.post(f"{path}/test").json()
    assert (sent["topic"], sent["state"]) == ("test", "waiting")
    assert api.post(f"{path}/deliveries/{sent['id']}/retry").status_code == 409
    Message.objects.update(state=State.SENDING, due_at=timezone.now(), attempts=1, tried=1)
    Message.objects.update(state=State.DEAD, ended_at=timezone.now(), due_at=None)
    assert [d["id"] for d in api.get(f"{path}/deliveries", {"state": "dead"}).json()["items"]] == [sent["id"]]
    assert api.get(f"{path}/deliveries", {"state": "lost"}).status_code == 422
    again = api.post(f"{path}/deliveries/{sent['id']}/retry")
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    whole = api.get(f"{path}/deliveries/{sent['id']}").json()
    assert (whole["attempts"], whole["tries"]) == (1, [])
    assert "values" not in whole


def test_nothing_of_elsewhere_is_seen_or_reached(api, town):
    one = made(api, place=town.d.code).json()
    other = Caller()  # nobody
    assert other.get("/subscriptions").status_code == 401
    for key in (caller(town.desk), caller(town.coordinator)):
        assert key.get("/subscriptions").status_code == 403
        assert key.get(f"/subscriptions/{one['id']}").status_code == 403
    assert api.get(f"/subscriptions/{uuid.uuid4()}").status_code == 404
    row = Subscription.objects.get()
    Subscription.objects.filter(pk=row.pk).update(path="elsewhere")
    enqueue([Note("webhook", "matter.raised", About("", "", "elsewhere"), {}, subscription=row.pk)])
    for path in ("", "/deliveries", f"/deliveries/{Message.objects.get().uid}"):
        assert api.get(f"/subscriptions/{one['id']}{path}").status_code == 404
    assert api.post(f"/subscriptions/{one['id']}/test").status_code == 404


def test_the_page_removes_one_too(town):
    from linli.matters.tests.visiting import signed_in

    one = made(caller(town.district, "outbox.manage"))
    row = Subscription.objects.get(uid=one.json()["id"])
    page = signed_in(town.district)
    assert page.get(f"/outbox/subscriptions/{row.pk}/remove/").status_code in (200, 302)
