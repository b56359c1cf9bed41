"""Traces of requests, sent by OpenTelemetry where its usual variables say so; nothing of a request but its route.

A trace begins here: what a client or a proxy sends along (`traceparent`, `tracestate`, `baggage`) is never read, since
any text could stand in it. FastAPI's own telemetry is off: it takes all of them, and writes down paths, queries and the
words of errors.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from service.i18n import setup
from service.logs import REQUEST
from service.web.metrics import METHODS, ResponseRecorder, route_of

OFF: Mapping[str, Any] = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI's settings under which it sends nothing."""
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")

log = logging.getLogger(__name__)


def is_wanted() -> bool:
    """Say whether the variables of OpenTelemetry ask for traces: they name an endpoint, and switch nothing off."""
    has_endpoint = any(os.environ.get(name) for name in ENDPOINTS)
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return has_endpoint and not off and os.environ.get("OTEL_TRACES_EXPORTER", "otlp") == "otlp"


class Traces:
    """What sends the traces of one process, begun at its start; nothing, where nobody asks for them."""

    def __init__(self) -> None:
        self._provider: Any = None
        self.tracer: Any = None

    def start(self) -> None:
        """Begin to send, in threads of the library's own: no answer waits for a collector."""
        if not is_wanted():
            return
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - an extra, and rarely wanted
            from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        except ImportError:
            log.warning(setup.NO_OPENTELEMETRY)
            return
        self._provider = TracerProvider()  # ours alone: made known to libraries, each would add what it sees
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self.tracer = self._provider.get_tracer("referral-router")

    def stop(self) -> None:
        """Send what waits, and end."""
        if self._provider is not None:
            self._provider.shutdown()


class Trace:
    """ASGI middleware that makes each request a trace: its method, route and status, and the id given to it here."""

    def __init__(self, app: ASGIApp, traces: Traces) -> None:
        self._app = app
        self._traces = traces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and end its trace with it."""
        tracer = self._traces.tracer
        if scope["type"] != "http" or tracer is None:
            await self._app(scope, receive, send)
            return
        from opentelemetry.context import Context  # noqa: PLC0415 - there, since a tracer is
        from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415

        method, answer = scope["method"] if scope["method"] in METHODS else "other", ResponseRecorder(send)
        span = tracer.start_span(method, context=Context(), kind=SpanKind.SERVER)
        try:
            await self._app(scope, receive, answer)
        finally:
            route = route_of(scope)
            span.update_name(f"{method} {route}")
            attributes = {
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": answer.status,
            }
            span.set_attributes({**attributes, "request_id": REQUEST.get() or ""})
            if answer.status >= 500:
                span.set_status(StatusCode.ERROR)
            span.end()
