"""The numbers of mediation. Each counts disputes, each once; none counts people, and a share of fewer than five disputes isn't shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linli.charter.models import CharterVersion
from linli.charter.schema import LEVELS, Name
from linli.charter.store import charter_of
from linli.charter.words import RATE
from linli.matters.disputes import MEDIATE, PROCEDURE
from linli.measures.declare import Measure, Source

FEW = 5
"""With fewer disputes than this no share of them is shown: it could tell how a single one ended (docs: privacy)."""

MEASURES = (
    Measure(
        "disputes", Name("纠纷登记数", "Disputes registered"),
        Name("登记的纠纷，按登记的日子计", "Disputes registered, on that day"), at="r.raised_at",
    ),
    Measure(
        "dispute_kind", Name("纠纷类别", "Disputes by kind"),
        Name("调解有了结果的纠纷，按类别分开计；其中多少件达成协议", "Disputes whose mediation came to a result, by kind; and how many of them with an agreement"),
        at="r.concluded_at", split="select r.category as part", good="r.settled_at is not null",
    ),
    Measure(
        "dispute_accepted", Name("纠纷受理数", "Disputes accepted"),
        Name("受理的纠纷，按受理的日子计", "Disputes accepted, on that day"), at="r.accepted_at",
    ),
    Measure(
        "mediated", Name("调解数", "Mediated"),
        Name("各方同意、开始调解的纠纷，按同意的日子计", "Disputes that all sides agreed to have mediated, on that day"), at="r.begun_at",
    ),
    Measure(
        "mediation_success", RATE["mediation_success"],
        Name("调解有了结果的纠纷里，达成协议的占多少；开始调解后有一方退出的算未达成，不愿调解、开始前撤回的不计，不足5件的不显示",
             "Of the disputes whose mediation came to a result, those with an agreement; one that a side left counts as without, those declined or "
             "withdrawn before it began are left out; fewer than five are not shown"),
        at="r.concluded_at", kind="share", good="r.settled_at is not null", better="more", least=FEW,
    ),
    Measure(
        "settled_level", Name("化解层级", "Settled by level"),
        Name("达成协议的纠纷，按在哪一级达成分开计", "Disputes with an agreement, by the level they were settled on"),
        at="r.settled_at", split="select r.level as part",
    ),
    Measure(
        "settled_community", RATE["settled_community"],
        Name("达成协议的纠纷里，在网格、社区达成的占多少；不足5件的不显示",
             "Of the disputes with an agreement, those settled in grid or community; fewer than five are not shown"),
        at="r.settled_at", kind="share", good="r.level in ('grid', 'community')", better="more", least=FEW,
    ),
    Measure(
        "settled_street", RATE["settled_street"],
        Name("达成协议的纠纷里，在街道及以下达成的占多少；不足5件的不显示",
             "Of the disputes with an agreement, those settled in the street or below; fewer than five are not shown"),
        at="r.settled_at", kind="share", good="r.level in ('grid', 'community', 'street')", better="more", least=FEW,
    ),
    Measure(
        "settled_within", RATE["settled_within"],
        Name("达成协议的纠纷里，没有超出章程为其类别定的层级的占多少；不足5件的不显示",
             "Of the disputes with an agreement, those settled no higher than the charter wants for their kind; fewer than five are not shown"),
        at="r.settled_at", kind="share", good="r.within", better="more", least=FEW,
    ),
    Measure(
        "handed_over", Name("移交数", "Handed over"),
        Name("签收了移交的纠纷，按首次签收的日子计", "Disputes taken over by another body, on the day of the first receipt"), at="r.handed_at",
    ),
    Measure(
        "confirmation_asked", Name("申请司法确认数", "Confirmation applied for"),
        Name("共同申请司法确认的纠纷，按申请的日子计", "Disputes whose sides asked the court to confirm the agreement, on that day"), at="r.applied_at",
    ),
    Measure(
        "confirmed", Name("司法确认数", "Confirmed by the court"),
        Name("法院确认了协议的纠纷，按确认的日子计", "Disputes whose agreement the court confirmed, on that day"), at="r.confirmed_at",
    ),
    Measure(
        "performance", RATE["performance"],
        Name("达成协议、已经办结的纠纷里，已履行的占多少；没有看到履行就办结的算未履行，不足5件的不显示",
             "Of the disputes with an agreement that have ended, those performed; one that ended without being seen performed counts as not "
             "performed; fewer than five are not shown"),
        at="r.ended_at", kind="share", where="r.performed is not null", good="r.performed", better="more", least=FEW,
    ),
)  # fmt: skip

COLUMNS = (
    "flow_id", "place_id", "areas", "category", "raised_at", "accepted_at", "begun_at", "concluded_at", "settled_at", "level", "within",
    "handed_at", "applied_at", "confirmed_at", "ended_at", "performed",
)  # fmt: skip

# An agreement that was neither replaced nor refused by the court holds, however its dispute ended: no end takes it out of those to be performed.
# A later result takes the place of an earlier one: what was agreed on once and given up later was not settled.
_DIGEST = """
with line as (
  select e.* from chosen c join flow_flow f on f.id = c.id and f.procedure = %(procedure)s join flow_event e on e.flow_id = f.id
), said as (
  select flow_id,
    min(at) filter (where outcome = 'accepted') as accepted_at,
    min(at) filter (where step_from = 'consent' and outcome = 'agree') as begun_at,
    max(at) filter (where step_from = %(mediate)s and (outcome in ('agree', 'refuse') or kind = 'withdrawn')) as concluded_at,
    max(seq) filter (where step_from = %(mediate)s and (outcome = 'refuse' or kind = 'withdrawn')) as given_up,
    max(seq) filter (where step_from = %(mediate)s and outcome = 'agree') as agreed,
    max(at) filter (where step_from = %(mediate)s and outcome = 'agree') as settled_at,
    min(at) filter (where kind = 'handover_granted') as handed_at,
    max(seq) filter (where step_to = 'END performed') as performed,
    max(seq) filter (where step_to = 'END unperformed') as unperformed
  from line group by flow_id
), stood as (
  select s.flow_id, (array_agg(l.data->'set'->>'level' order by l.seq desc))[1] as level
  from said s join line l on l.flow_id = s.flow_id and l.seq < s.agreed and l.data->'set' ? 'level' group by s.flow_id
), court as (
  select m.flow_id, min(g.applied_on) as applied_on, min(g.decided_on) filter (where g.decision = 'confirmed') as confirmed_on,
    bool_or(g.replaced_on is null and g.decision <> 'refused') as holds
  from chosen c join matters_matter m on m.flow_id = c.id join matters_agreement g on g.matter_id = m.id group by m.flow_id
)
select f.id, f.place_id, coalesce(a.areas, '{}'), m.category, m.raised_at, s.accepted_at, s.begun_at, s.concluded_at,
  case when s.agreed > coalesce(s.given_up, 0) then s.settled_at end, coalesce(t.level, ''),
  coalesce((%(settle)s::jsonb -> (f.charter_id || ':' || f.kind)) ? t.level, false),
  s.handed_at, k.applied_on::timestamp at time zone 'Asia/Shanghai', k.confirmed_on::timestamp at time zone 'Asia/Shanghai', f.ended_at,
  case when f."end" = '' then null
    when greatest(s.performed, s.unperformed) > coalesce(s.agreed, 0) then coalesce(s.performed, 0) > coalesce(s.unperformed, 0)
    when s.agreed > coalesce(s.given_up, 0) or (s.agreed is not null and k.holds) then false end
from said s join flow_flow f on f.id = s.flow_id join matters_matter m on m.flow_id = f.id
left join area a on a.id = f.place_id left join stood t on t.flow_id = f.id left join court k on k.flow_id = f.id
"""

_MOVED = """
select r.flow_id from matters_disputecourse r join flow_flow f on f.id = r.flow_id left join area a on a.id = f.place_id
where r.place_id <> f.place_id or r.areas <> coalesce(a.areas, '{}')
"""


def _params() -> Mapping[str, Any]:
    """For each category of each charter the levels on which it is settled where it should be."""
    import json

    found: dict[str, list[str]] = {}
    for version in CharterVersion.objects.all():
        for c in charter_of(version).leaves():
            if c.procedure == PROCEDURE and c.settle:
                found[f"{version.pk}:{c.id}"] = list(LEVELS[LEVELS.index(c.settle) :])
    return {"procedure": PROCEDURE, "mediate": MEDIATE, "settle": json.dumps(found)}


SOURCE = Source(
    key="disputes",
    table="matters_disputecourse",
    columns=COLUMNS,
    digest=_DIGEST,
    log="flow_event",
    every=f"select m.flow_id from matters_matter m join flow_flow f on f.id = m.flow_id and f.procedure = '{PROCEDURE}'",  # noqa: S608
    moved=_MOVED,
    measures=MEASURES,
    params=_params,
)
