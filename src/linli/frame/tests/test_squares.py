"""A QR code is seen whole, however long its link and however small it is shown."""

import re

import pytest
import segno

from linli.frame.squares import square


@pytest.mark.parametrize("link", ["https://a.cn/f/X", "https://linli.example.gov.cn/my/open/7eEqqyPaeVDLao3Yn-aaw6cLQijAlNOu/" * 2])
def test_a_square_says_its_own_measure_and_no_size(link):
    drawn = square(link)
    side = segno.make(link, error="m").symbol_size(border=2)[0]
    assert f'viewBox="0 0 {side} {side}"' in drawn
    assert not re.search(r"<svg[^>]* (width|height|style)=", drawn)
