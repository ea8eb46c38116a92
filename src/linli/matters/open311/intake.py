"""Raising a matter over Open311, with a client key; and finding its number by the code its reporter has."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django import forms
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.access.apikeys import key_of
from linli.access.models import ApiKey
from linli.charter.schema import Category
from linli.frame.limits import client_of, within
from linli.frame.templatetags.linli import named
from linli.kit.discreet import plain_phone
from linli.matters.actions import raise_matter
from linli.matters.models import Channel, Matter, Reporter
from linli.matters.open311.render import Wrong, endpoint, told
from linli.matters.open311.services import answers, leaf_of, questions
from linli.matters.queries import by_code
from linli.matters.reporters import ReporterInfo, open_reporter
from linli.matters.whereabouts import Position
from linli.places.models import Level, Place

A_MINUTE, TOKENS = 300, 60  # matters by one key; codes tried from one connection
_ATTRIBUTE = re.compile(r"attribute\[([^\]]{1,80})\](?:\[\])?")
_PLACES = (Level.COMMUNITY, Level.GRID, Level.BUILDING)


class RequestForm(forms.Form):
    """The specification's arguments. ``email``, ``account_id`` and ``device_id`` are taken and not kept: nothing here needs them."""

    service_code = forms.CharField(max_length=80)
    lat = forms.FloatField(min_value=-90, max_value=90, required=False)
    long = forms.FloatField(min_value=-180, max_value=180, required=False)
    address_string = forms.CharField(max_length=200, required=False)
    address_id = forms.CharField(max_length=40, required=False)
    description = forms.CharField(max_length=3000, required=False)
    first_name = forms.CharField(max_length=20, required=False)
    last_name = forms.CharField(max_length=20, required=False)
    phone = forms.CharField(max_length=20, required=False)
    media_url = forms.URLField(max_length=400, required=False, assume_scheme="https")

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"].strip()
        try:
            return plain_phone(typed) if typed else ""
        except ValueError:
            raise forms.ValidationError(_("This is not a telephone number.")) from None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not {"lat", "long"} & set(self.errors) and (data.get("lat") is None) != (data.get("long") is None):
            self.add_error("lat", _("lat and long go together."))
        if not self.errors and data.get("lat") is None and not data.get("address_string") and not data.get("address_id"):
            self.add_error(None, _("Say where: lat and long, address_string or address_id."))
        return data


def raise_request(request: HttpRequest, form: str) -> HttpResponse:
    """The matter is raised as on the residents' page. ``service_notice`` carries the code its reporter follows it with."""
    try:
        given = request.POST
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
        raise Wrong(413) from None
    key = _key(request)
    if any(
        "\ufffd" in text for _name, texts in given.lists() for text in texts
    ):  # what could not be read is not kept as if it had been said
        raise Wrong(400, _("The form isn't UTF-8."))
    asked = RequestForm(given)
    if not asked.is_valid():
        raise Wrong(400, *(e if name == "__all__" else f"{name}: {e}" for name, found in asked.errors.items() for e in found))
    said = asked.cleaned_data
    category = leaf_of(said["service_code"])
    if category is None:
        raise Wrong(400, _("There is no service %(code)s.") % {"code": said["service_code"]})
    text, position = _text(category, said, given), Position(said["long"], said["lat"]) if said["lat"] is not None else None
    who = ReporterInfo(" ".join(part for part in (said["last_name"].strip(), said["first_name"].strip()) if part), said["phone"])
    raised = raise_matter(
        request_id=_once(request, key), channel=Channel.OPEN311, text=text, category=category.id, place=_place(said["address_id"]),
        position=position, address=said["address_string"], reporter=who or None, key=key.name,
    )  # fmt: skip
    if raised.again and not _same(raised.matter, text, who, position):  # somebody else's code is told to nobody
        raise Wrong(400, _("This Idempotency-Key was used for something else. Make a new one."))
    link = request.build_absolute_uri(reverse("matters:follow_code", args=[raised.follow_code]))
    notice = _("Follow it with the code %(code)s: %(link)s") % {"code": raised.follow_code, "link": link}
    answer = {"service_request_id": raised.matter.number, "service_notice": notice, "account_id": ""}
    return told(form, "service_requests", "request", [answer], 201)


def _key(request: HttpRequest) -> ApiKey:
    """The client key in ``api_key``. 403 without."""
    key = key_of(request.POST.get("api_key", ""), ApiKey.Kind.CLIENT)
    if key is None:
        if not within("api.wrong", client_of(request), count=60, seconds=900):
            raise Wrong(429)
        raise Wrong(
            403,
            _(
                "api_key is missing or not valid. It is a key for handing matters in, made without a post; keys that act from a post are for /api/."
            ),
        )
    if not within("open311.key", str(key.pk), count=A_MINUTE, seconds=60):
        raise Wrong(429)
    return key


def _once(request: HttpRequest, key: ApiKey) -> uuid.UUID:
    """Retries that say so are one matter: the header Idempotency-Key, which the specification doesn't know."""
    text = request.headers.get("Idempotency-Key", "")[:200]
    return uuid.uuid5(uuid.NAMESPACE_OID, f"open311 {key.pk} {text}") if text else uuid.uuid4()


def _same(matter: Matter, text: str, who: ReporterInfo, position: Position | None) -> bool:
    """Whether a request that comes again says what it said the first time: the words, the person, the position as far as it was kept."""
    known = Reporter.objects.filter(matter=matter).first()
    told = open_reporter(known) if known else ReporterInfo()
    at = (position.lon, position.lat) if position else (None, None)
    return (
        matter.text == text.strip() and (told.name, told.phone) == (who.name, who.phone) and (matter.lon, matter.lat) in (at, (None, None))
    )


def _place(code: str) -> Place | None:
    if not code:
        return None
    found = Place.objects.current().select_related("parent").filter(code=code, level__in=_PLACES).first()
    if found is None:
        raise Wrong(400, _("There is no place %(code)s.") % {"code": code})
    return found


def _text(category: Category, said: dict[str, Any], given: Any) -> str:
    """The person's words, then what they answered to the category's questions, and the address of a picture, which nobody has fetched."""
    asked, known = questions(category), answers()
    lines = [said["description"].strip() or named(category.name)]
    for field in given:
        if not (found := _ATTRIBUTE.fullmatch(field)):
            continue
        if found[1] not in asked or given[field] not in known:
            raise Wrong(400, _("The service doesn't ask for %(what)s.") % {"what": field[:100]})
        lines.append(f"{asked[found[1]]} {known[given[field]]}")
    if said["media_url"]:
        lines.append(said["media_url"])
    return "\n".join(lines)


@endpoint("GET")
def token(request: HttpRequest, form: str, code: str) -> HttpResponse:
    """/open311/v2/tokens/<code>.<form> : the number behind a follow-up code."""
    if not within("open311.token", client_of(request), count=TOKENS, seconds=900):
        raise Wrong(429)
    matter = by_code(code)
    if matter is None:
        raise Wrong(404, _("There is no request with this token."))
    return told(form, "service_requests", "request", [{"service_request_id": matter.number, "token": code}])
