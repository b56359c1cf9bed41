"""The directory in routing's form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

import policies
import routing
from service.languages import spoken_of

from .founding import is_zone_assumed
from .queries import (
    AnyRow,
    Groups,
    group,
    phones_in,
    read_agreements,
    read_coalition,
    read_parts,
    read_rows,
    words_or_none,
)
from .schedules import schedule_of


def read_directory(connection: Connection) -> routing.Directory:
    """Return routing's records, sorted by slug. A fixed number of statements; no private record is read.

    Raises:
        NothingLoaded: the store holds no coalition.
    """
    coalition = read_coalition(connection)
    organizations = read_rows(connection, "organization", order="slug")
    slugs = {row.id: row.slug for row in organizations}
    phones = read_parts(connection, "phone", "organization_id")
    parts = _ServiceParts.read(connection)
    areas = _areas(connection)
    # Hours judged in a time zone that was only assumed would be wrong: they are another form, unknown.
    hours = (lambda _: routing.Schedule(None)) if is_zone_assumed(coalition.slug, coalition.timezone) else schedule_of
    codes = frozenset(area.code for area in areas)
    services = read_rows(connection, "service", order="slug")
    return routing.Directory(
        version=coalition.directory_version,
        timezone=coalition.timezone,
        areas=areas,
        organizations=tuple(_organization(row, slugs, phones) for row in organizations),
        services=tuple(_service(row, slugs, parts, codes, hours) for row in services),
        agreements=tuple(_agreement(row, parties) for row, parties in read_agreements(connection, slugs)),
        law=policies.load_hand_off_law(),
        interpreted=spoken_of(coalition.interpreted),
    )


@dataclass(frozen=True, slots=True)
class _ServiceParts:
    """Parts of services, by service id; places by organization id and by location id."""

    schedules: Groups
    capacities: Groups
    languages: Groups
    areas: Groups
    phones: Groups
    given_at: Groups
    places_of: Groups

    @classmethod
    def read(cls, connection: Connection) -> _ServiceParts:
        return cls(
            schedules=read_parts(connection, "schedule", "service_id"),
            capacities=read_parts(connection, "service_capacity", "service_id"),
            languages=read_parts(connection, "language", "service_id"),
            areas=read_parts(connection, "service_area", "service_id"),
            phones=read_parts(connection, "phone", "service_id"),
            given_at=read_parts(connection, "service_at_location", "service_id"),
            places_of=group(read_rows(connection, "location"), "organization_id"),
        )

    def positions(self, service: AnyRow) -> tuple[tuple[float, float], ...]:
        """Return the places of a service: its named places, else every public place of its organization."""
        named = {row.location_id for row in self.given_at.get(service.id, ())}
        places = [row for row in self.places_of.get(service.organization_id, ()) if not named or row.id in named]
        known = {(row.latitude, row.longitude) for row in places if row.latitude is not None and not row.private}
        return tuple(sorted(known))


def _areas(connection: Connection) -> tuple[routing.Area, ...]:
    rows = read_rows(connection, "area", order="slug")
    codes = {row.id: row.slug for row in rows}
    return tuple(
        routing.Area(row.slug, row.name, codes.get(row.within_id), row.latitude, row.longitude, row.jurisdiction)
        for row in rows
    )


def _organization(row: AnyRow, slugs: Mapping[str, str], phones: Groups) -> routing.Organization:
    return routing.Organization(
        slug=row.slug,
        name=row.name,
        parent=slugs.get(row.parent_id),
        basis=row.basis,
        kind=row.kind,
        regimes=frozenset(row.regimes),
        declared=row.declared,
        reporter=row.reporter,
        membership=row.membership,
        address_private=row.address_private,
        counts_hidden=row.listed != "public" or row.address_private,
        near=row.near,
        phones=phones_in(phones.get(row.id, ())),
    )


def _service(
    row: AnyRow,
    slugs: Mapping[str, str],
    parts: _ServiceParts,
    codes: frozenset[str],
    hours: Callable[[AnyRow], routing.Schedule],
) -> routing.Service:
    languages = parts.languages.get(row.id)
    named = {area.name for area in parts.areas.get(row.id, ())}
    # An import may name areas in free text, and one that names none has not said "everywhere".
    unlimited = not named and row.limits_known
    return routing.Service(
        slug=row.slug,
        name=row.name,
        organization=slugs[row.organization_id],
        types=frozenset(row.types),
        active=row.status == "active",
        minimum_age=row.minimum_age,
        maximum_age=row.maximum_age,
        limits_known=row.limits_known,
        languages=frozenset(tag.code.lower() for tag in languages if tag.code) if languages else None,
        interpretation=bool((row.interpretation_services or "").strip()),
        languages_known=all(tag.code for tag in languages or ()),
        areas=None if unlimited else frozenset(named & codes),
        areas_known=unlimited or (bool(named) and named <= codes),
        schedules=tuple(map(hours, parts.schedules.get(row.id, ()))),
        capacities=tuple(
            routing.Capacity(bed.available, bed.updated, bed.unit) for bed in parts.capacities.get(row.id, ())
        ),
        accepts=frozenset(row.accepts),
        accepts_from=frozenset(row.accepts_from),
        requires=frozenset(row.requires),
        intake_data=frozenset(row.intake_data),
        genders=words_or_none(row.genders),
        only=frozenset(row.only_traits),
        excludes=frozenset(row.not_traits),
        companions=row.companions,
        waitlist=row.waitlist,
        designated=row.designated,
        response_time=None if row.response_time_s is None else timedelta(seconds=row.response_time_s),
        phones=phones_in(parts.phones.get(row.id, ())),
        positions=parts.positions(row),
    )


def _agreement(row: AnyRow, parties: tuple[str, ...]) -> routing.Agreement:
    return routing.Agreement(
        slug=row.slug,
        between=parties,
        mutual=row.mutual,
        level=row.level,
        type=row.type,
        status=row.status,
        effective=row.effective,
        expires=row.expires,
        types=words_or_none(row.types),
        data=words_or_none(row.data),
    )
