"""`policy states` and `policy sources`: the cards of the states, and every authority with the day it was read."""

from __future__ import annotations

from typing import Annotated

import typer

import policies
from service.answers.printed import TABLES, count_rows, fact_rows, print_sources, print_state, print_states, source_rows
from service.cli.console import printed_page
from service.cli.options import AsJson, DatabaseUrl, Form, TableFormat
from service.cli.packs import cards_in, law_in
from service.cli.terminal import Stopped, print_json, write_bytes
from service.coalition.use_cases.list_states import list_states
from service.i18n import commands, replies

Counts = Annotated[bool, typer.Option("--counts", help=commands.FACT_COUNTS)]
StateCode = Annotated[str | None, typer.Argument(metavar="CODE", help=commands.STATE)]


def add_commands(policy: typer.Typer) -> None:
    """Add `states`, `sources` and `facts` to the group `policy`."""
    policy.command("states")(states)
    policy.command("sources")(sources)
    policy.command("facts")(facts)


def states(
    code: StateCode = None,
    *,
    json: AsJson = False,
    database: DatabaseUrl = None,
) -> None:
    """Show the cards of the states: whom to call, who reports by when; of one state, each fact with its source."""
    cards = cards_in(database)
    if code is not None and code not in cards:
        raise Stopped(replies.NO_SUCH_STATE)
    state_cards = [*cards.values()] if code is None else [cards[code]]
    if json:
        print_json(list_states(state_cards))
    elif code is None:
        print_states(printed_page(), state_cards)
    else:
        print_state(printed_page(), cards[code])


def sources(form: Form = TableFormat.plain, database: DatabaseUrl = None) -> None:
    """List every law and page behind rules, lines and state cards, with the day it was read: a list for counsel."""
    rows = policies.sources_of(*law_in(database))
    if form is TableFormat.plain:
        print_sources(printed_page(), rows)
    else:
        write_bytes(TABLES[form](source_rows(rows)).encode())


def facts(
    form: Form = TableFormat.markdown,
    *,
    counts: Counts = False,
    database: DatabaseUrl = None,
) -> None:
    """List what each card holds: P the law's text, S a summary, or the coalition's own; ? unconfirmed; `searched`."""
    cards = cards_in(database).values()
    table = TABLES[TableFormat.markdown if form is TableFormat.plain else form]
    rows = count_rows(cards) if counts else fact_rows(cards)
    write_bytes(table(rows).encode())
