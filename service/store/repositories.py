"""The coalition in the store: an object bound to a transaction, for writing and reading the coalition.

The bundle's models are imported where something is written: who only reads (`route`) does without.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, text, update
from sqlmodel import Session

from routing import Directory
from service import vocabulary
from service.errors import BundleRefused, NothingLoaded

from . import clock, directory_reader, record_readers, records
from .address_vault import AddressVault
from .coalition_tables import ONLY_ROW
from .directory_tables import DIRECTORY
from .engine import expect_many_writes
from .modified import stamp
from .queries import read_coalition
from .sync import read_records, remove_record, synchronise
from .touched import Touched

if TYPE_CHECKING:
    from service.bundle import Bundle
    from service.bundle.addresses import Line
    from service.bundle.schema import Coalition
    from service.withheld import Withheld

    from .rows import RowSet

_LOAD_LOCK = 7_203_114_902  # PostgreSQL advisory lock: one load at a time; SQLite has one writer anyway


class CoalitionRepository:
    """Reads and writes the coalition within the transaction of `session`. Not safe to share between threads."""

    def __init__(self, session: Session, vault: AddressVault) -> None:
        self._session = session
        self._vault = vault
        self.touched = Touched()

    def replace_coalition(self, bundle: Bundle, further: Iterable[RowSet] = ()) -> bool:
        """Make the store hold exactly `bundle`; return whether any row changed. `further`: see `upsert`.

        A change raises `directory_version` by one, in the same transaction.

        Raises:
            AddressKeyError: private addresses cannot be sealed.
        """
        self.wait_for_turn()
        return self._write(bundle, further, replace=True)

    def upsert(self, bundle: Bundle, further: Iterable[RowSet] = ()) -> bool:
        """Add or update the records of `bundle` and keep the rest; return whether any row changed.

        An organization in the bundle is taken whole: its services, phones, places ... become the bundle's. `further`
        are records of other organizations, asked for once the bundle is written.
        A change raises `directory_version` by one, in the same transaction.

        Raises:
            BundleRefused: the bundle contradicts the store.
            AddressKeyError: private addresses cannot be sealed, or stored addresses cannot be opened.
        """
        from .conflicts import find_conflicts  # noqa: PLC0415

        self.wait_for_turn()
        if problems := tuple(find_conflicts(self._session.connection(), bundle)):
            raise BundleRefused(problems)
        return self._write(bundle, further, replace=False)

    def read_records(self, organizations: Iterable[str]) -> RowSet:
        """Return every row of organizations' records (by id), as `merge` takes rows; unknown ids have no rows."""
        return read_records(self._session.connection(), organizations)

    def merge(
        self,
        batches: Iterable[RowSet],
        *,
        founding: Coalition,
        found_anew: bool = False,
        gone: Callable[[], Iterable[tuple[str, str]]] = tuple,
    ) -> bool:
        """Make the records of the organizations in each batch exactly the batch's; return whether any row changed.

        A batch is asked for once earlier batches are written. The rest stays, the coalition's own row too; `founding`
        describes the coalition for an empty store, or, with `found_anew`, in place of the stored row. `gone` is
        asked last, for (table, id) of records to delete whole; no row refers to a deleted record.
        A change raises `directory_version` by one, in the same transaction. A caller that reads first and merges then
        waits for its turn before the read.

        Raises:
            AddressKeyError: private addresses cannot be sealed, or stored addresses cannot be opened.
        """
        self.wait_for_turn()
        connection = self._session.connection()
        expect_many_writes(connection)
        changed = held = False
        for rows in batches:
            held = held or any(rows.get(name) for name in ("organization", "taxonomy", "taxonomy_term"))
            changed = synchronise(connection, rows, self._vault, replace=False, touched=self.touched) or changed
        for table_name, row_id in gone():
            remove_record(connection, table_name, row_id, self.touched)
            changed = True
        stored = self._find_coalition()
        if not held and not changed:  # nothing to found a coalition for
            return False
        chosen = _coalition_columns(founding)
        if stored is not None and not (found_anew and held):
            chosen = {name: stored[name] for name in chosen}
        return self._note_change(chosen, changed=changed)

    def remove(self, table_name: str, row_id: str) -> None:
        """Delete an organization, agreement, release form or vocabulary term with every row of its record.

        The caller has made sure that no row refers to the record. Raises `directory_version` by one, in the same
        transaction.
        """
        connection = self._session.connection()
        remove_record(connection, table_name, row_id, self.touched)
        stamp(connection, clock.now(self._session))
        table = DIRECTORY.tables["coalition"]
        connection.execute(update(table).values(directory_version=table.c.directory_version + 1))

    def directory_version(self) -> int:
        """Return the version of the stored directory; 0 for an empty store."""
        try:
            return int(read_coalition(self._session.connection()).directory_version)
        except NothingLoaded:
            return 0

    def read_directory(self) -> Directory:
        """Return routing's records, in a fixed number of statements.

        Raises:
            NothingLoaded: the store holds no coalition.
        """
        return directory_reader.read_directory(self._session.connection())

    def read_policy_records(self) -> records.PolicyRecords:
        """Return the records that the rules read, in a fixed number of statements.

        Raises:
            NothingLoaded: the store holds no coalition.
        """
        return record_readers.read_policy_records(self._session.connection())

    def read_presentation(self) -> records.Presentation:
        """Return names and numbers for people, in a fixed number of statements.

        Raises:
            NothingLoaded: the store holds no coalition.
        """
        return record_readers.read_presentation(self._session.connection())

    def list_private_locations(self, organization: str, *, reader: str) -> tuple[dict[str, Any], ...]:
        """Return the private locations of `organization` (a slug), as HSDS objects, for the organization `reader`.

        Empty without private locations, and just as empty for a reader without the operator's written authorization;
        an organization may always read its own.

        Raises:
            AddressKeyError: the key at hand is not the sealing key.
        """
        owners, sealed = DIRECTORY.tables["organization"], DIRECTORY.tables["private_address"]
        owner = self._session.execute(select(owners).where(owners.c.slug == organization)).mappings().first()
        if owner is None or reader not in {organization, *owner["operator_authorised"]}:
            return ()
        places = DIRECTORY.tables["location"]
        rows = select(sealed.c.sealed).join(places, places.c.id == sealed.c.id)
        rows = rows.where(sealed.c.owner_id == owner["id"]).order_by(places.c.position, sealed.c.id)
        return tuple(json.loads(self._vault.open(row.sealed)) for row in self._session.execute(rows))

    def private_lines(self) -> dict[Line, set[str]]:
        """Return the words that tell private places, with the ids of the places' organizations.

        Raises:
            AddressKeyError: the key at hand is not the sealing key.
        """
        from service.bundle.addresses import lines_of  # noqa: PLC0415
        from service.documents.node import Node  # noqa: PLC0415

        sealed = DIRECTORY.tables["private_address"]
        found: defaultdict[Line, set[str]] = defaultdict(set)
        for row in self._session.execute(select(sealed.c.owner_id, sealed.c.sealed)):
            for line in lines_of(Node({"locations": [json.loads(self._vault.open(row.sealed))]})):
                found[line].add(row.owner_id)
        return found

    def withheld(self, table_name: str, row_id: str | None = None) -> dict[str, Withheld]:
        """Return the withheld texts of the record in a row, or of each record in a table, by the row's id.

        Raises:
            AddressKeyError: the key at hand is not the sealing key.
        """
        from service.withheld import read_withheld  # noqa: PLC0415

        table = DIRECTORY.tables[table_name]
        rows = select(table.c.id, table.c.withheld).where(table.c.withheld.is_not(None))
        chosen = rows if row_id is None else rows.where(table.c.id == row_id)
        return {row.id: read_withheld(self._vault.open(row.withheld)) for row in self._session.execute(chosen)}

    def let_go(self, slug: str, hidden: Collection[str]) -> None:
        """Take an organization from the lists of organizations authorized to see private places.

        `hidden`: organizations (slugs) unknown to the caller. As their parent the organization goes as well, and as a
        source of their services' referrals; a service that accepted only from the organization accepts from its own
        organization, and so never from more than before.
        """
        table, services = DIRECTORY.tables["organization"], DIRECTORY.tables["service"]
        rows = {row["id"]: dict(row) for row in self._session.execute(select(table)).mappings()}
        for row_id, row in rows.items():
            left: dict[str, Any] = {}
            if slug in row["operator_authorised"]:
                left["operator_authorised"] = [name for name in row["operator_authorised"] if name != slug]
            if row["slug"] in hidden and row["parent_id"] is not None and rows[row["parent_id"]]["slug"] == slug:
                left["parent_id"] = None
            if left:
                self._session.execute(update(table).where(table.c.id == row_id).values(left))
        if not hidden or slug in vocabulary.KINDS:  # a kind of that name is still accepted from
            return
        columns = (services.c.id, services.c.organization_id, services.c.accepts_from)
        for service in self._session.execute(select(*columns)):
            owner = rows[service.organization_id]["slug"]
            if owner in hidden and slug in service.accepts_from:
                accepted = [name for name in service.accepts_from if name != slug] or [owner]
                left = {"accepts_from": accepted, "last_modified": None}
                self._session.execute(update(services).where(services.c.id == service.id).values(left))

    def wait_for_turn(self) -> None:
        """Wait until no other transaction changes the coalition; the turn then lasts until this transaction ends."""
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOAD_LOCK})

    def _find_coalition(self) -> dict[str, Any] | None:
        found = self._session.execute(select(DIRECTORY.tables["coalition"])).mappings().first()
        return None if found is None else dict(found)

    def _write(self, bundle: Bundle, further: Iterable[RowSet], *, replace: bool) -> bool:
        from .rows import rows_of  # noqa: PLC0415

        connection = self._session.connection()
        changed = synchronise(connection, rows_of(bundle), self._vault, replace=replace, touched=self.touched)
        for rows in further:
            changed = synchronise(connection, rows, self._vault, replace=False, touched=self.touched) or changed
        return self._note_change(_coalition_columns(bundle.coalition), changed=changed)

    def _note_change(self, wanted: Mapping[str, Any], *, changed: bool) -> bool:
        """Make the coalition's own row say `wanted`; raise its version if the row, or any other row, changed."""
        connection = self._session.connection()
        if changed:
            stamp(connection, clock.now(self._session))
        table = DIRECTORY.tables["coalition"]
        stored = self._find_coalition()
        if stored is None:
            connection.execute(insert(table).values(id=ONLY_ROW, directory_version=1, **wanted))
            return True
        if changed or {name: stored[name] for name in wanted} != wanted:
            self.touched.shared = self.touched.shared or not self.touched
            connection.execute(update(table).values(directory_version=stored["directory_version"] + 1, **wanted))
            return True
        return False


def _coalition_columns(coalition: Coalition) -> dict[str, Any]:
    told = coalition.model_dump(mode="json", exclude_none=True)
    return {name: told.get(name) for name in type(coalition).model_fields}
