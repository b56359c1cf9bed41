"""The HTTP interface, asked from within the process: a page can do no more than the interface allows.

A request goes through the whole application (middleware, scopes, rates, turns) and gets the same JSON documents as a
request from outside. The caller is passed as a key of the ASGI scope, which no HTTP request can set.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.security import CALLER_KEY, Caller
from service.web.media_types import JSON

HERE = "http://inside"
NOBODY = ("", 0)


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply of an operation: its status, its headers, and its JSON document (None: not JSON) or text."""

    status: int
    document: Any
    headers: Mapping[str, str]
    text: str

    @property
    def is_refused(self) -> bool:
        """Whether the reply is a problem document.

        >>> Reply(200, {}, {}, "").is_refused, Reply(404, {"code": "not_found"}, {}, "").is_refused
        (False, True)
        """
        return self.status >= 400


@dataclass(frozen=True, slots=True)
class InternalClient:
    """A client for the operations of one application. `address`: host and port of the page's own request."""

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
        """Return the reply of an operation to `caller`, None for a visitor without a session.

        `body` is sent as JSON, None for an empty body.
        """

        async def app_for_caller(scope: Scope, receive: Receive, send: Send) -> None:
            await self.app({**scope, CALLER_KEY: caller}, receive, send)

        content = None if body is None else json.dumps(body).encode()
        headers = {"Accept": JSON, **({} if content is None else {"Content-Type": JSON}), **(headers or {})}
        transport = httpx.ASGITransport(app=app_for_caller, client=self.address)
        async with httpx.AsyncClient(transport=transport, base_url=HERE, trust_env=False, timeout=None) as client:  # noqa: S113 - it goes nowhere
            response = await client.request(method, path, content=content, headers=headers)
        is_json = response.headers.get("content-type", "").partition(";")[0].endswith("json")
        document = response.json() if is_json and response.content else None
        return Reply(response.status_code, document, response.headers, response.text)


def inside_of(request: Request) -> InternalClient:
    """Return a client for the application of a page's request, with the request's own address."""
    client = request.client
    return InternalClient(request.app, NOBODY if client is None else (client.host, client.port))
