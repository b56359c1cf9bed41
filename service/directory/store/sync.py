"""Makes the store hold the wanted records, touching only differing rows: loading the same file again changes no row.

The date of a record's last change (HSDS `last_modified`) is ours to keep. It moves when what readers of HSDS are shown
of the record changes: of a service also with a public place where it is given. A changed record has no date until its
transaction is nearly done: `stamp` gives all of them the same moment, as late as can be, so that no reader asks for
later changes first. Only an import that founds a directory brings dates along: nobody has asked for changes there yet.

Who sees a change decides which versions rise, and who hears of it: a record before and after is cut to what the readers
of a class are shown of it in any answer; where that is the same, the class has seen nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from service.database.bulk import chunks, insert_rows
from service.database.field_cipher import AddressCipher
from service.database.unit_of_work import ChangeAudience, ChangeSet, ChangesSeen
from service.errors import AddressKeyError

from .directory_tables import (
    DATED_TYPES,
    INNER_TITLES,
    OWNED_TYPES,
    RowSet,
    gone_records,
    keys,
    read_records,
    records,
    uses,
    with_key,
)
from .keys import keys_of, term_uses
from .record_documents import FRONT_GATE, PARTS, but, public_contacts, unit_name, without_person
from .removed_organizations import remember_hidden
from .shown_parts import note_shown

if TYPE_CHECKING:
    from service.database.bulk import Values


_ORGANIZATION = "organization"
_GIVEN_HERE = frozenset(("version", "last_modified"))
_NOT_SHOWN = (*_GIVEN_HERE, "sealed", "withheld")
"""Columns that no reader is shown, or not as they stand."""
RecordName = tuple[str, str]
"""The type and the id of a record."""
Version = Mapping[RecordName, "Values"]


def synchronise(
    connection: Connection,
    target: RowSet,
    cipher: AddressCipher,
    *,
    replace: bool,
    change_set: ChangeSet,
    version: int,
    confirms: bool = True,
    stored: RowSet | None = None,
) -> bool:
    """Make the store hold `target`; return whether any row had to change, and note the owners in `change_set`.

    With `replace`, every unwanted record goes; without, only what a wanted organization owned and owns no longer.
    Records that are shown otherwise lose their date, which the caller gives anew (`stamp`). `confirms`: private places
    in `target` are the coalition's word. `stored`: all that `target` may change, where it was read already.

    Raises:
        AddressKeyError: private addresses cannot be sealed, or kept addresses cannot be opened.
    """
    rows = {_name(row): row for row in _each(target)}
    organizations = target.get(_ORGANIZATION, {})
    before = _current(connection, rows.values(), organizations, replace=replace) if stored is None else _each(stored)
    current = {_name(row): row for row in before}
    for name, row in rows.items():
        rows[name] = _settle(row, current.get(name), organizations, cipher, lenient=replace, confirms=confirms)
    gone = [row for name, row in current.items() if name not in rows and (replace or row["type"] in OWNED_TYPES)]
    changed = {name: row for name, row in rows.items() if _differs(row, current.get(name))}
    names = [*changed, *map(_name, gone)]
    unlisted = _unlisted_slugs(connection, current, rows, names)
    for name in names:
        _note_change(change_set, current.get(name), rows.get(name), unlisted)
    if organizations:
        note_shown(change_set, [*changed.values(), *gone], current, rows)
    change_set.version = version
    if any(row["type"] == _ORGANIZATION for row in gone):
        remember_hidden(connection, gone)
    _delete(connection, gone, version)
    _take_out(connection, (row for name, row in changed.items() if name in current))
    _insert(connection, (row | {"version": version} for row in changed.values()))
    _renew_former_owners(connection, changed, current, version)
    undate(connection, current, rows, names, unlisted)
    return bool(changed or gone)


def _name(row: Values) -> RecordName:
    return row["type"], row["id"]


def _each(rows: RowSet) -> Iterator[Values]:
    return chain.from_iterable(table.values() for table in rows.values())


def remove_record(connection: Connection, record_type: str, row_id: str, change_set: ChangeSet, version: int) -> None:
    """Delete a record, an organization with all that it owns."""
    condition = and_(records.c.type == record_type, records.c.id == row_id)
    if record_type == _ORGANIZATION:
        condition = or_(condition, and_(records.c.owner_id == row_id, records.c.type.in_(OWNED_TYPES)))
    going = list(_read(connection, condition))
    current = {_name(row): row for row in going}
    unlisted = _unlisted_slugs(connection, current, {}, current)
    for row in going:
        _note_change(change_set, row, None, unlisted)
    if record_type == _ORGANIZATION and not any(row["source"] for row in going):
        change_set.hiding.add(row_id)
    change_set.version = version
    _delete(connection, going, version)


def _current(
    connection: Connection, rows: Iterable[Values], organizations: Iterable[str], *, replace: bool
) -> Iterator[Values]:
    """Yield the stored rows that `rows` may change."""
    if replace:
        yield from _read(connection, records.c.id.is_not(None))
        return
    yield from _each(read_records(connection, organizations))
    for record_type, ids in _by_type(_name(row) for row in rows if row["type"] not in (_ORGANIZATION, *OWNED_TYPES)):
        yield from _read(connection, and_(records.c.type == record_type, records.c.id.in_(ids)))


def _read(connection: Connection, where: ColumnElement[bool]) -> Iterator[Values]:
    return map(dict, connection.execute(select(records).where(where)).mappings())


def _settle(
    row: Values,
    before: Values | None,
    organizations: Mapping[str, Values],
    cipher: AddressCipher,
    *,
    lenient: bool,
    confirms: bool,
) -> Values:
    """Return a wanted row as it is to be stored: as its organization stands, sealed, with the date that it has."""
    new_row = {**row, "last_modified": (before or row)["last_modified"]}
    if row["type"] in OWNED_TYPES and (owner := organizations.get(row["owner_id"])) is not None:
        new_row |= {"listed": owner["listed"], "private": owner["private"]}
    for column in ("sealed", "withheld"):
        if row[column] is not None:
            new_row[column] = _seal(row[column], None if before is None else before[column], cipher, lenient=lenient)
    if row["sealed"] is not None:
        is_loaded = confirms and row["sealed"] != new_row["sealed"]  # else it was read from the store, sealed already
        is_kept = before is not None and before["confirmed"] and before["sealed"] == new_row["sealed"]
        new_row["confirmed"] = is_loaded or is_kept
    return new_row


def _seal(plain: str, before: str | None, cipher: AddressCipher, *, lenient: bool) -> str:
    """Return a text sealed, keeping the present seal of an equal text (each sealing differs)."""
    if before == plain:  # read with `read_records`: sealed already
        return plain
    if before is not None:
        try:
            if cipher.open(before) == plain:
                return before
        except AddressKeyError:
            if not lenient:  # replaced whole, nothing sealed with a lost key remains
                raise
    return cipher.seal(plain)


def _differs(row: Values, before: Values | None) -> bool:
    return before is None or any(before[name] != value for name, value in row.items() if name not in _GIVEN_HERE)


def _renew_former_owners(
    connection: Connection, changed: Mapping[RecordName, Values], current: Mapping[RecordName, Values], version: int
) -> None:
    """Put organizations in `version` whose records another organization owns now: theirs is another directory too."""
    owners = {current[name]["owner_id"] for name in changed.keys() & current.keys()}
    former = owners - {row["owner_id"] for row in changed.values()} - {None}
    for chunk in chunks(former):
        organizations = records.c.type == _ORGANIZATION, records.c.id.in_(chunk)
        connection.execute(update(records).where(*organizations).values(version=version))


def _delete(connection: Connection, rows: list[Values], version: int) -> None:
    """Delete records, and keep that they are gone."""
    _take_out(connection, rows)
    if rows:
        columns = ("type", "id", "slug", "owner_id")
        going = [{"version": version, **{name: row[name] for name in columns}} for row in rows]
        insert_rows(connection, gone_records, going)


def replace_record(connection: Connection, row: Values) -> None:
    """Put a record in the place of the record with its id, with its keys."""
    _take_out(connection, [row])
    _insert(connection, [row])


def _insert(connection: Connection, rows: Iterable[Values]) -> None:
    """Insert records with their keys, some at a time: the keys of a whole state are a million rows."""
    for batch in chunks(rows):
        for table, entries in ((records, batch), (keys, list(keys_of(batch))), (uses, list(term_uses(batch)))):
            if entries:
                insert_rows(connection, table, entries)


def _take_out(connection: Connection, rows: Iterable[Values]) -> None:
    for record_type, ids in _by_type(map(_name, rows)):
        own_keys = keys.c.name.startswith(f"{record_type}.", autoescape=True)
        connection.execute(delete(keys).where(keys.c.record_id.in_(ids), own_keys))
        connection.execute(delete(uses).where(uses.c.record_type == record_type, uses.c.record_id.in_(ids)))
        for table in (records, gone_records):
            connection.execute(delete(table).where(table.c.type == record_type, table.c.id.in_(ids)))


def _by_type(names: Iterable[RecordName]) -> Iterator[tuple[str, list[str]]]:
    """Yield the ids of records by type, few enough for a statement."""
    ids: defaultdict[str, list[str]] = defaultdict(list)
    for record_type, row_id in names:
        ids[record_type].append(row_id)
    for record_type, row_ids in ids.items():
        yield from ((record_type, chunk) for chunk in chunks(row_ids))


def undate(
    connection: Connection,
    current: Version,
    target: Version,
    changed: Collection[RecordName],
    unlisted: Collection[str],
) -> None:
    """Take the date from each stored record whose shown record is touched by the changed records.

    `current` and `target` hold whole records of organizations: as they were stored, and as they now are. For `unlisted`
    see `changed_records`.
    """
    names = changed_records(current, target, changed, unlisted)
    for record_type, ids in _by_type(names & current.keys()):  # a new record has no date yet
        _clear(connection, and_(records.c.type == record_type, records.c.id.in_(ids)))
    relisted = _standing_anew(current, target, changed, "listed")  # others' records name it, or name it no longer
    for chunk in chunks(target["organization", row_id]["slug"] for row_id in relisted):
        naming = [records.c.id.in_(with_key(name, *chunk)) for name in ("organization.parent", "service.accepts_from")]
        _clear(connection, and_(records.c.type.in_(DATED_TYPES), or_(*naming)))


def changed_records(
    current: Version, target: Version, changed: Collection[RecordName], unlisted: Collection[str] = ()
) -> set[RecordName]:
    """Return the dated records whose shown record is touched by the changed records. Pure.

    `unlisted`: organizations (slugs) of which no reference is shown, neither before nor after.
    """
    names = set[RecordName]()
    for name in changed:
        before, after = current.get(name), target.get(name)
        if name[0] not in (*DATED_TYPES, "service_at_location") or shown_alike(before, after, unlisted):
            continue
        if name[0] in DATED_TYPES:
            names.add(name)
            continue
        for row in (before, after):
            if row is not None and _is_public(row["document"]["location_id"], current, target):
                names.add(("service", row["document"]["service_id"]))
    places = {
        row_id for record_type, row_id in names if record_type == "location" and _is_public(row_id, current, target)
    }
    owners = _standing_anew(current, target, changed, "listed", "private")
    for rows in (current, target) if places or owners else ():
        for name, row in rows.items():
            if row["type"] == "service_at_location" and row["document"]["location_id"] in places:
                names.add(("service", row["document"]["service_id"]))
            elif row["owner_id"] in owners and row["type"] in DATED_TYPES:
                names.add(name)
    return names


def shown_alike(before: Values | None, after: Values | None, unlisted: Collection[str] = ()) -> bool:
    """Say whether readers of HSDS are shown the same of a record before and after. Pure; for `unlisted` see above."""
    if before is None or after is None:
        return before is after
    return bool(_public_view(before, unlisted) == _public_view(after, unlisted))


def stamp(connection: Connection, moment: datetime) -> None:
    """Date the records that were changed in this transaction."""
    undated = records.c.type.in_(DATED_TYPES), records.c.last_modified.is_(None)
    connection.execute(update(records).where(*undated).values(last_modified=moment))


def _clear(connection: Connection, where: ColumnElement[bool]) -> None:
    connection.execute(update(records).where(where).values(last_modified=None))


def _standing_anew(current: Version, target: Version, changed: Iterable[RecordName], *columns: str) -> set[str]:
    """Return the organizations (ids) with another value in any of the columns than before."""
    pairs = ((name, current[name], target[name]) for name in changed if name in current and name in target)
    return {
        name[1]
        for name, before, after in pairs
        if name[0] == "organization" and any(before[column] != after[column] for column in columns)
    }


def _unlisted_slugs(
    connection: Connection, current: Version, target: Version, changed: Iterable[RecordName]
) -> frozenset[str]:
    """Return the organizations (slugs) named by changed records that are listed neither before nor after."""
    rows = (version.get(name) for name in changed for version in (current, target))
    slugs = {slug for row in rows if row is not None for slug in _named_slugs(row["document"])}
    listed = dict[str, bool]()
    for chunk in chunks(slugs):
        stored = select(records.c.slug, records.c.listed)
        query = stored.where(records.c.type == "organization", records.c.slug.in_(chunk))
        listed |= {row.slug: row.listed for row in connection.execute(query)}
    for version in (current, target) if slugs else ():
        for row in version.values():
            if row["type"] == "organization" and row["slug"] in slugs:
                listed[row["slug"]] = listed.get(row["slug"], False) or row["listed"]
    return frozenset(slug for slug, is_listed in listed.items() if not is_listed)


def _named_slugs(document: Mapping[str, Any]) -> Iterator[str]:
    if (parent := document.get("parent")) is not None:
        yield parent
    yield from document.get("referral", {}).get("accepts_from", ())
    yield from document.get("between", ())
    yield from document.get("coalition", {}).get("operator_authorised", ())
    if (speaker := document.get("organization")) is not None:
        yield speaker


def _is_public(place: str, *versions: Version) -> bool:
    """Say whether a place was public, or is."""
    places = (rows.get(("location", place)) for rows in versions)
    return any(row is not None and not row["private"] for row in places)


def _public_view(row: Values, unlisted: Collection[str]) -> Any:
    """Return the part of a record that a reader of HSDS may see, and its owner."""
    from service.directory.bundle.schema import RECORD_CLASSES  # noqa: PLC0415
    from service.documents.base import public_part  # noqa: PLC0415

    document = public_part(RECORD_CLASSES[row["type"]], row["document"])
    document.pop("capacities", None)
    if document.get("parent") in unlisted:
        del document["parent"]
    document["contacts"] = public_contacts(document.pop("contacts", ()), is_open=row["listed"] and not row["private"])
    if accepted := document.get("referral", {}).get("accepts_from"):
        sources = [source for source in accepted if source not in unlisted]
        document["referral"] = {**document["referral"], "accepts_from": sources}
    return row["owner_id"], row["slug"], document


def _note_change(change_set: ChangeSet, before: Values | None, after: Values | None, unlisted: Collection[str]) -> None:
    """Note that a record was inserted (`before` None), changed or deleted (`after` None), and who sees that.

    For `unlisted` see `changed_records`.
    """
    sight = note_sight(change_set.seen, before, after, unlisted)
    change_set.note(after or before or {}, before if after else None, sight, gone=after is None)


def note_sight(
    seen: ChangesSeen, before: Values | None, after: Values | None, unlisted: Collection[str]
) -> ChangeAudience:
    """Note who sees a change of a record, and return it; see `changed_records` on `unlisted`."""
    sight, rows, parties = sight_of(before, after, unlisted), [row for row in (before, after) if row], set[str]()
    for row in rows:
        parties.update(row["document"].get("between", ()))
        if sight is ChangeAudience.PARTIES:
            parties.update(row["document"].get("coalition", {}).get("operator_authorised", ()))
    seen.add(sight, [row["owner_id"] for row in rows], parties)
    if _is_member(before) and not _is_member(after):
        seen.left.add(rows[0]["slug"])
    return sight


def _is_member(row: Values | None) -> bool:
    if row is None or row["type"] != _ORGANIZATION:
        return False
    return bool(row["document"].get("coalition", {}).get("membership", "none") != "none")


def sight_of(before: Values | None, after: Values | None, unlisted: Collection[str]) -> ChangeAudience:
    """Return the widest class of readers that are shown something else of a record.

    >>> house = {"type": "organization", "listed": False, "private": True, "document": {"coalition": {}}}
    >>> str(sight_of(None, house, ())), str(sight_of({**house, "listed": True}, house, ()))
    ('2', '3')
    >>> str(sight_of(house, {**house, "document": {"coalition": {"operator_authorised": ["clinic"]}}}, ()))
    '1'
    """
    for sight in (ChangeAudience.EVERYBODY, ChangeAudience.MEMBERS):
        if _shown(before, sight, unlisted) != _shown(after, sight, unlisted):
            return sight
    return ChangeAudience.PARTIES


def _shown(row: Values | None, sight: ChangeAudience, unlisted: Collection[str]) -> Any:
    """Return what every reader of a class is shown of a record; None: not that it is there."""
    if row is None:
        return None
    document, everybody = dict(row["document"]), sight is ChangeAudience.EVERYBODY
    related = {*document.get("between", ()), document.get("organization")}
    if everybody and not (row["listed"] and related.isdisjoint(unlisted)):
        return None
    if row["private"] and row["type"] == "location":
        return None
    if row["private"] and row["type"] == "service_at_location":
        parts = {name: document[name] for name in PARTS.keys() & document.keys()}
        return (document["service_id"], parts) if parts else None
    is_open = row["listed"] and not row["private"]
    if not is_open and "capacities" in document:
        document["capacities"] = [unit_name(count["unit"]) for count in document["capacities"]]
    if "coalition" in document and row["private"]:
        document["coalition"] = but(document["coalition"], "operator_authorised")
    if everybody or not is_open:  # who speaks for it
        document["coalition"] = but(document.get("coalition", {}), "subpoena_contact")
        document["contacts"] = [
            but(contact, "successor")
            if (is_open and contact.get("title") not in INNER_TITLES) or contact.get("title") == FRONT_GATE
            else without_person(contact)
            for contact in document.get("contacts", ())
        ]
    if everybody:
        if document.get("parent") in unlisted:
            del document["parent"]
        for part, names in (("coalition", "operator_authorised"), ("referral", "accepts_from")):
            if slugs := document.get(part, {}).get(names):
                document[part] = {**document[part], names: [slug for slug in slugs if slug not in unlisted]}
    return {**but(row, *_NOT_SHOWN), "document": document}
