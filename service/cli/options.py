"""The options that commands share. Imported by the list of all commands: nothing here imports what takes long."""

from __future__ import annotations

from typing import Annotated

import typer

from service.wording import commands

PLAIN = {"add_completion": False, "pretty_exceptions_enable": False, "rich_markup_mode": None}
"""How each group of commands is made: no rich tracebacks, which show what was typed."""

DatabaseUrl = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help=commands.DATABASE),
]
Port = Annotated[int, typer.Option(min=1, max=65535, help=commands.PORT)]
