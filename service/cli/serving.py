"""`serve`, `openapi` and `db upgrade`: the commands for answering over HTTP."""

from __future__ import annotations

from time import monotonic
from typing import Annotated

import typer

from service.app import description_bytes
from service.cli.environment import read_settings
from service.cli.options import PLAIN, DatabaseUrl, Port
from service.cli.terminal import Stopped, complain, say, write_bytes
from service.database.database import check_url, open_database
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.errors import KeysLost, SchemaNewer, StoreError
from service.i18n import commands, replies, setup
from service.maintenance.check_settings import find_faults
from service.maintenance.tables import all_tables
from service.server import HOST, PORT, serve_until_stopped


def add_commands(app: typer.Typer) -> None:
    """Add `serve`, `openapi` and `db` to the program."""
    app.command()(serve)
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
    with open_database(settings, must_exist=True) as store:
        try:
            store.require_usable()
            store.cipher.keys.require_all()
            load_snapshot(store.unit_of_work(writes=False))
        except (SchemaNewer, KeysLost):
            raise
        except StoreError as error:  # a coalition may be loaded while we serve; `/health/ready` tells what is missing
            complain(replies.NOT_READY.format(error=error))
    serve_until_stopped(settings, host=host, port=port, workers=workers)


def openapi(database: DatabaseUrl = None) -> None:  # noqa: ARG001 - every command takes it
    """Print what the HTTP interface offers (OpenAPI 3.1, JSON), the same for every database."""
    write_bytes(description_bytes())


def db_upgrade(database: DatabaseUrl = None) -> None:
    """Bring the tables of the database to the version of the program."""
    began = monotonic()
    with open_database(read_settings(database)) as store:
        is_newer = store.upgrade(all_tables)
    say(setup.NEWER_ADDED if is_newer else replies.TABLES_CURRENT.format(seconds=f"{monotonic() - began:.1f}"))
