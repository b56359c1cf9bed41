"""The plain values that routing takes and returns.

Records (`Organization`, `Service`, ...) come from whoever holds the directory; `Profile` says what is asked;
`Answer` and `Path` say what was found, in codes and numbers. Sentences for people are made elsewhere.
Everything is frozen: safe to share between threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """An agency. `basis`, `kind`, `reporter` are None and `declared` is False where it never declared them."""

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


@dataclass(frozen=True, slots=True)
class Service:
    """What an organization offers, and to whom.

    `areas` and `genders` None mean everywhere and everyone; `languages` None means none were named.
    `limits_known` says whether an absent age limit means "no limit" (a bundle) or "unknown" (an import).
    `areas_known`, `languages_known` False: besides those listed there may be more, given in words alone or not at all;
    what is not listed is then unknown, never yes and never no.
    `positions` are (latitude, longitude) of its public places; empty when there is none or it is private.
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


@dataclass(frozen=True, slots=True)
class Need:
    """One thing the client needs, by service type code; `urgency` is now, today, this_week or later."""

    type: str
    urgency: str = "today"
    required: bool = True


@dataclass(frozen=True, slots=True)
class Client:
    """What is known of the client. None is unknown; ages are completed years, both ends inclusive."""

    age_min: int | None = None
    age_max: int | None = None
    gender: str | None = None
    languages: tuple[str, ...] | None = None
    area: str | None = None
    traits: Mapping[str, bool | None] = field(default_factory=dict)
    completed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Profile:
    """A needs profile, resolved and merged: type codes only, `at` with its offset."""

    origin: str
    at: datetime
    client: Client
    needs: tuple[Need, ...]
    client_present: bool | None = None
    avoid: frozenset[str] = frozenset()
    prefer: str = "balanced"
    limit: int = 5


@dataclass(frozen=True, slots=True)
class Availability:
    """Hours and beds of a service at one moment.

    `status`: open, opens_later or unknown; `opens_at` is set exactly when it opens later.
    `capacity`: available, full, stale or unknown.
    """

    status: str
    opens_at: datetime | None
    capacity: str


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """One service of a step and the type codes that it meets there, sorted; empty in a gateway step."""

    service: str
    covers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One hand-off from `holder` to `organization` (slugs), or the origin's own services (`mode` internal).

    `covers` are the needs and prerequisites met here, sorted; empty marks a gateway.
    `agreement` is the slug of the agreement that sets the relationship, `packet_agreement` of the one that a
    packet goes under; None where there is none.
    """

    holder: str
    organization: str
    services: tuple[ServiceUse, ...]
    covers: tuple[str, ...]
    mode: str
    relationship: str
    exposure: str
    agreement: str | None = None
    packet_agreement: str | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """One named part of a path's cost, in whole points; the terms of a path add up to its total."""

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Path:
    """A referral path: steps in order, the needs it covers and leaves open (type codes, in the profile's order)."""

    rank: int
    covers: tuple[str, ...]
    uncovered: tuple[str, ...]
    steps: tuple[Step, ...]
    terms: tuple[Term, ...]
    total: int
    exposure: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why services of a type are not on a path: a code of the contract, how many, and the next opening if closed."""

    code: str
    count: int
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A need that no path covers; `reasons` in the contract's order, empty when only its price stood in the way."""

    need: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ConsentCondition:
    """A consent that would have to be given: one form, from one organization to all that take it (slugs, sorted).

    `form` is None for a level that needs none. Words are sorted; `level` and `marks` are the rules' own words.
    """

    holder: str
    form: str | None
    level: str
    marks: tuple[str, ...]
    recipients: tuple[str, ...]
    data: tuple[str, ...]
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactCondition:
    """A fact that would have to be so, by the contract's name for it: "a-b" for an age, else one of some values."""

    attribute: str
    values: str | tuple[str | bool, ...]


@dataclass(frozen=True, slots=True)
class ChoiceCondition:
    """A way in that the client would have to choose: an organization (slug) that is never a way in by itself."""

    organization: str


Condition = ConsentCondition | FactCondition | ChoiceCondition


@dataclass(frozen=True, slots=True)
class ConditionalPath:
    """A path as it would be once its conditions hold, consents first, then facts, then choices."""

    path: Path
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Ranked paths, best first, with what no path covers and the organizations that nothing can stand in for.

    `paths_complete` False: time ran out after the first path; there may be more alternatives and sole providers.
    `conditional_paths` are what facts, consents and choices would open, best first; `conditional_complete` False: they
    were not looked for, or not to the end.
    """

    paths: tuple[Path, ...]
    uncovered: tuple[Uncovered, ...]
    sole_providers: tuple[str, ...]
    paths_complete: bool = True
    conditional_paths: tuple[ConditionalPath, ...] = ()
    conditional_complete: bool = False
