"""What every template knows. All of it is lazy: a page that shows no menu reads no posts, and an error page reads nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.frame import menu

ELDER_COOKIE = "elder"
FACE_COOKIE = "face"
LANGS = {"zh-hans": "zh-Hans", "en": "en"}  # as HTML writes them


@dataclass
class House:
    """The installation: its name, the language of the page and, read only when shown, the area it serves."""

    lang: str

    @cached_property
    def name(self) -> str:
        return _("Linli")

    @cached_property
    def area(self) -> str:
        """The district or county served; empty before its places are loaded."""
        return menu.area_name()


def is_elder(request: HttpRequest) -> bool:
    return request.COOKIES.get(ELDER_COOKIE) == "1"


def chosen_face(request: HttpRequest) -> str:
    """The frame somebody chooses with this request: "1" the field's, "0" the desk's, "" neither.

    By ``?phone=``, by opening a page of the field terminal, or the desk's first page at a desk; a telephone lands there as it signs in.
    """
    if (asked := request.GET.get("phone")) in ("0", "1"):
        return asked
    view = request.resolver_match.view_name if request.resolver_match else ""
    if view in menu.FIELD:
        return "1"
    return "0" if view == "web:desk" and not _is_telephone(request) else ""


def face_of(request: HttpRequest) -> str:
    """The frame a page of work is shown in: as it was chosen last (``middleware.Face``), else the field's on a telephone, the desk's elsewhere."""
    face = chosen_face(request) or request.COOKIES.get(FACE_COOKIE)
    phone = face == "1" if face in ("0", "1") else _is_telephone(request)
    return "frame/phone.html" if phone else "frame/desk.html"


def _is_telephone(request: HttpRequest) -> bool:
    return "Mobile" in request.headers.get("User-Agent", "")


def page_face_of(request: HttpRequest) -> str:
    """The same for a page that is written for the desk, and is whole in either."""
    return "frame/phone_page.html" if face_of(request) == "frame/phone.html" else "frame/desk.html"


def page(request: HttpRequest) -> dict:
    view = request.resolver_match.view_name if request.resolver_match else ""
    standing = SimpleLazyObject(lambda: menu.standing_of(request))
    return {
        "elder": is_elder(request),
        "page_face": page_face_of(request),
        "house": House(LANGS.get(get_language() or "", "zh-Hans")),
        "now_path": request.get_full_path() if request.method == "GET" else request.path,
        "standing": standing,
        "menu": SimpleLazyObject(lambda: menu.entries(menu.DESK, standing.abilities, view=view)),
        "phone_tabs": SimpleLazyObject(lambda: menu.entries(menu.PHONE, view=view)),
        "account_links": SimpleLazyObject(lambda: menu.entries(menu.ACCOUNT, standing.abilities)),
        "foot_links": SimpleLazyObject(lambda: menu.entries(menu.FOOT)),
        "search_url": SimpleLazyObject(lambda: _search_url(standing)),
    }


def _search_url(standing: Any) -> str:
    """Where the search box asks: the list of matters, for those who see matters."""
    found = menu.entries([e for e in menu.DESK if e.slug == "matters"], standing.abilities)
    return found[0].href if found else ""
