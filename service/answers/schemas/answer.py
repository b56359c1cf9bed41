"""The answer to a needs profile, as documented in openapi/guide. An object may hold further keys."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from service.answers.schemas.paths import (
    MANNER,
    USUAL_ANSWER,
    Availability,
    ConditionalPath,
    Confirm,
    Contact,
    Day,
    Hours,
    Instead,
    Manner,
    Mode,
    Numbers,
    Obligation,
    OrganizationName,
    Path,
    Receiver,
    ServiceUse,
    UsualAnswer,
)
from service.documents.fields import one_of
from service.vocabulary import CLIENT, COMPANION, URGENCIES


class Reason(TypedDict):
    """One reason that rules out services of a need's type, with the number of services."""

    code: str
    count: int
    plain: str


class Uncovered(TypedDict):
    """A need that no path covers; `near`: agencies to call instead, which do not meet the need."""

    need: str
    reasons: list[Reason]
    near: list[Instead]
    plain: Annotated[str | None, Field(description="Where there are no reasons, or there was no time to be sure.")]


class LaterService(TypedDict):
    """A service by its ids and name."""

    id: str
    slug: str
    name: str


class Later(TypedDict):
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
    may_report: NotRequired[
        Annotated[str | None, Field(description="What it may tell others, and whom; null: not known.")]
    ]
    web: NotRequired[str | None]


_Purpose = TypedDict("_Purpose", {"for": str})


class PublicLine(Numbers, _Purpose):
    """A public line that fits: called by anybody, it shares nothing and is no step. `for`: what it is for."""

    id: str
    name: str
    hours: str
    languages: Annotated[list[str], Field(description="BCP 47.")]
    plain: str
    web: str | None
    operator: Annotated[str | None, Field(description="Who runs it, where its name does not say so.")]
    may_report: Annotated[str | None, Field(description="What it may tell others, and whom; null: not known.")]
    by: Annotated[str | None, Field(description="Who corrected it, by role. Null: nobody did.")]
    checked: Annotated[Day, Field(description="On this day its page was read.")]
    confirm: Annotated[str | None, Field(description="Said where it is due for review; null: it is not.")]


class DutyReceiver(TypedDict):
    """An agency that takes a report, or a public line (`id` and `slug` null), in the order to call."""

    id: str | None
    slug: str | None
    name: str
    phone: str | None
    tel: str | None
    status: Hours
    opens_at: str | None
    closes_at: str | None


class NumberFrom(TypedDict):
    """A line that takes no report, and can give out the number of the office that does. It's told nothing."""

    name: str
    phone: str
    tel: str | None
    hours: str
    plain: str


class Duty(TypedDict):
    """A report or notice that the law asks of the asking organization, with its tasks."""

    id: str
    certain: bool
    person: Annotated[
        str,
        one_of((CLIENT, COMPANION)),
        Field(description="About whom; `companion`: a child who comes along."),
    ]
    pointed_to: Annotated[
        bool, Field(description="It's certain, or a known fact points to it. False: it's in `duties` alone.")
    ]
    to: list[DutyReceiver]
    number_from: Annotated[
        NumberFrom | None, Field(description="Who knows the number for the report, where `to` names no open desk.")
    ]
    say: Annotated[
        list[str], Field(description="At most four sentences: who reports, by when, what to say, what nobody asks.")
    ]
    share: list[str]
    must_hold: Annotated[list[str], Field(description="Of `share`, what the report has to hold; the rest is a limit.")]
    due: str | None
    plain: str
    authority: str
    checked: Annotated[Day, Field(description="On this day the oldest of the texts it rests on was read.")]
    confirm: Annotated[str | None, Field(description="Said where one of them is due for review; null: none is.")]
    obligations: list[Obligation]


class Question(TypedDict):
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

    do: Annotated[str, one_of(("emergency", "safety", "report", "ask", "call", "here", "send", "fallback"))]
    plain: str
    to: OrganizationName | None
    ask: Question | None
    opens: OrganizationName | None


_Types = TypedDict("_Types", {"for": list[str]})


class OtherCall(_Types):
    """An agency to call for the same needs if the first one says no."""

    to: OrganizationName
    phone: str | None
    tel: str | None
    availability: Availability
    usual_answer: NotRequired[Annotated[UsualAnswer, USUAL_ANSWER]]


SHEET_KINDS = (
    "danger", "safety", "report", "call", "own", "none", "advocate", "maybe_report", "question", "line", "note",
)  # fmt: skip


class Try(Numbers):
    """Whom to try for a need that the first path leaves open.

    `at`: when it opens. `hours`: of a line, in words.
    """

    kind: Annotated[str, one_of(("path", "near", "later", "waitlist", "line"))]
    name: str
    to: OrganizationName | None
    at: str | None
    hours: str | None
    plain: str


_Linked = TypedDict(
    "_Linked",
    {
        "from": NotRequired[OrganizationName],
        "for": NotRequired[Annotated[list[str], Field(description="Of groups: keys of the clients whom it is for.")]],
        "try": NotRequired[Annotated[list[Try], Field(description="Of `none`: whom to try, in order.")]],
    },
)


class SheetItem(_Linked):
    """One thing to do or to keep in mind. Which fields it has beside the first three depends on `kind`.

    `danger`: `phone`, `tel`, `sms`. `report` and `maybe_report`: a duty of law, with its fields as in `duties`, and
    those of the step that makes the report. `call`: a step of the first path to another agency. `own`: a step at the
    asking agency. `none`: a need that the first path leaves open. `advocate`: `to`, `contact`. `line`: a public line.
    """

    kind: Annotated[str, one_of(SHEET_KINDS)]
    title: str
    text: str
    needs: NotRequired[Annotated[list[str], Field(description="Type codes of the needs and prerequisites it meets.")]]
    need: NotRequired[Annotated[str, Field(description="Of `none`: the type code of the need.")]]
    urgency: NotRequired[Annotated[str, one_of(URGENCIES)]]
    to: NotRequired[
        Annotated[Receiver | OrganizationName | list[DutyReceiver], Field(description="A list for a report.")]
    ]
    via: NotRequired[
        Annotated[OrganizationName | None, Field(description="Who makes the call; null: the asking agency.")]
    ]
    mode: NotRequired[Mode]
    manner: NotRequired[Annotated[Manner, MANNER]]
    services: NotRequired[list[ServiceUse]]
    contact: NotRequired[Contact]
    phone: NotRequired[str | None]
    tel: NotRequired[str | None]
    sms: NotRequired[str | None]
    hours: NotRequired[str]
    availability: NotRequired[Availability]
    usual_answer: NotRequired[Annotated[UsualAnswer, USUAL_ANSWER]]
    how: NotRequired[str]
    wait_until_safe: NotRequired[
        Annotated[bool, Field(description="True where somebody may hear: no call until it is safe to talk.")]
    ]
    script: NotRequired[
        Annotated[str | None, Field(description="What the worker says first. It names nobody, no age and no trait.")]
    ]
    inquire: NotRequired[Annotated[str | None, Field(description="What may always be asked; null: nothing.")]]
    duty: NotRequired[Annotated[str, Field(description="The id of the duty.")]]
    number_from: NotRequired[NumberFrom | None]
    say: NotRequired[
        Annotated[list[str], Field(description="Classes of data that may be said; of a report, short sentences.")]
    ]
    share: NotRequired[list[str]]
    due: NotRequired[str | None]
    leave_unsaid: NotRequired[
        Annotated[
            list[str], Field(description="Classes of data that are not said, and what only the agency asks about.")
        ]
    ]
    obligations: NotRequired[list[Obligation]]
    confirm: NotRequired[list[Confirm]]
    instead: NotRequired[Annotated[list[OtherCall], Field(description="Whom to call if they say no: two at most.")]]
    then: NotRequired[
        Annotated[list[Try], Field(description="Of a call: the lines for its needs once everybody there said no.")]
    ]
    question: NotRequired[Question]


class Complete(TypedDict):
    """Whether each list is complete: false where there may be more; null where the list was not asked for.

    What is owed whatever the time (the first path, who leads, `instead`, `later`, `near`, a question that leads) stops
    after five seconds of processor time, with the best so far, and is false here.
    """

    paths: bool
    conditional_paths: bool | None
    questions: bool | None
    instead: bool | None
    later: bool | None
    near: Annotated[bool, Field(description="Of `uncovered`: whom to call instead, and the reasons.")]


class Notice(TypedDict):
    """A notice to keep in mind; a list holds notices in the order to read."""

    id: str
    plain: str


class Grievance(TypedDict):
    """The contact for questions about the answer."""

    contact: str | None
    plain: str


_Except = TypedDict(
    "_Except", {"except": Annotated[list[str], Field(description="The rules and facts that counsel left out.")]}
)


class Counsel(_Except):
    """Whether counsel of the coalition reviewed all packs, and the card, that the answer rests on."""

    reviewed_on: Annotated[Day | None, Field(description="Null: not all of it is signed off as it is.")]
    until: Day | None
    plain: str


class Versions(TypedDict):
    """The versions of the directory and of the rules that an answer was made from."""

    directory_version: int
    policy_version: str


CALL_SHEET = Field(description="What to do, in order: every need once. Nothing of it is left out on any screen.")


class AnswerDocument(Versions):
    """Referral paths, best first, with the duties, questions and notices around the paths.

    Absent is what the profile's `include` leaves out: `call_sheet`, `conditional_paths`, `later`, `questions`,
    `instead` and `rules` of steps, `terms` of costs.
    """

    lead: Lead
    call_sheet: NotRequired[Annotated[list[SheetItem], CALL_SHEET]]
    paths: list[Path]
    conditional_paths: NotRequired[list[ConditionalPath]]
    uncovered: list[Uncovered]
    later: NotRequired[list[Later]]
    fallback_lines: list[FallbackLine]
    lines: Annotated[list[PublicLine], Field(description="At most four.")]
    caller: Annotated[
        Literal["third_party"] | None,
        Field(description="`third_party` where the calls are made by somebody who cannot reach the client."),
    ]
    sole_provider: list[str]
    duties: list[Duty]
    questions: NotRequired[list[Question]]
    complete: Complete
    notices: list[Notice]
    counsel: Counsel
    grievance: Grievance
    decision_id: str


_CALLED_ABOUT = Field(description="Type codes of the needs and prerequisites that it is about.")
_Called = TypedDict("_Called", {"from": OrganizationName, "for": Annotated[list[str], _CALLED_ABOUT]})


class Call(Contact, _Called):
    """One call of the best path; for phones and patrol cars."""

    order: int
    to: Receiver
    availability: Availability
    usual_answer: NotRequired[Annotated[UsualAnswer, USUAL_ANSWER]]
    mode: Mode
    manner: Annotated[Manner, MANNER]
    inquire: Annotated[str, Field(description="What may always be asked.")]
    say: Annotated[list[str], Field(description="Classes of data that may be said.")]
    leave_unsaid: Annotated[
        list[str], Field(description="Classes of data that are not said, and what only the agency asks about.")
    ]
    confirm: list[Confirm]
    obligations: list[Obligation]
    instead: NotRequired[list[OtherCall]]
    plain: str


class CallsDocument(Versions):
    """The steps of the best path as calls, in order; without a step, `lead` says what to do.

    Absent is what the profile's `include` leaves out: `later`, `questions`, `instead` of calls.
    """

    lead: Lead
    call_sheet: Annotated[list[SheetItem], CALL_SHEET]
    calls: list[Call]
    questions: NotRequired[list[Question]]
    uncovered: list[Uncovered]
    later: NotRequired[list[Later]]
    fallback_lines: list[FallbackLine]
    lines: Annotated[list[PublicLine], Field(description="At most four.")]
    duties: list[Duty]
    notices: list[Notice]
    counsel: Counsel
    decision_id: str
