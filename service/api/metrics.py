"""Counts for operators, in Prometheus' text form. No label names a person, a token or a value.

Labels come from closed lists: existing methods, routes as written in the program, and status numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import nan
from time import monotonic, perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.serving.snapshots import Snapshots
from service.usecases import count_work

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
MOVES_STEP = 10
"""Moves of referrals are counted up in steps of this size: a watcher of the figure learns of no single move."""
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """The counts of one application. Safe to share between threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "referral_router_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "referral_router_request_seconds",
            "Time to answer, seconds.",
            ("route",),
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self._version = Gauge(
            "referral_router_directory_version",
            "Directory version served; 0: none.",
            registry=self.registry,
        )
        self._ready = Gauge("referral_router_ready", "1 if ready, else 0.", registry=self.registry)
        self._age = Gauge(
            "referral_router_snapshot_age_seconds",
            "Time since the version served was last seen to be what the store holds.",
            registry=self.registry,
        )
        self._depth = Gauge(
            "referral_router_delivery_queue",
            "Events and deliveries that wait, in all processes together.",
            registry=self.registry,
        )
        self._lag = Gauge(
            "referral_router_delivery_lag_seconds",
            "Time since the first of what could be delivered now became due.",
            registry=self.registry,
        )
        self.registry.register(_Totals())
        started = Gauge(
            "referral_router_start_time_seconds",
            "When this process began to answer, seconds since 1970. Each process counts for itself.",
            registry=self.registry,
        )
        started.set_to_current_time()

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests.labels(method if method in METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self, snapshots: Snapshots) -> bytes:
        """Return every count, with the version served now."""
        state = snapshots.state
        self._version.set(state.served.directory_version if state.served else 0)
        self._ready.set(1 if state.ready else 0)
        self._age.set(nan if state.as_of is None else monotonic() - state.as_of)
        queue = count_work.queue_of(snapshots.database)
        self._depth.set(queue.depth if queue else nan)
        self._lag.set(queue.lag_s if queue else nan)
        return generate_latest(self.registry)


class _Totals(Collector):
    """Counts of this process from the places where the work is done."""

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield failed attempts by class, and moves of referrals by the new status."""
        failures = CounterMetricFamily(
            "referral_router_delivery_failures", "Attempts of deliveries that failed.", labels=("class",)
        )
        for label, many in sorted(count_work.failed_attempts().items()):
            failures.add_metric((label,), many)
        moves = CounterMetricFamily(
            "referral_router_referral_moves", f"Moves of referrals, in steps of {MOVES_STEP}.", labels=("status",)
        )
        for label, many in sorted(count_work.referral_moves().items()):
            moves.add_metric((label,), many - many % MOVES_STEP)
        yield from (failures, moves)


class Measure:
    """ASGI middleware that notes the method, route, status and time of every request, and no more."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note its status and time."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = perf_counter(), 500

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            self._metrics.note(scope["method"], route_of(scope), status, perf_counter() - started)


def route_of(scope: Scope) -> str:
    """Return the route of a request as the program writes it, never the real path; `unmatched` without a route.

    >>> route_of({"path": "/v1/services/harbor-house"})
    'unmatched'
    """
    template = getattr(scope.get("route"), "path_format", None)
    if template is None:
        return "unmatched"
    return f"/v1{template}" if scope["path"].startswith("/v1/") and not template.startswith("/v1/") else str(template)
