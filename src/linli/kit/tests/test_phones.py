import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.kit import phones
from linli.kit.phones import BadPhone, read

mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True).filter(str.isascii)


@given(mobiles)
def test_a_mobile_is_one_number_however_it_is_written(number):
    spaced = f"{number[:3]}-{number[3:7]} {number[7:]}"
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    assert {read(spaced), read(wide), read(f"+86 {number}"), read(f"0086{number}"), read(f"86{number}")} == {number}
    assert phones.masked(number) == f"{number[:3]}****{number[-4:]}"


@pytest.mark.parametrize(("said", "number"), [
    ("0472-3615678", "04723615678"), ("(010) 6512 3456", "01065123456"), ("3615678", "3615678"), ("400-810-8888", "4008108888"),
])  # fmt: skip
def test_fixed_and_service_numbers_are_read(said, number):
    assert read(said) == number


@pytest.mark.parametrize(("said", "what"), [
    ("", "empty"), ("无", "signs"), ("12012345678", "mobile"), ("1381234567", "shape"), ("138", "length"), ("138123456789", "shape"),
    ("1.38123E+10", "float"), ("13812345678/13912345678", "signs"),
])  # fmt: skip
def test_each_fault_is_told_by_its_name(said, what):
    with pytest.raises(BadPhone) as bad:
        read(said)
    assert bad.value.fault == what
    assert what in phones.FAULTS


@given(st.text(max_size=30))
def test_nothing_typed_breaks_it_and_no_error_repeats_it(said):
    try:
        assert read(said).isdigit()
    except BadPhone as bad:
        assert str(bad) in phones.FAULTS  # noqa: PT017  # either is right


@given(st.integers(0, 10**8 - 1))
def test_invented_ones_pass_and_belong_to_no_network(serial):
    assert read(phones.invented(serial)).startswith("154")


@given(st.text(alphabet="0123456789", max_size=14))
def test_masked_hides_at_least_three_digits_of_whatever_is_long_enough(text):
    assert phones.masked(text).count("*") >= min(3, len(text))
    assert len(phones.masked(text)) == len(text)
