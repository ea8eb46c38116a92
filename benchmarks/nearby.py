"""Similar matters while somebody types, among 1,000,000: what residents and staff wait for, the kinds and places drawn at random.

Over the matters of ``filled.py`` (``--matters`` says how many): the positions are those of matters that were really told, the kinds those that
occur there and all others. What is measured is the whole question, as the page asks it. Shown with the plan that PostgreSQL chooses.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ASKED, WARM = 300, 20
GOAL = 50.0  # ms, p95


def run() -> list[dict[str, Any]]:
    """In a process of its own: Django is set up once per process, and for one database."""
    import filled

    with filled.database(filled.MATTERS) as cluster:
        done = subprocess.run([sys.executable, __file__, str(cluster.folder.parent)], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError("see above")
    return json.loads(done.stdout.splitlines()[-1])


def measure() -> list[dict[str, Any]]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from linli.bodies.models import Holding
    from linli.charter.store import charter_in_force
    from linli.matters.models import FoundBy, Matter
    from linli.matters.nearby import similar_matters
    from linli.matters.whereabouts import Whereabouts

    chance = random.Random(1)
    user = Holding.objects.current().filter(seat__post="street-desk").select_related("user").order_by("pk").first().user
    last = Matter.objects.order_by("-pk").values_list("pk", flat=True)[0]
    told = Matter.objects.filter(pk__in=chance.sample(range(1, last), 3 * ASKED), lon__isnull=False).select_related("place__parent")
    told = [m for m in told if m.place.level == "grid"]
    count = Matter.objects.count()
    kinds = [c.id for c in charter_in_force().leaves()]
    rows = []
    for who, as_user in (("residents", None), ("staff", user)):
        times, used, hits = [], [], 0
        for n in range(ASKED + WARM):
            m = chance.choice(told)
            where = Whereabouts(m.place, FoundBy.POSITION, m.lon, m.lat)
            kind = m.category if n % 2 else chance.choice(kinds)
            began, spent = time.perf_counter(), time.process_time()
            found = similar_matters(text=m.text, where=where, category=kind, user=as_user)
            if n >= WARM:  # the model is learnt and the caches are warm
                times.append((time.perf_counter() - began) * 1000)
                used.append((time.process_time() - spent) * 1000)
                hits += bool(found)
        times.sort()
        p95 = times[int(ASKED * 0.95)]
        what = f"similar matters, {who}, p95 of {ASKED} among {count:,}"
        rows.append({"what": what, "ours": p95, "unit": "ms", "goal": f"< {GOAL:.0f}", "met": p95 < GOAL})
        for name, ours in (
            (f"the same, p50 ({hits} found some)", times[ASKED // 2]),
            ("the same, processor time of Python", sum(used) / ASKED),
        ):
            rows.append({"what": name, "ours": ours, "unit": "ms", "goal": "shown", "met": True})
    with CaptureQueriesContext(connection) as queries:
        similar_matters(text=m.text, where=where, category="environment.rubbish", user=None)
    asked = next(q["sql"] for q in reversed(queries.captured_queries) if "matters_matter" in q["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"explain (analyze, buffers, costs off) {asked}")
        print("\n".join(line for (line,) in cursor.fetchall()), file=sys.stderr)
    return rows


def main(data: str) -> None:
    sys.path[:0] = [str(HERE.parent / "src"), str(HERE.parent)]
    import filled

    filled.django_on(data)
    print(json.dumps(measure(), ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1])
