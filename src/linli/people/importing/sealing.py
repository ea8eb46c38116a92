"""People and their numbers sealed, as lines for COPY. Knows no database: further processes do it (``kit.hands``), each with the keys at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from linli.kit import crypto, idnumber, phones
from linli.kit.copy_text import NOTHING
from linli.people import names

SECRETS = "people_secret"


Somebody = tuple[int, str, str, date | None, str, str, bool]
"""Key, name, sex, birth, code of the community as COPY takes it, path, whether it is demonstration data."""
Number = tuple[int, int, str, str, str, bool]
"""Key, key of the person, kind, the number, path, whether it is demonstration data."""
Work = tuple[Sequence[Somebody], Sequence[Number]]


def sealer() -> Callable[[Work], tuple[str, str]]:
    """What makes of people and numbers the lines of ``new_person`` and ``new_secret`` (``commit``)."""
    ring = crypto.load_keyring()
    tokens = names.Tokens(ring).all
    blind = {kind: crypto.blinder(f"people.{kind}", ring) for kind in ("id", "phone")}
    masked = {"id": idnumber.masked, "phone": phones.masked}

    def seal(work: Work) -> tuple[str, str]:
        people, numbers = work
        called = ((name, crypto.context(names.TABLE, names.COLUMN, pk)) for pk, name, *_rest in people)
        told = ((value, crypto.context(SECRETS, "sealed", pk)) for pk, _person, _kind, value, *_rest in numbers)
        shown = ((masked[kind](value), crypto.context(SECRETS, "shown", pk)) for pk, _person, kind, value, *_rest in numbers)
        return (
            "".join(
                f"{pk}\t\\\\x{seal.hex()}\t{{{','.join(map(str, tokens(name)))}}}\t{sex}\t{born or NOTHING}\t{community}\t{path}\t{is_demo}\n"
                for (pk, name, sex, born, community, path, is_demo), seal in zip(people, crypto.seal_many(called, ring), strict=True)
            ),
            "".join(
                f"{pk}\t{person}\t{kind}\t\\\\x{seal.hex()}\t\\\\x{mask.hex()}\t\\\\x{blind[kind](value).hex()}\t{path}\t{is_demo}\n"
                for (pk, person, kind, value, path, is_demo), seal, mask in zip(
                    numbers, crypto.seal_many(told, ring), crypto.seal_many(shown, ring), strict=True
                )
            ),
        )

    return seal
