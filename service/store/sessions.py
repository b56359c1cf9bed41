"""Sessions of the page, and the codes that begin a session, in the caller's transaction."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlmodel import Session, col

from service.auth import Caller

from . import clock
from .page_tables import LoginCode, PageSession

IDLE = timedelta(hours=1)
"""A session that was not used so long has ended."""
LONGEST = timedelta(hours=12)
CODE_LIVES = timedelta(minutes=10)
NOTED_EVERY = timedelta(minutes=1)
"""How exactly a session's last use is kept: a write for each request would be too many."""
_BYTES = 32


def begin_session(session: Session, caller: Caller, language: str) -> str:
    """Store a new session and return its token, which is kept nowhere."""
    forget_ended(session)
    token, now = secrets.token_urlsafe(_BYTES), clock.now(session)
    session.add(PageSession(digest=_digest(token), **_speaks_for(caller), language=language, begun_at=now, used_at=now))
    return token


def find_session(session: Session, token: str) -> PageSession | None:
    """Return the session of this token, unless it has ended."""
    ended = _ended(clock.now(session) - IDLE, clock.now(session) - LONGEST)
    query = select(PageSession).where(col(PageSession.digest) == _digest(token), ~ended)
    return session.execute(query).scalars().first()


def is_use_noted(session: Session, found: PageSession) -> bool:
    """Say whether the last use that is stored is that of a moment ago."""
    return clock.now(session) - found.used_at < NOTED_EVERY


def note_use(session: Session, token: str) -> None:
    """Note that the session is used now, unless it has ended meanwhile."""
    now = clock.now(session)
    mine = col(PageSession.digest) == _digest(token), ~_ended(now - IDLE, now - LONGEST)
    session.execute(update(PageSession).where(*mine).values(used_at=now))


def set_language(session: Session, token: str, language: str) -> None:
    """Store the language of the session's pages."""
    session.execute(update(PageSession).where(col(PageSession.digest) == _digest(token)).values(language=language))


def end_session(session: Session, token: str, *, unused_for: timedelta = timedelta(0)) -> bool:
    """Delete the session of a token, if unused for `unused_for`; return whether no session of the token is left."""
    unused = col(PageSession.used_at) <= clock.now(session) - unused_for
    session.execute(delete(PageSession).where(col(PageSession.digest) == _digest(token), unused))
    return find_session(session, token) is None


def make_code(session: Session, caller: Caller) -> str:
    """Store the digest of a new code that signs a person in as `caller`, and return the code, which is kept nowhere."""
    forget_ended(session)
    code = secrets.token_urlsafe(_BYTES)
    session.add(LoginCode(digest=_digest(code), **_speaks_for(caller), made_at=clock.now(session)))
    return code


def spend_code(session: Session, code: str) -> Caller | None:
    """Delete the row of a code and return the caller that the code signs in; None: an unknown code, or too old.

    Of several requests that spend a code at the same time, a single request gets the caller: each request deletes the
    row, and only the first finds the row.
    """
    mine = col(LoginCode.digest) == _digest(code), col(LoginCode.made_at) > clock.now(session) - CODE_LIVES
    columns = (col(LoginCode.organization), col(LoginCode.scopes), col(LoginCode.subject))
    found = session.execute(delete(LoginCode).where(*mine).returning(*columns)).first()
    return None if found is None else Caller(found.organization, frozenset(found.scopes), found.subject)


def forget_ended(session: Session) -> None:
    """Delete sessions that have ended and codes that are too old."""
    now = clock.now(session)
    session.execute(delete(PageSession).where(_ended(now - IDLE, now - LONGEST)))
    session.execute(delete(LoginCode).where(col(LoginCode.made_at) <= now - CODE_LIVES))


def caller_of(found: PageSession) -> Caller:
    """Return the caller that a session speaks for."""
    return Caller(found.organization, frozenset(found.scopes), found.subject)


def _ended(idle_since: object, begun_before: object) -> ColumnElement[bool]:
    return or_(col(PageSession.used_at) <= idle_since, col(PageSession.begun_at) <= begun_before)


def _speaks_for(caller: Caller) -> dict[str, Any]:
    return {"organization": caller.organization, "scopes": sorted(caller.scopes), "subject": caller.subject}


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
