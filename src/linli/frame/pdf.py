"""Papers as PDF, made from templates like pages (``frame/paper.html``). Nothing is fetched: what stands on a paper stands in its template."""

from __future__ import annotations

from typing import Any

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from PIL import ImageFile

from linli.frame.refusal import Refusal

STYLE = "linli/paper.css"


def pdf_of(template: str, context: dict[str, Any], request: HttpRequest | None = None) -> bytes:
    """The paper. Its title, author and subject are those of the template's head. Raises Refusal where the machine can't make one."""
    try:
        from weasyprint import CSS, HTML  # two seconds and 40 MB: only where somebody asks for a paper
        from weasyprint.urls import URLFetcher

        ImageFile.LOAD_TRUNCATED_IMAGES = False  # weasyprint turns it on for the whole process; uploads that end too early are refused
    except OSError:  # libpango isn't there
        raise Refusal(_("This server can't make PDFs yet: libpango is missing. Print the page instead."), code="no_pdf") from None
    fetcher = URLFetcher(allowed_protocols=["data"])
    html = render_to_string(template, context, request)
    return HTML(string=html, url_fetcher=fetcher).write_pdf(stylesheets=[CSS(filename=str(finders.find(STYLE)))])


def pdf_response(request: HttpRequest, template: str, context: dict[str, Any], *, name: str) -> HttpResponse:
    response = HttpResponse(pdf_of(template, context, request), content_type="application/pdf")
    response["Cache-Control"] = "no-store"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
