"""The numbers this room contributes. What each means stands in its ``meaning``; docs/measures.md is made from it.

Terms and the sense of the rates are those of digital urban management (GB/T 30428) and of the 12345 hotline. All of them count matters,
each once; days are those of Asia/Shanghai.

A matter merged into another is no case of its own: it counts as raised, and its reporter's rating counts, all else is the main one's. Separated
again it counts as if it had never been merged. A part split off counts like any matter, and not at all where the splitting was undone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from linli.charter.models import CharterVersion
from linli.charter.schema import Name
from linli.charter.store import charter_of
from linli.charter.words import RATE
from linli.flow.models import LATE_KINDS
from linli.matters.recurring import EARLIER, recurring_kinds
from linli.measures.declare import Measure, Source
from linli.measures.spread import SQL as CLASS

RATINGS = ("satisfied", "dissatisfied", "explained", "silent")

FEW = 5
"""With fewer ratings than this no share of them is shown: it could tell who said what (docs: privacy)."""

OURS = "r.ended not in ('refused', 'withdrawn', 'elsewhere')"

MEASURES = (
    Measure(
        "raised", Name("诉求数", "Raised"),
        Name("提出的诉求，按提出的日子计；并入别的诉求的也计，因为有人提出过",
             "Matters raised, on the day they were raised; those merged into others count, for somebody raised them"),
        at="r.raised_at",
    ),
    Measure(
        "channel", Name("诉求来源", "Raised by channel"),
        Name("提出的诉求，按来源分开计", "Matters raised, by the way they came"),
        at="r.raised_at", split="select r.channel as part",
    ),
    Measure(
        "kind", Name("诉求类别", "Raised by category"),
        Name("提出的诉求，按类别分开计；其中有多少件曾错过期限",
             "Matters raised, by category; and how many of them ever missed a deadline"),
        at="r.raised_at", split="select r.category as part", good="r.late_at is not null",
    ),
    Measure(
        "filed", Name("立案数", "Filed"),
        Name("受理的诉求，按受理的日子计；并入别的诉求的不计，分开后照计",
             "Matters taken up, on the day they were taken up; not those merged into others, unless they were separated again"),
        at="r.filed_at",
    ),
    Measure(
        "responded", RATE["responded"],
        Name("该答复是否受理的诉求里，在时限内受理或说明不予受理的占多少；超过时限还没有动的，从到期那天起计为未响应",
             "Of the matters for which acceptance was due, those taken up or refused within the limit; one not looked at counts as not "
             "responded to from the day its time ran out"),
        at="r.responded_at", kind="share", good="not r.responded_late", better="more",
    ),
    Measure(
        "due", Name("应结案数", "Due to close"),
        Name("办理期限（含准予的延期和挂账顺延）落在这段时间里的诉求；撤回、不予受理和移送平台外的不计；当天到期的第二天起计",
             "Matters whose time limit for handling, with extensions and the ledger, ran out in the period; not those withdrawn, refused or "
             "handed to an authority outside; what is due today counts from tomorrow on"),
        at="r.due_at", where=OURS, over=True,
    ),
    Measure(
        "closing", RATE["closing"],
        Name("应结案的诉求里，已经办理、核查并答复的占多少", "Of the matters due to close, those handled, checked and answered by now"),
        at="r.due_at", kind="share", where=OURS, good="r.settled_at is not null", better="more", over=True,
    ),
    Measure(
        "on_time", RATE["on_time"],
        Name("应结案的诉求里，已经办理、核查并答复，而且一路没有错过任何一个期限的占多少",
             "Of the matters due to close, those handled, checked and answered without one deadline missed on the way"),
        at="r.due_at", kind="share", where=OURS,
        good="r.settled_at is not null and r.late_at is null", better="more", over=True,
    ),
    Measure(
        "closed", Name("结案数", "Closed"),
        Name("以解决结束的诉求，按结束的日子计", "Matters that ended as solved, on the day they ended"),
        at="r.ended_at", where="r.ended = 'good'",
    ),
    Measure(
        "closed_in_time", Name("按期结案数", "Closed with no deadline missed"),
        Name("以解决结束、一路没有错过任何一个期限的诉求，按结束的日子计",
             "Matters that ended as solved without one deadline missed, on the day they ended"),
        at="r.ended_at", where="r.ended = 'good' and r.late_at is null",
    ),
    Measure(
        "solved", RATE["solved"],
        Name("结束的诉求里，以解决结束的占多少；撤回、不予受理和移送平台外的不计",
             "Of the matters that ended, those that ended as solved; those withdrawn, refused or handed to an authority outside are left out"),
        at="r.ended_at", kind="share", where="r.ended in ('good', 'bad')", good="r.ended = 'good'", better="more",
    ),
    Measure(
        "satisfied", RATE["satisfied"],
        Name("诉求人作了评价的诉求里，满意的占多少；评价过几次的，以最后作出的一次为准，之后没有再评价的不改变；从没有评价的另计，不足5件的不显示",
             "Of the matters that the person rated, those rated satisfied; the last rating given counts, silence after it changes nothing; those "
             "never rated are counted apart, fewer than five are not shown"),
        at="r.rated_at", kind="share", where="r.rating in ('satisfied', 'dissatisfied')", good="r.rating = 'satisfied'", better="more",
        least=FEW,
    ),
    Measure(
        "satisfied_own", RATE["satisfied_own"],
        Name("诉求人自己评价的诉求里，满意的占多少；以最后作出的一次评价为准；不足5件的不显示",
             "Of the matters that the person rated themselves, those rated satisfied; the last rating given counts; fewer than five are not "
             "shown"),
        at="r.rated_at", kind="share", where="r.rating in ('satisfied', 'dissatisfied') and r.rated_by = 'own'",
        good="r.rating = 'satisfied'", better="more", least=FEW,
    ),
    Measure(
        "satisfied_called", RATE["satisfied_called"],
        Name("回访得到评价的诉求里，满意的占多少；以最后作出的一次评价为准；本地改变不了、已解释的算不满意；不足5件的不显示",
             "Of the matters rated when the person was rung up, those rated satisfied; the last rating given counts; what nobody here can change "
             "counts as not satisfied; fewer than five are not shown"),
        at="r.rated_at", kind="share", where="r.rating in ('satisfied', 'dissatisfied') and r.rated_by = 'callback'",
        good="r.rating = 'satisfied'", better="more", least=FEW,
    ),
    Measure(
        "called", RATE["called"],
        Name("做完回访的诉求里，接通的占多少；按回访结束的日子计", "Of the matters called back to the end, those where somebody was reached; on the day of the end"),
        at="r.called_at", kind="share", good="r.reached", better="more",
    ),
    Measure(
        "recalled", Name("回访重办数", "Taken up after a call-back"),
        Name("回访不满意、重新办理的诉求，按首次的日子计", "Matters taken up again because the person called back was not satisfied, on the first such day"),
        at="r.recalled_at", better="less",
    ),
    Measure(
        "repeated", RATE["repeated"],
        Name("查找重复的各类诉求里，同一地点同一类别在章程所定天数内达到次数的占多少：只看地点，不看是谁提出；按提出的日子计",
             "Of the matters of kinds that are looked for, those that came as often at one place as the charter calls recurring: seen from the "
             "place, never from who raised them; on the day raised"),
        at="r.raised_at", kind="share", where="r.again is not null", good="r.recurs", better="less",
    ),
    Measure(
        "silent", Name("未评价数", "Not rated"),
        Name("评价期满、从没有作出过评价的诉求，按期满的日子计",
             "Matters never rated whose time for rating ran out, on that day"),
        at="r.rated_at", where="r.rating = 'silent'",
    ),
    Measure(
        "dispatch", RATE["dispatch"],
        Name("派遣的诉求里，没有被责任岗位回退过的占多少；按首次派遣的日子计",
             "Of the matters dispatched, those never sent back by the responsible post; on the day first dispatched"),
        at="r.dispatched_at", kind="share", good="r.returned_at is null", better="more",
    ),
    Measure(
        "returned", Name("回退数", "Sent back"),
        Name("被责任岗位回退过的诉求，按首次回退的日子计", "Matters the responsible post sent back, on the day of the first time"),
        at="r.returned_at", better="less",
    ),
    Measure(
        "rework", RATE["rework"],
        Name("核查过的诉求里，返工过的占多少；按首次核查的日子计",
             "Of the matters checked, those that had to be done again; on the day first checked"),
        at="r.checked_at", kind="share", good="r.reworked_at is not null", better="less",
    ),
    Measure(
        "late", Name("超期数", "Late"),
        Name("错过了期限的诉求，按首次错过的日子计", "Matters that missed a deadline, on the day of the first"),
        at="r.late_at", better="less",
    ),
    Measure(
        "urged", Name("催办数", "Urged"),
        Name("被催办过的诉求，按首次催办的日子计", "Matters that were urged, on the day of the first time"), at="r.urged_at",
    ),
    Measure(
        "supervised", Name("督办数", "Supervised"),
        Name("被督办过的诉求，按首次督办的日子计", "Matters that were supervised, on the day of the first time"), at="r.supervised_at",
        better="less",
    ),
    Measure(
        "named", Name("通报数", "Named in a notice"),
        Name("列入过通报的诉求，按首次列入的日子计", "Matters named for a notice, on the day of the first time"), at="r.named_at", better="less",
    ),
    Measure(
        "extended", Name("延期数", "Extended"),
        Name("准予延期的诉求，按首次准予的日子计", "Matters granted more time, on the day of the first time"), at="r.extended_at",
    ),
    Measure(
        "shelved", Name("挂账数", "Put on the ledger"),
        Name("挂账的诉求，按首次挂账的日子计", "Matters put on the ledger, on the day of the first time"), at="r.shelved_at",
    ),
    Measure(
        "reopened", Name("重新办理数", "Opened again"),
        Name("结束后又重新办理的诉求，按首次的日子计", "Matters opened again after they had ended, on the day of the first time"),
        at="r.reopened_at", better="less",
    ),
    Measure(
        "escalated", Name("升级数", "Escalated"),
        Name("升级过的诉求，按升到的层级分开计，按首次升到的日子计",
             "Matters escalated, by the level they came to, on the day they first came there"),
        at="s.at", split="select e.key as part, e.value::timestamptz as at from jsonb_each_text(r.escalated) e", better="less",
    ),
    Measure(
        "step", Name("各环节用时", "Time per step"),
        Name("诉求在一个环节里停留的全部时间（自然时间，含夜间、假日和挂账），按最后离开的日子计；中位数和九成以内由时长分档读出，误差在一档之内",
             "All the time a matter lay in a step (by the clock, with nights, holidays and the ledger), on the day it last left; median and "
             "nine tenths are read from classes of duration and are right to within one class"),
        at="s.at", kind="times", depth=3,
        split=f"select e.key || ' ' || {CLASS.format('(e.value->>0)::float8')} as part, (e.value->>1)::timestamptz as at from jsonb_each(r.stays) e",  # noqa: S608
    ),
)  # fmt: skip

COLUMNS = (
    "flow_id", "place_id", "areas", "category", "channel", "raised_at", "responded_at", "responded_late", "filed_at", "dispatched_at",
    "returned_at", "checked_at", "reworked_at", "late_at", "due_at", "settled_at", "ended_at", "ended", "rated_at", "rating", "urged_at",
    "extended_at", "shelved_at", "reopened_at", "escalated", "stays", "rated_by", "called_at", "reached", "recalled_at", "supervised_at",
    "named_at", "again", "recurs",
)  # fmt: skip

# Steps and ends are the charter's own: what they do (accept, handle) and whether an end is good is handed in as parameters.
# A rating is the last one given: silence counts only where there is none, or work done again would take a bad one out of the figures.
_DIGEST = """
with line as (
  select e.*, f.procedure || ':' || case when e.step_to <> '' then e.step_to else e.step_from end = any(%(handle)s) as to_handle,
    f.procedure || ':' || e.step_from = any(%(handle)s) as at_handle,
    f.procedure || ':' || e.step_from = any(%(callback)s) and e.role <> 'reporter' and e.kind = 'taken' as at_call,
    f.procedure || ':' || e.step_from = any(%(accept)s) as at_accept,
    lag(e.at) over (partition by e.flow_id, e.step_to <> '' order by e.seq) as entered,
    f.charter_id || ':' || f.procedure || ':' || substr(e.step_to, 5) = any(%(good)s) as to_good
  from chosen c join flow_flow f on f.id = c.id join flow_event e on e.flow_id = f.id
  where (f."end" = 'merged') = (e.kind = 'rated_with')
), said as (
  select flow_id,
    min(at) filter (where at_accept and kind in ('taken', 'overdue')) as responded_at,
    coalesce(bool_or(at_accept and kind = 'overdue'), false) as responded_late,
    min(at) filter (where outcome = 'accepted') as filed_at,
    min(at) filter (where outcome = 'dispatched') as dispatched_at,
    min(at) filter (where outcome = 'return' and at_handle) as returned_at,
    min(at) filter (where outcome in ('passed', 'rework')) as checked_at,
    min(at) filter (where outcome = 'rework') as reworked_at,
    min(at) filter (where kind = any(%(late)s)) as late_at,
    (array_agg((data->'set'->>'due_at')::timestamptz order by seq desc)
      filter (where to_handle and data->'set'->>'due_at' is not null))[1] as due_at,
    max(at) filter (where (outcome = 'answered' and (step_to not like 'END %%' or to_good)) or (at_handle and outcome = 'agree')) as answered_at,
    max(seq) filter (where (outcome = 'answered' and (step_to not like 'END %%' or to_good)) or (at_handle and outcome = 'agree')) as answered_seq,
    max(seq) filter (where (to_handle and step_to <> '') or kind = 'reopened') as back_seq,
    (array_agg(at order by outcome = 'silent', seq desc) filter (where outcome = any(%(rating)s)))[1] as rated_at,
    (array_agg(outcome order by outcome = 'silent', seq desc) filter (where outcome = any(%(rating)s)))[1] as rating,
    (array_agg(role order by outcome = 'silent', seq desc) filter (where outcome = any(%(rating)s)))[1] as rated_as,
    max(at) filter (where at_call and step_to <> step_from) as called_at,
    coalesce(bool_or(at_call and outcome <> 'unreached'), false) as reached,
    min(at) filter (where at_call and outcome = 'dissatisfied' and step_to not like 'END %%') as recalled_at,
    min(at) filter (where kind = 'supervised') as supervised_at,
    min(at) filter (where kind = 'noticed') as named_at,
    min(at) filter (where kind = 'urged') as urged_at,
    min(at) filter (where kind = 'extension_granted') as extended_at,
    min(at) filter (where kind = 'suspended') as shelved_at,
    min(at) filter (where kind = 'reopened') as reopened_at
  from line group by flow_id
), stay as (
  select flow_id, step_from as step, extract(epoch from sum(at - entered))::float8 as seconds, max(at) as left_at
  from line where step_to <> '' and step_from <> '' and entered is not null group by flow_id, step_from
), stays as (
  select flow_id, jsonb_object_agg(step, jsonb_build_array(seconds, left_at)) as stays from stay group by flow_id
), climbed as (
  select flow_id, jsonb_object_agg(level, at) as escalated from (
    select flow_id, data->>'level' as level, min(at) as at from line where kind = 'escalated' and data->>'level' is not null group by 1, 2
  ) x group by flow_id
)
select f.id, f.place_id, coalesce(a.areas, '{}'), m.category, m.channel, m.raised_at, s.responded_at, coalesce(s.responded_late, false), s.filed_at,
  s.dispatched_at, s.returned_at, s.checked_at, s.reworked_at, s.late_at, s.due_at,
  case when s.answered_seq > coalesce(s.back_seq, 0) then s.answered_at end,
  case when f."end" <> 'merged' then f.ended_at end,
  case when f."end" = '' then '' when f."end" in ('refused', 'withdrawn', 'elsewhere', 'merged') then f."end"
    when f.charter_id || ':' || f.procedure || ':' || f."end" = any(%(good)s) then 'good' else 'bad' end,
  s.rated_at, case s.rating when 'explained' then 'dissatisfied' else coalesce(s.rating, '') end, s.urged_at,
  s.extended_at, s.shelved_at, s.reopened_at, coalesce(l.escalated, '{}'), coalesce(t.stays, '{}'),
  case when s.rating is null or s.rated_as = 'clock' then '' when s.rated_as = 'reporter' then 'own' else 'callback' end,
  s.called_at, coalesce(s.reached, false), s.recalled_at, s.supervised_at, s.named_at, h.again, coalesce(h.again + 1 >= h.times, false)
from chosen c join flow_flow f on f.id = c.id join matters_matter m on m.flow_id = f.id left join said s on s.flow_id = f.id
left join area a on a.id = f.place_id left join stays t on t.flow_id = f.id left join climbed l on l.flow_id = f.id
left join lateral (
  select k.times, (select count(*) from matters_matter o where EARLIER) as again
  from jsonb_to_recordset(%(kinds)s::jsonb) as k(charter bigint, kind text, near float8, days int, times int)
  where k.charter = f.charter_id and k.kind = m.category and m.main_id is null
) h on true
where f."end" <> 'undone'
""".replace("EARLIER", EARLIER)

# A new matter, or one put right, merged or separated, changes what comes after it at its place and what came after it where it was.
_ALSO = """
select o.flow_id from chosen c join matters_matter m on m.flow_id = c.id left join matters_course k on k.flow_id = c.id
  cross join lateral (values (m.place_id, m.category), (k.place_id, k.category)) as at (place, category)
  join matters_matter o on o.place_id = at.place and o.category = at.category
    and o.raised_at >= m.raised_at and o.raised_at <= m.raised_at + %(most)s * interval '1 day'
where k.flow_id is null or (k.place_id, k.category) <> (m.place_id, m.category) or (k.ended = 'merged') <> (m.main_id is not null)
"""

_MOVED = """
select r.flow_id from matters_course r join flow_flow f on f.id = r.flow_id left join area a on a.id = f.place_id
where r.place_id <> f.place_id or r.areas <> coalesce(a.areas, '{}')
"""


def _params() -> Mapping[str, Any]:
    """What the charters under which work ever began call accepting, handling and a good end."""
    found: dict[str, Any] = {"accept": [], "handle": [], "callback": [], "good": [], "late": list(LATE_KINDS), "rating": list(RATINGS)}
    kinds: list[dict[str, Any]] = []
    for version in CharterVersion.objects.all():
        kinds += [{"charter": version.pk, "kind": kind} | each._asdict() for kind, each in recurring_kinds(charter_of(version)).items()]
        for p in charter_of(version).procedures.values():
            for step in p.steps.values():
                if step.action in ("accept", "callback"):
                    found[step.action].append(f"{p.id}:{step.id}")
                elif step.action == "handle" or step.within == "category":  # mediation handles a matter, too
                    found["handle"].append(f"{p.id}:{step.id}")
            found["good"] += [f"{version.pk}:{p.id}:{end.id}" for end in p.ends.values() if end.good]
    return found | {"kinds": json.dumps(kinds), "most": max((k["days"] for k in kinds), default=0)}


SOURCE = Source(
    key="matters",
    table="matters_course",
    columns=COLUMNS,
    digest=_DIGEST,
    also=_ALSO,
    log="flow_event",
    every="select flow_id from matters_matter",
    moved=_MOVED,
    measures=MEASURES,
    params=_params,
)
