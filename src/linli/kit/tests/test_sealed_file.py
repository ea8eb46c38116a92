import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.kit import sealed_file
from linli.kit.sealed_file import SealedReader, SealedWriter, SealError


def sealed(data: bytes, passphrase: str = "open sesame") -> bytes:
    file = io.BytesIO()
    with SealedWriter(file, passphrase) as writer:
        writer.write(data)
    return file.getvalue()


def unsealed(data: bytes, passphrase: str = "open sesame") -> bytes:
    return io.BufferedReader(SealedReader(io.BytesIO(data), passphrase)).read()


@pytest.mark.parametrize("size", [0, 1, sealed_file.PIECE, sealed_file.PIECE + 1, 3 * sealed_file.PIECE])
def test_what_goes_in_comes_out(size):
    data = bytes(i % 251 for i in range(size))
    assert unsealed(sealed(data)) == data


def test_a_wrong_passphrase_opens_nothing():
    with pytest.raises(SealError):
        unsealed(sealed(b"text"), "guess")


@settings(max_examples=20, deadline=None)
@given(st.integers(min_value=22), st.integers(1, 255))
def test_any_changed_byte_is_noticed(place, change):
    data = bytearray(sealed(b"a few words"))
    data[22 + (place % (len(data) - 22))] ^= change
    with pytest.raises(SealError):
        unsealed(bytes(data))


def test_a_file_cut_off_between_pieces_is_noticed():
    data = sealed(b"x" * (2 * sealed_file.PIECE))
    with pytest.raises(SealError):
        unsealed(data[: 22 + 4 + sealed_file.PIECE + 16])


def test_pieces_swapped_are_noticed():
    data = sealed(bytes(2 * sealed_file.PIECE) + b"end")
    size = 4 + sealed_file.PIECE + 16
    first, second = data[22 : 22 + size], data[22 + size : 22 + 2 * size]
    with pytest.raises(SealError):
        unsealed(data[:22] + second + first + data[22 + 2 * size :])


def test_something_added_at_the_end_is_noticed():
    with pytest.raises(SealError):
        unsealed(sealed(b"text") + b"more")


def test_the_text_is_not_in_the_file():
    assert b"neighbour" not in sealed(b"a neighbour's phone")
