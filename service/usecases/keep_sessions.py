"""Who is signed in to the page: sessions, and codes that sign somebody in once. Each call is one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from service.auth import Caller
from service.store import UnitOfWork, sessions

LOCKS_AFTER = timedelta(minutes=10)
"""A page that is left open so long shows nothing any more, and ends its session if no other page uses it."""
_SLACK = timedelta(seconds=30)
"""A browser's clock and ours run apart by as much."""
CODE_LIVES = sessions.CODE_LIVES


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in: for whom a session speaks, and in which language its pages are."""

    caller: Caller
    language: str


def begin_session(work: UnitOfWork, caller: Caller, *, language: str, instead_of: str | None = None) -> str:
    """Begin a session and return its token; the one that the browser had before (`instead_of`) ends."""
    with work:
        if instead_of is not None:
            sessions.end_session(work.session, instead_of)
        token = sessions.begin_session(work.session, caller, language)
        work.commit()
    return token


def find_session(reading: UnitOfWork, writing: UnitOfWork, token: str) -> Session | None:
    """Return who the bearer of `token` is, and note once a minute that the session is in use; None: it has ended."""
    with reading:
        found = sessions.find_session(reading.session, token)
        if found is None:
            return None
        session = Session(sessions.caller_of(found), found.language)
        is_noted = sessions.is_use_noted(reading.session, found)
    if not is_noted:
        with writing:
            sessions.note_use(writing.session, token)
            writing.commit()
    return session


def set_language(work: UnitOfWork, token: str, language: str) -> None:
    """Show the session's pages in this language from now on."""
    with work:
        sessions.set_language(work.session, token, language)
        work.commit()


def end_session(work: UnitOfWork, token: str) -> bool:
    """End a session, if there is one of this token; return whether none is left."""
    with work:
        is_ended = sessions.end_session(work.session, token)
        work.commit()
    return is_ended


def lock_session(work: UnitOfWork, token: str) -> bool:
    """End a session one of whose pages was left open, unless another page of it is in use; return whether it ended."""
    with work:
        is_ended = sessions.end_session(work.session, token, unused_for=LOCKS_AFTER - _SLACK)
        work.commit()
    return is_ended


def make_login_code(work: UnitOfWork, caller: Caller) -> str:
    """Make a code that signs one person in as `caller`, once, within ten minutes."""
    with work:
        code = sessions.make_code(work.session, caller)
        work.commit()
    return code


def spend_login_code(work: UnitOfWork, code: str) -> Caller | None:
    """Return for whom a code was made, and take it out of use; None: it is unknown, spent or too old."""
    with work:
        caller = sessions.spend_code(work.session, code)
        work.commit()
    return caller
