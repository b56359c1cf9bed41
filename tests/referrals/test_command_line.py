"""The closed loop from a terminal: the same acts as over HTTP, for one organization at a time."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from loop_builders import CLINIC, LEGAL, SENDER, Loop, consent_terms, packet

from service.cli import run_command


@pytest.fixture
def run(loop: Loop, capfdbinary: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command on the coalition's database; gives its exit status and the document that it prints."""
    monkeypatch.setenv("REFERRAL_ROUTER_ADDRESS_KEY", "b" * 43 + "=")

    def run(*arguments: str, typed: str = "") -> tuple[int, Any]:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(typed.encode())))
        status = run_command([*arguments, "--database", loop.settings.database])
        printed = capfdbinary.readouterr()
        return status, json.loads(printed.out) if printed.out.startswith(b"{") else (printed.out + printed.err).decode()

    return run


def test_a_loop_from_a_terminal(run: Any, tmp_path: Path) -> None:
    """Record, send, find by code, accept, withdraw: each side under its own name; codes come in by standard input."""
    terms, body = tmp_path / "terms.json", tmp_path / "referral.json"
    terms.write_text(json.dumps(consent_terms()))
    status, consent = run("consent", "record", str(terms), "--as", SENDER)
    assert (status, consent["status"]) == (0, "current")
    assert run("consent", "look-up", "--as", LEGAL, typed=consent["code"])[1]["id"] == consent["id"]
    assert run("consent", "show", consent["id"], "--as", CLINIC)[0] == 1

    body.write_text(json.dumps(packet(consent)))
    status, sent = run("referral", "send", str(body), "--as", SENDER)
    assert (status, sent["status"]) == (0, "requested")
    assert run("referral", "look-up", "--as", LEGAL, typed=sent["code"])[1]["id"] == sent["id"]
    waits = run("referral", "move", sent["id"], "waitlisted", "--expected", "2099-12", "--as", LEGAL)[1]
    assert (waits["status"], waits["expected"]) == ("waitlisted", "2099-12")
    assert run("referral", "move", sent["id"], "accepted", "--as", LEGAL)[1]["status"] == "accepted"
    assert run("referral", "move", sent["id"], "accepted", "--as", SENDER)[0] == 1
    assert sent["id"] in json.dumps(run("referral", "list", "--as", LEGAL, "--box", "in")[1])

    assert "555-0100" in run("consent", "receipt", consent["id"], "--as", SENDER)[1]
    assert run("consent", "withdraw", consent["id"], "--as", SENDER)[1]["status"] == "withdrawn"
    status, output = run("referral", "send", str(body), "--as", SENDER)
    assert status == 1
    assert "not_allowed_now" in output
