"""Media types: the declared type of a body, and the type that a request accepts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request

from service.web.problems import problem

JSON = "application/json"
EVENT_STREAM = "text/event-stream"


async def json_body(request: Request) -> bytes:
    """Return the raw body, which is declared as JSON and is parsed by the endpoint.

    Raises:
        ApiProblem: the request declares another type, charset or encoding.
        HTTPException: the body is too large.
    """
    return await raw_body(request, JSON)


async def raw_body(request: Request, *media_types: str) -> bytes:
    """Return the raw body, which is declared as one of `media_types`.

    Raises:
        ApiProblem: the request declares another type, charset or encoding.
        HTTPException: the body is too large.
    """
    headers = request.headers.getlist("content-type")
    media_type, _, parameters = (headers[0] if len(headers) == 1 else "").partition(";")
    if media_type.strip().lower() not in media_types or not _is_utf8(parameters):
        raise problem("unsupported_media_type")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise problem("unsupported_media_type")
    return await request.body()


JsonBody = Annotated[bytes, Depends(json_body)]


def _is_utf8(parameters: str) -> bool:
    charsets = [
        value.strip().strip('"').lower()
        for name, _, value in (part.partition("=") for part in parameters.split(";"))
        if name.strip().lower() == "charset"
    ]
    return all(charset in ("utf-8", "utf8") for charset in charsets)


async def accepts_json(request: Request) -> None:
    """Refuse a request whose `Accept` header leaves out JSON.

    Raises:
        ApiProblem: JSON is not acceptable.
    """
    require_acceptable(request, JSON)


def require_acceptable(request: Request, media_type: str) -> None:
    """Refuse a request whose `Accept` leaves out a type; no header accepts any type (RFC 9110, section 12.5.1).

    Raises:
        ApiProblem: the type is not acceptable.
    """
    preferred_type(request, media_type)


def preferred_type(request: Request, *media_types: str) -> str:
    """Return the type that `Accept` prefers; of equals, the first (RFC 9110, section 12.5.1).

    >>> request = Request({"type": "http", "headers": [(b"accept", b"text/calendar, */*;q=0.1")]})
    >>> preferred_type(request, "application/json", "text/calendar")
    'text/calendar'

    Raises:
        ApiProblem: no type is acceptable.
    """
    header = ",".join(request.headers.getlist("accept"))
    ranges = [_media_range(part) for part in header.split(",") if part.strip()]
    if not ranges:
        return media_types[0]
    weights = {media_type: _weight(media_type, ranges) for media_type in media_types}
    best = max(media_types, key=lambda media_type: weights[media_type])
    if not weights[best]:
        raise problem("not_acceptable")
    return best


def _media_range(text: str) -> tuple[str, float]:
    media_type, *parameters = (part.strip().lower() for part in text.split(";"))
    weights = [
        value for name, _, value in (parameter.partition("=") for parameter in parameters) if name.strip() == "q"
    ]
    try:
        return media_type, float(weights[0]) if weights else 1.0
    except ValueError:
        return media_type, 1.0


def _weight(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Return the weight of the range that fits a type most closely; 0 without a fitting range.

    >>> _weight("text/calendar", [("*/*", 0.1), ("text/*", 0.5)])
    0.5
    """
    for fitting in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        weights = [weight for media_type, weight in ranges if media_type == fitting]
        if weights:
            return max(weights)
    return 0.0
