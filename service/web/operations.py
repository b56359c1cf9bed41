"""Common parts of consents, referrals and counts over HTTP: bodies, and the documentation of answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from service.documents.bodies import read_as
from service.documents.document import parse_body
from service.web.idempotency import REPLAYED
from service.web.media_types import JSON
from service.web.preferences import for_reader, tag_in
from service.web.problems import EVERY_BODY, EVERY_OPEN, EVERY_PROTECTED, responses_for
from service.web.schemas import CodeBody


def read_code(body: bytes) -> str:
    """Return the code in a body.

    >>> read_code(b'{"code": "acoustic bamboo canoe"}')
    'acoustic bamboo canoe'

    Raises:
        BodyRefused: the body holds no code, or further fields.
    """
    return read_as(CodeBody, body, defaults={}, parse=parse_body).code


def creation(request: Request, document: Mapping[str, Any], *, repeated: bool, etag: str | None = None) -> Response:
    """Return the created document (201); a header marks the repeat of an earlier request.

    >>> creation(Request({"type": "http", "headers": []}), {"id": "c1"}, repeated=True).headers["Idempotency-Replayed"]
    'true'
    """
    body, language = for_reader(request, document)
    repeat = {REPLAYED: "true"} if repeated else {}
    tag = {} if etag is None else {"ETag": tag_in(etag, language)}
    return Response(json.dumps(body, ensure_ascii=False), 201, {**tag, **language, **repeat}, media_type=JSON)


def answers(
    model: type[BaseModel], text: str, *codes: str, status: int = 200, body: bool = False, example: Any = None
) -> dict[str, Any]:
    """Return the keyword arguments that document an operation: an answer of `model`, or the problems of `codes`.

    `example`: of this operation's answer; by default the model's.
    """
    documentation = _documentation(model, text, status, *EVERY_PROTECTED, *(EVERY_BODY if body else ()), *codes)
    if example is not None:
        documentation["responses"][status]["content"] = {JSON: {"example": example}}
    return documentation


def open_answers(model: type[BaseModel], text: str, *codes: str, status: int = 200) -> dict[str, Any]:
    """Return the keyword arguments that document an operation with a body, open without a token."""
    return _documentation(model, text, status, *EVERY_OPEN, *EVERY_BODY, *codes)


def _documentation(model: type[BaseModel], text: str, status: int, *codes: str) -> dict[str, Any]:
    return {
        "response_class": Response,
        "response_model": None,
        "status_code": status,
        "responses": {status: {"model": model, "description": text}, **responses_for(*codes)},
    }
