"""What a charter can say: typed, frozen values with no database and no Django.

A charter is a folder of TOML files: ``charter.toml`` (levels, hours, bodies, posts, duties, gatherings), ``matters.toml``
(the category tree) and ``procedures/*.toml``. ``loader.load`` turns a folder into one ``Charter``; ``linter.lint``
says what is wrong with it.
"""

# Docstrings and field comments here are also the source of docs/charter-reference.md: python -m linli.charter.reference

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from fractions import Fraction

LEVELS = ("province", "city", "district", "street", "community", "grid", "building", "unit", "dwelling")
"""Levels of the area tree, outermost first."""

# The closed list of action kinds. Each kind has a closed set of outcomes, and every step must wire all of its kind's.
ACTIONS: dict[str, tuple[str, ...]] = {
    "accept": ("accepted", "refused"),  # 受理: is it ours to do?
    "dispatch": ("dispatched",),  # 派遣: who does it
    "entrust": ("own", "dispatched"),  # 交办: whoever was written to answers themselves, or says who does it
    "handle": ("done", "return"),  # 办理: do it, or send it back with the reason 回退
    "check": ("passed", "rework"),  # 核查: someone else went and looked 返工
    "answer": ("answered",),  # 答复: tell the person
    "rate": ("satisfied", "dissatisfied", "silent"),  # 评价: the person says; silence is an answer after a term
    "callback": (
        "satisfied",
        "dissatisfied",
        "explained",
        "unreached",
    ),  # 回访: the person is rung up; passed over where there is no telephone
    "opinion": ("agree", "return", "refuse"),  # 审议: a post or body gives its opinion
    "follow": (
        "agree",
        "return",
        "refuse",
        "anew",
    ),  # 跟踪履行: what was agreed on is kept, not yet, not at all, or has to be agreed on anew
    "publish": ("quiet", "objected"),  # 公示: public for a term; objections count
}

# Outcomes that no person takes: they happen when the step's time runs out.
BY_CLOCK = {"rate": "silent", "publish": "quiet"}

# The closed list of abilities a post can have.
ABILITIES = (
    "matter.see",  # read matters of the area (reach = "area") or those one's seat takes part in (reach = "own")
    "matter.report",  # raise a matter as staff
    "matter.intake",  # the intake desk: raise for a resident, accept, refuse, dispatch, correct category and place
    "matter.contact",  # read the reporter's name and phone, each time with a purpose, logged
    "matter.export",  # take lists out as a spreadsheet
    "matter.publish",  # decide what of a matter is public
    "matter.join",  # merge matters about the same thing, split one that holds several, link those that belong together 并案 拆分 关联
    "matter.transfer",  # hand a matter to another community, street or authority outside 移送
    "hotline.exchange",  # hand in work orders of the hotline and fetch their answers: for the hotline's own system
    "box.keep",  # open opinion boxes of the area and enter their slips
    "box.manage",  # hang, move and take down opinion boxes
    "flow.act",  # take the steps one's seat owns
    "flow.urge",  # 催办
    "flow.supervise",  # 督办 通报: supervise work, accept or send back its answers, sign notices
    "flow.approve",  # decide on extensions and suspensions 延期 挂账
    "flow.assign",  # move work between seats of the area
    "flow.join",  # call in other departments 联合办理
    "place.see",
    "place.edit",  # load, draw and change places
    "post.see",
    "post.assign",  # appoint to and release from posts of the area
    "charter.see",
    "measure.see",  # read the figures of the area 态势
    "plan.see",  # see how communities of the area are divided into grids, the alternatives, and planning studies
    "plan.grids",  # make alternatives, change them by hand, propose one; make planning studies
    "audit.see",  # read logs and verify history
    "gathering.see",  # see gatherings of the area and those one is invited to; of those about a piece of work, where one sees the work
    "gathering.convene",  # plan a gathering, invite to it, call it off
    "gathering.record",  # who came, the minutes, the result
    "person.see",  # find and read households and people of the area, numbers masked
    "person.edit",  # enter, correct and move them
    "person.unmask",  # read an identity number or telephone, each time with a purpose, logged
    "person.minor",  # read what is protected of children under 14, and who has custody
    "person.export",  # take lists of households out as a spreadsheet
    "person.approve",  # say yes or no to a list of households somebody else wants to take out; sees no resident by it
    "group.see",  # see who is visited under the groups that name one's post
    "group.edit",  # enter people into such groups, and end it
    "outbox.manage",  # messages to the outside: what could not be delivered, and which systems are told of matters
)

WHATEVER_REACH = frozenset({"place.see", "charter.see"})
"""Abilities that ``reach = "own"`` does not narrow: where places lie and what the rules are is no secret."""

WHILE_AT_WORK = frozenset({"matter.contact", "matter.intake", "matter.transfer", "matter.join", "matter.publish", "flow.assign"})
"""Abilities that taking part gives only as long as there is something to do: whoever is done with a matter elsewhere goes on seeing it, needs
nobody's number and disposes of it no more."""

BODY_KINDS = ("party", "committee", "station", "street", "department", "district", "mediation")
"""What an organisation can be: party body, residents' committee, service station, street office, department, district office, people's
mediation committee."""

CONFIDED = frozenset({"person.see", "person.edit", "person.unmask", "person.minor", "person.export", "group.see", "group.edit"})
"""Abilities that whoever appoints gives with a post without having them: residents' data is for those who serve them, not for those who
appoint. Nobody gives them to themselves."""


PERIODS = ("day", "week", "month", "quarter", "year")
"""How often a duty comes round."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""Days of the week, as ``datetime.date.weekday`` counts them."""

DUTY_OF = ("household", "worker-day")
"""What a duty counts: households reached, or days of one worker spent in the field."""


PRESSING = ("urge", "supervise", "notice")
"""What a rung of the ladder does 催办、督办、通报."""


RATES = {
    "responded": "more", "closing": "more", "on_time": "more", "solved": "more", "satisfied": "more", "satisfied_own": "more",
    "satisfied_called": "more", "called": "more", "dispatch": "more", "rework": "less", "repeated": "less",
    "mediation_success": "more", "settled_community": "more", "settled_street": "more", "settled_within": "more", "performance": "more",
}  # fmt: skip
"""Shares a charter can set a goal for, and which way each is better; what each counts: docs/measures.md."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh


@dataclass(frozen=True, slots=True)
class Duration:
    """Working time: ``PnD`` working days or ``PTnH`` working hours by the official calendar.

    ``clock`` is "working" (default) or "natural"; written ``"PT2H natural"`` for emergencies that do not wait for office hours.
    """

    days: int = 0
    hours: int = 0
    clock: str = "working"

    def __str__(self) -> str:
        text = f"P{self.days}D" if self.days or not self.hours else f"PT{self.hours}H"
        return text if self.clock == "working" else f"{text} natural"


@dataclass(frozen=True, slots=True)
class Area:
    """Where the charter holds: the official code of its root place and the levels it uses, outermost first."""

    root: str  # 12 digits; empty in a charter made to be extended
    levels: tuple[str, ...]  # of the list below, outermost first
    grid_households: int  # what a grid is sized to


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of the working day."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation that exists once at every place of its level (or only at ``places``, by code)."""

    id: str
    name: Name
    level: str  # one of the charter's levels
    kind: str  # party, committee, station, street, department or district
    places: tuple[str, ...] = ()  # codes of the only places it exists at; none: all of its level


@dataclass(frozen=True, slots=True)
class Post:
    """A seat in a body, held by people over a place from when to when. Every permission is a post held over a place."""

    id: str
    name: Name
    body: str  # a body's id
    level: str  # the level of the places it is held over
    abilities: tuple[str, ...]  # of the list below
    reach: str = "area"  # area: everything of the place held; own: only work its seat takes part in
    falls_to: str = ""  # the post whose holder does the work while this one is vacant; empty only at the top
    seats: tuple[int, int] = (1, 1)  # fewest and most holders per place


@dataclass(frozen=True, slots=True)
class Duty:
    """A number that has to be reached in each period: at least ``at_least`` of ``of`` within ``area`` each ``each``."""

    id: str
    name: Name
    post: str  # whose duty it is
    each: str  # day, week, month, quarter or year
    of: str  # household (households reached) or worker-day (days of one worker in the field)
    at_least: int | str  # a count, "all", or a share as text: "2/3"
    area: str = "grid"  # the level it is counted in


@dataclass(frozen=True, slots=True)
class Goal:
    """What one of the figures should reach or, where less is better, stay below; shown beside it on the pages of every area."""

    id: str  # one of the list below
    share: str  # a share as text: "19/20"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a procedure.

    ``actor`` is ``"route"`` (the category's route at the level where the flow stands), ``"same"`` (the seat that had the step before),
    ``"reporter"`` (the person who raised it), or a post's id. ``on`` wires each outcome of the action to a step id or ``"END name"``. ``returns`` bounds every
    backward edge of the step; once used up the outcome leads to ``exhausted``, or is no longer offered.
    """

    id: str
    name: Name
    actor: str  # "route", "same", "reporter" or a post's id
    action: str  # of the list below
    on: dict[str, str]  # outcome -> step id or "END name"; every outcome of the action
    needs: tuple[str, ...] = ()  # evidence: result, answer, finding, reason, photo, …; a trailing ? makes it optional
    within: Duration | str | None = None  # a duration; "category": the category's time limit; "agreed": until what those before it agreed
    late: str = "tell"  # tell: those concerned are told; escalate: it also goes up a level after the grace
    grace: Duration | None = None  # with late = "escalate": how long after the deadline, and again at each level
    returns: int = 0  # how often each way back may be taken
    exhausted: str = ""  # where a way back leads once its returns are used up
    withdrawn: str = ""  # "END name": how it ends where those concerned take it back or leave here; empty: withdrawn, which needs no naming
    shares: str = ""  # a step whose ways back this one's count with: outcomes both have are counted together and bounded as that step says
    not_by: tuple[str, ...] = ()  # whoever took these steps last may not take this one
    extensions: int = 0  # how often an extension may be granted within one stay in the step
    suspend: bool = False  # may be put on the ledger 挂账
    joint: bool = False  # may call in assisting bodies
    handover: Duration | None = None  # may be handed over to another body, which takes it over or sends it back within this time 移交
    labels: dict[str, Name] = field(default_factory=dict)  # outcome -> what it is called here, where the usual word says too little
    help: Name | None = None  # what the person taking the step should know
    told: Name | None = None  # what the person who raised it reads while it stands here


@dataclass(frozen=True, slots=True)
class End:
    """How a procedure can end. ``good`` counts as solved."""

    id: str
    name: Name
    good: bool  # whether ending so counts as solved


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the ladder that presses on late work, climbed by the clock, each once in a time the work is late.

    ``urge`` 催办 asks whoever is responsible, with a copy to the post above; ``supervise`` 督办 has the post ``by`` (or the next one up that
    stands no lower than the work) open a supervision with a deadline of its own, which the responsible seat answers; ``notice`` 通报 names
    body and post, never a person, in the notice of the month.
    """

    id: str
    name: Name
    does: str  # urge, supervise or notice
    after: Duration  # how long after the deadline or, from the second rung on, after the rung before
    by: str = ""  # the post that supervises; only with supervise
    within: Duration | None = None  # how long the answer may take; only with supervise
    requires: Name | None = None  # what has to be answered; only with supervise
    steps: tuple[str, ...] = ()  # only while the work is late in one of these steps; none: in any


@dataclass(frozen=True, slots=True)
class Procedure:
    """A piece of work from start to end. ``within`` is the longest the whole may take."""

    id: str
    name: Name
    start: str  # the first step's id
    within: Duration  # the longest the whole may take
    steps: dict[str, Step]  # by id, in the order of the file
    ends: dict[str, End]  # by id
    reopen: str = ""  # the step an ended flow goes back to when it is reopened; empty: it can't be
    reopens: int = 0  # how often
    reopen_within: Duration | None = None  # how long after the end
    rungs: tuple[Rung, ...] = ()  # how late work is pressed on, in order
    merges: tuple[str, ...] = ()  # procedures into whose matters this one's may be merged, besides its own
    transfers: int = 2  # how often a matter may be handed to another place; and, counted by itself, to an authority outside
    closed: bool = False  # whether meetings about its work are for those who take part and who supervise, not for all who see the work

    def bounding(self, step: Step, outcome: str) -> Step:
        """The step whose ``returns`` and ``exhausted`` bound the outcome: its own, or the one it shares its ways back with."""
        other = self.steps.get(step.shares)
        return other if other is not None and outcome in other.on else step

    def ladder(self, step: str) -> tuple[Rung, ...]:
        """The rungs for work that is late in the step."""
        return tuple(r for r in self.rungs if not r.steps or step in r.steps)


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of matter. Only leaves take matters; a branch groups them. Never a kind of person."""

    id: str  # dotted path: environment.rubbish
    name: Name
    parent: str = ""
    leaf: bool = False
    filing: Name | None = None  # 立案条件: when it counts as one
    closing: Name | None = None  # 结案条件: when it is done
    within: Duration | None = None  # time limit for handling
    procedure: str = "matter"  # the procedure that handles it
    start_level: str = "grid"  # where handling begins
    route: dict[str, str] = field(
        default_factory=dict
    )  # level -> post id, from start_level up to the top; taken over from the branch where absent
    public: bool = True  # whether its matters appear on public pages
    urgent: bool = False  # shown and sorted first
    words: tuple[str, ...] = ()  # what people call it, for search and proposals
    settle: str = ""  # the level up to which it should be settled, taken over from the branch; what goes beyond is counted apart
    near: int = 0  # metres within which another of its matters may be the same one, taken over from the branch; 0: never looked for
    repeats: int = 0  # so many at one place within the charter's days make it a recurring one, taken over from the branch; 0: the charter's


@dataclass(frozen=True, slots=True)
class Recurring:
    """When a kind of matter recurs at a place 重复诉求: seen from the place alone, never from who raised it, and only for public kinds with ``near``."""

    times: int = 3  # so many of the kind at the place …
    days: int = 90  # … within so many days


@dataclass(frozen=True, slots=True)
class Dividing:
    """What a division of a community into grids 划分网格 is held to, and how one is adopted. The size of a grid is ``grid_households`` of ``[area]``."""

    tolerance: str = "1/10"  # by which share a grid may miss that size, as text
    farthest: int = 300  # metres from a grid's middle within which all of it should lie
    link: int = 120  # metres at most between neighbouring buildings of a grid
    stay: int = 1000  # metres of walking that a household's coming to another grid counts as
    procedure: str = ""  # how a division is adopted: opinions of posts that may change places; empty: none is


@dataclass(frozen=True, slots=True)
class Staffing:
    """What people and rooms are held to 人员与用房. The usual norms: 124 staff for 34,000 households and 102,000 people, and 1,000 m² and more."""

    worker: int = 274  # households of one worker at most; 0: not looked at
    worker_residents: int = 822  # residents of one worker at most; 0: not looked at
    chair: int = 800  # households of one vice-chair of the committee; 0: not looked at
    space: int = 1000  # m² of rooms every community has
    space_until: int = 1000  # households up to which that is enough
    space_more: int = 50  # m² more …
    space_each: int = 100  # … for each full so many households beyond


@dataclass(frozen=True, slots=True)
class OwnRequests:
    """What residents ask for after they have read what the register holds about them 本人申请: that it is corrected or deleted."""

    procedure: str = ""  # how such requests are decided: opinions of posts that see and change entries; empty: at the service station


@dataclass(frozen=True, slots=True)
class Line:
    """A direct line 直通车: words that go past the intake desk to the post that takes the first step of its procedure, and are answered by it.

    That post's level says whose line it is: each community's own, or the street's. While it is vacant, whoever its work falls to reads them.
    A kind of matter that is urgent goes the urgent way, whatever line it came by.
    """

    id: str
    name: Name
    about: Name  # what it is for, in words for residents
    procedure: str  # its first step is an "accept" by the post that is written to
    categories: tuple[str, ...] = ()  # leaves or branches it takes; none: all
    reception: Name | None = None  # when that post can be spoken to in person 接待日, and where


@dataclass(frozen=True, slots=True)
class Boxes:
    """How opinion boxes 意见箱 are kept: on which days each is opened, by how many people, who enters what lay in it and until when."""

    keeper: str  # the post that opens them, where a box names no other with the ability box.keep
    days: tuple[str, ...]  # of the week, in English; a day off by the official calendar moves to the next working day
    persons: int = 2  # how many open a box together
    within: Duration = Duration(days=1)  # how long after the opening every slip has to be entered


@dataclass(frozen=True, slots=True)
class Quorum:
    """How many of a body's members have to come: ``{ at_least = "2/3" }`` or ``{ more_than = "1/2" }`` of those who hold a seat in it."""

    share: str  # a share as text
    more: bool  # more than the share, not just the share


@dataclass(frozen=True, slots=True)
class Side:
    """Who else takes part, apart from staff: noted as present or not, never by name."""

    id: str
    name: Name


@dataclass(frozen=True, slots=True)
class Gathering:
    """A kind of gathering 会、活动: people convened, with an agenda, who came, minutes, a result."""

    id: str
    name: Name
    levels: tuple[str, ...]  # the levels of the places it is held for
    body: str = ""  # the body that meets: its members are always invited; empty: whoever is chosen
    posts: tuple[str, ...] = ()  # who may convene it; none: every post that can convene
    agenda: bool = False  # whether it can't be held without an agenda
    minutes: Duration | None = None  # how long after its end the minutes have to be there; none: none are asked for
    quorum: Quorum | None = None  # how many of the body's members have to come; none: it counts however many come
    sides: tuple[Side, ...] = ()  # who else takes part, in order
    public: bool = False  # whether residents are shown when and where it is and what came of it
    about: tuple[str, ...] = ()  # procedures whose work it can be about; such a gathering is seen only by those who see the work


@dataclass(frozen=True, slots=True)
class Group:
    """People who are visited so that nobody is forgotten. Seen by the posts it names and by nobody else; entering somebody needs a purpose."""

    id: str  # never by who or what somebody is
    name: Name
    basis: Name | None = None  # the rule or law by which the place may keep the group
    purpose: Name | None = None  # what the visits are for; without it nobody can be entered
    seen_by: tuple[str, ...] = ()  # ids of the posts that visit; each needs the ability group.see


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding of the linter that the place knows of and lives with, and why."""

    finding: str  # the finding's code, such as "duty-short:monthly-visits"
    why: str  # the reason, shown with the finding


@dataclass(frozen=True, slots=True)
class Charter:
    """Everything a place says about who does what, where, by when."""

    id: str
    name: Name
    version: str  # the place's own numbering
    source: Name  # where its rules come from
    area: Area  # where it holds
    hours: tuple[Hours, ...]  # the working day
    bodies: dict[str, Body]  # organisations
    posts: dict[str, Post]  # seats in them
    duties: dict[str, Duty]  # what has to be reached regularly
    procedures: dict[str, Procedure]
    categories: dict[str, Category]
    groups: dict[str, Group]  # people visited so that nobody is forgotten
    accepted: tuple[Accepted, ...]  # findings known and lived with; not inherited
    sha256: str  # of the canonical source; flows keep it
    extends: str = ""  # key of the charter this one is laid over
    goals: dict[str, Goal] = field(default_factory=dict)  # what the figures should reach
    recurring: Recurring = Recurring()  # when matters of a place recur
    dividing: Dividing = Dividing()  # how communities are divided into grids
    staffing: Staffing = Staffing()  # what people and rooms are held to
    own_requests: OwnRequests = OwnRequests()  # how residents' requests for correction or deletion are decided
    lines: dict[str, Line] = field(default_factory=dict)  # direct lines
    boxes: Boxes | None = None  # how opinion boxes are kept; none: there are none
    gatherings: dict[str, Gathering] = field(default_factory=dict)  # kinds of meetings and activities

    def leaves(self) -> tuple[Category, ...]:
        return tuple(c for c in self.categories.values() if c.leaf)

    def post_of(self, line: Line) -> Post:
        """The post a direct line leads to."""
        procedure = self.procedures[line.procedure]
        return self.posts[procedure.steps[procedure.start].actor]

    def taken_by(self, line: Line) -> tuple[Category, ...]:
        """The kinds of matter a direct line takes."""
        kept = line.categories
        return tuple(c for c in self.leaves() if not kept or any(c.id == k or c.id.startswith(f"{k}.") for k in kept))


def fraction(text: str) -> Fraction:
    """A threshold is text such as ``"2/3"``: a float can't say two thirds."""
    return Fraction(text)
