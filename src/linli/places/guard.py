"""The two questions about permission, asked from this floor: holdings are known one floor up, so this is the one door there."""

from __future__ import annotations

from linli.access.scope import can, require, scope_of

__all__ = ["can", "require", "scope_of"]
