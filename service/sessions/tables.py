"""The tables of callers: signed-in sessions, codes that sign in once. No load touches them.

A token or a code is stored as its SHA-256 digest alone: a reader of the rows can sign in with no row.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from service.database.columns import UtcDateTime
from service.database.table_base import ActRow, words

_DIGEST = 64


class PageSession(ActRow, table=True):
    """A person signed in to the page: the organization, the scopes, the language, the start and the last use.

    `id`: the session's name in lists, which is no token. `way`: the way in, `link` or `issuer`. `signing_key`: the
    name of the key that the session ends with. `token_name`: of the token that it ends with, as it is refused by; None
    where a person at the command line made the link. `label`: the person's own word for the place, such as `desk 2`.
    """

    __tablename__ = "page_session"

    digest: str = Field(primary_key=True, max_length=_DIGEST)
    id: str = Field(max_length=36, unique=True)
    organization: str = Field(index=True)
    scopes: list[str] = words()
    subject: str
    way: str
    signing_key: str | None = None
    token_name: str | None = Field(default=None, max_length=_DIGEST)
    label: str | None = None
    language: str
    begun_at: datetime = Field(sa_type=UtcDateTime, nullable=False, index=True)
    used_at: datetime = Field(sa_type=UtcDateTime, nullable=False, index=True)


class LoginCode(ActRow, table=True):
    """A code that signs a person in, once, with the stored organization and scopes. A spent code's row is deleted.

    `signing_key`: the name of the local key at that time; the code and its session end with the key. `token_name`: of
    the token that the code was made with; they end with that as well.
    """

    __tablename__ = "login_code"

    digest: str = Field(primary_key=True, max_length=_DIGEST)
    organization: str
    scopes: list[str] = words()
    subject: str
    signing_key: str | None = None
    token_name: str | None = Field(default=None, max_length=_DIGEST)
    made_at: datetime = Field(sa_type=UtcDateTime, nullable=False, index=True)
