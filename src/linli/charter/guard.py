"""The one door from this room to the guard above it: pages say here who may open them. The only import upwards."""

from __future__ import annotations

from linli.frame.access_rule import staff

__all__ = ["staff"]
