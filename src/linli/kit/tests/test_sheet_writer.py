"""Sheets written as a stream come back as they were, and nothing in them wakes up as a formula."""

from __future__ import annotations

import io
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from linli.kit.sheet_writer import write_rows
from linli.kit.sheets import read_rows


def written(rows) -> bytes:
    out = io.BytesIO()
    write_rows(out, rows)
    return out.getvalue()


CELLS = st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=12
).filter(lambda t: "_x" not in t)  # fmt: skip


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=5))
def test_what_is_written_is_read_again(rows):
    found = read_rows(written(rows))
    assert [[float(c) if isinstance(c, int | float) else c for c in r] for r in found] == [
        [float(c) if isinstance(c, int | float) else c for c in r] for r in rows
    ]


def test_formulas_stay_text_and_signs_no_sheet_can_hold_are_left_out():
    data = written([["=1+1", "a\x00b", "<&>", None, 1.1010519491231e17, True, float("inf")]])
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert 's="1" t="inlineStr"><is><t xml:space="preserve">=1+1' in sheet
    assert read_rows(data) == [["=1+1", "ab", "<&>", "", "1.1010519491231e+17", "True", "inf"]]
