"""Which words of a page are the interface's, and whether they are in the page's language. What people wrote may be in any."""

from __future__ import annotations

import gettext
import re
from dataclasses import dataclass
from functools import cache

from playwright.sync_api import Page

from linli.charter.loader import find, load
from tests.product import ROOT

HAN = re.compile(r"[\u4e00-\u9fff]")
SENTENCE = re.compile(r"(?:\b[A-Za-z’']{2,}[,;:]?\s+){2,}[A-Za-z’']{2,}")  # three words of a language with letters
PLACEHOLDER = re.compile(r"%\([a-z_0-9]+\)[sd]|%[sd]")
BETWEEN = re.compile(r"\s*[·|:：,，、()（）/›]\s*")

_SHOWN = """() => {
  const here = document.documentElement;
  const skip = "script,style,code,kbd,pre,noscript,textarea,[data-as-written],.slip-url";
  const said = [document.title.split(" · ")[0]];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const at = walk.currentNode.parentElement;
    if (!at.closest(skip) && at.closest("[lang]") === here) said.push(walk.currentNode.data);
  }
  for (const e of document.querySelectorAll("[aria-label],[title],[placeholder],[alt]")) {
    if (e.closest(skip) || e.closest("[lang]") !== here) continue;
    for (const name of ["aria-label", "title", "placeholder", "alt"]) if (e.hasAttribute(name)) said.push(e.getAttribute(name));
  }
  return [...new Set(said.map((s) => s.replace(/\\s+/g, " ").trim()).filter(Boolean))];
}"""


@dataclass(frozen=True)
class Words:
    """Every word of the code in both languages, as patterns that a whole text is compared with."""

    english: re.Pattern[str]
    chinese: re.Pattern[str]
    charter: frozenset[str]


@cache
def words() -> Words:
    english, chinese = set(), set()
    for path in (ROOT / "src/linli").glob("*/locale/zh_Hans/LC_MESSAGES/*.mo"):
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        for key, said in catalogue.items():
            msgid = (key[0] if isinstance(key, tuple) else key).rpartition("\x04")[2]
            if not msgid or said == msgid:
                continue
            english.add(_pattern(msgid, 4))
            chinese.add(_pattern(said, 2))
    return Words(_any(english), _any(chinese), _charter_words())


def _pattern(text: str, fewest: int) -> str:
    """The text with anything in its blanks; nothing where hardly more than blanks is left."""
    plain = " ".join(text.split())
    if len(re.findall(r"[^\W\d_]", PLACEHOLDER.sub("", plain))) < fewest:
        return ""
    return ".{1,60}?".join(re.escape(piece) for piece in PLACEHOLDER.split(plain))


def _any(patterns: set[str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(filter(None, patterns), key=len, reverse=True)))


def _charter_words() -> frozenset[str]:
    """What the charter calls its steps, posts and kinds of matter in Chinese; in English it has other words for them."""
    charter = load(find("qingshan"))
    named = [*charter.posts.values(), *charter.categories.values(), *charter.procedures.values()]
    for procedure in charter.procedures.values():
        named += [*procedure.steps.values(), *procedure.ends.values()]
    return frozenset(n.name.zh for n in named)


def untranslated(page: Page) -> list[str]:
    """What stands on a Chinese page in English: a word of the code, or any sentence."""
    known = words()
    return [said for said in page.evaluate(_SHOWN) if _latin(said) and (known.english.fullmatch(said) or SENTENCE.search(said))]


def _latin(said: str) -> bool:
    return bool(re.search(r"[A-Za-z]{2}", said)) and not HAN.search(said)


def chinese_in_english(page: Page) -> list[str]:
    """What stands on an English page in Chinese and is a word of the code or of the charter, not what somebody wrote or is called."""
    known = words()
    found = []
    for said in page.evaluate(_SHOWN):
        if HAN.search(said) and any(
            piece in known.charter or known.chinese.fullmatch(piece) for piece in {said, *BETWEEN.split(said)} if HAN.search(piece)
        ):
            found.append(said)
    return found
