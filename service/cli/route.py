"""`route`: ranked referral paths from the loaded coalition."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from service.answers.printed import print_answer, print_group
from service.answers.profile import NeedsProfile, read_group, read_profile
from service.answers.schemas.answer import AnswerDocument
from service.answers.use_cases.find_group_paths import find_group_paths
from service.answers.use_cases.find_paths import find_paths
from service.cli.console import printed_page
from service.cli.environment import read_settings
from service.cli.options import AsJson, DatabaseUrl
from service.cli.terminal import print_json, read_input
from service.database.database import Database, open_database
from service.directory.snapshot.directory_snapshot import DirectorySnapshot, load_snapshot
from service.i18n import commands
from service.maintenance.tables import all_tables


def add_commands(app: typer.Typer) -> None:
    """Add `route` to the program."""
    app.command()(route)


def route(
    profile: Annotated[str | None, typer.Argument(metavar="PROFILE", help=commands.PROFILE)] = None,
    *,
    as_json: AsJson = False,
    full: Annotated[bool, typer.Option("--full", help=commands.FULL)] = False,
    group: Annotated[str | None, typer.Option("--group", metavar="FILE", help=commands.GROUP)] = None,
    database: DatabaseUrl = None,
) -> None:
    """Find referral paths for a needs profile, or for a group at once. Neither is kept."""
    if (profile is None) is (group is None):
        raise typer.BadParameter(commands.PROFILE_OR_GROUP, param_hint="PROFILE / --group")
    if group is not None:
        route_group(group, database=database, as_json=as_json)
        return
    needs_profile = read_profile(read_input(profile or "-", "profile"))
    with open_database(read_settings(database), must_exist=True) as store:
        store.upgrade(all_tables)
        if not as_json:
            route_and_print(store, needs_profile, full=full)
            return
        document, _ = _route(load_snapshot(store.unit_of_work(writes=False)), needs_profile)
    print_json(document)


def route_group(group: str, *, database: str | None, as_json: bool) -> None:
    """Print a path for each person of the group in a file."""
    clients = read_group(read_input(group, "group"))
    with open_database(read_settings(database), must_exist=True) as store:
        store.upgrade(all_tables)
        directory = load_snapshot(store.unit_of_work(writes=False))
    at = (clients.at or datetime.now(UTC)).astimezone(directory.snapshot.zone)
    document = find_group_paths(directory, clients, now=at)
    if as_json:
        print_json(document)
    else:
        print_group(printed_page(), document, asked_at=at)


def _route(directory: DirectorySnapshot, profile: NeedsProfile) -> tuple[AnswerDocument, datetime]:
    """Return the answer document, and the moment of the decision in the coalition's time zone."""
    at = (profile.at or datetime.now(UTC)).astimezone(directory.snapshot.zone)
    return find_paths(directory, profile, now=lambda: at), at


def route_and_print(store: Database, profile: NeedsProfile, *, full: bool = False) -> None:
    """Print the whole answer to a profile from an open database."""
    whole = profile.model_copy(update={"include": None})
    document, at = _route(load_snapshot(store.unit_of_work(writes=False)), whole)
    print_answer(printed_page(), document, asked_at=at, full=full)
