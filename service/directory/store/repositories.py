"""The coalition in the store, written and read within a transaction, and what keeps a bundle out of it.

The bundle's models are imported where something is written: who only reads (`route`) does without.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import CompoundSelect, Connection, and_, insert, or_, select, text, union, update

from policies import SignOff
from service import vocabulary
from service.database import clock
from service.database.bulk import chunks, count_up
from service.database.unit_of_work import ChangeAudience, UnitOfWork, expect_many_writes
from service.directory.standard.identity import id_of, place_name
from service.errors import BundleRefused, NothingLoaded, Problem
from service.i18n import refusals

from . import damaged_records  # noqa: F401 - looks for damage where a read fails
from .directory_tables import (
    ONLY_ROW,
    PLACEHOLDER,
    VERSIONS,
    RowSet,
    coalitions,
    keys,
    of_type,
    party_versions,
    read_coalition,
    read_rows,
    records,
    with_key,
)
from .record_documents import filled, has_private_places, rows_of
from .records import SeenVersions
from .removed_organizations import remember_hidden
from .stored_directory import StoredDirectory, read_seen_versions, read_stored
from .sync import note_sight, remove_record, replace_record, shown_alike, stamp, synchronise

if TYPE_CHECKING:
    from service.directory.bundle import Bundle
    from service.directory.bundle.addresses import Line
    from service.directory.bundle.schema import Coalition
    from service.directory.withheld import Withheld

_LOAD_LOCK = 7_203_114_902  # PostgreSQL advisory lock: one load at a time; SQLite has one writer anyway


class CoalitionRepository:
    """Reads and writes the coalition within the transaction of a unit of work. Not safe to share between threads."""

    def __init__(self, work: UnitOfWork) -> None:
        self._session, self._cipher, self._change_set = work.session, work.cipher, work.change_set

    def load(self, bundle: Bundle, further: Iterable[RowSet] = (), *, replace: bool) -> bool:
        """Store the records of `bundle`, then `further` records of other organizations; return whether any row changed.

        `replace`: the store then holds exactly the bundle, else organizations outside it stay. `further` is asked for
        once the bundle is written. A change raises `directory_version` by one, in the same transaction.

        Raises:
            BundleRefused: the bundle contradicts the store, and does not replace it.
            AddressKeyError: private addresses cannot be sealed, or stored addresses cannot be opened.
        """
        self.wait_for_turn()
        if not replace and (problems := tuple(find_conflicts(self._session.connection(), bundle))):
            raise BundleRefused(problems)
        stored, version = self._find_coalition()
        changed = self._synchronise(rows_of(bundle), version, replace=replace)
        for rows in further:
            changed = self._synchronise(rows, version) or changed
        return self._note_change(_columns_of(bundle), stored, changed=changed)

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
        asked last, for (type, id) of records to delete whole; no record refers to a deleted one. A change raises
        `directory_version` by one. A caller that reads first waits for its turn before the read.

        Raises:
            AddressKeyError: private addresses cannot be sealed, or stored addresses cannot be opened.
        """
        self.wait_for_turn()
        connection, (stored, version) = self._session.connection(), self._find_coalition()
        expect_many_writes(connection)
        changed = has_records = False
        for rows in batches:
            has_records = has_records or any(rows.get(name) for name in ("organization", "taxonomy", "taxonomy_term"))
            changed = self._synchronise(rows, version) or changed
        for record_type, row_id in gone():
            if record_type == "organization":
                going = connection.execute(of_type(record_type, records.c.id == row_id)).mappings()
                remember_hidden(connection, map(dict, going))
            remove_record(connection, record_type, row_id, self._change_set, version)
            changed = True
        if not has_records and not changed:  # nothing to found a coalition for
            return False
        columns = _coalition_columns(founding)
        if stored is not None and not (found_anew and has_records):
            columns = {name: stored[name] for name in columns}
        return self._note_change(columns, stored, changed=changed)

    def put(self, rows: RowSet, stored: RowSet | None) -> None:
        """Put a single record in the place of the stored one; `stored`: the rows of its organization, None without one.

        A private place that differs from the stored place is not confirmed.

        Raises:
            AddressKeyError: private addresses cannot be sealed, or stored addresses cannot be opened.
        """
        if self._synchronise(rows, self._next_version, confirms=False, stored=stored):
            self._raise_version()

    def remove(self, record_type: str, row_id: str) -> None:
        """Delete an organization, agreement, release form or vocabulary term, to which no record refers."""
        remove_record(self._session.connection(), record_type, row_id, self._change_set, self._next_version)
        self._raise_version()

    def sign_off(self, signed: SignOff) -> None:
        """Store counsel's sign-off of a text in place of the one before.

        Raises:
            NothingLoaded: the store holds no coalition.
        """
        stored = read_coalition(self._session.connection()).sign_offs or []
        others = [row for row in stored if row["name"] != signed.name]
        days = {"on": signed.on.isoformat(), "until": signed.until.isoformat()}
        row = {**asdict(signed), **days, "exceptions": list(signed.exceptions)}
        self._change_set.seen.add(ChangeAudience.EVERYBODY, ())
        self._put_coalition({"sign_offs": [*others, row]})

    def directory_version(self) -> int:
        """Return the version of the stored directory; 0 for an empty store."""
        try:
            return int(read_coalition(self._session.connection()).directory_version)
        except NothingLoaded:
            return 0

    def seen_versions(self) -> SeenVersions:
        """Return the versions that callers are told; 0 for an empty store."""
        connection = self._session.connection()
        try:
            return read_seen_versions(connection, read_coalition(connection))
        except NothingLoaded:
            return SeenVersions(0, 0, {})

    def read_stored(self) -> StoredDirectory:
        """Return the directory for routing, for the rules and for people, in a fixed number of statements.

        Raises:
            NothingLoaded: the store holds no coalition.
        """
        return read_stored(self._session.connection())

    def lines_of_places(self, organizations: Collection[str]) -> dict[Line, set[str]]:
        """Return the words that tell confirmed private places, or any places of `organizations` (ids), with the owners.

        Raises:
            AddressKeyError: the key at hand is not the sealing key.
        """
        from service.directory.bundle.addresses import lines_of  # noqa: PLC0415
        from service.documents.node import Node  # noqa: PLC0415

        owners_by_line: defaultdict[Line, set[str]] = defaultdict(set)
        wanted = or_(records.c.confirmed, records.c.owner_id.in_(organizations))
        for row in self._session.execute(of_type("location", wanted)):
            place = row.document if row.sealed is None else json.loads(self._cipher.open(row.sealed))
            for line in lines_of(Node({"locations": [place]})):
                owners_by_line[line].add(row.owner_id)
        return owners_by_line

    def withheld(self, record_type: str, row_id: str | None = None) -> dict[str, Withheld]:
        """Return the withheld texts of the record with an id, or of each record of a type, by id.

        Raises:
            AddressKeyError: the key at hand is not the sealing key.
        """
        from service.directory.withheld import read_withheld  # noqa: PLC0415

        rows = of_type(record_type, records.c.withheld.is_not(None))
        selection = rows if row_id is None else rows.where(records.c.id == row_id)
        return {row.id: read_withheld(self._cipher.open(row.withheld)) for row in self._session.execute(selection)}

    def let_go(self, slug: str, hidden: Collection[str]) -> None:
        """Take an organization from the lists of organizations authorized to see private places.

        `hidden`: organizations (slugs) unknown to the caller. As their parent the organization goes as well, and as a
        source of their services' referrals; a service that accepted from it alone then accepts from its own alone.
        """
        own = of_type("organization", records.c.slug == slug, records.c.listed.is_(False))
        unlisted = [row.slug for row in self._session.execute(own)]
        authorising = records.c.id.in_(with_key("organization.operator_authorised", slug))
        below = records.c.slug.in_(hidden) & records.c.id.in_(with_key("organization.parent", slug))
        for row in self._session.execute(of_type("organization", or_(authorising, below))).all():
            document = dict(row.document)
            if slug in (allowed := document.get("coalition", {}).get("operator_authorised", ())):
                others = [name for name in allowed if name != slug]
                document["coalition"] = filled({**document["coalition"], "operator_authorised": others})
            if row.slug in hidden and document.get("parent") == slug:
                del document["parent"]
            self._put_document(row, document, unlisted)
        if not hidden or slug in vocabulary.KINDS:  # a kind of that name is still accepted from
            return
        organizations = self._session.execute(of_type("organization", records.c.slug.in_(hidden)))
        owners = {owner.id: owner.slug for owner in organizations}
        sources = records.c.id.in_(with_key("service.accepts_from", slug)), records.c.owner_id.in_(owners)
        for row in self._session.execute(of_type("service", *sources)).all():
            accepted = [name for name in row.document["referral"]["accepts_from"] if name != slug]
            referral = {**row.document["referral"], "accepts_from": accepted or [owners[row.owner_id]]}
            self._put_document(row, {**row.document, "referral": referral}, unlisted)

    def _put_document(self, row: Any, document: dict[str, Any], unlisted: Collection[str]) -> None:
        """Put another document into a record, which is in the next version, and undated where it is shown otherwise."""
        before, changed = dict(row._mapping), {**row._mapping, "document": document, "version": self._next_version}
        if not shown_alike(before, changed, unlisted):
            changed["last_modified"] = None
        note_sight(self._change_set.seen, before, changed, unlisted)
        replace_record(self._session.connection(), changed)

    def wait_for_turn(self) -> None:
        """Wait until no other transaction changes the coalition; the turn then lasts until this transaction ends."""
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOAD_LOCK})

    @property
    def _next_version(self) -> int:
        """The version of the directory once this transaction is committed."""
        return self.directory_version() + 1

    def _find_coalition(self) -> tuple[dict[str, Any] | None, int]:
        """Return the coalition's own row, and the version of the directory once this transaction is committed."""
        try:
            row = dict(read_coalition(self._session.connection())._mapping)
        except NothingLoaded:
            return None, 1
        return row, row["directory_version"] + 1

    def _raise_version(self) -> None:
        connection = self._session.connection()
        stamp(connection, clock.now(self._session))
        self._put_coalition({})

    def _synchronise(
        self,
        rows: RowSet,
        version: int,
        *,
        replace: bool = False,
        confirms: bool = True,
        stored: RowSet | None = None,
    ) -> bool:
        return synchronise(
            self._session.connection(),
            rows,
            self._cipher,
            replace=replace,
            change_set=self._change_set,
            version=version,
            confirms=confirms,
            stored=stored,
        )

    def _note_change(self, columns: Mapping[str, Any], stored: Mapping[str, Any] | None, *, changed: bool) -> bool:
        """Make the coalition's own row say `columns`; raise its version if the row, or any record, changed."""
        connection = self._session.connection()
        if changed:
            stamp(connection, clock.now(self._session))
        if stored is None:
            self._change_set.seen.clear()
            connection.execute(insert(coalitions).values(id=ONLY_ROW, **dict.fromkeys(VERSIONS, 1), **columns))
            return True
        if changed or {name: stored[name] for name in columns} != columns:
            self._change_set.shared = self._change_set.shared or not self._change_set
            if {name: stored[name] for name in columns} != columns:
                self._change_set.seen.add(ChangeAudience.EVERYBODY, ())
            self._put_coalition(columns)
            return True
        return False

    def _put_coalition(self, columns: Mapping[str, Any]) -> None:
        """Put columns into the coalition's own row, and raise the versions of all who saw a change."""
        connection, seen = self._session.connection(), self._change_set.seen
        raised = {name: coalitions.c[name] + 1 for name in VERSIONS[: max(seen.sight, ChangeAudience.PARTIES)]}
        connection.execute(update(coalitions).values(**columns, **raised))
        if seen.sight != ChangeAudience.EVERYBODY:  # else each caller's version rises anyway
            parties = set(seen.parties)
            for chunk in chunks(seen.owners | seen.private_owners):
                private = seen.private_owners.intersection(chunk)
                parties.update(connection.execute(_parties_to(chunk, private)).scalars())
            count_up(connection, party_versions, "organization", parties, "changes")
        if seen.left:  # the versions of everybody come after those that they were told as members
            row = read_coalition(connection)
            ahead = row.members_version - row.public_version
            count_up(connection, party_versions, "organization", seen.left, "changes", by=ahead)
        seen.clear()


def _parties_to(owners: Collection[str], private: Collection[str]) -> CompoundSelect[Any]:
    """Select the slugs of organizations (ids), and of those that see the `private` parts of some of them."""
    slugs = select(records.c.slug).where(records.c.type == "organization")
    of_private = keys.c.value.in_(slugs.where(records.c.id.in_(private)))
    agreements = select(keys.c.record_id).where(keys.c.name == "agreement.between", of_private)
    authorized = keys.c.name == "organization.operator_authorised", keys.c.record_id.in_(private)
    partners = keys.c.name == "agreement.between", keys.c.record_id.in_(agreements)
    return union(
        slugs.where(records.c.id.in_(owners)), select(keys.c.value).where(or_(and_(*authorized), and_(*partners)))
    )


def _columns_of(bundle: Bundle) -> dict[str, Any]:
    facts = [row.model_dump(mode="json") for row in bundle.card_facts]
    return {**_coalition_columns(bundle.coalition), "card_facts": facts or None}


def _coalition_columns(coalition: Coalition) -> dict[str, Any]:
    fields = coalition.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {name: fields.get(name) for name in type(coalition).model_fields}


def find_conflicts(connection: Connection, bundle: Bundle) -> Iterator[Problem]:
    """Yield the obstacles to merging `bundle` into the store, by place in the bundle."""
    try:
        stored = read_coalition(connection)
    except NothingLoaded:
        return
    if stored.slug not in (bundle.coalition.slug, PLACEHOLDER):  # a bundle takes over what an import founded
        yield Problem("coalition.slug", refusals.ANOTHER_COALITION)
        return
    yield from _taken_ids(connection, bundle)
    codes = (row for row in read_rows(connection, "vocabulary_term") if "code" in row.document)
    word_types = {row.slug: row.document["kind"] for row in codes}
    for index, entry in enumerate(bundle.vocabulary):
        if entry.code in word_types and word_types[entry.code] != entry.word_type:
            yield Problem(f"vocabulary[{index}].code", refusals.CODE_OF_ANOTHER_KIND)
    traits = {*vocabulary.TRAITS, *(code for code, word_type in word_types.items() if word_type == "trait")}
    traits |= {entry.code for entry in bundle.vocabulary if entry.code is not None and entry.word_type == "trait"}
    if len(traits) > vocabulary.MOST_TRAITS:
        yield Problem("vocabulary", refusals.TRAITS_WITH_STORED.format(most=vocabulary.MOST_TRAITS))


def _taken_ids(connection: Connection, bundle: Bundle) -> Iterator[Problem]:
    """Yield ids of an organization outside the bundle, and ids given by an import to its own records."""
    here = {id_of("organization", organization.id) for organization in bundle.organizations}
    stored: dict[tuple[str, str], Any] = {}
    for record_type in ("organization", "service", "location"):
        query = of_type(record_type).with_only_columns(records.c.slug, records.c.id, records.c.owner_id)
        stored |= {(record_type, row.slug): row for row in connection.execute(query)}
    for index, organization in enumerate(bundle.organizations):
        path = f"organizations[{index}]"
        row = stored.get(("organization", organization.id))
        if row is not None and row.id not in here:
            yield Problem(f"{path}.id", refusals.NAME_OF_ANOTHER)
        private = has_private_places(organization)
        names = {
            "location": [place_name(organization.id, place.id, private=private) for place in organization.locations],
            "service": [service.id for service in organization.services],
        }
        for name, slugs in names.items():
            for place, slug in enumerate(slugs):
                row = stored.get((name, slug))
                if row is not None and (row.id != id_of(name, slug) or row.owner_id not in here):
                    yield Problem(f"{path}.{name}s[{place}].id", refusals.WITH_ANOTHER)
