"""What routes share: bodies that hold a code, created documents, and the OpenAPI description of responses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

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


def openapi_responses(
    model: type,
    text: str,
    *codes: str,
    status: int = 200,
    public: bool = False,
    body: bool = False,
    cached: bool = False,
    example: Any = None,
    headers: Mapping[str, Any] | None = None,
    formats: Mapping[str, str | Mapping[str, Any]] | None = None,
) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` of an operation: a document of `model`, or the problems of `codes`.

    `public`: no token is needed. `body`: it reads a request body. `cached`: it answers `If-None-Match` with 304.
    `example` is of this operation's response, by default the model's. `formats` are other media types with an example.
    """
    success: dict[str, Any] = {"model": model, "description": text}
    if example is not None:
        success["content"] = {JSON: {"example": example}}
    for media_type, other in (formats or {}).items():
        schema = {"type": "string" if isinstance(other, str) else "object"}
        success.setdefault("content", {})[media_type] = {"schema": schema, "example": other}
    if headers:
        success["headers"] = dict(headers)
    return {
        status: success,
        **({304: {"description": "It is at hand already."}} if cached else {}),
        **responses_for(*(EVERY_OPEN if public else EVERY_PROTECTED), *(EVERY_BODY if body else ()), *codes),
    }
