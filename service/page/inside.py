"""Our own HTTP interface, asked from within: a page can do nothing that the interface refuses.

A request goes through the whole application (middleware, scopes, rates, turns) and gets the same JSON documents as one
from outside. The caller goes along as a key of the ASGI scope, which no HTTP request can set.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.deps import CALLER_KEY, JSON
from service.auth import Caller

HERE = "http://inside"
NOBODY = ("", 0)


@dataclass(frozen=True, slots=True)
class Reply:
    """What an operation answered: its status, its headers, and its JSON document (None: no JSON), or text."""

    status: int
    document: Any
    headers: Mapping[str, str]
    text: str

    @property
    def refused(self) -> bool:
        """Whether this is a problem document."""
        return self.status >= 400


@dataclass(frozen=True, slots=True)
class Inside:
    """Asks the operations of one application. `address`: host and port that the page's own request came from."""

    app: ASGIApp
    address: tuple[str, int] = NOBODY

    async def ask(
        self,
        caller: Caller | None,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Return what the operation answers to `caller`, None: to nobody known; `body` is sent as JSON, None: none."""

        async def known(scope: Scope, receive: Receive, send: Send) -> None:
            await self.app({**scope, CALLER_KEY: caller} if caller else scope, receive, send)

        content = None if body is None else json.dumps(body).encode()
        named = {"Accept": JSON, **({} if content is None else {"Content-Type": JSON}), **(headers or {})}
        transport = httpx.ASGITransport(app=known, client=self.address)
        async with httpx.AsyncClient(transport=transport, base_url=HERE, trust_env=False, timeout=None) as client:  # noqa: S113 - it goes nowhere
            response = await client.request(method, path, content=content, headers=named)
        is_json = response.headers.get("content-type", "").partition(";")[0].endswith("json")
        document = response.json() if is_json and response.content else None
        return Reply(response.status_code, document, response.headers, response.text)


def inside_of(request: Request) -> Inside:
    """Return what asks the application that a page's request came to, as if from where that came from."""
    client = request.client
    return Inside(request.app, NOBODY if client is None else (client.host, client.port))
