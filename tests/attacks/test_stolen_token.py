"""A stolen token: what its thief tries after it was refused, in other forms, in another process, after its key is gone.

The attack, with its figures: `pytest -n 0 -s tests/attacks/test_stolen_token.py`. A server of two processes, on this
machine alone, over a database of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest
from api_builders import demo_settings, free_port
from cryptography.hazmat.primitives.asymmetric import ec
from environments import environment_of
from token_builders import b64, unb64
from visitors import Visitor

from service.security import build_caller, issue_token
from service.settings import Settings

HAVEN = "bluestem-haven"
CALLER = build_caller(organization=HAVEN, scopes=["directory:read", "route"], subject="desk-7")
WITHIN_S = 2.0
"""How soon every process refuses a token; on a machine that is busy the tests wait longer, and say how long it took."""
PATIENCE_S = 60.0
PROBES = 100
QUIET = os.environ.get("QUIET") == "1"
LISTENS = "0A"
"""The state of a listening socket in `/proc/net/tcp`."""
ORDER = ec.SECP256R1.group_order
PROGRAM = [sys.executable, "-W", "error", "-c", "from service.cli import main; main()"]


@dataclass(frozen=True)
class Target:
    """The server under attack, and the machine of whoever runs it."""

    settings: Settings
    url: str

    def token(self, organization: str = HAVEN) -> str:
        scopes = sorted(CALLER.scopes)
        caller = build_caller(organization=organization, scopes=scopes, subject=CALLER.subject)
        return issue_token(self.settings, caller, ttl=timedelta(hours=1))

    def run(self, *arguments: str, typed: str = "") -> str:
        """Run a command as the operator does, in a process of its own."""
        environ = environment(self.settings)
        done = subprocess.run(
            [*PROGRAM, *arguments], check=False, input=typed.encode(), env=environ, capture_output=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    def ask(self, token: str) -> int:
        """Use a token on a new connection, in whichever process takes it."""
        with closing(HTTPConnection(self.url.rpartition("/")[2], timeout=60)) as connection:
            connection.request("GET", "/v1/services?per_page=1", headers={"Authorization": f"Bearer {token}"})
            return connection.getresponse().status

    def statuses(self, token: str, times: int = PROBES) -> Counter[int]:
        """Use a token on many new connections, which the system shares out between the processes."""
        return Counter(self.ask(token) for _ in range(times))


def environment(settings: Settings) -> dict[str, str]:
    assert settings.address_key is not None
    limits = {"rate_limit": "1000000/minute", "metrics_open": "true", "deliver": "false"}
    return environment_of(database=settings.database, address_key=settings.address_key.get_secret_value(), **limits)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    settings, port = demo_settings(tmp_path_factory.mktemp("stolen")), free_port()
    environ = environment(settings)
    with subprocess.Popen(
        [*PROGRAM, "serve", "--port", str(port), "--workers", "2"],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as parent:
        target = Target(settings, f"http://127.0.0.1:{port}")
        try:
            wait_until(lambda: processes(target) == 2, parent)
            yield target
        finally:
            parent.terminate()
            parent.communicate(timeout=60)


def processes(target: Target) -> int:
    """Count the processes that listen and are ready: each listens at the port through a socket of its own."""
    port = int(target.url.rpartition(":")[2])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    listening = sum(row[3] == LISTENS and int(row[1].rpartition(":")[2], 16) == port for row in rows)
    try:
        for _ in range(6):
            with httpx.Client(base_url=target.url, trust_env=False, timeout=60) as client:
                if client.get("/health/ready").status_code != 200:
                    return 0
    except httpx.TransportError:
        return 0
    return listening


def wait_until(is_so: Callable[[], bool], parent: subprocess.Popen[bytes] | None = None) -> float:
    """Return after how many seconds something became so."""
    start = time.monotonic()
    while not is_so():
        assert parent is None or parent.poll() is None, parent.communicate()
        assert time.monotonic() - start < PATIENCE_S
        time.sleep(0.05)
    return time.monotonic() - start


def twin(token: str) -> str:
    """The same token under the other form of its signature: (r, n - s)."""
    head, _, signature = token.rpartition(".")
    numbers = unb64(signature)
    other = ORDER - int.from_bytes(numbers[32:], "big")
    return f"{head}.{b64(numbers[:32] + other.to_bytes(32, 'big'))}"


def part(token: str, index: int) -> dict[str, str]:
    claims: dict[str, str] = json.loads(unb64(token.split(".")[index]))
    return claims


def test_the_twin_of_a_token_opens_nothing(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    """Before the token is refused its other form is already no token."""
    token = target.token()
    good, other = target.statuses(token), target.statuses(twin(token))

    report(capsys, f"a good token {dict(good)}, its twin {dict(other)}")
    assert (good, other) == (Counter({200: PROBES}), Counter({401: PROBES}))


@pytest.mark.parametrize("how", ["token", "jti"])
def test_a_refused_token_is_refused_by_every_process(
    how: str, target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    """Within two seconds, in every form, for good; another token of the same caller goes on."""
    stolen, own = target.token(), target.token()
    assert set(target.statuses(stolen, 20)) == {200}
    if how == "token":
        target.run("token", "refuse", typed=stolen)
    else:
        target.run("token", "refuse", part(stolen, 1)["jti"])
    took_s = wait_until(lambda: set(target.statuses(stolen, 20)) == {401})
    after, other, of_own = target.statuses(stolen), target.statuses(twin(stolen)), target.statuses(own)

    report(capsys, f"refused by its {how}: everywhere after {took_s:.2f} s, then {dict(after)}, twin {dict(other)}")
    assert (after, other, of_own) == (Counter({401: PROBES}), Counter({401: PROBES}), Counter({200: PROBES}))
    if QUIET:
        assert took_s <= WITHIN_S


def test_a_refused_token_is_refused_by_a_process_that_starts_later(target: Target) -> None:
    """A server that was started after the refusal has never seen the token; its first answer refuses it."""
    stolen, own = target.token(), target.token()
    target.run("token", "refuse", typed=stolen)
    port = free_port()
    environ = environment(target.settings)
    with subprocess.Popen(
        [*PROGRAM, "serve", "--port", str(port)], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as parent:
        later = Target(target.settings, f"http://127.0.0.1:{port}")
        answers: list[int] = []

        def has_answered() -> bool:
            try:
                answers.append(later.ask(stolen))
            except OSError:
                return False
            return True

        try:
            wait_until(has_answered, parent)
            assert answers == [401]
            assert later.ask(own) == 200
        finally:
            parent.terminate()
            parent.communicate(timeout=60)


def test_a_removed_key_takes_its_tokens_and_sessions_along(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    """A thief of the key file signs what it likes until the key is removed; whoever has a new token notices nothing."""
    forged = target.token("sycamore-county-attorney")
    kid = part(forged, 0)["kid"]
    with httpx.Client(base_url=target.url, trust_env=False, timeout=60) as client:
        visitor = signed_in_by_link(target, client)
        target.run("keys", "rotate", "token")
        renewed = target.token()
        later = signed_in_by_link(target, client)
        between = target.statuses(forged, 20) + target.statuses(renewed, 20)
        assert visitor.get("/").status_code == 200

        target.run("keys", "remove", "token", kid)

        after, new = target.statuses(forged), target.statuses(renewed)
        report(capsys, f"key removed: its token {dict(after)} at once, the new key's {dict(between)} and {dict(new)}")
        assert (set(between), after, new) == ({200}, Counter({401: PROBES}), Counter({200: PROBES}))
        assert [visitor.get("/").status_code, later.get("/").status_code] == [303, 200]


def signed_in_by_link(target: Target, client: httpx.Client) -> Visitor:
    port = target.url.rpartition(":")[2]
    printed = target.run("token", "--login", "--organization", HAVEN, "--scope", "route", "--port", port)
    visitor = Visitor(client)
    assert visitor.post("/signin", {"code": printed.strip().rpartition("/")[2]}).status_code == 303
    return visitor


def report(capsys: pytest.CaptureFixture[str], figures: str) -> None:
    with capsys.disabled():
        print(f"\n  {figures}")  # noqa: T201
