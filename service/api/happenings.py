"""What consents, referrals and counts have in common over HTTP: bodies, keys of requests, pages, refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from service.api.deps import JSON, check_json
from service.api.directory import respond
from service.api.directory import telling as telling_directory
from service.api.problems import EVERY_BODY, EVERY_PROTECTED, problem, refused_fields, responses_for
from service.errors import ProfileRefused
from service.usecases.read_directory import Found

KEY = "Idempotency-Key"
_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")
KEY_PARAMETER = {
    "name": KEY,
    "in": "header",
    "description": "1 to 255 visible characters. The same key and body within a day is the same request.",
    "schema": {"type": "string"},
}
REPLAYED = "Idempotency-Replayed"


@contextmanager
def telling() -> Iterator[None]:
    """Turn what the use cases raise into problems."""
    try:
        with telling_directory():
            yield
    except ProfileRefused as refused:
        raise problem("invalid_request", errors=refused_fields(refused.problems)) from None


def json_of(body: bytes) -> bytes:
    """Return a body that is JSON.

    Raises:
        ApiProblem: it is not.
    """
    with telling():
        return check_json(body)


def key_of(request: Request, *, required: bool = False) -> str | None:
    """Return the request's `Idempotency-Key`, None where it has none.

    Raises:
        ApiProblem: it is needed and missing, or malformed.
    """
    given = request.headers.getlist(KEY)
    if not given and not required:
        return None
    if len(given) != 1 or not _VISIBLE.fullmatch(given[0]):
        raise problem("idempotency_key_required")
    return given[0]


def made(document: Mapping[str, Any], *, repeated: bool, headers: Mapping[str, str] | None = None) -> Response:
    """Return what a request made (201), and whether it was made before."""
    told = {REPLAYED: "true"} if repeated else {}
    body = json.dumps(document, ensure_ascii=False)
    return Response(body, 201, {**(headers or {}), **told}, media_type=JSON)


def page_of(request: Request, found: Found) -> Response:
    """Return a page, with a link to the next where there is one (RFC 8288)."""
    response, document = respond(request, found), found.document
    if document["page"] * document["per_page"] < document["total"]:
        query = urlencode({**request.query_params, "page": document["page"] + 1})
        response.headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'
    return response


def answers(model: type[BaseModel], said: str, *codes: str, status: int = 200, body: bool = False) -> dict[str, Any]:
    """Return the keyword arguments that document an operation that answers with `model`, or with these problems."""
    problems = responses_for(*EVERY_PROTECTED, *(EVERY_BODY if body else ()), *codes)
    return {
        "response_class": Response,
        "response_model": None,
        "status_code": status,
        "responses": {status: {"model": model, "description": said}, **problems},
    }
