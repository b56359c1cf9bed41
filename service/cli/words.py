"""`words`: words with two meanings at different agencies; and catalogues of sentences, for translators."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from policies.messages import joined
from service.cli.coalition_work import Organization, give, visible_directory
from service.cli.environment import read_settings
from service.cli.options import PLAIN, AsJson, DatabaseUrl
from service.cli.terminal import Status, Stopped, complain, say, write_bytes
from service.coalition import AgencyWords
from service.coalition.printed import print_words
from service.i18n import commands, replies
from service.i18n.translation import CODE

words = typer.Typer(help=commands.WORDS, invoke_without_command=True, **PLAIN)  # type: ignore[arg-type]
Translated = Annotated[str, typer.Option("--language", metavar="CODE", help=commands.TRANSLATED)]


def add_commands(app: typer.Typer) -> None:
    """Add `words` to the program."""
    app.add_typer(words, name="words")


@words.callback()
def show(
    context: typer.Context,
    *,
    as_json: AsJson = False,
    viewer: Organization = None,
    database: DatabaseUrl = None,
) -> None:
    """Show words with two meanings at different agencies, side by side."""
    if context.invoked_subcommand is None:
        with visible_directory(database, viewer) as visible:
            give(AgencyWords(visible), print_words, as_json)


@words.command("export")
def export(
    language: Translated,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help=commands.CATALOGUE_OUT)] = None,
    database: DatabaseUrl = None,
) -> None:
    """Write the catalogue of a language for its translators: every sentence and word, what is translated kept."""
    from service.maintenance.catalogue import export_catalogue  # noqa: PLC0415 - takes long

    data = export_catalogue(_code(language, database))
    if out is None:
        write_bytes(data)
        return
    try:
        out.write_bytes(data)
    except OSError as error:
        raise Stopped(
            replies.CANNOT_WRITE.format(what=replies.FILES["file"], strerror=error.strerror), Status.WRONG_USAGE
        ) from None


@words.command("check")
def check(language: Translated, database: DatabaseUrl = None) -> int:
    """Say what a language's catalogues lack, where placeholders differ, and which labels are too long."""
    from service.maintenance.catalogue import check_catalogue  # noqa: PLC0415 - takes long

    findings = check_catalogue(_code(language, database))
    for finding in findings:
        say(joined([finding.place, finding.problem, finding.english], ": "))
    complain(replies.TEXTS_TO_MEND.format(count=len(findings)))
    return Status.REFUSED if findings else Status.DONE


def _code(language: str, database: str | None) -> str:
    read_settings(database)
    if not CODE.fullmatch(language):
        raise Stopped(replies.NO_LANGUAGE_CODE, Status.WRONG_USAGE)
    return language
