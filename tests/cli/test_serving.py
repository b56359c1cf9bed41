"""`serve` and `demo` as processes: they answer, they stop in good order, they say when a port is taken."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest
from api_builders import free_port
from command_line import CommandLine, start
from environments import PROJECT

README = PROJECT / "README.md"


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
    """After the answer, `demo` serves health and docs, with headers that keep nothing; Ctrl+C ends it with status 0.

    The token that it prints opens what the README's lines and its own ask for, each run as it stands there.
    """
    port = free_port()
    process = start(tmp_path, "demo", "--port", str(port))
    try:
        live = wait_for(f"http://127.0.0.1:{port}/health/live", process)
        ready = httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False)
        docs = httpx.get(f"http://127.0.0.1:{port}/docs", trust_env=False)
        printed = printed_by(process)
        link = re.search(rf"http://127.0.0.1:{port}/signin/\S+", printed)
        assert link is not None
        signing_in = httpx.get(link[0], trust_env=False)
        readme = README.read_text(encoding="utf-8").split("## Over HTTP")[1].split("```sh\n")[1].split("```")[0]
        statuses = run_lines(readme.replace(":8000", f":{port}"), token_in(printed), tmp_path)
        own = run_lines(printed.split("In another terminal")[1].split("\n", 1)[1], token_in(printed), tmp_path)
    finally:
        status = stop(process)

    assert status == 0
    assert live.status_code == 200
    assert ready.status_code == 200
    assert docs.status_code == 200
    assert (signing_in.status_code, signing_in.text.count('<input type="hidden" name="code"')) == (200, 1)
    assert "//" not in docs.text.replace("<!doctype html>", "").split("<body>")[0]
    for response in (live, ready, docs):
        assert response.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in response.headers["content-security-policy"]
    assert statuses == ["200"] * readme.count("curl ")
    assert own == ["200", "200"]


def printed_by(process: subprocess.Popen[bytes]) -> str:
    """Return what `demo` prints before it serves."""
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or not lines[-1].startswith("Serving"):
        line = process.stdout.readline()
        assert line, "it ended early"
        lines.append(line.decode())
    return "".join(lines[:-1])


def token_in(printed: str) -> str:
    return next(line.strip().removeprefix("TOKEN=") for line in printed.splitlines() if "TOKEN=" in line)


def run_lines(lines: str, token: str, folder: Path) -> list[str]:
    """Run lines of curl in a shell, with the token where they ask for it; return the status of each answer."""
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("there is no curl, or no bash, to run the lines with")
    quiet = r"""curl() { command curl -sS -o /dev/null -w '%{http_code}\n' "$@"; }"""
    script = f"{quiet}\nTOKEN={token}\n{lines}"
    environ = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        ["bash", "-euc", script], check=False, cwd=folder, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_taken_port_is_told(router: CommandLine) -> None:
    """A port that somebody else listens on ends in a sentence that names the way out, and status 1."""
    assert router.run("demo", "--no-serve").status == 0
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = str(listener.getsockname()[1])

        outcome = router.run("serve", "--port", port, "--database", "sqlite:///referral-router-demo.db")

    assert outcome.status == 1
    assert f"port {port}" in outcome.err
    assert "--port" in outcome.err
