"""The records of a directory, as routing takes them from whoever holds it.

Everything is frozen: safe to share between threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class Area:
    """A place in the containment tree; coordinates in degrees (WGS 84), None when unknown."""

    code: str
    name: str
    within: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Phone:
    """An HSDS phone: `type` is HSDS's (voice, sms, fax ...), None when unsaid."""

    number: str
    type: str | None = None
    description: str | None = None
    extension: str | None = None


@dataclass(frozen=True, slots=True)
class Organization:
    """An agency. `basis`, `kind`, `reporter` are None and `declared` is False where it never declared them.

    `near` is the area (code) in which its private place may be said to lie, None where it names none.
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
    near: str | None = None
    phones: tuple[Phone, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """A row of opening hours, wall-clock times in the coalition's time zone.

    `weekdays` holds 0 (Monday) to 6; None marks a row in a form this program does not read: hours unknown.
    `closes_at` at or before `opens_at` runs past midnight; 23:59 means midnight.
    """

    weekdays: frozenset[int] | None
    opens_at: time | None = None
    closes_at: time | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Capacity:
    """An HSDS service_capacity: `available` units as of `updated` (with offset); None when unknown."""

    available: int | None
    updated: datetime | None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """What an organization offers, and to whom.

    `areas` and `genders` None mean everywhere and everyone; `languages` None means none were named.
    `limits_known` says whether an absent age limit means "no limit" (a bundle) or "unknown" (an import).
    `areas_known`, `languages_known` False: besides those listed there may be more, given in words alone or not at all;
    what is not listed is then unknown, never yes and never no.
    `positions` are (latitude, longitude) of its public places; empty when there is none or it is private.
    `companions`: whether it also takes those who come along, whatever their age and gender; None is unknown.
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
    designated: bool = False
    response_time: timedelta | None = None
    phones: tuple[Phone, ...] = ()
    positions: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """An MOU or the like. Not `mutual`: the first of `between` refers to the second. End days are inclusive."""

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


@dataclass(frozen=True, slots=True)
class Directory:
    """Everything that routing reads, as of one version; `timezone` is an IANA name."""

    version: int
    timezone: str
    areas: tuple[Area, ...]
    organizations: tuple[Organization, ...]
    services: tuple[Service, ...]
    agreements: tuple[Agreement, ...]
