"""What all JSON endpoints share: reading what is sent into forms, answering, paging, and telling errors. The endpoints are the rooms' own.

Forms of the pages check what is sent, so a rule and its words stand in one place. A JSON object becomes the form's data by field name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
import structlog
from django import forms
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DataError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from linli.frame import errors, keyset
from linli.frame.problems import of_form, problem
from linli.frame.refusal import Conflict, Refusal, Unready, Used

log = structlog.get_logger("linli.api")
JSON_CAP = 1_000_000  # bytes of a JSON body
PAGE, PAGE_CAP = 20, 100


class Bad(Exception):
    """A request that can't be taken as it is: ``status`` and ``code`` for the program, ``detail`` for its people, ``errors`` by field."""

    def __init__(self, status: int, code: str = "", detail: Any = "", errors: Sequence[dict[str, str]] = (), changed: Any = None) -> None:
        super().__init__(code or str(status))
        self.status, self.code, self.detail, self.errors, self.changed = status, code, detail, errors, changed


class TooMany(Exception):
    """More than the limit within ``seconds``."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def at_field(field: str, message: Any, code: str = "invalid") -> Bad:
    return Bad(422, "invalid", errors=[{"field": field, "code": code, "message": str(message)}])


# answers ------------------------------------------------------------------------------------------------------------------------------


def answer(data: Any, status: int = 200, **headers: str) -> HttpResponse:
    """JSON as it is; the endpoint's schema documents it and the tests hold it to that."""
    text = orjson.dumps(data, default=_said)
    return HttpResponse(text, status=status, content_type="application/json", headers={"Cache-Control": "no-store", **headers})


def _said(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def page_of(
    request: HttpRequest, rows: QuerySet, order: Iterable[str], *, turned: bool = False, name: str = ""
) -> tuple[list[Any], str | None]:
    """A page of ``rows`` from ``?cursor=`` on, ``?limit=`` of them, and the cursor of the next page. One query. Raises Bad."""
    size = _limit(request.GET.get("limit", ""))
    keys = keyset.keys_of(rows, order)
    keys = tuple(k.flipped() for k in keys) if turned else keys
    chosen = keyset.with_values(rows, keys)
    if text := request.GET.get("cursor"):
        try:
            beyond = keyset.after(keys, keyset.read(keys, text, name))
        except keyset.BadCursor:
            raise at_field("cursor", _("This is no place in this list. Begin again without it."), "cursor") from None
        chosen = chosen.none() if beyond is None else chosen.filter(beyond)
    found = list(chosen.order_by(*(k.order() for k in keys))[: size + 1])
    more, found = len(found) > size, found[:size]
    return found, keyset.write(keys, found[-1], name) if more else None


def _limit(text: str) -> int:
    if not text:
        return PAGE
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= PAGE_CAP):
        raise at_field("limit", _("Between 1 and %(most)s.") % {"most": PAGE_CAP}, "limit")
    return int(text)


# what is sent -------------------------------------------------------------------------------------------------------------------------

Given = tuple[MultiValueDict, MultiValueDict]


def sent(request: HttpRequest, rows: str = "") -> Given:
    """Data and files of a write, from JSON or multipart/form-data, as a form takes them. Raises Bad.

    ``rows`` names a list of objects whose form has a numbered field for each of their members: ``{"what": …}`` at its head is ``what_1``.
    """
    kind = request.content_type
    try:
        if kind == "application/json" or (not kind and not request.META.get("CONTENT_LENGTH")):
            return _from_json(request, rows), MultiValueDict()
        if kind == "multipart/form-data":
            return request.POST, request.FILES
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
        raise Bad(413) from None
    except (MultiPartParserError, UnicodeError, OSError):
        raise Bad(400) from None
    raise Bad(415)


def _from_json(request: HttpRequest, rows: str) -> MultiValueDict:
    if len(request.body) > JSON_CAP:
        raise Bad(413)
    try:
        found = json.loads(request.body or b"{}", parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError):
        raise Bad(400, "json", _("The body is not JSON.")) from None
    if not isinstance(found, dict):
        raise Bad(400, "json", _("The body must be a JSON object."))
    if rows:
        found |= _numbered(rows, found.pop(rows, None) or [])
    return MultiValueDict({name: _values(name, value) for name, value in found.items() if value is not None})


def _numbered(name: str, rows: Any) -> dict[str, Any]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise at_field(name, _("A list of objects is wanted here."), "type")
    return {f"{member}_{n}": value for n, row in enumerate(rows, 1) for member, value in row.items()}


def _no_number(text: str) -> float:
    raise ValueError(text)


def _values(name: str, value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    if any(isinstance(v, dict | list) or v is None for v in values):
        raise at_field(name, _("A text, a number or a list of them is wanted here."), "type")
    return [str(v).lower() if isinstance(v, bool) else str(v) for v in values]


def version(moment: datetime) -> str:
    """The ``ETag`` of what has no history of its own: made of when it last changed."""
    return f'"{int(moment.timestamp() * 1_000_000):x}"'


def unchanged(request: HttpRequest, etag: str) -> None:
    """Refuse what is asked of another version than the present one. Raises Bad: 428 without ``If-Match``, 412 where it has changed."""
    text = request.headers.get("If-Match", "").strip()
    if not text:
        raise Bad(428, detail=_("Send the ETag as you read it in the header If-Match."))
    if text != "*" and not re.fullmatch(r'"[0-9a-f]{1,20}"', text, re.ASCII):
        raise Bad(400, "if_match", _("If-Match holds one ETag, in its quotation marks, or *."))
    if text not in ("*", etag):
        raise Bad(412, "conflict", _("Somebody else was quicker. See what changed, then decide again."))


def known(data: MultiValueDict, files: MultiValueDict, names: Iterable[str]) -> None:
    """Refuse fields the endpoint doesn't have: a misspelt name must not be lost in silence."""
    names = set(names)
    if strange := [name for name in (*data, *files) if name not in names]:
        told = _("There is no such field here.")
        raise Bad(422, "invalid", errors=[{"field": name[:60], "code": "unknown", "message": told} for name in strange[:20]])


def valid(form: Any) -> dict[str, Any]:
    """The form's cleaned data. Raises Bad with every error at its field."""
    if not form.is_valid():
        raise Bad(422, "invalid", errors=of_form(form))
    return form.cleaned_data


# errors -------------------------------------------------------------------------------------------------------------------------------


class FieldError(Schema):
    field: str
    code: str
    message: str


class Problem(Schema):
    """RFC 9457. ``code`` is for programs; ``title``, ``detail`` and ``message`` are for people, in the language asked for."""

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    errors: list[FieldError] | None = None
    changed: list[str] | None = None


def tell_errors(api: NinjaAPI) -> None:
    """Every error of ``api`` becomes a problem."""
    handlers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        Bad: lambda r, e: problem(e.status, code=e.code, detail=e.detail, errors=e.errors, changed=e.changed),
        TooMany: lambda r, e: problem(429, retry_after=e.seconds),
        Conflict: lambda r, e: problem(409, code=e.code, detail=e.message, changed=e.changed),
        Used: lambda r, e: problem(
            422, code="idempotency_key", detail=_("This Idempotency-Key was used for something else. Make a new one.")
        ),
        Refusal: lambda r, e: problem(422, code=e.code, errors=[{"field": e.field, "code": e.code, "message": e.message}]),
        AuthenticationError: lambda r, e: problem(401),
        PermissionDenied: lambda r, e: problem(403),
        Http404: lambda r, e: problem(404),
        Unready: lambda r, e: problem(503, code="not_set_up"),
        DataError: lambda r, e: problem(400),
        ValidationError: lambda r, e: problem(422, code="invalid", errors=[_param(found) for found in e.errors]),
        HttpError: lambda r, e: problem(e.status_code),
        Exception: _broken,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def _param(found: dict[str, Any]) -> dict[str, str]:
    return {"field": str(found["loc"][-1]), "code": str(found["type"])[:40], "message": str(_("This value can't be read."))}


def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    if errors.is_outage(error):
        return errors.outage(request, error)
    return errors.broken(request)


# what an endpoint takes, told in its schema -------------------------------------------------------------------------------------------


def schema_of(form: type[forms.Form], *, optional: Iterable[str] = (), without: Iterable[str] = ()) -> dict[str, Any]:
    """JSON Schema of a form's fields."""
    fields = {n: f for n, f in form.base_fields.items() if n not in set(without)}
    needed = [n for n, f in fields.items() if f.required and n not in set(optional)]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {n: field_schema(f) for n, f in fields.items()},
        **({"required": needed} if needed else {}),
    }


def field_schema(field: forms.Field) -> dict[str, Any]:
    said = _typed(field)
    if field.label:
        said["title"] = field.label  # translated when the schema is asked for
    if field.help_text:
        said["description"] = field.help_text
    return said


def _typed(field: forms.Field) -> dict[str, Any]:
    from linli.frame.uploads import DocumentsField, PhotosField

    if isinstance(field, PhotosField | DocumentsField):
        return {"type": "array", "items": {"type": "string", "format": "binary"}, "maxItems": field.max_count}
    if isinstance(field, forms.MultipleChoiceField) and not isinstance(field, forms.TypedMultipleChoiceField):
        return {"type": "array", "items": {"type": "string", **_enum(field)}, "minItems": 1}
    if isinstance(field, forms.TypedMultipleChoiceField):
        return {"type": "array", "items": {"type": "integer"}, "minItems": 1}
    if isinstance(field, forms.TypedChoiceField):
        return {"type": "integer"}
    if isinstance(field, forms.ChoiceField):
        return {"type": "string", **_enum(field)}
    if isinstance(field, forms.BooleanField):
        return {"type": "boolean"}
    if isinstance(field, forms.IntegerField):  # and a FloatField, which is one
        bounds = {"minimum": field.min_value, "maximum": field.max_value}
        kind = "number" if isinstance(field, forms.FloatField) else "integer"
        return {"type": kind, **{n: v for n, v in bounds.items() if v is not None}}
    if isinstance(field, forms.DateField):
        return {"type": "string", "format": "date"}
    if isinstance(field, forms.UUIDField):
        return {"type": "string", "format": "uuid"}
    bounds = {"minLength": getattr(field, "min_length", None), "maxLength": getattr(field, "max_length", None)}
    return {"type": "string", **{n: v for n, v in bounds.items() if v is not None}}


def _enum(field: forms.ChoiceField) -> dict[str, Any]:
    """The closed lists; those that depend on the charter or the places are looked up at their own endpoints."""
    kept = field._choices if isinstance(getattr(field, "_choices", None), list) else []  # type: ignore[attr-defined]
    values = [str(v) for v, label in kept if not isinstance(label, list | tuple) and v != ""]
    return {"enum": values} if values and len(values) == len([v for v, _l in kept if v != ""]) else {}


def params_of(form: type[forms.Form], *names: str) -> list[dict[str, Any]]:
    """Query parameters of a list: its filters (``names``, or all), and where in it one is."""
    fields = {n: f for n, f in form.base_fields.items() if not names or n in names}
    found = [{"name": n, "in": "query", "required": False, "schema": field_schema(f)} for n, f in fields.items()]
    return [*found, *PAGING]


PAGING: list[dict[str, Any]] = [
    {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string"}, "description": "`next` of the page before."},
    {
        "name": "limit", "in": "query", "required": False, "schema": {"type": "integer", "minimum": 1, "maximum": PAGE_CAP, "default": PAGE},
    },
]  # fmt: skip
IF_MATCH: dict[str, Any] = {
    "name": "If-Match", "in": "header", "required": True, "schema": {"type": "string", "pattern": '^("[0-9]{1,9}"|\\*)$'}, "example": '"3"',
    "description": 'The `ETag` of the matter as it was read, or `*` for "whatever it is now".',
}  # fmt: skip
IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 40}, "example": '"3"',
    "description": "The `ETag` as it was read: 304 and no body while it is the present one.",
}  # fmt: skip
IF_UNCHANGED: dict[str, Any] = {
    "name": "If-Match", "in": "header", "required": True, "schema": {"type": "string", "pattern": '^("[0-9a-f]{1,20}"|\\*)$'}, "example": "*",
    "description": 'The `ETag` as it was read, or `*` for "whatever it is now".',
}  # fmt: skip
IDEMPOTENCY: dict[str, Any] = {
    "name": "Idempotency-Key", "in": "header", "required": True,
    "schema": {"type": "string", "minLength": 8, "maxLength": 100, "pattern": "^[!-~]+$"}, "example": "5e8b7c0a-one-form-filled-in",
    "description": "One for each thing to be made. The same again gives the same answer and makes nothing.",
}  # fmt: skip
ALWAYS = (401, 429, 503)


def words_of(lazy: Any) -> str:
    """A lazily translated summary where the endpoint's type wants text; it is translated when the schema is asked for."""
    return lazy


def told(
    *statuses: int,
    params: Sequence[dict[str, Any]] = (),
    body: dict[str, Any] | None = None,
    example: Any = None,
    files: bool = False,
    binary: bool = False,
) -> dict[str, Any]:
    """What the schema says of an endpoint beyond its answer: errors besides the usual ones, parameters, and what is sent."""
    extra: dict[str, Any] = {"x-problems": sorted({*ALWAYS, *statuses})}
    if params:
        extra["parameters"] = list(params)
    if binary:
        extra["x-binary"] = True
    if body is not None:
        properties = {n: s for n, s in body["properties"].items() if s.get("items", {}).get("format") != "binary"}
        json_body = {**body, "properties": properties, "required": [n for n in body.get("required", ()) if n in properties]}
        if not json_body["required"]:
            del json_body["required"]
        content: dict[str, Any] = {"application/json": {"schema": json_body}} if properties else {}
        if example is not None and content:
            content["application/json"]["example"] = example
        if files:
            content["multipart/form-data"] = {"schema": body}
        extra["requestBody"] = {"required": bool(body.get("required")) or not properties, "content": content}
    return extra
