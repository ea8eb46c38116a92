"""How the demonstration's disputes are mediated: what is said at each step, when things are due, and what is kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from linli.access.models import User
from linli.matters.disputes import CONFIRM, MEDIATE, PERFORM
from linli.matters.disputes.models import Agreement, Enquiry, Mediator, Obligation, Party
from linli.matters.disputes.parties import FIELDS, sealed_value
from linli.matters.disputes.terms import apply_by, end_of

# of a hundred: how often the step ends otherwise than hoped, and what is written then
OTHERWISE = {
    "consent": (7, "有一方表示不愿意调解。"),
    MEDIATE: (12, "各方分歧较大，一时谈不拢。"),
    CONFIRM: (82, "各方都认为不需要。"),
    PERFORM: (5, "经督促仍未履行。"),
}
ELSEWHERE = {
    "declined": "有一方不愿调解，本次调解不再进行。您可以向人民法院起诉，需要帮助的可以到区法律援助中心咨询。",
    "unreached": "各方没有谈成，调解终止。您可以向人民法院起诉；属于劳动争议的，可以申请劳动仲裁。",
    "unperformed": "对方没有按协议履行。您可以凭协议向人民法院起诉；经司法确认的，可以申请强制执行。",
}
HANDED = 9  # of a hundred mediations are handed over to the street or a trade's committee
ORGANISATIONS = {
    "disputes.property": "阳光物业服务公司", "disputes.medical": "康宁口腔诊所", "disputes.consumer": "惠民家居商行",
    "livelihood.labour-dispute": "诚达劳务公司", "disputes.resettlement": "旧城改造项目部",
}  # fmt: skip
COURT = "青山区人民法院"


def answer_of(step: str) -> str | None:
    return ELSEWHERE.get(step)


def outcome_of(step: str, situation: Mapping[str, Any], chance: Random) -> tuple[str, dict[str, str]] | None:
    """What is chosen at a step of a mediation, and what is written; None for a step that every matter has."""
    if step not in OTHERWISE:
        return None
    share, reason = OTHERWISE[step]
    if chance.random() * 100 < share:
        return "refuse", {"reason": reason}
    return "agree", {"result": situation["result"], "finding": situation["finding"]}


def until(target: str, now: datetime, chance: Random) -> datetime | None:
    """By when the step that follows is due, where that is agreed on."""
    today = timezone.localdate(now)
    if target == CONFIRM:
        return end_of(apply_by(today))
    return end_of(today + timedelta(days=chance.randint(3, 25))) if target == PERFORM else None


class Kept:
    """The rows of all the mediations of a demonstration, gathered and written at once."""

    def __init__(self, names: Mapping[str, Any], chance: Random) -> None:
        self.names, self.chance = names, chance
        self.parties: list[Party] = []
        self.mediators: list[Mediator] = []
        self.agreements: list[Agreement] = []
        self.obligations: list[Obligation] = []
        self.enquiries: list[Enquiry] = []

    def add(
        self, matter: int, category: str, situation: Mapping[str, Any], at: datetime, taken: Mapping[str, tuple], committee: str
    ) -> None:
        """``taken``: step → (when, outcome, who, from which seat), as the story went."""
        self._party(matter, 1, at, "")
        self._party(matter, 2, at, ORGANISATIONS.get(category, ""))
        if "consent" in taken and (who := taken["consent"])[1] == "agree":
            self.mediators.append(Mediator(matter_id=matter, user_id=who[2], seat_id=who[3]))
        if taken.get(MEDIATE, ("", ""))[1] == "agree":
            self._agreement(matter, situation, taken, committee)

    def _party(self, matter: int, side: int, at: datetime, organisation: str) -> None:
        name = self.chance.choices(self.names["surnames"], self.names["surname_weights"])[0] + self.chance.choice(self.names["given"])
        phone = f"100{self.chance.randrange(10**8):08d}"  # no mobile number begins with 100
        party = Party(matter_id=matter, side=side, organisation=organisation, at=at)
        party.told = {"name": name, "phone": phone, "address": ""}  # type: ignore[attr-defined]
        self.parties.append(party)

    def _agreement(self, matter: int, situation: Mapping[str, Any], taken: Mapping[str, tuple], committee: str) -> None:
        at, _outcome, by, _seat = taken[MEDIATE]
        day: date = timezone.localdate(at)
        form = Agreement.Form.ORAL if self.chance.random() < 0.3 else Agreement.Form.WRITTEN
        facts = f"甲方反映“{situation['title']}”，乙方有不同意见，双方对事实和责任有争议。"
        made = Agreement(
            matter_id=matter, number=1, form=form, facts=facts, responsibilities="经各方协商，按各自责任承担。", terms="", signed_on=day,
            effective_on=day, apply_by=apply_by(day), committee=committee, by_id=by, at=at,
        )  # fmt: skip
        if CONFIRM in taken and taken[CONFIRM][1] == "agree":
            made.applied_on, made.court = min(timezone.localdate(taken[CONFIRM][0]), made.apply_by), COURT
            if PERFORM in taken:
                made.decided_on, made.decision = max(made.applied_on, timezone.localdate(taken[PERFORM][0])), Agreement.Decision.CONFIRMED
        done = taken[PERFORM] if taken.get(PERFORM, ("", ""))[1] == "agree" else None
        due = day + timedelta(days=self.chance.randint(2, 25))
        performed = timezone.localdate(done[0]) if done else None
        self.agreements.append(made)
        self.obligations.append(Obligation(agreement=made, side=2, what=situation["result"][:300], due_on=due, performed_on=performed))
        if done:
            self.enquiries.append(
                Enquiry(agreement=made, on=timezone.localdate(done[0]), found=Enquiry.Found.ALL, by_id=done[2], at=done[0])
            )

    def write(self, keys: Sequence[int]) -> dict[str, int]:
        """``keys`` are set aside for the parties: what is sealed is bound to its row."""
        for key, party in zip(keys, self.parties, strict=True):
            party.pk = key
            for field in FIELDS:
                setattr(party, f"{field}_sealed", sealed_value(party.told[field], field, key))  # type: ignore[attr-defined]
        self._name()
        for rows in (self.parties, self.mediators, self.agreements, self.obligations, self.enquiries):
            if rows:
                type(rows[0]).objects.bulk_create(rows, batch_size=2000)  # type: ignore[arg-type, attr-defined]
        return {"mediation agreements": len(self.agreements)}

    def _name(self) -> None:
        """Who mediated, on the agreements."""
        users = {u.pk: str(u) for u in User.objects.filter(pk__in={m.user_id for m in self.mediators})}
        named = {m.matter_id: [users[m.user_id]] for m in self.mediators}
        for made in self.agreements:
            made.mediators = named.get(made.matter_id, [])
