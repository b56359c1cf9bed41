"""The question to routing (`Profile`) and its answer (`Answer`), in codes and numbers.

The directory's records are in `directory/agencies.py`; sentences for people are made outside routing. Every class is
frozen: safe to share between threads.
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
    """A person who comes along with the client. `None` is unknown; ages are completed years, both ends inclusive."""

    age_min: int | None = None
    age_max: int | None = None
    gender: str | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """The known facts about the client. `None` is unknown; ages are completed years, both ends inclusive."""

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
    """A report that the origin must make in any case, so that the report may be a step of mode `report`.

    `type` is the service type that meets the duty (child_protection_report, law_enforcement_report), `receivers` the
    organizations (slugs) that may receive the report, `share` the data classes in the report. A need of that type
    counts as required and at least `today`.
    """

    type: str
    receivers: frozenset[str]
    share: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """A needs profile, resolved and merged: type codes only, `at` with its offset.

    `adult_protection`: whether the client is an adult unable to protect themselves (65 or older, or kept from
    protecting themselves by a disability). `third_party`: somebody who cannot reach the client tells what they saw, and
    makes the calls. `reports` are the certain duties of this answer; `may_call`: whether the client, or a safe adult
    with them, may be given a number to call. The rules behind both are not asked here.
    """

    origin: str
    at: datetime
    client: Client
    needs: tuple[Need, ...]
    client_present: bool | None = None
    adult_protection: bool | None = None
    third_party: bool = False
    may_call: bool = True
    reports: tuple[CertainReport, ...] = ()
    avoid: frozenset[str] = frozenset()
    prefer: str = "balanced"
    limit: int = 3


@dataclass(frozen=True, slots=True)
class Availability:
    """Hours and beds of a service at one moment.

    `status`: open, opens_later or unknown; `opens_at` is set exactly when the service opens later. `capacity`:
    available, full, stale or unknown. `closes_at` is the end of the current opening, adjacent openings joined; `None`
    where the service is not open, does not close within seven days, or its hours are not known.
    """

    status: str
    opens_at: datetime | None
    capacity: str
    closes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """A question or arrangement for the agency itself before taking the client (contract, "To confirm").

    `kind` is trait, language or companions. `attribute` is the profile's name of the unknown attribute:
    `client.traits.suspected_exploiter_household`, `client.languages` (no language is surely shared), `client.with` (not
    surely all companions); `None` where a systems-based origin is not told which trait the agency asks about.
    """

    kind: str
    attribute: str | None


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """One service of a step and the type codes met by the service, in the order of needs; empty in a gateway step.

    `confirm` lists the points to confirm with the service: traits by name, then language, then companions; empty in a
    report.
    """

    service: str
    covers: tuple[str, ...]
    confirm: tuple[Confirm, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One hand-off from `holder` to `organization` (slugs), or the origin's own services (`mode` internal).

    `mode` is report, warm, self, packet or internal. In a report, and in a third party's own call (mode self), the
    origin is the `holder` and the client is not handed over: the next step starts from the holder before. `services`
    stand in the order in which to ask for them. `urgencies` are those of `covers`, entry by entry.

    `covers` are the needs and prerequisites met at this step, by urgency, then in the order of needs; empty marks a
    gateway. `agreement` is the slug of the agreement behind the relationship, `packet_agreement` the slug of the
    agreement that permits a packet; `None` without an agreement.
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
    """A referral path: steps in order, needs covered and needs left open (type codes, in the profile's order)."""

    rank: int
    covers: tuple[str, ...]
    uncovered: tuple[str, ...]
    steps: tuple[Step, ...]
    terms: tuple[CostTerm, ...]
    total: int
    exposure: str


@dataclass(frozen=True, slots=True)
class Instead:
    """Another path to a type, the best for that type alone (contract, "Instead" and "Near").

    `type` is the type met by the last step of `path`. The organization to call is that of the first step away from the
    origin; the services to ask for are those of the last step.
    """

    type: str
    path: Path


@dataclass(frozen=True, slots=True)
class Later:
    """A service (slug) that opens within the day, the need types it would meet, and the moment of opening.

    `opens_at` `None`: the service is open and full, and has a list to wait on.
    """

    organization: str
    service: str
    covers: tuple[str, ...]
    opens_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How good a first path is for the person acting on it; fields compared in this order, lower is better.

    `pressing_open` and `required_open` count needs, `total` is in points (0 without a path). `bad`: a pressing need is
    open, or a step up to the last step for a pressing need is discoverable although no need asks for such a step
    (contract, "Lead").
    """

    pressing_open: int
    bad: bool
    required_open: int
    total: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why services of a type are not on a path.

    A code of the contract, the number of services, and the next opening where the services are closed.
    """

    code: str
    count: int
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A need without a path; `reasons` in the contract's order, empty when only its price stood in the way.

    Not `explained`: time ran out, and nothing is known of the reasons. `near` are at most two paths to organizations
    that can be called instead (contract, "Near").
    """

    need: str
    reasons: tuple[Reason, ...]
    near: tuple[Instead, ...] = ()
    explained: bool = True


@dataclass(frozen=True, slots=True)
class ConsentCondition:
    """A consent still to be given: one form, from one organization to all recipients on the form (slugs, sorted).

    `form` is `None` for a level that needs no form. Words are sorted; `level` and `marks` are the rules' own words.
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
    """A fact that would have to hold, by its name in the contract: "a-b" for an age, otherwise one of several values.

    An age of 12 to 17 and a trait: `FactCondition("client.age", "12-17")`, `FactCondition("client.traits.lgbtq",
    (True,))`.
    """

    attribute: str
    values: str | tuple[str | bool, ...]


@dataclass(frozen=True, slots=True)
class ChoiceCondition:
    """A way in that the client would have to choose: an organization (slug) that is never a way in by itself."""

    organization: str


Condition = ConsentCondition | FactCondition | ChoiceCondition


@dataclass(frozen=True, slots=True)
class ConditionalPath:
    """The path that exists once its conditions hold: consents first, then facts, then choices."""

    path: Path
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Ranked paths, best first, with the needs left uncovered and the organizations without any substitute.

    `paths_complete` False: time ran out after the first path; more alternatives and sole providers may exist.
    `conditional_paths` are paths that facts, consents and choices would open, best first; `conditional_complete` False:
    the search for conditional paths was not made, or not to the end.

    `pressing` are the needs (types) that come first, `standing` rates the first path on these needs. `instead` has an
    entry for each step of the first path, empty for a step without alternatives; `advocate` is the best wholly
    protected path to an advocate, searched only where the first path is bad and the origin not itself protected.
    `pressing`, `standing`, `instead`, `advocate`, `later` and `Uncovered.near` are owed like the first path.

    Where time ran out even for what is owed: not `first_is_best` where the first path, or that there is none, was not
    proven; `cut` names the parts that hold the best so far (`instead`, `later`, `near`, `advocate`).
    """

    paths: tuple[Path, ...]
    uncovered: tuple[Uncovered, ...]
    sole_providers: tuple[str, ...]
    paths_complete: bool = True
    first_is_best: bool = True
    conditional_paths: tuple[ConditionalPath, ...] = ()
    conditional_complete: bool = False
    instead: tuple[tuple[Instead, ...], ...] = ()
    later: tuple[Later, ...] = ()
    pressing: tuple[str, ...] = ()
    standing: Standing | None = None
    advocate: Path | None = None
    cut: frozenset[str] = frozenset()
