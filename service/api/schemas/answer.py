"""The answer to a needs profile, as documented: contract, sections 3 and 4. More keys may stand beside these."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

Exposure = Literal["protected", "disclosed", "discoverable"]
Mode = Literal["internal", "report", "warm", "self", "packet"]


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
    closes_at: str | None = Field(
        description="ISO 8601 with offset: the end of the present opening; null if it does not close within seven days."
    )
    capacity: Literal["available", "full", "stale", "unknown"]
    plain: str


class Confirm(BaseModel):
    """What the agency itself will ask or arrange; `attribute` null: what it asks with the origin off the line."""

    attribute: str | None
    plain: str


class ServiceUse(BaseModel):
    """A service of a step, what it is there for, and what is to confirm there."""

    id: str
    slug: str
    name: str
    covers: list[str]
    availability: Availability
    confirm: list[Confirm]


class Numbers(BaseModel):
    """The number to call, the same as a `tel:` URI (RFC 3966), and one to text; each null where none is known."""

    phone: str | None
    tel: str | None
    sms: str | None


class Contact(Numbers):
    """Whom to call; `label` says what line it is."""

    label: str | None


class Instead(BaseModel):
    """Who else could meet a type: whom to call, and for which services."""

    to: OrganizationName
    services: list[ServiceUse]
    covers: list[str]
    contact: Contact


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
    inquire: str = Field(description="What may always be asked on that call: it says nothing about anybody.")
    instead: list[Instead] = Field(description="On the first path: who else could meet the same, one without another.")
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
    """A need that no path covers; `near`: what can be called instead, which does not meet it."""

    need: str
    reasons: list[Reason]
    near: list[Instead]


class LaterService(BaseModel):
    """A service by its ids and name."""

    id: str
    slug: str
    name: str


class Later(BaseModel):
    """A service that opens within the day."""

    at: str
    to: OrganizationName
    services: list[LaterService]
    contact: Contact
    covers: list[str]
    plain: str


class FallbackLine(Numbers):
    """A line to call when no path helps."""

    name: str
    hours: str | None


class DutyReceiver(OrganizationName):
    """Who takes a report."""

    phone: str | None


class Duty(BaseModel):
    """A report or notice that the law asks of the asking organization, with the tasks that go with it."""

    id: str
    certain: bool
    to: list[DutyReceiver]
    share: list[str]
    must_hold: list[str] = Field(description="Of `share`, what the report has to hold; the rest is a limit.")
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


class Lead(Numbers):
    """What to do first, for somebody who reads nothing else.

    `ask` is the question to ask, `opens` the organization that then meets what presses.
    """

    do: Literal["emergency", "ask", "call", "here", "send", "fallback"]
    plain: str
    to: OrganizationName | None
    ask: Question | None
    opens: OrganizationName | None


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

    lead: Lead
    paths: list[Path]
    conditional_paths: list[ConditionalPath]
    uncovered: list[Uncovered]
    later: list[Later]
    fallback_lines: list[FallbackLine]
    sole_provider: list[str]
    duties: list[Duty]
    questions: list[Question]
    complete: Complete
    notices: list[Notice]
    grievance: Grievance
    decision_id: str


class OtherCall(BaseModel):
    """Whom to call for the same if this one says no."""

    to: OrganizationName
    phone: str | None
    tel: str | None
    for_: list[str] = Field(alias="for")
    availability: Availability


class Call(Contact):
    """One call of the best path; for phones and patrol cars."""

    order: int
    from_: OrganizationName = Field(alias="from")
    to: Receiver
    availability: Availability
    for_: list[str] = Field(alias="for", description="Type codes of the needs and prerequisites that it is about.")
    mode: Mode
    inquire: str = Field(description="What may always be asked.")
    say: list[str] = Field(description="Classes of data that may be said.")
    leave_unsaid: list[str] = Field(
        description="Classes of data that are not said, and what only the agency asks about."
    )
    confirm: list[Confirm]
    obligations: list[Obligation]
    instead: list[OtherCall]
    plain: str


class CallsDocument(Versions):
    """The steps of the best path as calls, in order; where there are none, `lead` says what to do."""

    lead: Lead
    calls: list[Call]
    questions: list[Question]
    uncovered: list[Uncovered]
    later: list[Later]
    fallback_lines: list[FallbackLine]
    duties: list[Duty]
    notices: list[Notice]
    decision_id: str
