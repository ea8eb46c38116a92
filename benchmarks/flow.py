"""The flow engine beside SpiffWorkflow 3.2: five steps in a row, one "web request" per step, every step durable on its own.

Both write to the same PostgreSQL, through psycopg connections with the same settings (autocommit, statements prepared by the server, fsync
and synchronous commit on), from one process, turn about, on the same run. A request is: read the state, take the step, commit.

* ours: ``flow.actions.take_step``: permission (the account must hold the acting seat now), evidence, seats and deadlines by the official
  calendar, history line hashed into the chain, state and inbox, one commit. Nothing is kept from one request to the next but what the
  product keeps: charter, calendar, prepared statements.
* ours, many in one act: ``flow.actions.take_steps`` takes the step of 100 flows at once, as the desk's bulk acts and the clock do: the
  same for each flow, in two statements and one commit for all.
* SpiffWorkflow: read its JSON, restore, complete the ready user task, serialise, save. No permission, deadline, history or inbox. Once as
  its documentation has it (the process's description goes along in the JSON), once with a converter of our own that keeps the
  description apart, which is the best that can be done for it.

The pure cores are compared without a database: ours decides and applies (its state is plain values, which the row's columns hold);
SpiffWorkflow serialises and restores, as it has to in order to be stored. For fairness also: ours with the hash of the history line, and
ours with its whole state through JSON after every step.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

HERE = Path(__file__).parent
ROUNDS, FLOWS = 5, 120
TEXT = "同意，建议补充预算明细"
GOAL_SHELL, GOAL_CORE = 5, 25
STEPS = ("propose", "consult", "review", "resolve", "evaluate")


def run() -> list[dict]:
    """In a process of its own: Django is set up once per process, and for one database."""
    done = subprocess.run([sys.executable, __file__], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return json.loads(done.stdout)


# --- SpiffWorkflow -----------------------------------------------------------------------------------------------------------------------


def bpmn() -> str:
    """Five user tasks in a row."""
    nodes = ["start", *STEPS, "end"]
    flows = "".join(f'<b:sequenceFlow id="f{i}" sourceRef="{a}" targetRef="{c}"/>' for i, (a, c) in enumerate(pairwise(nodes)))
    tasks = "".join(
        f'<b:userTask id="{s}" name="{s}"><b:incoming>f{i}</b:incoming><b:outgoing>f{i + 1}</b:outgoing></b:userTask>'
        for i, s in enumerate(STEPS)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" '
        'targetNamespace="linli"><b:process id="five" isExecutable="true"><b:startEvent id="start"><b:outgoing>f0</b:outgoing>'
        f'</b:startEvent>{tasks}{flows}<b:endEvent id="end"><b:incoming>f5</b:incoming></b:endEvent></b:process></b:definitions>'
    )


class Spiff:
    """SpiffWorkflow driven step by step. ``apart`` keeps the process's description out of the saved JSON."""

    def __init__(self, *, apart: bool) -> None:
        from SpiffWorkflow.bpmn import BpmnWorkflow
        from SpiffWorkflow.bpmn.parser import BpmnParser
        from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
        from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG

        parser = BpmnParser()
        parser.add_bpmn_str(bpmn().encode())
        self.spec = parser.get_spec("five")
        self.workflow = BpmnWorkflow
        config = dict(DEFAULT_CONFIG)
        if apart:
            config[BpmnWorkflow] = _apart(self.spec)
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(config))

    def begin(self) -> str:
        workflow = self.workflow(self.spec)
        workflow.do_engine_steps()
        return self.serializer.serialize_json(workflow)

    def step(self, text: str, number: int) -> str:
        from SpiffWorkflow import TaskState

        workflow = self.serializer.deserialize_json(text)
        task = workflow.get_next_task(state=TaskState.READY, manual=True)
        task.data.update({task.task_spec.name: {"actor": "u-1024", "note": TEXT}, "number": number})
        task.run()
        workflow.do_engine_steps()
        assert workflow.completed == (number == len(STEPS) - 1)
        return self.serializer.serialize_json(workflow)


def _apart(spec: Any) -> type:
    from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter

    class Apart(BpmnWorkflowConverter):
        def to_dict(self, workflow):
            found = super(BpmnWorkflowConverter, self).to_dict(workflow)
            found["bpmn_events"] = self.registry.convert(workflow.bpmn_events)
            return found

        def from_dict(self, found):
            workflow = self.target_class(spec, {}, deserializing=True)
            workflow.tasks = self.mapping_from_dict(found["tasks"], UUID, workflow=workflow)
            workflow.task_tree = workflow.tasks.get(UUID(found["root"]))
            self.set_default_attributes(workflow, found)
            workflow.bpmn_events = self.registry.restore(found.pop("bpmn_events", []))
            return workflow

    return Apart


@dataclass(frozen=True, slots=True)
class Case:
    """``begin(n)`` makes n flows, not timed; ``steps`` takes the five steps of each."""

    flows: int
    begin: Callable[[int], Any]
    steps: Callable[[Any], None]


def spiff_saved(spiff: Spiff, url: str) -> Case:
    import psycopg

    connection = psycopg.connect(url, autocommit=True, prepare_threshold=2)
    connection.execute("create table if not exists spiff (id bigint generated always as identity primary key, state text not null)")

    def begin(flows: int) -> list[int]:
        insert = "insert into spiff (state) values (%s) returning id"
        return [connection.execute(insert, [spiff.begin()]).fetchall()[0][0] for _flow in range(flows)]

    def steps(keys: list[int]) -> None:
        for key in keys:
            for number in range(len(STEPS)):
                [(state,)] = connection.execute("select state from spiff where id = %s", [key]).fetchall()
                connection.execute("update spiff set state = %s where id = %s", [spiff.step(state, number), key])

    return Case(FLOWS // 2, begin, steps)


def bare_saved(url: str) -> Case:
    """The least a durable step can be: one row read, one changed, one line added, one commit. No rules, no Django, nothing checked."""
    import psycopg

    connection = psycopg.connect(url, autocommit=True, prepare_threshold=2)
    connection.execute("create table if not exists bare (id bigint generated always as identity primary key, seq int, state jsonb)")
    connection.execute("create table if not exists bare_line (id bigint, seq int, line jsonb, primary key (id, seq))")
    change = """with u as (update bare set seq = seq + 1, state = %s where id = %s and seq = %s returning id, seq)
        insert into bare_line select id, seq, %s from u returning seq"""
    state = json.dumps({"step": "propose", "text": TEXT})

    def begin(flows: int) -> list[int]:
        insert = "insert into bare (seq, state) values (0, %s) returning id"
        return [connection.execute(insert, [state]).fetchall()[0][0] for _flow in range(flows)]

    def steps(keys: list[int]) -> None:
        for key in keys:
            for _step in STEPS:
                [(_, seq, _)] = connection.execute("select * from bare where id = %s", [key]).fetchall()
                connection.execute(change, [state, key, seq, state]).fetchall()

    return Case(FLOWS, begin, steps)


def spiff_core(spiff: Spiff) -> Case:
    def steps(states: list[str]) -> None:
        for state in states:
            for number in range(len(STEPS)):
                state = spiff.step(state, number)

    return Case(FLOWS // 2, lambda flows: [spiff.begin() for _flow in range(flows)], steps)


# --- ours --------------------------------------------------------------------------------------------------------------------------------

WAY = (
    ("desk S1", "accepted", "reason"),
    ("desk S1", "dispatched", "reason"),
    ("worker G1", "done", "result"),
    ("checker C1", "passed", "finding"),
    ("desk S1", "answered", "answer"),
)


def ours_saved(*, at_once: int = 1) -> Case:
    """One step a request, or the same step of ``at_once`` flows in one act."""
    from linli.access.models import User
    from linli.flow.actions import begin_flow, take_step, take_steps

    town = _town()
    about = {"procedure": "matter", "kind": "public.lamp", "subject": "matters.matter", "title": TEXT, "place": town.places["G1"]}

    def begin(flows: int) -> list[Any]:
        return [begin_flow(by=None, subject_ref=f"B-{number}", **about) for number in range(flows)]

    def acting(who: str) -> User:
        return User(pk=town.people[who].pk, is_active=True)  # a request's own: no permission is remembered from the last

    def one_by_one(flows: list[Any]) -> None:
        for flow in flows:
            for who, outcome, text in WAY:
                flow = take_step(by=acting(who), flow=flow.pk, seq=flow.seq, outcome=outcome, texts={text: TEXT})
            assert flow.end == "closed"

    def many(flows: list[Any]) -> None:
        for n in range(0, len(flows), at_once):
            for who, outcome, text in WAY:
                keys = [flow.pk for flow in flows[n : n + at_once]]
                assert not take_steps(by=acting(who), flows=keys, outcome=outcome, texts={text: TEXT})

    return Case(FLOWS, begin, one_by_one) if at_once == 1 else Case(5 * at_once, begin, many)


@cache
def _town() -> Any:
    from linli.charter.tests.factories import LINEAR
    from linli.flow.tests.factories import district

    return district(procedure=LINEAR)


def ours_core(*, hashed: bool = False, through_json: bool = False) -> Case:
    """Decide and apply. The state is plain values, as the row's columns hold them. ``hashed``: with the history line as canonical JSON
    hashed into the chain; ``through_json``: with the whole state through JSON after every step, though the product never does that."""
    from linli.charter.tests.factories import LINEAR, small_charter
    from linli.flow import commands as do
    from linli.flow.chain import NO_TEXT, START, link
    from linli.flow.procedure import Event, Found, Kind, State, World, apply, decide
    from linli.flow.state import dump, load
    from linli.kit.calendar import Calendar

    charter = small_charter(procedure=LINEAR)
    procedure, category = charter.procedures["matter"], charter.categories["public.lamp"]
    calendar = Calendar(charter.hours)
    seats = {post: Found(n, post, charter.posts[post].level) for n, post in enumerate(charter.posts)}
    kind = Kind(category.id, category.within, category.route, category.start_level)
    start = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

    def taken(state: State, event: Event, head: bytes) -> tuple[State, bytes]:
        state = apply(state, event)
        if hashed:
            head = link(head, "uid", state.seq, *event.said, NO_TEXT)
        if through_json:
            text = json.dumps(dump(state._asdict()), ensure_ascii=False)
            state = State(**load(json.loads(text)))
        return state, head

    def begin(flows: int) -> list[State]:
        [event] = decide(procedure, State(), do.Begin(role="reporter"), World(start, calendar, kind, seats.get))
        return [apply(State(), event)] * flows

    def steps(states: list[State]) -> None:
        for state in states:
            head = START
            for number, (_who, outcome, evidence) in enumerate(WAY):
                world = World(start + timedelta(minutes=number), calendar, kind, seats.get)
                [event] = decide(procedure, state, do.Take(by=number, role="x", outcome=outcome, evidence=frozenset({evidence})), world)
                state, head = taken(state, event, head)
            assert state.end == "closed"

    return Case(4 * FLOWS, begin, steps)


# --- measuring ---------------------------------------------------------------------------------------------------------------------------


def steps_per_second(url: str, cases: dict[str, Case]) -> dict[str, float]:
    """Median of the rounds, the cases taking turns so that a slow moment of the machine meets them all."""
    from psycopg import connect

    times: dict[str, list[float]] = {name: [] for name in cases}
    for case in cases.values():
        case.steps(case.begin(case.flows))
        case.begin(case.flows)  # and some stay open, as in a database in use
    with connect(url, autocommit=True) as connection:
        connection.execute("analyze")
    for _round in range(ROUNDS):
        for name, case in cases.items():
            flows = case.begin(case.flows)
            start = time.perf_counter()
            case.steps(flows)
            times[name].append((time.perf_counter() - start) / case.flows)
    return {name: len(STEPS) / statistics.median(found) for name, found in times.items()}


def measure(url: str) -> list[dict]:
    apart, plain = Spiff(apart=True), Spiff(apart=False)
    rate = steps_per_second(
        url,
        {
            "saved": ours_saved(),
            "many": ours_saved(at_once=100),
            "saved spiff": spiff_saved(plain, url),
            "saved spiff apart": spiff_saved(apart, url),
            "bare": bare_saved(url),
            "core": ours_core(),
            "core hashed": ours_core(hashed=True),
            "core json": ours_core(through_json=True),
            "core spiff": spiff_core(plain),
            "core spiff apart": spiff_core(apart),
        },
    )
    saved, restored = "SpiffWorkflow 3.2, JSON saved after each step", "SpiffWorkflow 3.2, serialise and restore"
    return [
        _row("flow engine, permission to commit, 100 in one act", rate, "many", "saved spiff", saved, GOAL_SHELL),
        _row("the same, the peer's description kept apart", rate, "many", "saved spiff apart", "SpiffWorkflow 3.2, slim JSON saved", None),
        _row("flow engine, permission to commit, one act a commit", rate, "saved", "saved spiff", saved, None),
        _row("what a durable step costs at the least, no rules at all", rate, "bare", "saved spiff", saved, None),
        _row("pure core", rate, "core", "core spiff", restored, GOAL_CORE),
        _row("the same, the peer's description kept apart", rate, "core", "core spiff apart", "SpiffWorkflow 3.2, slim JSON", None),
        _row("pure core with the chain's hash", rate, "core hashed", "core spiff", restored, None),
        _row("pure core, our whole state through JSON too", rate, "core json", "core spiff", restored, None),
    ]


def _row(what: str, rate: dict[str, float], ours: str, peer: str, name: str, goal: int | None) -> dict:
    ratio = rate[ours] / rate[peer]
    row = {"what": what, "ours": rate[ours], "unit": "steps/s", "peer": rate[peer], "peer_name": name, "ratio": ratio}
    return row | {"goal": f"≥ {goal}×" if goal else "shown for fairness", "met": goal is None or ratio >= goal}


def main() -> None:
    sys.path[:0] = [str(HERE.parent / "src"), str(HERE.parent)]
    os.environ["DJANGO_SETTINGS_MODULE"], os.environ["LINLI_LOG"] = "linli.conf.settings", "ERROR"
    from linli.conf.postgres import APP, OWNER, Cluster, prepare_server

    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        Path(folder).chmod(0o755)
        os.environ["LINLI_DATA"] = str(Path(folder) / "home")
        cluster = Cluster(Path(folder) / "pg")
        cluster.start()
        try:
            with cluster.connect() as connection:
                prepare_server(connection, "bench")
            migrate = "from django.core.management import execute_from_command_line as e; e(['', 'migrate', '-v0'])"
            env = {**os.environ, "DATABASE_URL": cluster.url(OWNER, "bench"), "PYTHONPATH": str(HERE.parent / "src")}
            subprocess.run([sys.executable, "-c", migrate], env=env, check=True)
            os.environ["DATABASE_URL"] = cluster.url(APP, "bench")
            import django

            django.setup()
            rows = measure(cluster.url(OWNER, "bench"))
        finally:
            cluster.stop("fast")
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
