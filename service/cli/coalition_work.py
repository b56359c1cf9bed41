"""`coverage` and the other commands for the coalition's own work: the same documents as over HTTP, for people too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import Field, TypeAdapter, ValidationError

from service.cli.options import AsJson, DatabaseUrl, read_settings
from service.coalition import (
    Contacts,
    Coverage,
    Due,
    Exchange,
    Map,
    Sight,
    draw_calendar,
    draw_heat_map,
    draw_map,
    read_guide,
    sight_of,
)
from service.database import open_database
from service.render.work import print_contacts, print_coverage, print_due, print_exchange, print_guide, print_map
from service.served import load_served
from service.terminal import Status, Stopped, console, say, write_bytes
from service.wording import commands, replies

Organization = Annotated[str | None, typer.Option("--as", metavar="ORGANIZATION", help=commands.SEEN_AS)]
Type = Annotated[str | None, typer.Option("--type", metavar="TYPE", help=commands.ONE_TYPE)]
Svg = Annotated[Path | None, typer.Option("--svg", metavar="FILE", help=commands.SVG)]


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the program."""
    for command in (coverage, due, exchange, contacts, guide):
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
        if svg is not None:
            write_file(svg, draw_heat_map(found))
        if as_json:
            write_json(found.document())
        elif svg is None:
            print_coverage(console(), found)


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
        if svg is not None:
            write_file(svg, draw_map(found))
        if as_json:
            write_json(found.document())
        elif svg is None:
            print_map(console(), found)


def due(
    *,
    within: Annotated[str, typer.Option(metavar="DURATION", help=commands.WITHIN)] = "P60D",
    calendar: Annotated[Path | None, typer.Option(metavar="FILE", help=commands.CALENDAR)] = None,
    as_json: AsJson = False,
    seen_as: Organization = None,
    database: DatabaseUrl = None,
) -> None:
    """List what needs somebody: agreements, terms, reviews, counts."""
    with seen(database, seen_as) as sight:
        found = Due(sight, datetime.now(UTC), _duration(within))
        if calendar is not None:
            write_file(calendar, draw_calendar(found))
        if as_json:
            write_json(found.document())
        elif calendar is None:
            print_due(console(), found)


def exchange(as_json: AsJson = False, seen_as: Organization = None, database: DatabaseUrl = None) -> None:
    """Hold what members want against what others offer."""
    with seen(database, seen_as) as sight:
        found = Exchange(sight, datetime.now(UTC)).document()
    if as_json:
        write_json(found)
    else:
        print_exchange(console(), found)


def contacts(as_json: AsJson = False, seen_as: Organization = None, database: DatabaseUrl = None) -> None:
    """List who speaks for each member, until when, and who follows."""
    with seen(database, seen_as) as sight:
        if sight.reader is not None and not sight.reader.member:
            raise Stopped(replies.MEMBERS_ONLY)
        found = Contacts(sight, datetime.now(UTC)).document()
    if as_json:
        write_json(found)
    else:
        print_contacts(console(), found, sight)


def guide(
    sector: Annotated[str | None, typer.Argument(metavar="SECTOR", help=commands.SECTOR)] = None,
    as_json: AsJson = False,
    database: DatabaseUrl = None,  # noqa: ARG001 - every command takes it
) -> None:
    """Show what may be seen and asked in one sector; without one, which there are."""
    if as_json:
        write_json(read_guide(sector))
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
def seen(database: str | None, organization: str | None) -> Iterator[Sight]:
    """Give what an organization (a slug) may see of the directory, all of it for None, for a `with` block."""
    with open_database(read_settings(database), must_exist=True) as opened:
        opened.upgrade()
        yield sight_of(load_served(opened.unit_of_work(writes=False)), organization)


def write_json(document: dict[str, Any]) -> None:
    """Print a document for programs."""
    write_bytes(json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n")


def write_file(file: Path, text: str) -> None:
    """Write a picture or the like.

    Raises:
        Stopped: it cannot be written.
    """
    try:
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Stopped(replies.CANNOT_WRITE.format(what="file", strerror=error.strerror), Status.WRONG_USAGE) from None
