"""The tokens keep what they promise: sizes of elder mode, contrast, weight, and no colour outside tokens.css."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from linli import frame

STATIC = Path(frame.__file__).parent / "static" / "linli"
TOKENS = (STATIC / "tokens.css").read_text()


def block(selector: str) -> dict[str, str]:
    """The variables a rule sets."""
    inside = TOKENS.split(selector, 1)[1].split("{", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", inside))


NORMAL = block(":root")
ELDER = NORMAL | block('html[data-mode="elder"]')


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_the_standard_says():
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("tokens", [NORMAL, ELDER], ids=["normal", "elder"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((t, g) for t in ("ink", "quiet", "accent", "accent-strong", "late", "warn", "good") for g in ("ground", "raised")),
        ("on-accent", "accent"),
        ("accent-strong", "accent-soft"),
        ("late", "late-soft"),
        ("warn", "warn-soft"),
        ("good", "good-soft"),
        ("ink", "accent-soft"),
        ("quiet", "accent-soft"),
        ("quiet", "warn-soft"),
    ],
)
def test_text_stands_out_from_its_ground(tokens, text, ground):
    assert contrast(tokens[text], tokens[ground]) >= 4.5


@pytest.mark.parametrize("tokens", [NORMAL, ELDER], ids=["normal", "elder"])
def test_the_edges_of_controls_can_be_seen(tokens):
    assert contrast(tokens["line-strong"], tokens["ground"]) >= 3


def test_elder_mode_has_large_text_wide_lines_and_large_targets():
    sizes = [float(ELDER[f"t-{s}"].removesuffix("rem")) * 16 for s in ("xs", "s", "m", "l", "xl", "2xl")]
    assert min(sizes) >= 18
    assert float(ELDER["leading"]) >= 1.3
    assert float(ELDER["leading-tight"]) >= 1.3
    assert int(ELDER["target"].removesuffix("px")) >= 60


def test_residents_targets_are_large_enough_for_a_thumb():
    assert int(block(".resident, .door")["target"].removesuffix("px")) >= 44


@pytest.mark.parametrize("path", sorted(set(STATIC.glob("*.css")) - {STATIC / "tokens.css"}), ids=lambda p: p.name)
def test_colours_live_in_the_tokens_only(path):
    rules = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", rules)
    assert not re.findall(r"\bstyle\b.*url\(http", rules)


def test_styles_use_no_variable_that_is_not_a_token():
    used = {name for f in STATIC.glob("*.css") for name in re.findall(r"var\(--([\w-]+)", f.read_text())}
    assert used <= set(NORMAL)


def test_what_a_resident_loads_before_reading_is_light():
    """Styles and scripts of a resident's page, compressed: a tenth of what the page may weigh in all."""
    files = ["tokens.css", "linli.css", "public.css", "frame.js", "submit-once.js", "drafts.js"]
    assert sum(len(gzip.compress((STATIC / f).read_bytes())) for f in files) <= 16_000
