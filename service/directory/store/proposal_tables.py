"""The tables of proposals to change the directory, of removed and hidden organizations, and of withdrawn addresses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlmodel import Field

from service.database.columns import Json, UtcDateTime
from service.database.table_base import ActRow, key, words


class DirectoryProposal(ActRow, table=True):
    """A word, a code or labels, proposed by an organization (a slug). `status`: open, accepted, declined.

    `resource`, `slug`: the object that acceptance changes. `entry`: the vocabulary entry after acceptance, in the
    bundle's form; or an organization (a slug) with the labels that change.
    """

    __tablename__ = "vocabulary_proposal"

    id: str = key()
    organization: str = Field(index=True)
    resource: str
    slug: str = Field(index=True)
    entry: dict[str, Any] = Field(sa_type=Json, nullable=False)
    status: str
    proposed_on: date
    decided_on: date | None = None
    decided_by: str | None = None


class RemovedOrganization(ActRow, table=True):
    """The labels and the parent (a slug) that an organization was removed with, and its house then (slugs)."""

    __tablename__ = "removed_organization"

    slug: str = Field(primary_key=True)
    labels: dict[str, Any] = Field(sa_type=Json, nullable=False)
    parent: str | None = None
    house: list[str] = words()


class WithdrawnAddress(ActRow, table=True):
    """An organization (an id) that took a street out of its own record: from then on it alone adds streets."""

    __tablename__ = "withdrawn_address"

    id: str = key()


class UnconfirmedOrganization(ActRow, table=True):
    """An organization (an id) that a restore kept hidden, until it says in its own record what it shows."""

    __tablename__ = "unconfirmed_organization"

    id: str = key()
    restored_at: datetime = Field(sa_type=UtcDateTime)
