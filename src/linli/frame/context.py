"""What every template knows."""

from __future__ import annotations

from django.http import HttpRequest


def page(request: HttpRequest) -> dict:
    return {"elder": request.COOKIES.get("elder") == "1"}
