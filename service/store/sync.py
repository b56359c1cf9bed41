"""Makes tables hold the wanted rows, touching only differing rows: loading the same file again changes no row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Connection, Table, bindparam, delete, select, update

from service.errors import AddressKeyError

from .address_vault import AddressVault
from .bulk import insert_rows
from .directory_tables import DIRECTORY
from .index import index_rows
from .modified import ChangedServices
from .table_base import WITHHELD_IN
from .touched import Touched

if TYPE_CHECKING:
    from .rows import RowSet, Values

_CHUNK = 500  # ids in one statement; SQLite's oldest limit is 999

# Tables whose rows belong to a row of another table, and are replaced with it: the column that says to which.
_BELONGS_BY = {"service": "organization_id", "location": "organization_id", "agreement_party": "agreement_id"}
_SEALED_IN = {"private_address": "sealed"} | dict.fromkeys(WITHHELD_IN, "withheld")
_OWNER = {"organization_id": "organization", "owner_id": "organization", "agreement_id": "agreement"}


@dataclass(frozen=True, slots=True)
class _TableChanges:
    table: Table
    inserts: list[Values]
    updates: list[Values]
    deletes: list[str]
    current: Mapping[str, Values]
    wanted: Mapping[str, Values]

    def __bool__(self) -> bool:
        return bool(self.inserts or self.updates or self.deletes)

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    def pairs(self) -> Iterator[tuple[Values | None, Values | None]]:
        """Yield each changed row, before and after; None: not there."""
        for row in (*self.inserts, *self.updates):
            yield self.current.get(row["id"]), row
        for row_id in self.deletes:
            yield self.current[row_id], None

    def note_in(self, touched: Touched) -> None:
        """Note the owners of the changed records."""
        for row in (*self.inserts, *self.updates):
            touched.note(self.table.name, row, self.current.get(row["id"]))
        for row_id in self.deletes:
            row = self.current[row_id]
            touched.note(self.table.name, row)
            if self.table.name == "organization":
                touched.gone[row_id] = (row["slug"], row["listed"])


def synchronise(
    connection: Connection, wanted: RowSet, vault: AddressVault, *, replace: bool, touched: Touched
) -> bool:
    """Make the tables hold `wanted`; return whether any row had to change, and note the owners in `touched`.

    With `replace`, every unwanted row goes. Without, only unwanted rows of a wanted organization or agreement go.
    Derived rows follow. Cost: a read per table (per 500 owners without `replace`), then as many bulk statements as
    tables differ. Changed services lose their date, which the caller gives anew (`modified.stamp`). The caller's
    transaction holds the whole change.

    Raises:
        AddressKeyError: private addresses cannot be sealed, or kept addresses cannot be opened.
    """
    wanted = {**wanted, **index_rows(wanted)}
    ordered = [table for table in DIRECTORY.sorted_tables if table.name != "coalition"]
    changes_by_table = [_changes(connection, table, wanted, vault, replace=replace) for table in ordered]
    for changes in changes_by_table:
        changes.note_in(touched)
        _free_slugs(connection, changes)
    for changes in changes_by_table:  # what is referred to comes before what refers to it ...
        if changes.inserts:
            insert_rows(connection, changes.table, changes.inserts)
    for changes in changes_by_table:
        if changes.updates:
            _update(connection, changes)
    for changes in reversed(changes_by_table):  # ... and goes after it
        for ids in _chunks(changes.deletes):
            connection.execute(delete(changes.table).where(changes.table.c.id.in_(ids)))
    ChangedServices(changes_by_table).clear_dates(connection)
    return any(changes_by_table)


def read_records(connection: Connection, organizations: Iterable[str]) -> RowSet:
    """Return the stored rows of organizations (ids) with their parts; a read per table per 500."""
    owners: RowSet = {"organization": {owner: {} for owner in organizations}}
    found: RowSet = {}
    for table in DIRECTORY.sorted_tables:
        rows = _current(connection, table, _belongs_by(table), owners, replace=False)
        found[table.name] = {row["id"]: row for row in rows}
    return found


def remove_record(connection: Connection, table_name: str, row_id: str, touched: Touched) -> None:
    """Delete a row and the rows of its record, referring rows first."""
    touched.note_gone(connection, table_name, row_id)
    for table in reversed(DIRECTORY.sorted_tables):
        column = _belongs_by(table)
        if table.name == table_name:
            connection.execute(delete(table).where(table.c.id == row_id))
        elif column is not None and _OWNER[column.name] == table_name:
            connection.execute(delete(table).where(column == row_id))


def _changes(
    connection: Connection, table: Table, wanted: RowSet, vault: AddressVault, *, replace: bool
) -> _TableChanges:
    rows = wanted.get(table.name, {})
    belongs_by = _belongs_by(table)
    current = {row["id"]: row for row in _current(connection, table, belongs_by, wanted, replace=replace)}
    if (column := _SEALED_IN.get(table.name)) is not None:
        sealed = {row_id: row for row_id, row in rows.items() if row[column] is not None}
        kept = (_sealed(row, current.get(row_id), column, vault, lenient=replace) for row_id, row in sealed.items())
        rows = {**rows, **dict(zip(sealed, kept, strict=True))}
    if table.name == "service":  # the date of the last change is nobody's to give
        rows = {row_id: {**row, **_date_of(current.get(row_id))} for row_id, row in rows.items()}
    goes = current.keys() - rows.keys() if replace or belongs_by is not None else set()
    return _TableChanges(
        table,
        inserts=[row for row_id, row in rows.items() if row_id not in current],
        updates=[row for row_id, row in rows.items() if row_id in current and current[row_id] != row],
        deletes=sorted(goes),
        current=current,
        wanted=rows,
    )


def _date_of(service: Values | None) -> Values:
    return {"last_modified": None if service is None else service["last_modified"]}


def _belongs_by(table: Table) -> Column[Any] | None:
    return table.c.get(_BELONGS_BY.get(table.name, "owner_id"))


def _current(
    connection: Connection, table: Table, belongs_by: Column[Any] | None, wanted: RowSet, *, replace: bool
) -> Iterator[Values]:
    statement = select(table)
    if replace:
        yield from map(dict, connection.execute(statement).mappings())
        return
    column: Column[Any] = table.c.id if belongs_by is None else belongs_by
    ids: Iterable[str] = wanted.get(table.name if belongs_by is None else _OWNER[belongs_by.name], {})
    for chunk in _chunks(ids):
        yield from map(dict, connection.execute(statement.where(column.in_(chunk))).mappings())


def _sealed(
    row: Values, current: Mapping[str, Any] | None, column: str, vault: AddressVault, *, lenient: bool
) -> Values:
    """Return `row` with its column sealed, keeping the present seal of an equal text (each sealing differs)."""
    before = None if current is None else current[column]
    if before == row[column]:  # read with `read_records`: sealed already
        return dict(row)
    if before is not None:
        try:
            if vault.open(before) == row[column]:
                return {**row, column: before}
        except AddressKeyError:
            if not lenient:  # replaced whole, nothing sealed with a lost key remains
                raise
    return {**row, column: vault.seal(row[column])}


def _free_slugs(connection: Connection, changes: _TableChanges) -> None:
    """Take the slugs from rows to delete where a row with another id comes under the same slug (an import's, once)."""
    if "slug" not in changes.table.c:
        return
    wanted = {row["slug"] for row in (*changes.inserts, *changes.updates)}
    for ids in _chunks(changes.deletes if wanted else ()):
        going = connection.execute(select(changes.table.c.id, changes.table.c.slug).where(changes.table.c.id.in_(ids)))
        taken = [row.id for row in going if row.slug in wanted]
        if taken:
            connection.execute(
                update(changes.table).where(changes.table.c.id.in_(taken)).values(slug=changes.table.c.id)
            )


def _update(connection: Connection, changes: _TableChanges) -> None:
    """Update rows by id; every bound name is prefixed, for a column may be named as SQLAlchemy's own are."""
    names = [column.name for column in changes.table.columns if column.name != "id"]
    statement = update(changes.table).where(changes.table.c.id == bindparam("to_id"))
    statement = statement.values({name: bindparam(f"to_{name}") for name in names})
    connection.execute(statement, [{f"to_{name}": value for name, value in row.items()} for row in changes.updates])


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(ids)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
