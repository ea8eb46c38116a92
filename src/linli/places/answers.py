"""What stands somewhere, as an answer that maps and other programs read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import JsonResponse


def geojson_answer(features: Sequence[dict[str, Any]], **more: Any) -> JsonResponse:
    """A GeoJSON FeatureCollection (RFC 7946). ``more``: further members beside the features."""
    body = {"type": "FeatureCollection", **more, "features": features}
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})
    response["Content-Type"] = "application/geo+json"
    return response
