"""What every command shares: the options of the same name, and the settings that they make."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import ValidationError

from service.settings import Settings
from service.terminal import Status, Stopped
from service.wording import commands, replies

PLAIN = {"add_completion": False, "pretty_exceptions_enable": False, "rich_markup_mode": None}
"""How each group of commands is made: no rich tracebacks, which show what was typed."""

DatabaseUrl = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help=commands.DATABASE),
]
Port = Annotated[int, typer.Option(min=1, max=65535, help=commands.PORT)]
AsJson = Annotated[bool, typer.Option("--json", help=commands.AS_JSON)]


def read_settings(database: str | None) -> Settings:
    """Return the environment's settings; a database named on the command line wins.

    Raises:
        Stopped: a setting is wrong; the message names it, and not what it says.
    """
    try:
        return Settings() if database is None else Settings(database=database)
    except ValidationError as error:
        prefix = Settings.model_config["env_prefix"]
        names = sorted({f"{prefix}{detail['loc'][0]}".upper() for detail in error.errors(include_input=False)})
        raise Stopped(replies.WRONG_SETTING.format(names=", ".join(names)), Status.WRONG_USAGE) from None
