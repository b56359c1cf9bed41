"""The tables of what the coalition decides together: itself, its areas, agreements, forms and words."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String
from sqlmodel import Field

from .table_base import Row, json_value, key, to, words

ONLY_ROW = 1  # the primary key of the one row of `coalition`


class Coalition(Row, table=True):
    """The coalition: one row. `directory_version` rises by one with every change to anything here.

    `fallback_lines` null: the coalition named none.
    """

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    slug: str
    name: str
    timezone: str
    policy_packs: list[str] = words()
    fallback_lines: list[dict[str, str]] | None = json_value()
    directory_version: int


class Area(Row, table=True):
    """A place in the containment tree."""

    id: str = key()
    slug: str = Field(unique=True)
    name: str
    within_id: str | None = to("area", optional=True, deferred=True)
    latitude: float | None = None
    longitude: float | None = None


class Agreement(Row, table=True):
    """An agreement. `types`, `data` null: all that the rules allow. End days included."""

    id: str = key()
    slug: str = Field(unique=True)
    mutual: bool
    level: str
    type: str
    status: str
    effective: date | None = None
    expires: date | None = None
    types: list[str] | None = json_value()
    data: list[str] | None = json_value()
    withheld: str | None = None


class AgreementParty(Row, table=True):
    """One party to an agreement. Not mutual: position 0 refers to position 1."""

    __tablename__ = "agreement_party"

    id: str = key()
    agreement_id: str = to("agreement")
    organization_id: str = to("organization")
    offers: str | None = None
    wants: str | None = None
    position: int


class ReleaseForm(Row, table=True):
    """A release form that the coalition knows."""

    __tablename__ = "release_form"

    id: str = key()
    slug: str = Field(unique=True)
    name: str
    languages: list[str] = words()
    elements: list[str] = words()
    marks: list[str] = words()
    withheld: str | None = None


class FormEquivalence(Row, table=True):
    """One form in a stated group of forms worth the same; nothing follows from one group to another."""

    __tablename__ = "form_equivalence"

    id: str = key()
    group_id: str = Field(sa_type=String(36), index=True)
    form_id: str = to("release_form")


class VocabularyTerm(Row, table=True):
    """A code of the coalition's (`kind`: type or trait), or one organization's own `term` and what it `means`."""

    __tablename__ = "vocabulary_term"

    id: str = key()
    code: str | None = Field(default=None, unique=True)
    name: str | None = None
    kind: str | None = None
    decided_by: str | None = None
    same_as: list[str] = words()
    organization_id: str | None = to("organization", optional=True)
    term: str | None = None
    means: str | None = None
    withheld: str | None = None
