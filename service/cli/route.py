"""`route`: ranked referral paths from the loaded coalition."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from service.cli.console import console
from service.cli.environment import read_settings
from service.cli.options import AsJson, DatabaseUrl
from service.cli.terminal import print_json, read_input
from service.profile import NeedsProfile, read_profile
from service.render import print_answer
from service.serving.served import Served, load_served
from service.store.database import Database, open_database
from service.usecases.find_paths import find_paths
from service.wording import commands


def add_commands(app: typer.Typer) -> None:
    """Add `route` to the program."""
    app.command()(route)


def route(
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help=commands.PROFILE)],
    as_json: AsJson = False,
    full: Annotated[bool, typer.Option("--full", help=commands.FULL)] = False,
    database: DatabaseUrl = None,
) -> None:
    """Find referral paths for a needs profile. The profile is not kept."""
    asked = read_profile(read_input(profile, "profile"))
    with open_database(read_settings(database), must_exist=True) as opened:
        opened.upgrade()
        if not as_json:
            route_and_print(opened, asked, full=full)
            return
        document, _ = _route(load_served(opened.unit_of_work(writes=False)), asked)
    print_json(document)


def _route(served: Served, asked: NeedsProfile) -> tuple[dict[str, Any], datetime]:
    """Return the answer document, and the moment of the decision in the coalition's time zone."""
    at = (asked.at or datetime.now(UTC)).astimezone(served.snapshot.zone)
    return find_paths(served, asked, now=lambda: at), at


def route_and_print(opened: Database, asked: NeedsProfile, *, full: bool = False) -> None:
    """Print the whole answer to a profile from an open database."""
    whole = asked.model_copy(update={"include": None})
    document, at = _route(load_served(opened.unit_of_work(writes=False)), whole)
    print_answer(console(), document, asked_at=at, full=full)
