"""Reading matters: the list, one, its history, files and messages; and the kinds of matter there are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import conditional_page
from ninja import Router

from linli.access.api import need
from linli.bodies.models import Seat
from linli.charter.store import charter_in_force
from linli.flow.models import Attachment, Flow
from linli.frame.api import IF_NONE_MATCH, PAGING, answer, at_field, known, page_of, params_of, told, valid, words_of
from linli.frame.lists import COUNTED
from linli.frame.sql import Joined
from linli.matters.api import shapes
from linli.matters.disputes.parties import is_dispute
from linli.matters.disputes.rights import may_read, without_texts
from linli.matters.joined import known_numbers
from linli.matters.models import Matter, Reporter
from linli.matters.pages.attachments import served
from linli.matters.pages.listing import SORTS, MatterFilters
from linli.places.queries import AS_CALLED

router = Router(tags=["matters"])
SORT: dict[str, Any] = {
    "name": "sort", "in": "query", "required": False, "schema": {"type": "string", "enum": ["raised", "-raised", "due", "-due"], "default": "raised"},
    "description": "`raised`: the latest first. `due`: what is due first comes first. A dash turns it round.",
}  # fmt: skip
COUNT: dict[str, Any] = {
    "name": "count", "in": "query", "required": False, "schema": {"type": "string", "enum": ["1"]}, "description": f"Count too, up to {COUNTED}.",
}  # fmt: skip
LIST_PARAMS = [*params_of(MatterFilters), SORT, COUNT]


_ONE = Joined(
    Matter, place=AS_CALLED, flow=Joined(Flow, owner=Joined(Seat, place=AS_CALLED)), reporter=Joined(Reporter, only=("withheld",)),
)  # fmt: skip


def one(request: HttpRequest, number: str) -> Matter:
    """The matter, if the key sees it; 404 otherwise, whether or not there is one."""
    seen = () if "\0" in number or len(number) > 24 else Matter.objects.visible_to(request.user).filter(number=number).values_list("pk")[:1]
    found: list[Matter] = _ONE.where("r.id = %s", seen[0]) if seen else []
    if not found:
        raise Http404
    return found[0]


def etag(matter: Matter) -> str:
    """The version of the matter's work: what ``If-Match`` compares."""
    return f'"{matter.flow.seq}"'


@router.get("", response=shapes.MatterPage, summary=words_of(_("List matters")), openapi_extra=told(403, 422, params=LIST_PARAMS))
def list_matters(request: HttpRequest) -> HttpResponse:
    """Matters of the key's places, and those its seat takes part in. Filters are those of the desk's list; `next` is the next page's cursor."""
    need(request, "matter.see", "matter.report")
    known(request.GET, {}, [p["name"] for p in LIST_PARAMS])  # type: ignore[arg-type]
    filters = MatterFilters(request.GET, user=request.user, only=request.GET)
    valid(filters)
    sort = request.GET.get("sort", "raised")
    if sort.removeprefix("-") not in SORTS:
        raise at_field("sort", gettext("The list can't be sorted that way."), "sort")
    rows = filters.apply(Matter.objects.visible_to(request.user)).values(*shapes.LISTED)
    found, following = page_of(request, rows, SORTS[sort.removeprefix("-")], turned=sort.startswith("-"), name=sort)
    data: dict[str, Any] = {"items": [shapes.row(v) for v in found], "next": following}
    if request.GET.get("count") == "1":
        counted = rows.order_by().values("pk")[: COUNTED + 1].count()
        data |= {"count": min(counted, COUNTED), "more": counted > COUNTED}
    return answer(data)


@router.get(
    "/{number}", response=shapes.MatterOut, summary=words_of(_("Get a matter")), openapi_extra=told(403, 404, params=[IF_NONE_MATCH])
)
@conditional_page
def get_matter(request: HttpRequest, number: str) -> HttpResponse:
    """All of it but the person, with what the key may do next. The `ETag` is the version of its work: every line of history makes a new one."""
    need(request, "matter.see", "matter.report")
    matter = one(request, number)
    return answer(shapes.whole(matter, request.user), ETag=etag(matter))


@router.get(
    "/{number}/history", response=shapes.History, summary=words_of(_("Read its history")), openapi_extra=told(403, 404, 422, params=PAGING)
)
def get_history(request: HttpRequest, number: str) -> HttpResponse:
    """Every line, oldest first: who, what, when. A line written through a key names it. `other` is the matter merged, split,
    linked, where the key sees it. Of a dispute what was agreed on and found only where `GET …/dispute` gives it."""
    need(request, "matter.see", "matter.report")
    matter = one(request, number)
    flow = matter.flow
    found, following = page_of(request, flow.events.select_related("by").order_by(), ("seq",))
    if is_dispute(matter) and not may_read(request.user, matter):
        without_texts(found)
    seen = known_numbers(found, request.user)
    return answer({"items": [shapes.line(e, flow, seen) for e in found], "next": following})


@router.get(
    "/{number}/messages",
    response=shapes.Messages,
    summary=words_of(_("Read the talk with the reporter")),
    openapi_extra=told(403, 404, 422, params=PAGING),
)
def get_messages(request: HttpRequest, number: str) -> HttpResponse:
    """What the reporter added, and what they were asked and told, oldest first."""
    need(request, "matter.see", "matter.report")
    found, following = page_of(request, one(request, number).words.select_related("by").order_by(), ("at",))
    return answer({"items": [shapes.message(w) for w in found], "next": following})


@router.get("/{number}/files", response=shapes.Files, summary=words_of(_("List its photos and documents")), openapi_extra=told(403, 404))
def get_files(request: HttpRequest, number: str) -> HttpResponse:
    """At most forty."""
    need(request, "matter.see", "matter.report")
    return answer({"items": [shapes.file_of(a) for a in one(request, number).flow.attachments.all()]})


@router.get("/{number}/files/{uid}", summary=words_of(_("Fetch a file")), openapi_extra=told(403, 404, 422, binary=True))
def get_file(request: HttpRequest, number: str, uid: UUID) -> HttpResponseBase:
    """Its bytes."""
    need(request, "matter.see", "matter.report")
    found = Attachment.objects.filter(flow=one(request, number).flow, uid=uid).first()
    if found is None:
        raise Http404
    return served(found)


@router.get("/{number}/joined", response=shapes.JoinedOut, summary=words_of(_("Read what belongs together")), openapi_extra=told(403, 404))
def get_joined(request: HttpRequest, number: str) -> HttpResponse:
    """Matters merged with it, its parts, its links: those of them the key sees. `merged_count` counts all that were merged into it."""
    need(request, "matter.see", "matter.report")
    return answer(shapes.joined(one(request, number), request.user))


kinds = Router(tags=["lookups"])


@kinds.get("/categories", response=shapes.Categories, summary=words_of(_("List kinds of matter")), openapi_extra=told())
def list_categories(request: HttpRequest) -> HttpResponse:
    """The leaves of the charter in force, in its order."""
    charter = charter_in_force()
    items = [shapes.category(c, charter.categories) for c in charter.leaves()]
    return answer({"charter": charter.id, "version": charter.version, "items": items})
