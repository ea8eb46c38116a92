"""The community the tests walk about in: its codes, a spot in one of its grids, who holds which post; and what people put into forms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from django.utils.translation import gettext, override, pgettext
from PIL import Image

from linli.conf.postgres import APP, DATABASE, OWNER
from tests.product import Product

CAMERA = "SpyCam 3000"


def zh(msgid: str, context: str = "") -> str:
    """What the page says in Chinese for a word of the code, so that a better translation breaks no test."""
    with override("zh-hans"):
        return pgettext(context, msgid) if context else gettext(msgid)


@dataclass
class Town:
    """The demonstration's first community, as the database tells of it."""

    product: Product

    def rows(self, sql: str, *values: Any) -> list[tuple]:
        with self.product.cluster.connect(APP, DATABASE) as connection:
            return connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> Any:
        [(value,)] = self.rows(sql, *values)
        return value

    def public_counts(self, area: str, before: datetime | None = None) -> tuple[int, int]:
        """Public matters of an area, and those of them that are closed; only those raised before a moment where one is given."""
        [counts] = self.rows(
            """select count(*), count(*) filter (where f.end not in ('', 'merged', 'undone'))
               from matters_matter m join flow_flow f on f.id = m.flow_id
               where m.is_public and m.path ~ ('*.' || %s || '.*')::lquery and m.raised_at < coalesce(%s, now())""",
            area,
            before,
        )
        return counts

    def register(self, sql: str) -> Any:
        """One value from the register of residents, read as the owner of the tables: the product's own role sees only what is opened."""
        with self.product.cluster.connect(OWNER, DATABASE) as connection:
            [(value,)] = connection.execute(sql).fetchall()
            return value

    def __post_init__(self) -> None:
        [(self.grid, self.grid_code, self.grid_id, self.community, self.code, self.community_id, self.street, self.street_code)] = (
            self.rows(
                """select g.name, g.code, g.id, c.name, c.code, c.id, s.name, s.code from access_user u
               join bodies_holding h on h.user_id = u.id and h.until is null join bodies_seat t on t.id = h.seat_id and t.post = 'grid-worker'
               join places_place g on g.id = t.place_id join places_place c on c.id = g.parent_id join places_place s on s.id = c.parent_id
               where u.username = 'grid' order by g.code limit 1"""
            )
        )
        self.spot: tuple[float, float] = self.rows(
            "select lon, lat from places_place where level = 'building' and parent_id = %s order by code limit 1", self.grid_id
        )[0]

    def seat(self, post: str, code: str) -> int:
        return self.one(
            "select s.id from bodies_seat s join places_place p on p.id = s.place_id where s.post = %s and p.code = %s", post, code
        )

    def holding(self, username: str, post: str) -> int:
        return self.one(
            """select h.id from bodies_holding h join bodies_seat s on s.id = h.seat_id join access_user u on u.id = h.user_id
               where u.username = %s and s.post = %s and h.until is null""",
            username,
            post,
        )

    def name(self, username: str) -> str:
        return self.one("select name from access_user where username = %s", username)

    def photo(self, colour: str = "grey") -> dict[str, Any]:
        """A picture as a phone takes it: where it was taken, and with what, stands in it."""

        def degrees(value: float) -> tuple[float, float, float]:
            minutes, seconds = divmod(value * 3600, 60)
            return (minutes // 60, minutes % 60, seconds)

        lon, lat = self.spot
        exif = Image.Exif()
        exif[0x010F] = CAMERA
        exif[0x8825] = {1: "N", 2: degrees(lat), 3: "E", 4: degrees(lon)}
        Image.new("RGB", (640, 480), colour).save(file := BytesIO(), "JPEG", exif=exif)
        return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
