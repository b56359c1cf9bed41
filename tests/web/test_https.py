"""`Strict-Transport-Security`: on every answer where the pages are reached by https, and on none elsewhere."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from api_builders import Api, demo_settings, running

NAME = "strict-transport-security"
ASKED = [
    ("GET", "/signin"), ("GET", "/"), ("GET", "/page.js"), ("POST", "/leave"), ("GET", "/locked"), ("GET", "/docs"),
    ("GET", "/health/live"), ("HEAD", "/health/ready"), ("GET", "/v1/services"), ("GET", "/hsds/"), ("GET", "/nothing"),
    ("DELETE", "/docs"), ("POST", "/v1/grievances"), ("GET", "/openapi.json"), ("GET", "/metrics"),
]  # fmt: skip


def of_malformed_bytes(api: Api) -> bytes:
    """The answer to what is no request: it is written outside of the application."""
    with socket.create_connection(("127.0.0.1", api.client.base_url.port or 80), timeout=10) as link:
        link.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        content = b""
        while part := link.recv(65536):
            content += part
    return content.lower()


@pytest.mark.parametrize(
    ("page_url", "is_sent"),
    [
        ("https://router.example.org", True),
        ("HTTPS://router.example.org", True),
        ("http://127.0.0.1:8000", False),
        (None, False),
    ],
)
def test_https_alone_is_asked_for_where_it_is_served(tmp_path: Path, page_url: str | None, *, is_sent: bool) -> None:
    """Answers, pages, refusals, what is too large, and what is no request."""
    with running(demo_settings(tmp_path, page_url=page_url, deliver=False)) as api:
        answers = [api.client.request(method, path, headers={"Host": "router.example.org"}) for method, path in ASKED]
        answers.append(api.client.post("/v1/next-calls", content=b"a" * 300_000))
        bare = of_malformed_bytes(api)

    assert {answer.headers.get(NAME) for answer in answers} == ({"max-age=31536000"} if is_sent else {None})
    assert (NAME.encode() in bare) == is_sent
    assert bare.startswith(b"http/1.1 400")
