"""Steps for every request, on any path. Plain ASGI: no middleware here holds a response back or copies one."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.logs import REQUEST
from service.web.problems import problem
from service.web.rates import RequestsLeft

CLOSE = {"Connection": "close"}
COUNTED_TOGETHER = ("/look-up", "/withdrawal", "/v1/consent-withdrawals")
MOST_THROWN_AWAY = 64 * 1024 * 1024
"""Bytes of a refused body that are still read, at most."""
MOST_THROWN_AWAY_S = 10.0

log = logging.getLogger(__name__)


class RequestId:
    """Gives each request an id made here, in `X-Request-ID` and in each line of the log that is written for it.

    A client's own id is not taken: it could hold any text, and would end in the log.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on under its new id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = str(uuid4())
        header = (b"x-request-id", request_id.encode("ascii"))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), header]}
            await send(message)

        token = REQUEST.set(request_id)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            REQUEST.reset(token)


class RateFields:
    """Adds the fields RateLimit and RateLimit-Policy of HTTP to the answer to a token that has a limit of its own.

    Not where codes are tried or a consent is withdrawn: those are counted together with others' tries.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; `scope["state"]["allowance"]` is set by whatever counts it."""
        if scope["type"] != "http" or scope["path"].endswith(COUNTED_TOGETHER):
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def send_with_fields(message: Message) -> None:
            allowance: RequestsLeft | None = state.get("allowance")
            if message["type"] == "http.response.start" and allowance is not None:
                message = {**message, "headers": [*message.get("headers", ()), *allowance.fields()]}
            await send(message)

        await self._app(scope, receive, send_with_fields)


class ServerErrorMiddleware:
    """Answers every unexpected error with a bare 500, and logs the place of the error without its message.

    The message, and the values in play, may hold parts of the request. `answer` gives the response to a request's
    scope.
    """

    def __init__(self, app: ASGIApp, answer: Callable[[Scope], Response] | None = None) -> None:
        self._app = app
        self._answer = answer or (lambda scope: problem("internal_error").response(Request(scope)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and answer in place of a failing application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except ClientDisconnect:  # no client is left to answer
            return
        except Exception as error:
            error_type, places = type(error).__name__, _places(error)
        else:
            return
        log.error("defect", extra={"error": error_type, "places": places})
        if started:  # too late for another status: end the connection, so that half an answer does not pass for whole
            raise BrokenAnswer
        await self._answer(scope)(scope, receive, send)


class BrokenAnswer(Exception):
    """An answer broke off half-way; the server closes the connection. The reason is only in the log."""


def _places(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames[-8:]))


class HeadMiddleware:
    """Answers HEAD like GET, without the body (RFC 9110, section 9.3.2); a stream ends before it begins."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, HEAD as GET."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        is_over = False

        async def send_no_body(message: Message) -> None:
            nonlocal is_over
            if message["type"] != "http.response.body":
                await send(message)
            elif not is_over:
                is_over = True
                await send({"type": "http.response.body"})  # the last of it, so that a stream finds nobody there

        get_scope = {**scope, "method": "GET"}
        try:
            await self._app(get_scope, receive, send_no_body)
        finally:
            scope["route"] = get_scope.get("route")  # where the request is counted


class BodyLimit:
    """Refuses a body of more than `most` bytes: at once for a declared length, else once the bytes have come.

    The refusal stays readable: a connection closed while the client still sends is reset, and the client sees the reset
    instead of the answer. So the rest of the body is read and thrown away, up to a bound, before the end.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count the bytes read of its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._declared_size(scope) > self._most:
            refusal = problem("body_too_large", headers=CLOSE).response(Request(scope))
            await refusal(scope, receive, _AfterTheRest(receive, send))
            return
        size = 0
        refused = False

        async def receive_and_count() -> Message:
            nonlocal size, refused
            message = await receive()
            size += len(message.get("body", b""))
            if size > self._most:
                refused = message.get("more_body", False)
                raise HTTPException(413, headers=CLOSE)
            return message

        async def send_whole(message: Message) -> None:
            await (_AfterTheRest(receive, send) if refused else send)(message)

        await self._app(scope, receive_and_count, send_whole)

    @staticmethod
    def _declared_size(scope: Scope) -> int:
        lengths = [value for name, value in scope["headers"] if name == b"content-length"]
        return max((int(value[:20]) for value in lengths if value.isdigit()), default=0)


class _AfterTheRest:
    """Sends an answer, and holds back its end until the client has sent the rest of its body, or too many bytes."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] != "http.response.body" or message.get("more_body", False):
            await self._send(message)
            return
        await self._send({**message, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(MOST_THROWN_AWAY_S):
                await self._throw_away()
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _throw_away(self) -> None:
        bytes_left, more = MOST_THROWN_AWAY, True
        while more and bytes_left > 0:
            message = await self._receive()
            bytes_left -= len(message.get("body", b""))
            more = message["type"] == "http.request" and message.get("more_body", False)
