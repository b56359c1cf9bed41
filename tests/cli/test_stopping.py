"""A server that is told to stop ends within ten seconds, whatever it is at work on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from api_builders import EVERY_SCOPE, demo_settings, free_port
from command_line import environment, start
from test_serving import wait_for
from worst_bodies import ATTACKER, worst_profiles

from service.security import build_caller, issue_token

ENDS_WITHIN_S = 10
TESTS = Path(__file__).parents[1]


def stop(process: subprocess.Popen[bytes]) -> float:
    """Send the signal by which services are stopped; return the seconds until the end, which is no failure."""
    start = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    assert process.returncode == 0
    return time.monotonic() - start


def ask(url: str, **request: object) -> None:
    with suppress(httpx.TransportError), httpx.Client(trust_env=False, timeout=120) as client:
        client.request(url=url, **{"method": "GET", **request})  # type: ignore[arg-type]


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.at_length), 2])
def test_a_thread_that_nobody_can_interrupt_keeps_no_process_alive(workers: int) -> None:
    """Four requests in threads that sleep for a minute: the process, and each of two, ends all the same."""
    port = free_port()
    path = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    command = [sys.executable, "-m", "stuck_app", str(port), str(workers)]
    process = subprocess.Popen(
        command, env=environment() | {"PYTHONPATH": path}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with ThreadPoolExecutor(4) as pool:
        try:
            wait_for(f"http://127.0.0.1:{port}/", process)
            for _ in range(4):
                pool.submit(ask, f"http://127.0.0.1:{port}/stuck")
            time.sleep(1)
            assert stop(process) < ENDS_WITHIN_S
        finally:
            process.kill()
            process.communicate()


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.at_length), 2])
def test_a_server_at_the_worst_work_stops_in_time(tmp_path: Path, workers: int) -> None:
    """Forty of the worst profiles, and maps and coverage of the demo, are under way when the signal comes."""
    settings, port = demo_settings(tmp_path), free_port()
    limits = {"address_key": "b" * 43 + "=", "rate_limit": "1000000/minute"}
    arguments = ("--port", str(port), "--workers", str(workers), "--database", settings.database)
    process = start(tmp_path, "serve", *arguments, **limits)
    caller = build_caller(organization=ATTACKER, scopes=EVERY_SCOPE)
    headers = {"Authorization": f"Bearer {issue_token(settings, caller, ttl=timedelta(hours=1))}"}
    posted = headers | {"Content-Type": "application/json"}
    with ThreadPoolExecutor(60) as pool:
        try:
            wait_for(f"http://127.0.0.1:{port}/health/ready", process)
            for body in worst_profiles() * 4:
                request = {"method": "POST", "content": json.dumps(json.loads(body)).encode(), "headers": posted}
                pool.submit(ask, f"http://127.0.0.1:{port}/v1/referral-paths", **request)
            for path in ("/v1/coalition/map", "/v1/coverage") * 5:
                pool.submit(ask, f"http://127.0.0.1:{port}{path}", headers=headers)
            time.sleep(1)
            assert stop(process) < ENDS_WITHIN_S
        finally:
            process.kill()
            process.communicate()
