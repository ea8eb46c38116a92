"""Small charters for tests, also those of other rooms: five steps in a row, two levels of people, three categories.

``small_sources()`` is the text, ``small_charter()`` the typed charter, ``adopt_small()`` stores it and puts it in force. Every keyword
replaces one piece of the text, so that a test says only what it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linli.charter.loader import parse
from linli.charter.schema import ABILITIES, Charter

if TYPE_CHECKING:
    from linli.charter.models import CharterVersion

HEAD = """
id = "small"
name = { zh = "小章程", en = "Small charter" }
version = "1"
source = { zh = "测试", en = "tests" }
hours = ["08:30-12:00", "14:30-18:00"]

[area]
root = "150204000000"
levels = ["district", "street", "community", "grid", "building", "unit", "dwelling"]
grid_households = 400
"""

BODIES = """
[[body]]
id = "station"
name = { zh = "社区服务站", en = "Service station" }
level = "community"
kind = "station"

[[body]]
id = "street"
name = { zh = "街道办事处", en = "Street office" }
level = "street"
kind = "street"

[[body]]
id = "district"
name = { zh = "区治理中心", en = "District centre" }
level = "district"
kind = "district"
"""

MATTERS = """
[[category]]
id = "public"
name = { zh = "公共设施", en = "Public facilities" }
start_level = "grid"
route = { grid = "worker", community = "head", street = "desk", district = "coordinator" }

[[category]]
id = "public.lamp"
name = { zh = "路灯不亮", en = "Street lamp out" }
filing = { zh = "夜间不亮", en = "Dark at night" }
closing = { zh = "恢复照明", en = "It is lit again" }
within = "P3D"
words = ["路灯", "灯坏了"]

[[category]]
id = "public.bench"
name = { zh = "座椅损坏", en = "Broken bench" }
filing = { zh = "不能坐", en = "Can't be sat on" }
closing = { zh = "修好或移走", en = "Mended or removed" }
within = "P5D"

[[category]]
id = "quiet"
name = { zh = "邻里纠纷", en = "Quarrels" }

[[category]]
id = "quiet.noise"
name = { zh = "噪声扰民", en = "Noise" }
filing = { zh = "影响休息", en = "Disturbs rest" }
closing = { zh = "双方认可", en = "Both sides agree" }
within = "P5D"
public = false
start_level = "community"
route = { community = "head", street = "desk", district = "coordinator" }
"""

PROCEDURE = """
id = "matter"
name = { zh = "诉求办理", en = "Handling a matter" }
start = "accept"
within = "P30D"
reopen = "handle"
reopens = 1
reopen_within = "P15D"

[[step]]
id = "accept"
name = { zh = "受理", en = "Accept" }
actor = "desk"
action = "accept"
within = "PT4H"
on = { accepted = "handle", refused = "END refused" }

[[step]]
id = "handle"
name = { zh = "办理", en = "Handle" }
actor = "route"
action = "handle"
needs = ["result", "photo?"]
within = "category"
late = "escalate"
grace = "P1D"
returns = 1
exhausted = "check"
extensions = 1
suspend = true
joint = true
on = { done = "check", return = "accept" }

[[step]]
id = "check"
name = { zh = "核查", en = "Check" }
actor = "checker"
action = "check"
needs = ["finding"]
within = "P1D"
not_by = ["handle"]
returns = 2
exhausted = "answer"
on = { passed = "answer", rework = "handle" }

[[step]]
id = "answer"
name = { zh = "答复", en = "Answer" }
actor = "desk"
action = "answer"
needs = ["answer"]
within = "P1D"
on = { answered = "rate" }

[[step]]
id = "rate"
name = { zh = "评价", en = "Rate" }
actor = "reporter"
action = "rate"
within = "P5D"
returns = 1
exhausted = "END disputed"
on = { satisfied = "END closed", dissatisfied = "handle", silent = "END closed" }

[[end]]
id = "closed"
name = { zh = "办结", en = "Closed" }
good = true

[[end]]
id = "refused"
name = { zh = "不予受理", en = "Refused" }
good = false

[[end]]
id = "disputed"
name = { zh = "有异议", en = "Disputed" }
good = false
"""

LINEAR = """
id = "matter"
name = { zh = "五步直行", en = "Five steps in a row" }
start = "accept"
within = "P30D"

[[step]]
id = "accept"
name = { zh = "受理", en = "Accept" }
actor = "desk"
action = "accept"
within = "PT4H"
on = { accepted = "dispatch", refused = "END refused" }

[[step]]
id = "dispatch"
name = { zh = "派遣", en = "Dispatch" }
actor = "desk"
action = "dispatch"
within = "PT4H"
on = { dispatched = "handle" }

[[step]]
id = "handle"
name = { zh = "办理", en = "Handle" }
actor = "route"
action = "handle"
needs = ["result"]
within = "category"
on = { done = "check", return = "END refused" }

[[step]]
id = "check"
name = { zh = "核查", en = "Check" }
actor = "checker"
action = "check"
needs = ["finding"]
within = "P1D"
on = { passed = "answer", rework = "END refused" }

[[step]]
id = "answer"
name = { zh = "答复", en = "Answer" }
actor = "desk"
action = "answer"
needs = ["answer"]
within = "P1D"
on = { answered = "END closed" }

[[end]]
id = "closed"
name = { zh = "办结", en = "Closed" }
good = true

[[end]]
id = "refused"
name = { zh = "不予受理", en = "Refused" }
good = false
"""


@dataclass(frozen=True, slots=True)
class _Seat:
    id: str
    zh: str
    en: str
    body: str
    level: str
    falls_to: str
    abilities: tuple[str, ...]
    seats: str = "[1, 3]"
    reach: str = "area"

    def toml(self) -> str:
        abilities = ", ".join(f'"{a}"' for a in self.abilities)
        falls_to = f'falls_to = "{self.falls_to}"\n' if self.falls_to else ""
        return (
            f'\n[[post]]\nid = "{self.id}"\nname = {{ zh = "{self.zh}", en = "{self.en}" }}\nbody = "{self.body}"\nlevel = "{self.level}"\n'
            f'abilities = [{abilities}]\nreach = "{self.reach}"\nseats = {self.seats}\n{falls_to}'
        )


_WORK = ("matter.see", "matter.report", "flow.act", "place.see", "charter.see")
_LEAD = (*_WORK, "matter.intake", "matter.contact", "flow.urge", "flow.approve", "flow.assign", "flow.join", "post.see")

SEATS = (
    _Seat("worker", "网格员", "Grid worker", "station", "grid", "head", _WORK),
    _Seat("head", "站长", "Head of station", "station", "community", "desk", (*_LEAD, "post.assign")),
    _Seat("checker", "核查员", "Checker", "station", "community", "desk", _WORK),
    _Seat(
        "desk", "街道受理台", "Street desk", "street", "street", "coordinator", (*_LEAD, "post.assign", "matter.publish", "matter.export")
    ),
    _Seat("officer", "部门经办岗", "Department officer", "district", "district", "coordinator", (*_WORK, "flow.join"), reach="own"),
    _Seat("coordinator", "区统筹员", "District coordinator", "district", "district", "", ABILITIES),
)
POSTS = "".join(seat.toml() for seat in SEATS)


def small_sources(
    *, head: str = HEAD, bodies: str = BODIES, posts: str = POSTS, matters: str = MATTERS, procedure: str = PROCEDURE,
    more: str = "", files: Mapping[str, str] | None = None, **swap: str,
) -> dict[str, str]:  # fmt: skip
    """The small charter's files. ``more`` is appended to charter.toml, ``files`` adds files.

    ``swap``: ``procedure_swap="old -> new"`` (also ``head_``, ``posts_``, ``matters_``, ``bodies_``) replaces one piece of that text, which
    has to be there once.
    """
    texts = {"head": head, "bodies": bodies, "posts": posts, "matters": matters, "procedure": procedure}
    for key, change in swap.items():
        part = key.removesuffix("_swap")
        old, new = change.split(" -> ")
        if texts[part].count(old) != 1:
            raise AssertionError(f"{old!r} stands {texts[part].count(old)} times in {part}")
        texts[part] = texts[part].replace(old, new)
    return {
        "charter.toml": texts["head"] + texts["bodies"] + texts["posts"] + more,
        "matters.toml": texts["matters"],
        "procedures/matter.toml": texts["procedure"],
        **(files or {}),
    }


def small_charter(**changes) -> Charter:
    """The small charter, typed. Takes what ``small_sources`` takes; ``procedure=LINEAR`` gives five steps in a row."""
    return parse(small_sources(**changes))


def adopt_small(**changes) -> CharterVersion:
    """Store the small charter and put it in force. Needs a database."""
    from linli.charter.store import adopt_sources

    return adopt_sources(small_sources(**changes), by="test")
