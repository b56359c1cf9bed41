"""Databases that older versions of this program made themselves come along in one command, with all that is in them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from environments import PROJECT, environment_of
from sqlalchemy import Engine
from store.schemas import schema_of

from service.database.engine import build_engine
from service.settings import Settings

KEPT = {
    "consent": ("id", "status", "holder", "signed_on", "withdrawn_on", "code_digest"),
    "referral": ("id", "status", "outcome", "origin", "recipient", "code_digest", "closed_at"),
    "referral_move": ("referral_id", "position", "status", "at"),
    "event": ("id", "type", "at", "object_id", "position"),
}
"""Columns that both versions have, of the tables that the demo writes to."""


def run(program: Path, folder: Path, *arguments: str) -> None:
    """Run a version of the program in a folder, with the key file that its demo makes there."""
    environment = environment_of() | {
        "PYTHONPATH": str(program),
        "REFERRAL_ROUTER_ADDRESS_KEY_FILE": str(folder / "referral-router-demo.key"),
    }
    script = "from service.cli import app; app()"
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]


def rows_of(engine: Engine) -> dict[str, set[tuple[Any, ...]]]:
    """Return what has to come along: of each table the columns that no version renamed."""
    with engine.connect() as connection:
        return {
            name: {tuple(row) for row in connection.execute(sa.text(f"SELECT {', '.join(columns)} FROM {name}"))}
            for name, columns in KEPT.items()
        }


@pytest.mark.parametrize("commit", ["d579a0e8", "3bc54c4d"])
def test_a_database_of_an_older_version_is_upgraded_in_one_command(
    settings: Settings, new_database: Engine, tmp_path: Path, commit: str
) -> None:
    """The older version loads its demo, hands over, and sends events. Afterwards the schema is that of a new one."""
    (older := tmp_path / "older").mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=PROJECT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"the history of this checkout does not reach back to {commit}")
    subprocess.run(["tar", "-x"], cwd=older, input=archive.stdout, check=True)
    run(older, tmp_path, "demo", "--no-serve", "--database", settings.database)
    engine = build_engine(settings)
    try:
        before = rows_of(engine)
        assert all(before.values())

        run(PROJECT, tmp_path, "db", "upgrade", "--database", settings.database)

        assert rows_of(engine) == before
        with engine.connect() as old, new_database.connect() as new:
            assert schema_of(old) == schema_of(new)
    finally:
        engine.dispose()
    profile = next(iter(sorted((PROJECT / "service/demo/profiles").glob("*.json"))))
    run(PROJECT, tmp_path, "route", str(profile), "--database", settings.database)
