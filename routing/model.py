"""What is asked of routing (`Profile`) and what it answers (`Answer`), in codes and numbers.

The records that it is asked of are in `directory/agencies.py`; sentences for people are made elsewhere.
Everything is frozen: safe to share between threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Need:
    """One thing the client needs, by service type code; `urgency` is now, today, this_week or later."""

    type: str
    urgency: str = "today"
    required: bool = True


@dataclass(frozen=True, slots=True)
class Companion:
    """One of those who come along. None is unknown; ages are completed years, both ends inclusive."""

    age_min: int | None = None
    age_max: int | None = None
    gender: str | None = None


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
    companions: tuple[Companion, ...] = ()


@dataclass(frozen=True, slots=True)
class CertainReport:
    """A report that the origin must make in any case, so that it may be a step of mode `report`.

    `type` is the service type that meets it (child_protection_report, law_enforcement_report), `receivers` the
    organizations (slugs) that it may be made to, `share` the data classes that it holds. A need of that type counts as
    required and at least `today`.
    """

    type: str
    receivers: frozenset[str]
    share: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """A needs profile, resolved and merged: type codes only, `at` with its offset.

    `adult_protection`: whether the client is an adult who cannot protect themselves (65 or older, or a disability that
    keeps them from it). `reports` are the certain duties of this answer; what the rules say of them is not asked here.
    """

    origin: str
    at: datetime
    client: Client
    needs: tuple[Need, ...]
    client_present: bool | None = None
    adult_protection: bool | None = None
    reports: tuple[CertainReport, ...] = ()
    avoid: frozenset[str] = frozenset()
    prefer: str = "balanced"
    limit: int = 5


@dataclass(frozen=True, slots=True)
class Availability:
    """Hours and beds of a service at one moment.

    `status`: open, opens_later or unknown; `opens_at` is set exactly when it opens later.
    `capacity`: available, full, stale or unknown. `closes_at` is the end of the current opening, touching ones joined;
    None where it is not open, does not close within seven days, or its hours are not known.
    """

    status: str
    opens_at: datetime | None
    capacity: str
    closes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """Something that the agency itself has to ask or arrange before it takes the client (contract, "To confirm").

    `kind` is trait, language or companions. `attribute` is the profile's name of what is not known:
    `client.traits.suspected_exploiter_household`, `client.languages` (no language is surely shared), `client.with`
    (not surely all who come along); None where a systems-based origin is not told which trait the agency asks about.
    """

    kind: str
    attribute: str | None


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """One service of a step and the type codes that it meets there, sorted; empty in a gateway step.

    `confirm` is what is to confirm there: traits by name, then language, then companions; empty in a report.
    """

    service: str
    covers: tuple[str, ...]
    confirm: tuple[Confirm, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One hand-off from `holder` to `organization` (slugs), or the origin's own services (`mode` internal).

    `mode` is report, warm, self, packet or internal. In a report the origin is the `holder` and nobody is handed over:
    the next step starts from whoever held the client before. `services` stand in the order in which to ask for them.
    `urgencies` are those of `covers`, one for each.

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
    urgencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CostTerm:
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
    terms: tuple[CostTerm, ...]
    total: int
    exposure: str


@dataclass(frozen=True, slots=True)
class Instead:
    """Who else could meet a type, by the best path for that type alone (contract, "Instead" and "Near").

    `type` is what the last step of `path` meets. Whom to call is the organization of the first step that leaves the
    origin, which services to ask for those of the last step.
    """

    type: str
    path: Path


@dataclass(frozen=True, slots=True)
class Later:
    """A service (slug) that opens within the day, the need types that it would meet, and when it opens."""

    organization: str
    service: str
    covers: tuple[str, ...]
    opens_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How a first path stands for somebody who has to act on it; the less, the better, in this order.

    `pressing_open` and `required_open` count needs, `total` is in points (0 without a path). `bad`: a pressing need is
    open, or a step up to the last that meets one is discoverable where no need asks for it (contract, "Lead").
    """

    pressing_open: int
    bad: bool
    required_open: int
    total: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why services of a type are not on a path: a code of the contract, how many, and the next opening if closed."""

    code: str
    count: int
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A need that no path covers; `reasons` in the contract's order, empty when only its price stood in the way.

    `near` are at most two paths to what can be called instead (contract, "Near").
    """

    need: str
    reasons: tuple[Reason, ...]
    near: tuple[Instead, ...] = ()


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

    `pressing` are the needs (types) that come first, `standing` is how the first path stands for them. `instead` has an
    entry for each step of the first path, empty for those that have none; `advocate` is the best wholly protected path
    to an advocate, looked for only where the first path is bad and the origin not itself protected. These, `later` and
    `Uncovered.near` are owed like the first path.
    """

    paths: tuple[Path, ...]
    uncovered: tuple[Uncovered, ...]
    sole_providers: tuple[str, ...]
    paths_complete: bool = True
    conditional_paths: tuple[ConditionalPath, ...] = ()
    conditional_complete: bool = False
    instead: tuple[tuple[Instead, ...], ...] = ()
    later: tuple[Later, ...] = ()
    pressing: tuple[str, ...] = ()
    standing: Standing | None = None
    advocate: Path | None = None
