"""A dispute at every stage, by the real rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from linli.access.models import User
from linli.bodies.actions import appoint
from linli.bodies.models import Holding, Seat
from linli.matters import actions as matters
from linli.matters.disputes import actions
from linli.matters.disputes.actions import Owed
from linli.matters.disputes.parties import PartyInfo
from linli.matters.models import Matter
from linli.matters.tests.factories import START, Town, make_town, report

MEDIATORS = {
    "voice": ("grid-voice", "g1"),
    "mediator": ("mediation-chair", "c1"),
    "street_mediator": ("street-mediator", "s1"),
    "property_mediator": ("property-mediator", "d"),
    "justice": ("justice-officer", "d"),
    "elsewhere": ("mediation-chair", "c9"),
}
SECRET = ("钱德旺", "孙玉梅", "13911112222", "13933334444", "和平里9号楼二单元")
FACTS = "乙方家卫生间漏水，泡坏甲方吊顶，双方对责任有争议。"


def make_disputing_town() -> Town:
    town = make_town()
    for username, (post, key) in MEDIATORS.items():
        user = User.objects.create(username=username, name=f"员工{username}")
        town.people[username] = user
        appoint(by=None, seat=Seat.objects.get(post=post, place=town.places[key]), user=user, since=datetime(2026, 1, 1, tzinfo=UTC))
    return town


def raised(town: Town, **told) -> Matter:
    """Registered, with both sides: 甲方 钱德旺, 乙方 孙玉梅. In the property trade unless told otherwise: it begins in the community."""
    told.setdefault("category", "disputes.property")
    told.setdefault("text", "门禁卡被停，双方各说各的理")
    matter = report(town, **told).matter
    now = told.get("now", START)
    for info in (PartyInfo(1, SECRET[0], SECRET[2], SECRET[4]), PartyInfo(2, SECRET[1], SECRET[3], "", "和平物业公司")):
        actions.add_party(by=town.desk, matter=matter, info=info, now=now)
    return matter


def go(matter: Matter, by: User, outcome: str, now: datetime, **texts: str) -> Matter:
    return matters.take_matter_step(by=by, matter=matter, seq=None, outcome=outcome, texts=texts, now=now)


def at_consent(town: Town, **told) -> Matter:
    return go(raised(town, **told), town.desk, "accepted", START + timedelta(minutes=10))


def mediating(town: Town, **told) -> Matter:
    return go(at_consent(town, **told), town.mediator, "agree", START + timedelta(hours=1))


def name_them(matter: Matter, *users: User, by: User | None = None, now: datetime | None = None) -> None:
    """Name these as mediators, the leading one first."""
    actions.name_mediators(by=by or users[0], matter=matter, holdings=[Holding.objects.get(user=u) for u in users], now=now or START)


DAY = date(2026, 11, 16)


def agree(town: Town, matter: Matter, *, by: User | None = None, now: datetime | None = None, signed_on: date = DAY, **more):
    more.setdefault(
        "obligations", [Owed(2, "恢复门禁", signed_on + timedelta(days=3)), Owed(1, "补交半年物业费", signed_on + timedelta(days=20))]
    )
    return actions.enter_agreement(
        by=by or town.mediator, matter=matter, form=more.pop("form", "written"), facts=more.pop("facts", FACTS), responsibilities="乙方承担主要责任",
        terms="", signed_on=signed_on, now=now or START + timedelta(hours=2), **more,
    )  # fmt: skip


def agreed(town: Town, **told) -> Matter:
    """In the step of judicial confirmation."""
    matter = mediating(town, **told)
    name_them(matter, town.mediator)
    agree(town, matter)
    return go(matter, town.mediator, "agree", START + timedelta(hours=3), result="双方谈妥")


def performing(town: Town, **told) -> Matter:
    return go(agreed(town, **told), town.mediator, "refuse", START + timedelta(hours=4), reason="双方都认为不需要")
