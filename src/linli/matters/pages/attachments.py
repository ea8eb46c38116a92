"""Photos and documents, each served by a view that has asked first. There is no address under which a file lies open."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from linli.access.pages import public, staff
from linli.flow.models import Attachment
from linli.frame.files import served
from linli.matters.models import Matter


@staff("matter.see", "matter.report")
def attachment(request: HttpRequest, uid) -> HttpResponseBase:
    """/matters/files/<uid>/ : for staff who see the matter."""
    found = Attachment.objects.filter(uid=uid, flow__in=Matter.objects.visible_to(request.user).values("flow")).first()
    if found is None:
        raise Http404
    return served(found)


@public
def public_attachment(request: HttpRequest, number: str, uid) -> HttpResponseBase:
    """/m/<number>/file/<uid>/ : only of a public matter, and only what somebody decided to show."""
    matters = Matter.objects.for_public().filter(number=number)
    found = Attachment.objects.filter(uid=uid, public=True, flow__in=matters.values("flow")).first()
    if found is None:
        raise Http404
    return served(found)
