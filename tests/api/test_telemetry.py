"""Logs, traces and counts of a served program: of what is asked, nothing is in any of them."""

from __future__ import annotations

import io
import json
import logging
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from api_builders import ADDRESS_KEY, Api, demo_profile, demo_settings, free_port
from canaries import CANARY
from environments import environment_of
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from webhook_builders import eventually

from service import logs
from service.logs import FROM_A_LIBRARY, MOST_LINES, BoundedHandler, LineFormatter, log_config
from service.settings import LogFormat, Settings

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PROGRAM = """
import sys
from service import app
from service.server import serve_until_stopped
from service.settings import Settings

build = app.create_app

def faulty(settings):
    made = build(settings)

    @made.get("/faulty/{name}")
    def fail(name):
        raise ValueError(f"the story of {name}")

    return made

import service.server
service.server.create_app = faulty
serve_until_stopped(Settings(), host="127.0.0.1", port=int(sys.argv[1]), workers=1)
"""
CARRIED = {
    "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "tracestate": f"vendor={CANARY}", "baggage": f"client={CANARY}",
    "X-Request-ID": CANARY, "User-Agent": CANARY, "Referer": f"https://{CANARY}.example/", "Cookie": f"a={CANARY}",
    "X-Forwarded-For": CANARY, "Forwarded": f"for={CANARY}", CANARY: CANARY,
}  # fmt: skip


class Collector:
    """What a collector of OpenTelemetry was sent, as bytes and read."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}"
        self.bodies: list[bytes] = []
        self.paths: set[str] = set()

    def spans(self) -> list[Any]:
        assert self.paths <= {"/v1/traces"}, "a library sends more than our traces"
        spans = []
        for body in self.bodies:
            request = ExportTraceServiceRequest.FromString(body)
            scopes = [scope for resource in request.resource_spans for scope in resource.scope_spans]
            spans += [span for scope in scopes for span in scope.spans]
        return spans


@contextmanager
def collecting() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.paths.add(self.path)
            collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(server)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def serving(settings: Settings, folder: Path, **variables: str) -> Iterator[Api]:
    """The program in a process of its own, with every variable that has it tell something."""
    port = free_port()
    environ = environment_of(
        database=settings.database, address_key=ADDRESS_KEY.get_secret_value(),
        token_key_file=str(folder / "token.key"), metrics_open="true", log_format="json",
    )  # fmt: skip
    own = settings.model_copy(update={"token_key_file": folder / "token.key"})
    with (folder / "log").open("wb") as log:
        program = [sys.executable, "-c", PROGRAM, str(port)]
        process = subprocess.Popen(program, env=environ | variables, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:

            def answers() -> bool:
                assert process.poll() is None, (folder / "log").read_text()
                try:
                    return client.get("/health/ready").status_code == 200
                except httpx.TransportError:
                    return False

            eventually(answers, within_s=90)
            yield Api(own, client)
    finally:
        process.terminate()
        process.wait(30)


def asked_with_canaries(api: Api) -> list[httpx.Response]:
    """Requests that hold the mark wherever a request can, among them ones that end in a defect."""
    profile = {**demo_profile(), "facts": {CANARY: True}}
    return [
        api.client.get(f"/faulty/{CANARY}", params={CANARY: CANARY}, headers=CARRIED),
        api.client.get(f"/{CANARY}", params={"q": CANARY}, headers=CARRIED),
        api.client.get(f"/hsds/services/{CANARY}", params={"search": CANARY}, headers=CARRIED),
        api.client.get(f"/v1/referrals/{CANARY}", headers={**CARRIED, "Authorization": f"Bearer {CANARY}"}),
        api.client.request("TRACE", f"/v1/{CANARY}", headers=CARRIED),
        api.post("/v1/referral-paths", profile, "route", headers=CARRIED),
        api.post("/v1/referral-paths", demo_profile(), "route", headers=CARRIED),
        api.post("/v1/consents/look-up", {"code": f"{CANARY} a b c"}, "consent", headers=CARRIED),
        api.client.post("/v1/grievances", content=CANARY.encode() * 20, headers=CARRIED),
    ]


def test_nothing_of_a_request_is_in_what_is_told_of_it(tmp_path: Path) -> None:
    """Logs, traces and counts name methods, routes, statuses, types of errors and ids made here.

    A trace begins here, whatever a client sends along; FastAPI's own telemetry sends nothing, though it is asked to.
    """
    settings = demo_settings(tmp_path)
    with collecting() as collector:
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200",
                     "OTEL_SERVICE_NAME": "router", "FASTAPI_OTEL_AUTO_CONFIGURE": "true"}  # fmt: skip
        with serving(settings, tmp_path, **variables) as api:
            answers = asked_with_canaries(api)
            counts = api.client.get("/metrics").text
            ids = {answer.headers["x-request-id"] for answer in answers}
            eventually(lambda: ids <= {_told(span).get("request_id") for span in collector.spans()}, within_s=60)
        spans, sent = collector.spans(), b"".join(collector.bodies)
    lines = (tmp_path / "log").read_text().splitlines()
    log = [json.loads(line) for line in lines]

    assert [answer.status_code for answer in answers[:2]] == [500, 404]
    defects = [line for line in log if line["message"] == "defect"]
    assert [(line["level"], line["error"], line["request_id"]) for line in defects] == [
        ("ERROR", "ValueError", answers[0].headers["x-request-id"])
    ]
    for text in ("\n".join(lines), sent.decode("latin-1"), counts):
        assert CANARY not in text.lower()
    assert bytes.fromhex(TRACE) not in sent
    assert {span.trace_id for span in spans}.isdisjoint({bytes.fromhex(TRACE), b""})
    assert all(span.parent_span_id == b"" for span in spans)
    names = {span.name for span in spans}
    assert {"GET /v1/referrals/{id}", "POST /v1/referral-paths", "GET unmatched", "other unmatched"} <= names, names
    attributes = {"http.request.method", "http.route", "http.response.status_code", "request_id"}
    assert {frozenset(_told(span)) for span in spans} == {frozenset(attributes)}
    assert not any(span.events or span.links or span.trace_state or span.status.message for span in spans)
    assert {scope.scope.name for body in collector.bodies
            for span in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in span.scope_spans} == {"referral-router"}  # fmt: skip


def test_a_collector_that_is_gone_holds_no_answer_up(tmp_path: Path) -> None:
    """Nor does it fill the log with what could not be sent."""
    settings = demo_settings(tmp_path)
    with serving(settings, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{free_port()}") as api:
        statuses = {api.client.get("/v1/policy/states").status_code for _ in range(50)}

    assert statuses == {200}
    assert all(line["message"] in (FROM_A_LIBRARY, "audit anchor") or line["logger"].startswith("uvicorn")
               for line in map(json.loads, (tmp_path / "log").read_text().splitlines()))  # fmt: skip


def test_malformed_requests_do_not_fill_the_log(tmp_path: Path) -> None:
    """Of bytes that are no request, and of requests that end in a defect, a minute has only so many lines."""
    many = 3 * MOST_LINES
    with serving(demo_settings(tmp_path), tmp_path) as api:
        for number in range(many):
            with socket.create_connection((api.client.base_url.host, api.client.base_url.port or 80)) as connection:
                connection.sendall(b"\x16\x03 no request\r\n\r\n")
                assert connection.recv(4096).startswith(b"HTTP/1.1 400 ")
            assert api.client.get(f"/faulty/{number}").status_code == 500
    log = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]

    lines = Counter(line["message"] for line in log if line["level"] in ("WARNING", "ERROR"))
    left_out = {line["line"]: line["left_out"] for line in log if line["message"] == "lines left out"}
    assert lines == {"Invalid HTTP request received.": MOST_LINES, "defect": MOST_LINES, "lines left out": 2}
    assert left_out == {"Invalid HTTP request received.": many - MOST_LINES, "defect": many - MOST_LINES}


def test_lines_of_a_kind_are_written_again_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what was left out is told as it ends, whoever writes; another kind has its own lines."""
    monkeypatch.setattr(logs, "COUNTED_FOR_S", 0.3)
    handler, stream = BoundedHandler(), io.StringIO()
    handler.setStream(stream)
    handler.setFormatter(LineFormatter())

    def write(error: str) -> None:
        fields = {"name": "service.x", "levelname": "WARNING", "msg": "write refused", "error": error}
        handler.handle(logging.makeLogRecord(fields))

    for _ in range(MOST_LINES + 5):
        write("Full")
    write("Locked")
    eventually(lambda: "left_out" in stream.getvalue(), within_s=30)
    write("Full")
    lines = stream.getvalue().splitlines()

    assert lines.count("WARNING: write refused error=Full") == MOST_LINES + 1
    assert lines.count("WARNING: write refused error=Locked") == 1
    assert lines.count("WARNING: lines left out of=service.x line=write refused left_out=5") == 1


@pytest.mark.parametrize("form", list(LogFormat))
def test_a_line_holds_a_message_and_named_fields(form: LogFormat) -> None:
    """Of an error its type, of a library's line its name: what they say may repeat what they were given."""
    ours = logging.makeLogRecord({"name": "service.x", "levelname": "WARNING", "msg": "write refused", "cause": "full"})
    try:
        raise ValueError(CANARY)
    except ValueError:
        failed = {"exc_info": sys.exc_info(), "msg": "it failed", "name": "uvicorn.error", "levelname": "ERROR"}
    library = {"name": "asyncio", "levelname": "ERROR", "msg": f"task of {CANARY} %s", "args": (CANARY,)}
    formatter = LineFormatter(form)

    lines = [formatter.format(record) for record in (ours, *map(logging.makeLogRecord, (failed, library)))]

    assert CANARY not in "".join(lines)
    assert all("\n" not in line for line in lines)
    if form is LogFormat.JSON:
        documents = [json.loads(line) for line in lines]
        assert [(line["message"], line["logger"], line.get("cause"), line.get("error")) for line in documents] == [
            ("write refused", "service.x", "full", None),
            ("it failed", "uvicorn.error", None, "ValueError"),
            (FROM_A_LIBRARY, "asyncio", None, None),
        ]
    else:
        assert lines[0] == "WARNING: write refused cause=full"
    assert log_config(form)["formatters"]["line"]["form"] == form


def _told(span: Any) -> dict[str, Any]:
    return {attribute.key: attribute.value.string_value or attribute.value.int_value for attribute in span.attributes}
