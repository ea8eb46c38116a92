"""Sheets of residents for tests: invented people, as communities write them down."""

from __future__ import annotations

import io
from collections import Counter
from datetime import timedelta

from linli.frame.jobs import run_job
from linli.frame.models import Job
from linli.kit import idnumber, phones
from linli.kit.sheet_writer import write_rows
from linli.people.importing import actions, staging
from linli.people.models import ImportFile
from linli.people.tests.factories import TODAY, everything

HEADINGS = ["序号", "姓名", "身份证号", "性别", "联系电话", "与户主关系", "楼栋", "单元", "房号", "民族", "备注"]


def born(years: int):
    return TODAY - timedelta(days=years * 366)


def number(years: int = 40, sex: str = "m", n: int = 1) -> str:
    return idnumber.invented(born(years), sex, n)


def row(
    n: int, name: str, role: str = "户主", door: str = "101", *, years: int = 40, sex: str = "男", id_number=None, phone=None, building="1"
) -> list:
    told = number(years, "m" if sex == "男" else "f", n) if id_number is None else id_number
    return [n, name, told, sex, phones.invented(n + 500) if phone is None else phone, role, building, "1", door, "汉族", ""]


FAMILY = (
    row(1, "端木问之"), row(2, "欧阳 小 月", "妻", sex="女"), row(3, "端木安", "子", years=8), row(4, "司马清", door="102", years=70),
)  # fmt: skip


def workbook(*rows, headings=HEADINGS, title: str = "幸福社区居民信息台账") -> bytes:
    out = io.BytesIO()
    write_rows(out, [[title], headings, *rows])
    return out.getvalue()


def bring(register, data: bytes, *, by=None, place: str = "C1", name: str = "台账.xlsx") -> ImportFile:
    return actions.bring_sheet(by=by or register.head, place=register.place(place), name=name, data=data)


def check(register, data: bytes, **more) -> ImportFile:
    file = bring(register, data, **more)
    actions.look_at_sheet(by=file.by, file=file)
    file.refresh_from_db()
    return file


def enter(register, data: bytes, **more) -> ImportFile:
    file = check(register, data, **more)
    actions.carry_out(by=file.by, file=file)
    file.refresh_from_db()
    return file


def states(file: ImportFile) -> dict[int, str]:
    """Row → state, or «state: field.code»."""
    with everything():
        return {
            row: f"{state}: {' '.join(f'{w[0]}.{w[1]}' for w in what)}" if state == "wrong" else state
            for row, state, what in staging.outcomes_of(file)
        }


def counts(file: ImportFile) -> dict[str, int]:
    return dict(Counter(s.split(":")[0] for s in states(file).values()))


def run_jobs() -> None:
    for job in Job.objects.filter(state=Job.State.WAITING):
        run_job(job.pk)
