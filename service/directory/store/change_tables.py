"""The table of changes to single records: who changed which fields, and for ten minutes the record before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from service.database.columns import UtcDateTime
from service.database.table_base import ActRow, key, words


class RecordChange(ActRow, table=True):
    """A change that an organization (a slug) made to a record. `action`: added, changed, removed.

    `owners` (slugs): whose record it was; none: the coalition's. `fields`: what changed, never a value. While the
    change can be undone, sealed: `before`, the record before, and `etag`, that of the record afterwards.
    """

    __tablename__ = "record_change"
    __table_args__ = (Index("ix_record_change_record", "resource", "slug"),)

    id: str = key()
    at: datetime = Field(sa_type=UtcDateTime, nullable=False, index=True)
    organization: str = Field(index=True)
    resource: str
    slug: str
    owners: list[str] = words()
    action: str
    fields: list[str] = words()
    etag: str | None = None
    before: str | None = None
