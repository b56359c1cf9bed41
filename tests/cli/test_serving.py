"""`serve` and `demo` as processes: they answer, they stop in good order, they say when a port is taken."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
from command_line import CommandLine, start


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes]) -> httpx.Response:
    """Return the first answer of a server that is starting, which may take long where much else runs."""
    with httpx.Client(trust_env=False, timeout=60) as client:
        for _ in range(600):
            assert process.poll() is None, process.communicate()
            try:
                return client.get(url)
            except httpx.TransportError:
                time.sleep(0.25)
    raise AssertionError("the server did not come up")


def stop(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    return process.returncode


def test_the_demo_serves_until_it_is_stopped(tmp_path: Path) -> None:
    """After the answer, `demo` serves health and docs, with headers that keep nothing; Ctrl+C ends it with status 0."""
    port = free_port()
    process = start(tmp_path, "demo", "--port", str(port))
    try:
        live = wait_for(f"http://127.0.0.1:{port}/health/live", process)
        ready = httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False)
        docs = httpx.get(f"http://127.0.0.1:{port}/docs", trust_env=False)
    finally:
        status = stop(process)

    assert status == 0
    assert live.status_code == 200
    assert ready.status_code == 200
    assert docs.status_code == 200
    assert "//" not in docs.text.replace("<!doctype html>", "").split("<body>")[0]
    for response in (live, ready, docs):
        assert response.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in response.headers["content-security-policy"]


def test_a_taken_port_is_told(router: CommandLine) -> None:
    """A port that somebody else listens on ends in a sentence that names the way out, and status 1."""
    assert router.run("demo", "--no-serve").status == 0
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        outcome = router.run("serve", "--port", port, "--database", "sqlite:///referral-router-demo.db")

    assert outcome.status == 1
    assert f"port {port}" in outcome.err
    assert "--port" in outcome.err
