"""The command line: `referral-router`. Each command calls one use case and prints what it returns.

Exit status 0: done; 1: the input was refused, or the database has nothing to answer from; 2: wrong usage.
"""

from __future__ import annotations

import sys

import typer

from service.cli import bench, bundles, coalition, coalition_acts, coalition_work, hsds, loop, policy, serving, webhooks
from service.cli.options import PLAIN
from service.terminal import run
from service.wording import commands

app = typer.Typer(help=commands.PROGRAM, **PLAIN)  # type: ignore[arg-type]
for group in (bench, bundles, coalition, coalition_acts, coalition_work, hsds, loop, policy, serving, webhooks):
    group.add_commands(app)


def main() -> None:
    """Run the command that the command line names, and leave with its exit status."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run one command and return its exit status; without arguments, say what there is."""
    command = typer.main.get_command(app)
    asked = arguments or ["--help"]
    return run(lambda: command.main(args=asked, prog_name="referral-router", standalone_mode=False))
