"""What a sheet would do to the register: each row new, changed, as it is already, or wrong and why. Nothing is written here.

The same number is the same person; without one, the same name and birth at the same dwelling are. Somebody registered at another
dwelling is not moved by a sheet, a name behind a number is not changed by one, and nobody goes because a sheet leaves them out.
"""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from linli.access.rls import opened
from linli.frame.refusal import Refusal
from linli.kit import crypto
from linli.kit.dates import age
from linli.people.actions.entering import root_path
from linli.people.bulk import copy_text
from linli.people.importing.doors import Door, Doors, NoDoor
from linli.people.importing.reading import Read
from linli.people.importing.rows import Entry, Fault, Home, homes_of
from linli.people.names import Tokens
from linli.people.roles import fits
from linli.people.told import CHILD, GROWN_UP

NEW, CHANGED, SAME, WRONG = "new", "changed", "same", "wrong"
EMPTY = "empty"
STATES = (NEW, CHANGED, SAME, WRONG)
FAULTS = (
    "door.unknown", "door.several", "door.elsewhere", "door.occupied",
    "id_number.dead", "id_number.other_name", "id_number.other_number", "number.elsewhere",
    "sex.register", "born.register", "born.no_custodian", "born.protected", "role.head_there", "role.head_wrong", "role.ages", "since.before_home",
)  # fmt: skip
"""What can be wrong with a row beside the register, besides ``rows.FAULTS``."""


@dataclass(slots=True)
class Known:
    """Somebody of the register whom a row means, with where they live now (``household`` None: nowhere)."""

    person: int
    sex: str
    born: date | None
    dead: bool
    named: bool
    path: str
    has_id: bool
    residence: int | None
    household: int | None
    dwelling: int | None
    role: str
    tenure: str
    registered: str
    registered_at: str
    until: date | None  # when they last lived somewhere


@dataclass(slots=True)
class Standing:
    """An open household at a dwelling, and who answers its door."""

    pk: int
    head: int | None
    head_born: date | None
    since: date


@dataclass(slots=True)
class Step:
    """What is to be done for one row. ``home``: number of a new household (from 0) or, negative, the key of one that stands."""

    entry: Entry
    state: str
    door: Door
    home: int
    known: Known | None = None
    changes: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    guardian: int | None = None  # of a child: row of the head, or negative the key of a person
    since: date | None = None


@dataclass(slots=True)
class Plan:
    """``outcomes``: row → [state, what]; what is [field, code, other row] for each fault, or the names of what changes
    (with what it was and will be where these are words of the register's lists: «tenure:own:rented»)
    and, as «alike.name», how it is like somebody who is registered."""

    steps: list[Step] = field(default_factory=list)
    homes: int = 0
    outcomes: dict[int, list[Any]] = field(default_factory=dict)

    def counts(self, rows: int) -> dict[str, Any]:
        """How many of ``rows`` ended how; «empty» are those with nothing in the columns that are taken. They add up."""
        found: dict[str, Any] = dict.fromkeys(STATES, 0) | {EMPTY: rows - len(self.outcomes)}
        found.update(Counter(state for state, _what in self.outcomes.values()))
        faults = Counter(f"{w[0]}.{w[1]}" for state, what in self.outcomes.values() if state == WRONG for w in what)
        return found | {"faults": dict(faults.most_common())}

    def todo(self) -> list[Step]:
        return [s for s in self.steps if s.state in (NEW, CHANGED)]


def plan(rows: Iterable[Read], place: Any, today: date, *, may_minor: bool = False, told: Callable[[], Any] = lambda: None) -> Plan:
    """What the rows would do to the register at ``place``."""
    with unswept():
        return _Planner(place, today, may_minor, told).plan(rows)


@contextmanager
def unswept() -> Iterator[None]:
    """Hundreds of thousands of values, and no circles among them: looking for some takes a third of the time."""
    looking_back = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looking_back:
            gc.enable()


_PLAIN: dict[str, list[Any]] = {state: [state, []] for state in (NEW, SAME)}  # of most rows there is nothing more to say


class _Planner:
    def __init__(self, place: Any, today: date, may_minor: bool, told: Callable[[], Any]) -> None:
        self.place, self.today, self.may_minor, self.told = place, today, may_minor, told
        self.made = Plan()

    def plan(self, rows: Iterable[Read]) -> Plan:
        entries = self._doored(rows)
        said = {e.row for e in entries if e.role}
        homes, refused = homes_of(entries)
        with transaction.atomic():
            with opened([root_path()]):
                look = self.look = _Look(entries)
            with opened([str(self.place.path)]):
                look.find_alike({door[2] for door in self.doors.values()})
        homes += self._joining(entries, refused, look)
        for home in homes:
            self._home(home, said, look)
            self.told()
        return self.made

    def wrong(self, row: int, field: str, code: str, other: int = 0) -> None:
        self.made.outcomes[row] = [WRONG, [[field, code, other]]]

    def _doored(self, rows: Iterable[Read]) -> list[Entry]:
        """Rows that can be read and whose dwelling there is, each with the dwelling's key in the place of what was written."""
        doors, kept, seen = Doors(self.place), [], dict[tuple, Entry]()
        self.doors: dict[str, Door] = {}
        for result in rows:
            if not isinstance(result, Entry):
                self.made.outcomes[result[0].row] = [WRONG, [[f.field, f.code, f.other] for f in result]]
                continue
            try:
                door = doors.find(result)
            except NoDoor as fault:
                self.wrong(result.row, "door", fault.code)
                continue
            key = str(door[0])
            first = seen.setdefault((result.name, result.born, key), result)
            if first is not result and not (first.id_number and result.id_number):  # two numbers are two people
                self.wrong(result.row, "row", "twice", first.row)
                continue
            self.doors[key] = door
            result.building, result.unit, result.door, result.address = "", "", key, ""
            kept.append(result)
            self.told()
        return kept

    def _joining(self, entries: Sequence[Entry], refused: Sequence[Fault], look: _Look) -> list[Home]:
        """Rows without a head of their own go into the household that lives at their dwelling, where there is just one."""
        by_row, joining = {e.row: e for e in entries}, defaultdict(list)
        for fault in refused:
            entry = by_row[fault.row]
            if fault.code == "no_head" and len(look.standing.get(int(entry.door), ())) == 1:
                joining[entry.door].append(entry)
            else:
                self.wrong(fault.row, fault.field, fault.code, fault.other)
        return [Home(tuple(members)) for members in joining.values()]

    def _home(self, home: Home, said: set[int], look: _Look) -> None:
        door = self.doors[home.head.door]
        known = {e.row: look.known.get(e.row) for e in home.entries}
        here = [k for k in known.values() if k and k.dwelling == door[0] and not k.dead]
        standing = look.standing.get(door[0], [])
        target = next((s for s in standing if s.pk == (here[0].household if here else None)), None)
        if target is None and len(standing) == 1 and home.head.role != "head":
            target = standing[0]
        steps = []
        for entry in home.entries:
            k = known[entry.row]
            if k is not None and k.person in look.used and look.used[k.person] != entry.row:
                self.wrong(entry.row, "row", "twice", look.used[k.person])
            elif (fault := self._clash(entry, k, door)) is not None:
                self.wrong(entry.row, *fault)
            else:
                if k is not None:
                    look.used[k.person] = entry.row
                if k is not None and k.household is not None:
                    self._present(entry, k, door, said, standing, look)
                else:
                    steps.append(Step(entry, NEW, door, 0, k))
        self._arrive(home, steps, said, target, standing)

    def _clash(self, entry: Entry, k: Known | None, door: Door) -> tuple[str, str] | None:
        """What forbids that the row means this person."""
        if k is None:
            return None
        if not k.named:
            return "id_number", "other_name"
        if k.dead:
            return "id_number", "dead"
        if k.household is not None and k.dwelling != door[0]:
            return "number", "elsewhere"
        if entry.sex and k.sex and entry.sex != k.sex:
            return "sex", "register"
        if entry.born and k.born and entry.born != k.born:
            return "born", "register"
        return None

    def _present(self, entry: Entry, k: Known, door: Door, said: set[int], standing: list[Standing], look: _Look) -> None:
        """Somebody who lives there already: what the sheet knows more or otherwise."""
        changes = []
        if entry.id_number and not look.by_number(entry.row):
            if k.has_id:
                return self.wrong(entry.row, "id_number", "other_number")
            changes.append("id")
        changes += [name for name, has, new in (("sex", k.sex, entry.sex), ("born", k.born, entry.born)) if new and not has]
        phones = tuple(p for p in entry.phones if look.blind_phone(p) not in look.phones.get(k.person, ()))
        changes += ["phone"] * bool(phones)
        registered = entry.registered or k.registered
        registered_at = (entry.registered_at or k.registered_at) if registered == "elsewhere" else ""
        changes += ["tenure"] * bool(entry.tenure and entry.tenure != k.tenure)
        changes += ["registered"] * ((registered, registered_at) != (k.registered, k.registered_at))
        if entry.row in said and entry.role != k.role:
            if "head" in (entry.role, k.role):
                return self.wrong(entry.row, "role", "head_there")
            changes.append("role")
        if {"role", "born"} & set(changes):
            home = next((s for s in standing if s.pk == k.household), None)
            if home is not None and home.head != k.person and not fits(entry.role or k.role, entry.born or k.born, home.head_born):
                return self.wrong(entry.row, "role", "ages")
        if changes and not self.may_minor and self._young(k.born):
            return self.wrong(entry.row, "born", "protected")
        step = Step(entry, CHANGED if changes else SAME, door, -(k.household or 0), k, tuple(changes), phones)
        lists = {"role": (k.role, entry.role), "tenure": (k.tenure, entry.tenure), "registered": (k.registered, registered)}
        turned = {name: codes for name, codes in lists.items() if codes[0] != codes[1]}
        self._add(step, [":".join((name, *turned.get(name, ()))) for name in changes])
        return None

    def _arrive(self, home: Home, steps: list[Step], said: set[int], target: Standing | None, standing: list[Standing]) -> None:
        """Those who don't live there yet: into the household the others of them are in, else as one of their own."""
        if not steps:
            return
        if target is None and standing:
            for step in steps:
                self.wrong(step.entry.row, "door", "occupied")
            return
        head = next((s for s in steps if s.entry.role == "head"), None)
        if target is not None:
            if head and target.head and head.entry.row not in said:
                head.entry, head = replace(head.entry, role=""), None
            elif head and target.head:
                self.wrong(head.entry.row, "role", "head_there")
                steps.remove(head)
                head = None
            where = -target.pk
        else:
            if head is None:  # it is wrong itself, or lives elsewhere
                for step in steps:
                    self.wrong(step.entry.row, "role", "head_wrong", home.head.row)
                return
            where, self.made.homes = self.made.homes, self.made.homes + 1
        steps = self._of_age(steps, head, target)
        guardian = self._guardian(head, target)
        orphans = [s for s in steps if self._young(s.entry.born) and guardian is None]
        for step in orphans:
            self.wrong(step.entry.row, "born", "no_custodian")
        if head in orphans:  # a household of children alone
            for step in steps:
                if step not in orphans:
                    self.wrong(step.entry.row, "role", "head_wrong", head.entry.row)
            if target is None:
                self.made.homes -= 1
            return
        for step in steps:
            if step in orphans:
                continue
            step.home, step.since = where, self._since(step)
            if target is not None and step.since < target.since:
                self.wrong(step.entry.row, "since", "before_home")
                continue
            step.guardian = guardian if self._young(step.entry.born) else None
            self._add(step, ())

    def _of_age(self, steps: list[Step], head: Step | None, target: Standing | None) -> list[Step]:
        """Those who can be to the head what the sheet says, by their births."""
        born = head.entry.born if head else target.head_born if target else None
        kept = []
        for step in steps:
            if fits(step.entry.role, step.entry.born, born):
                kept.append(step)
            else:
                self.wrong(step.entry.row, "role", "ages", head.entry.row if head else 0)
        return kept

    def _guardian(self, head: Step | None, target: Standing | None) -> int | None:
        if head is not None:
            return head.entry.row if self._grown_up(head.entry.born) else None
        if target is not None and target.head and self._grown_up(target.head_born):
            return -target.head
        return None

    def _since(self, step: Step) -> date:
        """The day they came to live there: as the sheet says, and not before they left where they were."""
        since = step.entry.since or self.today
        return max(since, step.known.until) if step.known and step.known.until else since

    def _young(self, born: date | None) -> bool:
        return born is not None and age(born, self.today) < CHILD

    def _grown_up(self, born: date | None) -> bool:
        return born is None or age(born, self.today) >= GROWN_UP

    def _add(self, step: Step, changes: Sequence[str]) -> None:
        self.made.steps.append(step)
        alike = sorted(self.look.alike.get(step.entry.row, ())) if step.state == NEW and step.known is None else []
        what = [*changes, *(f"alike.{reason}" for reason in alike)]
        self.made.outcomes[step.entry.row] = [step.state, what] if what else _PLAIN[step.state]


_WHO = """
p.id, p.sex, p.born, p.died is not null, w.named = any(p.tokens), p.path::text,
exists (select 1 from people_secret i where i.person_id = p.id and i.kind = 'id' and i.until is null),
r.id, r.household_id, h.dwelling_id, coalesce(r.role, ''), coalesce(r.tenure, ''), coalesce(r.registered, ''), coalesce(r.registered_at, ''),
case when r.id is null then (select max(x.until) from people_residence x where x.person_id = p.id) end
"""
_BY_NUMBER = f"""
select w.line, {_WHO} from wanted w
  join people_secret s on s.blind = w.blind and s.kind = 'id' and s.until is null
  join people_person p on p.id = s.person_id
  left join people_residence r on r.person_id = p.id and r.until is null
  left join people_household h on h.id = r.household_id
"""  # noqa: S608  # our own words
_BY_NAME = f"""
select w.line, {_WHO} from wanted w
  join people_household h on h.dwelling_id = w.dwelling and h.until is null
  join people_residence r on r.household_id = h.id and r.until is null
  join people_person p on p.id = r.person_id and p.born = w.born and w.named = any(p.tokens)
"""  # noqa: S608
_STANDING = """
select h.dwelling_id, h.id, p.id, p.born, h.since from people_household h
  left join people_residence r on r.household_id = h.id and r.until is null and r.role = 'head'
  left join people_person p on p.id = r.person_id
 where h.until is null and h.dwelling_id in (select dwelling from wanted) order by h.id
"""
# Of those who live nowhere now, too. Numbers of their own make two people of them.
_ALIKE = """
select w.line, case when w.named = any(p.tokens) then 'name' else 'dwelling' end
  from wanted w join people_person p on p.community = any(%s) and p.born = w.born and p.merged_into_id is null and p.died is null
  left join people_residence r on r.person_id = p.id and r.until is null left join people_household h on h.id = r.household_id
 where not w.known and (w.named = any(p.tokens) or h.dwelling_id = w.dwelling)
   and not (w.blind is not null and exists (select 1 from people_secret i where i.person_id = p.id and i.kind = 'id' and i.until is null))
"""
_SAME_PHONE = """
select w.line, 'phone' from called c join wanted w on w.line = c.line and not w.known
  join people_secret s on s.blind = c.blind and s.kind = 'phone' and s.until is null
  join people_person p on p.id = s.person_id and p.merged_into_id is null and p.died is null
  left join people_residence r on r.person_id = p.id and r.until is null left join people_household h on h.id = r.household_id
 where h.dwelling_id is distinct from w.dwelling
   and not (w.blind is not null and exists (select 1 from people_secret i where i.person_id = p.id and i.kind = 'id' and i.until is null))
"""
_PHONES = "select person_id, blind from people_secret where kind = 'phone' and until is null and person_id = any(%s)"


class _Look:
    """What the register knows of the rows: asked with set-based questions, beyond the user's places, of numbers in their hands.

    Of who lives elsewhere only that they do is ever told. Inside one transaction, of which the rows that are asked for are a table.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.ring = crypto.load_keyring()
        if self.ring.former is not None:  # who is known already lies under either key
            raise Refusal(_("The keys of the register are being turned. Try again when the administrator is done."), code="turning")
        self.used: dict[int, int] = {}
        self.blind_phone = crypto.blinder("people.phone", self.ring)
        with connection.cursor() as cursor:
            self._ask_for(cursor, entries)
            cursor.execute(_BY_NUMBER)
            self._numbered = {row[0]: Known(*row[1:]) for row in cursor.fetchall()}
            cursor.execute(_BY_NAME)
            self.known = {row[0]: Known(*row[1:]) for row in cursor.fetchall()} | self._numbered
            cursor.execute(_STANDING)
            self.standing: dict[int, list[Standing]] = defaultdict(list)
            for dwelling, *rest in cursor.fetchall():
                self.standing[dwelling].append(Standing(*rest))
            self.phones: dict[int, set[bytes]] = defaultdict(set)
            if self.known:
                cursor.execute("update wanted set known = true where line = any(%s)", [list(self.known)])
                cursor.execute(_PHONES, [[k.person for k in self.known.values()]])
                for person, blind in cursor.fetchall():
                    self.phones[person].add(bytes(blind))

    def _ask_for(self, cursor: Any, entries: Sequence[Entry]) -> None:
        blind, named = crypto.blinder("people.id", self.ring), Tokens(self.ring).whole
        wanted = ((e.row, blind(e.id_number) if e.id_number else None, named(e.name), e.born, e.door, False) for e in entries)
        called = ((e.row, self.blind_phone(phone)) for e in entries for phone in e.phones)
        for table, columns, rows in (
            ("wanted", "line int, blind bytea, named bigint, born date, dwelling bigint, known bool", wanted),
            ("called", "line int, blind bytea", called),
        ):
            cursor.execute(f"create temp table {table} ({columns}) on commit drop")
            copy_text(table, rows)
            cursor.execute(f"analyze {table}")

    def find_alike(self, communities: Iterable[str]) -> None:
        """Row → how it is like somebody registered in the place itself: no more than the user may see. Two numbers are two people."""
        self.alike: dict[int, set[str]] = defaultdict(set)
        with connection.cursor() as cursor:
            for question, values in ((_ALIKE, [list(communities)]), (_SAME_PHONE, [])):
                cursor.execute(question, values)
                for row, reason in cursor.fetchall():
                    self.alike[row].add(reason)
            cursor.execute("drop table wanted, called")

    def by_number(self, row: int) -> bool:
        return row in self._numbered
