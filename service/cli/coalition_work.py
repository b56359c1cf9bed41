"""`coverage` and the other commands for the coalition's own work: the documents of the HTTP interface, also as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Protocol, TypeVar

import typer
from pydantic import Field, TypeAdapter, ValidationError

from service.answers.printed import PrintedPage
from service.cli.console import printed_page
from service.cli.environment import read_settings
from service.cli.options import AsJson, DatabaseUrl
from service.cli.terminal import Status, Stopped, print_json, reader_language
from service.coalition import (
    Contacts,
    Coverage,
    Exchange,
    Map,
    VisibleDirectory,
    draw_calendar,
    draw_heat_map,
    draw_map,
    read_guide,
    visible_directory_of,
    write_graphml,
    write_node_link,
)
from service.coalition.outcome_files import draw_outcomes, write_csv
from service.coalition.printed import (
    print_contacts,
    print_coverage,
    print_due,
    print_exchange,
    print_guide,
    print_legal_hold,
    print_map,
    print_outcomes,
)
from service.coalition.use_cases.list_due import list_due
from service.coalition.use_cases.outcomes import get_outcomes
from service.database.database import open_database
from service.database.unit_of_work import UnitOfWork
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.i18n import commands, replies
from service.maintenance.show_legal_hold import show_legal_hold
from service.maintenance.tables import all_tables
from service.referrals.outcomes import BY

Organization = Annotated[str | None, typer.Option("--as", metavar="ORGANIZATION", help=commands.SEEN_AS)]
Type = Annotated[str | None, typer.Option("--type", metavar="TYPE", help=commands.ONE_TYPE)]
Svg = Annotated[Path | None, typer.Option("--svg", metavar="FILE", help=commands.SVG)]


class _Printable(Protocol):
    """An answer with a document to print."""

    def document(self) -> dict[str, Any]:
        """Return the answer as a JSON document."""


View = TypeVar("View", bound=_Printable)
Files = Mapping[Path | None, Callable[[str], str]]
"""The files that a reader may name, and what draws each in a language; None: not named."""
NO_FILES: Files = MappingProxyType({})


def add_commands(app: typer.Typer) -> None:
    """Add `coverage`, `map` and the other commands of this module to the program."""
    for command in (coverage, due, exchange, contacts, legal_hold, outcomes, guide):
        app.command()(command)
    app.command("map")(show_map)


def coverage(
    *,
    type: Type = None,  # noqa: A002
    area: Annotated[str | None, typer.Option(metavar="CODE", help=commands.ONE_AREA)] = None,
    age: Annotated[int | None, typer.Option(min=0, max=120, help=commands.ONE_AGE)] = None,
    speaks: Annotated[str | None, typer.Option(metavar="TAG", help=commands.SPEAKS)] = None,
    svg: Svg = None,
    as_json: AsJson = False,
    viewer: Organization = None,
    database: DatabaseUrl = None,
) -> None:
    """Count the services for each need, age and area: show gaps, and cells that a single agency serves."""
    with visible_directory(database, viewer) as visible:
        coverages = Coverage(visible, type=type, area=area, age=age, language=speaks)
        give(coverages, print_coverage, as_json, {svg: partial(draw_heat_map, coverages)})


def show_map(
    *,
    type: Type = None,  # noqa: A002
    of: Annotated[str | None, typer.Option(metavar="PART", help=commands.ONE_PART)] = None,
    svg: Svg = None,
    graphml: Annotated[Path | None, typer.Option(metavar="FILE", help=commands.GRAPHML)] = None,
    node_link: Annotated[Path | None, typer.Option(metavar="FILE", help=commands.NODE_LINK)] = None,
    as_json: AsJson = False,
    viewer: Organization = None,
    database: DatabaseUrl = None,
) -> None:
    """Show which agency can hand over to which. Mark an agency without which a need or an area is cut off."""
    with visible_directory(database, viewer) as visible:
        coalition_map = Map(visible, datetime.now(UTC), type, of)
        files: Files = {
            svg: partial(draw_map, coalition_map),
            graphml: lambda _: write_graphml(coalition_map.graph),
            node_link: lambda _: write_node_link(coalition_map.graph),
        }
        give(coalition_map, print_map, as_json, files)


def due(
    *,
    within: Annotated[str, typer.Option(metavar="DURATION", help=commands.WITHIN)] = "P60D",
    calendar: Annotated[Path | None, typer.Option(metavar="FILE", help=commands.CALENDAR)] = None,
    as_json: AsJson = False,
    viewer: Organization = None,
    database: DatabaseUrl = None,
) -> None:
    """List the work that falls due: agreements, terms, reviews, counts."""
    with at_work(database, viewer) as (visible, work):
        duties = list_due(work, visible, datetime.now(UTC), _duration(within))
        give(duties, print_due, as_json, {calendar: partial(draw_calendar, duties)})


def exchange(*, as_json: AsJson = False, viewer: Organization = None, database: DatabaseUrl = None) -> None:
    """Match the wants of members with the offers of other members."""
    with visible_directory(database, viewer) as visible:
        give(Exchange(visible, datetime.now(UTC)), print_exchange, as_json)


def contacts(*, as_json: AsJson = False, viewer: Organization = None, database: DatabaseUrl = None) -> None:
    """List the contacts of each member, with the end of each term and the successor."""
    with visible_directory(database, viewer) as visible:
        give(Contacts(for_members(visible), datetime.now(UTC)), print_contacts, as_json)


def legal_hold(
    row_id: Annotated[str | None, typer.Argument(metavar="ID", help=commands.HELD_ID)] = None,
    as_json: AsJson = False,
    viewer: Organization = None,
    database: DatabaseUrl = None,
) -> None:
    """For a subpoena: show agencies' contacts, rows held about an ID (--as must be a party), and facts never held."""
    with at_work(database, viewer) as (visible, work):
        settings, now = read_settings(database), datetime.now(UTC)
        give(show_legal_hold(work, settings, for_members(visible), now, row_id), print_legal_hold, as_json)


def outcomes(
    *,
    by: Annotated[str, typer.Option(metavar="WHAT", help=commands.BY)] = "type",
    quarter: Annotated[str | None, typer.Option("--quarter", metavar="QUARTER", help=commands.QUARTER)] = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help=commands.CSV)] = None,
    svg: Svg = None,
    as_json: AsJson = False,
    viewer: Organization = None,
    database: DatabaseUrl = None,
) -> None:
    """Count the outcomes of referrals in a closed quarter. Small numbers are left out, the rest is rounded down."""
    if by not in BY:
        raise Stopped(replies.ONE_OF.format(words=", ".join(BY)), Status.WRONG_USAGE)
    with at_work(database, viewer) as (visible, work):
        document = get_outcomes(work, for_members(visible), quarter=quarter, by=by)
    files: Files = {csv: partial(write_csv, document), svg: partial(draw_outcomes, document)}
    named = {file: write for file, write in files.items() if file is not None}
    for file, write in named.items():
        write_file(file, write(reader_language()))
    if as_json:
        print_json(document)
    elif not named:
        print_outcomes(printed_page(), document)


def guide(
    sector: Annotated[str | None, typer.Argument(metavar="SECTOR", help=commands.SECTOR)] = None,
    as_json: AsJson = False,
    database: DatabaseUrl = None,
) -> None:
    """Show the signs to notice and the questions to ask in a sector; without SECTOR, list the sectors."""
    read_settings(database)
    if as_json:
        print_json(read_guide(sector))
        return
    page = printed_page()
    if sector is None:
        for entry in read_guide()["sectors"]:
            page.row(entry["sector"], entry["name"], width=22)
    else:
        print_guide(page, read_guide(sector))


def _duration(text: str) -> timedelta:
    try:
        return TypeAdapter(Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=3660))]).validate_python(text)
    except ValidationError:
        raise Stopped(replies.NOT_A_DURATION, Status.WRONG_USAGE) from None


@contextmanager
def at_work(database: str | None, organization: str | None) -> Iterator[tuple[VisibleDirectory, UnitOfWork]]:
    """Give the directory in an organization's view (a slug; None: the whole directory), and a unit of work that reads.

    For a `with` block.
    """
    with open_database(read_settings(database), must_exist=True) as store:
        store.upgrade(all_tables)
        visible = visible_directory_of(load_snapshot(store.unit_of_work(writes=False)), organization)
        yield visible, store.unit_of_work(writes=False)


@contextmanager
def visible_directory(database: str | None, organization: str | None) -> Iterator[VisibleDirectory]:
    """Give the directory in an organization's view (a slug), as `at_work` does. For a `with` block."""
    with at_work(database, organization) as (visible, _):
        yield visible


def for_members(visible: VisibleDirectory) -> VisibleDirectory:
    """Return `visible`, the view of a member.

    Raises:
        Stopped: the organization is not a member.
    """
    if not visible.is_for_member:
        raise Stopped(replies.MEMBERS_ONLY)
    return visible


def give(view: View, show: Callable[[PrintedPage, View], None], as_json: bool, files: Files = NO_FILES) -> None:
    """Write each of `files` that is named; print the answer as JSON if asked, as text where no file is named."""
    named = {file: draw for file, draw in files.items() if file is not None}
    for file, draw in named.items():
        write_file(file, draw(reader_language()))
    if as_json:
        print_json(view.document())
    elif not named:
        show(printed_page(), view)


def write_file(file: Path, text: str) -> None:
    """Write a picture, a graph or a calendar to a file.

    Raises:
        Stopped: the file cannot be written.
    """
    try:
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Stopped(
            replies.CANNOT_WRITE.format(what=replies.FILES["file"], strerror=error.strerror), Status.WRONG_USAGE
        ) from None
