"""The README and the pages beside it are true: commands, settings, dependencies, examples."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import pytest
import typer
import yaml
from repository import ROOT, text_of, tracked_files

from service import demo
from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths
from service.database.database import open_database
from service.directory.access import describe_table
from service.directory.bundle import read_bundle
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.directory.use_cases.load_bundle import load_bundle
from service.maintenance.tables import all_tables
from service.settings import Settings

README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "service/deploy/settings.md").read_text(encoding="utf-8")
DEPENDENCIES = (ROOT / "service/deploy/dependencies.md").read_text(encoding="utf-8")
MOST_LINES = 200
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_two_commands_are_one_line_each() -> None:
    """One line runs the demo, one line runs the tests; CI takes the second from here."""
    lines = [line for line in README.splitlines() if line.startswith("python3 -m venv")]

    assert [line.rsplit("/", 1)[-1] for line in lines] == ["referral-router demo", "pytest"]
    assert "[test]" in lines[1]
    assert "README.md" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_settings_table_is_the_settings() -> None:
    """Each setting stands in the table with its variable, its default and its own words; nothing else does."""
    rows = [line for line in SETTINGS.splitlines() if line.startswith("| `")]

    assert rows == [
        f"| `REFERRAL_ROUTER_{name.upper()}` | {default_of(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]


def test_the_access_table_is_the_one_that_decides() -> None:
    """Who may see and change what stands there as `python -m service.directory.access` prints it."""
    interface = text_of(ROOT / "openapi/README.md")
    table = interface.split("<!-- access table: python -m service.directory.access -->\n")[1].split("<!--")[0]

    assert table.strip() == describe_table().strip()


def default_of(value: Any) -> str:
    if value is None:
        return "none"
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


def test_every_dependency_says_what_it_is_for() -> None:
    """Each dependency, of the program or of its tests, is explained, and nothing is explained that is not there."""
    requirements = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["test"]
    names = {re.split(r"[\[<>=;\s]", requirement)[0] for requirement in requirements}

    explained = set(re.findall(r"`([A-Za-z0-9-]+)`", DEPENDENCIES))

    assert names <= explained
    assert explained <= names | {"referral-router"}


def test_every_variable_that_lengthens_tests_is_named() -> None:
    """An environment variable that a test reads is in their README."""
    read = re.compile(r"""environ(?:\.get\(|\[)\s*["']([A-Z_]+)["']|_VARIABLE = ["']([A-Z_]+)["']""")
    tests = [file for file in tracked_files() if file.suffix == ".py" and file.is_relative_to(ROOT / "tests")]
    names = {first or second for file in tests for first, second in read.findall(text_of(file))}

    named = text_of(ROOT / "tests/README.md")
    assert {name for name in names if name not in named} - {
        "PATH",
        "HOME",
        "PYTHONPATH",
        "PYTHONPYCACHEPREFIX",
        "RUN_LENGTH",  # told by the process that starts the run to those of xdist
        "FAULT",  # told by `sampled_faults.py` to the copy with faults
        "FAULT_TRACE",
        "PYTEST_CURRENT_TEST",
    } == set()


@pytest.mark.parametrize(
    "document",
    ["README.md", "CONTRIBUTING.md", "DECISIONS.md", "CHANGELOG.md", "tests/README.md"],
)
def test_the_folders_it_names_are_there(document: str) -> None:
    """Every folder and file that a document for newcomers points to exists."""
    text = (ROOT / document).read_text(encoding="utf-8")
    named = re.findall(r"`((?:routing|policies|service|tests|openapi)/[\w./-]*)`", text)

    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_files_that_a_room_names_are_there() -> None:
    """By their name within the room, or from the top."""
    documents = [file for file in tracked_files() if file.suffix == ".md" and file.parent != ROOT]

    assert [
        (str(document.relative_to(ROOT)), name)
        for document in documents
        for name in re.findall(r"`([\w/]+\.(?:py|yaml|html))`", text_of(document))
        if not ((ROOT / name).exists() or any(document.parent.rglob(name)))
    ] == []


@pytest.mark.parametrize("command", ["demo", "load", "route", "serve", "policy table", "policy explain", "db upgrade"])
def test_commands_it_shows_are_commands(command: str) -> None:
    """Each command that the README shows is one of the program's."""
    from service.cli import run_command

    assert f"referral-router {command}" in README or f"referral-router` {command}" in README
    assert run_command([*command.split(), "--help"]) == 0


def test_the_options_that_documents_show_are_options() -> None:
    """Of each line of a block that begins with the program; what follows a comment is not read."""
    from service.cli import app

    strange, shown = [], 0
    for document in (file for file in tracked_files() if file.suffix == ".md"):
        for line in re.findall(r"^referral-router (.+)$", text_of(document), re.MULTILINE):
            command, words = typer.main.get_command(app), line.partition(" #")[0].split()
            while words and words[0][0] != "-" and hasattr(command, "get_command"):
                command = command.get_command(click.Context(command), words.pop(0))
            known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
            options = [word.partition("=")[0] for word in words if word.startswith("--")]
            strange += [(str(document.relative_to(ROOT)), line) for option in options if option not in known]
            shown += len(options)

    assert strange == []
    assert shown > 40


def test_it_is_short() -> None:
    """A newcomer reads all of it. If this fails: move details to the README of their folder."""
    assert len(README.splitlines()) <= MOST_LINES


def test_its_example_can_be_loaded_and_routed(tmp_path: Path) -> None:
    """The bundle that `init` writes loads as it is, and the profile of the README and of `profile` finds the bed."""
    start = files("service.directory.bundle")
    bundle = (start / "start.yaml").read_bytes()
    profile = README.split("```json\n")[1].split("```")[0].encode()
    assert profile == (start / "start.json").read_bytes()

    with open_database(Settings(database=f"sqlite:///{tmp_path / 'here.db'}")) as opened:
        opened.upgrade(all_tables)
        report = load_bundle(opened.unit_of_work(), bundle, replace=False)
        served = load_snapshot(opened.unit_of_work(writes=False))
    answer = find_paths(served, read_profile(profile))

    assert report.services == len(yaml.safe_load(bundle)["organizations"])
    assert answer["paths"][0]["covers"] == ["emergency_shelter"]
    assert answer["paths"][0]["steps"][0]["to"]["slug"] == "willow-house"
    assert (answer["lead"]["do"], answer["lead"]["to"]["slug"]) == ("call", "willow-house")


def test_it_claims_the_demo_that_there_is() -> None:
    """The demo bundle that the README points to reads, and the profile that it names is there."""
    read_bundle(demo.coalition_bytes())

    named = re.findall(r"--profile (\S+)", README)

    assert named
    assert set(named) <= set(demo.profile_names())
