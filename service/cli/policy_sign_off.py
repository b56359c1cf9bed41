"""`policy sign-off`: counsel signs off a pack, or the card of a state; without a name, what is signed off is listed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

import policies
from service.cli.environment import read_settings
from service.cli.opening import changing
from service.cli.options import DatabaseUrl
from service.cli.terminal import Status, Stopped, say
from service.directory.snapshot.directory_snapshot import read_names
from service.directory.use_cases.sign_off import sign_off as store_sign_off
from service.i18n import commands, replies
from service.i18n.times import Day

Pack = Annotated[str | None, typer.Argument(metavar="PACK", help=commands.SIGNED_PACK)]
Title = Annotated[str | None, typer.Option("--by", metavar="TITLE", help=commands.SIGNED_BY)]
LastDay = Annotated[datetime | None, typer.Option("--until", metavar="DATE", formats=["%Y-%m-%d"], help=commands.UNTIL)]
Except = Annotated[list[str] | None, typer.Option("--except", metavar="RULE", help=commands.EXCEPT)]


def add_commands(policy: typer.Typer) -> None:
    """Add `sign-off` to the group `policy`."""
    policy.command("sign-off")(sign_off)


def sign_off(
    pack: Pack = None,
    *,
    by: Title = None,
    until: LastDay = None,
    exceptions: Except = None,
    database: DatabaseUrl = None,
) -> None:
    """Store that counsel reviewed a pack, with the card of its state, until a day; without PACK, list the reviews."""
    with changing(read_settings(database), must_exist=True) as store:
        names = read_names(store.unit_of_work(writes=False))
        rulebook = policies.load_rulebook(names.packs)
        cards = [card for code, card in names.cards.items() if code in names.areas]
        texts = policies.texts_in_force(rulebook, cards)
        today = datetime.now(ZoneInfo(names.timezone)).date()
        versions = {name: policies.text_version(name, rulebook, card) for name, card in texts.items()}
        if pack is None:
            _list(versions, {signed.name: signed for signed in names.sign_offs}, today)
            return
        if by is None or not by.strip() or until is None:
            raise Stopped(replies.SIGN_OFF_NEEDS, Status.WRONG_USAGE)
        if pack not in texts:
            raise Stopped(replies.NOT_IN_FORCE.format(names=", ".join(texts)))
        if until.date() < today:
            raise Stopped(replies.SIGN_OFF_OVER)
        if not {*(exceptions or ())} <= {*policies.things_said(pack, rulebook, texts[pack])}:
            raise Stopped(replies.NOT_IN_PACK)
        left_out = tuple(sorted({*(exceptions or ())}))
        signed = policies.SignOff(pack, by.strip(), today, until.date(), versions[pack], left_out)
        store_sign_off(store.unit_of_work(), signed)
        say(_in_words(signed))


def _list(versions: dict[str, str], signed: dict[str, policies.SignOff], today: date) -> None:
    """Print, for each text in force, counsel's sign-off, and what ended it."""
    for name, version in versions.items():
        entry = signed.get(name)
        if entry is None:
            say(replies.NOT_REVIEWED.format(name=name))
            continue
        say(_in_words(entry))
        if entry.version != version:
            say(replies.SIGNED_ANOTHER.format(name=name))
        elif entry.until < today:
            say(replies.SIGNED_BEFORE.format(name=name, day=Day.of(entry.until)))


def _in_words(signed: policies.SignOff) -> str:
    about = {"name": signed.name, "by": signed.by, "on": Day.of(signed.on), "until": Day.of(signed.until)}
    left_out = {"rules": ", ".join(signed.exceptions), "version": signed.version[:19]}
    return (replies.SIGNED_EXCEPT if signed.exceptions else replies.SIGNED).format(**about, **left_out)
