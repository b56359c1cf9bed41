"""The tables of the coalition's common records: the coalition, its areas, agreements, forms and words."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String
from sqlmodel import Field

from .table_base import Row, json_value, key, to, words

ONLY_ROW = 1  # the primary key of the one row of `coalition`


class Coalition(Row, table=True):
    """The coalition: a single row. `directory_version` rises by one with every change to the directory.

    `fallback_lines` null: the coalition named no line. `interpreted` null: the coalition named no language of its
    members' telephone interpreters.
    """

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    slug: str
    name: str
    timezone: str
    policy_packs: list[str] = words()
    fallback_lines: list[dict[str, str]] | None = json_value()
    interpreted: list[str] | None = json_value()
    directory_version: int


class Area(Row, table=True):
    """A place in the containment tree."""

    id: str = key()
    slug: str = Field(unique=True)
    name: str
    within_id: str | None = to("area", optional=True, deferred=True)
    latitude: float | None = None
    longitude: float | None = None
    jurisdiction: str | None = None


class Agreement(Row, table=True):
    """An agreement. `types`, `data` null: no limit beside the rules. End days included."""

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
    """A party to an agreement. Not mutual: position 0 refers to position 1."""

    __tablename__ = "agreement_party"

    id: str = key()
    agreement_id: str = to("agreement")
    organization_id: str = to("organization")
    offers: str | None = None
    wants: str | None = None
    position: int


class ReleaseForm(Row, table=True):
    """A release form known to the coalition."""

    __tablename__ = "release_form"

    id: str = key()
    slug: str = Field(unique=True)
    name: str
    languages: list[str] = words()
    elements: list[str] = words()
    marks: list[str] = words()
    withheld: str | None = None


class FormEquivalence(Row, table=True):
    """A form in a stated group of forms worth the same; groups are never joined."""

    __tablename__ = "form_equivalence"

    id: str = key()
    group_id: str = Field(sa_type=String(36), index=True)
    form_id: str = to("release_form")


class VocabularyTerm(Row, table=True):
    """A code of the coalition's (`kind`: type or trait), or an organization's own `term` and its code (`means`)."""

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
