"""Makes the store hold the wanted records, touching only differing rows: loading the same file again changes no row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from service.infrastructure.database.bulk import chunks, insert_rows
from service.infrastructure.database.change_set import ChangeSet
from service.infrastructure.database.table_base import table_of
from service.infrastructure.database.vaults import AddressVault
from service.infrastructure.errors import AddressKeyError

from .keys import keys_of, term_uses
from .modified import RecordName, undate
from .record_tables import OWNED_TYPES, GoneRecord, Record, RecordKey, TermUse

if TYPE_CHECKING:
    from service.infrastructure.database.bulk import Values

    from .rows import RowSet

_ORGANIZATION = "organization"
_records, _keys, _terms, _gone = (table_of(model) for model in (Record, RecordKey, TermUse, GoneRecord))
_GIVEN_HERE = frozenset(("version", "last_modified"))


def synchronise(
    connection: Connection, wanted: RowSet, vault: AddressVault, *, replace: bool, change_set: ChangeSet, version: int
) -> bool:
    """Make the store hold `wanted`; return whether any row had to change, and note the owners in `change_set`.

    With `replace`, every unwanted record goes. Without, only what a wanted organization owned and owns no longer. Keys
    follow. A changed record gets `version`, and so does an organization that owns a record no longer; records that are
    shown otherwise lose their date, which the caller gives anew (`modified.stamp`). The caller's transaction holds the
    whole change.

    Raises:
        AddressKeyError: private addresses cannot be sealed, or kept addresses cannot be opened.
    """
    rows = {_name(row): row for row in chain.from_iterable(found.values() for found in wanted.values())}
    organizations = wanted.get(_ORGANIZATION, {})
    current = {_name(row): row for row in _current(connection, rows.values(), organizations, replace=replace)}
    for name, row in rows.items():
        rows[name] = _settled(row, current.get(name), organizations, vault, lenient=replace)
    gone = [row for name, row in current.items() if name not in rows and (replace or row["type"] in OWNED_TYPES)]
    changed = {name: row for name, row in rows.items() if _differs(row, current.get(name))}
    for name, row in changed.items():
        change_set.note(row, current.get(name))
    for row in gone:
        change_set.note(row, None, gone=True)
    _delete(connection, gone, version)
    _take_out(connection, (row for name, row in changed.items() if name in current))
    _insert(connection, (row | {"version": version} for row in changed.values()))
    _renew_former_owners(connection, changed, current, version)
    undate(connection, current, rows, changed.keys() | set(map(_name, gone)))
    return bool(changed or gone)


def _name(row: Values) -> RecordName:
    return row["type"], row["id"]


def read_records(connection: Connection, organizations: Iterable[str]) -> RowSet:
    """Return the stored rows of organizations (ids) with all that they own, by type and id; a read per 500."""
    found: RowSet = {name: {} for name in (_ORGANIZATION, *OWNED_TYPES)}
    of_record = _records.c.type.in_((_ORGANIZATION, *OWNED_TYPES))
    for chunk in chunks(organizations):
        for row in _read(connection, and_(_records.c.owner_id.in_(chunk), of_record)):
            found[row["type"]][row["id"]] = row
    return found


def remove_record(connection: Connection, record_type: str, row_id: str, change_set: ChangeSet, version: int) -> None:
    """Delete a record, an organization with all that it owns."""
    chosen = and_(_records.c.type == record_type, _records.c.id == row_id)
    if record_type == _ORGANIZATION:
        chosen = or_(chosen, and_(_records.c.owner_id == row_id, _records.c.type.in_(OWNED_TYPES)))
    going = list(_read(connection, chosen))
    for row in going:
        change_set.note(row, None, gone=True)
    _delete(connection, going, version)


def _current(
    connection: Connection, rows: Iterable[Values], organizations: Iterable[str], *, replace: bool
) -> Iterator[Values]:
    """Yield the stored rows that `rows` may change."""
    if replace:
        yield from _read(connection, _records.c.id.is_not(None))
        return
    for found in read_records(connection, organizations).values():
        yield from found.values()
    for record_type, ids in _by_type(row for row in rows if row["type"] not in (_ORGANIZATION, *OWNED_TYPES)):
        yield from _read(connection, and_(_records.c.type == record_type, _records.c.id.in_(ids)))


def _read(connection: Connection, where: ColumnElement[bool]) -> Iterator[Values]:
    return map(dict, connection.execute(select(_records).where(where)).mappings())


def _settled(
    row: Values, before: Values | None, organizations: Mapping[str, Values], vault: AddressVault, *, lenient: bool
) -> Values:
    """Return a wanted row as it is to be stored: as its organization stands, sealed, with the date that it has."""
    found = {**row, "last_modified": None if before is None else before["last_modified"]}
    if row["type"] in OWNED_TYPES and (owner := organizations.get(row["owner_id"])) is not None:
        found |= {"listed": owner["listed"], "private": owner["private"]}
    for column in ("sealed", "withheld"):
        if row[column] is not None:
            found[column] = _sealed(row[column], None if before is None else before[column], vault, lenient=lenient)
    return found


def _sealed(plain: str, before: str | None, vault: AddressVault, *, lenient: bool) -> str:
    """Return a text sealed, keeping the present seal of an equal text (each sealing differs)."""
    if before == plain:  # read with `read_records`: sealed already
        return plain
    if before is not None:
        try:
            if vault.open(before) == plain:
                return before
        except AddressKeyError:
            if not lenient:  # replaced whole, nothing sealed with a lost key remains
                raise
    return vault.seal(plain)


def _differs(row: Values, before: Values | None) -> bool:
    return before is None or any(before[name] != value for name, value in row.items() if name not in _GIVEN_HERE)


def _renew_former_owners(
    connection: Connection, changed: Mapping[RecordName, Values], current: Mapping[RecordName, Values], version: int
) -> None:
    """Put organizations in `version` whose records another organization owns now: theirs is another directory too."""
    owners = {current[name]["owner_id"] for name in changed.keys() & current.keys()}
    former = owners - {row["owner_id"] for row in changed.values()} - {None}
    for chunk in chunks(former):
        named = _records.c.type == _ORGANIZATION, _records.c.id.in_(chunk)
        connection.execute(update(_records).where(*named).values(version=version))


def _delete(connection: Connection, rows: list[Values], version: int) -> None:
    """Delete records, and keep that they are gone."""
    _take_out(connection, rows)
    if rows:
        kept = ("type", "id", "slug", "owner_id")
        insert_rows(connection, _gone, [{"version": version, **{name: row[name] for name in kept}} for row in rows])


def replace_record(connection: Connection, row: Values) -> None:
    """Put a record in the place of the record with its id, with its keys."""
    _take_out(connection, [row])
    _insert(connection, [row])


def _insert(connection: Connection, rows: Iterable[Values]) -> None:
    """Insert records with their keys, some at a time: the keys of a whole state are a million rows."""
    for some in chunks(rows):
        for table, found in ((_records, some), (_keys, list(keys_of(some))), (_terms, list(term_uses(some)))):
            if found:
                insert_rows(connection, table, found)


def _take_out(connection: Connection, rows: Iterable[Values]) -> None:
    for record_type, ids in _by_type(rows):
        named = _keys.c.name.startswith(f"{record_type}.", autoescape=True)
        connection.execute(delete(_keys).where(_keys.c.record_id.in_(ids), named))
        connection.execute(delete(_terms).where(_terms.c.record_type == record_type, _terms.c.record_id.in_(ids)))
        for table in (_records, _gone):
            connection.execute(delete(table).where(table.c.type == record_type, table.c.id.in_(ids)))


def _by_type(rows: Iterable[Values]) -> Iterator[tuple[str, list[str]]]:
    """Yield the ids of rows by type, few enough for a statement."""
    ids: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        ids[row["type"]].append(row["id"])
    for record_type, found in ids.items():
        yield from ((record_type, chunk) for chunk in chunks(found))
