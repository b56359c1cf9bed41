"""Stored documents in routing's form. Pure, and without validation: what is stored was valid when it was stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

import routing
from service.infrastructure.documents.fields import parse_duration

from .queries import AnyRow
from .record_parts import unit_name

Part = Mapping[str, Any]
Shared = Callable[[Any], Any]
"""Gives back a value that was met before and equals the given one, so that equal values are held once."""


def area_of(row: AnyRow) -> routing.Area:
    """Return an area."""
    told = row.document
    said = (told.get(name) for name in ("within", "latitude", "longitude", "jurisdiction"))
    return routing.Area(row.slug, told["name"], *said)


def organization_of(row: AnyRow, shared: Shared) -> routing.Organization:
    """Return an organization."""
    profile = row.document.get("coalition", {})
    return routing.Organization(
        slug=row.slug,
        name=row.document["name"],
        parent=row.document.get("parent"),
        basis=profile.get("basis"),
        kind=profile.get("kind"),
        regimes=shared(frozenset(profile.get("regimes", ()))),
        declared=bool(profile),
        reporter=profile.get("reporter"),
        membership=profile.get("membership", "none"),
        address_private=row.private,
        counts_hidden=row.private or not row.listed,
        near=profile.get("near"),
        phones=shared(phones_in(row.document)),
    )


def service_of(
    row: AnyRow,
    document: Part,
    *,
    organization: str,
    codes: frozenset[str],
    hours: Callable[[Part], routing.Schedule],
    positions: tuple[tuple[float, float], ...],
    shared: Shared,
) -> routing.Service:
    """Return a service; `document` holds the parts of its places too. `codes`: of all areas."""
    referral = document["referral"]
    tags = document.get("languages")
    named = {area.get("name") for area in document.get("service_areas", ())}
    # An import may name areas in free text, and one that names none has not said "everywhere".
    unlimited = not named and row.source is None

    def words(name: str) -> frozenset[str]:
        found: frozenset[str] = shared(frozenset(referral.get(name, ())))
        return found

    return routing.Service(
        slug=row.slug,
        name=document["name"],
        organization=organization,
        types=words("types"),
        active=document["status"] == "active",
        minimum_age=document.get("minimum_age"),
        maximum_age=document.get("maximum_age"),
        limits_known=row.source is None,
        languages=shared(frozenset(tag["code"].lower() for tag in tags if "code" in tag)) if tags else None,
        interpretation=bool(document.get("interpretation_services", "").strip()),
        languages_known=all("code" in tag for tag in tags or ()),
        areas=None if unlimited else shared(frozenset(named & codes)),
        areas_known=unlimited or (bool(named) and named <= codes),
        schedules=shared(tuple(map(hours, document.get("schedules", ())))),
        capacities=tuple(map(_capacity, document.get("capacities", ()))),
        accepts=words("accepts"),
        accepts_from=words("accepts_from"),
        requires=words("requires"),
        intake_data=words("intake_data"),
        genders=words("genders") if "genders" in referral else None,
        only=words("only"),
        excludes=words("not"),
        companions=referral.get("companions"),
        waitlist=referral.get("waitlist"),
        designated=referral["designated"],
        response_time=shared(parse_duration(referral["response_time"])) if "response_time" in referral else None,
        phones=shared(phones_in(document)),
        positions=positions,
    )


def agreement_of(row: AnyRow) -> routing.Agreement:
    """Return an agreement; where not mutual, the first party refers to the second."""
    return routing.Agreement(**agreement_terms(row.document), slug=row.slug, level=row.document["level"])


def agreement_terms(told: Part) -> dict[str, Any]:
    """Return the terms of an agreement that routing and the rules both read."""
    return {
        "between": tuple(told["between"]),
        "mutual": told["mutual"],
        "type": told["type"],
        "status": told["status"],
        "effective": day_in(told, "effective"),
        "expires": day_in(told, "expires"),
        "types": frozenset(told["types"]) if "types" in told else None,
        "data": frozenset(told["data"]) if "data" in told else None,
    }


def phones_in(document: Part) -> tuple[routing.Phone, ...]:
    """Return the phones of an object."""
    return tuple(
        routing.Phone(one["number"], one.get("type"), one.get("description"), one.get("extension"))
        for one in document.get("phones", ())
    )


def day_in(document: Part, name: str) -> date | None:
    """Return the day in a field."""
    return date.fromisoformat(document[name]) if name in document else None


def _capacity(part: Part) -> routing.Capacity:
    updated = datetime.fromisoformat(part["updated"]) if "updated" in part else None
    return routing.Capacity(part.get("available"), updated, unit_name(part["unit"]))


def position_of(place: AnyRow) -> tuple[float, float] | None:
    """Return the position of a place; None where it is not known, or private."""
    told = place.document
    return (told["latitude"], told["longitude"]) if "latitude" in told and "longitude" in told else None


def positions_among(places: Iterable[tuple[float, float] | None]) -> tuple[tuple[float, float], ...]:
    """Return the known positions, each once, in order."""
    return tuple(sorted({place for place in places if place is not None}))
