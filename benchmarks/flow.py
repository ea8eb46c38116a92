"""The flow engine beside SpiffWorkflow 3.2: five steps in a row, one "web request" per step, every step durable on its own.

Both write to the same PostgreSQL, through psycopg connections with the same settings (autocommit, statements prepared by the server, fsync
and synchronous commit on), from one process, turn about, on the same run. A request is: read the state, take the step, commit.

* ours: ``flow.actions.take_step``: permission (the account must hold the acting seat now), evidence, seats and deadlines by the official
  calendar, history line hashed into the chain, state and inbox, one commit. Nothing is kept from one request to the next but what the
  product keeps: charter, calendar, prepared statements.
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
from datetime import UTC, datetime, timedelta
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


def spiff_saved(spiff: Spiff, url: str) -> Callable[[int], None]:
    import psycopg

    connection = psycopg.connect(url, autocommit=True, prepare_threshold=2)
    connection.execute("create table if not exists spiff (id bigint generated always as identity primary key, state text not null)")

    def go(flows: int) -> None:
        for _flow in range(flows):
            [(key,)] = connection.execute("insert into spiff (state) values (%s) returning id", [spiff.begin()]).fetchall()
            for number in range(len(STEPS)):
                [(state,)] = connection.execute("select state from spiff where id = %s", [key]).fetchall()
                connection.execute("update spiff set state = %s where id = %s", [spiff.step(state, number), key])

    return go


def bare_saved(url: str) -> Callable[[int], None]:
    """The least a durable step can be: one row read, one changed, one line added, one commit. No rules, no Django, nothing checked."""
    import psycopg

    connection = psycopg.connect(url, autocommit=True, prepare_threshold=2)
    connection.execute("create table if not exists bare (id bigint generated always as identity primary key, seq int, state jsonb)")
    connection.execute("create table if not exists bare_line (id bigint, seq int, line jsonb, primary key (id, seq))")
    change = """with u as (update bare set seq = seq + 1, state = %s where id = %s and seq = %s returning id, seq)
        insert into bare_line select id, seq, %s from u returning seq"""
    state = json.dumps({"step": "propose", "text": TEXT})

    def go(flows: int) -> None:
        for _flow in range(flows):
            [(key,)] = connection.execute("insert into bare (seq, state) values (0, %s) returning id", [state]).fetchall()
            for _step in STEPS:
                [(_, seq, _)] = connection.execute("select * from bare where id = %s", [key]).fetchall()
                connection.execute(change, [state, key, seq, state]).fetchall()

    return go


def spiff_core(spiff: Spiff) -> Callable[[int], None]:
    def go(flows: int) -> None:
        for _flow in range(flows):
            state = spiff.begin()
            for number in range(len(STEPS)):
                state = spiff.step(state, number)

    return go


# --- ours --------------------------------------------------------------------------------------------------------------------------------

WAY = (
    ("desk S1", "accepted", "reason"),
    ("desk S1", "dispatched", "reason"),
    ("worker G1", "done", "result"),
    ("checker C1", "passed", "finding"),
    ("desk S1", "answered", "answer"),
)


def ours_saved() -> Callable[[int], None]:
    from linli.access.models import User
    from linli.charter.tests.factories import LINEAR
    from linli.flow.actions import begin_flow, take_step
    from linli.flow.tests.factories import district

    town = district(procedure=LINEAR)
    place = town.places["G1"]

    def go(flows: int) -> None:
        for number in range(flows):
            flow = begin_flow(
                by=None,
                procedure="matter",
                kind="public.lamp",
                subject="matters.matter",
                subject_ref=f"B-{number}",
                title=TEXT,
                place=place,
            )
            for who, outcome, text in WAY:
                user = User(pk=town.people[who].pk, is_active=True)  # a request's own: no permission is remembered from the last
                flow = take_step(by=user, flow=flow.pk, seq=flow.seq, outcome=outcome, texts={text: TEXT})
            assert flow.end == "closed"

    return go


def ours_core(*, hashed: bool = False, through_json: bool = False) -> Callable[[int], None]:
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

    def go(flows: int) -> None:
        for _flow in range(flows):
            world = World(start, calendar, kind, seats.get)
            [event] = decide(procedure, State(), do.Begin(role="reporter"), world)
            state, head = taken(State(), event, START)
            for number, (_who, outcome, evidence) in enumerate(WAY):
                world = World(start + timedelta(minutes=number), calendar, kind, seats.get)
                [event] = decide(procedure, state, do.Take(by=number, role="x", outcome=outcome, evidence=frozenset({evidence})), world)
                state, head = taken(state, event, head)
            assert state.end == "closed"

    return go


# --- measuring ---------------------------------------------------------------------------------------------------------------------------


def steps_per_second(cases: dict[str, tuple[Callable[[int], None], int]]) -> dict[str, float]:
    """Median of the rounds, the cases taking turns so that a slow moment of the machine meets them all."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for go, flows in cases.values():
        go(max(10, flows // 10))
    for _round in range(ROUNDS):
        for name, (go, flows) in cases.items():
            start = time.perf_counter()
            go(flows)
            times[name].append((time.perf_counter() - start) / flows)
    return {name: len(STEPS) / statistics.median(found) for name, found in times.items()}


def measure(url: str) -> list[dict]:
    apart, plain = Spiff(apart=True), Spiff(apart=False)
    cases = {
        "saved": (ours_saved(), FLOWS),
        "saved spiff": (spiff_saved(plain, url), FLOWS // 2),
        "saved spiff apart": (spiff_saved(apart, url), FLOWS // 2),
        "bare": (bare_saved(url), FLOWS),
        "core": (ours_core(), 4 * FLOWS),
        "core hashed": (ours_core(hashed=True), 4 * FLOWS),
        "core json": (ours_core(through_json=True), 4 * FLOWS),
        "core spiff": (spiff_core(plain), FLOWS // 2),
        "core spiff apart": (spiff_core(apart), FLOWS // 2),
    }
    rate = steps_per_second(cases)
    return [
        _row("flow engine, permission to commit", rate, "saved", "saved spiff", "SpiffWorkflow 3.2, JSON saved", GOAL_SHELL),
        _row("the same, its description kept apart", rate, "saved", "saved spiff apart", "SpiffWorkflow 3.2, slim JSON saved", None),
        _row("what a durable step costs at the least, no rules at all", rate, "bare", "saved spiff", "SpiffWorkflow 3.2, JSON saved", None),
        _row("pure core", rate, "core", "core spiff", "SpiffWorkflow 3.2, serialise and restore", GOAL_CORE),
        _row("the same, its description kept apart", rate, "core", "core spiff apart", "SpiffWorkflow 3.2, slim JSON", None),
        _row("pure core with the chain's hash", rate, "core hashed", "core spiff", "SpiffWorkflow 3.2, serialise and restore", None),
        _row(
            "pure core, our whole state through JSON too", rate, "core json", "core spiff", "SpiffWorkflow 3.2, serialise and restore", None
        ),
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
