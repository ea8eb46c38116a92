"""Discovery, the services (kinds of matter) and what is asked of each."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from linli.charter.schema import Category, Charter
from linli.charter.store import charter_in_force, version_in_force
from linli.frame.templatetags.linli import named
from linli.matters.open311.render import Wrong, endpoint, told

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
FILING, DANGER = "filing", "danger"


@endpoint("GET")
def discovery(request: HttpRequest, form: str) -> HttpResponse:
    """/open311/v2/discovery.<form>"""
    changed = version_in_force().adopted_at.isoformat(timespec="seconds")
    base = request.build_absolute_uri("/open311/v2/").rstrip("/")
    data = {
        "changeset": changed,
        "contact": request.build_absolute_uri("/help/"),
        "key_service": request.build_absolute_uri("/accounts/keys/"),
        "endpoints": [
            {
                "specification": SPECIFICATION, "url": base, "changeset": changed, "type": "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }  # fmt: skip
    return told(form, "discovery", "", data)


@endpoint("GET")
def services(request: HttpRequest, form: str) -> HttpResponse:
    """/open311/v2/services.<form> : the leaves of the charter in force."""
    charter = charter_in_force()
    return told(form, "services", "service", [_service(charter, c) for c in charter.leaves()])


def _service(charter: Charter, c: Category) -> dict[str, Any]:
    top = charter.categories.get(c.parent)
    return {
        "service_code": c.id,
        "service_name": named(c.name),
        "description": named(c.filing) if c.filing else named(c.name),
        "metadata": bool(questions(c)),
        "type": "realtime",
        "keywords": ",".join(w.replace(",", " ") for w in c.words),
        "group": named(top.name) if top else "",
    }


@endpoint("GET")
def definition(request: HttpRequest, form: str, code: str) -> HttpResponse:
    """/open311/v2/services/<code>.<form> : what may be said besides, for services with ``metadata``."""
    category = leaf_of(code)
    if category is None:
        raise Wrong(404, _("There is no service %(code)s.") % {"code": code[:80]})
    attributes = [
        {
            "variable": True, "code": name, "datatype": "singlevaluelist", "required": False, "datatype_description": "", "order": order,
            "description": asked, "values": [{"key": key, "name": said} for key, said in answers().items()],
        }
        for order, (name, asked) in enumerate(questions(category).items(), 1)
    ]  # fmt: skip
    return told(form, "service_definition", "", {"service_code": category.id, "attributes": attributes})


def leaf_of(code: str) -> Category | None:
    found = charter_in_force().categories.get(code)
    return found if found is not None and found.leaf else None


def questions(c: Category) -> dict[str, str]:
    """What the charter gives us to ask: whether it is what the category means, and for urgent ones whether somebody may come to harm."""
    asked = {}
    if c.filing:
        asked[FILING] = _("Is it so? %(condition)s") % {"condition": named(c.filing)}
    if c.urgent:
        asked[DANGER] = _("May somebody come to harm now?")
    return asked


def answers() -> dict[str, str]:
    return {"yes": _("yes"), "no": _("no"), "unknown": _("not known")}
