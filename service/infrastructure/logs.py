"""The lines of the log: a static message and named fields, as text or as JSON. No line holds an error's own words.

What a library says may repeat what it was given, so of a library's line its name and the type of the error are kept.
"""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

REQUEST: ContextVar[str | None] = ContextVar("request", default=None)
"""The id of the request that is under way, made here."""
TEXT = "text"
"""The form of a line for people; every other form is JSON."""
OURS = ("service", "routing", "policies", "uvicorn")
TOLD = ("uvicorn", "service.keeping.anchors")
"""Loggers whose lines are kept though they tell of no fault."""
FROM_A_LIBRARY = "library"
_OF_RECORDS = {*vars(logging.makeLogRecord({})), "message", "asctime", "color_message", "taskName"}


class LineFormatter(logging.Formatter):
    """Writes a line with the fields that were given as `extra`, and the id of its request."""

    def __init__(self, form: str = TEXT) -> None:
        """Take the form of the lines, by the name that a configuration holds."""
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line.

        >>> record = logging.makeLogRecord({"name": "service.x", "levelname": "WARNING", "msg": "write refused"})
        >>> record.cause = "full"
        >>> LineFormatter().format(record)
        'WARNING: write refused cause=full'
        """
        fields = _fields(record)
        if self._form == TEXT:
            pairs = [f"{name}={value}" for name, value in fields.items()]
            return " ".join([f"{record.levelname}:", _message(record), *pairs])
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname, "logger": record.name, "message": _message(record), **fields}
        return json.dumps(line, ensure_ascii=False, default=str)


def log_config(form: str, level: str = "INFO") -> dict[str, Any]:
    """Return the configuration of logging for a program that goes on: every line to standard error. Pure."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "service.infrastructure.logs.LineFormatter", "form": str(form)}},
        "handlers": {"standard error": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": "WARNING", "handlers": ["standard error"]},
        "loggers": {name: {"level": level} for name in TOLD},
    }


def _message(record: logging.LogRecord) -> str:
    ours = record.name.partition(".")[0] in OURS
    return record.getMessage().partition("\n")[0] if ours else FROM_A_LIBRARY


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    ours = record.name.startswith("service.")
    fields = {name: value for name, value in vars(record).items() if name not in _OF_RECORDS} if ours else {}
    if record.exc_info and record.exc_info[0] is not None:
        fields["error"] = record.exc_info[0].__name__
    if not ours:
        fields = {"logger": record.name, **fields}
    request = REQUEST.get()
    return {**fields, "request_id": request} if request is not None else fields
