"""The note of hidings: which organizations hid themselves, and when, kept beside the keys and in no backup.

It also holds the names of refused tokens until their refusals end.

A backup holds what was public when it was made. A restore goes by the note, so that it publishes nothing that was
hidden afterwards, and trusts no token that was refused. For each organization the note holds its last hiding: the
version of the directory with it, the moment, and a keyed digest of its id. The file is replaced whole, and before the
change is committed: where a process dies in between, the note holds a hiding that did not happen, and never lacks one
that did.

Each note has an id that is known to the database, and so to its backups: where a note is lost, or is on another
machine, a restore knows that one is missing.

Who hid after a backup and isn't in it has no record there to hide: the restore stores its digest, and nobody else adds
the organization again (`AbsentHiding`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select
from sqlmodel import Field, Session

from service.errors import AddressKeyError
from service.i18n import setup
from service.private_files import make_private_file, replace_private_file, turn_at

from .key_lines import Purpose
from .store_keys import StoreKeys
from .table_base import ActRow, table_of
from .upsert import insert_new

if TYPE_CHECKING:
    from .key_ring import CodeKey

_HEAD, _REFUSED = "hidings", "refused"

log = logging.getLogger(__name__)


class HidingNote(ActRow, table=True):
    """A note of hidings that a process of this database has written, or may write: its id."""

    __tablename__ = "hiding_note"

    id: str = Field(primary_key=True)


class AbsentHiding(ActRow, table=True):
    """An organization (a keyed digest) that hid after the backup that was restored, and is not in it."""

    __tablename__ = "absent_hiding"

    digest: str = Field(primary_key=True)


@dataclass(frozen=True, slots=True)
class Note:
    """A note. `hidings`: the name of a key and a digest by it -> the version with the last hiding, and its moment.

    `refusals`: the name that a token is refused by -> the end of the refusal.
    """

    id: str = field(default_factory=lambda: token_hex(8))
    hidings: Mapping[tuple[str, str], tuple[int, datetime]] = field(default_factory=dict)
    refusals: Mapping[str, datetime] = field(default_factory=dict)


def digest_of(organization: str, key: CodeKey) -> str:
    """Return what stands for an organization (an id) in a note."""
    return key.digest(f"hidden:{organization}")


def read_note(path: Path) -> Note | None:
    """Return the note in a file; None: there is none, or it is damaged.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        head, *lines = path.read_text(encoding="ascii").splitlines()
        name, note_id, count = head.split()
        hidings, refusals = {}, {}
        for first, second, *rest in map(str.split, lines):
            if first == _REFUSED:
                [ends_at] = rest
                refusals[second] = datetime.fromisoformat(ends_at)
            else:
                version, at = rest
                hidings[first, second] = int(version), datetime.fromisoformat(at)
    except (FileNotFoundError, ValueError):
        return None
    return Note(note_id, hidings, refusals) if (name, int(count)) == (_HEAD, len(lines)) else None


def register_note(
    session: Session,
    keys: StoreKeys,
    organizations: Iterable[str] = (),
    version: int = 0,
    refused: Mapping[str, datetime] = MappingProxyType({}),
) -> None:
    """Note that organizations (ids) hide in `version` of the directory, and have the database know the note.

    `refused`: refused tokens to note as well, each with the end of its refusal. Without a file for keys nothing is
    noted. A damaged note is replaced by a new one.

    Raises:
        AddressKeyError: the note cannot be written, or the keys cannot be used.
    """
    from .key_ring import KeyRing  # noqa: PLC0415 - signing takes long to import, and few changes hide

    path, hiding = keys.note_file, sorted(organizations)
    if path is None:
        return
    key = KeyRing(keys).newest if hiding else None
    with _writing(), turn_at(path):
        note = stored = read_note(path)
        note = note or Note()
        if key is not None:
            hidings = dict(note.hidings)
            for name in ((key.name, digest_of(organization, key)) for organization in hiding):
                earlier = hidings.get(name, (version, datetime.min.replace(tzinfo=UTC)))
                hidings[name] = max(version, earlier[0]), max(datetime.now(UTC), earlier[1])
            note = replace(note, hidings=hidings)
        if refused:
            now = datetime.now(UTC)
            ends = {name: max(end, note.refusals.get(name, end)) for name, end in refused.items()}
            refusals = {name: end for name, end in {**note.refusals, **ends}.items() if end > now}
            note = replace(note, refusals=refusals)
        if note != stored:
            (replace_private_file if path.exists() else make_private_file)(path, _text_of(note))
    insert_new(session, table_of(HidingNote), {"id": note.id})


def registered_notes(connection: Connection) -> frozenset[str]:
    """Return the ids of the notes that the database knows."""
    return frozenset(connection.execute(select(table_of(HidingNote).c.id)).scalars())


def store_absent(connection: Connection, digests: Iterable[str]) -> None:
    """Store that organizations (digests) hid after the backup that was restored, and aren't in it."""
    table = table_of(AbsentHiding)
    new = {*digests} - {*connection.execute(select(table.c.digest)).scalars()}
    if new:
        connection.execute(insert(table), [{"digest": digest} for digest in sorted(new)])


def absent_digests(session: Session, keys: StoreKeys, organizations: Iterable[str]) -> Mapping[str, str]:
    """Return the stored digests of organizations (ids) that hid and weren't in the restored backup: digest -> id.

    Raises:
        AddressKeyError: the keys cannot be used.
    """
    stored = set(session.execute(select(table_of(AbsentHiding).c.digest)).scalars())
    if not stored:
        return {}
    from .key_ring import CodeKey  # noqa: PLC0415 - signing takes long to import

    code_keys = [CodeKey(key.secret.encode()) for key in keys.of(Purpose.CODE)]
    digests = {digest_of(organization, key): organization for organization in organizations for key in code_keys}
    return {digest: organization for digest, organization in digests.items() if digest in stored}


def forget_absent(session: Session, digests: Iterable[str]) -> None:
    """Store that organizations (digests) were added again, and say themselves what they show."""
    table = table_of(AbsentHiding)
    for digest in digests:
        session.execute(delete(table).where(table.c.digest == digest))


def _text_of(note: Note) -> bytes:
    lines = [f"{_HEAD} {note.id} {len(note.hidings) + len(note.refusals)}"]
    for (key, digest), (version, at) in sorted(note.hidings.items()):
        lines.append(f"{key} {digest} {version} {at.isoformat()}")
    lines += [f"{_REFUSED} {name} {ends_at.isoformat()}" for name, ends_at in sorted(note.refusals.items())]
    return "".join(f"{line}\n" for line in lines).encode("ascii")


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        log.error("the note of hidings is not written", extra={"reason": type(error).__name__})
        raise AddressKeyError(setup.HIDING_NOT_NOTED) from None
