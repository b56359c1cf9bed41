"""The answer to a group of clients, as documented: contract, part two, section 9a."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from service.answers.schemas.answer import (
    CALL_SHEET,
    Counsel,
    Duty,
    FallbackLine,
    Lead,
    Notice,
    Question,
    SheetItem,
    Uncovered,
    Versions,
)  # fmt: skip
from service.answers.schemas.paths import USUAL_ANSWER, Confirm, Numbers, OrganizationName, Path, UsualAnswer

_Keys = TypedDict("_Keys", {"for": Annotated[list[str], Field(description="Keys of the clients whom it is for.")]})


class GroupLead(Lead, _Keys):
    """The first thing to do, of all that the clients' own answers would begin with."""


class CalledFor(TypedDict):
    """Alike clients, and what a call meets for each of them."""

    key: str
    count: int
    covers: list[str]


class NextAgency(TypedDict):
    """The agency to call for those whom another cannot take."""

    to: OrganizationName
    phone: str | None
    tel: str | None
    usual_answer: NotRequired[Annotated[UsualAnswer, USUAL_ANSWER]]


_CalledFor = TypedDict("_CalledFor", {"for": list[CalledFor]})


class GroupCall(Numbers, _CalledFor):
    """One call for all who go to one agency. It asks for places only; then each client speaks for themselves."""

    order: int
    to: OrganizationName
    usual_answer: NotRequired[Annotated[UsualAnswer, USUAL_ANSWER]]
    inquire: Annotated[str, Field(description="What may always be asked.")]
    confirm: list[Confirm]
    instead: Annotated[list[NextAgency], Field(description="Where nobody knows how many the agency can take.")]
    plain: str


class ChosenPath(TypedDict):
    """How many of a client's alike ones take a path; `path` null: nobody is left who could take them."""

    count: int
    path: Path | None


class ClientOfGroup(TypedDict):
    """The alike clients of a key: their paths, best first, and what any of the paths leaves open."""

    key: str
    chosen: list[ChosenPath]
    uncovered: list[Uncovered]
    questions: list[Question]


class GroupDuty(Duty, _Keys):
    """A duty, once for all whom it concerns."""


class GroupLine(FallbackLine, _Keys):
    """A public line that anybody may call; `about`: its subject."""

    id: str
    about: str
    languages: list[str]
    plain: str


class GroupNotice(Notice, _Keys):
    """A notice, once for all whom it concerns."""


class GroupAnswerDocument(Versions):
    """A path for each person of a group, and the calls in one order."""

    lead: GroupLead
    call_sheet: Annotated[list[SheetItem], CALL_SHEET]
    calls: list[GroupCall]
    clients: list[ClientOfGroup]
    duties: list[GroupDuty]
    lines: list[GroupLine]
    notices: list[GroupNotice]
    counsel: Annotated[Counsel, Field(description="Of the client whose law was reviewed least.")]
    fallback_lines: list[FallbackLine]
    complete: Annotated[
        bool,
        Field(description="Whether time sufficed to find the best for all together, and the reasons of open needs."),
    ]
    decision_id: str
