"""Those whom somebody leaves behind: children with a grown-up and a custodian, a household with its head, a line where it happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _

from linli.frame.refusal import Refusal
from linli.people.models import Change, Custody, Household, Person, Residence, Role, Touched
from linli.people.told import is_adult, is_child


def cared_for(stay: Sequence[Residence], leaving: Iterable[Person], today: date) -> None:
    """Raises Refusal where a child under 14 would stay without a grown-up, or whoever has custody of it goes and nobody else has it."""
    children = [r.person for r in stay if is_child(r.person, today)]
    if not children:
        return
    if not any(is_adult(r.person, today) for r in stay):
        raise Refusal(
            _("A child under 14 would stay without a grown-up. Let it move along, or let a grown-up stay."),
            field="persons",
            code="child_alone",
        )
    if _uncared(children, leaving):
        raise Refusal(_("They have custody of a child who stays. Say first, on the child's page, who has it now."), code="custody")


def _uncared(children: Iterable[Person], leaving: Iterable[Person]) -> bool:
    """Whether one of the children is in the custody of those who go, and of nobody else."""
    gone = {p.pk for p in leaving}
    held: dict[int, set[int]] = {}
    for child, custodian in Custody.objects.open().filter(child__in=children).values_list("child", "custodian"):
        held.setdefault(child, set()).add(custodian)
    return any(custodians <= gone for custodians in held.values())


def led_by(head: Person, others: Iterable[Person], today: date, *, field: str = "head") -> None:
    """Raises Refusal for a head under 18 where a grown-up lives in the household."""
    if not is_adult(head, today) and any(is_adult(p, today) for p in others):
        raise Refusal(_("The head of the household is a grown-up where there is one. Choose another."), field=field, code="head_young")


def homes_of(persons: Iterable[Person | None]) -> dict[int, list[Residence]]:
    """Where somebody taken over from elsewhere lives by now: key of the household → who of them lives there. The households are held."""
    rows = list(Residence.objects.open().filter(person__in=[p.pk for p in persons if p]).select_related("person").order_by("pk"))
    homes: dict[int, list[Residence]] = {}
    for row in rows:
        homes.setdefault(row.household_id, []).append(row)
    list(Household.objects.select_for_update().filter(pk__in=homes).order_by("pk"))
    return homes


def taken_from(line: Change, homes: dict[int, list[Residence]], today: date, rows: dict[int, int | None]) -> None:
    """Households somebody was taken over from: each with a line of its own. ``rows``: person → row of the form.

    Raises Refusal where it would be left without its head or a child in it without its custodian: who knows the household enters that.
    """
    for pk, gone in homes.items():
        stay = list(Residence.objects.open().filter(household=pk).select_related("person"))
        number = rows.get(gone[0].person_id)
        params = {"row": "" if number is None else str(number)}
        if stay and any(r.role == Role.HEAD for r in gone):
            raise Refusal(
                _("They are the head of a household in which others stay. Let the move be entered there first, with who is the head now."),
                field="id_number", code="head_elsewhere", params=params,
            )  # fmt: skip
        children = [r.person for r in stay if is_child(r.person, today)]
        if children and (_uncared(children, [r.person for r in gone]) or not any(is_adult(r.person, today) for r in stay)):
            raise Refusal(
                _("A child stays where they live now. Let the move be entered there first, with who has custody of it now."),
                field="id_number", code="custody_elsewhere", params=params,
            )  # fmt: skip
        there = Change.objects.create(
            at=line.at, by=line.by, act="people.taken", household_id=pk, data={"change": line.pk}, path=gone[0].path
        )
        Touched.objects.bulk_create([Touched(change=there, person_id=r.person_id, path=there.path) for r in gone])
