"""Two installations close a referral between them, by FHIR and webhooks alone; one stands behind a proxy that ends TLS.

The hospital refers to a clinic at the first. The clinic's own program is a bridge: it is told by a webhook, reads the
Task, passes the referral on at the second, where the clinic has a coalition of its own, and carries each status back.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fhir.fhir_builders import FHIR, coded, dental, transaction
from loop_builders import CLINIC, LEGAL, SENDER, Loop, coalition, loop_over, loop_settings, referral
from receivers import Authority, Received, Receiver, receiving
from webhook_builders import eventually

HOSPITAL = PLATFORM = SENDER
SCOPES = "referral directory:read webhook"


@contextmanager
def tls_proxy(tls: ssl.SSLContext) -> Iterator[ThreadingHTTPServer]:
    """A proxy that ends TLS and passes on to `target`, set later; it says whom it speaks for, as proxies do."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            host = urlsplit(self.server.target).netloc  # type: ignore[attr-defined]
            headers = {**dict(self.headers.items()), "Host": "inner.example", "X-Forwarded-For": "203.0.113.9"}
            inner = http.client.HTTPConnection(host, timeout=30)
            inner.request(self.command, self.path, body, headers)
            answer = inner.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            inner.close()

        do_GET = do_POST = do_PUT = forward  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


@dataclass
class Party:
    """An agency's program at an installation: it speaks FHIR, and is told by webhooks."""

    client: httpx.Client
    token: str
    hooks: Receiver

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        media_type = FHIR if path.startswith("/fhir") else "application/json"
        fields = {"Authorization": f"Bearer {self.token}", "Content-Type": media_type}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, path, content=None if body is None else json.dumps(body), headers=fields)

    def subscribe(self) -> None:
        body = {"url": self.hooks.url}
        response = self.call("POST", "/v1/webhook-endpoints", body)
        assert response.status_code == 201, response.text

    def read(self, resource_type: str, resource_id: str) -> dict[str, Any]:
        response = self.call("GET", f"/fhir/{resource_type}/{resource_id}")
        assert response.status_code == 200, response.text
        return dict(response.json())

    def move(self, task_id: str, **changes: Any) -> httpx.Response:
        response = self.call("GET", f"/fhir/Task/{task_id}")
        body = {**response.json(), **changes}
        return self.call("PUT", f"/fhir/Task/{task_id}", body, if_match=response.headers["etag"])

    def heard(self, event_type: str) -> Callable[[], bool]:
        return lambda: any(json.loads(request.body)["type"] == event_type for request in self.hooks.received)


@dataclass
class Bridge:
    """What the clinic runs between the two: it knows which Task of the first is which of the second."""

    first: Party
    second: Party
    pairs: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def on_first(self, request: Received) -> tuple[int, dict[str, str]]:
        """A referral came: read it, and pass it on with a profile of the clinic's own making."""
        event = json.loads(request.body)
        if event["type"] == "referral.requested":
            task_id = event["data"]["href"].rpartition("/")[2]
            service_request = self.first.read("ServiceRequest", task_id)
            need = service_request["code"]["coding"][0]["code"]
            needs = [{"type": need, "urgency": "later"}]
            passed = transaction(referral(CLINIC, ("teeth",), needs=needs, progress=True))
            sent = self.second.call("POST", "/fhir", passed, idempotency_key=task_id)
            if sent.status_code != 200:
                self.faults.append(sent.text)
                return 503, {}
            self.pairs[sent.json()["entry"][1]["resource"]["id"]] = task_id
            self._carry(task_id, {"status": "received"})
        return 204, {}

    def on_second(self, request: Received) -> tuple[int, dict[str, str]]:
        """The passed-on referral moved: carry its status, its reason and its outcome back."""
        event = json.loads(request.body)
        mine = event["data"].get("href", "").rpartition("/")[2]
        if mine in self.pairs and event["type"] != "referral.requested":
            task = self.second.read("Task", mine)
            elements = ("status", "statusReason", "output")
            self._carry(self.pairs[mine], {name: task[name] for name in elements if name in task})
        return 204, {}

    def _carry(self, task_id: str, changes: dict[str, Any]) -> None:
        moved = self.first.move(task_id, **changes)
        if moved.status_code not in (200, 409):  # events come in no promised order: what is behind already is no fault
            self.faults.append(moved.text)


@dataclass
class Two:
    """Both installations, and who speaks at them."""

    hospital: Party
    bridge: Bridge
    partner: Party
    address: str
    loops: tuple[Loop, Loop]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    authority = Authority.new()
    with ExitStack() as opened:
        for name in ("first", "second", "tls"):
            (tmp_path / name).mkdir()
        proxy = opened.enter_context(tls_proxy(authority.server(tmp_path / "tls", "localhost")))
        address = f"https://localhost:{proxy.server_address[1]}"
        loops = []
        for name, more in (("first", {"page_url": address, "trusted_proxies": "127.0.0.0/8"}), ("second", {})):
            folder = tmp_path / name
            hooks = {"deliver": True, "webhook_networks": "127.0.0.0/8", "webhook_http": True}
            settings = loop_settings(f"sqlite:///{folder / 'router.db'}", folder, **hooks, **more)
            loops.append(opened.enter_context(loop_over(settings, coalition())))
        first, second = loops
        proxy.target = str(first.client.base_url)  # type: ignore[attr-defined]
        through = opened.enter_context(httpx.Client(base_url=address, verify=authority.trusted(), trust_env=False))

        def party(loop: Loop, client: httpx.Client, organization: str) -> Party:
            return Party(client, loop.token(organization, SCOPES), opened.enter_context(receiving()))

        hospital = party(first, through, HOSPITAL)
        bridge = Bridge(party(first, through, CLINIC), party(second, second.client, PLATFORM))
        partner = party(second, second.client, CLINIC)
        bridge.first.hooks.answer = bridge.on_first
        bridge.second.hooks.answer = bridge.on_second
        for member in (hospital, bridge.first, bridge.second, partner):
            member.subscribe()
        yield Two(hospital, bridge, partner, address, (first, second))


def test_the_loop_is_closed_across_both(two: Two) -> None:
    """Sent at the first, accepted and completed at the second, read by the hospital; nobody names the client."""
    sent = two.hospital.call("POST", "/fhir", dental(progress=True), idempotency_key="visit-1")
    assert sent.status_code == 200, sent.text
    assert sent.json()["entry"][1]["fullUrl"].startswith(f"{two.address}/fhir/Task/")
    task = sent.json()["entry"][1]["resource"]

    eventually(two.partner.heard("referral.requested"))
    eventually(two.hospital.heard("referral.received"))
    event = next(json.loads(party.body) for party in two.partner.hooks.received)
    passed = event["data"]["href"].rpartition("/")[2]
    assert two.bridge.pairs == {passed: task["id"]}

    assert two.partner.move(passed, status="accepted").status_code == 200
    eventually(two.hospital.heard("referral.accepted"))
    assert two.hospital.read("Task", task["id"])["status"] == "accepted"
    done = {"type": coded("outcome", "outcome"), "valueCodeableConcept": coded("outcome", "served")}
    assert two.partner.move(passed, status="completed", output=[done]).status_code == 200
    eventually(two.hospital.heard("referral.completed"))

    closed = two.hospital.read("Task", task["id"])
    assert (closed["status"], closed["output"]) == ("completed", [done])
    assert two.hospital.read("ServiceRequest", task["id"])["status"] == "completed"
    assert two.bridge.faults == []
    for party in (two.hospital, two.bridge.first, two.bridge.second, two.partner):
        for hook in party.hooks.received:
            assert json.loads(hook.body)["data"].keys() <= {"id", "href", "by"}


def test_a_decline_and_a_page_go_through_the_proxy(two: Two) -> None:
    """A no is carried back with the reason that a sender reads; a page's next address is the proxy's."""
    sent = [two.hospital.call("POST", "/fhir", dental(progress=True), idempotency_key=key) for key in "ab"]
    tasks = [response.json()["entry"][1]["resource"]["id"] for response in sent]
    eventually(lambda: len(two.bridge.pairs) == 2)
    first = next(mine for mine, theirs in two.bridge.pairs.items() if theirs == tasks[0])

    moved = two.partner.move(first, status="rejected", statusReason=coded("reason", "full"))

    assert moved.status_code == 200, moved.text
    eventually(two.hospital.heard("referral.declined"))
    assert two.hospital.read("Task", tasks[0])["statusReason"] == coded("reason", "full")
    page = two.hospital.call("GET", "/fhir/Task?_count=1").json()
    following = next(link["url"] for link in page["link"] if link["relation"] == "next")
    assert following.startswith(f"{two.address}/fhir/Task?")
    second = two.hospital.call("GET", following).json()
    assert {page["entry"][0]["resource"]["id"], second["entry"][0]["resource"]["id"]} == set(tasks)
    assert two.hospital.call("GET", f"/fhir/Task/{first}").status_code == 404
    assert two.loops[0].view(tasks[1], LEGAL).status_code == 404
