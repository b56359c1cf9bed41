"""Reading by the scripts of other sites' pages (CORS): what is open by any, the rest by the sites of a setting."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from service.web.headers import is_for_people

OPEN_READS = ("/openapi.json", "/v1/coalition/guide", "/v1/keys", "/v1/policy/states")
"""Paths of the interface that answer without a token; `/hsds` and `/fhir` are more where the directory is open."""
SENT = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match")
SHOWN = ("ETag", "Idempotency-Replayed", "Link", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID")


class CrossOrigin:
    """Adds the headers of CORS. Never on a page for people: its session is a cookie, and no other site's matter.

    `origins`: the sites that may send a bearer token, such as `https://app.example.org`.
    """

    def __init__(self, app: ASGIApp, *, hsds_open: bool, origins: Collection[str]) -> None:
        self._app = app
        self._origins = origins
        self._open_reads = (*OPEN_READS, "/hsds/", "/fhir/") if hsds_open else OPEN_READS
        self._open = CORSMiddleware(app, ("*",), ("GET", "HEAD"), ("If-None-Match",), expose_headers=SHOWN)
        self._named = CORSMiddleware(
            app, origins, ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"), SENT, expose_headers=SHOWN
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, in the way that its origin and path ask for."""
        app = self._app
        if scope["type"] == "http" and not is_for_people(scope["path"]):
            if Headers(scope=scope).get("origin") in self._origins:
                app = self._named
            elif scope["path"].startswith(self._open_reads):
                app = self._open
        await app(scope, receive, send)
