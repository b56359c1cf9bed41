"""A restore that publishes nothing: what was hidden after the backup stays hidden, and webhook endpoints come back off.

Tokens that were refused after the backup stay refused if a note or the database before the restore holds the refusal.

The notes of hidings (`hiding_note`) say who hid after the backup. Where a note is missing, or was written with a key
that is gone, every community-based organization but those of health may have hidden. Each stays hidden until it says in
its own record what it shows. One that hid and isn't in the backup is added again by a load alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert, update

from service.database.database import Database
from service.database.field_cipher import AddressCipher
from service.database.hiding_note import (
    HidingNote,
    Note,
    digest_of,
    read_note,
    registered_notes,
    store_absent,
)
from service.database.key_lines import Purpose
from service.database.key_ring import CodeKey
from service.database.table_base import table_of
from service.directory.store.directory_tables import read_coalition, read_rows
from service.directory.store.hide_organizations import hide_organizations
from service.directory.store.removed_organizations import hide_removed, may_have_hidden
from service.errors import NothingLoaded, SchemaNewer, SchemaOutdated
from service.security.refused_tokens import restore_refusals
from service.webhooks.tables import WebhookEndpoint

from .archive import Before, restore_backup

RESTORED = "restored"
"""Why an endpoint is disabled that came back from a backup."""


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """The result of a restore. `hidden`: organizations (slugs) that stay hidden until they confirm.

    `by_note`: these hid after the backup; else all are hidden that may have. `endpoints`: how many are off that the
    backup has on.
    """

    rows: int
    hidden: tuple[str, ...]
    by_note: bool
    endpoints: int


def restore_from(database: Database, path: Path, *, replace: bool, notes: Collection[Path] = ()) -> RestoreReport:
    """Put the rows of a backup into the database, without publishing what hid since. See `restore_backup`.

    `notes`: the files of notes from other machines, beside the note that is kept here.

    Raises:
        AddressKeyError: the keys cannot be used, or addresses that stay hidden cannot be sealed.
        KeysLost: there are no keys, and the database needs some; `keys lost` goes on without them.
        SchemaNewer: a newer program made the backup, or has changed the database.
        OSError: a file cannot be read.
    """
    here = database.cipher.keys.note_file
    read = map(read_note, (*notes, *([] if here is None else [here])))
    at_hand = [note for note in read if note is not None]
    hidden: tuple[str, ...] = ()
    by_note, endpoints = True, 0

    def settle(connection: Connection, made_at: datetime, before: Before) -> None:
        nonlocal hidden, by_note, endpoints
        table = table_of(WebhookEndpoint)
        now = datetime.now(UTC)
        off = {"enabled": False, "disabled_reason": RESTORED, "disabled_at": now, "changed_at": now}
        endpoints = connection.execute(update(table).where(table.c.enabled.is_(True)).values(**off)).rowcount
        for refusals in (before.refusals, *(note.refusals for note in at_hand)):
            restore_refusals(connection, refusals)
        hidden, by_note = _keep_hidden(connection, database.cipher, at_hand, before.notes, made_at)

    keys = database.cipher.keys
    if not keys.of(Purpose.ADDRESS):  # no new key file over a database that names keys
        try:
            database.require_usable()
        except SchemaNewer:
            raise
        except SchemaOutdated:  # the restore upgrades it
            pass
        keys.require_all()
    keys.go_on()  # what they lack is compared at the next start: within the restore, a comparison would wait for it
    rows = restore_backup(database.engine, path, replace=replace, settle=settle, sign_head=database.sign_head)
    return RestoreReport(rows, hidden, by_note, endpoints)


def _keep_hidden(
    connection: Connection, cipher: AddressCipher, notes: Iterable[Note], known: Collection[str], made_at: datetime
) -> tuple[tuple[str, ...], bool]:
    """Hide who hid after the backup, or may have; return them, and whether it is known. `known`: notes, beforehand."""
    keys = {key.name: CodeKey(key.secret.encode()) for key in cipher.keys.of(Purpose.CODE)}
    by_id = {note.id: note for note in notes}
    in_backup = registered_notes(connection)
    if new := set(known) - in_backup:
        connection.execute(insert(table_of(HidingNote)), [{"id": note_id} for note_id in sorted(new)])
    try:
        version = read_coalition(connection).directory_version
    except NothingLoaded:
        version = 0
    # By the version and by the moment: what was noted before the backup may have been committed after it, and versions
    # are given anew after a restore, from one that no note knows.
    since = {
        name
        for note in by_id.values()
        for name, (hidden_in, at) in note.hidings.items()
        if hidden_in > version or at > made_at
    }
    whole = bool(in_backup) and in_backup | new <= by_id.keys() and all(key in keys for key, _ in since)
    by_note = whole or not version
    hidden, found = dict[str, str](), set[tuple[str, str]]()
    for row in read_rows(connection, "organization"):
        profile = row.document.get("coalition", {})
        may_have = not by_note and may_have_hidden(profile)
        noted = since & {(name, digest_of(row.id, key)) for name, key in keys.items()}
        if may_have or noted:
            hidden[row.id] = row.slug
        found |= noted
    store_absent(connection, (digest for _, digest in since - found))
    if not by_note:
        hide_removed(connection)
    later = 1 + max([version, *(hidden_in for note in by_id.values() for hidden_in, _ in note.hidings.values())])
    hide_organizations(connection, hidden, cipher, at=datetime.now(UTC), version=later)
    return tuple(sorted(hidden.values())), by_note
