"""What every command shares: the options of the same name, and the settings that they make."""

from __future__ import annotations

from typing import Annotated

import typer

from service.settings import Settings
from service.wording import commands

PLAIN = {"add_completion": False, "pretty_exceptions_enable": False, "rich_markup_mode": None}
"""How each group of commands is made: no rich tracebacks, which show what was typed."""

DatabaseUrl = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help=commands.DATABASE),
]
Port = Annotated[int, typer.Option(min=1, max=65535, help=commands.PORT)]


def read_settings(database: str | None) -> Settings:
    """Return the environment's settings; a database named on the command line wins."""
    return Settings() if database is None else Settings(database=database)
