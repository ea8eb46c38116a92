"""Posts, places, the frame, the home pages, the charter, reports and work."""

from __future__ import annotations

from django.utils import timezone

from tests.examples.base import Example, example

# --- posts


@example("bodies:seat")
def _(world):
    return Example({"pk": world.seat("grid-worker", "G11").pk}, path="G11")


@example("bodies:appoint")
def _(world):
    return Example({"pk": world.seat("grid-worker", "G11").pk}, path="G11", refused=lambda v: not world.may_fill(v, "grid-worker", "G11"))


@example("bodies:new_person")
def _(world):
    return Example({"pk": world.seat("grid-worker", "G11").pk}, path="G11", refused=lambda v: not world.may_fill(v, "grid-worker", "G11"))


@example("bodies:release")
def _(world):
    return Example({"pk": world.holding("grid-worker", "G11").pk}, path="G11")


@example("bodies:hand_over")
def _(world):
    return Example(
        {"pk": world.holding("grid-worker", "G11").pk}, path="G11", refused=lambda v: not world.may_fill(v, "grid-worker", "G11")
    )


@example("bodies:person")
def _(world):
    return Example({"pk": world.holding("grid-worker", "G11").user_id}, path="G11")


@example("bodies:person_act")
def _(world):
    held = world.holding("grid-worker", "G11")
    return Example({"pk": held.user_id, "act": "close"}, path="G11", refused=lambda v: not world.may_fill(v, "grid-worker", "G11"))


# --- places


@example("places:place")
def _(world):
    return Example({"pk": world.places["G11"].pk}, path="G11")


@example("places:change")
def _(world):
    return Example({"pk": world.places["G11"].pk}, path="G11")


@example("places:end")
def _(world):
    return Example({"pk": world.places["G11"].pk}, path="G11")


@example("places:draw_grid")
def _(world):
    return Example({"pk": world.places["C1"].pk}, path="C1")


@example("places:add_building")
def _(world):
    return Example({"pk": world.places["G11"].pk}, path="G11")


@example("places:import_check")
def _(world):
    return Example({"token": "nothing-here"})  # kept under the user's own number: who has no such file is sent to choose one


# --- the frame, the home pages, the charter


def _job(world):
    from linli.frame.models import Job

    owner = world.visitors["district-coordinator inside"]
    job = Job.objects.create(kind="test", title="试", by=owner.user, asked_at=timezone.now())
    return Example({"uid": job.uid}, only=lambda v: v.key == owner.key)


def _view(world):
    from linli.frame.models import SavedView

    owner = world.visitors["station-head inside"]
    view, _made = SavedView.objects.get_or_create(user=owner.user, page="matters:list", name="试", defaults={"query": ""})
    return Example(query={"id": str(view.pk), "name": "另"}, only=lambda v: v.key == owner.key)


example("frame:view_rename")(_view)
example("frame:view_drop")(_view)


@example("frame:view_save")
def _(world):
    return Example(query={"page": "matters:list", "name": "试"})


example("frame:job")(_job)
example("frame:job_cancel")(_job)


@example("frame:job_result")
def _(world):
    return Example(_job(world).kwargs, only=lambda v: False)  # not done yet, so there is nothing to fetch


@example("frame:once")
def _(world):
    return Example({"token": "nothing-waits"})  # it waits in the session of whoever made it


@example("web:guide")
def _(world):
    return Example({"who": "resident"})


@example("charter:procedure")
def _(world):
    return Example({"id": "matter"})


# --- reports


@example("reports:area")
def _(world):
    return Example({"code": world.places["C1"].code}, path="C1")


@example("reports:disputes")
def _(world):
    return Example({"code": world.places["C1"].code}, path="C1")


@example("reports:issues")
def _(world):
    return Example({"code": world.places["C1"].code}, path="C1")


# --- work


@example("flow:show")
def _(world):
    return Example({"number": world.matter.number}, path="G11", ability="matter.see", involved=world.involved)
