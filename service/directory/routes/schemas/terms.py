"""The words of every closed list, as documented."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Term(BaseModel):
    """A word of a closed list: its code, its name in plain words, and its meaning."""

    code: str
    name: str
    meaning: str | None = Field(description="null: the name says all that is known.")


class OwnWord(BaseModel):
    """The common meaning of one agency's own word: a service type or a trait."""

    term: str
    organization: str
    means: str


class TermsDocument(BaseModel):
    """Every closed list, with the coalition's own words."""

    service_types: list[Term]
    traits: list[Term]
    genders: list[Term]
    urgencies: list[Term]
    kinds: list[Term]
    regimes: list[Term]
    data_classes: list[Term]
    marks: list[Term]
    areas: list[Term]
    languages: list[Term] = Field(description="Those that some service names.")
    words: list[OwnWord]
    directory_version: int
