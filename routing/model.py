"""The question to routing (`Profile`) and its answer (`Answer`), in codes and numbers; frozen."""

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
    """A report that the origin must make in any case, so that it may be a step of mode `report`.

    `type` is the service type that meets the duty, `receivers` the organizations (slugs) that may receive the report,
    `share` the data classes in it.
    """

    type: str
    receivers: frozenset[str]
    share: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """A needs profile, resolved and merged: type codes only, `at` with its offset.

    `adult_protection`: whether the client is an adult unable to protect themselves. `third_party`: somebody who cannot
    reach the client tells what they saw, and makes the calls. `reports` are the certain duties of this answer;
    `may_call`: whether the client, or a safe adult with them, may be given a number to call. The rules behind both are
    not asked here.
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

    `status`: open, opens_later (at `opens_at`) or unknown; `capacity`: available, full, stale or unknown. `closes_at`
    is the end of the current opening, adjacent openings joined, within seven days.
    """

    status: str
    opens_at: datetime | None
    capacity: str
    closes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """A question or arrangement for the agency itself before taking the client (contract, "To confirm").

    `kind` is trait, language or companions, `attribute` the profile's name of what is unknown; `None` where a
    systems-based origin is not told which trait the agency asks about.
    """

    kind: str
    attribute: str | None


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """One service of a step, the type codes it meets in the order of needs (none at a gateway), and what to confirm."""

    service: str
    covers: tuple[str, ...]
    confirm: tuple[Confirm, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One hand-off from `holder` to `organization` (slugs), or the origin's own services (`mode` internal).

    `mode` is report, warm, self, packet or internal. In a report, and in a third party's own call (mode self), the
    origin is the `holder` and the client is not handed over: the next step starts from the holder before. `services`
    stand in the order in which to ask for them. `covers` are the needs and prerequisites met, by urgency, then in the
    order of needs, with their `urgencies`; empty at a gateway. `agreement` (slug) is behind the relationship,
    `packet_agreement` permits a packet.
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

    `type` is met by the last step of `path`; the organization to call is that of the first step away from the origin.
    """

    type: str
    path: Path


@dataclass(frozen=True, slots=True)
class Later:
    """A service (slug) that opens within the day, the need types it would meet, and when; `None`: full, with a list."""

    organization: str
    service: str
    covers: tuple[str, ...]
    opens_at: datetime | None


@dataclass(frozen=True, slots=True)
class PathQuality:
    """How good a first path is for the person acting on it; fields compared in this order, lower is better.

    `bad`: a pressing need is open, or a step up to the last step for a pressing need is discoverable although no need
    asks for such a step (contract, "Lead").
    """

    pressing_open: int
    bad: bool
    required_open: int
    total: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why so many services of a type are not on a path (a reason code), and when one of the closed opens."""

    code: str
    count: int
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A need without a path; `reasons` in the documented order, empty when only its price stood in the way.

    Not `explained`: time ran out. `may_be_met`: nothing rules out some service of its type. `near` are at most two
    paths to organizations to call instead (contract, "Near").
    """

    need: str
    reasons: tuple[Reason, ...]
    near: tuple[Instead, ...] = ()
    explained: bool = True
    may_be_met: bool = False


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
    """A fact that would have to hold, by its name on the wire: "a-b" for an age, else one of several values."""

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

    Not `paths_complete`: time ran out after the first path. `conditional_paths` are paths that facts, consents and
    choices would open, best first; not `conditional_complete`: the search for them was not made, or not to the end.
    `pressing` are the needs (types) that come first, `quality` rates the first path on them. `instead` has an entry
    for each step of the first path; `advocate` is the best wholly protected path to an advocate.

    What follows from the first path is guaranteed like it. Where time ran out even for that: not `is_optimal` where the
    first path, or that there is none, was not proven; `cut` names the parts that hold the best so far.
    """

    paths: tuple[Path, ...]
    uncovered: tuple[Uncovered, ...]
    sole_providers: tuple[str, ...]
    paths_complete: bool = True
    is_optimal: bool = True
    conditional_paths: tuple[ConditionalPath, ...] = ()
    conditional_complete: bool = False
    instead: tuple[tuple[Instead, ...], ...] = ()
    later: tuple[Later, ...] = ()
    pressing: tuple[str, ...] = ()
    quality: PathQuality | None = None
    advocate: Path | None = None
    cut: frozenset[str] = frozenset()
