"""Facts about the agencies to call, read from their records as the caller may read them: age of counts, and the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from service.directory.routes.dependencies import wiring_of
from service.page.visit import Visit
from service.web.measure_way import miles_to

NOT_READ = frozenset({403, 404, 429, 503})
"""Whatever keeps a record from being read: the call stands without its facts."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a record adds to a call: days since the oldest count by service (slug), and miles from the client's area."""

    days: Mapping[str, int] = field(default_factory=dict)
    miles: int | None = None


async def facts_of(visit: Visit, organizations: Iterable[str], area: str) -> dict[str, Facts]:
    """Return the facts that the record of each agency (a slug) adds to a call, as far as the caller may read it."""
    if not visit.may("directory:read"):
        return {}
    snapshot, facts = wiring_of(visit.request).snapshots.current().snapshot, dict[str, Facts]()
    for slug in dict.fromkeys(organizations):
        reply = await visit.ask("GET", f"/v1/organizations/{quote(slug, safe='')}", but=NOT_READ)
        if not reply.is_refused:
            record = reply.document
            facts[slug] = Facts(days_of_counts(record, visit.now), miles_to(snapshot, area, places_of(record)))
    return facts


def days_of_counts(record: Mapping[str, Any], now: datetime) -> dict[str, int]:
    """Return whole days since the oldest count of each service, as far as the record tells when it was counted. Pure.

    >>> beds = {"slug": "beds", "capacities": [{"unit": "bed", "updated": "2026-03-02T08:00:00Z"}]}
    >>> days_of_counts({"services": [beds, {"slug": "food"}]}, datetime.fromisoformat("2026-03-05T07:00:00Z"))
    {'beds': 2}
    """
    days = {}
    for service in record.get("services", ()):
        moments = [count["updated"] for count in service.get("capacities", ()) if count.get("updated")]
        if moments:
            days[service["slug"]] = max(0, (now - min(map(datetime.fromisoformat, moments))).days)
    return days


def places_of(record: Mapping[str, Any]) -> list[tuple[float, float]]:
    """Return latitude and longitude of each place of an agency; none where its address is private, to itself too. Pure.

    >>> places_of({"coalition": {"address_private": True}, "locations": [{"latitude": 31.0, "longitude": -98.0}]})
    []
    """
    if record["coalition"].get("address_private", True):
        return []
    places = ((location.get("latitude"), location.get("longitude")) for location in record.get("locations", ()))
    return [(latitude, longitude) for latitude, longitude in places if latitude is not None and longitude is not None]
