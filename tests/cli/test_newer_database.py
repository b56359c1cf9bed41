"""A database that a newer program has changed: every command says so, with status 1, and changes nothing."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from api_builders import demo_settings, free_port
from command_line import CommandLine, start

from service import demo
from service.cli import MODULES
from service.database.migrations import newest
from service.i18n import setup
from service.maintenance.archive import FORMAT, VERSION

AS = ("--as", "juniper-bridge-hotline")
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "demo": ("--no-serve",),
    "route": ("profile.json",),
    "serve": ("--port", str(free_port())),
    "token": ("--login", "--organization", "juniper-bridge-hotline"),
    "load": ("coalition.yaml",),
    "import": ("hsds", "directory.json"),
    "export": ("hsds", "out.json"),
    "consent": ("list", *AS),
    "referral": ("list", *AS),
    "webhook": ("list", "--organization", "juniper-bridge-hotline"),
    "proposal": ("list", *AS),
    "grievance": ("list", *AS),
    "coalition": ("what-if", "changes.yaml"),
    "legal-hold": ("0b1c7a3e-0000-4000-8000-000000000000", *AS),
    "session": ("list", "--all"),
    "db": ("upgrade",),
    "audit": ("anchor",),
    "keys": ("list",),
    "backup": ("kept",),
    "restore": ("backup", "--replace"),
}
"""The arguments of commands that need some."""
WITHOUT_DATABASE = {"openapi", "init", "profile", "schema", "guide", "policy", "config"}
SERVERS = {"serve", "demo"}


def make_newer(folder: Path, name: str = "router.db") -> Path:
    """Put a directory into a database, and a revision of a program to come into its tables; return the file."""
    demo_settings(folder)
    file = (folder / "router.db").rename(folder / name)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE schema_compatibility SET oldest_program = '9999'")
        connection.commit()
    return file


@pytest.mark.parametrize("command", sorted(MODULES.keys() - WITHOUT_DATABASE - SERVERS))
def test_a_command_says_that_the_database_is_newer(router: CommandLine, command: str) -> None:
    """One sentence and status 1. If this fails for a new command: name its arguments, or that it has no database."""
    file = make_newer(router.folder)
    before = file.read_bytes()
    router.write("coalition.yaml", demo.coalition_bytes())
    router.write("profile.json", demo.profile_bytes("01-fifteen-at-2am"))
    router.write("directory.json", '{"organizations": []}')
    router.write("changes.yaml", "agreements: []\n")
    head = {"format": FORMAT, "version": VERSION, "schema": newest(), "made_at": "2026-01-01T00:00:00+00:00"}
    (router.folder / "backup").write_bytes(gzip.compress(json.dumps(head).encode()))

    outcome = router.run(command, *ARGUMENTS.get(command, ()), "--database", f"sqlite:///{file}")

    assert (outcome.status, outcome.out, outcome.err.splitlines()) == (1, "", [setup.NEWER])
    assert file.read_bytes() == before


@pytest.mark.parametrize("command", sorted(SERVERS))
def test_a_server_does_not_start_over_a_newer_database(tmp_path: Path, command: str) -> None:
    """It ends at once, with the sentence; no process of it fails with a traceback."""
    file = make_newer(tmp_path, "referral-router-demo.db")
    database = ("--database", f"sqlite:///{file}") if command == "serve" else ()

    process = start(tmp_path, command, *ARGUMENTS[command], *database)
    _, errors = process.communicate(timeout=60)

    assert (process.returncode, errors.decode().splitlines()) == (1, [setup.NEWER])
