"""Headers sent along at an endpoint's owner's wish: few, short, visible, and without a meaning for delivery."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from service.errors import Problem
from service.i18n import webhooks as wording

MOST = 10
MOST_BYTES = 4096
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_TAKEN = {"host", "transfer-encoding", "connection", "te", "upgrade", "expect", "cookie", "user-agent"}
_TAKEN_BEGINNINGS = ("content-", "webhook-", "x-forwarded-", "proxy-")


def find_problems(headers: Mapping[str, str]) -> Iterator[Problem]:
    """Yield the faults of headers, in their order; a malformed name is not repeated. Pure.

    >>> [str(problem) for problem in find_problems({"X-Team": "intake", "Host": "hooks.example.org"})]
    ['/headers/Host: is set by this server']
    """
    if len(headers) > MOST:
        yield Problem("/headers", wording.HEADERS_AT_MOST.format(most=MOST))
    if sum(len(name.encode()) + len(value.encode()) for name, value in headers.items()) > MOST_BYTES:
        yield Problem("/headers", wording.HEADERS_BYTES.format(most=MOST_BYTES))
    if len({name.lower() for name in headers}) < len(headers):
        yield Problem("/headers", wording.HEADER_TWICE)
    for name, value in headers.items():
        place = f"/headers/{name.replace('~', '~0')}"
        if not _NAME.fullmatch(name):
            yield Problem("/headers", wording.HEADER_NAME)
        elif name.lower() in _TAKEN or name.lower().startswith(_TAKEN_BEGINNINGS):
            yield Problem(place, wording.HEADER_TAKEN)
        elif not _VALUE.fullmatch(value):
            yield Problem(place, wording.HEADER_VALUE)
