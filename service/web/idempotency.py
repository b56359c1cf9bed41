"""`Idempotency-Key`: the same request sent twice is carried out once."""

from __future__ import annotations

import re

from fastapi import Request

from service.web.conditions import header_of
from service.web.problems import problem

KEY = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEY_PARAMETER = {
    "name": KEY,
    "in": "header",
    "description": "1 to 255 visible characters: the same request again makes nothing anew. Remembered for 24 hours.",
    "schema": {"type": "string"},
}
_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")


def key_of(request: Request) -> str | None:
    """Return the request's `Idempotency-Key`, None without the header.

    >>> key_of(Request({"type": "http", "headers": [(b"idempotency-key", b"a1b2")]}))
    'a1b2'

    Raises:
        ApiProblem: the key is malformed.
    """
    key = header_of(request, KEY)
    if key is not None and not _VISIBLE.fullmatch(key):
        raise problem("idempotency_key_required")
    return key


def required_key_of(request: Request) -> str:
    """Return the request's `Idempotency-Key`.

    Raises:
        ApiProblem: the key is missing or malformed.
    """
    key = key_of(request)
    if key is None:
        raise problem("idempotency_key_required")
    return key
