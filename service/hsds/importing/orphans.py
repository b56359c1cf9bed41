"""Whole records as rows: the rows that still belong to a record after other rows were taken out. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from service.standard.record_kinds import LOCATION, SERVICE, SERVICE_AT_LOCATION
from service.store.rows import RowSet, Values

_REFERRED: Mapping[str, str] = {  # column -> table of what a part hangs on
    "service_id": SERVICE,
    "location_id": LOCATION,
    "service_at_location_id": SERVICE_AT_LOCATION,
    "contact_id": "contact",
    "phone_id": "phone",
}
_IN_ORDER = (
    SERVICE_AT_LOCATION,
    "contact",
    "phone",
    "schedule",
    "service_area",
    "service_capacity",
    "address",
    "language",
)


def without_source(records: RowSet, source: str) -> RowSet:
    """Return `records` less the services and places brought by `source`, with their parts. Pure."""
    rows = {name: dict(found) for name, found in records.items()}
    for name in (SERVICE, LOCATION, SERVICE_AT_LOCATION):
        rows[name] = {key: row for key, row in rows.get(name, {}).items() if row["source"] != source}
    return hanging_on_something(rows)


def hanging_on_something(rows: Mapping[str, Mapping[str, Values]]) -> RowSet:
    """Return `rows` of whole records less rows that refer to an absent service, place or part.

    >>> rows = {"service": {"s1": {"id": "s1"}}, "phone": {"p1": {"service_id": "s1"}, "p2": {"service_id": "gone"}}}
    >>> hanging_on_something(rows)["phone"]
    {'p1': {'service_id': 's1'}}
    """
    kept: RowSet = {name: dict(found) for name, found in rows.items()}
    for name in _IN_ORDER:
        table = kept.get(name, {})
        columns = [column for column in _REFERRED if column in next(iter(table.values()), ())]
        held = {column: kept.get(_REFERRED[column], {}) for column in columns}
        for key in [
            key for key, row in table.items() if any(row[of] is not None and row[of] not in held[of] for of in columns)
        ]:
            del table[key]
    private = kept.get("private_address", {})
    kept["private_address"] = {key: row for key, row in private.items() if key in kept.get(LOCATION, {})}
    return kept
