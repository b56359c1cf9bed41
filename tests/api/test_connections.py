"""Bytes that no client library sends: what is no request is refused as every trouble is, and nothing waits forever."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest
from api_builders import Api, demo_profile, demo_settings, running

from service.web import connection
from service.web.connection import MAX_HEAD_SIZE
from service.web.headers import HEADERS


@contextmanager
def opened(api: Api) -> Iterator[socket.socket]:
    """A bare connection to the server."""
    url = api.client.base_url
    with socket.create_connection((url.host, url.port or 80), timeout=10) as link:
        yield link


def answer_to(api: Api, sent: bytes) -> bytes:
    """Send bytes and return what comes until the server closes, or for as long as it has something to say."""
    with opened(api) as link:
        link.sendall(sent)
        return received(link)


def received(link: socket.socket) -> bytes:
    content = b""
    link.settimeout(0.5)
    try:
        while part := link.recv(65536):
            content += part
    except (TimeoutError, ConnectionResetError):
        pass
    return content


def parted(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of a whole answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    return int(line.split()[1]), {name.lower(): value for name, _, value in (f.partition(": ") for f in fields)}, body


def request(line: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join([f"{line} HTTP/1.1", "Host: here", *headers, "", ""]).encode("latin-1") + body


LIVE = "GET /health/live"
NO_REQUESTS = {
    "noise": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 5 + b"\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "two lengths": request("POST /v1/referral-paths", "Content-Length: 1", "Content-Length: 2", body=b"{}"),
    "a length that is none": request("POST /v1/referral-paths", "Content-Length: 1x", body=b"{}"),
    "a length and chunks": request(
        "POST /v1/referral-paths", "Content-Length: 2", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"
    ),
    "a space before the colon": request(LIVE, "X-Thing : 1"),
    "a line folded": request(LIVE, "X-Thing: 1\r\n \x00folded"),
    "nul in a header": request(LIVE, "X-Thing: a\x00b"),
    "no host": LIVE.encode() + b" HTTP/1.1\r\n\r\n",
    "two hosts": request(LIVE, "Host: there"),
    "the same host twice": request(LIVE, "Host: here"),
    "two hosts in the older protocol": LIVE.encode() + b" HTTP/1.0\r\nHost: here\r\nHost: there\r\n\r\n",
    "packed and in chunks": request(
        "POST /v1/next-calls", "Transfer-Encoding: gzip, chunked", body=b"2\r\n{}\r\n0\r\n\r\n"
    ),
    "packed, then in chunks": request(
        "POST /v1/next-calls", "Transfer-Encoding: gzip", "Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n"
    ),
    "chunked twice": request(
        "POST /v1/next-calls", "Transfer-Encoding: chunked, chunked", body=b"2\r\n{}\r\n0\r\n\r\n"
    ),
    "as it is": request("POST /v1/next-calls", "Transfer-Encoding: identity", body=b"{}"),
    "a chunk of no size": request("POST /v1/next-calls", "Transfer-Encoding: chunked", body=b"zz\r\n{}\r\n0\r\n\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("sent", NO_REQUESTS.values(), ids=NO_REQUESTS)
def test_what_is_no_request_is_refused_and_cut_off(api: Api, sent: bytes) -> None:
    """One problem document with the usual headers, and the connection ends: nothing after it is read as a request."""
    status, headers, body = parted(answer_to(api, sent + request(LIVE)))

    assert status == 400
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["code"] == "malformed_request"
    assert headers["connection"] == "close"
    assert all(headers[name.lower()] == value for name, value in HEADERS.items())


TOO_LARGE = {
    "one header": request(LIVE, "X-Thing: " + "a" * MAX_HEAD_SIZE),
    "many headers": request(LIVE, *["X-Thing: " + "a" * 100] * (MAX_HEAD_SIZE // 100)),
    "the target": request(f"GET /{'a' * MAX_HEAD_SIZE}"),
}
ENDLESS = {
    "a header": b"GET / HTTP/1.1\r\nX-Thing: ",
    "a name": b"GET / HTTP/1.1\r\n",
    "a target": b"GET /",
    "after the body": request("POST /v1/next-calls", "Transfer-Encoding: chunked", body=b"1\r\n{\r\n0\r\nX-Thing: "),
}


def check_head_refused(answer: bytes) -> None:
    status, headers, body = parted(answer[answer.rindex(b"HTTP/1.1") :])
    assert (status, headers["connection"]) == (431, "close")
    assert json.loads(body)["code"] == "head_too_large"


@pytest.mark.parametrize("sent", TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_head_beyond_the_bound_is_refused(api: Api, sent: bytes) -> None:
    """Target and headers together have a bound; beyond it is a 431, and the connection ends."""
    check_head_refused(answer_to(api, sent))


@pytest.mark.parametrize("begun", ENDLESS.values(), ids=ENDLESS)
def test_a_head_without_end_is_cut_off(api: Api, begun: bytes) -> None:
    """What never becomes a header is held up to the bound and not beyond."""
    with opened(api) as link:
        link.sendall(begun)
        for _ in range(MAX_HEAD_SIZE // 1024 + 8):
            link.sendall(b"a" * 1024)
            time.sleep(0.001)  # so that it comes in pieces
        check_head_refused(received(link))


def test_a_head_within_the_bound_is_read(api: Api) -> None:
    """What a proxy may add on the way is no trouble."""
    sent = request(LIVE, "X-Thing: " + "a" * (MAX_HEAD_SIZE - 100), "Connection: close")

    assert parted(answer_to(api, sent))[0] == 200


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /health/live HTTP/1.1\r\nX-Thing: ",
        request("GET /health/live", "Content-Length: 0") + b"GET /health",
    ],
    ids=["nothing", "half a head", "half a second request"],
)
def test_a_request_that_does_not_arrive_is_not_waited_for(
    api: Api, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that dribbles is closed in the time that a whole request may take."""
    monkeypatch.setattr(connection, "ARRIVAL_S", 0.3)

    with opened(api) as link:
        link.sendall(begun)
        for _ in range(300):
            time.sleep(0.05)
            try:
                link.sendall(b"a" if begun else b"")
                link.setblocking(False)
                ended = not link.recv(65536)
            except BlockingIOError:
                ended = False
            except (ConnectionResetError, BrokenPipeError):
                ended = True
            if ended:
                break

    assert ended


def test_a_body_that_does_not_arrive_is_not_waited_for(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does half a body keep anything busy; the server says nothing of it and goes on."""
    monkeypatch.setattr(connection, "ARRIVAL_S", 0.3)
    token = api.bearer("route")["Authorization"]
    sent = request(
        "POST /v1/referral-paths", f"Authorization: {token}", "Content-Type: application/json", "Content-Length: 100"
    )

    with opened(api) as link:
        link.sendall(sent + b'{"needs"')
        answer = received(link)

    assert answer == b""
    assert api.client.get("/health/live").status_code == 200


def test_fields_after_the_body_are_no_headers(api: Api) -> None:
    """A token that comes in the trailer, past whatever looked at the headers on the way, counts for nothing."""
    token = api.bearer("route")["Authorization"].encode()
    body = json.dumps(demo_profile()).encode()
    chunks = b"%x\r\n%b\r\n0\r\nAuthorization: %b\r\n\r\n" % (len(body), body, token)
    sent = request(
        "POST /v1/referral-paths", "Content-Type: application/json", "Transfer-Encoding: chunked", body=chunks
    )

    assert parted(answer_to(api, sent))[0] == 401


def test_requests_in_one_packet_are_answered_in_order(api: Api) -> None:
    """Each as if it had come alone."""
    answer = answer_to(api, request(LIVE) + request("GET /nothing") + request("GET /docs", "Connection: close"))

    statuses = [int(part.split()[0]) for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [200, 404, 200]


def test_a_wish_for_another_protocol_is_passed_over(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    """It is answered over HTTP/1.1, and leaves no line in the log."""
    caplog.set_level(logging.INFO)
    assert parted(answer_to(api, request(LIVE, "Connection: close")))[0] == 200
    caplog.clear()  # of what the application says once, as it starts
    for wish in ("websocket", "h2c"):
        sent = request(LIVE, "Connection: Upgrade, close", f"Upgrade: {wish}", "Sec-WebSocket-Key: x")
        assert parted(answer_to(api, sent))[0] == 200

    assert caplog.text == ""


def test_head_is_answered_as_get_without_the_body(api: Api) -> None:
    """Same status and headers, no body, for pages, objects and refusals."""
    reader = api.bearer("directory:read")
    varying = ("date", "ratelimit", "x-request-id")
    for path, headers in [
        ("/health/live", {}),
        ("/docs", {}),
        ("/v1/services", reader),
        ("/v1/services", {}),
        ("/x", {}),
        ("/fhir/Organization", {}),
        ("/fhir/Organization/x", {}),
        ("/fhir/Task", {}),
    ]:
        get, head = api.client.get(path, headers=headers), api.client.head(path, headers=headers)
        assert head.status_code == get.status_code
        assert head.content == b""
        assert {k: v for k, v in head.headers.items() if k not in varying} == {
            k: v for k, v in get.headers.items() if k not in varying
        }


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/organizations/x", "GET, HEAD, PUT, DELETE"),
        ("/v1/vocabulary/a/b", "GET, HEAD, PUT, DELETE"),
        ("/v1/services", "GET, HEAD"),
        ("/v1/next-calls", "POST"),
        ("/metrics", "GET, HEAD"),
        ("/openapi.json", "GET, HEAD"),
    ],
)
@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "TRACE"])
def test_a_method_that_is_not_taken_names_all_that_are(api: Api, path: str, methods: str, method: str) -> None:
    """`Allow` lists the methods of the path, not of one of its operations; the usual headers are there."""
    response = api.client.request(method, path)

    assert response.status_code == 405
    assert response.headers["allow"] == methods
    assert response.json()["code"] == "method_not_allowed"
    assert all(response.headers[name] == value for name, value in HEADERS.items())


def test_no_header_changes_the_method_or_the_path(api: Api) -> None:
    """Overrides that some frameworks honor do nothing here."""
    reader = api.bearer("directory:read")
    tricks = {"X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/docs", "X-Rewrite-URL": "/docs", "Host": "evil"}

    response = api.client.get("/v1/services/jb-line", headers=reader | tricks)

    assert response.status_code == 200
    assert response.json()["slug"] == "jb-line"


def test_the_first_request_waits_for_nothing_that_the_next_does_not(tmp_path: Path) -> None:
    """What each router works out once is worked out before the server is ready: some fifty times a request."""

    def spent(api: Api) -> float:
        before = time.process_time()
        assert api.client.get("/health/live").status_code == 200
        return time.process_time() - before

    ratios = []
    for _ in range(3):
        with running(demo_settings(tmp_path, deliver=False)) as api:
            first, *later = [spent(api) for _ in range(20)]
            ratios.append(first / median(later))
    assert median(ratios) < 20
