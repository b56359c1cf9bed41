"""`coalition what-if`: compare the coalition with one that has more services or agreements; nothing is stored."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from service.cli.coalition_work import Organization, at_work
from service.cli.console import printed_page
from service.cli.options import PLAIN, AsJson, DatabaseUrl
from service.cli.terminal import print_json, read_input
from service.coalition.printed import print_what_if
from service.coalition.use_cases.usual_answers import with_usual_answers
from service.coalition.what_if import CALLS, WhatIf, read_assumptions, read_changes
from service.i18n import commands

coalition = typer.Typer(help=commands.WHAT_IF, **PLAIN)  # type: ignore[arg-type]


def add_commands(app: typer.Typer) -> None:
    """Add the group `coalition` to the program."""
    app.add_typer(coalition, name="coalition")


@coalition.callback(help=commands.WHAT_IF)
def _group() -> None:
    pass


@coalition.command("what-if")
def what_if(
    *,
    changes: Annotated[str, typer.Argument(metavar="CHANGES", help=commands.CHANGES)],
    assumptions: Annotated[str | None, typer.Option("--assumptions", metavar="FILE", help=commands.ASSUMPTIONS)] = None,
    calls: Annotated[int, typer.Option("--calls", metavar="NUMBER", min=1, max=5000, help=commands.CALLS)] = CALLS,
    as_json: AsJson = False,
    viewer: Organization = None,
    database: DatabaseUrl = None,
) -> None:
    """Show what new services or agreements would change: who is covered, who has a backup, and who says yes."""
    body = read_changes(read_input(changes, "changes"))
    assumed = read_assumptions(None if assumptions is None else read_input(assumptions, "assumptions"))
    with at_work(database, viewer) as (visible, work):
        seen = with_usual_answers(work, visible)
        document = WhatIf(seen, body, datetime.now(UTC), assumed, calls).document()
    if as_json:
        print_json(document)
    else:
        print_what_if(printed_page(), document)
