"""`deliver` and `webhook …`: endpoints kept, events read and sent, from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from api_builders import HOTLINE, demo_settings
from receivers import Receiver, receiving
from webhook_builders import eventually

from service.cli import run_command

NETWORKS = {"REFERRAL_ROUTER_WEBHOOK_NETWORKS": "127.0.0.0/8", "REFERRAL_ROUTER_WEBHOOK_HTTP": "true"}


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a loaded database whose webhooks may reach this machine."""
    settings = demo_settings(tmp_path)
    assert settings.address_key is not None
    chosen = NETWORKS | {
        "REFERRAL_ROUTER_DATABASE": settings.database,
        "REFERRAL_ROUTER_ADDRESS_KEY": settings.address_key.get_secret_value(),
    }
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    return chosen


def run(capsys: pytest.CaptureFixture[str], *command: str) -> Any:
    """Run a command and return what it prints, as JSON where it is."""
    assert run_command([*command, "--organization", HOTLINE]) == 0
    printed = capsys.readouterr().out
    return json.loads(printed) if printed.startswith(("{", "[")) else printed.strip()


def types_of(receiver: Receiver) -> list[str]:
    """Return the types of event that came in, in the order in which they came: none is promised."""
    return [json.loads(request.body)["type"] for request in receiver.received]


def delivered(capsys: pytest.CaptureFixture[str], endpoint: str) -> list[str]:
    return [delivery["type"] for delivery in run(capsys, "webhook", "deliveries", endpoint, "--status", "delivered")]


def test_events_are_sent_by_a_process_of_its_own(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """`webhook add`, `webhook test`, `deliver`: the receiver gets it, and the deliveries say so; SIGTERM ends well."""
    with receiving() as receiver:
        endpoint = run(capsys, "webhook", "add", receiver.url)
        assert endpoint["secret"].startswith("whsec_")
        run(capsys, "webhook", "test", endpoint["id"])
        command = [sys.executable, "-c", "from service.cli import main; main()", "deliver"]
        process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.PIPE, text=True)
        try:
            eventually(lambda: "webhook.test" in types_of(receiver), within_s=180)
            eventually(lambda: "webhook.test" in delivered(capsys, endpoint["id"]), within_s=30)
        finally:
            process.send_signal(signal.SIGTERM)
            printed, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Delivering" in printed
    assert run(capsys, "webhook", "events")["events"][0]["type"] == "directory.changed"
    assert run(capsys, "webhook", "statistics", endpoint["id"])["delivered"] == len(types_of(receiver))


def test_endpoints_are_kept(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Listed, shown, given a new secret, deleted; what is refused is said in a sentence with status 1."""
    endpoint = run(capsys, "webhook", "add", "http://127.0.0.1:9/", "--type", "directory.changed")
    assert [item["id"] for item in run(capsys, "webhook", "list")] == [endpoint["id"]]
    assert run(capsys, "webhook", "show", endpoint["id"])["types"] == ["directory.changed"]
    assert run(capsys, "webhook", "rotate", endpoint["id"]) != endpoint["secret"]
    since = "2026-01-01T00:00:00Z"
    for command, sentence in (
        (["add", "http://good.example.com/"], "/url"),
        (["rotate", endpoint["id"]], "force"),
        (["show", "no-such"], "none of this id"),
        (["retry", "no-such"], "none of this id"),
        (["again", endpoint["id"], "--since", since], "within the last 14 days"),
        (["events", "--after", "x"], "no cursor"),
    ):
        assert run_command(["webhook", *command, "--organization", HOTLINE]) == 1
        assert sentence in capsys.readouterr().err
    assert run_command(["webhook", "again", endpoint["id"], "--since", "x", "--organization", HOTLINE]) == 2
    assert "gone" in run(capsys, "webhook", "remove", endpoint["id"])
    assert run(capsys, "webhook", "list") == []
