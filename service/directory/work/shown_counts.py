"""Counts of places in the records of the directory: the newest, as numbers for readers with sight, else as a word.

A hidden count is in no entity tag either: the tag is made before the counts are put in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from service.directory.store.capacity import Capacity
from service.directory.store.record_documents import unit_name
from service.infrastructure.documents.fields import parse_instant

Document = dict[str, Any]


def status_of(room: Capacity, now: datetime) -> str:
    """Return the public word for a count: available, full, stale or unknown. Pure.

    >>> morning, evening = datetime(2026, 3, 2, 8), datetime(2026, 3, 2, 20)
    >>> status_of(Capacity("bed", available=2, maximum=8, updated=morning, held=2), evening)
    'full'
    """
    if room.free is None:
        return "unknown"
    if not room.is_fresh(now):
        return "stale"
    return "available" if room.free else "full"


def put_counts(
    services: Iterable[tuple[str, Document]],
    rooms: Mapping[str, Iterable[Capacity]],
    sees: Callable[[str], bool],
    now: datetime,
) -> None:
    """Put the newest counts (`rooms`, by service) into documents of services, each with its owner (slugs)."""
    for owner, document in services:
        counted = tuple(rooms.get(document["slug"], ()))
        if not counted:
            continue
        earlier = {unit_name(row["unit"]): row for row in document.get("capacities", ())}
        document["capacities"] = [
            {**earlier.get(room.unit, {}), **_numbers(room)}
            if sees(owner)
            else {"unit": room.unit, "status": status_of(room, now)}
            for room in counted
        ]


def without_numbers(document: Document) -> None:
    """Take the numbers out of a service's document. Its entity tag must not tell hidden numbers.

    >>> service = {"capacities": [{"unit": "bed", "available": 2, "maximum": 8}]}
    >>> without_numbers(service)
    >>> service
    {'capacities': [{'unit': 'bed'}]}
    """
    if "capacities" in document:
        document["capacities"] = [{"unit": row["unit"]} for row in document["capacities"]]


def keep_newer_counts(
    services: Iterable[tuple[str, Any]],
    stored: Iterable[Mapping[str, Any]],
    rooms_of: Callable[[str], Iterable[Capacity]],
    *,
    sees: bool,
) -> list[str]:
    """Keep in `services` (each with its pointer) the stored counts unless a newer count is sent.

    `sees`: whether the writer may see the numbers; a writer without sight changes none. Return the pointers of refused
    tries.
    """
    before = {service["id"]: service for service in stored}
    named = [(pointer, service) for pointer, service in services if isinstance(service, dict)]
    return [
        f"{pointer}/capacities"
        for pointer, service in named
        if isinstance(slug := service.get("id"), str)
        and slug in before
        and not _keep_newer(service, before[slug], rooms_of(slug), sees=sees)
    ]


def _keep_newer(given: Document, stored: Mapping[str, Any], rooms: Iterable[Capacity], *, sees: bool) -> bool:
    counts = given.get("capacities")
    before = {unit_name(row["unit"]): row for row in stored.get("capacities", ())}
    if not sees:
        harmless = not isinstance(counts, list) or all(
            isinstance(row, dict) and row.keys() <= {"unit", "status"} for row in counts
        )
        given["capacities"] = list(before.values())
        return harmless
    if isinstance(counts, list):
        newest = {room.unit: room.updated for room in rooms}
        given["capacities"] = [kept for row in counts for kept in _newer(row, before, newest)]
    return True


def _newer(row: Any, before: Mapping[str, Document], newest: Mapping[str, datetime | None]) -> list[Any]:
    """Return the row to store: the sent count, or the stored count if at least as new."""
    unit = row.get("unit") if isinstance(row, dict) else None
    known = newest.get(unit) if isinstance(unit, str) else None
    if known is None or not isinstance(unit, str):
        return [row]
    sent = parse_instant(row["updated"]) if isinstance(row.get("updated"), str) else None
    if row.get("updated") is not None and sent is None:
        return [row]  # malformed: refused in its turn
    stored = [before[unit]] if unit in before else []
    return stored if sent is None or sent <= known else [row]


def _numbers(room: Capacity) -> Mapping[str, Any]:
    """Return a count in a record's form."""
    updated = None if room.updated is None else room.updated.astimezone(UTC).isoformat().replace("+00:00", "Z")
    told = {"unit": room.unit, "available": room.available, "maximum": room.maximum, "updated": updated}
    return {name: value for name, value in told.items() if value is not None}
