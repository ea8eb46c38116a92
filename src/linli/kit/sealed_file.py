"""A file under a passphrase, written and read as a stream: AES-256-GCM over 1 MiB pieces, key by scrypt.

Layout: ``LINLI1`` ‖ salt 16 ‖ pieces. Each piece is its length (4 bytes, big-endian) and the ciphertext; its nonce is its number, and
the associated data says whether it is the last, so that pieces can't be dropped, swapped or cut off unnoticed.
"""

from __future__ import annotations

import io
import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"LINLI1"
PIECE = 1 << 20


class SealError(Exception):
    """Wrong passphrase, or the file was changed or cut off."""


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode()))


class SealedWriter(io.RawIOBase):
    """Write plain bytes in; ``close`` writes the last piece. The file underneath stays open."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        salt = os.urandom(16)
        self._file, self._cipher = file, _cipher(passphrase, salt)
        self._number, self._pending = 0, bytearray()
        file.write(MAGIC + salt)

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:  # type: ignore[override]
        self._pending += data
        while len(self._pending) > PIECE:
            self._piece(bytes(self._pending[:PIECE]), last=False)
            del self._pending[:PIECE]
        return len(data)

    def _piece(self, data: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(self._number.to_bytes(12, "big"), data, b"last" if last else b"more")
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1

    def close(self) -> None:
        if not self.closed:
            self._piece(bytes(self._pending), last=True)
            super().close()


class SealedReader(io.RawIOBase):
    """Read the plain bytes back. Raises SealError as soon as a piece does not fit."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        head = file.read(len(MAGIC) + 16)
        if head[: len(MAGIC)] != MAGIC or len(head) < len(MAGIC) + 16:
            raise SealError("not a Linli backup")
        self._file, self._cipher = file, _cipher(passphrase, head[len(MAGIC) :])
        self._number, self._ready, self._ended = 0, b"", False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[override]
        while not self._ready and not self._ended:
            self._ready = self._next()
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _next(self) -> bytes:
        length = int.from_bytes(self._file.read(4), "big")
        if not 16 <= length <= PIECE + 16:
            raise SealError("the file was cut off or changed")
        sealed, nonce = self._file.read(length), self._number.to_bytes(12, "big")
        if len(sealed) != length:
            raise SealError("the file was cut off or changed")
        self._number += 1
        for mark in (b"more", b"last"):
            try:
                plain = self._cipher.decrypt(nonce, sealed, mark)
            except InvalidTag:
                continue
            self._ended = mark == b"last"
            if self._ended and self._file.read(1):
                raise SealError("something was added to the file")
            return plain
        raise SealError("wrong passphrase, or the file was changed")
