"""`demo` ends with a hand-off that one can watch: stored, delivered here, verified, answered, withdrawn."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from rich.console import Console

from service import demo
from service.answers.printed import PrintedPage
from service.cli.watched_loop import WatchedLoop
from service.database.database import open_database
from service.demo.hand_offs import HAND_OFFS
from service.directory.use_cases.load_bundle import load_bundle
from service.maintenance.tables import all_tables
from service.settings import Settings


def watch(folder: Path, coalition: str) -> list[str]:
    """Play the hand-off of a coalition on a database of its own; return what was printed, an entry for each step."""
    settings = Settings(database=f"sqlite:///{folder / 'demo.db'}")
    console = Console(record=True, width=200, quiet=False, file=(folder / "printed").open("w"))
    with open_database(settings) as opened:
        opened.upgrade(all_tables)
        load_bundle(opened.unit_of_work(), demo.coalition_bytes(coalition), replace=True)
        WatchedLoop(settings, opened, HAND_OFFS[coalition], PrintedPage(console)).show()
    console.file.close()
    whole = " ".join((folder / "printed").read_text().split())
    return [step.strip() for step in whole.split(" - ")[1:]]


@pytest.mark.parametrize("coalition", demo.COALITIONS)
def test_every_step_is_shown_and_each_event_arrives_signed(tmp_path: Path, coalition: str) -> None:
    """Consent, referral, three events at their endpoints, acceptance, withdrawal; and no endpoint is left behind."""
    steps = watch(tmp_path, coalition)

    arrived = [step.split(" arrived at ")[0] for step in steps if step.endswith("the signature is right.")]
    assert arrived == ["referral.requested", "consent.withdrawn", "referral.consent_withdrawn"], steps
    assert len(steps) == 9, steps
    assert "The loop is closed." in steps[-1]
    with sqlite3.connect(tmp_path / "demo.db") as connection:
        assert connection.execute("SELECT count(*) FROM webhook_endpoint").fetchone() == (0,)
        assert connection.execute("SELECT status, outcome FROM referral").fetchall() == [("completed", "served")]
        assert connection.execute("SELECT status, withdrawn_by FROM consent").fetchall() == [("withdrawn", "code")]


def test_a_wrong_signature_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The receiver trusts its own secret and nothing else."""
    original = WatchedLoop._keep

    def keep(self: WatchedLoop, *parts: object) -> str:
        endpoint = original(self, *parts)  # type: ignore[arg-type]
        self._secrets = dict.fromkeys(self._secrets, "whsec_" + "bmV3" * 8)
        return endpoint

    monkeypatch.setattr(WatchedLoop, "_keep", keep)

    steps = watch(tmp_path, demo.FIRST)

    assert not [step for step in steps if step.endswith("the signature is right.")]
    assert len([step for step in steps if step.endswith("the signature is wrong.")]) == 3
