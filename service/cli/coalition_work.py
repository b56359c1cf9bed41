"""`coverage` and the other commands for the coalition's own work: the same documents as over HTTP, for people too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar

import typer
from pydantic import Field, TypeAdapter, ValidationError
from rich.console import Console

from service.cli.console import console
from service.cli.environment import read_settings
from service.cli.options import AsJson, DatabaseUrl
from service.cli.terminal import Status, Stopped, print_json, say
from service.coalition import (
    AgencyWords,
    Contacts,
    Coverage,
    Exchange,
    Map,
    VisibleDirectory,
    draw_calendar,
    draw_heat_map,
    draw_map,
    read_guide,
    sight_of,
)
from service.coalition.outcomes import BY
from service.render.work import (
    print_contacts,
    print_coverage,
    print_due,
    print_exchange,
    print_guide,
    print_legal_hold,
    print_map,
    print_outcomes,
    print_words,
)
from service.serving.served import load_served
from service.store import UnitOfWork
from service.store.database import open_database
from service.usecases.count_outcomes import get_outcomes
from service.usecases.list_due import list_due
from service.usecases.show_legal_hold import show_legal_hold
from service.wording import commands, replies

Organization = Annotated[str | None, typer.Option("--as", metavar="ORGANIZATION", help=commands.SEEN_AS)]
Type = Annotated[str | None, typer.Option("--type", metavar="TYPE", help=commands.ONE_TYPE)]
Svg = Annotated[Path | None, typer.Option("--svg", metavar="FILE", help=commands.SVG)]


class _Printable(Protocol):
    """What has a document to print."""

    def document(self) -> dict[str, Any]:
        """Return the answer as the contract shapes it."""


Shown = TypeVar("Shown", bound=_Printable)


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the program."""
    for command in (coverage, due, exchange, contacts, words, legal_hold, outcomes, guide):
        app.command()(command)
    app.command("map")(show_map)


def coverage(
    *,
    type: Type = None,  # noqa: A002
    area: Annotated[str | None, typer.Option(metavar="CODE", help=commands.ONE_AREA)] = None,
    age: Annotated[int | None, typer.Option(min=0, max=120, help=commands.ONE_AGE)] = None,
    language: Annotated[str | None, typer.Option(metavar="TAG", help=commands.ONE_LANGUAGE)] = None,
    svg: Svg = None,
    as_json: AsJson = False,
    seen_as: Organization = None,
    database: DatabaseUrl = None,
) -> None:
    """Count who takes whom, by need, age and area: gaps, and what one agency alone does."""
    with seen(database, seen_as) as sight:
        found = Coverage(sight, type=type, area=area, age=age, language=language)
        _give(found, as_json, print_coverage, svg, lambda: draw_heat_map(found))


def show_map(
    *,
    type: Type = None,  # noqa: A002
    svg: Svg = None,
    as_json: AsJson = False,
    seen_as: Organization = None,
    database: DatabaseUrl = None,
) -> None:
    """Show who can hand over to whom, and without whom something is out of reach."""
    with seen(database, seen_as) as sight:
        found = Map(sight, datetime.now(UTC), type)
        _give(found, as_json, print_map, svg, lambda: draw_map(found))


def due(
    *,
    within: Annotated[str, typer.Option(metavar="DURATION", help=commands.WITHIN)] = "P60D",
    calendar: Annotated[Path | None, typer.Option(metavar="FILE", help=commands.CALENDAR)] = None,
    as_json: AsJson = False,
    seen_as: Organization = None,
    database: DatabaseUrl = None,
) -> None:
    """List what needs somebody: agreements, terms, reviews, counts."""
    with at_work(database, seen_as) as (sight, work):
        found = list_due(work, sight, datetime.now(UTC), _duration(within))
        _give(found, as_json, print_due, calendar, lambda: draw_calendar(found))


def exchange(as_json: AsJson = False, seen_as: Organization = None, database: DatabaseUrl = None) -> None:
    """Hold what members want against what others offer."""
    with seen(database, seen_as) as sight:
        _give(Exchange(sight, datetime.now(UTC)), as_json, print_exchange)


def contacts(as_json: AsJson = False, seen_as: Organization = None, database: DatabaseUrl = None) -> None:
    """List who speaks for each member, until when, and who follows."""
    with seen(database, seen_as) as sight:
        _give(Contacts(for_members(sight), datetime.now(UTC)), as_json, print_contacts)


def words(as_json: AsJson = False, seen_as: Organization = None, database: DatabaseUrl = None) -> None:
    """Show words that mean one thing to one agency and another to the next, side by side."""
    with seen(database, seen_as) as sight:
        _give(AgencyWords(sight), as_json, print_words)


def legal_hold(
    held_id: Annotated[str | None, typer.Argument(metavar="ID", help=commands.HELD_ID)] = None,
    as_json: AsJson = False,
    seen_as: Organization = None,
    database: DatabaseUrl = None,
) -> None:
    """For a subpoena: whom to call at each agency, what is held about an id that `--as` is party to, what is not."""
    with at_work(database, seen_as) as (sight, work):
        settings, now = read_settings(database), datetime.now(UTC)
        _give(show_legal_hold(work, settings, for_members(sight), now, held_id), as_json, print_legal_hold)


def outcomes(
    by: Annotated[str, typer.Option(metavar="WHAT", help=commands.BY)] = "type",
    quarter: Annotated[str | None, typer.Option(metavar="QUARTER", help=commands.QUARTER)] = None,
    as_json: AsJson = False,
    seen_as: Organization = None,
    database: DatabaseUrl = None,
) -> None:
    """Count what became of the referrals of a closed quarter: small numbers are left out, the rest is rounded down."""
    if by not in BY:
        raise Stopped(replies.ONE_OF.format(words=", ".join(BY)), Status.WRONG_USAGE)
    with at_work(database, seen_as) as (sight, work):
        document = get_outcomes(work, for_members(sight), quarter=quarter, by=by)
    if as_json:
        print_json(document)
    else:
        print_outcomes(console(), document)


def guide(
    sector: Annotated[str | None, typer.Argument(metavar="SECTOR", help=commands.SECTOR)] = None,
    as_json: AsJson = False,
    database: DatabaseUrl = None,  # noqa: ARG001 - every command takes it
) -> None:
    """Show what may be seen and asked in one sector; without one, which there are."""
    if as_json:
        print_json(read_guide(sector))
    elif sector is None:
        for one in read_guide()["sectors"]:
            say(f"{one['sector']:<22}{one['name']}")
    else:
        print_guide(console(), read_guide(sector))


def _duration(text: str) -> timedelta:
    try:
        return TypeAdapter(Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=3660))]).validate_python(text)
    except ValidationError:
        raise Stopped(replies.NOT_A_DURATION, Status.WRONG_USAGE) from None


@contextmanager
def at_work(database: str | None, organization: str | None) -> Iterator[tuple[VisibleDirectory, UnitOfWork]]:
    """Give what an organization (a slug) may see of the directory, all of it for None, and a unit of work that reads.

    For a `with` block.
    """
    with open_database(read_settings(database), must_exist=True) as opened:
        opened.upgrade()
        sight = sight_of(load_served(opened.unit_of_work(writes=False)), organization)
        yield sight, opened.unit_of_work(writes=False)


@contextmanager
def seen(database: str | None, organization: str | None) -> Iterator[VisibleDirectory]:
    """Give what an organization (a slug) may see, as `at_work` does."""
    with at_work(database, organization) as (sight, _):
        yield sight


def for_members(sight: VisibleDirectory) -> VisibleDirectory:
    """Return what a member may see.

    Raises:
        Stopped: the organization is none.
    """
    if not sight.is_for_member:
        raise Stopped(replies.MEMBERS_ONLY)
    return sight


def _give(
    found: Shown,
    as_json: bool,
    show: Callable[[Console, Shown], None],
    file: Path | None = None,
    draw: Callable[[], str] | None = None,
) -> None:
    """Write a picture (or the like) where a file is named, and print the rest: for programs, or for people."""
    if file is not None and draw is not None:
        write_file(file, draw())
    if as_json:
        print_json(found.document())
    elif file is None:
        show(console(), found)


def write_file(file: Path, text: str) -> None:
    """Write a picture or the like.

    Raises:
        Stopped: it cannot be written.
    """
    try:
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Stopped(replies.CANNOT_WRITE.format(what="file", strerror=error.strerror), Status.WRONG_USAGE) from None
