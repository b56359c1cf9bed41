"""The clients of `openapi/clients`: built by their command, type-checked, and every example runs against the demo."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from api_builders import HOTLINE, Api, demo_settings, free_port, load_demo, running
from contract.test_examples import SCOPES, SHELTER
from environments import PROJECT, environment_of
from npm import npm_programs
from webhook_builders import eventually

from service import demo

CLIENTS = PROJECT / "openapi" / "clients"
EXAMPLES = {
    "route": "Call ", "next_calls": "1 ", "record_consent": "-", "send_referral": "say at the door: ",
    "follow_events": "/v1/", "verify_webhook": "verified: webhook.test",
}  # fmt: skip
"""What each prints, in either language."""
BRUNO = "@usebruno/cli@2.15.1"
LOCAL = {"webhook_networks": "127.0.0.0/8", "webhook_http": True}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command builds; the compiler of TypeScript finds nothing."""
    if shutil.which("npm") is None:
        pytest.skip("there is no npm here: apt-get install npm")
    folder = tmp_path_factory.mktemp("clients")
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", CLIENTS / "build.sh", folder], env=os.environ | {"PATH": programs},
        capture_output=True, text=True, check=False, timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The demo of today, which may reach receivers on this machine."""
    settings = demo_settings(tmp_path_factory.mktemp("demo"), time_budget_ms=1000, grievance_body=HOTLINE, **LOCAL)
    load_demo(settings, demo.coalition_bytes(day=demo.today()))
    with running(settings) as api:
        yield api


def run(api: Api, folder: Path, *command: str | Path) -> str:
    environment = {"PATH": os.environ["PATH"], "ROUTER": str(api.client.base_url), "TOKEN": api.token(*SCOPES)}
    done = subprocess.run(
        [*command], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_does_the_same_in_both_languages(built: Path, api: Api, name: str) -> None:
    """What it prints begins alike; the events include the consent and the referral of the examples before."""
    python = run(api, built / "python", sys.executable, f"{name}.py")
    typescript = run(api, built / "typescript", "node", f"built/{name}.js")

    assert EXAMPLES[name] in python
    assert EXAMPLES[name] in typescript
    if name in ("route", "next_calls", "follow_events"):
        assert python == typescript


def test_the_bruno_collection_runs(api: Api, tmp_path: Path) -> None:
    """Built by its command, run by Bruno's: every request is answered with success."""
    tools, collection = npm_programs(tmp_path, BRUNO), tmp_path / "collection"
    subprocess.run(
        [sys.executable, CLIENTS / "bruno.py", collection], check=True, capture_output=True, env=environment_of()
    )
    variables = {
        "server": str(api.client.base_url).rstrip("/"),
        "token": api.token(*SCOPES, "route:any"),
        "shelter": api.token(*SCOPES, organization=SHELTER),
    }
    options = [word for name, value in variables.items() for word in ("--env-var", f"{name}={value}")]

    done = subprocess.run(
        [tools / "bru", "run", "--env", "demo", *options], cwd=collection, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout
    assert len([*collection.glob("*.bru")]) > 50


def test_every_example_is_run_and_told() -> None:
    """Each file is one of the six or what they share, and the README has them all."""
    shared = {"connect", "receiver"}
    for folder, ending in (("python", "py"), ("typescript", "ts")):
        assert {file.stem for file in (CLIENTS / folder).glob(f"*.{ending}")} - shared == set(EXAMPLES)
    assert [name for name in EXAMPLES if f"| `{name}` |" not in (CLIENTS / "README.md").read_text()] == []


def test_the_sample_receiver_keeps_each_delivery_once(api: Api, tmp_path: Path) -> None:
    """What is signed by others is refused; what comes twice is worked on once, also after a crash before the work."""
    port, script = free_port(), CLIENTS / "python" / "receiver.py"
    assert len(script.read_text().splitlines()) <= 80
    hook = {"url": f"http://127.0.0.1:{port}/", "types": ["webhook.test"]}
    endpoint = api.post("/v1/webhook-endpoints", hook, *SCOPES).json()
    environment = {"PATH": os.environ["PATH"], "SECRET": endpoint["secret"], "INBOX": str(tmp_path / "inbox.db")}
    process = subprocess.Popen([sys.executable, script, str(port)], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        wait_for_port(port)
        forged = httpx.post(hook["url"], content=b"{}", headers={"webhook-id": "x"}, trust_env=False)
        test = f"/v1/webhook-endpoints/{endpoint['id']}/test"
        assert forged.status_code == 401
        assert api.post(test, {}, *SCOPES).status_code == 202
        assert process.stdout is not None
        assert process.stdout.readline().startswith("webhook.test ")
        deliveries = api.get(f"/v1/webhook-endpoints/{endpoint['id']}/deliveries", *SCOPES).json()["items"]
        again = api.post(f"/v1/webhook-deliveries/{deliveries[0]['id']}/retry", {}, *SCOPES)
        assert again.status_code == 202
        eventually(lambda: attempts(api, deliveries[0]["id"]) == [204, 204])
    finally:
        process.kill()
        printed, _ = process.communicate()
    assert printed == ""


def attempts(api: Api, delivery: str) -> list[int | None]:
    return [attempt["status"] for attempt in api.get(f"/v1/webhook-deliveries/{delivery}", *SCOPES).json()["attempts"]]


def wait_for_port(port: int) -> None:
    def is_open() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    eventually(is_open)
