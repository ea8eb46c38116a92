"""The notice and the impact assessment tell every personal column there is, and are made from nothing else."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import translation
from PIL import ImageFile

from linli.access import notice
from linli.access.fields import kept, terms
from linli.frame import pdf
from linli.frame.refusal import Refusal


def test_every_personal_column_belongs_to_one_item():
    told = [column for item in notice.items() for column in item.columns]
    assert sorted(told) == sorted(kept())


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_item_and_term_is_told_in_both_languages(language):
    with translation.override(language):
        for item in notice.items():
            assert all((item.what, str(item.kind), str(item.kept_as), item.purpose, item.basis, item.until))
        for risk in notice.risks():
            assert risk["against"]
            assert all((risk["what"], risk["harm"], str(risk["grade"]), str(risk["left"])))
    chinese = [t.zh for t in terms().values()]
    assert all(re.search(r"[\u4e00-\u9fff]", text) for text in chinese)


@pytest.mark.django_db
def test_the_public_notice_tells_every_item_with_purpose_basis_and_term(client):
    page = client.get(reverse("web:privacy")).content.decode()
    for told in kept().values():
        for text in (told.what_zh, told.purpose_zh, told.basis_zh, told.until_zh):
            assert text in page, told.column


@pytest.mark.django_db
def test_the_assessment_tells_every_column_on_the_page_and_on_paper(keyring):
    context = notice.assessment()
    html = pdf.render_to_string("access/impact_paper.html", context)
    for column in kept():
        assert f"<code>{column}</code>" in html
    paper = pdf.pdf_of("access/impact_paper.html", context)
    assert paper.startswith(b"%PDF-")
    assert len(paper) > 20_000


def test_without_the_library_of_the_system_the_page_says_so(monkeypatch):
    import builtins

    real = builtins.__import__

    def without(name, *more):
        if name == "weasyprint":
            raise OSError("no libpango")
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(Refusal, match="no_pdf"):
        pdf.pdf_of("access/impact_paper.html", {})


def test_making_a_paper_leaves_photos_that_end_too_early_refused():
    pdf.pdf_of("access/impact_paper.html", {})
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
