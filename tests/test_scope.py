"""Whatever door is opened, nobody is shown a matter that is none of theirs.

Every address of the URL map stands in ``doors``, with the ways it is opened, or there in ``NONE`` with the reason why it shows no matter: a new
one fails here until it does. Random people (one or two posts over random places) go through all of them, and every answer (page, piece,
JSON, XML, spreadsheet) is searched for the numbers and words of matters that an oracle, reading charter and todos the slow way, says are
none of theirs. Names of whoever raised one stand nowhere.
"""

from __future__ import annotations

import io
import os
import uuid
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from linli.access.apikeys import GRANTABLE
from linli.access.models import User
from linli.bodies.models import Holding, Seat
from linli.charter.store import charter_in_force
from linli.gatherings.actions import Plan, plan_gathering
from linli.gatherings.models import Gathering
from linli.matters.actions import attach, reveal_reporter
from linli.matters.boxes import actions as boxes
from linli.matters.hotline.actions import take_order
from linli.matters.hotline.sheet import Order
from linli.matters.models import Matter
from linli.matters.reporters import ReporterInfo
from linli.matters.tests.calling import Caller, key_for
from linli.matters.tests.factories import go, make_town, photo, report
from linli.measures.actions import compute_measures
from linli.outbox.actions import add_subscription
from linli.outbox.models import Message
from linli.outbox.sending import About, Note, enqueue
from linli.people.actions.entering import enter_household
from linli.people.models import Household
from linli.people.told import Living, Told
from linli.places.ltree import label
from linli.places.models import Place
from tests.doors import (
    DOORS,
    KINDS,
    NAME,
    NONE,
    PHONE,
    Asker,
    District,
)
from tests.test_every_url import ALL

PEOPLE = int(os.environ.get("PEOPLE", "10"))


def test_every_address_is_a_door_here_or_says_why_it_shows_no_matter():
    names = {address.name for address in ALL}
    excused = [name for reason in NONE.values() for name in reason]
    assert len(excused) == len(set(excused))
    assert not set(DOORS) & set(excused)
    assert set(DOORS) | set(excused) == names


# --- the district


@pytest.fixture(scope="module")
def district(django_db_setup, django_db_blocker, tmp_path_factory):
    from django.conf import settings as conf

    media, conf.MEDIA_ROOT = conf.MEDIA_ROOT, tmp_path_factory.mktemp("media")
    mfa, os.environ["LINLI_REQUIRE_MFA"] = os.environ.get("LINLI_REQUIRE_MFA"), "0"
    with django_db_blocker.unblock(), transaction.atomic():
        yield fill(make_town())
        transaction.set_rollback(True)
    conf.MEDIA_ROOT = media
    os.environ.pop("LINLI_REQUIRE_MFA") if mfa is None else os.environ.update(LINLI_REQUIRE_MFA=mfa)


def fill(town) -> District:
    chance, now = Random(3), timezone.now()
    made = []
    for n in range(26):
        place = town.places[chance.choice(["g1", "g2", "g3", "g9", "c1", "c9", "s1"])]
        told = ReporterInfo(NAME, PHONE, withheld=n % 3 == 0) if n % 4 else None
        lon, lat = (place.lon, place.lat) if place.lon and n % 2 else (None, None)
        matter = report(
            town, place=place, category=chance.choice(KINDS), reporter=told, now=now - timedelta(hours=n),
            text=f"暗号{uuid.uuid4().hex[:8]}:北门垃圾堆了三天没人清", photos=[photo()] if n % 5 == 0 else (), line="secretary" if n % 9 == 4 else "",
        ).matter  # fmt: skip
        Matter.objects.filter(pk=matter.pk).update(lon=lon, lat=lat)
        if n % 2 and matter.category and f"{place.path}.".startswith(f"{town.s1.path}.") and not matter.line:
            go(matter, town.desk, "accepted", now)
            if n % 4 == 1 and matter.flow.procedure == "matter":  # a dispute goes to mediators
                go(matter, town.desk, "dispatched", now)
        made.append(matter)
    box = boxes.hang_box(
        by=town.station, number="YJX-1", name="菜市场", place=town.c1, where="北门", keeper=Seat.objects.get(post="community-counter", place=town.c1),
        hung_on=date(2026, 1, 1),
    )  # fmt: skip
    round_ = boxes.open_box(by=town.counter, box=box, request_id=uuid.uuid4(), slips=3, second="李老师")
    for _n in range(2):
        text = f"暗号{uuid.uuid4().hex[:8]}:楼道灯不亮"
        made.append(boxes.enter_slip(by=town.counter, round_=round_, request_id=uuid.uuid4(), text=text).matter)
    for n, community in enumerate(("都兰社区", "建华社区"), 1):
        by = town.district
        take_order(by=by, order=Order(0, f"RX{n}", f"暗号{uuid.uuid4().hex[:8]}:热线来电", community=community))
        made.append(Matter.objects.get(order__number=f"RX{n}"))
    attach(by=town.desk, matter=next(m for m in made if str(m.path).startswith(str(town.s1.path))), photos=[photo()])
    named = next(m for m in made if hasattr(m, "reporter") and str(m.path).startswith(str(town.s1.path)) and not m.reporter.withheld)
    reveal_reporter(by=town.desk, matter=named, purpose="matter")
    subscription, _secret = add_subscription(
        by=town.district, name="城管", url="https://example.org/", topics=["matter.raised"], place=town.d
    )
    for matter in made[:6]:
        about = About("matters.matter", matter.number, str(matter.path))
        enqueue([Note("webhook", "matter.raised", about, {"number": matter.number}, subscription=subscription.pk)])
    compute_measures()
    matters = list(Matter.objects.select_related("flow", "place"))
    return District(
        town, matters, box, round_, a_gathering(town, matters), a_household(town), subscription, Message.objects.order_by("pk").first()
    )


def a_gathering(town, matters: list[Matter]) -> Gathering:
    """Somewhere in the first community, about a matter there."""
    about = next(m for m in matters if str(m.path).startswith(str(town.c1.path)) and m.flow.procedure == "matter" and m.flow.step)
    seat, begins = Seat.objects.get(post="station-head", place=town.c1), timezone.now() + timedelta(days=2)
    plan = Plan(f"关于{about.number}的现场会", "北门", begins, begins + timedelta(hours=1))
    return plan_gathering(
        by=town.station, request_id=uuid.uuid4(), kind="site-meeting", seat=seat, place=town.c1, plan=plan, flow=about.flow
    )


def a_household(town) -> Household:
    """In the first grid, in a building in front of which something was raised."""
    door = town.g1
    for level, name in (("building", "5号楼"), ("unit", "1单元"), ("dwelling", "101")):
        code = f"{door.code}9"
        door = Place.objects.create(
            code=code, name=name, level=level, parent=door, path=f"{door.path}.{label(code)}", valid_from=date(2026, 1, 1)
        )
    Matter.objects.filter(place=town.g1).update(place=door.parent.parent, path=door.parent.parent.path)
    told = Told("某某", date(1961, 5, 3), "m")
    return enter_household(by=None, dwelling=door, people=[(told, Living("head"))], since=date(2026, 1, 2))


# --- people


HOLD = st.tuples(st.integers(0, 10**6), st.integers(0, 10**6))


def somebody(district: District, drawn: list[tuple[int, int]], seed: int) -> Asker:
    """A person with posts of the charter over places of the town."""
    user = User.objects.create(username=f"u{uuid.uuid4().hex[:8]}", name="某人")
    posts = sorted(charter_in_force().posts)
    for post_no, place_no in drawn:
        seats = Seat.objects.filter(post=posts[post_no % len(posts)]).order_by("pk")
        Holding.objects.get_or_create(
            seat=seats[place_no % len(seats)], user=user, until=None, defaults={"since": timezone.now() - timedelta(days=3)}
        )
    client = Client(raise_request_exception=False, headers={"Accept-Language": "zh-hans"})
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return Asker(district, user, client, Random(seed))


def choose(a: Asker) -> None:
    """Some matters that are theirs and some that aren't."""
    theirs = a.theirs()
    inside = [m for m in a.district.matters if m.number in theirs]
    outside = [m for m in a.district.matters if m.number not in theirs]
    a.sample = a.chance.sample(inside, min(2, len(inside))) + a.chance.sample(outside, min(3, len(outside)))


def said(response: Any) -> str:
    """All that an answer says, a spreadsheet's cells included."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content.startswith(b"PK\x03\x04"):
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        return "\n".join(str(c) for row in rows for c in row)
    return content.decode(errors="replace")


def asked_for(response: Any) -> str:
    """What the asker wrote themselves, which an answer may give back."""
    request = response.wsgi_request
    return f"{request.get_full_path()} {request.GET.dict()} {request.POST.dict() if request.method == 'POST' else ''}"


def leaks(a: Asker, name: str, response: Any) -> list[str]:
    numbers, words = DOORS[name].may(a)
    text, theirs = said(response), asked_for(response)
    found = [f"{name}: {NAME}"] if NAME in text and name not in ("matters:reveal", "api:reveal_reporter") else []
    for matter in a.district.matters:
        word = a.district.word(matter)
        if matter.number in text and matter.number not in numbers and matter.number not in theirs:
            found.append(f"{name}: number of {matter.number}")
        if word in text and matter.number not in words and word not in theirs:
            found.append(f"{name}: words of {matter.number}")
    if response.status_code >= 500:
        found.append(f"{name}: {response.status_code}")
    return found


@settings(max_examples=PEOPLE, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(drawn=st.lists(HOLD, min_size=1, max_size=2), seed=st.integers(0, 10**6))
def test_no_door_shows_a_matter_outside_what_the_posts_say(district, django_db_blocker, drawn, seed):
    with django_db_blocker.unblock(), transaction.atomic():
        a = somebody(district, drawn, seed)
        choose(a)
        held = Holding.objects.filter(user=a.user).select_related("seat")
        posts = charter_in_force().posts
        able = [h for h in held if set(posts[h.seat.post].abilities) & set(GRANTABLE)]
        if len(held) == 1 and able:
            a.api = Caller(key_for(a.user), language="zh-hans")
        found = []
        for name, door in DOORS.items():
            with transaction.atomic():
                for response in door.asks(a):
                    found += leaks(a, name, response)
                transaction.set_rollback(True)
        found += wrong_counts(a)
        assert not found, "\n".join(f"{[(h.seat.post, str(h.seat.path)) for h in held]}: {f}" for f in found)
        transaction.set_rollback(True)


def wrong_counts(a: Asker) -> list[str]:
    """The numbers of lists and home pages are of their own matters, all of them and no other."""
    theirs = a.theirs()
    able = {x for post, _h in a.held() for x in post.abilities}
    found = []
    if "matter.see" in able:
        listing = a.client.get("/matters/").context["listing"]
        mine = {m.number for m in a.district.matters if m.number in theirs}
        if listing.count.number != len(mine):
            found.append(f"the list counts {listing.count}, of {len(mine)}")
        for area in a.client.get("/desk/").context["today"].areas:  # each figure is the list it leads to, and lists are searched above
            for figure in area.figures:
                if figure.raw is not None and figure.unit != "%":
                    listed = a.client.get(figure.url).context["listing"].count.number
                    if listed != figure.raw:
                        found.append(f"the desk counts {figure.raw} {figure.key} in {area.name}, of {listed}")
        [line] = a.client.get("/matters/lines/").context["lines"]
        by_line = Matter.objects.filter(number__in=mine, line="secretary").count()
        if line["numbers"].raised != by_line:
            found.append(f"the line counts {line['numbers'].raised}, of {by_line}")
        if a.api:
            counted = a.api.get("/matters", {"count": "1"}).json()["count"]
            if counted != len(mine):
                found.append(f"the interface counts {counted}, of {len(mine)}")
    return found


def test_a_stranger_is_shown_public_matters_and_no_word_of_anybodys(district, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        a = Asker(district, None, Client(raise_request_exception=False, headers={"Accept-Language": "zh-hans"}), Random(1))
        a.sample = Random(1).sample(district.matters, 8)
        found = []
        for name, door in DOORS.items():
            if not name.startswith("api:"):
                for response in door.asks(a):
                    found += leaks(a, name, response)
        assert not found, "\n".join(found)
        public = {m.number for m in Matter.objects.filter(is_public=True).exclude(category="")}
        told = a.client.get("/open311/v2/requests.json").json()
        assert {r["service_request_id"] for r in told} == public
        transaction.set_rollback(True)


def test_the_search_itself_sees_a_leak(district, django_db_blocker):
    """With a wrong oracle the walk fails: what it looks for is really there to be found."""
    with django_db_blocker.unblock(), transaction.atomic():
        a = Asker(district, district.town.district, Client(headers={"Accept-Language": "zh-hans"}), Random(1))
        a.client.force_login(a.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        a.sample = district.matters[:3]
        a.theirs = lambda: set()  # type: ignore[method-assign]
        for name in ("matters:list", "matters:detail", "matters:desk_propose", "matters:box_round"):
            assert [leak for response in DOORS[name].asks(a) for leak in leaks(a, name, response)], name
        transaction.set_rollback(True)
