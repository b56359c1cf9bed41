"""`token`: print a bearer token or a link to sign in, and refuse a token before its end."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli.environment import read_settings
from service.cli.login import login_link
from service.cli.opening import note_act, opening
from service.cli.options import PLAIN, DatabaseUrl, Port
from service.cli.terminal import Status, Stopped, read_token, say
from service.database.database import check_url
from service.directory.access import KNOWN_SCOPES
from service.errors import NotFound
from service.i18n import commands, replies
from service.security import Caller, InvalidToken, build_caller, build_verifier, issue_token, read_ttl
from service.server import PORT
from service.sessions.refuse_tokens import refuse_by_jti, refuse_by_token
from service.settings import Settings

TTL = "1h"
_LONGEST_JTI = 255


def add_commands(app: typer.Typer) -> None:
    """Add the group `token` to the program; alone it prints a token."""
    group = typer.Typer(invoke_without_command=True, **PLAIN)  # type: ignore[arg-type]
    group.callback()(token)
    group.command()(refuse)
    app.add_typer(group, name="token")


def token(  # noqa: PLR0917 - typer gives them by name
    context: typer.Context,
    organization: Annotated[str | None, typer.Option(metavar="SLUG", help=commands.ORGANIZATION)] = None,
    scope: Annotated[list[str] | None, typer.Option("--scope", metavar="SCOPE", help=commands.SCOPE)] = None,
    ttl: Annotated[str | None, typer.Option(metavar="TIME", help=commands.TTL)] = None,
    subject: Annotated[str | None, typer.Option(metavar="NAME", help=commands.SUBJECT)] = None,
    login: Annotated[bool, typer.Option("--login", help=commands.LOGIN)] = False,
    port: Port = PORT,
    database: DatabaseUrl = None,
) -> None:
    """Print a bearer token for the HTTP interface, signed with the local key pair, which is made at first use.

    With --login print a link instead, which signs a person in to the pages, once, within ten minutes. `token refuse`
    ends one token before its time, `keys remove token` all that a key signed.
    """
    if context.invoked_subcommand is not None:
        if organization or scope or ttl or subject or login or database:
            raise Stopped(replies.COMMAND_ALONE, Status.WRONG_USAGE)
        return
    if organization is None:
        raise Stopped(replies.NEEDS_ORGANIZATION, Status.WRONG_USAGE)
    if login and ttl is not None:
        raise Stopped(replies.LINKS_HAVE_THEIR_TIME, Status.WRONG_USAGE)
    try:
        caller = build_caller(organization=organization, scopes=scope or [], subject=subject)
        lives = read_ttl(ttl or TTL)
    except ValueError as error:
        raise Stopped(replies.NOT_SIGNED.format(error=error), Status.WRONG_USAGE) from None
    if not caller.scopes <= KNOWN_SCOPES:
        raise Stopped(replies.UNKNOWN_SCOPE.format(known=" ".join(sorted(KNOWN_SCOPES))), Status.WRONG_USAGE)
    settings = read_settings(database)
    check_url(settings)
    note_act(settings)
    say(_login_link(settings, caller, port) if login else issue_token(settings, caller, ttl=lives))


def refuse(
    jti: Annotated[str | None, typer.Argument(metavar="JTI", help=commands.REFUSED_JTI)] = None,
    database: DatabaseUrl = None,
) -> None:
    """Refuse a token before its end, in every process within two seconds, with sign-in links and sessions made with it.

    The token is read from standard input, or named by its `jti`: other users of the machine can read command lines.
    """
    settings = read_settings(database)
    verifier = build_verifier(settings)
    with opening(settings) as store:
        if jti is None or jti == "-":
            try:
                refuse_by_token(store.unit_of_work(), verifier, read_token())
            except InvalidToken as refused:
                raise Stopped(replies.REFUSED_ALREADY.format(reason=refused.refusal)) from None
        elif settings.jwks_url is not None:
            raise Stopped(replies.NAME_IT_WHOLE, Status.WRONG_USAGE)
        elif not jti.isprintable() or not 0 < len(jti) <= _LONGEST_JTI or jti.count(".") == 2:
            raise Stopped(replies.NO_JTI, Status.WRONG_USAGE)
        else:
            refuse_by_jti(store.unit_of_work(), jti)
    say(replies.REFUSED_NOW)


def _login_link(settings: Settings, caller: Caller, port: int) -> str:
    with opening(settings) as store:
        try:
            return login_link(store, settings, caller, port=port)
        except NotFound:
            raise Stopped(replies.NO_LINK_FOR_STRANGERS) from None
