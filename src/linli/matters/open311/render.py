"""Answers in XML and JSON from one description, and errors as the specification has them: a list of code and description."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from xml.etree import ElementTree

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from linli.access.pages import public
from linli.charter.store import charter_in_force
from linli.frame.limits import client_of, within
from linli.frame.problems import TITLES, answers_at
from linli.frame.refusal import Refusal

READS = 600  # requests of one connection in a minute
_EACH = {"attributes": "attribute", "values": "value", "endpoints": "endpoint", "formats": "format"}
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
View = Callable[..., HttpResponse]


class Wrong(Exception):
    """What can't be answered: the status, and one description for each thing that is wrong."""

    def __init__(self, status: int, *described: Any) -> None:
        super().__init__(status)
        self.status, self.described = status, described


def _put(parent: ElementTree.Element, name: str, value: Any, each: str = "") -> None:
    node = ElementTree.SubElement(parent, name)
    if isinstance(value, dict):
        for inner, held in value.items():
            _put(node, inner, held)
    elif isinstance(value, list):
        for held in value:
            _put(node, each or _EACH[name], held)
    elif isinstance(value, bool):
        node.text = "true" if value else "false"
    elif value is not None:
        node.text = _NO_XML.sub("", str(value))


def told(form: str, root: str, each: str, data: Any, status: int = 200) -> HttpResponse:
    """``data`` (a list of ``each``, or one object) as JSON, or as XML below ``root``."""
    if form == "json":
        content, kind = json.dumps(data, ensure_ascii=False).encode(), "application/json"
    else:
        top = ElementTree.Element("none")
        _put(top, root, data, each)
        content, kind = ElementTree.tostring(top[0], encoding="utf-8", xml_declaration=True), "text/xml"
    response = HttpResponse(content, status=status, content_type=f"{kind}; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


def errors(form: str, status: int, described: Iterable[Any]) -> HttpResponse:
    response = told(form, "errors", "error", [{"code": status, "description": str(d)} for d in described], status)
    response._has_been_logged = True  # type: ignore[attr-defined]  # RequestLog has its own line, without the address
    return response


def _anywhere(request: HttpRequest, status: int) -> HttpResponse:
    """For what fails outside the endpoints: in the form the address asks for."""
    with translation.override(translation.get_language_from_request(request)):
        response = errors("json" if request.path.endswith(".json") else "xml", status, [TITLES.get(status, TITLES[400])])
    response["Access-Control-Allow-Origin"] = "*"
    return response


answers_at("/open311/", _anywhere)


def endpoint(*methods: str) -> Callable[[View], View]:
    """An open address: its methods, the jurisdiction, the limit, errors in its form, and reading from any site (CORS)."""

    def wrap(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, form: str, **kwargs: Any) -> HttpResponse:
            try:
                response = _checked(view, request, form, methods, kwargs)
            except Wrong as wrong:
                response = errors(form, wrong.status, wrong.described or [TITLES[wrong.status]])
            except Http404:
                response = errors(form, 404, [TITLES[404]])
            except Refusal as refusal:
                response = errors(form, 400, [refusal.message])
            if request.method in ("GET", "HEAD"):
                response["Access-Control-Allow-Origin"] = "*"
            if response.status_code == 405:
                response["Allow"] = ", ".join((*methods, "HEAD") if "GET" in methods else methods)
            return response

        public(answered)
        return csrf_exempt(answered)  # nothing here reads a cookie

    return wrap


def _checked(view: View, request: HttpRequest, form: str, methods: tuple[str, ...], kwargs: dict[str, Any]) -> HttpResponse:
    reads = request.method in ("GET", "HEAD")  # a monitor asks for the head; the server leaves the body out
    if ("GET" if reads else request.method) not in methods:
        raise Wrong(405)
    if reads and not within("open311.read", client_of(request), count=READS, seconds=60):
        raise Wrong(429)
    asked = (request.GET if reads else request.POST).get("jurisdiction_id", "")
    charter = charter_in_force()
    if asked and asked not in (charter.id, charter.area.root):
        raise Wrong(404, _("There is no jurisdiction %(id)s here.") % {"id": asked[:40]})
    return view(request, form, **kwargs)
