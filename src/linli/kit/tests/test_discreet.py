import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.kit.discreet import indiscretions, plain_phone


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("请拨打13812345678联系", ["phone"]),
        ("请拨打 138 1234 5678 联系", ["phone"]),
        ("物业电话0472-3612345", ["phone"]),
        ("身份证15020419900101123X已登记", ["identity"]),
        ("已到3号楼2单元501室查看", ["dwelling"]),
        ("3栋1201户漏水已修好", ["dwelling"]),
        ("三号楼二单元402室", ["dwelling"]),
        ("又涨价,住3号楼2单元301", ["dwelling"]),
        ("3号楼2单元301的老人不满意", ["dwelling"]),
        ("二单元 1201,没修好", ["dwelling"]),
        ("3号楼301的也说", ["dwelling"]),
        ("三号楼二单元三零一", ["dwelling"]),
        ("住301的张大妈也反映过", ["dwelling"]),
        ("住了三四年", []),
        ("本栋居住120户", []),
        ("住2026年新建的楼", []),
        ("3号楼120盏灯已换", []),
        ("2单元 300 多户已走访", []),
        ("5号楼2026年改造", []),
        ("位于 5-2-301 的管道", ["dwelling"]),
        ("We repaired the pipe in flat 12", ["dwelling"]),
        ("3号楼2单元3楼东户已修好", ["dwelling"]),
        ("二单元五层左手门", ["dwelling"]),
        ("车牌蒙B12345的车已挪走", ["plate"]),
        ("新能源车 蒙AD12345 占道", ["plate"]),
        ("张建国反映的问题已解决", ["name"]),
        ("5号楼停水影响48户,11月23日已恢复供水", []),
        ("3号楼120户居民已全部走访", []),
        ("青山区B区3排已清扫", []),
        ("张 建国反映的问题已解决", ["name"]),
        ("垃圾已清运,3号楼前已冲洗,感谢监督。", []),
        ("路灯于2026-03-05修复,共更换12盏。", []),
        ("工单 QS-2026-000123 已办结", []),
        ("共清理垃圾 1500 公斤,出动 35 人", []),
        ("", []),
    ],
)
def test_personal_details_in_a_public_text_are_found_and_ordinary_answers_are_not(text, kinds):
    assert indiscretions(text, ("张建国",)) == kinds


@settings(max_examples=60)
@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(alphabet="路灯已修好,请联系。", max_size=10))
def test_a_mobile_number_is_found_wherever_it_stands(number, around):
    assert "phone" in indiscretions(around + number + around)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138 1234 5678", "13812345678"),
        ("+86 13812345678", "13812345678"),
        ("0472-3612345", "0472-3612345"),
        ("(0472) 3612345", "0472-3612345"),
        ("010 88886666", "010-88886666"),
        ("3612345", "3612345"),
    ],
)
def test_telephone_numbers_are_kept_in_one_form(typed, kept):
    assert plain_phone(typed) == kept


@pytest.mark.parametrize("typed", ["12345", "1381234567", "abc", "99999999999", "138123456789"])
def test_what_is_no_telephone_number_is_refused(typed):
    with pytest.raises(ValueError):
        plain_phone(typed)
