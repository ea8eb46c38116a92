"""A street's sheet of residents wholly entered, beside django-import-export's bulk mode on the same rows.

* ours: an XLSX of 200,000 rows and 12 columns: read, sealed and kept, checked beside the register, checked again as it is entered, names,
  identity numbers and telephones sealed with their masked forms, blind indexes, a dozen keyed digests of each name, households, residences,
  custody and history stored, one transaction; then the workbook with its two further columns. Under row-level security, as the product's role.
* the peer: the same rows, handed to it as they were read (it needn't read the file), the same checks of number and telephone, two fields
  sealed and two indexes, into one plain table without other indexes, ``bulk_create`` by the thousand, no diffs, no look for who is there
  already, names in the clear, no households, no history, no workbook. On a sample. It does a small part of what ours does.

Compared is the time by the clock, on a machine that does nothing else; and processor time, of Python and of its database process together.
``ROWS=20000`` for a trial.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
ROWS, SAMPLE = int(os.environ.get("ROWS", "200000")), 5000
GOAL_RATIO, GOAL_MB, GOAL_SEAL = 15, 600, 1.5
HEADINGS = ["序号", "姓名", "身份证号", "性别", "联系电话", "与户主关系", "楼栋", "单元", "房号", "户籍地址", "入住日期", "备注"]
SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉建国华红玉春梅海燕雪飞鹏志宇浩子轩梓涵欣怡诗雨晨曦博瑞思佳慧琳颖晓东峰龙云凤珍"


def run() -> list[dict]:
    """In a process of its own: Django is set up once per process, and for one database."""
    done = subprocess.run([sys.executable, __file__], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError("see above")
    return json.loads(done.stdout)


def tell(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def rows_of(count: int) -> Iterator[list[Any]]:
    """Households of one to five, one to a dwelling, invented."""
    from linli.kit import idnumber, phones

    rng, n, door = random.Random(7), 0, 0
    while n < count:
        for place, role in enumerate(("户主", "配偶", "子", "父", "母")[: rng.choice((1, 2, 2, 3, 3, 4, 5))]):
            if n == count:
                return
            sex = "m" if place in (0, 2, 3) else "f"
            first, days = ((1960, 9000), (1960, 9000), (2003, 5500), (1935, 6000), (1935, 6000))[place]
            born = date(first, 1, 1) + timedelta(days=n % days)
            name = rng.choice(SURNAMES) + "".join(rng.choice(GIVEN) for _ in range(rng.choice((1, 2, 2, 2))))
            building, rest = divmod(door, 180)
            number = idnumber.invented(born, sex, n // days)
            yield [
                n + 1, name, number, "男" if sex == "m" else "女", phones.invented(n), role, f"{building + 1}号楼", f"{rest // 60 + 1}单元",
                f"{rest % 60 // 4 + 1}0{rest % 4 + 1}", "包头市昆都仑区" if n % 5 == 0 else "", "2019-03-01", "",
            ]  # fmt: skip
            n += 1
        door += 1


def make_places(count: int) -> Any:
    """One community with as many dwellings as the rows need, and the charter's root above."""
    from linli.charter.loader import find
    from linli.charter.store import adopt, charter_of
    from linli.places.models import Place

    area = charter_of(adopt(find("qingshan"), by="bench")).area.root
    began = {"valid_from": date(2020, 1, 1)}
    root = Place.objects.create(code=area, name="区", level="district", path=area, **began)
    home = Place.objects.create(code="C", name="试社区", level="community", parent=root, path=f"{area}.C", **began)
    grid = Place.objects.create(code="G", name="第一网格", level="grid", parent=home, path=f"{area}.C.G", **began)
    for building in range(count // 180 // 2 + 2):
        path = f"{area}.C.G.B{building}"
        house = Place.objects.create(code=f"B{building}", name=f"{building + 1}号楼", level="building", parent=grid, path=path, **began)
        units = [
            Place(code=f"B{building}-{u}", name=f"{u}单元", level="unit", parent=house, path=f"{path}.U{u}", **began) for u in (1, 2, 3)
        ]
        doors = [
            Place(code=f"{u.code}-{f}0{d}", name=f"{f}0{d}", level="dwelling", parent=u, path=f"{u.path}.D{f}0{d}", **began)
            for u in Place.objects.bulk_create(units) for f in range(1, 16) for d in range(1, 5)
        ]  # fmt: skip
        Place.objects.bulk_create(doors)
    return home


class Clock:
    """Processor seconds of this process, of those that help it and of the database process that serves it; and how long it took."""

    def __init__(self) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            self.stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
        self.last = self._now()

    def _now(self) -> tuple[float, float, float]:
        fields = self.stat.read_text().rpartition(")")[2].split()
        helped = resource.getrusage(resource.RUSAGE_CHILDREN)
        database = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return time.process_time() + helped.ru_utime + helped.ru_stime, database, time.monotonic()

    def lap(self, what: str) -> Took:
        now = self._now()
        python, database, waited = (b - a for a, b in zip(self.last, now, strict=True))
        self.last = now
        tell(f"{what}: {python:.1f} s Python, {database:.1f} s database, {waited:.1f} s by the clock")
        return Took(python + database, waited)


class Took(NamedTuple):
    """Seconds: of processors, and by the clock."""

    busy: float
    waited: float

    def plus(self, other: Took) -> Took:
        return Took(self.busy + other.busy, self.waited + other.waited)


class Memory(threading.Thread):
    """The most memory this process and those that help it held at one time (what they share counted once), looked at four times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self.start()

    def run(self) -> None:
        while True:
            mine = ["self", *(pid for task in Path("/proc/self/task").iterdir() for pid in _read(task / "children").split())]
            self.most = max(self.most, sum(map(_kilobytes, mine)))
            time.sleep(0.25)

    @property
    def megabytes(self) -> float:
        return self.most / 1024


def _kilobytes(pid: str) -> int:
    found = re.search(r"^Pss:\s+(\d+)", _read(Path(f"/proc/{pid}/smaps_rollup")), re.MULTILINE)
    return int(found[1]) if found else 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has just ended
        return ""


def ours(home: Any, data: bytes) -> Took:
    """For the whole of it."""
    from linli.access.models import User
    from linli.access.scope import Held, Scope
    from linli.kit.sheet_writer import write_rows
    from linli.people.importing import actions

    by = User.objects.create(username="bench")
    by._linli_scope = Scope(
        (Held(1, "post", home.pk, str(home.path), frozenset({"person.edit", "person.see", "person.minor"}), "area", "holder"),)
    )  # type: ignore[attr-defined]
    clock = Clock()
    file = actions.bring_sheet(by=by, place=home, name="台账.xlsx", data=data)
    total = clock.lap("read, sealed and kept")
    actions.look_at_sheet(by=by, file=file)
    total = total.plus(clock.lap("checked"))
    file.refresh_from_db()
    made = actions.carry_out(by=by, file=file)
    total = total.plus(clock.lap("checked again and entered"))
    assert made.counts(file.rows)["new"] == file.rows, made.counts(file.rows)
    del made
    out = io.BytesIO()
    file.refresh_from_db()
    write_rows(out, actions.fetch_sheet(by=by, file=file, said=lambda state, what: ("已新增", ""), headings=("状态", "说明")))
    return total.plus(clock.lap("workbook with two columns"))


def peer(sample: list[list[Any]]) -> Took:
    """django-import-export, for the sample."""
    from django.db import connection, models
    from import_export import resources
    from tablib import Dataset

    from linli.kit import crypto, idnumber, phones

    class Resident(models.Model):
        number = models.IntegerField()
        name = models.CharField(max_length=50)
        id_sealed = models.BinaryField()
        id_blind = models.BinaryField()
        phone_sealed = models.BinaryField()
        phone_blind = models.BinaryField()
        sex = models.CharField(max_length=2)
        role = models.CharField(max_length=10)
        building = models.CharField(max_length=20)
        unit = models.CharField(max_length=20)
        door = models.CharField(max_length=20)
        registered_at = models.CharField(max_length=60)
        since = models.CharField(max_length=20)
        note = models.CharField(max_length=200)

        class Meta:
            app_label = "bench"

        def __str__(self) -> str:
            return str(self.number)

    columns = ["number", "name", "id", "sex", "phone", "role", "building", "unit", "door", "registered_at", "since", "note"]

    class Residents(resources.ModelResource):
        class Meta:
            model = Resident
            fields = ("number", "name", "sex", "role", "building", "unit", "door", "registered_at", "since", "note")
            import_id_fields = ("number",)
            use_bulk, batch_size, skip_diff, force_init_instance, use_transactions = True, 1000, True, True, True

        def before_import_row(self, row: Any, **kwargs: Any) -> None:
            row["id"] = idnumber.read(str(row["id"]), date(2026, 11, 28)).text
            row["phone"] = phones.read(str(row["phone"]))

        def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
            for kind in ("id", "phone"):
                setattr(instance, f"{kind}_sealed", crypto.seal(row[kind], f"bench|{kind}|{instance.number}"))
                setattr(instance, f"{kind}_blind", crypto.blind_index(row[kind], f"bench.{kind}"))

    with connection.schema_editor(collect_sql=True) as editor:
        editor.create_model(Resident)
    with connection.cursor() as cursor:  # of the connection's own: no log to write
        for sql in editor.collected_sql:
            cursor.execute(sql.replace("CREATE TABLE", "CREATE TEMP TABLE"))
    dataset = Dataset(*sample, headers=columns)
    clock = Clock()
    result = Residents().import_data(dataset, raise_errors=True)
    assert result.total_rows == len(sample) == Resident.objects.count()
    return clock.lap(f"django-import-export, {len(sample):,} rows")


def sealing(count: int) -> float:
    """Seconds of processor to seal and index so many values."""
    from linli.kit import crypto, phones

    values = [phones.invented(n) for n in range(count)]
    began = time.process_time()
    for _ in crypto.seal_many((v, crypto.context("people_secret", "sealed", n)) for n, v in enumerate(values)):
        pass
    for _ in crypto.blind_many(values, "people.phone"):
        pass
    return time.process_time() - began


def measure() -> list[dict]:
    from linli.kit import crypto
    from linli.kit.sheet_writer import write_rows

    crypto.new_keyring()
    home = make_places(ROWS)
    out = io.BytesIO()
    write_rows(out, _with_headings())
    data = out.getvalue()
    del out
    tell(f"{ROWS:,} rows, {len(data) / 1e6:.1f} MB")
    memory = Memory()
    took = ours(home, data)
    megabytes = memory.megabytes
    sample = [row for row, _n in zip(rows_of(ROWS), range(SAMPLE), strict=False)]
    theirs = peer(sample)
    times = ROWS / len(sample)
    seal = sealing(200_000)
    what, name = f"a sheet of {ROWS:,} residents wholly entered", f"django-import-export in bulk, from {len(sample):,} rows"
    return [
        {
            "what": what, "ours": took.waited, "unit": "s", "peer": theirs.waited * times, "peer_name": name,
            "ratio": theirs.waited * times / took.waited, "goal": f"≥ {GOAL_RATIO} ×",
            "met": theirs.waited * times >= GOAL_RATIO * took.waited,
        },
        {
            "what": what, "ours": took.busy, "unit": "s of processor", "peer": theirs.busy * times, "peer_name": name,
            "ratio": theirs.busy * times / took.busy, "goal": f"≥ {GOAL_RATIO} ×", "met": theirs.busy * times >= GOAL_RATIO * took.busy,
        },
        {
            "what": "memory at most, of all processes but the database", "ours": megabytes, "unit": "MB", "goal": f"< {GOAL_MB} MB",
            "met": megabytes < GOAL_MB,
        },
        {"what": "200,000 values sealed and indexed", "ours": seal, "unit": "s of processor", "goal": f"< {GOAL_SEAL} s", "met": seal < GOAL_SEAL},
    ]  # fmt: skip


def _with_headings() -> Iterator[list[Any]]:
    yield HEADINGS
    yield from rows_of(ROWS)


def main() -> None:
    sys.path[:0] = [str(HERE.parent / "src"), str(HERE.parent)]
    os.environ["DJANGO_SETTINGS_MODULE"], os.environ["LINLI_LOG"] = "linli.conf.settings", "ERROR"
    from linli.conf.postgres import APP, OWNER, Cluster, prepare_server

    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        Path(folder).chmod(0o755)
        os.environ["LINLI_DATA"] = str(Path(folder) / "home")
        (Path(folder) / "home" / "static").mkdir(parents=True)
        cluster = Cluster(Path(folder) / "pg")
        cluster.start()
        try:
            with cluster.connect() as connection:
                prepare_server(connection, "bench")
            env = {**os.environ, "DATABASE_URL": cluster.url(OWNER, "bench"), "PYTHONPATH": str(HERE.parent / "src")}
            for command in ("['', 'migrate', '-v0']", "['', 'createcachetable']"):
                subprocess.run(
                    [sys.executable, "-c", f"from django.core.management import execute_from_command_line as e; e({command})"],
                    env=env, check=True, stdout=subprocess.DEVNULL,
                )  # fmt: skip
            os.environ["DATABASE_URL"] = cluster.url(APP, "bench")
            import django

            django.setup()
            rows = measure()
        finally:
            cluster.stop("fast")
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
