"""The tables of the audit: who changed which object, when, and by which rules; never a value of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, text
from sqlmodel import Field

from .columns import Json, UtcDateTime
from .table_base import ActRow, json_value, key, moment

ANCHORED = "audit anchor"
"""The operation of an entry that notes that an anchor was printed."""
UNSIGNED_HEAD = "audit.unsigned_head"
"""The operation of an entry that notes that the head before it was not signed, with the head as it was found."""
IS_ANCHOR = f"operation = '{ANCHORED}'"


class AuditEntry(ActRow, table=True):
    """An act, written in its own transaction. `organization` (a slug): of who acted; None: time, or the operator.

    `objects`: type, digest or id, and status of each. `position`, `link` and `key` (the key's name) follow after the
    commit, under a lock. `subject_digest`: of the token's subject, for a year, with a salt of its own; `subject_mark`,
    a digest of both, stays, so that the link holds without them.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_unlinked", "at", sqlite_where=text("position IS NULL"),
              postgresql_where=text("position IS NULL")),
        Index("ix_audit_entry_organization", "organization", "position"),
        Index("ix_audit_entry_subject", "at", sqlite_where=text("subject_salt IS NOT NULL"),
              postgresql_where=text("subject_salt IS NOT NULL")),
        Index("ix_audit_entry_anchor", "at", sqlite_where=text(IS_ANCHOR), postgresql_where=text(IS_ANCHOR)),
    )  # fmt: skip

    id: str = key()
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    organization: str | None = None
    operation: str
    objects: list[list[str]] = Field(sa_type=Json, nullable=False)
    details: dict[str, Any] | None = json_value()
    subject_salt: str | None = None
    subject_digest: str | None = Field(default=None, index=True)
    subject_mark: str | None = None
    keep_days: int
    position: int | None = Field(default=None, sa_type=BigInteger, unique=True)
    link: str | None = None
    key: str | None = Field(default=None, index=True)


class AuditHead(ActRow, table=True):
    """The last linked entry, signed: a single row, and the lock for linking.

    `signature`: a keyed digest of the rest; whoever cuts off the end of the audit has none for the entry before it.
    """

    __tablename__ = "audit_signed_head"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    position: int = Field(sa_type=BigInteger)
    link: str
    signed_at: datetime | None = moment(optional=True)
    key: str | None = None
    signature: str | None = None


class AuditSalt(ActRow, table=True):
    """The salt of an object's digests, deleted with the object: then no digest can be led back to its id."""

    __tablename__ = "audit_salt"

    object_id: str = Field(primary_key=True, sa_type=String(36))
    salt: str
