"""Residents' protected fields: sealed with AES-256-GCM (or SM4-GCM), found through a keyed index. The keys live in a file outside the database.

A sealed value is ``0x01 ‖ key id (4) ‖ nonce (12) ‖ ciphertext and tag``. The context ("table|column|row") is authenticated with it, so
a value copied to another row or column doesn't open. A key's id is the beginning of its own SHA-256: a keyring of another deployment
is told apart from a damaged value. Rotation adds a key and keeps the old ones, which open what they sealed until it is sealed anew.
The key of the index turns only together with a sealing key: what the current key sealed is found by the current index, and all else by
the former one, until everything has been sealed anew.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as keyed
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from linli.conf.home import Home

FORMAT = b"\x01"
_ID, _NONCE, _TAG = 4, 12, 16
_HEAD = 1 + _ID + _NONCE


class KeyringError(Exception):
    """Something about keys or sealed values is wrong; the message says what, and what to do. It never holds a value or a key."""


class NoKeyring(KeyringError):
    """There is no keyring file."""


class BadKeyring(KeyringError):
    """The keyring file can't be used: others may read it, or it isn't one."""


class UnknownKey(KeyringError):
    """The value was sealed with a key that the keyring doesn't hold."""


class Damaged(KeyringError):
    """The value isn't sealed, was changed, or belongs to another row."""


CIPHERS = {"aes": 32, "sm4": 16}
"""What a key can seal with, and how many bytes it then has: AES-256-GCM, or SM4-GCM (GB/T 32907) where the national cipher is asked for."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key. ``id`` is the first four bytes of its SHA-256, ``made`` an ISO time in UTC, ``cipher`` one of CIPHERS."""

    secret: bytes
    made: str
    cipher: str = "aes"

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.secret).digest()[:_ID]

    def __repr__(self) -> str:  # a key never reaches a log
        return f"Key({self.id.hex()}, {self.cipher}, made {self.made})"

    def encryptor(self) -> Callable[[bytes, bytes, bytes], bytes]:
        """``encrypt``, got ready once for many."""
        return AESGCM(self.secret).encrypt if self.cipher == "aes" else self.encrypt

    def encrypt(self, nonce: bytes, text: bytes, context: bytes) -> bytes:
        if self.cipher == "aes":
            return AESGCM(self.secret).encrypt(nonce, text, context)
        cipher = Cipher(algorithms.SM4(self.secret), modes.GCM(nonce)).encryptor()
        cipher.authenticate_additional_data(context)
        return cipher.update(text) + cipher.finalize() + cipher.tag

    def decrypt(self, nonce: bytes, sealed: bytes, context: bytes) -> bytes:
        """Raises InvalidTag."""
        if self.cipher == "aes":
            return AESGCM(self.secret).decrypt(nonce, sealed, context)
        cipher = Cipher(algorithms.SM4(self.secret), modes.GCM(nonce, sealed[-_TAG:])).decryptor()
        cipher.authenticate_additional_data(context)
        return cipher.update(sealed[:-_TAG]) + cipher.finalize()


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys in force: ``current`` seals, all of ``keys`` open, ``index`` finds; ``former`` finds what has not been sealed anew yet."""

    current: Key
    keys: Mapping[bytes, Key]
    index: bytes
    former: bytes | None = None

    def __repr__(self) -> str:
        return f"Keyring({len(self.keys)} keys, current {self.current.id.hex()})"


def context(table: str, column: str, row: object) -> str:
    """The context of one field of one row: what a sealed value is bound to."""
    return f"{table}|{column}|{row}"


# ---------------------------------------------------------------------------------------------------------------- the file


def path_of(path: Path | None = None) -> Path:
    return path or _standing(os.environ.get("LINLI_KEYRING"), os.environ.get("LINLI_DATA"), os.getcwd())


@lru_cache(maxsize=4)
def _standing(_keyring: str | None, _data: str | None, _folder: str) -> Path:
    """Found once for the same surroundings: a list opens a name in every row."""
    return Home().keyring


def new_keyring(path: Path | None = None) -> Keyring:
    """Make the keyring file (mode 0600). Raises BadKeyring where there is one already: a keyring is never overwritten."""
    target = path_of(path)
    key = Key(secrets.token_bytes(32), _now())
    ring = Keyring(key, {key.id: key}, secrets.token_bytes(32))
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write(target, ring, replace=False)
    except FileExistsError:
        raise BadKeyring(
            f"There is a keyring at {target} already; it is never overwritten. `linli keys rotate` adds a key to it."
        ) from None
    return ring


def load_keyring(path: Path | None = None) -> Keyring:
    """The keyring in the file, read again only when the file changes. Raises NoKeyring or BadKeyring."""
    target = path_of(path)
    try:
        stat = target.stat()
    except FileNotFoundError:
        raise NoKeyring(
            f"No keyring at {target}. `linli keys init` makes one for a new deployment; for an old one put back the keyring you kept"
        ) from None
    if stat.st_mode & 0o077:
        raise BadKeyring(f"Others may read the keyring {target} (mode {stat.st_mode & 0o777:o}). Run: chmod 600 {target}")
    stamp = (str(target), stat.st_mtime_ns, stat.st_ino)
    with _lock:
        if _kept.get("stamp") != stamp:
            _kept.update(stamp=stamp, ring=_parse(target))
        return _kept["ring"]  # type: ignore[return-value]


def rotate(path: Path | None = None, *, index: bool = False, cipher: str = "") -> Keyring:
    """Add a key and make it the current one; the old ones stay, to open what they sealed. Returns the new keyring.

    With ``index`` the key of the index turns, too: everything must have been sealed with the current key before. ``cipher`` is one of
    CIPHERS, by default what the current key seals with. Raises BadKeyring where the machine's library lacks it.
    """
    target = path_of(path)
    ring = load_keyring(target)
    cipher = cipher or ring.current.cipher
    key = Key(secrets.token_bytes(CIPHERS[cipher]), _now(), cipher)
    try:
        key.encrypt(bytes(_NONCE), b"", b"")
    except UnsupportedAlgorithm:
        raise BadKeyring(
            f"The cryptographic library of this machine can't seal with {cipher.upper()}. The keyring stays as it is."
        ) from None
    grown = Keyring(key, {**ring.keys, key.id: key}, secrets.token_bytes(32) if index else ring.index, ring.index if index else ring.former)
    _write(target, grown, replace=True)
    return load_keyring(target)


def drop_former(path: Path | None = None) -> None:
    """Forget the former key of the index, once nothing is found by it any more."""
    target = path_of(path)
    ring = load_keyring(target)
    if ring.former is not None:
        _write(target, Keyring(ring.current, ring.keys, ring.index), replace=True)


_lock = threading.Lock()
_kept: dict[str, object] = {}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _parse(target: Path) -> Keyring:
    try:
        raw = json.loads(target.read_text())
        if raw["version"] != 1:
            raise ValueError(f"version {raw['version']}")
        keys = [Key(base64.b64decode(k["secret"], validate=True), str(k["made"]), k.get("cipher", "aes")) for k in raw["keys"]]
        index = base64.b64decode(raw["index"], validate=True)
        former = base64.b64decode(raw["former"], validate=True) if raw.get("former") else None
        if any(len(k.secret) != CIPHERS[k.cipher] for k in keys) or len(index) != 32 or len(former or index) != 32:
            raise ValueError("a key of the wrong length")
        by_id = {k.id: k for k in keys}
        return Keyring(by_id[bytes.fromhex(raw["current"])], by_id, index, former)
    except (ValueError, KeyError, TypeError) as error:
        reason = type(error).__name__  # the text of the error could quote the file
        raise BadKeyring(
            f"{target} is not a keyring ({reason}). Put back the keyring you kept; without it sealed fields can't be read."
        ) from None


def _write(target: Path, ring: Keyring, *, replace: bool) -> None:
    """Whole or not at all, on the disk before it counts, readable by its owner only."""
    body = {
        "version": 1,
        "current": ring.current.id.hex(),
        "keys": [{"id": k.id.hex(), "made": k.made, "cipher": k.cipher, "secret": _text(k.secret)} for k in ring.keys.values()],
        "index": _text(ring.index),
        "former": _text(ring.former) if ring.former else "",
    }
    draft = target.with_name(f"{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(body, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(target)
        else:
            os.link(draft, target)  # fails where the name is taken, also by another process of the same moment
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# ------------------------------------------------------------------------------------------------------------- the values


def seal(text: str, context: str, ring: Keyring | None = None) -> bytes:
    """``text`` encrypted with the current key and bound to ``context``. Two seals of one text differ."""
    ring = ring or load_keyring()
    nonce = secrets.token_bytes(_NONCE)
    return FORMAT + ring.current.id + nonce + ring.current.encrypt(nonce, text.encode(), context.encode())


def seal_many(values: Iterable[tuple[str, str]], ring: Keyring | None = None) -> Iterator[bytes]:
    """``seal`` of each (text, context), for hundreds of thousands: the key is got ready once."""
    ring = ring or load_keyring()
    head, encrypt = FORMAT + ring.current.id, ring.current.encryptor()
    drawn, at = b"", 0  # nonces are drawn from the system some hundreds at a time: asking takes longer than sealing
    for text, context in values:
        if at == len(drawn):
            drawn, at = os.urandom(_NONCE * 512), 0
        nonce, at = drawn[at : at + _NONCE], at + _NONCE
        yield head + nonce + encrypt(nonce, text.encode(), context.encode())


def open(sealed: bytes | memoryview, context: str, ring: Keyring | None = None) -> str:
    """The text behind a sealed value. Raises UnknownKey, or Damaged where value and context don't belong together."""
    ring = ring or load_keyring()
    data = bytes(sealed)
    key = ring.keys.get(key_id(data))
    if key is None:
        raise UnknownKey(
            f"Sealed with key {key_id(data).hex()}, which this keyring doesn't hold. Is it this deployment's, as old as the database?"
        )
    try:
        return key.decrypt(data[1 + _ID : _HEAD], data[_HEAD:], context.encode()).decode()
    except InvalidTag:
        raise Damaged("A sealed value was changed, or was moved here from another row.") from None


def key_id(sealed: bytes | memoryview) -> bytes:
    """Which key sealed it (4 bytes). Raises Damaged where it isn't a sealed value."""
    data = bytes(sealed)
    if len(data) < _HEAD + _TAG or data[:1] != FORMAT:
        raise Damaged("Not a sealed value.")
    return data[1 : 1 + _ID]


def is_current(sealed: bytes | memoryview, ring: Keyring | None = None) -> bool:
    """Whether the value is sealed with the current key, so that a rotation needn't touch it."""
    return key_id(sealed) == (ring or load_keyring()).current.id


def blind_index(text: str, column: str, ring: Keyring | None = None) -> bytes:
    """32 bytes by which an exact value is found again in ``column`` and nothing else is: an HMAC-SHA-256 with a key of its own.

    The caller brings the text into its one form first (digits only, upper case). What is looked for may still lie under the former key of
    the index: ``blind_indexes``.
    """
    return _digest((ring or load_keyring()).index, column, text)


def blind_indexes(text: str, column: str, ring: Keyring | None = None) -> list[bytes]:
    """Everything by which the value may be found: by the key of the index and, while it is being turned, by the former one."""
    ring = ring or load_keyring()
    return [_digest(key, column, text) for key in (ring.index, ring.former) if key is not None]


def _digest(key: bytes, column: str, text: str) -> bytes:
    return hmac.digest(key, column.encode() + b"\0" + text.encode(), "sha256")


def blinder(column: str, ring: Keyring | None = None) -> Callable[[str], bytes]:
    """``blind_index`` of one column for hundreds of thousands of texts: what the key makes of their common beginning is computed once."""
    begun = keyed.HMAC((ring or load_keyring()).index, hashes.SHA256())
    begun.update(column.encode() + b"\0")

    def blind(text: str) -> bytes:
        one = begun.copy()
        one.update(text.encode())
        return one.finalize()

    return blind


def blind_many(texts: Iterable[str], column: str, ring: Keyring | None = None) -> Iterator[bytes]:
    """``blind_index`` of each text."""
    return map(blinder(column, ring), texts)
