"""Whoever sends many of the worst bodies keeps nobody else waiting, measured on a server in a process of its own."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from api_builders import EVERY_SCOPE, demo_profile, demo_settings, free_port
from command_line import start
from test_serving import wait_for
from worst_bodies import ATTACKER, WORST, worst_profiles

from service.security import build_caller, issue_token

QUIET = os.environ.get("QUIET") == "1"
LONGEST_S = 600
"""As long as whoever sends forty of the worst at once may have to wait for the last of them: it is no matter here."""
Send = Callable[[bytes, str], int]


@pytest.fixture
def send(tmp_path: Path) -> Iterator[Send]:
    """What posts a profile to a server that has the time for a search that it has unless it is told otherwise."""
    settings = demo_settings(tmp_path)
    address, port = "127.0.0.1", free_port()
    variables = {"address_key": "b" * 43 + "=", "rate_limit": "1000000/minute"}
    server = start(tmp_path, "serve", "--port", str(port), "--database", settings.database, **variables)
    tokens = {
        organization: issue_token(
            settings, build_caller(organization=organization, scopes=EVERY_SCOPE), ttl=timedelta(hours=1)
        )
        for organization in (ATTACKER, demo_profile()["origin"])
    }
    limits = httpx.Limits(max_connections=None)
    with httpx.Client(base_url=f"http://{address}:{port}", trust_env=False, timeout=LONGEST_S, limits=limits) as client:

        def post(body: bytes, organization: str) -> int:
            headers = {"Authorization": f"Bearer {tokens[organization]}", "Content-Type": "application/json"}
            return client.post("/v1/referral-paths", content=body, headers=headers).status_code

        try:
            wait_for(f"http://{address}:{port}/health/ready", server)
            yield post
        finally:
            server.kill()
            server.communicate()


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def test_nobody_waits_for_what_another_sends(send: Send, say: Callable[[str], None]) -> None:
    """Ten of the worst bodies and ten of the worst profiles of one agency at once: another's answer comes in a second.

    And in its own time; on a machine that does other work (`QUIET` is not 1) twice the worst of theirs counts for the
    second, as that takes here and now.
    """
    own = demo_profile()
    mine = json.dumps(own).encode()
    theirs = [*list(WORST.values())[:10], *worst_profiles()]
    assert send(mine, own["origin"]) == 200
    alone = [seconds(lambda: send(mine, own["origin"])) for _ in range(5)]
    worst_of_theirs = max(seconds(lambda body=body: send(body, ATTACKER)) for body in theirs)  # type: ignore[misc]

    with ThreadPoolExecutor(len(theirs)) as pool:
        start = time.perf_counter()
        sent = [pool.submit(send, body, ATTACKER) for _ in range(2) for body in theirs]
        time.sleep(0.05)
        waited = []
        while not all(future.done() for future in sent):
            waited.append(seconds(lambda: send(mine, own["origin"])))
        lasted = time.perf_counter() - start

    say(
        f"worst bodies: one caller {max(alone):.3f} s alone, {max(waited):.3f} s beside "
        f"{len(sent)} of the worst bodies and profiles, which took {lasted:.3f} s; the worst {worst_of_theirs:.3f} s"
    )
    assert {future.result() for future in sent} == {200, 422}
    assert len(waited) >= 3
    assert max(waited) < max(alone) + (1 if QUIET else max(1, 2 * worst_of_theirs + max(alone)))
