"""The deployment as it is shipped: its files are true, its parts work together, its alerts ring when they should."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import httpx
import pytest
import yaml
from deployment import (
    ANSWERING,
    COMPOSE,
    DEPLOY,
    PROXY,
    ROUTER,
    Parts,
    free_port,
    wait_for,
)  # fmt: skip
from environments import PROJECT, environment_of
from watching import watching

from service import demo
from service.cli import run_command
from service.settings import PREFIX, Settings

CLIENT = PROJECT / "service/referrals/README.md"
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
ALERTS = yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"][0]["rules"]
NAMES_KEPT_S = 2.5
"""For how long the proxy goes by an address that it was told."""
needs_prometheus = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="Prometheus is not installed here; CI installs it"
)


def test_every_variable_is_a_setting_and_every_command_a_command() -> None:
    """Of the containers and of the service of systemd."""
    ours = [part for part in COMPOSE["services"].values() if part.get("image") == "referral-router"]
    unit = (DEPLOY / "referral-router.service").read_text()
    commands = [part["command"] for part in ours]
    commands += [line.split("referral-router ", 1)[1].split() for line in unit.splitlines() if line.startswith("Exec")]

    variables = {name for part in ours for name in part["environment"]} - {"PGPASSFILE"}
    assert {name.removeprefix(PREFIX).lower() for name in variables} <= Settings.model_fields.keys()
    assert len(commands) == 9
    for command in commands:
        words = [word for word in command if word.isalpha()]
        assert run_command([*words[: 1 + (words[0] in ("db", "config"))], "--help"]) == 0


def test_the_image_is_named_by_its_digest_and_labelled() -> None:
    """Both stages from one base; the labels say which version and licence this is."""
    bases = {line.split()[1] for line in DOCKERFILE.splitlines() if line.startswith("FROM ")}
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]+)"', DOCKERFILE))

    assert len(bases) == 1
    assert re.fullmatch(r"python:[\w.-]+@sha256:[0-9a-f]{64}", bases.pop())
    assert labels.keys() == {"title", "description", "version", "licenses"}
    assert (labels["title"], labels["version"], labels["licenses"]) == (
        project["name"], project["version"], project["license"],
    )  # fmt: skip


def test_the_health_check_of_the_image_asks_whether_it_is_ready(parts: Parts, tmp_path: Path) -> None:
    """The very command, as often as it is tried: it passes a process that answers, and none without a directory yet."""
    [(tries, command)] = re.findall(r"HEALTHCHECK.*?--retries=(\d).*?CMD (\[.*?\])\n", DOCKERFILE, re.DOTALL)
    port = free_port()
    empty = {"REFERRAL_ROUTER_DATABASE": f"sqlite:///{tmp_path}/empty.db"}
    subprocess.run([*ROUTER, "db", "upgrade"], cwd=tmp_path, env=environment_of() | empty, check=True)
    waiting = subprocess.Popen(
        [*ROUTER, "serve", "--port", str(port)], cwd=tmp_path, env=environment_of() | empty, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://{PROXY}:{port}/health/live")
        words = {at: json.loads(command.replace("8000", str(at)))[1:] for at in (parts.ports["answer-1"], port)}
        is_healthy = {
            at: any(
                subprocess.run([sys.executable, *check], capture_output=True, check=False).returncode == 0
                for _ in range(int(tries))
            )
            for at, check in words.items()
        }
    finally:
        waiting.terminate()
        waiting.wait(30)

    assert is_healthy == {parts.ports["answer-1"]: True, port: False}


def test_every_secret_and_file_that_a_part_names_is_there() -> None:
    """Secrets are declared, mounted files stand beside the file that mounts them, and no part is reached unnamed."""
    used = {secret for part in COMPOSE["services"].values() for secret in part.get("secrets", ())}
    mounted = [
        volume.split(":")[0]
        for part in COMPOSE["services"].values()
        for volume in part.get("volumes", ())
        if volume.startswith("./")
    ]

    assert used == COMPOSE["secrets"].keys()
    assert all((DEPLOY / name).is_file() for name in mounted)
    assert {name for name, part in COMPOSE["services"].items() if "ports" in part} == {"proxy", "prometheus"}
    assert all(name.startswith("127.0.0.1:") for name in COMPOSE["services"]["prometheus"]["ports"])


def test_a_referral_goes_through_the_proxy(parts: Parts, tmp_path: Path) -> None:
    """The client of the closed loop, over TLS: consent, paths, referral, event, answer, progress."""
    script = tmp_path / "client.py"
    script.write_text(CLIENT.read_text().split("```python\n")[1].split("```")[0])
    tokens = (
        parts.api.token("consent", "route", "referral"),
        parts.api.token("referral", "webhook", organization="bluestem-haven"),
    )

    done = subprocess.run(
        [sys.executable, script, str(parts.api.client.base_url), *tokens],
        capture_output=True, text=True, check=False, env={"SSL_CERT_FILE": str(parts.certificate)},
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    assert "say at the door: " in done.stdout


def test_the_proxy_tells_whose_address_it_is_and_nothing_else(parts: Parts) -> None:
    """A forged header makes nobody another address; counts are not for outside; plain http leads to https."""
    statuses = []
    for number in range(140):  # twice sixty is what two processes allow one address
        forged = {"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"}
        statuses.append(parts.api.client.get("/hsds/", headers=forged).status_code)
    plain = httpx.get(f"http://{PROXY}:{parts.plain_port}/hsds/", trust_env=False)

    assert statuses[0] == 200
    assert 429 in statuses
    assert parts.api.client.get("/metrics").status_code == 404
    assert (plain.status_code, plain.headers["location"][:8]) == (301, "https://")
    assert parts.api.client.get("/signin").headers["strict-transport-security"]


def test_nothing_of_a_request_is_in_a_log_of_the_proxy(parts: Parts) -> None:
    """Not even of one that fails, nor in a file beside: a path may hold the id of a referral."""
    canary = "6b1f2f52-8d0b-4f0e-8a27-5d6f4c1f9b10"
    parts.api.client.get(f"/v1/referrals/{canary}")
    parts.api.client.post(f"/v1/referrals/{canary}", content=b"x" * 2_000_000)

    files = [file for place in parts.places for file in place.rglob("*") if file.is_file()]
    assert parts.certificate in files
    assert [file.name for file in files if canary.encode() in file.read_bytes()] == []


def test_the_proxy_follows_a_process_to_another_address_and_leaves_out_one_that_fails(parts: Parts) -> None:
    """A name that leads elsewhere, one that leads nowhere, and one behind which nobody listens: nobody is told."""
    profile = demo.profile_bytes("01-fifteen-at-2am")
    try:
        for address in ("127.0.0.9", None):
            parts.names.addresses |= {"answer-1": address} if address else {}
            if address is None:
                del parts.names.addresses["answer-1"]
            time.sleep(NAMES_KEPT_S)
            answers = [parts.api.client.get("/health/ready").status_code for _ in range(20)]
            answers += [parts.api.post("/v1/next-calls", profile, "route").status_code for _ in range(4)]
            assert answers == [200] * 24, address
    finally:
        parts.names.addresses["answer-1"] = PROXY


@needs_prometheus
def test_prometheus_reads_both_processes(parts: Parts, tmp_path: Path) -> None:
    """Real counts of each, by its own name; the rules are read, and none rings."""
    addresses = {f"{PROXY}:{port}" for port in parts.ports.values()}
    with watching(tmp_path, *sorted(addresses)) as prometheus:
        for _ in range(300):
            if len(entries := prometheus.ask("referral_router_ready == 1")) == len(ANSWERING):
                break
            time.sleep(0.1)
        rules = prometheus.rules()

    assert {entry["metric"]["instance"] for entry in entries} == addresses
    assert [rule["name"] for rule in rules] == [rule["alert"] for rule in ALERTS]
    assert "firing" not in {rule["state"] for rule in rules}


@needs_prometheus
def test_each_alert_rings_and_else_is_quiet(tmp_path: Path) -> None:
    """Each over a series made for it, by Prometheus' own tool; over a healthy hour none does."""
    for name in ("alerts.yml", "alerts_test.yml"):
        source = DEPLOY / name if name == "alerts.yml" else Path(__file__).with_name(name)
        shutil.copy(source, tmp_path / name)
    cases = yaml.safe_load((tmp_path / "alerts_test.yml").read_text())["tests"]
    rung = {test["alertname"] for case in cases for test in case["alert_rule_test"] if test.get("exp_alerts")}

    done = subprocess.run(
        ["promtool", "test", "rules", "alerts_test.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert rung == {rule["alert"] for rule in ALERTS}


def test_one_process_killed_is_noticed_by_nobody(parts: Parts) -> None:
    """Reads go on through the other; the last of this file's tests, since the process stays away."""
    process = parts.answering["answer-1"]
    process.kill()
    process.wait(30)

    answers = [parts.api.client.get("/health/ready").status_code for _ in range(20)]

    assert answers == [200] * 20
