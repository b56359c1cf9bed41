"""`backup`, `restore` and `purge`: what the database holds, brought to safety, brought back, and deleted in time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import service.webhooks.lifecycle_events  # noqa: F401 - every type of timer is known
from policies.messages import joined
from service.cli.environment import read_settings
from service.cli.opening import changing, note_act
from service.cli.options import DatabaseUrl
from service.cli.terminal import Status, Stopped, say
from service.database.database import open_database
from service.i18n import commands, replies
from service.maintenance.archive import make_backup
from service.maintenance.drill import add_backup, run_drill
from service.maintenance.keep_hidden import restore_from
from service.maintenance.purge import MemberRights, PurgeReport, list_keeping_times, purge_database


def add_commands(app: typer.Typer) -> None:
    """Add `backup`, `restore` and `purge` to the program."""
    for command in (backup, restore, purge):
        app.command()(command)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=commands.BACKUP_FILE)],
    keep: Annotated[int | None, typer.Option(min=1, help=commands.BACKUP_KEEP)] = None,
    database: DatabaseUrl = None,
) -> None:
    """Write all that the database holds to a new file, as of one moment, while the program runs.

    The file fits SQLite and PostgreSQL alike. It holds no key: without the keys, sealed addresses cannot be read.
    """
    if keep is not None and not file.is_dir():
        raise Stopped(replies.KEEP_NEEDS_FOLDER, Status.WRONG_USAGE)
    settings = read_settings(database)
    note_act(settings)
    with open_database(settings, must_exist=True) as store:
        try:
            rows = add_backup(store, file, keep=keep) if file.is_dir() else make_backup(store, file)
        except FileExistsError:
            raise Stopped(replies.FILE_THERE) from None
    say(replies.BACKED_UP.format(rows=rows))


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=commands.RESTORE_FILE)],
    replace: Annotated[bool, typer.Option("--replace", help=commands.RESTORE_REPLACE)] = False,
    drill: Annotated[bool, typer.Option("--drill", help=commands.RESTORE_DRILL)] = False,
    note: Annotated[list[Path] | None, typer.Option(metavar="FILE", help=commands.RESTORE_NOTE)] = None,
    database: DatabaseUrl = None,
) -> None:
    """Bring an empty database back from a backup: all of it, or nothing. Nothing is served until `purge` has run.

    Organizations that hid after the backup stay hidden until they confirm.
    """
    if drill:
        _drill(file, database)
        return
    with open_database(read_settings(database)) as store:
        report = restore_from(store, file, replace=replace, notes=note or ())
    sentences: list[str] = [replies.RESTORED.format(rows=report.rows)]
    if not report.by_note:
        sentences.append(replies.NO_NOTE)
    if report.hidden:
        sentences += [replies.KEPT_HIDDEN, *report.hidden]
    if report.endpoints:
        sentences.append(replies.ENDPOINTS_OFF.format(endpoints=report.endpoints))
    say(joined(sentences, "\n"))


def _drill(path: Path, database: str | None) -> None:
    found = run_drill(read_settings(database), path)
    if found.audit.faults:
        raise Stopped(joined([replies.DRILL_FAILED.format(name=found.file.name), *found.audit.faults], "\n"))
    say(replies.DRILLED.format(name=found.file.name, rows=found.rows, entries=found.audit.entries))


def purge(
    listing: Annotated[bool, typer.Option("--list", help=commands.PURGE_LIST)] = False, database: DatabaseUrl = None
) -> None:
    """Delete what is past its time; after a restore, settle it first, so that it is served again.

    A program that delivers deletes by itself: each record at its time, and the rest every hour.
    """
    settings = read_settings(database)
    if listing:
        say(joined(list_keeping_times(settings), "\n"))
        return
    with changing(settings, must_exist=True) as store:
        purge = purge_database(store.unit_of_work(purges=True))
    say(joined(_sentences(purge), "\n"))


def _sentences(purge: PurgeReport) -> list[str]:
    deleted = replies.PURGED.format(timers=purge.timers)
    if (settlement := purge.settlement) is None:
        return [deleted]
    sentence = replies.SETTLED.format(
        made_at=settlement.made_at,
        consents=settlement.consents,
        timers=settlement.timers,
        deliveries=settlement.deliveries,
    )
    return [sentence, replies.RIGHTS, *map(_right, settlement.rights), deleted, replies.SERVED_AGAIN]


def _right(right: MemberRights) -> str:
    form = replies.AUTHORISED if right.authorised_by else replies.MEMBERSHIP
    return form.format(
        organization=right.organization, membership=right.membership, owners=", ".join(right.authorised_by)
    )
