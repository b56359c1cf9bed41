"""Conditions of a request on the stored object (RFC 9110, section 13), entity tags and pages of a list, as headers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi import Request
from starlette.responses import Response

from service.documents.entity_tags import Condition
from service.web.media_types import JSON
from service.web.preferences import version_of

_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e]*")')


def condition_of(request: Request, *, weak: bool = False) -> Condition:
    """Return the condition of a change, from its headers (RFC 9110, section 13.1); a weak tag matches no object.

    `weak`: weak tags match as well, as FHIR has versions named.

    >>> condition_of(Request({"type": "http", "headers": [(b"if-match", b'W/"1", "2"')]})).matches
    frozenset({'"2"'})
    """
    return condition_in(header_of(request, "if-match"), header_of(request, "if-none-match"), weak=weak)


def condition_in(if_match: str | None, if_none_match: str | None, *, weak: bool = False) -> Condition:
    """Return the condition that two headers, or the fields of a change that are named after them, state.

    >>> condition_in('"1-es"', None).matches, condition_in(None, "*").absent
    (frozenset({'"1"'}), True)
    """
    absent = if_none_match == "*"
    if if_match is None:
        return Condition(absent=absent)
    if if_match == "*":
        return Condition(frozenset("*"), absent)
    return Condition(frozenset(version_of(tag) for mark, tag in _TAG.findall(if_match) if weak or not mark), absent)


def next_page(request: Request, page: int) -> dict[str, str]:
    """Return the header that leads from a page to the next (RFC 8288), relative to the server."""
    url = request.url.include_query_params(page=page + 1)
    return {"Link": f'<{url.path}?{url.query}>; rel="next"'}


def conditional_response(
    request: Request,
    body: bytes,
    etag: str,
    *,
    status: int = 200,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a body with its entity tag, or 304 for a caller with the same tag."""
    headers = {"ETag": etag, **(headers or {})}
    if request.method == "GET" and is_at_hand(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(body, status, headers, media_type=media_type)


def is_at_hand(request: Request, etag: str) -> bool:
    """Return whether `If-None-Match` names an entity tag.

    >>> request = Request({"type": "http", "headers": [(b"if-none-match", b'"1", W/"2"')]})
    >>> is_at_hand(request, '"2"'), is_at_hand(request, '"3"')
    (True, False)
    """
    header = header_of(request, "if-none-match")
    return header is not None and (header == "*" or etag in {tag for _, tag in _TAG.findall(header)})


def header_of(request: Request, name: str) -> str | None:
    """Return a header of the request, None without the header; repeated headers are joined.

    >>> header_of(Request({"type": "http", "headers": [(b"if-match", b'"1"'), (b"if-match", b'"2"')]}), "if-match")
    '"1","2"'
    """
    values = request.headers.getlist(name)
    return ",".join(values).strip() if values else None
