"""The date of a record's last change (HSDS `last_modified`): ours to keep, whatever a writer or a source says.

The date of an organization, a service or a place moves when its shown record changes: of a service also with a part of
it, or with a public place where it is given. What no reader of HSDS is shown moves no date: private places, matters of
the coalition alone, references to unlisted organizations, counts of places, which have a time of their own. A changed
record has no date until its transaction is nearly done: `stamp` gives all of them the same moment, as late as can be,
so that no reader asks for later changes first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from service.infrastructure.database.bulk import chunks

from .queries import records, with_key
from .record_tables import DATED_TYPES, INNER_TITLES

if TYPE_CHECKING:
    from .rows import Values

RecordName = tuple[str, str]
"""The type and the id of a record."""
Version = Mapping[RecordName, "Values"]


def undate(connection: Connection, current: Version, wanted: Version, changed: Collection[RecordName]) -> None:
    """Take the date from each stored record whose shown record is touched by the changed records.

    `current` and `wanted` hold whole records of organizations: as they were stored, and as they now are.
    """
    moved = changed_records(current, wanted, changed, _unlisted(connection, current, wanted, changed))
    ids = defaultdict[str, list[str]](list)
    for record_type, row_id in moved & current.keys():  # a new record has no date yet
        ids[record_type].append(row_id)
    for record_type, found in ids.items():
        for chunk in chunks(found):
            _clear(connection, and_(records.c.type == record_type, records.c.id.in_(chunk)))
    standing = _standing_anew(current, wanted, changed)
    for chunk in chunks(wanted["organization", row_id]["slug"] for row_id in standing):
        naming = [records.c.id.in_(with_key(name, *chunk)) for name in ("organization.parent", "service.accepts_from")]
        _clear(connection, and_(records.c.type.in_(DATED_TYPES), or_(*naming)))


def changed_records(
    current: Version, wanted: Version, changed: Collection[RecordName], unlisted: Collection[str] = ()
) -> set[RecordName]:
    """Return the dated records whose shown record is touched by the changed records. Pure.

    `unlisted`: organizations (slugs) of which no reference is shown, neither before nor after.
    """
    moved = set[RecordName]()
    for name in changed:
        before, after = current.get(name), wanted.get(name)
        if name[0] not in (*DATED_TYPES, "service_at_location") or shown_alike(before, after, unlisted):
            continue
        if name[0] in DATED_TYPES:
            moved.add(name)
            continue
        for row in (before, after):
            if row is not None and _is_public(row["document"]["location_id"], current, wanted):
                moved.add(("service", row["document"]["service_id"]))
    places = {
        row_id for record_type, row_id in moved if record_type == "location" and _is_public(row_id, current, wanted)
    }
    owners = _standing_anew(current, wanted, changed)
    for rows in (current, wanted) if places or owners else ():
        for name, row in rows.items():
            if row["type"] == "service_at_location" and row["document"]["location_id"] in places:
                moved.add(("service", row["document"]["service_id"]))
            elif row["owner_id"] in owners and row["type"] in DATED_TYPES:
                moved.add(name)
    return moved


def shown_alike(before: Values | None, after: Values | None, unlisted: Collection[str] = ()) -> bool:
    """Say whether readers of HSDS are shown the same of a record before and after. Pure; for `unlisted` see above."""
    if before is None or after is None:
        return before is after
    return bool(_shown(before, unlisted) == _shown(after, unlisted))


def stamp(connection: Connection, moment: datetime) -> None:
    """Date the records that were changed in this transaction."""
    undated = records.c.type.in_(DATED_TYPES), records.c.last_modified.is_(None)
    connection.execute(update(records).where(*undated).values(last_modified=moment))


def _clear(connection: Connection, where: ColumnElement[bool]) -> None:
    connection.execute(update(records).where(where).values(last_modified=None))


def _standing_anew(current: Version, wanted: Version, changed: Iterable[RecordName]) -> set[str]:
    """Return the organizations (ids) that others are shown as they were not before, or no longer."""
    both = ((name, current[name], wanted[name]) for name in changed if name in current and name in wanted)
    return {
        name[1]
        for name, before, after in both
        if name[0] == "organization" and (before["listed"], before["private"]) != (after["listed"], after["private"])
    }


def _unlisted(
    connection: Connection, current: Version, wanted: Version, changed: Iterable[RecordName]
) -> frozenset[str]:
    """Return the organizations (slugs) named by changed records that are listed neither before nor after."""
    rows = (version.get(name) for name in changed for version in (current, wanted))
    named = {slug for row in rows if row is not None for slug in _named(row["document"])}
    listed = dict[str, bool]()
    for chunk in chunks(named):
        stored = select(records.c.slug, records.c.listed)
        chosen = stored.where(records.c.type == "organization", records.c.slug.in_(chunk))
        listed |= {row.slug: row.listed for row in connection.execute(chosen)}
    for version in (current, wanted) if named else ():
        for row in version.values():
            if row["type"] == "organization" and row["slug"] in named:
                listed[row["slug"]] = listed.get(row["slug"], False) or row["listed"]
    return frozenset(slug for slug, told in listed.items() if not told)


def _named(document: Mapping[str, Any]) -> Iterator[str]:
    if (parent := document.get("parent")) is not None:
        yield parent
    yield from document.get("referral", {}).get("accepts_from", ())


def _is_public(place: str, *versions: Version) -> bool:
    """Say whether a place was public, or is."""
    found = (rows.get(("location", place)) for rows in versions)
    return any(row is not None and not row["private"] for row in found)


def _shown(row: Values, unlisted: Collection[str]) -> Any:
    """Return what a reader of HSDS may be shown of a record, and whose it is."""
    from service.directory.bundle.hsds import RECORD_CLASSES  # noqa: PLC0415
    from service.directory.bundle.readers import public_part  # noqa: PLC0415

    document = public_part(RECORD_CLASSES[row["type"]], row["document"])
    document.pop("capacities", None)
    if document.get("parent") in unlisted:
        del document["parent"]
    contacts = document.pop("contacts", ())
    document["contacts"] = [one for one in contacts if one.get("title") not in INNER_TITLES]
    if accepted := document.get("referral", {}).get("accepts_from"):
        document["referral"] = {
            **document["referral"],
            "accepts_from": [source for source in accepted if source not in unlisted],
        }
    return row["owner_id"], row["slug"], document
