"""Checks that every message has its Chinese: no missing, empty or fuzzy entry, none left over, placeholders kept, one message one Chinese.

Exit 1 names each fault.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "linli"


def entries(text: str) -> dict[str, tuple[str, bool]]:
    """msgid (with context) → (msgstr, fuzzy) of a .po file."""
    found: dict[str, tuple[str, bool]] = {}
    for block in text.split("\n\n"):
        fields: dict[str, str] = {}
        field = ""
        obsolete = any(line.startswith("#~") for line in block.splitlines())
        if obsolete:
            found["#~ " + block.splitlines()[0]] = ("", False)
            continue
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if not line.startswith('"'):
                field, _, line = line.partition(" ")
            fields[field] = fields.get(field, "") + line[1:-1]
        if fields.get("msgid"):
            said = fields.get("msgstr", fields.get("msgstr[0]", ""))
            key = (fields.get("msgctxt", "") + "\x04" if "msgctxt" in fields else "") + fields["msgid"]
            found[key] = (said, "#, fuzzy" in block)
    return found


def wanted(room: Path) -> set[str]:
    """The messages in a room's Python and templates, as makemessages extracts them."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / room.name
        subprocess.run(["cp", "-r", str(room), str(copy)], check=True)
        subprocess.run(["rm", "-rf", str(copy / "locale")], check=True)
        (copy / "locale").mkdir()
        subprocess.run(
            [sys.executable, "-m", "django", "makemessages", "-l", "zh_Hans", "--no-location", "--no-wrap", "-v0"],
            cwd=copy,
            check=True,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )
        made = copy / "locale/zh_Hans/LC_MESSAGES/django.po"
        return set(entries(made.read_text())) if made.exists() else set()


def misfits(po: Path) -> list[str]:
    """What msgfmt finds: a syntax error, or a placeholder that one side has and the other not."""
    done = subprocess.run(["msgfmt", "--check-format", "-o", "/dev/null", str(po)], capture_output=True, text=True)
    return [line.removeprefix(f"{SOURCE}/") for line in done.stderr.splitlines()] if done.returncode else []


def contradictions(rooms: Mapping[str, Mapping[str, tuple[str, bool]]]) -> list[str]:
    """Messages that two rooms say differently. Django merges all catalogues into one, so one of the two shows the wrong words.

    ``rooms`` is room → its entries. The mend: agree on one Chinese, or give the message a context where it means something else.
    """
    said: dict[str, dict[str, str]] = {}
    for room, have in rooms.items():
        for message, (chinese, _) in have.items():
            if chinese and not message.startswith("#~"):
                said.setdefault(message, {})[room] = chinese
    return [
        "said differently: " + message.replace("\x04", ": ") + ": " + ", ".join(f"{room} “{chinese}”" for room, chinese in by.items())
        for message, by in sorted(said.items())
        if len(set(by.values())) > 1
    ]


def renamed(source: Path) -> list[str]:
    """Where gettext goes by a name that no extractor knows: its messages would be looked for in vain."""
    pattern = re.compile(r"\bn?p?gettext(_lazy)? as (?!_\b)\w+")
    return [
        f"{p.relative_to(source)}: gettext under another name than its own or “_”"
        for p in sorted(source.rglob("*.py"))
        if pattern.search(p.read_text())
    ]


def hidden(source: Path) -> list[str]:
    """Messages inside an f-string, where no extractor finds them."""
    names = {"_", *(f"{n}gettext{lazy}" for n in ("", "n", "p", "np") for lazy in ("", "_lazy"))}
    found = []
    for path in sorted(source.rglob("*.py")):
        strings = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.JoinedStr)]
        calls = [
            call for node in strings for call in ast.walk(node) if isinstance(call, ast.Call) and getattr(call.func, "id", "") in names
        ]
        found += [f"{path.relative_to(source)}:{c.lineno}: a message inside an f-string isn't found: give it a name first" for c in calls]
    return found


def main() -> int:
    problems = renamed(SOURCE) + hidden(SOURCE)
    rooms = {}
    for room in sorted(p for p in SOURCE.iterdir() if (p / "__init__.py").exists()):
        need = wanted(room)
        po = room / "locale/zh_Hans/LC_MESSAGES/django.po"
        problems += misfits(po) if po.exists() else []
        have = rooms[room.name] = entries(po.read_text()) if po.exists() else {}
        problems += [f"{room.name}: missing: {m}" for m in sorted(need - set(have))]
        problems += [f"{room.name}: left over: {m}" for m in sorted(set(have) - need)]
        problems += [
            f"{room.name}: {'fuzzy' if fuzzy else 'empty'}: {m}" for m, (said, fuzzy) in have.items() if m in need and (fuzzy or not said)
        ]
    problems += contradictions(rooms)
    print("\n".join(problems) or "Every message has its Chinese.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
