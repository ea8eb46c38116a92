"""The check of the catalogues finds what it is there to find."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "script" / "translations.py"
_spec = importlib.util.spec_from_file_location("translations", SCRIPT)
assert _spec is not None
assert _spec.loader is not None
translations = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(translations)

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'


def house(folder: Path, **rooms: str) -> Path:
    """A source tree: each room says the messages of its catalogue in one Python file, and has that catalogue."""
    for name, catalogue in rooms.items():
        po = folder / name / "locale/zh_Hans/LC_MESSAGES/django.po"
        po.parent.mkdir(parents=True)
        po.write_text(f"{HEAD}\n{catalogue}\n")
        says = "".join(
            f'pgettext("{context}", "{message}")\n' if context else f'_("{message}")\n'
            for context, _, message in (key.rpartition("\x04") for key in translations.entries(po.read_text()))
        )
        (folder / name / "__init__.py").write_text(says)
    return folder


def entry(message: str, chinese: str, context: str = "") -> str:
    return (f'msgctxt "{context}"\n' if context else "") + f'msgid "{message}"\nmsgstr "{chinese}"'


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    def run(**rooms: str) -> tuple[int, str]:
        monkeypatch.setattr(translations, "SOURCE", house(tmp_path, **rooms))
        code = translations.main()
        return code, capsys.readouterr().out

    return run


def test_one_message_said_in_one_way_is_in_order(check):
    code, told = check(access=entry("To", "至"), matters=entry("To", "至"))
    assert (code, told) == (0, "Every message has its Chinese.\n")


def test_two_rooms_that_say_one_message_differently_are_both_named(check):
    code, told = check(access=entry("To", "至"), matters=entry("To", "派给"))
    assert code == 1
    assert told == "said differently: To: access “至”, matters “派给”\n"


def test_a_context_keeps_two_meanings_apart(check):
    assert check(access=entry("To", "至"), matters=entry("To", "派给", "post"))[0] == 0


def test_one_context_with_two_wordings_is_found(check):
    code, told = check(access=entry("To", "至", "day"), matters=entry("To", "到", "day"))
    assert code == 1
    assert told == "said differently: day: To: access “至”, matters “到”\n"


def test_an_empty_entry_is_named_once_and_contradicts_nobody(check):
    assert check(access=entry("To", "至"), matters=entry("To", "")) == (1, "matters: empty: To\n")


def test_gettext_under_another_name_is_found_for_its_messages_would_be_missed(tmp_path):
    (tmp_path / "pages.py").write_text(
        "from django.utils.translation import gettext as say\nfrom django.utils.translation import gettext_lazy as _\n"
    )
    assert translations.disguised(tmp_path) == [f"{tmp_path.name}: pages.py calls gettext “say”: use its own name or _"]
