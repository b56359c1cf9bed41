"""The tables of records: each record of the directory as a document, with columns for what it is found by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlmodel import Field

from service.infrastructure.database.columns import Json, UtcDateTime
from service.infrastructure.database.table_base import Row, json_value, key

INNER_TITLES = frozenset(("coalition_representative",))
"""Titles of contacts that are the coalition's own matter."""
OWNED_TYPES = ("service", "location", "service_at_location")
"""Types of records that belong to an organization's record: stored, replaced and removed with it."""
DATED_TYPES = ("organization", "service", "location")
"""Types of records with a date of their last change."""


class Record(Row, table=True):
    """A record of the directory: `document` is its class in a bundle, as plain data, with the ids of its parts.

    `owner_id`: the organization of the record (its own id for an organization); None for a record of the coalition.
    `listed`, `private`: of an organization and all that it owns. Nothing about a private place is in its document: all
    is in `sealed`. `version`: the directory version of the last change. `last_modified`: of `DATED_TYPES`, kept by
    `service.directory.store.modified`, None only within the transaction of a change.
    """

    type: str = Field(primary_key=True)
    id: str = key()
    slug: str
    owner_id: str | None = Field(default=None, sa_type=String(36))
    listed: bool = True
    private: bool = False
    position: int = 0
    version: int = Field(default=0, index=True)
    source: str | None = None
    last_modified: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sealed: str | None = None
    withheld: str | None = None
    inferred: dict[str, Any] | None = json_value()
    curated: dict[str, Any] | None = json_value()
    document: dict[str, Any] = Field(sa_type=Json, nullable=False)

    __table_args__ = (
        Index("uq_record_type_slug", "type", "slug", unique=True),
        Index("ix_record_type_listed_slug", "type", "listed", "slug"),
        Index("ix_record_type_last_modified", "type", "last_modified"),
        Index("ix_record_owner_id_type", "owner_id", "type"),
    )


class GoneRecord(Row, table=True):
    """A record that was taken out of the directory, and the version without it; its name and its owner's id."""

    __tablename__ = "gone_record"

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    type: str = Field(primary_key=True)
    id: str = key()
    slug: str
    owner_id: str | None = Field(default=None, sa_type=String(36))


class RecordKey(Row, table=True):
    """A word by which a record is searched, joined or counted; derived from its document by `service.directory.store.keys`.

    `name` is the record's type and the field, as in `service.types`: sources give an id to records of several types.
    `value` for what is equal, `text` for words that are searched (case-folded, with spaces around each), `number` for
    what is measured.
    """

    __tablename__ = "record_key"

    record_id: str = Field(primary_key=True, sa_type=String(36))
    name: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    text: str | None = Field(default=None, sa_type=Text)
    number: float | None = None

    __table_args__ = (Index("ix_record_key_name_value", "name", "value"),)


class TermUse(Row, table=True):
    """A taxonomy term that classifies a record, or is told by itself; derived like `RecordKey`.

    `told` is the whole HSDS taxonomy_term, with its taxonomy, or the taxonomy; None where only an id is known.
    `record_id` is the organization's or service's, or that of the term told by itself.
    """

    __tablename__ = "term_use"

    record_type: str = Field(primary_key=True)
    record_id: str = Field(primary_key=True, sa_type=String(36))
    term_id: str = Field(primary_key=True, sa_type=String(36))
    taxonomy_id: str | None = Field(default=None, sa_type=String(36), index=True)
    parent_id: str | None = Field(default=None, sa_type=String(36))
    words: str
    taxonomy_words: str
    told: dict[str, Any] | None = json_value()

    __table_args__ = (Index("ix_term_use_term_id", "term_id"),)
