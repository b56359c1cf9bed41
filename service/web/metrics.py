"""Counts for operators, in Prometheus' text form. No label names a person, a token or a value.

Labels come from closed lists: existing methods, routes as written in the program, and status numbers.
"""

from __future__ import annotations

import os
from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import suppress
from math import inf, nan
from pathlib import Path
from threading import Lock
from time import monotonic, perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.database import counters
from service.web.media_types import EVENT_STREAM

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
MOVES_STEP = 10
"""Moves of referrals are counted up in steps of this size: a watcher of the figure learns of no single move."""
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that has prometheus-client keep counts in files of a folder, where several processes count together.

It is set before a process imports prometheus-client. What a process counted stays in its file when the process ends.
"""
_MOVES, _AGE = "referral_router_referral_moves", "referral_router_snapshot_age_seconds"


class Metrics:
    """The counts of one application, of all its processes together. Safe to share between threads."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = self._counter("referral_router_requests", "Requests answered.", "method", "route", "status")
        self._seconds = Histogram(
            "referral_router_request_seconds",
            "Time to answer, seconds.",
            ("route",),
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._version = self._gauge(
            "referral_router_directory_version", "Directory version served by every process; 0: none.", "livemin"
        )
        self._ready = self._gauge("referral_router_ready", "1 if every process is ready, else 0.", "livemin")
        self._behind = self._gauge(
            "referral_router_database_newer", "1 if a newer program has added to the database, else 0.", "livemax"
        )
        self._seen = self._gauge(
            _AGE, "Time since every process had last seen that the version served is the store's.", "livemin"
        )
        self._depth = self._gauge(
            "referral_router_delivery_queue",
            "Events and deliveries that wait, in all processes together.",
            "livemostrecent",
        )
        self._lag = self._gauge(
            "referral_router_delivery_lag_seconds",
            "Time since the first of what could be delivered now became due.",
            "livemostrecent",
        )
        self._acts = {
            counters.FAILURES: self._counter(
                "referral_router_delivery_failures", "Attempts of deliveries that failed.", "class"
            ),
            counters.MOVES: self._counter(_MOVES, f"Moves of referrals, in steps of {MOVES_STEP}.", "status"),
            counters.REFUSED_WRITES: self._counter(
                "referral_router_refused_writes", "Writes that the database refused.", "cause"
            ),
        }
        self._counted: Tally[tuple[str, str]] = Tally()
        self._counting = Lock()
        self._gauge(
            "referral_router_start_time_seconds", "When counting began, seconds since 1970.", "min"
        ).set_to_current_time()

    def note(self, method: str, route: str, status: int, seconds: float | None) -> None:
        """Count one answered request; `seconds` None: how long it took says nothing of how soon it was answered."""
        self._requests.labels(method if method in METHODS else "other", route, str(status)).inc()
        if seconds is not None:
            self._seconds.labels(route).observe(seconds)

    def note_state(self, version: int, *, ready: bool, is_behind: bool, as_of: float | None) -> None:
        """Note the directory version of this process, when it was seen to be the newest, and the acts since last time.

        `version` 0: none. `is_behind`: a newer program has added to the database. `as_of`: by `time.monotonic`; None:
        not yet.
        """
        self._version.set(version)
        self._ready.set(1 if ready else 0)
        self._behind.set(1 if is_behind else 0)
        self._seen.set(-inf if as_of is None else as_of)
        with self._counting:
            for act, counter in self._acts.items():
                for label, many in counters.totals(act).items():
                    counter.labels(label).inc(many - self._counted[act, label])
                    self._counted[act, label] = many

    def text(self, depth: float, lag_s: float) -> bytes:
        """Return every count, with the depth of the queue of deliveries and its lag in seconds; nan: unknown."""
        self._depth.set(depth)
        self._lag.set(lag_s)
        registry = CollectorRegistry()
        registry.register(_Together(_of_all_processes() or self._registry))
        return generate_latest(registry)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, registry=self._registry)

    def _gauge(self, name: str, about: str, mode: str) -> Gauge:
        """Return a gauge; `mode`: how the gauges of several processes become one, in prometheus-client's words."""
        return Gauge(name, about, registry=self._registry, multiprocess_mode=mode)  # type: ignore[arg-type]


class _Together(Collector):
    """The counts of `source` as metrics show them: moves of referrals in steps, and an age in the place of a moment."""

    def __init__(self, source: Collector | CollectorRegistry) -> None:
        self._source = source

    def collect(self) -> Iterator[Metric]:
        """Yield each count, by name."""
        for metric in sorted(self._source.collect(), key=lambda metric: metric.name):
            if metric.name == _MOVES:
                metric.samples = [
                    sample._replace(value=sample.value - sample.value % MOVES_STEP)
                    for sample in metric.samples
                    if sample.name.endswith("_total")
                ]
            if metric.name == _AGE:
                metric.samples = [sample._replace(value=_age(sample.value)) for sample in metric.samples]
            yield metric


def _age(seen_at: float) -> float:
    """Return the time since a moment by `time.monotonic`, the same clock in every process; nan: no such moment yet."""
    return monotonic() - seen_at if seen_at > 0 else nan


def _of_all_processes() -> MultiProcessCollector | None:
    """Return the counts of all processes; gauges of a process that has ended are left out."""
    if (folder := os.environ.get(SHARED_FOLDER)) is None:
        return None
    for pid in {file.stem.rpartition("_")[2] for file in Path(folder).glob("gauge_live*.db")}:
        if not _is_running(int(pid)):
            with suppress(FileNotFoundError):  # another process does the same
                mark_process_dead(pid)  # type: ignore[no-untyped-call]
    return MultiProcessCollector(None)  # type: ignore[no-untyped-call]


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


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
        start, answer = perf_counter(), ResponseRecorder(send)
        try:
            await self._app(scope, receive, answer)
        finally:
            took = None if answer.is_stream else perf_counter() - start
            self._metrics.note(scope["method"], route_of(scope), answer.status, took)


class ResponseRecorder:
    """Sends an answer on, and keeps its status, 500 until there is another, and whether it is a stream of events."""

    def __init__(self, send: Send) -> None:
        self._send, self.status, self.is_stream = send, 500, False

    async def __call__(self, message: Message) -> None:
        """Send a part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.is_stream = Headers(raw=message["headers"]).get("content-type", "").startswith(EVENT_STREAM)
        await self._send(message)


def route_of(scope: Scope) -> str:
    """Return the route of a request as the program writes it, never the real path; `unmatched` without a route.

    >>> route_of({"path": "/v1/services/harbor-house"})
    'unmatched'
    """
    template = getattr(scope.get("route"), "path_format", None)
    if template is None:
        return "unmatched"
    return f"/v1{template}" if scope["path"].startswith("/v1/") and not template.startswith("/v1/") else str(template)
