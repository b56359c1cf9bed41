"""What starts often starts quickly: `--help` imports no command, `route` no server, a small file of tests no store."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer
from api_builders import demo_settings
from repository import ROOT

from service import demo
from service.cli import MODULES, options
from service.database.table_base import ActRow, Row
from service.i18n import commands

PROFILE = demo.profile_bytes("01-fifteen-at-2am")
SLOW = {
    "alembic",
    "cedarpy",
    "fastapi",
    "jose",
    "networkx",
    "numpy",
    "pydantic",
    "rich",
    "sqlalchemy",
    "sqlmodel",
    "uvicorn",
}
ONLY_SERVED = {
    "alembic",
    "babel",  # the locale data of other languages than English
    "fastapi",
    "httpx",
    "jose",
    "networkx",
    "schemathesis",
    "standardwebhooks",
    "starlette",
    "uvicorn",
}
ONLY_WRITTEN = {
    "service.directory.bundle",
    "service.database.outbox.tables",
    "service.referrals.store.tables",
    "service.webhooks.tables",
    "service.referrals.store.work_tables",
}
"""What one answer does without: the models of a bundle, and the tables of what happens."""
MOST_MODULES = 300
"""Modules of all kinds that `--help` may import, Python's own included: 245 on Python 3.11."""


def imported_by(code: str) -> set[str]:
    """Return the names of all modules that a fresh interpreter has imported after `code`."""
    program = f"{code}\nimport json, sys; print(json.dumps([*sys.modules]))"
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {*json.loads(process.stdout.splitlines()[-1])}


def packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def test_help_imports_no_command() -> None:
    """If this fails: import what takes long where it is used, in the module of the command that uses it."""
    modules = imported_by("from service.cli import run_command\nrun_command(['--help'])")

    assert packages(modules) & SLOW == set()
    assert len(modules) <= MOST_MODULES


def test_route_imports_nothing_of_a_server(tmp_path: Path) -> None:
    """If this fails: keep servers, other languages, and what signs tokens, migrates or writes, away from an answer."""
    arguments = ["route", "-", "--database", demo_settings(tmp_path).database]
    code = f"import io, sys\nfrom service.cli import run_command\nsys.stdin = io.TextIOWrapper(io.BytesIO({PROFILE!r}))"
    modules = imported_by(f"{code}\nassert run_command({arguments!r}) == 0")

    assert packages(modules) & ONLY_SERVED == set()
    assert modules & ONLY_WRITTEN == set()
    assert "numpy" in packages(modules)


def test_a_small_file_of_tests_imports_no_store() -> None:
    """If this fails: import what takes long in the fixture that hands it out, and leave plugins out in `addopts`."""
    file = ROOT / "tests" / "routing" / "test_kept.py"
    modules = imported_by(f"import pytest\nassert pytest.main(['-n', '0', '-q', {str(file)!r}]) == 0")

    assert packages(modules) & {"alembic", "fastapi", "pydantic", "schemathesis", "service", "sqlalchemy"} == set()
    assert {"hypothesis", "routing"} <= packages(modules)


def test_no_validator_is_built_for_rows() -> None:
    """No row is validated: a validator for each of fifty tables takes a fifth of the time that `route` starts in."""
    assert [row.__name__ for row in Row.__subclasses__() if row.__pydantic_complete__] == []
    assert ActRow.model_config["defer_build"]


@pytest.mark.parametrize("module", sorted({*MODULES.values()}))
def test_the_list_of_commands_is_what_the_modules_add(module: str) -> None:
    """Each module adds the commands that the list says, and no other; each has its line in `--help`."""
    group = typer.Typer(**options.PLAIN)  # type: ignore[arg-type]
    import_module(f"service.cli.{module}").add_commands(group)

    assert {*typer.main.get_group(group).commands} == {name for name, place in MODULES.items() if place == module}
    assert {*commands.SUMMARIES} == {*MODULES}


def test_every_line_of_help_fits() -> None:
    """A terminal of 80 columns holds the name and the whole sentence."""
    longest = max(map(len, MODULES))

    assert max(2 + longest + 2 + len(summary) for summary in commands.SUMMARIES.values()) <= 80
