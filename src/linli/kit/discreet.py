"""What must not stand in a text that becomes public. Pure: text in, findings out. Shown at the field; a person mends it."""

from __future__ import annotations

import re

_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)")
_ID = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])|(?<!\d)\d{15}(?!\d)")
_COUNT = "[0-9零〇一二三四五六七八九十百]+"
_SIGN = "[0-9零〇一二三四五六七八九]"  # of a room: 301, 三零一
_OF_SOMETHING = "户人名位元米平盏个家次年月天日辆条块根吨斤公处桶件克"  # what is counted so is no room: 120盏灯
# a dwelling: a building or unit with a room, or a room said as one
_DWELLING = re.compile(
    rf"{_COUNT}\s*(?:号楼|栋|幢|单元|门洞|楼)[^,\uff0c。;\uff1b]{{0,12}}?\d{{1,4}}\s*(?:室|号房|号(?!楼))"
    # 2单元301, 住301
    rf"|(?:{_COUNT}\s*(?:号楼|栋|幢|单元|门洞)|住在?)\s*{_SIGN}{{3,4}}(?!{_SIGN}|\s*[余多]?\s*[{_OF_SOMETHING}])"
    # 1201户, but not 停水影响48户 nor 3号楼120户居民
    rf"|{_COUNT}\s*(?:栋|幢|单元|门洞)\s*\d{{3,4}}\s*户(?!居民|人家|家)"
    rf"|{_COUNT}\s*(?:楼|层)\s*(?:[东西南北中左右]|对)[边侧面手]?\s*[户门家]"
    r"|\d{2,4}\s*室|\d+\s*[-–—]\s*\d+\s*[-–—]\s*\d{2,4}"
    r"|\b(?:room|flat|apartment|unit)\s+(?:no\.?\s*)?\d+",
    re.IGNORECASE,
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·.\s-]?(?=[A-HJ-NP-Z]{0,3}\d)[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]",
    re.IGNORECASE,
)
# 2026-03-05 looks like building-unit-room and isn't
_DATE = re.compile(r"(?:19|20)\d{2}\s*[-–—/.]\s*\d{1,2}\s*[-–—/.]\s*\d{1,2}")

PHONE, IDENTITY, DWELLING, PLATE, NAME = "phone", "identity", "dwelling", "plate", "name"


def indiscretions(text: str, names: tuple[str, ...] = ()) -> list[str]:
    """Which kinds of personal detail ``text`` holds: any of phone, identity, dwelling, plate (a vehicle's), name (one of ``names``, of two signs or more)."""
    without_dates = _DATE.sub(" ", text)
    found = []
    if _MOBILE.search(without_dates) or _LANDLINE.search(without_dates):
        found.append(PHONE)
    if _ID.search(without_dates):
        found.append(IDENTITY)
    if _DWELLING.search(without_dates):
        found.append(DWELLING)
    if _PLATE.search(text):
        found.append(PLATE)
    squeezed = "".join(text.split()).lower()
    if any(len(n) > 1 and n in squeezed for n in ("".join(name.split()).lower() for name in names)):
        found.append(NAME)
    return found


def without_numbers(text: str) -> str:
    """The text with telephone and identity numbers left out."""
    for pattern in (_ID, _MOBILE, _LANDLINE):
        text = pattern.sub("…", text)
    return text


def is_mobile(phone: str) -> bool:
    """Whether a text message can reach it: ``phone`` as ``plain_phone`` writes it."""
    return re.fullmatch(r"1[3-9]\d{9}", phone) is not None


def is_phone(typed: str) -> bool:
    """Whether it is a telephone number, however it is written."""
    try:
        return bool(plain_phone(typed))
    except ValueError:
        return False


def plain_phone(typed: str) -> str:
    """A telephone number as it is stored: digits, a landline's area code with a dash. Raises ValueError where it is none."""
    digits = re.sub(r"[\s()\uff08\uff09-]", "", typed)
    digits = re.sub(r"^(?:\+?86)(?=1[3-9]\d{9}$)", "", digits)
    if re.fullmatch(r"1[3-9]\d{9}", digits) or re.fullmatch(r"[2-8]\d{6,7}", digits):
        return digits
    if match := re.fullmatch(r"(010|02\d|0[3-9]\d{2})(\d{7,8})", digits):
        return f"{match[1]}-{match[2]}"
    raise ValueError("not a telephone number")
