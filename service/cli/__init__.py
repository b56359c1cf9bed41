"""The command line: `referral-router`. Each command calls a use case and prints the result.

A command's module is imported only when the command runs: `--help` imports no command. Exit status 0: done; 1: the
input was refused, or the database holds no coalition to answer from; 2: wrong usage.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from service.cli.options import PLAIN, with_language
from service.cli.terminal import run
from service.database.actor import Actor, act_as
from service.garbage_collection import no_collection
from service.i18n import commands
from service.logs import LineFormatter

MODULES: Mapping[str, str] = {
    "demo": "demo",
    "route": "route",
    "serve": "serving",
    "token": "tokens",
    "session": "sessions",
    "deliver": "webhooks",
    "openapi": "serving",
    "init": "bundles",
    "profile": "bundles",
    "schema": "bundles",
    "load": "bundles",
    "import": "hsds",
    "curate": "hsds",
    "export": "hsds",
    "consent": "referrals",
    "referral": "referrals",
    "webhook": "webhooks",
    "coverage": "coalition_work",
    "map": "coalition_work",
    "due": "coalition_work",
    "exchange": "coalition_work",
    "contacts": "coalition_work",
    "guide": "coalition_work",
    "words": "words",
    "proposal": "coalition_acts",
    "grievance": "coalition_acts",
    "legal-hold": "coalition_work",
    "outcomes": "coalition_work",
    "coalition": "what_if",
    "policy": "policy",
    "backup": "maintenance",
    "restore": "maintenance",
    "purge": "maintenance",
    "audit": "audit",
    "keys": "keys",
    "db": "serving",
    "config": "config",
}
"""The module of `service.cli` that adds each command or group, in the order in which `--help` lists them."""
PROGRAMS = frozenset(("serve", "demo", "deliver"))
"""Commands that go on: what happens in them is others' act, or time's."""


class Commands(TyperGroup):
    """The commands by name; a command is built at first use."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the library's signature
        """Return the names of the commands."""
        return [*MODULES]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Return the command `cmd_name`, None for an unknown name."""
        return _commands_of(MODULES[cmd_name])[cmd_name] if cmd_name in MODULES else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write a line for each command."""
        with formatter.section(commands.SECTION):
            formatter.write_dl([(name, commands.SUMMARIES[name]) for name in MODULES])


app = typer.Typer(cls=Commands, **PLAIN)  # type: ignore[arg-type]


@app.callback(help=commands.PROGRAM)
def _program() -> None:
    pass


@cache
def _commands_of(module: str) -> Mapping[str, Any]:
    group = typer.Typer(**PLAIN)  # type: ignore[arg-type]
    with no_collection():  # what is imported stays: to look through it for garbage takes a tenth of the start
        import_module(f"service.cli.{module}").add_commands(group)
    return {name: with_language(command) for name, command in typer.main.get_group(group).commands.items()}


def main() -> None:
    """Run the command in `sys.argv` and end the process with the command's exit status."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run a command, such as `["db", "upgrade"]`, and return its exit status; without arguments, print the help."""
    command = typer.main.get_command(app)
    lines = logging.StreamHandler()
    lines.setFormatter(LineFormatter())
    logging.basicConfig(handlers=[lines])
    words = arguments or ["--help"]
    with act_as(_act(words)):
        return run(lambda: command.main(args=words, prog_name="referral-router", standalone_mode=False))


def _act(words: list[str]) -> Actor | None:
    """Return the act that a command is, by its name and its group's: no argument is ever written down."""
    first = words[0]
    if first not in MODULES or first in PROGRAMS:
        return None
    group = getattr(_commands_of(MODULES[first])[first], "commands", {})
    return Actor(" ".join([first, *(word for word in words[1:2] if word in group)]))
