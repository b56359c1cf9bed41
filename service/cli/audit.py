"""`audit`: check the chain of entries, and print its last link to be kept elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from policies.messages import joined
from service.cli.environment import read_settings
from service.cli.opening import note_act, opening
from service.cli.options import PLAIN, DatabaseUrl
from service.cli.terminal import Status, Stopped, complain, read_input, read_token, say
from service.i18n import audit as words
from service.i18n import commands
from service.maintenance.anchors import line_of, make_anchor, read_anchors
from service.maintenance.check_audit import check_audit, digests_of
from service.security import InvalidToken, build_verifier


def add_commands(app: typer.Typer) -> None:
    """Add the group `audit` to the program."""
    group = typer.Typer(help=commands.AUDIT, **PLAIN)  # type: ignore[arg-type]
    for command in (anchor, verify, token):
        group.command()(command)
    app.add_typer(group, name="audit")


def anchor(database: DatabaseUrl = None) -> None:
    """Print the last link, to keep elsewhere: up to it nobody can change an entry unseen, with the key or without."""
    with opening(read_settings(database)) as store:
        anchor = make_anchor(store)
    if anchor is None:
        raise Stopped(words.NO_ANCHOR)
    say(line_of(anchor))


def verify(
    anchors: Annotated[str | None, typer.Option("--anchor", metavar="FILE", help=commands.ANCHORS)] = None,
    database: DatabaseUrl = None,
) -> None:
    """Say which entries were changed, removed, added or moved (exit status 1); without an anchor, warn.

    Only an anchor kept elsewhere shows that the end was cut off and an older signed end was put back.
    """
    try:
        anchor_list = () if anchors is None else read_anchors(read_input(anchors, "anchor"))
    except ValueError:
        raise Stopped(words.NOT_AN_ANCHOR, Status.WRONG_USAGE) from None
    with opening(read_settings(database)) as store:
        report = check_audit(store, anchor_list)
    if report.unlinked:
        say(words.UNLINKED.format(many=report.unlinked))
    if anchors is None:
        complain(words.WITHOUT_ANCHOR)
    if report.faults:
        raise Stopped(joined(report.faults, "\n"))
    say(words.HOLDS.format(entries=report.entries))
    if report.signed_at is not None:
        say(words.SIGNED.format(at=report.signed_at))


def token(database: DatabaseUrl = None) -> None:
    """Print the digest by which `GET /v1/audit` tells what one token did, one for each key of the audit.

    The token is read from standard input.
    """
    settings = read_settings(database)
    note_act(settings)
    verifier = build_verifier(settings, is_refused=lambda _: False)  # a stolen one is refused by now
    try:
        caller = verifier.verify(read_token())
    except InvalidToken as refused:
        raise Stopped(words.NOT_GOOD.format(reason=refused.refusal)) from None
    with opening(settings) as store:
        say("\n".join(digests_of(store, caller)))
