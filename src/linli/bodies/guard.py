"""What this floor asks of the one above: who may do what, and accounts. The one door there, besides the models' ``AUTH_USER_MODEL``."""

from __future__ import annotations

from types import ModuleType

from linli.places.guard import can, require, scope_of

__all__ = ["accounts", "can", "require", "scope_of", "sessions"]


def accounts() -> ModuleType:
    """``access.accounts``: it appoints through this room, so it can only be reached once both are loaded."""
    from linli.access import accounts

    return accounts


def sessions() -> ModuleType:
    """``access.sessions``."""
    from linli.access import sessions

    return sessions
