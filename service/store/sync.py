"""Makes the store hold the wanted records, touching only differing rows: loading the same file again changes no row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select

from service.errors import AddressKeyError

from .address_vault import AddressVault
from .bulk import insert_rows
from .keys import keys_of, term_uses
from .modified import changed_services
from .record_tables import OWNED_TYPES, GoneRecord, Record, RecordKey, TermUse
from .table_base import table_of
from .touched import Touched

if TYPE_CHECKING:
    from .rows import RowSet, Values

_CHUNK = 500  # ids in one statement; SQLite's oldest limit is 999
_ORGANIZATION = "organization"
_records, _keys, _terms, _gone = map(table_of, (Record, RecordKey, TermUse, GoneRecord))
_GIVEN_HERE = frozenset(("version", "last_modified"))


def synchronise(
    connection: Connection, wanted: RowSet, vault: AddressVault, *, replace: bool, touched: Touched, version: int
) -> bool:
    """Make the store hold `wanted`; return whether any row had to change, and note the owners in `touched`.

    With `replace`, every unwanted record goes. Without, only what a wanted organization owned and owns no longer. Keys
    follow. A changed record gets `version`; changed services lose their date, which the caller gives anew
    (`modified.stamp`). The caller's transaction holds the whole change.

    Raises:
        AddressKeyError: private addresses cannot be sealed, or kept addresses cannot be opened.
    """
    rows = {row["id"]: row for row in chain.from_iterable(found.values() for found in wanted.values())}
    organizations = wanted.get(_ORGANIZATION, {})
    current = {row["id"]: row for row in _current(connection, rows, organizations, replace=replace)}
    for row_id, row in rows.items():
        rows[row_id] = _settled(row, current.get(row_id), organizations, vault, lenient=replace)
    gone = [row for row_id, row in current.items() if row_id not in rows and (replace or row["type"] in OWNED_TYPES)]
    changed = {row_id: row for row_id, row in rows.items() if _differs(row, current.get(row_id))}
    for row_id, row in changed.items():
        touched.note(row, current.get(row_id))
    for row in gone:
        touched.note(row, None, gone=True)
    for row_id in changed_services(current, rows, changed.keys() | {row["id"] for row in gone}):
        changed[row_id] = rows[row_id] | {"last_modified": None}
    _delete(connection, gone, version)
    _take_out(connection, changed.keys() & current.keys())
    _insert(connection, [row | {"version": version} for row in changed.values()])
    return bool(changed or gone)


def read_records(connection: Connection, organizations: Iterable[str]) -> RowSet:
    """Return the stored rows of organizations (ids) with all that they own, by type and id; a read per 500."""
    found: RowSet = {name: {} for name in (_ORGANIZATION, *OWNED_TYPES)}
    of_record = _records.c.type.in_((_ORGANIZATION, *OWNED_TYPES))
    for chunk in _chunks(organizations):
        for row in _read(connection, and_(_records.c.owner_id.in_(chunk), of_record)):
            found[row["type"]][row["id"]] = row
    return found


def remove_record(connection: Connection, row_id: str, touched: Touched, version: int) -> None:
    """Delete a record, an organization with all that it owns."""
    owned = and_(_records.c.owner_id == row_id, _records.c.type.in_(OWNED_TYPES))
    going = list(_read(connection, or_(_records.c.id == row_id, owned)))
    for row in going:
        touched.note(row, None, gone=True)
    _delete(connection, going, version)


def _current(
    connection: Connection, rows: Mapping[str, Values], organizations: Iterable[str], *, replace: bool
) -> Iterator[Values]:
    """Yield the stored rows that `rows` may change."""
    if replace:
        yield from _read(connection, _records.c.id.is_not(None))
        return
    for found in read_records(connection, organizations).values():
        yield from found.values()
    for chunk in _chunks(row_id for row_id, row in rows.items() if row["type"] not in (_ORGANIZATION, *OWNED_TYPES)):
        yield from _read(connection, _records.c.id.in_(chunk))


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


def _delete(connection: Connection, rows: Iterable[Values], version: int) -> None:
    """Delete records, and keep that they are gone."""
    going = [{"version": version, "id": row["id"], "type": row["type"]} for row in rows]
    _take_out(connection, [row["id"] for row in going])
    if going:
        insert_rows(connection, _gone, going)


def replace_record(connection: Connection, row: Values) -> None:
    """Put a record in the place of the record with its id, with its keys."""
    _take_out(connection, [row["id"]])
    _insert(connection, [row])


def _insert(connection: Connection, rows: list[Values]) -> None:
    for table, found in ((_records, rows), (_keys, list(keys_of(rows))), (_terms, list(term_uses(rows)))):
        if found:
            insert_rows(connection, table, found)


def _take_out(connection: Connection, ids: Iterable[str]) -> None:
    for chunk in _chunks(sorted(ids)):
        connection.execute(delete(_gone).where(_gone.c.id.in_(chunk)))
        connection.execute(delete(_keys).where(_keys.c.record_id.in_(chunk)))
        connection.execute(delete(_terms).where(_terms.c.record_id.in_(chunk)))
        connection.execute(delete(_records).where(_records.c.id.in_(chunk)))


def _chunks(ids: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(ids)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
