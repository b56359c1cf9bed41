"""The date of a service's last change (HSDS `last_modified`): ours to keep, whatever a writer or a source says.

The date moves when the shown record of a service changes: the service, a part of it, or a public place where it is
given. What no reader of HSDS is shown moves no date: private places, matters of the coalition alone, counts of places,
which have a time of their own. A changed service has no date until its transaction is nearly done: `stamp` gives all of
them the same moment, as late as can be, so that no reader asks for later changes first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, update

from .record_tables import INNER_TITLES, Record
from .table_base import table_of

if TYPE_CHECKING:
    from .rows import Values

RecordName = tuple[str, str]
"""The type and the id of a record."""
INNER_COLUMNS = frozenset(("since", "until", "successor"))
"""Fields of a contact that are the coalition's own matter."""


def changed_services(
    current: Mapping[RecordName, Values], wanted: Mapping[RecordName, Values], changed: Collection[RecordName]
) -> set[RecordName]:
    """Return the wanted services whose shown record is touched by the changed records. Pure.

    `current` and `wanted` hold whole records of organizations: as stored, and as they are to be stored.
    """
    services, places, owners = set[str](), set[str](), set[str]()
    for name in changed:
        before, after = current.get(name), wanted.get(name)
        match name[0]:
            case "organization" if before is not None and after is not None and _standing(before) != _standing(after):
                owners.add(name[1])
            case "service" if _shown(before) != _shown(after):
                services.add(name[1])
            case "location" if _shown(before) != _shown(after):
                places.add(name[1])
            case "service_at_location" if _shown(before) != _shown(after):
                for version in (before, after):
                    if version is not None and _is_public(version["document"]["location_id"], current, wanted):
                        services.add(version["document"]["service_id"])
    public = {place for place in places if _is_public(place, current, wanted)}
    for rows in (current, wanted) if public or owners else ():
        for row in rows.values():
            if row["type"] == "service_at_location" and row["document"]["location_id"] in public:
                services.add(row["document"]["service_id"])
            elif row["type"] == "service" and row["owner_id"] in owners:
                services.add(row["id"])
    return {("service", row_id) for row_id in services} & wanted.keys()


def stamp(connection: Connection, moment: datetime) -> None:
    """Date the services that were changed in this transaction."""
    records = table_of(Record)
    undated = records.c.type == "service", records.c.last_modified.is_(None)
    connection.execute(update(records).where(*undated).values(last_modified=moment))


def _standing(organization: Values) -> tuple[Any, ...]:
    return organization["listed"], organization["private"]


def _is_public(place: str, *versions: Mapping[RecordName, Values]) -> bool:
    """Say whether a place was public, or is."""
    found = (rows.get(("location", place)) for rows in versions)
    return any(row is not None and not row["private"] for row in found)


def _shown(row: Values | None) -> Any:
    """Return what a reader of HSDS may be shown of a record, and whose it is."""
    if row is None:
        return None
    document = {name: value for name, value in row["document"].items() if name != "capacities"}
    if "contacts" in document:
        document["contacts"] = [
            {name: value for name, value in contact.items() if name not in INNER_COLUMNS}
            for contact in document["contacts"]
            if contact.get("title") not in INNER_TITLES
        ]
    return row["owner_id"], row["slug"], document
