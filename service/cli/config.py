"""`config check`: the settings of the program, where each comes from, and what is wrong with them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import typer
from pydantic import SecretStr, ValidationError
from sqlalchemy import make_url

from policies.messages import joined
from service.cli.environment import build_settings, setting_problems, unknown_variables
from service.cli.options import PLAIN, DatabaseUrl
from service.cli.terminal import Stopped, say
from service.i18n import commands, replies
from service.maintenance.check_settings import find_faults
from service.settings import Settings, given_in_environment, variable_of


def add_commands(app: typer.Typer) -> None:
    """Add `config` to the program."""
    config = typer.Typer(help=commands.CONFIG, **PLAIN)  # type: ignore[arg-type]
    config.command("check")(check)
    app.add_typer(config, name="config")


def check(database: DatabaseUrl = None) -> None:
    """Print every setting and its origin, or all that is wrong with the settings. Secrets are not shown."""
    problems = unknown_variables()
    try:
        settings = build_settings(database)
    except ValidationError as error:
        raise Stopped(joined([*problems, *setting_problems(error)], "\n")) from None
    if problems := [*problems, *find_faults(settings, every_need=True)]:
        raise Stopped(joined(problems, "\n"))
    for name in Settings.model_fields:
        text, origin = _text_of(name, getattr(settings, name)), _origin(name, database)
        say(joined([f"{variable_of(name)} = ", text, "  (", origin, ")"], ""))


def _text_of(name: str, value: Any) -> str:
    if value is None:
        return replies.NOT_SET
    if isinstance(value, SecretStr):
        return replies.NOT_SHOWN
    if isinstance(value, bool):
        return str(value).lower()
    if name == "database":  # a password may stand before the host, and after the question mark
        return make_url(value).set(query={}).render_as_string(hide_password=True)
    if "://" in str(value):  # a key may stand before the host, after the question mark, and after the hash
        url = urlsplit(str(value))
        return f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}"
    return str(list(value)) if isinstance(value, tuple) else str(value)


def _origin(name: str, database: str | None) -> str:
    if name == "database" and database is not None:
        return replies.FROM_COMMAND_LINE
    return replies.FROM_ENVIRONMENT if name in given_in_environment() else replies.BY_DEFAULT
