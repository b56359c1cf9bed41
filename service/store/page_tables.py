"""The tables of people at the page: signed-in sessions, and codes that sign a person in once. No load touches them.

A token or a code is stored as its SHA-256 digest alone: a reader of the rows can sign in with no row.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from .columns import UtcDateTime
from .table_base import Happening, words

_DIGEST = 64


class PageSession(Happening, table=True):
    """A person signed in to the page: the organization, the scopes, the language, the start and the last use."""

    __tablename__ = "page_session"

    digest: str = Field(primary_key=True, max_length=_DIGEST)
    organization: str
    scopes: list[str] = words()
    subject: str
    language: str
    begun_at: datetime = Field(sa_type=UtcDateTime, nullable=False, index=True)
    used_at: datetime = Field(sa_type=UtcDateTime, nullable=False, index=True)


class LoginCode(Happening, table=True):
    """A code that signs a person in, once, with the stored organization and scopes. A spent code's row is deleted."""

    __tablename__ = "login_code"

    digest: str = Field(primary_key=True, max_length=_DIGEST)
    organization: str
    scopes: list[str] = words()
    subject: str
    made_at: datetime = Field(sa_type=UtcDateTime, nullable=False, index=True)
