"""Rules and decisions, as documented."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from service.api.schemas.answer import CitedRule, Obligation, Versions


class RuleDocument(CitedRule):
    """A rule, task or piece of advice that is in force. `due` is an ISO 8601 duration, `reviewed` a day."""

    asks: str
    jurisdiction: str
    confidence: str
    reviewed: str
    pack: str
    due: str | None


class RuleSource(RuleDocument):
    """A rule with its own text in the Cedar language."""

    source: str
    policy_version: str


class RulesDocument(BaseModel):
    """All rules in force, in catalogue order."""

    rules: list[RuleDocument]
    packs: list[str]
    policy_version: str


class AskDocument(BaseModel):
    """The least consent that lifts a denial: who would have to give it, and how."""

    level: Literal["verbal", "written", "release"]
    marks: list[str]
    signers: list[str]
    plain: str


class DecisionDocument(Versions):
    """One decision, explained. `needs` null with `allow` false: no consent opens it."""

    allow: bool
    rules: list[CitedRule] = Field(description="The deciding rules: permits when allowed, forbids when not.")
    stopped_by: CitedRule | None
    needs: AskDocument | None
    agreement: str | None = Field(description="The agreement that it was judged under.")
    obligations: list[Obligation]
    plain: list[str]
