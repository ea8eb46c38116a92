"""Error pages stand when nothing else does: no request, no database, no context."""

from __future__ import annotations

import pytest
from django.template.loader import get_template
from django.utils import translation

from linli.frame.errors import answer
from linli.frame.refusal import Unready

CODES = ["400", "403", "403_csrf", "404", "409", "413", "429", "500", "503"]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_error_page_renders_from_nothing_and_says_what_to_do(code, language):
    with translation.override(language):
        html = get_template(f"{code}.html").render()
    assert f'lang="{"en" if language == "en" else "zh-Hans"}"' in html
    assert html.count("<h1>") == 1
    assert html.count("<p>") >= 2  # what happened, and what to do
    assert "{" not in html


@pytest.mark.parametrize("code", ["500", "503"])
def test_the_worst_pages_speak_both_languages(code):
    for language in ("zh-hans", "en"):
        with translation.override(language):
            html = get_template(f"{code}.html").render()
        assert "社区服务站" in html or "service station" in html
        assert 'lang="en"' in html
        assert 'lang="zh-Hans"' in html


def test_a_site_without_a_charter_says_that_it_is_not_open_yet(rf):
    answered = answer(rf.get("/report/", headers={"accept-language": "zh-hans"}), Unready())
    assert answered.status_code == 503
    assert "尚未开通" in answered.content.decode()
