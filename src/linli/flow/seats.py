"""Which seat does a post's work for a place: one query for the seats along the way up, then plain lookups."""

from __future__ import annotations

from collections.abc import Iterator

from linli.charter.schema import Charter
from linli.flow.commands import Found
from linli.frame.sql import fetch

_UPWARD = "SELECT id, post FROM bodies_seat WHERE path @> %s::text::ltree ORDER BY nlevel(path)"
_ONE = "SELECT post FROM bodies_seat WHERE id = %s"


class Seats:
    """The seats at a place and at every place above it: as ``known`` (post -> seat, the nearest), or read when first asked for."""

    def __init__(self, charter: Charter, path: str, known: dict[str, int] | None = None) -> None:
        self._charter = charter
        self._path = path
        self._by_post = known
        self._posts: dict[int, str] = {}

    def _read(self) -> dict[str, int]:
        if self._by_post is None:
            self._by_post = {post: seat for seat, post in fetch(_UPWARD, (self._path,))}  # the nearest one last, and so the one that stays
        if not self._posts:
            self._posts = {seat: post for post, seat in self._by_post.items()}
        return self._by_post

    def seat(self, post: str) -> Found | None:
        """The seat of ``post`` for this place or, where it has none, of the post its work falls to."""
        seats = self._read()
        for each in self._ladder(post):
            if each in seats:
                return Found(seats[each], each, self._charter.posts[each].level, "" if each == post else post)
        return None

    def above(self, seat: int) -> Found | None:
        """Who stands above a seat: where its post's work falls to."""
        post = self._charter.posts.get(self.post_of(seat))
        return self.seat(post.falls_to) if post and post.falls_to else None

    def approver(self, seat: int) -> Found | None:
        """The first above a seat whose post may decide on extensions and suspensions. Nobody above the top: it can't ask."""
        seats = self._read()
        for post in list(self._ladder(self.post_of(seat)))[1:]:
            if "flow.approve" in self._charter.posts[post].abilities and post in seats:
                return Found(seats[post], post, self._charter.posts[post].level)
        return None

    def post_of(self, seat: int) -> str:
        """A seat's post. Seats of other places, where work was moved, take a query of their own."""
        self._read()
        if seat not in self._posts:
            found = fetch(_ONE, (seat,))
            self._posts[seat] = found[0][0] if found else ""
        return self._posts[seat]

    def _ladder(self, post: str) -> Iterator[str]:
        seen: set[str] = set()
        while post in self._charter.posts and post not in seen:
            seen.add(post)
            yield post
            post = self._charter.posts[post].falls_to
