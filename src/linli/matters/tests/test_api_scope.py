"""Whatever is asked over the interface, nothing outside the key's seat is told: compared with an oracle that reads the charter itself."""

from __future__ import annotations

import random

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.access.apikeys import GRANTABLE
from linli.bodies.models import Holding
from linli.charter.store import charter_in_force
from linli.flow.models import Todo
from linli.matters.models import Matter
from linli.matters.reporters import ReporterInfo
from linli.matters.tests.calling import Caller, key_for
from linli.matters.tests.factories import POSTS, go, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
KINDS = ("environment.rubbish", "", "utilities.heat-low")


@pytest.fixture
def full(town):
    """Matters all over the district, in several states, some with a name withheld."""
    chance, now = random.Random(7), timezone.now()
    for n in range(24):
        place = town.places[chance.choice(["g1", "g2", "g3", "g9", "c1", "c9", "s1"])]
        withheld = ReporterInfo("端木问之", "13912345678", withheld=n % 3 == 0)
        matter = report(town, place=place, category=chance.choice(KINDS), reporter=withheld if n % 4 else None, now=now).matter
        if n % 2 and str(place.path).startswith(str(town.s1.path)) and matter.category:
            go(matter, town.desk, "accepted", now)
            if n % 4 == 1:
                go(matter, town.desk, "dispatched", now)
    return town


def oracle(user, abilities: set[str]) -> set[str]:
    """Numbers of the matters a key of the user's seat sees, the slow way."""
    holding = Holding.objects.select_related("seat").get(user=user)
    post, path = charter_in_force().posts[holding.seat.post], str(holding.seat.path)
    seen = set()
    for matter in Matter.objects.select_related("flow"):
        at = str(matter.path)
        if "matter.see" in abilities:
            if post.reach == "area" and (at == path or at.startswith(f"{path}.")):
                seen.add(matter.number)
            for todo in Todo.objects.filter(flow=matter.flow).select_related("seat"):
                if holding.seat_id in (todo.seat_id, todo.seat.acting_id):
                    seen.add(matter.number)
        if "matter.report" in abilities and matter.raised_from_id == holding.seat_id:
            seen.add(matter.number)
    return seen


@settings(max_examples=12, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    who=st.sampled_from(sorted(POSTS)), fewer=st.integers(0, 2**len(GRANTABLE) - 1), kind=st.sampled_from(["", "none", *KINDS[::2]]),
    state=st.sampled_from(["", "open", "overdue", "ended"]), place=st.sampled_from(["", "c1", "g2", "c9", "g9"]),
    sort=st.sampled_from(["raised", "-due", "due"]), limit=st.integers(1, 9),
)  # fmt: skip
def test_no_list_count_history_or_look_leaves_the_keys_area(full, who, fewer, kind, state, place, sort, limit):
    user = full.people[who]
    user.__dict__.pop("_linli_scope", None)
    post = charter_in_force().posts[POSTS[who][0]]
    able = [a for a in GRANTABLE if a in post.abilities]
    abilities = {a for n, a in enumerate(able) if fewer >> n & 1} or {able[0]}
    api = Caller(key_for(user, *abilities))
    seen = oracle(user, abilities)
    query = {"sort": sort, "limit": limit, "count": "1"} | ({"kind": kind} if kind else {}) | ({"state": state} if state else {})
    at = full.places[place] if place else None
    answer = api.get("/matters", query | ({"place": at.code} if at else {}))
    if not abilities & {"matter.see", "matter.report"}:
        assert answer.status_code == 403
    elif answer.status_code == 422:  # a place the key doesn't see can't be asked for
        assert [e["field"] for e in answer.json()["errors"]] == ["place"]
    else:
        check_list(api, answer.json(), query, at, seen, kind, state)
    check_each(api, seen, abilities)
    revoke_all(user)


def check_list(api, page, query, at, seen, kind, state):
    wanted = set()
    for matter in Matter.objects.select_related("flow").filter(number__in=seen):
        fits = not kind or (matter.category == "" if kind == "none" else matter.category == kind)
        fits &= {"": True, "open": not matter.flow.end, "overdue": matter.flow.overdue, "ended": bool(matter.flow.end)}[state]
        fits &= at is None or f"{matter.path}.".startswith(f"{at.path}.")
        wanted |= {matter.number} if fits else set()
    assert page["count"] == len(wanted)
    told = [m["number"] for m in page["items"]]
    while page["next"]:
        page = api.get("/matters", query | ({"place": at.code} if at else {}) | {"cursor": page["next"]}).json()
        told += [m["number"] for m in page["items"]]
    assert len(told) == len(set(told))
    assert set(told) == wanted


def check_each(api, seen, abilities):
    reads = bool(abilities & {"matter.see", "matter.report"})
    for matter in Matter.objects.select_related("flow", "reporter")[::5]:
        visible = reads and matter.number in seen
        for below in ("", "/history", "/messages", "/files"):
            answer = api.get(f"/matters/{matter.number}{below}")
            assert answer.status_code == (200 if visible else 404 if reads else 403)
            assert "端木" not in answer.content.decode()
        looked = api.post(f"/matters/{matter.number}/reporter", {"purpose": "matter"})
        if looked.status_code == 200:
            assert visible
            assert "matter.contact" in abilities
            assert not matter.reporter.withheld or api.get("/me").json()["post"] == "street-desk"


def revoke_all(user):
    from linli.access.models import ApiKey

    user.__dict__.pop("_linli_scope", None)
    ApiKey.objects.filter(made_by=user).update(revoked_at=timezone.now(), revoked_by=user)
