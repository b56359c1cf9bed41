"""`serve`, `token`, `openapi` and `db upgrade`: the commands for answering over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from service.app import description_bytes
from service.auth import Caller, build_caller, issue_token, read_ttl
from service.cli.environment import read_settings
from service.cli.login import login_link
from service.cli.opening import opening
from service.cli.options import PLAIN, DatabaseUrl, Port
from service.cli.terminal import Status, Stopped, complain, say, write_bytes
from service.errors import SchemaNewer, StoreError
from service.server import HOST, PORT, serve_until_stopped
from service.serving.served import load_served
from service.settings import Settings
from service.store.database import check_url, open_database
from service.usecases.check_settings import find_faults
from service.wording import commands, replies

TTL = "1h"


def add_commands(app: typer.Typer) -> None:
    """Add `serve`, `token`, `openapi` and `db` to the program."""
    app.command()(serve)
    app.command()(token)
    app.command("openapi")(openapi)
    db = typer.Typer(help=commands.DB, **PLAIN)  # type: ignore[arg-type]
    db.command("upgrade")(db_upgrade)
    app.add_typer(db, name="db")


def serve(
    host: Annotated[str, typer.Option(help=commands.HOST)] = HOST,
    port: Port = PORT,
    workers: Annotated[int, typer.Option(min=1, help=commands.WORKERS)] = 1,
    database: DatabaseUrl = None,
) -> None:
    """Serve over HTTP until stopped. Bring the database up with `load` or `db upgrade` first."""
    settings = read_settings(database)
    check_url(settings)
    if faults := find_faults(settings):  # told here, and not with a traceback in each process of the server
        raise Stopped("\n".join(faults))
    with open_database(settings, must_exist=True) as opened:
        try:
            opened.require_current()
            load_served(opened.unit_of_work(writes=False))
        except SchemaNewer:
            raise
        except StoreError as error:  # a coalition may be loaded while we serve; `/health/ready` tells what is missing
            complain(replies.NOT_READY.format(error=error))
    serve_until_stopped(settings, host=host, port=port, workers=workers)


def token(  # noqa: PLR0917 - typer gives them by name
    organization: Annotated[str, typer.Option(metavar="SLUG", help=commands.ORGANIZATION)],
    scope: Annotated[list[str] | None, typer.Option("--scope", metavar="SCOPE", help=commands.SCOPE)] = None,
    ttl: Annotated[str | None, typer.Option(metavar="TIME", help=commands.TTL)] = None,
    subject: Annotated[str | None, typer.Option(metavar="NAME", help=commands.SUBJECT)] = None,
    login: Annotated[bool, typer.Option("--login", help=commands.LOGIN)] = False,
    port: Port = PORT,
    database: DatabaseUrl = None,
) -> None:
    """Print a bearer token for the HTTP interface, signed with the local key pair, which is made at first use.

    A token cannot be withdrawn alone: deleting the key file withdraws every token signed with the key. With --login
    print a link instead, which signs a person in to the pages, once, within ten minutes.
    """
    if login and ttl is not None:
        raise Stopped(replies.LINKS_HAVE_THEIR_TIME, Status.WRONG_USAGE)
    try:
        caller = build_caller(organization=organization, scopes=scope or [], subject=subject)
        lives = read_ttl(ttl or TTL)
    except ValueError as error:
        raise Stopped(replies.NOT_SIGNED.format(error=error), Status.WRONG_USAGE) from None
    settings = read_settings(database)
    check_url(settings)
    say(_login_link(settings, caller, port) if login else issue_token(settings, caller, ttl=lives))


def _login_link(settings: Settings, caller: Caller, port: int) -> str:
    with opening(settings) as found:
        return login_link(found, settings, caller, port=port)


def openapi(database: DatabaseUrl = None) -> None:  # noqa: ARG001 - every command takes it
    """Print what the HTTP interface offers (OpenAPI 3.1, JSON), the same for every database."""
    write_bytes(description_bytes())


def db_upgrade(database: DatabaseUrl = None) -> None:
    """Bring the tables of the database to the version of the program."""
    with open_database(read_settings(database)) as opened:
        opened.upgrade()
    say(replies.TABLES_CURRENT)
