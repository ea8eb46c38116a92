"""Pixels in, pixels out: reading strangers' pictures safely and writing them anew. No Django here."""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pillow_heif
from PIL import Image, ImageFile, ImageOps

PIXELS = 50_000_000  # more is refused from the header, before anything is decoded
LONGEST = 1600  # px
WEIGHT = 300_000  # bytes aimed at
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
SHANGHAI = ZoneInfo("Asia/Shanghai")

pillow_heif.register_heif_opener(thumbnails=False)
ImageFile.LOAD_TRUNCATED_IMAGES = False  # a picture cut off half way is refused, not greyed out

Position = tuple[float | None, float | None]


class TooManyPixels(Exception):
    """Larger than ``PIXELS``: a bomb, or a scan of a wall."""


class Unreadable(Exception):
    """Not decodable to the last row."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """An upright RGB image and what its EXIF said: position (lon, lat) in degrees, time (aware)."""

    image: Image.Image
    position: Position | None
    taken_at: datetime | None


def decode(data: bytes) -> Pixels:
    """Raises TooManyPixels, Unreadable."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _decode(data)
    except TooManyPixels:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooManyPixels from None
    except Exception as error:  # decoders of hostile bytes fail in every way there is; all of them mean the same to the sender
        raise Unreadable from error


def _decode(data: bytes) -> Pixels:
    with Image.open(io.BytesIO(data), formats=FORMATS) as source:
        if source.width * source.height > PIXELS:
            raise TooManyPixels
        position, taken_at = _exif(source)
        if source.format == "JPEG":
            source.draft("RGB", (LONGEST, LONGEST))  # decode at a fraction of the size: a tenth of the memory
        source.seek(0)  # of an animation the first picture
        source.load()
        upright = ImageOps.exif_transpose(source)
        image = _flat(upright)
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    clean = Image.frombytes("RGB", image.size, image.tobytes())  # carries no info, no profile, no comment
    return Pixels(clean, position, taken_at)


def _flat(image: Image.Image) -> Image.Image:
    """RGB, what was transparent on white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        return ground
    if image.mode.startswith("I;16") or image.mode == "I":  # 16-bit greys don't scale down by themselves
        image = (
            image.point(lambda v: v / 256).convert("L") if image.mode == "I" else image.convert("I").point(lambda v: v / 256).convert("L")
        )
    return image.convert("RGB")


def write(image: Image.Image) -> bytes:
    """A progressive JPEG of about ``WEIGHT`` bytes at most: quality steps down for pictures full of detail."""
    for quality in (82, 74, 66):
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
        if out.tell() <= WEIGHT:
            break
    return out.getvalue()


def _exif(source: Image.Image) -> tuple[Position | None, datetime | None]:
    """Position and time; nonsense in them is no reason to refuse a picture."""
    position, taken = None, None
    with contextlib.suppress(Exception):
        exif = source.getexif()
        with contextlib.suppress(Exception):
            position = _position(exif.get_ifd(0x8825))
        with contextlib.suppress(Exception):
            taken = _taken(exif.get_ifd(0x8769), exif)
    return position, taken


def _degrees(parts: Any, sign: Any, negative: str, most: float) -> float:
    degrees, minutes, seconds = (float(p) for p in parts)
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value) or not 0 <= value <= most:
        raise ValueError
    text = sign.decode() if isinstance(sign, bytes) else str(sign)
    return round(-value if text.strip("\0 ").upper() == negative else value, 7)


def _position(gps: Any) -> Position | None:
    lat = _degrees(gps[2], gps.get(1, "N"), "S", 90)
    lon = _degrees(gps[4], gps.get(3, "E"), "W", 180)
    return None if lat == lon == 0 else (lon, lat)  # cameras write 0, 0 when they don't know


def _taken(detail: Any, exif: Any) -> datetime | None:
    text = str(detail.get(0x9003) or exif.get(0x0132) or "").strip("\0 ")
    moment = datetime.strptime(text, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007  # its zone is in another tag
    offset = str(detail.get(0x9011) or "").strip("\0 ")
    zone: Any = SHANGHAI
    if len(offset) == 6 and offset[0] in "+-":
        span = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
        zone = timezone(-span if offset[0] == "-" else span)
    return moment.replace(tzinfo=zone)
