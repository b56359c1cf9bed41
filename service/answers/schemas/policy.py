"""Rules and decisions, as documented."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from service.answers.schemas.answer import Grievance, Notice, PublicLine, Versions
from service.answers.schemas.paths import CitedRule, Day, Obligation
from service.documents.fields import one_of


class RuleDocument(CitedRule):
    """A rule, task or piece of advice in force. `due` is an ISO 8601 duration, `reviewed` a day."""

    asks: str
    jurisdiction: str
    confidence: str
    reviewed: str
    pack: str
    due: str | None
    to_be_confirmed: Annotated[bool, Field(description="Whether some of it rests on memory.")]


class RuleSource(RuleDocument):
    """A rule with its own text in the Cedar language."""

    source: str
    policy_version: str


class RulesDocument(TypedDict):
    """The rules in force, in catalogue order."""

    rules: list[RuleDocument]
    packs: list[str]
    policy_version: str


class StateFactDocument(TypedDict):
    """A fact of a state's card, with its public page and the day on which that was read."""

    point: Annotated[str, Field(description="`child_due`, say: by when a child is reported.")]
    plain: str
    value: Annotated[
        str | int | bool | None, Field(description="A duration (ISO 8601), a word, an age; null: it is a line.")
    ]
    when: Annotated[list[str], Field(description="What limits it: `stranger`, say. Empty: nothing.")]
    line: PublicLine | None
    lines: Annotated[list[PublicLine], Field(description="`line`, and the further ones of the same fact.")]
    authority: str | None
    source: str
    read: Day
    text_as_of: Annotated[str | None, Field(description="The date that the text bears: a year, a month or a day.")]
    by: Annotated[str | None, Field(description="Who corrected it, by role. Null: nobody did.")]
    confidence: Annotated[
        str, one_of(("P", "S", "M")), Field(description="P: the text or the agency's own page; S: a summary.")
    ]


class StateCardDocument(TypedDict):
    """The card of a state: whom to call, who reports by when. `missing`: points that no public text confirmed."""

    code: str
    name: str
    facts: list[StateFactDocument]
    missing: list[str]


class StatesDocument(TypedDict):
    """The cards of the states."""

    states: list[StateCardDocument]


class ExplainedRule(CitedRule):
    """A rule that applied. `to_be_confirmed`: parts of the rule rest on memory."""

    asks: str
    confidence: str
    to_be_confirmed: bool


class AskDocument(TypedDict):
    """The least consent that lifts a denial: its level, its marks and its signers."""

    level: Annotated[str, one_of(("verbal", "written", "release"))]
    marks: list[str]
    signers: list[str]
    plain: str


class ConsentChange(AskDocument):
    """A consent that would turn the denial."""

    kind: Literal["consent"]


class FactChange(TypedDict):
    """One fact that would turn the denial, alone or with the consent in `needs`."""

    kind: Literal["fact"]
    attribute: Annotated[str, Field(description="The field of the question, or whose record it is.")]
    values: list[str]
    needs: AskDocument | None
    plain: str


@with_config(extra="ignore")
class PartyRead(TypedDict):
    """An organization's facts as the rules read them: words of the closed vocabulary."""

    kind: str
    basis: str
    regimes: list[str]
    declared: bool
    reporter: str
    member: bool


@with_config(extra="allow")
class FactsRead(TypedDict):
    """Every fact as the rules read it, in words of the closed vocabulary; `unknown` is the stricter case."""

    holder: PartyRead
    recipient: PartyRead
    action: str
    data: str
    purpose: str
    process: str
    consent: str
    level: str
    marks: list[str]
    signers: list[str]
    agreement: str
    age: str


class FactsDocument(TypedDict):
    """The facts, for programs and in lines that a person can check."""

    read: FactsRead
    plain: list[str]


class SubpoenaContact(TypedDict):
    """The holder's contact for a subpoena."""

    name: str
    phone: str | None
    email: str | None


class Task(Obligation):
    """A task that comes with the share, and the action asked for."""

    asks: str
    contact: NotRequired[
        Annotated[SubpoenaContact | None, Field(description="With `subpoena-hold`: whom the holder named for it.")]
    ]


class DecisionDocument(Versions):
    """One decision, explained. `needs` null with `allow` false: no consent opens the share."""

    allow: bool
    rules: Annotated[
        list[ExplainedRule], Field(description="The rules that applied: permits when allowed, else what denies.")
    ]
    stopped_by: ExplainedRule | None
    needs: AskDocument | None
    would_change: Annotated[list[ConsentChange | FactChange], Field(description="Empty where it is allowed.")]
    facts: FactsDocument
    agreement: Annotated[str | None, Field(description="The agreement that it was judged under.")]
    obligations: list[Task]
    plain: list[str]
    notices: list[Notice]
    grievance: Grievance
