"""The lines of the log: a static message and named fields, as text or as JSON. No line holds an error's own words.

What a library says may repeat what it was given, so of a library's line its name and the type of the error are kept.
Anybody can send requests that are lines in the log, so of each kind a minute has only so many; the rest are counted.
"""

from __future__ import annotations

import json
import logging
from contextlib import nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from threading import Timer
from time import monotonic
from typing import Any

REQUEST: ContextVar[str | None] = ContextVar("request", default=None)
"""The id of the request that is under way, made here."""
MOST_LINES, COUNTED_FOR_S = 20, 60.0
"""Lines of a kind within a minute; what is beyond them is one line at its end."""
TEXT = "text"
"""The form of a line for people; every other form is JSON."""
OURS = ("service", "routing", "policies", "uvicorn")
TOLD = ("uvicorn", "service.maintenance.anchors")
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


class BoundedHandler(logging.StreamHandler[Any]):
    """Writes at most `MOST_LINES` lines of a kind within `COUNTED_FOR_S`, and then how many it left out.

    A kind is a logger, a level, a static message, an error and its place: as many as the program has, however many
    requests there are.
    """

    def __init__(self) -> None:
        """Write to standard error."""
        super().__init__()
        self._counts: dict[tuple[Any, ...], tuple[int, float]] = {}  # by kind: the lines, and when they count anew

    def emit(self, record: logging.LogRecord) -> None:
        """Write or count a line; `logging` holds the handler's lock."""
        message = record.msg if _is_ours(record) else FROM_A_LIBRARY
        error = getattr(record, "error", record.exc_info and record.exc_info[0])
        kind = record.levelname, record.name, str(message), str(error), getattr(record, "places", None)
        now_s = monotonic()
        count, ends_s = self._counts.get(kind, (0, 0.0))
        if count <= MOST_LINES and now_s >= ends_s:
            count, ends_s = 0, now_s + COUNTED_FOR_S
        self._counts[kind] = count + 1, ends_s
        if count < MOST_LINES:
            super().emit(record)
        elif count == MOST_LINES:
            timer = Timer(ends_s - now_s, self._tell_left_out, (kind,))
            timer.daemon = True
            timer.start()

    def close(self) -> None:
        """Write what was left out until now, as the program ends."""
        for kind in [*self._counts]:
            self._tell_left_out(kind)
        super().close()

    def _tell_left_out(self, kind: tuple[Any, ...]) -> None:
        level, logger, message, *_ = kind
        with self.lock or nullcontext():
            count, _ = self._counts.pop(kind, (0, 0.0))
            if (left_out := count - MOST_LINES) > 0:
                fields = {"of": logger, "line": message.partition("\n")[0], "left_out": left_out}
                told = {"name": __name__, "levelname": level, "msg": "lines left out", **fields}
                super().emit(logging.makeLogRecord(told))


def log_config(form: str, level: str = "INFO") -> dict[str, Any]:
    """Return the configuration of logging for a program that goes on: every line to standard error. Pure."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "service.logs.LineFormatter", "form": str(form)}},
        "handlers": {"standard error": {"class": "service.logs.BoundedHandler", "formatter": "line"}},
        "root": {"level": "WARNING", "handlers": ["standard error"]},
        "loggers": {name: {"level": level} for name in TOLD},
    }


def _message(record: logging.LogRecord) -> str:
    return record.getMessage().partition("\n")[0] if _is_ours(record) else FROM_A_LIBRARY


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in OURS


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    ours = record.name.startswith("service.")
    fields = {name: value for name, value in vars(record).items() if name not in _OF_RECORDS} if ours else {}
    if record.exc_info and record.exc_info[0] is not None:
        fields["error"] = record.exc_info[0].__name__
    if not ours:
        fields = {"logger": record.name, **fields}
    request = REQUEST.get()
    return {**fields, "request_id": request} if request is not None else fields
