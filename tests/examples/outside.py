"""Messages to the outside, keys of programs and what they call, Open311."""

from __future__ import annotations

import uuid

from django.utils import timezone

from linli.bodies.models import Holding
from linli.matters.disputes.entries import ENTRIES
from tests.examples.base import Example, example

# --- messages to the outside


def _subscription(world):
    from linli.outbox.actions import add_subscription
    from linli.outbox.models import Subscription

    found = Subscription.objects.filter(name="城管工单系统").first()
    if found is None:
        by = world.visitors["district-coordinator inside"].user
        found, _secret = add_subscription(
            by=by, name="城管工单系统", url="https://example.org/linli", topics=["matter.ended"], place=world.places["C1"]
        )
    return found


def _message(world):
    from linli.outbox.models import Message

    subscription = _subscription(world)
    message, _made = Message.objects.get_or_create(
        subscription=subscription,
        defaults={
            "channel": "webhook", "topic": "matter.ended", "subject": "matters.matter", "subject_ref": world.matter.number,
            "path": world.places["G11"].path, "lane": "1:x", "made_at": timezone.now(), "due_at": timezone.now(),
        },
    )  # fmt: skip
    return message


def _by_uid(world):
    return Example({"uid": _message(world).uid}, path="G11")


def _by_pk(world):
    return Example({"pk": _subscription(world).pk}, path="C1")


for _name in ("message", "retry", "give_up"):
    example(f"outbox:{_name}")(_by_uid)
for _name in ("subscription", "edit", "rotate", "pause", "remove", "test"):
    example(f"outbox:{_name}")(_by_pk)


# --- keys of programs, and what they call


@example("access:key_revoke")
def _(world):
    from linli.access.apikeys import create_staff_key
    from linli.access.models import ApiKey

    key = ApiKey.objects.first()
    if key is None:
        user = world.visitors["station-head inside"].user
        held = Holding.objects.select_related("seat__place").get(user=user)
        key, _token = create_staff_key(by=user, name="试", holding=held, abilities=["matter.see"], days=1)
    return Example({"pk": key.pk}, only=lambda v: v.user == key.made_by or world.covers(v, "post.assign", "C1"))


for _name in (
    "get_matter", "get_joined", "get_history", "get_messages", "get_files", "take_step", "decide_matter", "part_matter", "extend_matter", "suspend_matter",
    "resume_matter", "join_matter", "urge_matter", "reassign_matter", "escalate_matter", "reopen_matter", "correct_matter", "ask_matter",
    "attach_matter", "note_matter", "public_matter", "account_matter", "judge_matter", "supervise_matter", "lift_matter",
    "merge_matter", "separate_matter", "split_matter", "unsplit_matter", "link_matter",
    "unlink_matter", "transfer_matter", "sendback_matter", "outside_matter", "cameback_matter", "reveal_reporter",
    "erase_reporter",
    "handover_matter", "leave_matter", "recall_matter", "voice_matter", "get_before", "raise_root_cause",
):  # fmt: skip
    example(f"api:{_name}")(lambda world: Example({"number": world.matter.number}))


for _name in ("get_notice", "sign_notice", "withdraw_notice"):
    example(f"api:{_name}")(lambda world: Example({"code": world.places["S1"].code, "month": "2026-01"}))
for _name in ("get_file", "show_file"):
    example(f"api:{_name}")(lambda world: Example({"number": world.matter.number, "uid": world.photo.uid}))


for _name in ("get_dispute", "list_mediators", "reveal_parties", *(f"enter_{n}" for n in ENTRIES)):
    example(f"api:{_name}")(lambda world: Example({"number": world.dispute.number}))
for _name in ("remove_party", "perform_obligation"):
    example(f"api:{_name}")(lambda world: Example({"number": world.dispute.number, "id": 1}))


for _name in ("get_subscription", "change_subscription", "remove_subscription", "rotate_secret", "test_subscription", "list_deliveries"):
    example(f"api:{_name}")(lambda world: Example({"uid": _subscription(world).uid}))
for _name in ("get_delivery", "retry_delivery"):
    example(f"api:{_name}")(lambda world: Example({"uid": _subscription(world).uid, "delivery": _message(world).uid}))
for _name in ("get_export", "get_export_file"):
    example(f"api:{_name}")(lambda world: Example({"uid": uuid.uuid4()}))


# --- Open311


for _name, _more in (
    ("discovery", {}), ("services", {}), ("requests", {}), ("definition", {"code": "environment.rubbish"}),
):  # fmt: skip
    example(f"open311:{_name}")(lambda world, more=_more: Example({"form": "json", **more}))


@example("open311:request")
def _(world):
    return Example({"form": "json", "number": world.matter.number})


@example("open311:token")
def _(world):
    return Example({"form": "xml", "code": world.raised.follow_code})
