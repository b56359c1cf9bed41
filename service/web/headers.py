"""Headers that every response carries: no response is stored, framed or sniffed, nor loads parts of another site."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "Content-Security-Policy"
NOTHING_FROM_ELSEWHERE = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    POLICY: NOTHING_FROM_ELSEWHERE,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HTTPS_ALONE = {"Strict-Transport-Security": "max-age=31536000"}
"""For a year a browser opens the pages by https alone. Names below ours are left out: they may be others' servers."""
DESCRIBED = "/docs"
"""The page of the description: it runs a script, our own, which asks this server alone."""
OWN_SCRIPT = f"{NOTHING_FROM_ELSEWHERE}; script-src 'self'; connect-src 'self'"
FOR_PROGRAMS = ("/v1/", "/hsds/", "/fhir", "/docs", "/health/", "/metrics", "/openapi.json")
"""Beginnings of the paths of the interface; every other path is a page for people."""
PAGE = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; worker-src 'self'; "
    "manifest-src 'none'; form-action 'self' {leave_to}; frame-ancestors 'none'; base-uri 'none'"
)
"""The policy of pages. `form-action` names the neutral site too: the form that leaves a page is redirected there."""


def is_for_people(path: str) -> bool:
    """Return whether a path is of a page for people rather than of the interface for programs.

    >>> is_for_people("/visit"), is_for_people("/v1/services"), is_for_people("/docs/style.css")
    (True, False, False)
    """
    return not path.startswith(FOR_PROGRAMS)


def headers_of(page_url: str | None) -> dict[str, str]:
    """Return the headers of every response, given the address that browsers reach the pages by.

    >>> headers_of("https://router.example.org")["Strict-Transport-Security"]
    'max-age=31536000'
    """
    return {**HEADERS, **(HTTPS_ALONE if urlsplit(page_url or "").scheme == "https" else {})}


class SecurityHeaders:
    """ASGI middleware that sets `headers_of` on each response, in place of any header of the same name set within.

    `leave_to`: the URL of the neutral site to which the button "leave" of a page leads.
    """

    def __init__(self, app: ASGIApp, leave_to: str, page_url: str | None = None) -> None:
        self._app = app
        headers, away = headers_of(page_url), urlsplit(leave_to)
        self._headers = _encode(headers)
        self._described_headers = _encode({**headers, POLICY: OWN_SCRIPT})
        self._page_headers = _encode({**headers, POLICY: PAGE.format(leave_to=f"{away.scheme}://{away.netloc}")})
        self._names = frozenset(name for name, _ in self._headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its response back with the headers."""
        ours = self._for(scope.get("path", ""))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                others = [pair for pair in message.get("headers", ()) if pair[0].lower() not in self._names]
                message = {**message, "headers": [*others, *ours]}
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)

    def _for(self, path: str) -> list[tuple[bytes, bytes]]:
        if path == DESCRIBED:
            return self._described_headers
        return self._page_headers if is_for_people(path) else self._headers


def _encode(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
