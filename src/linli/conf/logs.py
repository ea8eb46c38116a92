"""Logs: one JSON object a line, to standard error, without anything that people typed, who they are or where from.

Django's own lines name the address asked for (it can hold a follow code), and an exception's message can hold a value of a row: both are
left out. What is left says where in the program it happened, which is what mends it.
"""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from typing import Any

import structlog

_WITH_ADDRESSES = ("django.request", "django.security", "django.server", "gunicorn")


def _without_addresses(logger: Any, name: str, line: dict[str, Any]) -> dict[str, Any]:
    """Only the status of a request Django speaks of; our own line of it has the name of the view."""
    record = line.get("_record")
    if record is not None and str(line.get("logger", "")).startswith(_WITH_ADDRESSES[:3]):
        line["event"] = f"status {getattr(record, 'status_code', '-')}"
    return line


def _where(logger: Any, name: str, line: dict[str, Any]) -> dict[str, Any]:
    """An exception as its kinds and places, without its messages."""
    info = line.pop("exc_info", None)
    if info:
        error = info[1] if isinstance(info, tuple) else info if isinstance(info, BaseException) else sys.exc_info()[1]
        kinds, frames = [], []
        while error is not None:
            kinds.append(type(error).__name__)
            frames += [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        line |= {"error": kinds, "at": frames[-25:]}
    return line


def configure(config: dict) -> None:
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_addresses,
        _where,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer(ensure_ascii=False)],
        )
    )
    root = logging.getLogger()
    if not any(isinstance(h.formatter, structlog.stdlib.ProcessorFormatter) for h in root.handlers):
        root.addHandler(handler)
    root.setLevel(config["level"])
    logging.getLogger("procrastinate").setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
