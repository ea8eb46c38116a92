"""Every component is on the styleguide, in both sizes and both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from linli import frame

PARTS = Path(frame.__file__).parent / "templates" / "frame" / "parts"
URL = "/styleguide/"


def test_every_part_is_shown(worker):
    shown = {t.name for t in worker.get(URL).templates if t.name}
    for part in PARTS.glob("*.html"):
        assert f"frame/parts/{part.name}" in shown, f"{part.name} is not on the styleguide"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("elder", ["0", "1"])
def test_it_draws_in_both_languages_and_sizes(worker, language, elder):
    worker.cookies["django_language"], worker.cookies["elder"] = language, elder
    html = worker.get(URL).content.decode()
    assert f'data-mode="{"elder" if elder == "1" else "normal"}"' in html
    for state in ("due-late", "due-hold", "step-now", "step-skipped", "notice-bad", "badge-hold", "job-failed", "field-bad", "stat-late"):
        assert state in html


def test_ids_are_unique_so_that_labels_and_links_find_their_targets(worker):
    import re

    html = worker.get(URL).content.decode()
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(set(ids)) == sorted(ids)
    for target in re.findall(r'href="#([^"]+)"', html):
        assert target in ids


def test_it_is_for_staff(people, client):
    assert client.get(URL).status_code == 302
