from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.kit import idnumber
from linli.kit.idnumber import BadIdNumber, read

TODAY = date(2026, 11, 28)
days = st.dates(min_value=date(1900, 1, 1), max_value=TODAY)
sexes = st.sampled_from(["m", "f"])
serials = st.integers(min_value=0, max_value=499)


def fault(said: str) -> str:
    with pytest.raises(BadIdNumber) as bad:
        read(said, TODAY)
    return bad.value.fault


@pytest.mark.parametrize(("text", "born", "sex"), [
    ("11010519491231002X", date(1949, 12, 31), "f"),  # the standard's own example
    ("440524188001010014", date(1880, 1, 1), "m"),  # and its second
])  # fmt: skip
def test_the_standards_own_examples_are_read(text, born, sex):
    assert (read(text, TODAY).born, read(text, TODAY).sex) == (born, sex)


@given(days, sexes, serials)
def test_what_is_invented_passes_and_says_what_it_was_made_of(born, sex, serial):
    number = read(idnumber.invented(born, sex, serial), TODAY)
    assert (number.born, number.sex, number.area) == (born, sex, "000000")


@given(days, sexes, serials, st.integers(0, 17), st.integers(1, 9))
def test_any_one_wrong_digit_is_noticed(born, sex, serial, at, by):
    text = idnumber.invented(born, sex, serial)
    signs = "0123456789X" if at == 17 else "0123456789"
    wrong = text[:at] + signs[(signs.index(text[at]) + by) % len(signs)] + text[at + 1 :]
    if wrong != text:
        assert fault(wrong) in ("check", "date", "future")


@given(days, sexes, serials, st.integers(0, 16))
def test_two_neighbours_changed_over_are_noticed(born, sex, serial, at):
    text = idnumber.invented(born, sex, serial)
    wrong = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if wrong != text:
        assert fault(wrong) in ("check", "date", "future", "signs")


@given(days, sexes, serials)
def test_spaces_full_width_signs_and_small_x_make_no_difference(born, sex, serial):
    text = idnumber.invented(born, sex, serial)
    wide = "".join(chr(ord(c) + 0xFEE0) for c in text)
    spaced = f" {text[:6]} {text[6:14]}-{text[14:].lower()}\u200b"
    assert read(wide, TODAY).text == read(spaced, TODAY).text == text


@pytest.mark.parametrize(("said", "what"), [
    ("", "empty"), ("  ", "empty"), ("1101051949123100", "length"), ("11010519491231002A", "signs"), ("110105194912310021", "check"),
    ("110105194913310020", "date"), ("1.1010519491231e+17", "float"), ("1.10105E+17", "float"), ("无", "signs"), ("X10105194912310020", "signs"),
    (idnumber.invented(date(2027, 1, 1), "m", 1), "future"),
])  # fmt: skip
def test_each_fault_is_told_by_its_name(said, what):
    assert fault(said) == what
    assert what in idnumber.FAULTS


def test_an_old_number_is_told_the_new_one():
    with pytest.raises(BadIdNumber) as bad:
        read("110105491231002", TODAY)
    assert (bad.value.fault, bad.value.converted) == ("old", "11010519491231002X")
    with pytest.raises(BadIdNumber) as bad:
        read("110105491331002", TODAY)
    assert bad.value.converted == ""


@given(st.text(max_size=30))
def test_nothing_typed_breaks_it_and_no_error_repeats_it(said):
    try:
        assert len(read(said, TODAY).text) == 18
    except BadIdNumber as bad:
        assert str(bad) in idnumber.FAULTS  # noqa: PT017  # either is right


@given(days, sexes, serials)
def test_masked_shows_seven_signs(born, sex, serial):
    text = idnumber.invented(born, sex, serial)
    shown = idnumber.masked(text)
    assert len(shown) == 18
    assert shown.count("*") == 11
    assert f"{born:%Y%m%d}" not in shown
    assert text not in repr(read(text, TODAY))


def test_the_apostrophe_of_a_spreadsheet_is_nothing():
    assert idnumber.plain("'110105194912310021") == "110105194912310021"
