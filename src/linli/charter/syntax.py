"""TOML syntax errors with their line, in both languages. ``tomllib`` says where and, tersely, what."""

from __future__ import annotations

import re
import tomllib

from linli.charter.problems import Problem

_WHERE = re.compile(r"^(?P<what>.*?) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$", re.DOTALL)

# beginning of tomllib's message -> what it means for somebody who writes a charter
_MEANING = {
    "Expected '=' after a key": ("键的后面缺少“=”。", 'A "=" is missing behind the key.'),
    "Invalid statement": ("这一行既不是“键 = 值”，也不是 [表]。", 'This line is neither "key = value" nor a [table].'),
    "Cannot overwrite a value": ("这个键前面已经写过，只能写一次。", "This key stands further up already: it can be written only once."),
    "Cannot declare": (
        "这个 [表] 前面已经写过；要写多项请用 [[表]]。",
        "This [table] stands further up already; for several write [[table]].",
    ),
    "Cannot mutate immutable": (
        "这个表已在花括号里写完，不能再添加。",
        "This table was completed in its braces: nothing can be added to it.",
    ),
    "Cannot redefine": ("这个键前面已经写过，只能写一次。", "This key stands further up already: it can be written only once."),
    "Duplicate inline table key": ("花括号里有重复的键。", "A key stands twice in the braces."),
    "Unclosed array": ("列表缺少“]”，或两项之间缺少逗号。", 'The list lacks its "]", or a comma between two items.'),
    "Unclosed inline table": ("花括号缺少“}”，或两项之间缺少逗号。", 'The braces lack their "}", or a comma between two items.'),
    "Unterminated string": ("引号没有收尾。", "The closing quotation mark is missing."),
    "Illegal character": (
        "有不允许的字符；文字里不能直接换行或用制表符。",
        "A sign that isn't allowed here; a text can't run over the end of its line.",
    ),
    "Unescaped '\\' in a string": ("文字里的“\\”要写成“\\\\”。", 'A "\\" in a text has to be written "\\\\".'),
    "Invalid value": (
        "“=”后面的值写法不对：文字要用英文引号括起来。",
        'What stands behind "=" is no value: texts go in straight quotation marks.',
    ),
    "Invalid initial character for a key part": ("键只能用英文字母、数字、“-”和“_”。", 'A key is made of letters, digits, "-" and "_".'),
    "Expected newline or end of document": ("一行里写了两件事，请分成两行。", "Two statements stand on one line: give each its own."),
    "Expected ']'": ("[表] 的方括号没有收尾。", 'The bracket of the [table] lacks its "]".'),
    "Expected ']]'": ("[[表]] 的方括号没有收尾。", 'The bracket of the [[table]] lacks its "]]".'),
}


def syntax_problem(name: str, text: str, error: tomllib.TOMLDecodeError) -> Problem:
    """The problem behind a ``TOMLDecodeError``; where the parser ran to the end, the last line that says anything."""
    match = _WHERE.match(str(error))
    what = match["what"] if match else str(error)
    line = int(match["line"]) if match and match["line"] else text.rstrip().count("\n") + 1
    zh, en = next((m for start, m in _MEANING.items() if what.startswith(start)), ("TOML 写法不对。", "This isn't TOML."))
    return Problem("syntax", name, line, f"{zh}（{what}）", f"{en} ({what})")
