"""A small Qingshan for tests: one district, two streets, communities, grids with square shapes, and people in the posts that matter."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from PIL import Image

import linli
from linli.access.models import User
from linli.bodies.actions import appoint
from linli.bodies.furnish import furnish
from linli.bodies.models import Seat
from linli.charter.store import adopt, charter_of
from linli.flow.models import Flow
from linli.frame.uploads import clean_photo
from linli.kit import crypto
from linli.matters import actions
from linli.matters.models import Channel, Matter
from linli.matters.reporters import ReporterInfo
from linli.places import lookup
from linli.places.ltree import label
from linli.places.models import Geography, Place

# a Monday, 09:00 in Shanghai
START = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
LON, LAT, SIDE = 109.90, 40.65, 0.005

POSTS = {  # who sits where: username, post, place key
    "worker": ("grid-worker", "g1"),
    "worker2": ("grid-worker", "g2"),
    "counter": ("community-counter", "c1"),
    "station": ("station-head", "c1"),
    "checker": ("community-checker", "c1"),
    "guide": ("grid-guide", "g1"),
    "desk": ("street-desk", "s1"),
    "coordinator": ("street-coordinator", "s1"),
    "district": ("district-coordinator", "d"),
    "auditor": ("auditor", "d"),
    "urban": ("urban-management-officer", "d"),
    "stranger": ("street-desk", "s2"),
    "other_worker": ("grid-worker", "g9"),
}


@dataclass
class Town:
    """Places by key (d, s1, s2, c1, c2, c9, g1, g2, g3, g9) and people by what they do."""

    places: dict[str, Place] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    version: object = None

    def __getattr__(self, name: str):
        for kept in ("places", "people"):
            if name in self.__dict__.get(kept, {}):
                return self.__dict__[kept][name]
        raise AttributeError(name)

    def point(self, key: str) -> tuple[float, float]:
        place = self.places[key]
        return place.lon, place.lat


def _place(town: Town, key: str, code: str, name: str, level: str, parent: str = "", at: int | None = None) -> None:
    above = town.places.get(parent)
    shape = lon = lat = None
    if at is not None:
        west, south = LON + at * SIDE, LAT
        ring = [[west, south], [west + SIDE, south], [west + SIDE, south + SIDE], [west, south + SIDE], [west, south]]
        shape, lon, lat = {"type": "Polygon", "coordinates": [ring]}, west + SIDE / 2, south + SIDE / 2
    town.places[key] = Place.objects.create(
        code=code, name=name, level=level, parent=above, path=f"{above.path}.{label(code)}" if above else label(code),
        shape=shape, lon=lon, lat=lat, valid_from=date(2013, 1, 1), is_demo=True,
    )  # fmt: skip


def make_town() -> Town:
    """Charter adopted, places and seats made, people in their posts, a keyring to seal with."""
    try:
        crypto.load_keyring()
    except crypto.NoKeyring:
        crypto.new_keyring()
    town = Town()
    town.version = adopt(Path(linli.__file__).parent / "charters" / "qingshan", in_force_from=datetime(2026, 1, 1, tzinfo=UTC))
    _place(town, "d", "150204000000", "青山区", "district")
    _place(town, "s1", "150204006000", "青山路街道", "street", "d")
    _place(town, "s2", "150204008000", "幸福路街道", "street", "d")
    _place(town, "c1", "150204006019", "都兰社区", "community", "s1")
    _place(town, "c2", "150204006020", "昆仑社区", "community", "s1")
    _place(town, "c9", "150204008015", "建华社区", "community", "s2")
    for n, (key, parent) in enumerate([("g1", "c1"), ("g2", "c1"), ("g3", "c2"), ("g9", "c9")]):
        _place(town, key, f"{town.places[parent].code}-{n + 1:02d}", f"第{n + 1}网格", "grid", parent, n)
    Geography.objects.update_or_create(pk=1, defaults={"version": uuid.uuid4().int % 10**15})
    lookup.forget()
    furnish(charter_of(town.version), town.places["d"])
    for username, (post, key) in POSTS.items():
        user = User.objects.create(username=username, name=f"员工{username}")
        town.people[username] = user
        appoint(by=None, seat=Seat.objects.get(post=post, place=town.places[key]), user=user, since=datetime(2026, 1, 1, tzinfo=UTC))
    return town


def jpeg(colour: str = "red", *, exif: bytes = b"", size: tuple[int, int] = (64, 48)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG", **({"exif": exif} if exif else {}))
    return out.getvalue()


def photo(colour: str = "red"):
    return clean_photo(jpeg(colour))


def report(town: Town, **told) -> actions.Raised:
    """A resident's matter about rubbish in the first grid, unless told otherwise."""
    told.setdefault("request_id", uuid.uuid4())
    told.setdefault("channel", Channel.WEB)
    told.setdefault("text", "5号楼北门垃圾堆了三天没人清,发臭")
    told.setdefault("category", "environment.rubbish")
    told.setdefault("now", START)
    told.setdefault("reporter", ReporterInfo("王秀兰", "13812345678"))
    if not {"place", "position", "address"} & set(told):
        told["place"] = town.g1
    return actions.raise_matter(**told)


def go(matter: Matter, by: User, outcome: str, now: datetime, **more) -> Matter:
    """Take one step as it stands."""
    return actions.take_matter_step(by=by, matter=matter, seq=None, outcome=outcome, now=now, **more)


def rung(matter: Matter, by: User, outcome: str, now: datetime, **more) -> Matter:
    """Look up the number, ring, and enter what came of it."""
    actions.reveal_reporter(by=by, matter=matter, purpose="matter", now=now)
    return go(matter, by, outcome, now, **more)


def flow_of(matter: Matter) -> Flow:
    return Flow.objects.get(pk=matter.flow_id)
