"""The answer to a needs profile, as documented: contract, sections 3 and 4. An object may hold further keys."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from service.answers.api.schemas.paths import (
    MANNER,
    Availability,
    ConditionalPath,
    Confirm,
    Contact,
    Instead,
    Manner,
    Mode,
    Numbers,
    Obligation,
    OrganizationName,
    Path,
    Receiver,
)


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
    person: Literal["client", "companion"] = Field(description="About whom; `companion`: a child who comes along.")
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
    """Whether each list is complete: false where there may be more; null where the list was not asked for.

    What is owed whatever the time (the first path, who leads, `instead`, `later`, `near`, a question that leads) stops
    after five seconds of processor time, with the best so far, and is false here.
    """

    paths: bool
    conditional_paths: bool | None
    questions: bool | None
    instead: bool | None
    later: bool | None
    near: bool = Field(description="Of `uncovered`: whom to call instead, and the reasons.")


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
