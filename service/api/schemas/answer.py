"""The answer to a needs profile, as documented: contract, sections 3 and 4. More keys may stand beside these."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

Exposure = Literal["protected", "disclosed", "discoverable"]
Mode = Literal["internal", "warm", "self", "packet"]


class OrganizationName(BaseModel):
    """An organization by its ids and name."""

    id: str
    slug: str
    name: str


class Receiver(OrganizationName):
    """Whom a step goes to; `basis`: whom its staff work for, null where it never said."""

    basis: Literal["community", "systems"] | None


class Availability(BaseModel):
    """Hours and room, as of the moment that the profile is judged at."""

    status: Literal["open", "opens_later", "unknown"]
    opens_at: str | None = Field(description="ISO 8601 with offset; never null when `status` is `opens_later`.")
    capacity: Literal["available", "full", "stale", "unknown"]
    plain: str


class ServiceUse(BaseModel):
    """A service of a step, and what it is there for."""

    id: str
    slug: str
    name: str
    covers: list[str]
    availability: Availability


class Contact(BaseModel):
    """The number to call; both null where none is known."""

    label: str | None
    phone: str | None


class Withheld(BaseModel):
    """A class of data that is not shared, and the least consent that would lift this (null: none can)."""

    data: str
    rule: str
    needs: str | None
    plain: str


class CitedRule(BaseModel):
    """A rule on what may be shared, as an answer cites it."""

    id: str
    effect: str
    plain: str
    authority: str


class Obligation(BaseModel):
    """A task that comes with a step; `due` is an ISO 8601 duration."""

    id: str
    plain: str
    authority: str
    due: str | None
    effect: str


class StepExposure(BaseModel):
    """How far what is said at a step may travel."""

    level: Exposure
    plain: str


class Step(BaseModel):
    """One hand-off, from one organization to the next."""

    from_: OrganizationName = Field(alias="from")
    to: Receiver
    services: list[ServiceUse]
    covers: list[str]
    mode: Mode
    relationship: Literal["internal", "coalition", "coordination", "cooperation", "public"]
    contact: Contact
    share: list[str]
    withhold: list[Withheld]
    rules: list[CitedRule]
    obligations: list[Obligation]
    exposure: StepExposure


class CostTerm(BaseModel):
    """One named part of a cost, whole points."""

    name: str
    value: int
    plain: str


class Cost(BaseModel):
    """The sum of its terms."""

    total: int
    terms: list[CostTerm]


class Path(BaseModel):
    """A ranked referral path."""

    rank: int
    covers: list[str]
    uncovered: list[str]
    cost: Cost
    exposure: Exposure
    steps: list[Step]


class ConsentCondition(BaseModel):
    """A consent that would have to be given, as it may stand in a profile once it is.

    `form` is null at a level that needs none. Both dates are a proposal: signed today, for a month.
    """

    kind: Literal["consent"]
    form: str | None
    level: str
    marks: list[str]
    from_: str = Field(alias="from")
    to: list[str]
    data: list[str]
    purpose: str
    signers: list[str]
    signed_on: date
    ends_on: date
    plain: str


class FactCondition(BaseModel):
    """A fact that would have to be so: an age from a to b (`a-b`), else any one of these values."""

    kind: Literal["fact"]
    attribute: str
    values: str | list[str | bool]
    plain: str


class ChoiceCondition(BaseModel):
    """A way in that the client would have to choose."""

    kind: Literal["choice"]
    to: str
    plain: str


class ConditionalPath(Path):
    """A path as it would be once its conditions hold; its cost counts what would be asked for."""

    conditions: list[ConsentCondition | FactCondition | ChoiceCondition]


class Reason(BaseModel):
    """One reason for which services of a need's type are out, and how many."""

    code: str
    count: int
    plain: str


class Uncovered(BaseModel):
    """A need that no path covers."""

    need: str
    reasons: list[Reason]


class DutyReceiver(OrganizationName):
    """Who takes a report."""

    phone: str | None


class Duty(BaseModel):
    """A report or notice that the law asks of the asking organization, with the tasks that go with it."""

    id: str
    certain: bool
    to: list[DutyReceiver]
    share: list[str]
    due: str | None
    plain: str
    authority: str
    obligations: list[Obligation]


class Question(BaseModel):
    """A question whose answer would change the paths; `before`: what to tell the client first."""

    attribute: str
    text: str
    style: str
    would_change: str
    before: str | None


class Complete(BaseModel):
    """Whether each list holds all there is to say."""

    paths: bool
    conditional_paths: bool
    questions: bool


class Notice(BaseModel):
    """What to keep in mind; the first ones come first for a reason."""

    id: str
    plain: str


class Grievance(BaseModel):
    """Where to question the answer."""

    contact: str | None
    plain: str


class Versions(BaseModel):
    """What an answer was made from."""

    directory_version: int
    policy_version: str


class AnswerDocument(Versions):
    """Referral paths, best first, and what to know around them."""

    paths: list[Path]
    conditional_paths: list[ConditionalPath]
    uncovered: list[Uncovered]
    sole_provider: list[str]
    duties: list[Duty]
    questions: list[Question]
    complete: Complete
    notices: list[Notice]
    grievance: Grievance
    decision_id: str


class Call(BaseModel):
    """One call of the best path; for phones and patrol cars."""

    order: int
    to: Receiver
    phone: str | None
    label: str | None
    availability: Availability
    for_: list[str] = Field(alias="for", description="Type codes of the needs and prerequisites that it is about.")
    mode: Mode
    say: list[str] = Field(description="Classes of data that may be said.")
    leave_unsaid: list[str] = Field(description="Classes of data that are not said.")
    obligations: list[Obligation]
    instead: list[str] = Field(
        description="Slugs of organizations to call for the same, best first, if this one says no."
    )
    plain: str


class CallsDocument(Versions):
    """The steps of the best path as calls, in order; empty where there is no path."""

    calls: list[Call]
    duties: list[Duty]
    notices: list[Notice]
    decision_id: str
