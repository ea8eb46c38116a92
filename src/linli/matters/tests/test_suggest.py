"""Proposing categories: the pure core first, then what is kept at a place and shown on its pages."""

from datetime import timedelta

import numpy as np
import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.charter.loader import find, load
from linli.matters import jobs
from linli.matters.models import LearntModel, Matter
from linli.matters.situations import learnt_and_held
from linli.matters.suggest import keeping, material
from linli.matters.suggest.grams import grams
from linli.matters.suggest.measuring import measure
from linli.matters.suggest.model import FLOOR, Example, learn, pack, sha256, unpack
from linli.matters.suggest.report import fresh, report
from linli.matters.tests.factories import START
from linli.matters.tests.factories import report as raise_one

KINDS = ("rubbish", "lamp", "lift")
TOLD = (
    Example("rubbish", "楼下垃圾堆了三天没人清"), Example("rubbish", "垃圾桶边上一大堆剩饭"),
    Example("lamp", "路灯不亮 晚上黑"), Example("lamp", "小路的灯全灭了 street lamp out"),
    Example("lift", "电梯停在半空"), Example("lift", "电梯按键坏了 elevator broken"),
)  # fmt: skip


@pytest.fixture(scope="module")
def model():
    charter = load(find("qingshan"))
    return keeping.learn_from_charter(charter)


@pytest.fixture(autouse=True)
def _fresh():
    keeping.forget()
    yield
    keeping.forget()


def names(found):
    return [s.category for s in found]


# --- taking texts apart ------------------------------------------------------------------------------------------------------------------


def test_spelling_makes_no_difference_and_numbers_say_nothing():
    assert grams("路灯 不亮") == grams("路灯,不亮") == grams("路灯　不亮！")
    assert grams("打13800001111找我") == grams("打9找我")
    assert grams("LIFT") == grams("lift") == {"lift": 1}
    assert "{building}" not in grams("{building}门口")
    assert not [g for g in grams("电话一三八,13800001111,身份证15020419800101001X") if any(c in g for c in "123456789")]


def test_where_it_is_says_nothing_of_what_it_is(model):
    assert grams("5号楼2单元门口的井盖坏了") == grams("5号楼2,的井盖坏了")
    for text, kind in (
        ("5号楼2单元门口的井盖坏了", "facilities.manhole-loose"), ("单元门坏了", "property.door"), ("小区大门口路灯坏了", "facilities.streetlamp"),
    ):  # fmt: skip
        assert names(model.propose(text))[0] == kind


@settings(max_examples=80)
@given(st.text(max_size=80))
def test_any_text_is_taken_apart_into_short_pieces(text):
    assert all(n > 0 and (g.isascii() or len(g) <= 3) for g, n in grams(text).items())


# --- learning and proposing --------------------------------------------------------------------------------------------------------------


def test_what_was_learnt_is_proposed():
    small = learn(KINDS, TOLD)
    assert names(small.propose("三单元门口的垃圾堆"))[0] == "rubbish"
    assert names(small.propose("Street lamp is OUT"))[0] == "lamp"
    assert names(small.propose("电梯又坏了"))[0] == "lift"


def test_nothing_is_proposed_where_nothing_is_known(model):
    assert learn(KINDS, TOLD).propose("qqqq") == []
    assert learn(KINDS, ()).propose("垃圾") == []
    assert model.propose("") == model.propose("12345") == model.propose("。。。") == []


@settings(max_examples=60)
@given(st.text(alphabet="垃圾路灯电梯停了不亮坏堆甲乙 ,1a", max_size=40))
def test_shares_are_shares_and_proposals_come_likeliest_first(text):
    small = learn(KINDS, TOLD)
    shares = small.shares(text)
    assert shares.sum() == pytest.approx(1, abs=1e-4) or not shares.any()
    found = small.propose(text)
    assert [s.share for s in found] == sorted((s.share for s in found), reverse=True)
    assert len(set(names(found))) == len(found) <= 3
    assert not found or found[0].share >= FLOOR


def test_proposals_can_be_kept_to_some_categories():
    assert set(names(learn(KINDS, TOLD).propose("垃圾 路灯 电梯", among=["lamp"]))) <= {"lamp"}


def test_a_person_s_words_are_learnt_from_three_matters_on():
    def told(n):
        return [Example("lift", f"电梯里总是碰见章蕴芝老师{'甲乙丙丁'[k]}", private=True, told=True) for k in range(n)]

    assert "章蕴芝" not in learn(KINDS, [*TOLD, *told(2)]).known
    assert "蕴芝" not in learn(KINDS, [*TOLD, *told(2)]).known
    assert "章蕴芝" in learn(KINDS, [*TOLD, *told(3)]).known


def test_a_model_comes_back_from_its_bytes_and_the_bytes_are_always_the_same(model):
    data = pack(model)
    assert sha256(data) == sha256(pack(model))
    again = unpack(data)
    assert (again.categories, again.known, again.temperature) == (model.categories, model.known, model.temperature)
    assert np.abs(again.centres - model.centres).max() < 1e-3
    for rubbish in (b"", b"nonsense", data[:-40]):
        with pytest.raises(ValueError):
            unpack(rubbish)


def test_it_is_better_than_what_it_replaced_on_what_it_never_saw(model):
    """The keyword rule it replaced: 48 of 112 first, 51 among three; of those the charter's words never saw 7 and 7 of 64."""
    _learnt, held = learnt_and_held()
    everything = measure(lambda text: names(model.propose(text)), held)
    unseen = measure(lambda text: names(model.propose(text)), fresh(held))
    assert everything.share(everything.first) > 0.5
    assert everything.share(everything.among_three) > 0.65
    assert unseen.share(unseen.first) > 0.25
    assert unseen.share(unseen.among_three) > 0.4


def test_nothing_is_learnt_from_a_situation_held_out():
    learnt, held = learnt_and_held()
    said = {e.text for e in material.of_situations()}
    assert not {s["text"] for s in held} & said
    assert {s["text"] for s in learnt} <= said


# --- at a place --------------------------------------------------------------------------------------------------------------------------


def closed(town, text, category="environment.rubbish"):
    matter = raise_one(town, text=text, category=category).matter
    type(matter.flow).objects.filter(pk=matter.flow_id).update(end="done", step="", wake_at=None, ended_at=START + timedelta(days=1))
    Matter.objects.filter(pk=matter.pk).update(is_demo=False)
    return matter


def test_a_place_learns_from_what_it_closed_and_the_night_does_it(town):
    for n in range(4):
        closed(town, f"楼后头又是鸡架子坡上一堆{'甲乙丙丁'[n]}")
    before = keeping.model_of(town.version)
    assert "鸡架子" not in before.known
    jobs.learn_categories(0)
    row = LearntModel.objects.get()
    assert (row.charter_id, row.figures["matters"]) == (town.version.pk, 4)
    assert row.figures["tried"] == len(learnt_and_held()[1])
    assert "鸡架子" in keeping.model_of(town.version).known
    assert names(keeping.model_of(town.version).propose("鸡架子坡"))[0] == "environment.rubbish"


def test_open_and_demonstration_matters_teach_nothing(town):
    raise_one(town, text="还没办完的事一桩")
    Matter.objects.update(is_demo=False)
    demo = closed(town, "演示里的事一桩")
    Matter.objects.filter(pk=demo.pk).update(is_demo=True)
    assert material.of_matters() == []


def test_only_three_models_of_a_charter_are_kept_and_a_broken_one_does_no_harm(town):
    made = [keeping.train(now=START + timedelta(days=n)) for n in range(4)]
    assert list(LearntModel.objects.order_by("pk").values_list("pk", flat=True)) == [m.pk for m in made[1:]]
    LearntModel.objects.update(arrays=b"broken")
    keeping.forget()
    assert keeping.model_of(town.version).propose("垃圾没人清")


def test_the_report_says_what_it_was_learnt_from_and_where_it_fails(town):
    said = report(town.version)
    assert "of the charter and the product alone" in said
    keeping.train(now=START)
    said = report(town.version)
    assert "0 closed matters" in said
    assert "all situations held out: 120 texts" in said


def test_every_face_proposes_with_how_sure_and_chooses_nothing(town, resident):
    part = resident.post(reverse("matters:propose"), {"text": "楼下成堆的垃圾没人清"}).content.decode()
    assert 'data-choose="environment.rubbish"' in part
    assert "很可能" in part
    assert "%" not in part  # a share near 100 would promise more than it keeps
    assert raise_one(town, category="", text="楼下成堆的垃圾没人清").matter.category == ""


def test_words_of_danger_begin_on_the_urgent_way(town):
    raised = raise_one(town, category="", text="楼道里好大的煤气味,是不是漏了")
    assert (raised.matter.flow.procedure, raised.matter.category) == ("urgent", "")
