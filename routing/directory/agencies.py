"""The records of a directory, as routing receives them from a store or a bundle."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from routing.ports import HandOffLaw, ServiceTypes


@dataclass(frozen=True, slots=True)
class Area:
    """A place in the containment tree; coordinates in degrees (WGS 84). No search reads the `jurisdiction`."""

    code: str
    name: str
    within: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    jurisdiction: str | None = None


@dataclass(frozen=True, slots=True)
class Phone:
    """An HSDS phone: `type` is HSDS's (voice, sms, fax ...)."""

    number: str
    type: str | None = None
    description: str | None = None
    extension: str | None = None


@dataclass(frozen=True, slots=True)
class Organization:
    """An agency; `None` is not declared, and `declared` is False without any declaration.

    `near` is the area (code) that may be named as the surroundings of the agency's private place. `counts_hidden`: how
    many places are free is for the agency and its partners alone.
    """

    slug: str
    name: str
    parent: str | None = None
    basis: str | None = None
    kind: str | None = None
    regimes: frozenset[str] = frozenset()
    declared: bool = True
    reporter: str | None = None
    membership: str = "none"
    address_private: bool = False
    counts_hidden: bool = False
    near: str | None = None
    phones: tuple[Phone, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """A row of opening hours, wall-clock times in the coalition's time zone.

    `weekdays` holds 0 (Monday) to 6; `None`: the row is in a form that is not read, and hours are unknown. A
    `closes_at` at or before `opens_at` runs past midnight; 23:59 means midnight.
    """

    weekdays: frozenset[int] | None
    opens_at: time | None = None
    closes_at: time | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Capacity:
    """An HSDS service_capacity: `available` units as of `updated` (with offset)."""

    available: int | None
    updated: datetime | None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A service of an organization: types, opening hours, and the clients taken.

    `areas` None means everywhere, `genders` None every gender; `languages` None means that no language was named.
    `limits_known`: an absent age limit means "no limit" (a bundle), not "unknown" (an import). Where `areas_known` or
    `languages_known` is False, an entry not on the list is unknown. `positions` are (latitude, longitude) of public
    places. `companions`: takes people who come along, whatever their age and gender; `waitlist`: has a list for when it
    is full.
    """

    slug: str
    name: str
    organization: str
    types: frozenset[str]
    active: bool = True
    minimum_age: int | None = None
    maximum_age: int | None = None
    limits_known: bool = True
    languages: frozenset[str] | None = None
    interpretation: bool = False
    areas: frozenset[str] | None = None
    areas_known: bool = True
    languages_known: bool = True
    schedules: tuple[Schedule, ...] = ()
    capacities: tuple[Capacity, ...] = ()
    accepts: frozenset[str] = frozenset({"self", "warm"})
    accepts_from: frozenset[str] = frozenset({"anyone"})
    requires: frozenset[str] = frozenset()
    intake_data: frozenset[str] = frozenset()
    genders: frozenset[str] | None = None
    only: frozenset[str] = frozenset()
    excludes: frozenset[str] = frozenset()
    companions: bool | None = None
    waitlist: bool | None = None
    designated: bool = False
    response_time: timedelta | None = None
    phones: tuple[Phone, ...] = ()
    positions: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """A memorandum of understanding (MOU) or similar agreement. End days are inclusive.

    Not `mutual`: the first of `between` refers to the second alone.
    """

    slug: str
    between: tuple[str, ...]
    mutual: bool = True
    level: str = "cooperation"
    type: str = "mou"
    status: str = "signed"
    effective: date | None = None
    expires: date | None = None
    types: frozenset[str] | None = None
    data: frozenset[str] | None = None

    def covers(self, types: Iterable[str]) -> bool:
        """Return whether the agreement covers handing over each of the types (contract, "Fine print"). Pure."""
        return self.types is None or self.types.issuperset(types)


@dataclass(frozen=True, slots=True)
class Directory:
    """All records that routing reads, as of one version; `timezone` is an IANA name.

    `interpreted`: the languages (BCP 47) that a service with interpretation has besides the named ones.
    """

    version: int
    timezone: str
    areas: tuple[Area, ...]
    organizations: tuple[Organization, ...]
    services: tuple[Service, ...]
    agreements: tuple[Agreement, ...]
    law: HandOffLaw
    service_types: ServiceTypes
    interpreted: tuple[str, ...] = ()
