"""Names of residents: sealed, shown masked in lists, and found by what people type: signs, sound or initials. Knows no database.

A name is looked for by tokens: keyed digests (HMAC-SHA-256, 8 bytes) of its beginnings and of its given name, in signs, in pinyin and
in initials. Whoever has the database without the keyring can neither read a name nor try one out. 王秀兰 is found by 王, 王秀, 秀兰, 王秀兰,
wang, wangxiu, xiulan, wangxiulan, wx, xl, wxl.
"""

from __future__ import annotations

import os
import re
import unicodedata
from functools import lru_cache
from itertools import islice, product

from linli.kit import crypto

TABLE = "people_person"
COLUMN = "name_sealed"
LONGEST = 50
_WAYS = 8  # of reading one name aloud
_DOTS = re.compile(r"[·•・‧⋅∙.．]")
_HAN = re.compile(r"[\u4e00-\u9fff]+")  # in their one form already
_LATIN = re.compile(r"[A-Za-zÀ-ɏ' -]+")
_BAD = re.compile(r"[\x00-\x1f\x7f<>@#$%^&*=+{}\[\]|\\/~`\"!?;:0-9]")
# double surnames, which begin a given name at the third sign
_DOUBLE = frozenset((
    "欧阳", "上官", "司马", "诸葛", "司徒", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "宇文", "长孙", "东方", "西门", "南宫", "端木", "呼延", "万俟", "赫连",
    "澹台", "申屠", "轩辕", "钟离", "闾丘", "公冶", "宗政", "濮阳", "淳于", "鲜于", "太叔",
))  # fmt: skip
# surnames that are read otherwise than the sign alone
_SURNAMES = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "查": "zha", "区": "ou", "任": "ren", "华": "hua", "朴": "piao", "盖": "ge", "尉": "wei", "翟": "zhai",
    "乐": "yue", "缪": "miao", "宁": "ning", "折": "she", "黑": "he", "种": "chong", "秘": "bi", "员": "yun", "繁": "po", "召": "shao", "纪": "ji", "覃": "qin",
    "冼": "xian", "教": "jiao", "长": "zhang", "逄": "pang", "隗": "wei", "佴": "nai", "燕": "yan", "车": "che", "郇": "xun", "行": "xing", "能": "nai",
}  # fmt: skip


def plain(said: str) -> str:
    """One form of a name: no spaces at its ends or between Chinese signs, «·» for every dot between the parts of a long name."""
    if _HAN.fullmatch(said):
        return said
    text = unicodedata.normalize("NFKC", said).strip()
    text = _DOTS.sub("·", text)
    if _LATIN.fullmatch(text.replace("·", " ")):
        return re.sub(r"\s+", " ", text)
    return re.sub(r"\s+", "", text)


def is_name(text: str) -> bool:
    """Whether it can be somebody's name: letters only, at least two."""
    if _HAN.fullmatch(text):
        return 2 <= len(text) <= LONGEST
    return 2 <= len(text) <= LONGEST and not _BAD.search(text) and sum(unicodedata.category(c)[0] == "L" for c in text) >= 2


def masked(name: str) -> str:
    """王**: the surname and a sign for each of the rest."""
    if not name:
        return ""
    if _LATIN.fullmatch(name):
        return name[0] + "*" * min(len(name) - 1, 6)
    head = 2 if len(name) > 2 and name[:2] in _DOUBLE else 1
    return name[:head] + "*" * min(len(name) - head, 6)


def seal(name: str, pk: int, ring: crypto.Keyring | None = None) -> bytes:
    return crypto.seal(name, crypto.context(TABLE, COLUMN, pk), ring)


def opened(sealed: bytes | memoryview, pk: int) -> str:
    return crypto.open(sealed, crypto.context(TABLE, COLUMN, pk))


# ------------------------------------------------------------------------------------------------------------- finding by name


def keys(name: str) -> set[str]:
    """Everything the name is found by, as text. Signs keep their case class: «w» alone is no key, 王 is."""
    signs = name.replace("·", "").replace(" ", "")
    if _LATIN.fullmatch(name.replace("·", " ")):
        words = [w for w in re.split(r"[ ·'-]+", name.lower()) if w]
        whole = "".join(words)
        return {whole, *words, *(whole[:n] for n in range(2, len(whole)))}
    head = 2 if len(signs) > 2 and signs[:2] in _DOUBLE else 1
    found = {signs[:n] for n in range(1, len(signs) + 1)} | {signs[head:]}
    for part in name.split("·")[1:]:  # 买买提·艾力 is also found by 艾力
        found |= {part, *("".join(way) for way in readings(part))}
    for way in readings(signs):
        whole = initials = ""
        for syllable in way:
            whole += syllable
            initials += syllable[0]
            found |= {whole, initials}
        found |= {"".join(way[head:]), initials[head:]}
    return {k for k in found if len(k) >= 2 or (k and not k.isascii())}


def readings(signs: str) -> list[tuple[str, ...]]:
    """How the name may be read aloud, without tones, ü as v: the likeliest first, eight at most."""
    ways = [_read(sign) for sign in signs]
    if ways and (known := _SURNAMES.get(signs[0])):
        ways[0] = (known, *(w for w in ways[0] if w != known))[:2]
    return list(islice(product(*ways), _WAYS)) if ways else []  # each further sign may double them


@lru_cache(maxsize=20_000)
def _read(sign: str) -> tuple[str, ...]:
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # names are no phrases: half the memory
    from pypinyin import Style, pinyin

    said = pinyin(sign, style=Style.NORMAL, heteronym=True, errors="ignore", v_to_u=False)
    found = tuple(dict.fromkeys(s for s in (said[0] if said else ()) if s.isascii() and s.isalpha()))
    return found[:2] or (sign,)


def token(key: str, ring: crypto.Keyring | None = None) -> int:
    """What a key is stored and looked for as: a signed number of 64 bits."""
    return _short(crypto.blind_index(key, "people.name", ring))


def sought(key: str) -> list[int]:
    """Everything a key may be stored as: more than one while the key of the index is being turned."""
    return [_short(digest) for digest in crypto.blind_indexes(key, "people.name")]


def _short(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big", signed=True)


def tokens(name: str, ring: crypto.Keyring | None = None) -> list[int]:
    return sorted({token(k, ring) for k in keys(name)})


class Tokens:
    """``tokens`` and ``token`` for hundreds of thousands of names: most of what they are found by (surnames, sounds, initials) many share."""

    def __init__(self, ring: crypto.Keyring) -> None:
        blind = crypto.blinder("people.name", ring)
        self._of = lru_cache(maxsize=50_000)(lambda key: _short(blind(key)))

    def whole(self, name: str) -> int:
        """By what the whole name is found."""
        return self._of(query(name))

    def all(self, name: str) -> list[int]:
        return sorted(set(map(self._of, keys(name))))


def query(said: str) -> str:
    """What somebody typed to find a name, as a key: signs as they are, letters in lower case without spaces and tones."""
    text = plain(said)
    if _HAN.fullmatch(text):
        return text
    if text and (text.isascii() or not re.search(r"[\u3400-\u9fff\U00020000-\U0003ffff]", text)):
        text = unicodedata.normalize("NFD", text.lower().replace("ü", "v"))
        return "".join(c for c in text if c.isascii() and c.isalpha())
    return text.replace("·", "")
