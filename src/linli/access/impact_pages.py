"""The impact assessment 个人信息保护影响评估 for whoever answers for the area: on the screen, and as a paper to sign and file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.access.notice import assessment
from linli.access.pages import staff
from linli.frame.pdf import pdf_response


@staff("audit.see")
@require_safe
def impact(request: HttpRequest) -> HttpResponse:
    """/logs/impact/ : what is kept, why it may be, what could happen, what stands against it."""
    return render(request, "access/impact.html", assessment())


@staff("audit.see")
@require_safe
def impact_pdf(request: HttpRequest) -> HttpResponse:
    """/logs/impact.pdf : the same, to be signed and kept for three years (PIPL art. 56)."""
    now = timezone.now()
    title = _("Impact assessment")
    return pdf_response(request, "access/impact_paper.html", assessment(now), name=f"{title}-{timezone.localtime(now):%Y%m%d}.pdf")
