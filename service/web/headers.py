"""Headers that every response carries: nothing is stored, framed, sniffed, or loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

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
PAGE_WITH_SCRIPT = "/docs"
"""The one page that runs a script, our own, which asks this server alone."""
OWN_SCRIPT = f"{NOTHING_FROM_ELSEWHERE}; script-src 'self'; connect-src 'self'"


class SecurityHeaders:
    """ASGI middleware that sets `HEADERS` on each response, in place of the same header set within."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = _encoded(HEADERS)
        self._page_headers = _encoded({**HEADERS, POLICY: OWN_SCRIPT})
        self._names = frozenset(name for name, _ in self._headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its response back with the headers."""
        ours = self._page_headers if scope.get("path") == PAGE_WITH_SCRIPT else self._headers

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                others = [pair for pair in message.get("headers", ()) if pair[0].lower() not in self._names]
                message = {**message, "headers": [*others, *ours]}
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
