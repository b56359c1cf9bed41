"""The tables of people at the page: who is signed in, and links that sign somebody in once. No load touches them.

A token or a code is known by its SHA-256 digest alone: who reads these rows can sign in with none of them.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from .columns import UtcDateTime
from .table_base import Happening, words

_DIGEST = 64


class PageSession(Happening, table=True):
    """One person signed in to the page: for whom it speaks, in which language, since when, and when last used."""

    __tablename__ = "page_session"

    digest: str = Field(primary_key=True, max_length=_DIGEST)
    organization: str
    scopes: list[str] = words()
    subject: str
    language: str
    begun_at: datetime = Field(sa_type=UtcDateTime, nullable=False, index=True)
    used_at: datetime = Field(sa_type=UtcDateTime, nullable=False, index=True)


class LoginCode(Happening, table=True):
    """A code that signs one person in, once, for whom it was made. Its row is deleted when the code is spent."""

    __tablename__ = "login_code"

    digest: str = Field(primary_key=True, max_length=_DIGEST)
    organization: str
    scopes: list[str] = words()
    subject: str
    made_at: datetime = Field(sa_type=UtcDateTime, nullable=False, index=True)
