"""``/api/v1/``: the rooms' endpoints put together, their schema completed, and the page that explains them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from linli.access.api import StaffKey
from linli.access.api import router as own
from linli.access.pages import keys, public
from linli.flow.api import router as inbox
from linli.frame.api import Problem, answer, tell_errors
from linli.frame.problems import TITLES, problem
from linli.gatherings.api import router as gatherings
from linli.matters.api.boxes import router as boxes
from linli.matters.api.disputes import router as disputes
from linli.matters.api.exporting import router as exports
from linli.matters.api.hotline import router as hotline
from linli.matters.api.pressing import router as pressing
from linli.matters.api.proposing import router as proposals
from linli.matters.api.reading import kinds
from linli.matters.api.recurring import router as recurring
from linli.matters.api.writing import router as matters
from linli.outbox.api import router as subscriptions
from linli.places.api import router as places


class Api(NinjaAPI):
    """Operations are called what their functions are called."""

    def get_openapi_operation_id(self, operation: Any) -> str:
        return operation.operation_id or operation.view_func.__name__


api = Api(
    title="Linli", version="1", docs_url=None, openapi_url=None, auth=StaffKey(), urls_namespace="api",
    description="What staff do with matters, for programs. A key acts from one seat, with some of its post's abilities.",
)  # fmt: skip
tell_errors(api)


for _prefix, _router in (
    ("", own), ("/inbox", inbox), ("", kinds), ("", places), ("/matters", proposals), ("/matters", matters),
    ("/matters", disputes), ("", recurring), ("", pressing), ("/gatherings", gatherings), ("/boxes", boxes), ("/exports", exports),
    ("/hotline", hotline), ("/subscriptions", subscriptions),
):  # fmt: skip
    api.add_router(_prefix, _router)


# the schema ---------------------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def schema(language: str | None = None) -> dict[str, Any]:
    """OpenAPI 3.1 of all endpoints, every answer and every error of each, in the active language (part of the cache's key)."""
    found = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), default=str))
    found["components"]["schemas"]["Problem"] = _inline(Problem.model_json_schema())
    found["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "A staff key: `Authorization: Bearer lk…`. Cookies are not read."}
    }
    found["security"] = [{"key": []}]
    for methods in found["paths"].values():
        for operation in methods.values():
            _complete(operation)
    return found


def _inline(schema: dict[str, Any]) -> dict[str, Any]:
    """Without definitions of its own."""
    text = json.dumps(schema.pop("$defs", {}).get("FieldError", {}))
    return json.loads(json.dumps(schema).replace('{"$ref": "#/$defs/FieldError"}', text))


def _complete(operation: dict[str, Any]) -> None:
    operation["security"] = [{"key": []}]
    answers = operation["responses"]
    if operation.pop("x-binary", False):
        answers["200"] = {"description": "OK", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
    if any(p["name"] == "If-None-Match" for p in operation.get("parameters", ())):
        answers["304"] = {"description": "Not Modified"}
    for status in operation.pop("x-problems"):
        answers[str(status)] = {
            "description": str(TITLES[status]),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }


@public
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """/api/v1/openapi.json"""
    return answer(schema(get_language()))


# the page -----------------------------------------------------------------------------------------------------------------------------


GROUPS = (
    "matters", "disputes", "recurring", "pressing", "gatherings", "boxes", "inbox", "exports", "hotline", "subscriptions", "lookups",
)  # fmt: skip


@public
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """/api/v1/docs/ : the schema as a page to read; no script, nothing from elsewhere."""
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in GROUPS}
    for address, methods in schema(get_language())["paths"].items():
        for method, operation in methods.items():
            groups[operation["tags"][0]].append(_shown(address, method, operation))
    return render(request, "web/api.html", {"groups": groups.items()})


def _shown(address: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    body: dict[str, Any] = next((c["schema"] for c in reversed(content.values())), {})
    needed = set(body.get("required", ()))
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "address": address,
        "summary": operation["summary"],
        "params": [(p["name"], p["in"], p["required"], _kind(p["schema"])) for p in operation.get("parameters", ())],
        "fields": [(n, s.get("title", ""), n in needed, _kind(s)) for n, s in body.get("properties", {}).items()],
        "answers": [(status, "OK" if status.startswith("2") else a["description"]) for status, a in sorted(operation["responses"].items())],
    }


def _kind(schema: dict[str, Any]) -> str:
    """A type in a few signs."""
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if schema.get("type") == "array":
        return f"[{_kind(schema['items'])}]"
    return schema.get("format") or schema.get("type", "")


def _addresses() -> list[URLPattern]:
    """The endpoints, each saying that keys open it."""
    found = [p for p in api.urls[0] if isinstance(p, URLPattern) and p.name != "api-root"]
    return [path(str(p.pattern), keys(_problems(p.callback)), name=p.name) for p in found]  # type: ignore[arg-type]


def _problems(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A method the address doesn't take is told as everything else is."""

    @wraps(view)
    def told_plainly(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code != 405:
            return response
        refused = problem(405)
        refused["Allow"] = response["Allow"]
        return refused

    return told_plainly


urlpatterns = [path("openapi.json", openapi, name="openapi"), path("docs/", docs, name="docs"), *_addresses()]
