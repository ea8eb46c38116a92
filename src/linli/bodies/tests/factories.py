"""A small district for tests: two streets, a community each, two grids each, furnished from a charter of a few posts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.utils import timezone

from linli.access.models import User
from linli.bodies.furnish import furnish
from linli.bodies.models import Holding, Seat
from linli.charter import store
from linli.charter.models import CharterInForce, CharterVersion
from linli.charter.schema import Area, Body, Charter, Name, Post
from linli.places.models import Place

WORK = ("matter.see", "matter.report", "flow.act", "place.see", "charter.see")
LEAD = (*WORK, "flow.assign", "post.see", "post.assign")
ALL = (*LEAD, "matter.intake", "matter.contact", "place.edit", "audit.see")


def _name(text: str) -> Name:
    return Name(zh=text, en=text)


def charter(**changes) -> Charter:
    """Grid worker → station head → street coordinator → district coordinator, and a department that sees only its own work."""
    bodies = [
        Body("station", _name("社区服务站"), "community", "station"),
        Body("street-office", _name("街道办事处"), "street", "street"),
        Body("district-centre", _name("区中心"), "district", "district"),
        Body("parks", _name("园林局"), "district", "department"),
    ]
    posts = [
        Post("grid-worker", _name("网格员"), "station", "grid", WORK, falls_to="station-head"),
        Post("grid-guide", _name("党建指导员"), "station", "grid", WORK, reach="own", falls_to="station-head"),
        Post("station-head", _name("站长"), "station", "community", LEAD, falls_to="street-coordinator", seats=(1, 2)),
        Post("street-coordinator", _name("街道统筹员"), "street-office", "street", LEAD, falls_to="district-coordinator"),
        Post("district-coordinator", _name("区统筹员"), "district-centre", "district", ALL, seats=(1, 4)),
        Post("parks-officer", _name("园林经办岗"), "parks", "district", WORK, reach="own", falls_to="district-coordinator", seats=(1, 3)),
    ]
    made = Charter(
        id="test", name=_name("试"), version="1", source=_name("试"), area=Area("D", ("district", "street", "community", "grid"), 400), hours=(),
        bodies={b.id: b for b in bodies}, posts={p.id: p for p in posts}, duties={}, procedures={}, categories={}, groups={}, accepted=(),
        sha256="0" * 64,
    )  # fmt: skip
    return replace(made, **changes)


def adopt(monkeypatch, text: Charter) -> None:
    """Put ``text`` in force without going through TOML."""
    now = timezone.now() - timedelta(days=400)
    version = CharterVersion.objects.create(key=text.id, version=text.version, sha256=text.sha256, source={}, adopted_at=now)
    CharterInForce.objects.create(charter=version, from_when=now, decided_at=now)
    monkeypatch.setattr(store, "parse", lambda source: text)
    store.forget()


@dataclass
class District:
    """The furnished district, by short names: D; S1, S2; C1, C2; G11, G12, G21, G22."""

    charter: Charter
    places: dict[str, Place]
    users: int = 0
    made: list[User] = field(default_factory=list)

    def seat(self, post: str, place: str) -> Seat:
        return Seat.objects.get(post=post, place=self.places[place])

    def user(self, name: str = "", **fields) -> User:
        self.users += 1
        user = User(username=f"user{self.users}", name=name or f"人{self.users}", **fields)
        user.set_password("long enough 7")
        user.save()
        return user

    def holder(
        self, post: str, place: str, *, since: datetime | None = None, until: datetime | None = None, name: str = "", **fields
    ) -> User:
        from linli.bodies.acting import refresh_acting

        user = self.user(name, **fields)
        Holding.objects.create(seat=self.seat(post, place), user=user, since=since or timezone.now(), until=until)
        refresh_acting()
        return user


def district(monkeypatch, text: Charter | None = None) -> District:
    """Adopt, make the places, furnish them."""
    text = text or charter()
    adopt(monkeypatch, text)
    tree = [
        ("D", "district", "试区", None),
        ("S1", "street", "甲街道", "D"),
        ("S2", "street", "乙街道", "D"),
        ("C1", "community", "甲社区", "S1"),
        ("C2", "community", "乙社区", "S2"),
        ("G11", "grid", "甲一网格", "C1"),
        ("G12", "grid", "甲二网格", "C1"),
        ("G21", "grid", "乙一网格", "C2"),
        ("G22", "grid", "乙二网格", "C2"),
    ]
    places: dict[str, Place] = {}
    for code, level, name, parent in tree:
        above = places.get(parent) if parent else None
        path = f"{above.path}.{code}" if above else code
        places[code] = Place.objects.create(code=code, level=level, name=name, parent=above, path=path, valid_from=date(2020, 1, 1))
    furnish(text, places["D"])
    return District(text, places)
