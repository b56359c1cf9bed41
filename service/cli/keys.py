"""`keys`: the keys of the store and of tokens, listed by name, made, used in turn, removed, given up; never shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from policies.messages import joined
from service.cli.environment import read_settings
from service.cli.opening import opening
from service.cli.options import PLAIN, DatabaseUrl
from service.cli.terminal import reader_language, say
from service.i18n import commands
from service.i18n import keys as words
from service.i18n.translation import read_in
from service.maintenance import keys as keep_keys
from service.maintenance.keys import KeyPurpose, ListedKey

_Purpose = Annotated[KeyPurpose, typer.Argument(metavar="PURPOSE", help=commands.KEY_PURPOSE)]


def add_commands(app: typer.Typer) -> None:
    """Add the group `keys` to the program."""
    group = typer.Typer(help=commands.KEYS, **PLAIN)  # type: ignore[arg-type]
    group.command("list")(list_keys)
    for command in (make, rotate, rewrite, lost):
        group.command()(command)
    group.command(context_settings={"ignore_unknown_options": True})(remove)  # the id of a key may begin with "-"
    app.add_typer(group, name="keys")


def list_keys(database: DatabaseUrl = None) -> None:
    """List every key by its name, for what it is, since when, and how many stored things need it; no key is shown."""
    settings = read_settings(database)
    with opening(settings) as store:
        key_list = keep_keys.list_keys(store, settings)
    rows = read_in(reader_language(), [words.HEADS, *map(_cells, key_list.keys)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for purpose, many in key_list.lost.items():
        say(words.GONE.format(many=many, purpose=purpose))


def make(purpose: _Purpose, database: DatabaseUrl = None) -> None:
    """Make a key that is read from now on and used after the next `rotate`: first copy the file to other machines."""
    with opening(read_settings(database)) as store:
        say(words.MADE.format(key=keep_keys.make_key(store, purpose)))


def rotate(purpose: _Purpose, database: DatabaseUrl = None) -> None:
    """Use a new key from now on, or the one that `make` made; processes that run follow, and old keys go on reading."""
    settings = read_settings(database)
    with opening(settings) as store:
        say(words.ROTATED.format(key=keep_keys.rotate_key(store, settings, purpose)))


def rewrite(database: DatabaseUrl = None) -> None:
    """Seal anew what an older key sealed, while the program runs: private addresses, and secrets of webhooks."""
    with opening(read_settings(database)) as store:
        say(words.REWRITTEN.format(texts=keep_keys.rewrite_sealed(store)))


def remove(
    purpose: _Purpose,
    key: Annotated[str, typer.Argument(metavar="KEY", help=commands.KEY_ID)],
    now: Annotated[bool, typer.Option("--now", help=commands.KEY_NOW)] = False,
    database: DatabaseUrl = None,
) -> None:
    """Remove a key that nothing needs any more. What a key of tokens signed is refused at once, sessions of it end."""
    settings = read_settings(database)
    with opening(settings) as store:
        keep_keys.remove_key(store, settings, purpose, key, now=now)
    say(words.REMOVED)


def lost(
    purpose: _Purpose,
    go_on: Annotated[bool, typer.Option("--go-on", help=commands.KEY_GO_ON)] = False,
    database: DatabaseUrl = None,
) -> None:
    """Say what is lost with a key that is gone, and how to go on. The program starts once --go-on says so for each."""
    settings = read_settings(database)
    with opening(settings) as store:
        many = keep_keys.count_without_key(store, purpose)
        if many == 0:
            say(words.NOTHING_LOST)
        elif go_on and many is not None:
            texts = keep_keys.give_up(store, purpose)
            say(words.NOTED if texts is None else words.WENT_ON.format(texts=texts))
        else:
            say(words.LOST[purpose].format(many=many))


def _cells(key: ListedKey) -> tuple[str, ...]:
    needs = [] if key.needed is None else [str(key.needed)]
    needs += [] if key.until is None else [words.UNTIL.format(until=key.until)]
    return (
        key.purpose,
        key.name,
        words.STATE[key.state],
        _day(key.made_at) or words.NOT_KNOWN,
        _day(key.replaced_at),
        joined(needs, ", "),
    )


def _day(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d}"
