"""The options that commands share. The list of commands imports this module, so it imports only quick modules."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from service.cli.terminal import choose_language
from service.i18n import commands

PLAIN = {"add_completion": False, "pretty_exceptions_enable": False, "rich_markup_mode": None}
"""The settings of each group of commands: without rich tracebacks, which show the values that were typed."""

DatabaseUrl = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help=commands.DATABASE),
]
Port = Annotated[int, typer.Option(min=1, max=65535, help=commands.PORT)]
MostMinutes = Annotated[float, typer.Option(min=0.01, metavar="MINUTES", help=commands.MOST_MINUTES)]
MostMemory = Annotated[int, typer.Option(min=128, metavar="MIB", help=commands.MOST_MEMORY)]
Publish = Annotated[list[str] | None, typer.Option("--publish", metavar="ORG", help=commands.PUBLISH)]


class TableFormat(StrEnum):
    """The forms of a table."""

    plain = "plain"
    markdown = "markdown"
    csv = "csv"


Form = Annotated[TableFormat, typer.Option("--format", help=commands.FORM)]
AsJson = Annotated[bool, typer.Option("--json", help=commands.AS_JSON)]


def with_language(command: Any) -> Any:
    """Return a command with the option `--language`, a group with that of its commands; `words` has its own."""
    for subcommand in getattr(command, "commands", {}).values():
        with_language(subcommand)
    is_run = getattr(command, "invoke_without_command", True)
    if is_run and not any("--language" in option.opts for option in command.params):
        command.params.append(_language())
    return command


def _language() -> Any:
    """Return the option, taken from a command that typer makes: each version of typer builds its options otherwise."""
    app = typer.Typer(**PLAIN)  # type: ignore[arg-type]
    app.command()(_read_language)
    return next(option for option in typer.main.get_command(app).params if "--language" in option.opts)


def _read_language(
    language: Annotated[
        str | None,
        typer.Option(
            "--language", metavar="TAG", help=commands.LANGUAGE,
            expose_value=False, is_eager=True, callback=choose_language,
        ),
    ] = None,
) -> None: ...  # fmt: skip
