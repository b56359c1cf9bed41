"""What a client says passes the proxy and the processes in memory: no temporary file, no core file, no swap."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api_builders import demo_profile
from deployment import COMPOSE, PROXY, UNIT, Parts

from service.settings import Settings

LARGEST = json.dumps(demo_profile()).encode().ljust(Settings.model_fields["max_body_size"].default)
WATCHED_S = 1.0


def test_a_slow_body_and_the_largest_are_no_file(parts: Parts, tmp_path: Path) -> None:
    """Of a known length, in small chunks, and by HTTP/2: looked at before the last byte, and while a body comes in."""
    chunks = b"".join(b"3\r\n" + LARGEST[at : at + 3] + b"\r\n" for at in range(0, len(LARGEST) - 1, 3))
    for size, sent in (
        (f"Content-Length: {len(LARGEST)}", LARGEST),
        ("Transfer-Encoding: chunked", chunks + b"1\r\n \r\n0\r\n\r\n"),
    ):
        with connected(parts) as connection:
            connection.sendall(head_of(parts, size) + sent[:-1])
            assert set(files_of_proxy(parts)) == set()
            connection.sendall(sent[-1:])
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")

    (tmp_path / "body").write_bytes(LARGEST)
    headers = [f"-H{name}: {value}" for name, value in headers_of(parts).items()]
    slow = subprocess.Popen(
        ["curl", "--silent", "--http2", "--limit-rate", "100k", "--cacert", parts.certificate, "--write-out",
         "%{http_version} %{http_code}", "--output", tmp_path / "answer", "--data-binary", f"@{tmp_path}/body",
         *headers, f"{parts.api.client.base_url}/v1/referral-paths"],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert set(files_of_proxy(parts)) == set()
    assert slow.communicate(timeout=60)[0] == b"2 200"


def test_answers_that_nobody_takes_are_no_file(parts: Parts) -> None:
    """More at once than the kernel's buffers hold, to a client that reads nothing for a while."""
    many = 8
    with connected(parts, receives=4096) as connection:
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * many)
        assert set(files_of_proxy(parts)) == set()
        answers, size = b"", len(parts.api.client.get("/openapi.json").content)
        while len(answers) < many * size and (more := connection.recv(65_536)):
            answers += more

    assert answers.count(b"HTTP/1.1 200 ") == many


def test_no_process_writes_a_core_file_or_is_swapped_out(parts: Parts) -> None:
    """By the limits that the kernel says, of the database, the program and the proxy, their workers included."""
    limits = parts.core_limits().values()
    services = COMPOSE["services"].values()

    assert {name for name, _ in limits} >= {"nginx", "postgres"}
    assert {most for _, most in limits} == {"0"}
    assert {service["ulimits"]["core"] for service in services} == {0}
    assert all(service["mem_limit"] and service["mem_limit"] == service["memswap_limit"] for service in services)
    assert (UNIT["LimitCORE"], UNIT["MemorySwapMax"]) == (["0"], ["0"])
    assert COMPOSE["services"]["proxy"]["read_only"]


def head_of(parts: Parts, size: str) -> bytes:
    lines = [f"{name}: {value}" for name, value in headers_of(parts).items()]
    return "\r\n".join(["POST /v1/referral-paths HTTP/1.1", "Host: localhost", *lines, size, "\r\n"]).encode()


def headers_of(parts: Parts) -> dict[str, str]:
    return parts.api.bearer("route") | {"Content-Type": "application/json"}


@contextmanager
def connected(parts: Parts, receives: int | None = None) -> Iterator[ssl.SSLSocket]:
    """Connect to the proxy by TLS. `receives`: so many bytes are taken in before they are read."""
    with socket.socket() as bare:
        bare.settimeout(60)
        if receives is not None:
            bare.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
        bare.connect((PROXY, parts.api.client.base_url.port))
        context = ssl.create_default_context(cafile=parts.certificate)
        with context.wrap_socket(bare, server_hostname="localhost") as connection:
            yield connection


def files_of_proxy(parts: Parts) -> Iterator[str]:
    """Look for a second at what the proxy has below its folder, or has open though it is deleted, and yield it."""
    home = next(place / "proxy" for place in parts.places if (place / "proxy").is_dir())
    own = {"nginx.conf", "nginx.pid", "proxy.log", "certificate", "certificate_key"}
    processes = [process for process, name in parts.processes().items() if name == "nginx"]
    assert len(processes) > 1
    until = time.monotonic() + WATCHED_S
    while time.monotonic() < until:
        yield from (str(file) for file in home.rglob("*") if file.is_file() and file.name not in own)
        for process in processes:
            for link in Path(f"/proc/{process}/fd").iterdir():
                try:
                    target = str(link.readlink())
                except OSError:  # closed meanwhile
                    continue
                if target.endswith("(deleted)") or (target.startswith(str(home)) and Path(target).name not in own):
                    yield target
        time.sleep(0.05)
