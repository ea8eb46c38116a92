"""Households that could be: who keeps house with whom, of what age. Pure; the same random source gives the same households."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

# weight, what it is
SHAPES = (
    (27, "family"), (19, "couple"), (13, "single"), (12, "old_couple"), (8, "old_alone"), (8, "three_generations"), (5, "one_parent"),
    (5, "flat_share"), (3, "grandparents"),
)  # fmt: skip
EMPTY = 0.08
# given names by sex and time of birth: before 1960, before 1990, since
GIVEN = {
    ("f", 0): "秀英 桂英 玉兰 淑珍 凤英 秀兰 桂兰 素珍 玉珍 月娥 桂荣 凤兰 淑芬 秀芳 桂芳 玉芬 淑华 金凤 玉华 玉梅",
    ("m", 0): "德福 长河 玉山 福生 宝田 有才 满仓 树林 德明 喜民 国庆 建国 志明 文祥 永贵 振华 守信 占山 景春 万福",
    ("f", 1): "丽华 海燕 晓红 春燕 秀梅 雪梅 红梅 丽娟 爱华 晓燕 静 敏 艳 霞 玲 萍 红 燕 娟 颖 文静 志红 春梅 永红",
    ("m", 1): "建军 志强 国强 卫东 志刚 志伟 海涛 海军 永强 永刚 建平 建民 军 勇 强 杰 涛 磊 超 鹏 晓东 晓峰 文博 俊峰",
    ("f", 2): "欣怡 雨涵 思雨 晓琳 佳慧 佳琪 梦洁 雅静 诗涵 婷婷 梓萱 雨桐 可欣 语嫣 若曦 一诺 子涵 婉婷 思琪 欣然",
    ("m", 2): "浩然 宇轩 子轩 俊杰 文博 文杰 天宇 子豪 梓轩 博文 皓轩 明轩 嘉豪 宇航 一鸣 思远 昊天 泽宇 俊熙 睿",
}


@dataclass(slots=True)
class Invented:
    """Somebody who doesn't exist."""

    name: str
    sex: str
    born: date
    role: str


@dataclass(slots=True)
class Home:
    """A household that doesn't exist: its people, the head first."""

    people: list[Invented]
    tenure: str
    since: date
    elsewhere: bool  # registered elsewhere
    kind: str
    groups: list[tuple[int, str]] = field(default_factory=list)  # index of a person, group


class Names:
    """Surnames as common as they are, given names of the time somebody was born in."""

    def __init__(self, rng: random.Random, surnames: list[str], weights: list[int]) -> None:
        self.rng, self.surnames, self.weights = rng, surnames, weights
        self.given = {key: names.split() for key, names in GIVEN.items()}

    def full(self, sex: str, born: date, surname: str = "") -> str:
        time = 0 if born.year < 1960 else 1 if born.year < 1990 else 2
        return (surname or self.rng.choices(self.surnames, self.weights)[0]) + self.rng.choice(self.given[sex, time])


def homes(rng: random.Random, names: Names, today: date) -> Iterator[Home | None]:
    """One for each dwelling, None where it stands empty."""
    weights, kinds = [w for w, _k in SHAPES], [k for _w, k in SHAPES]
    while True:
        if rng.random() < EMPTY:
            yield None
            continue
        yield _home(rng, names, today, rng.choices(kinds, weights)[0])


def _home(rng: random.Random, names: Names, today: date, kind: str) -> Home:
    def born(low: int, high: int) -> date:
        return today - timedelta(days=rng.randrange(low * 365, high * 365))

    people: list[Invented] = []

    def add(role: str, low: int, high: int, sex: str = "", surname: str = "") -> Invented:
        sex, day = sex or rng.choice("mf"), born(low, high)
        people.append(Invented(names.full(sex, day, surname), sex, day, role))
        return people[-1]

    def pair(low: int, high: int) -> str:
        """A couple; gives the surname their children have."""
        head = add("head", low, high, "m" if rng.random() < 0.75 else "f")
        spouse = add("spouse", max(low - 3, 22), high, "f" if head.sex == "m" else "m")
        return (head if head.sex == "m" else spouse).name[0]

    if kind in ("family", "three_generations"):
        surname = pair(29, 52)
        for _n in range(rng.choices((1, 2, 3), (62, 34, 4))[0]):
            youngest = min((today - p.born).days // 365 for p in people[:2])
            add("child", 0, max(1, min(24, youngest - 21)), surname=surname)
        if kind == "three_generations":
            add("parent", max(60, (today - people[0].born).days // 365 + 18), 82, surname=surname)
    elif kind == "couple":
        pair(26, 60)
    elif kind == "old_couple":
        pair(62, 86)
    elif kind == "single":
        add("head", 23, 60)
    elif kind == "old_alone":
        add("head", 66, 93, "f" if rng.random() < 0.66 else "m")
    elif kind == "one_parent":
        head = add("head", 30, 50, "f" if rng.random() < 0.7 else "m")
        add("child", 2, 17, surname=head.name[0])
    elif kind == "grandparents":
        surname = pair(58, 74)
        add("grandchild", 3, 15, surname=surname)
    else:
        for n in range(rng.randint(2, 4)):
            add("not_kin" if n else "head", 20, 34)
    rented = kind == "flat_share" or rng.random() < (0.34 if kind in ("single", "couple") else 0.09)
    elsewhere = (rented and rng.random() < 0.7) or rng.random() < 0.05
    oldest_stay = 3 if rented else 22
    since = today - timedelta(days=rng.randrange(40, oldest_stay * 365))
    home = Home(people, "rented" if rented else "own", since, elsewhere, kind)
    _groups(rng, home, today)
    return home


def _groups(rng: random.Random, home: Home, today: date) -> None:
    """Shares near those a city quarter has."""
    for n, person in enumerate(home.people):
        years = (today - person.born).days // 365
        if home.kind == "old_alone" and n == 0:
            home.groups.append((n, "elderly-alone"))
        if years >= 80:
            home.groups.append((n, "elderly-80"))
        if years < 1:
            home.groups.append((n, "infants"))
        if years >= 20 and rng.random() < 0.012:
            home.groups.append((n, "disabled"))
        if years >= 55 and rng.random() < 0.012:
            home.groups.append((n, "veterans"))
    if rng.random() < 0.022:
        home.groups.append((0, "hardship"))
