"""Rules on visited groups: what they are for, by what right, and that somebody who visits can see them."""

from __future__ import annotations

from collections.abc import Iterator

from linli.charter.problems import meant
from linli.charter.rules.base import CHARTER, Finding, error, warning
from linli.charter.schema import Charter, Group


def groups(charter: Charter) -> Iterator[Finding]:
    for group in charter.groups.values():
        yield from _said(group)
        for post in group.seen_by:
            if post not in charter.posts:
                zh, en = meant(post, charter.posts)
                yield error(
                    f"group-post-unknown:{group.id}/{post}",
                    CHARTER,
                    f"走访群体“{group.name.zh}”的 seen_by 写了“{post}”，没有这个岗位。{zh}",
                    f'The group "{group.name.en}" is seen by "{post}", which is no post. {en}',
                    "group",
                    group.id,
                    "seen_by",
                )
            elif "group.see" not in charter.posts[post].abilities:
                yield error(
                    f"group-blind:{group.id}/{post}",
                    CHARTER,
                    f"走访群体“{group.name.zh}”由岗位“{post}”走访，该岗位却没有“group.see”权限。",
                    f'The group "{group.name.en}" names the post "{post}", which lacks the ability group.see.',
                    "group",
                    group.id,
                    "seen_by",
                )


def _said(group: Group) -> Iterator[Finding]:
    """A group that is silent about purpose, basis or readers can be adopted, but nobody can be entered into it."""
    missing = [key for key in ("purpose", "basis", "seen_by") if not getattr(group, key)]
    if missing:
        keys = ", ".join(missing)
        yield warning(
            f"group-unsaid:{group.id}",
            CHARTER,
            f"走访群体“{group.name.zh}”没有写明 {keys}：写明之前不能登记任何人。",
            f'The group "{group.name.en}" doesn\'t say {keys}: until it does nobody can be entered into it.',
            "group",
            group.id,
        )
