"""The answer to a group of clients, as documented: contract, part two, section 9a."""

from __future__ import annotations

from pydantic import BaseModel, Field

from service.answers.api.schemas.answer import Duty, FallbackLine, Lead, Notice, Question, Uncovered, Versions
from service.answers.api.schemas.paths import Confirm, Numbers, OrganizationName, Path

_KEYS = "Keys of the clients whom it is for."


class GroupLead(Lead):
    """The first thing to do, of all that the clients' own answers would begin with."""

    for_: list[str] = Field(alias="for", description=_KEYS)


class CalledFor(BaseModel):
    """Alike clients, and what a call meets for each of them."""

    key: str
    count: int
    covers: list[str]


class NextAgency(BaseModel):
    """The agency to call for those whom another cannot take."""

    to: OrganizationName
    phone: str | None
    tel: str | None


class GroupCall(Numbers):
    """One call for all who go to one agency. It asks for places only; then each client speaks for themselves."""

    order: int
    to: OrganizationName
    for_: list[CalledFor] = Field(alias="for")
    inquire: str = Field(description="What may always be asked.")
    confirm: list[Confirm]
    instead: list[NextAgency] = Field(description="Where nobody knows how many the agency can take.")
    plain: str


class ChosenPath(BaseModel):
    """How many of a client's alike ones take a path; `path` null: nobody is left who could take them."""

    count: int
    path: Path | None


class ClientOfGroup(BaseModel):
    """The alike clients of a key: their paths, best first, and what any of the paths leaves open."""

    key: str
    chosen: list[ChosenPath]
    uncovered: list[Uncovered]
    questions: list[Question]


class GroupDuty(Duty):
    """A duty, once for all whom it concerns."""

    for_: list[str] = Field(alias="for", description=_KEYS)


class GroupLine(FallbackLine):
    """A public line that anybody may call; `about`: its subject."""

    id: str
    about: str
    languages: list[str]
    plain: str
    for_: list[str] = Field(alias="for", description=_KEYS)


class GroupNotice(Notice):
    """A notice, once for all whom it concerns."""

    for_: list[str] = Field(alias="for", description=_KEYS)


class GroupAnswerDocument(Versions):
    """A path for each person of a group, and the calls in one order."""

    lead: GroupLead
    calls: list[GroupCall]
    clients: list[ClientOfGroup]
    duties: list[GroupDuty]
    lines: list[GroupLine]
    notices: list[GroupNotice]
    fallback_lines: list[FallbackLine]
    complete: bool = Field(description="Whether time sufficed to find the best for all together.")
    decision_id: str
