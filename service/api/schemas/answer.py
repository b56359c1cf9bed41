"""The answer to a needs profile, as documented: contract, sections 3 and 4. An object may hold further keys."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

Exposure = Literal["protected", "disclosed", "discoverable"]
Mode = Literal["internal", "report", "warm", "self", "packet"]
Manner = Literal[
    "internal", "report", "report_in_doubt", "warm", "warm_by_holder", "self", "self_with_adult",
    "self_by_third_party", "packet",
]  # fmt: skip
MANNER = Field(
    description="The mode, or a finer word: a report that may not be owed, so the call asks first; a call on which the "
    "worker speaks for a child under 13; a contact for the safe parent or guardian of such a child; a contact that a "
    "third party uses."
)


class OrganizationName(BaseModel):
    """An organization by its ids and name."""

    id: str
    slug: str
    name: str


class Receiver(OrganizationName):
    """The agency that a step leads to. `basis`: the side its staff work for, null where not declared."""

    basis: Literal["community", "systems"] | None


class Availability(BaseModel):
    """Hours and room at the moment for which the profile is judged."""

    status: Literal["open", "opens_later", "unknown"]
    opens_at: str | None = Field(description="ISO 8601 with offset; never null when `status` is `opens_later`.")
    closes_at: str | None = Field(
        description="ISO 8601 with offset: the end of the present opening; null if it does not close within seven days."
    )
    capacity: Literal["available", "full", "stale", "unknown"]
    plain: str


class Confirm(BaseModel):
    """A question or arrangement of the agency itself; `attribute` null: asked with the origin off the line."""

    attribute: str | None
    plain: str


class ServiceUse(BaseModel):
    """A service of a step: the needs met, and the questions to confirm with the agency."""

    id: str
    slug: str
    name: str
    covers: list[str]
    availability: Availability
    confirm: list[Confirm]


class Numbers(BaseModel):
    """The number to call, the same number as a `tel:` URI (RFC 3966), and a number to text; null where not known."""

    phone: str | None
    tel: str | None
    sms: str | None


class Contact(Numbers):
    """The line to call; `label` describes the line."""

    label: str | None


class Instead(BaseModel):
    """Another agency that could meet a type: the line to call, and the services."""

    to: OrganizationName
    services: list[ServiceUse]
    covers: list[str]
    contact: Contact


class Withheld(BaseModel):
    """A class of data that is not shared, and the least consent that would lift the limit (null: no consent can)."""

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
    """How far words said at a step may travel."""

    level: Exposure
    plain: str


class Step(BaseModel):
    """One hand-off, from one organization to the next."""

    from_: OrganizationName = Field(alias="from")
    to: Receiver
    services: list[ServiceUse]
    covers: list[str]
    mode: Mode
    manner: Manner = MANNER
    relationship: Literal["internal", "coalition", "coordination", "cooperation", "public"]
    contact: Contact
    inquire: str = Field(description="What may always be asked on that call: it says nothing about anybody.")
    instead: list[Instead] = Field(
        default_factory=list, description="On the first path: who else could meet the same, one without another."
    )
    share: list[str]
    withhold: list[Withheld]
    rules: list[CitedRule] = Field(default_factory=list)
    obligations: list[Obligation]
    exposure: StepExposure


class CostTerm(BaseModel):
    """One named part of a cost, whole points."""

    name: str
    value: int
    plain: str


class Cost(BaseModel):
    """The sum of the cost's terms."""

    total: int
    terms: list[CostTerm] = Field(default_factory=list)


class Path(BaseModel):
    """A ranked referral path."""

    rank: int
    covers: list[str]
    uncovered: list[str]
    cost: Cost
    exposure: Exposure
    steps: list[Step]


class ConsentCondition(BaseModel):
    """A consent that the client would have to give, in the form in which a profile holds consents.

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
    """A fact that would have to hold: an age from a to b (`a-b`), or any one of the values."""

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
    """A path that opens once its conditions hold; its cost counts the consents and facts to ask for."""

    conditions: list[ConsentCondition | FactCondition | ChoiceCondition]


class Reason(BaseModel):
    """One reason that rules out services of a need's type, with the number of services."""

    code: str
    count: int
    plain: str


class Uncovered(BaseModel):
    """A need that no path covers; `near`: agencies to call instead, which do not meet the need."""

    need: str
    reasons: list[Reason]
    near: list[Instead]


class LaterService(BaseModel):
    """A service by its ids and name."""

    id: str
    slug: str
    name: str


class Later(BaseModel):
    """A service that opens within the day. `at` null: it is open and full, and has a waiting list."""

    at: str | None
    to: OrganizationName
    services: list[LaterService]
    contact: Contact
    covers: list[str]
    plain: str


class FallbackLine(Numbers):
    """A line to call when no path helps."""

    name: str
    hours: str | None


class PublicLine(Numbers):
    """A public line that fits: called by anybody, it shares nothing and is no step. `for`: what it is for."""

    id: str
    name: str
    for_: str = Field(alias="for")
    hours: str
    languages: list[str] = Field(description="BCP 47.")
    plain: str


class DutyReceiver(BaseModel):
    """An agency that takes a report, or a public line (`id` and `slug` null), in the order to call."""

    id: str | None
    slug: str | None
    name: str
    phone: str | None
    tel: str | None
    status: Literal["open", "opens_later", "unknown"]
    opens_at: str | None
    closes_at: str | None


class Duty(BaseModel):
    """A report or notice that the law asks of the asking organization, with its tasks."""

    id: str
    certain: bool
    to: list[DutyReceiver]
    say: list[str] = Field(description="At most four sentences: who reports, by when, what to say, what nobody asks.")
    share: list[str]
    must_hold: list[str] = Field(description="Of `share`, what the report has to hold; the rest is a limit.")
    due: str | None
    plain: str
    authority: str
    obligations: list[Obligation]


class Question(BaseModel):
    """A question whose answer would change the paths; `before`: words to say to the client first."""

    attribute: str
    text: str
    style: str
    would_change: str
    before: str | None


class Lead(Numbers):
    """The first thing to do, for a reader of nothing else.

    `ask`: the question to ask; `opens`: the organization that then meets the pressing needs.
    """

    do: Literal["emergency", "safety", "report", "ask", "call", "here", "send", "fallback"]
    plain: str
    to: OrganizationName | None
    ask: Question | None
    opens: OrganizationName | None


class Complete(BaseModel):
    """Whether each list is complete: false where there may be more; null where the list was not asked for."""

    paths: bool
    conditional_paths: bool | None
    questions: bool | None


class Notice(BaseModel):
    """A notice to keep in mind; a list holds notices in the order to read."""

    id: str
    plain: str


class Grievance(BaseModel):
    """The contact for questions about the answer."""

    contact: str | None
    plain: str


class Versions(BaseModel):
    """The versions of the directory and of the rules that an answer was made from."""

    directory_version: int
    policy_version: str


class AnswerDocument(Versions):
    """Referral paths, best first, with the duties, questions and notices around the paths.

    Absent is what the profile's `include` leaves out: `conditional_paths`, `later`, `questions`, `instead` and `rules`
    of steps, `terms` of costs.
    """

    lead: Lead
    paths: list[Path]
    conditional_paths: list[ConditionalPath] = Field(default_factory=list)
    uncovered: list[Uncovered]
    later: list[Later] = Field(default_factory=list)
    fallback_lines: list[FallbackLine]
    lines: list[PublicLine] = Field(description="At most four.")
    caller: Literal["third_party"] | None = Field(
        description="`third_party` where the calls are made by somebody who cannot reach the client."
    )
    sole_provider: list[str]
    duties: list[Duty]
    questions: list[Question] = Field(default_factory=list)
    complete: Complete
    notices: list[Notice]
    grievance: Grievance
    decision_id: str


class OtherCall(BaseModel):
    """An agency to call for the same needs if the first one says no."""

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
    manner: Manner = MANNER
    inquire: str = Field(description="What may always be asked.")
    say: list[str] = Field(description="Classes of data that may be said.")
    leave_unsaid: list[str] = Field(
        description="Classes of data that are not said, and what only the agency asks about."
    )
    confirm: list[Confirm]
    obligations: list[Obligation]
    instead: list[OtherCall] = Field(default_factory=list)
    plain: str


class CallsDocument(Versions):
    """The steps of the best path as calls, in order; without a step, `lead` says what to do.

    Absent is what the profile's `include` leaves out: `later`, `questions`, `instead` of calls.
    """

    lead: Lead
    calls: list[Call]
    questions: list[Question] = Field(default_factory=list)
    uncovered: list[Uncovered]
    later: list[Later] = Field(default_factory=list)
    fallback_lines: list[FallbackLine]
    lines: list[PublicLine] = Field(description="At most four.")
    duties: list[Duty]
    notices: list[Notice]
    decision_id: str
