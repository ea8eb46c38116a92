"""What an example says, and where it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.examples.world import Visitor, World


@dataclass
class Example:
    """What stands in an address. See the head of this file."""

    kwargs: dict[str, Any] = field(default_factory=dict)
    path: str = ""
    ability: str = ""
    involved: tuple[int, ...] = ()
    only: Callable[[Visitor], bool] | None = None
    refused: Callable[[Visitor], bool] | None = None
    query: dict[str, str] = field(default_factory=dict)  # sent along


EXAMPLES: dict[str, Callable[[World], Example]] = {}


def example(name: str):
    def keep(make: Callable[[World], Example]):
        assert name not in EXAMPLES, f"{name} has two examples"
        EXAMPLES[name] = make
        return make

    return keep
