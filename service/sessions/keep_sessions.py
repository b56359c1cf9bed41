"""Who is signed in to the page: sessions, and codes that sign somebody in once. Each call is one transaction.

A session ends by itself an hour after its last use and after twelve hours, with its organization's place in the
directory, and with the key that it came of; and when its person or its organization ends it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, true

from service.database.unit_of_work import UnitOfWork
from service.directory.access import ORGANIZATION_ADMIN
from service.documents.entity_tags import TaggedDocument, with_etag
from service.errors import NotFound
from service.security import Caller, Issuer, Verifier
from service.sessions import store as sessions
from service.sessions.tables import PageSession

LOCKS_AFTER = timedelta(minutes=10)
"""A page that is left open so long shows nothing any more, and ends its session if no other page uses it."""
_SLACK = timedelta(seconds=30)
"""A browser's clock and ours run apart by as much."""
CODE_LIVES = sessions.CODE_LIVES
LINK, ISSUER = WAYS = (sessions.LINK, sessions.ISSUER)
LONGEST_LABEL = 24
_LABEL = re.compile(r"[0-9A-Za-z\u00c1\u00c9\u00cd\u00d1\u00d3\u00da\u00dc\u00e1\u00e9\u00ed\u00f1\u00f3\u00fa\u00fc]+")


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in: for whom a session speaks, and in which language its pages are."""

    caller: Caller
    language: str
    id: str


class SessionValidity(Protocol):
    """Says whether a session may go on, by how its person signed in and by the key that it came of."""

    def __call__(self, signed_by: sessions.SignedBy, /) -> bool:
        """Return whether the key that a session came of is still trusted."""


@dataclass(frozen=True, slots=True)
class SignInKeys:
    """The keys that sessions rest on: our own, or those of the issuer that people sign in with."""

    verifier: Verifier
    issuer: Issuer | None

    def __call__(self, signed_by: sessions.SignedBy, /) -> bool:
        """Return whether the key that a session came of is trusted; a link has none if tokens come from elsewhere."""
        way, key = signed_by
        if way == ISSUER:
            return self.issuer is not None and key is not None and self.issuer.trusts(key)
        return key is None or self.verifier.trusts(key)


def read_label(text: str) -> str | None:
    """Return the label of a place, None for an empty one: letters and digits of English and Spanish, single blanks.

    >>> read_label(" desk  2 "), read_label("")
    ('desk 2', None)

    Raises:
        ValueError: other signs, or more than 24.
    """
    words = text.split()
    label = " ".join(words)
    if len(label) > LONGEST_LABEL or not all(map(_LABEL.fullmatch, words)):
        raise ValueError
    return label or None


def begin_session(
    work: UnitOfWork,
    caller: Caller,
    *,
    language: str,
    way: str = LINK,
    label: str | None = None,
    instead_of: str | None = None,
) -> str | None:
    """Begin a session and return its token; the one that the browser had before (`instead_of`) ends.

    None: the caller's organization is not in the directory, and nobody is signed in.
    """
    with work:
        token = _begin(work, caller, language=language, way=way, label=label, instead_of=instead_of)
        if token is not None:
            work.commit()
    return token


def spend_login_code(
    work: UnitOfWork,
    trust: SessionValidity,
    code: str,
    *,
    language: str = "en",
    label: str | None = None,
    instead_of: str | None = None,
) -> str | None:
    """Take a code out of use, begin a session as whom it was made for, and return the session's token.

    In one transaction: whoever ends sessions and codes meanwhile finds the code or the session. None: the code is
    unknown, spent or too old, its key is gone, or its organization is not in the directory. Only a code that is spent
    writes a row: anybody can send codes.
    """
    with work:
        caller = sessions.find_code(work.session, code)
    if caller is None:
        return None
    is_trusted = trust((LINK, caller.key))  # outside of the transaction: keys may be fetched
    token = None
    with work:
        if sessions.spend_code(work.session, code):
            if is_trusted:
                token = _begin(work, caller, language=language, way=LINK, label=label, instead_of=instead_of)
            work.commit()
    return token


def find_session(reading: UnitOfWork, writing: UnitOfWork | None, trust: SessionValidity, token: str) -> Session | None:
    """Return who the bearer of `token` is, and note once a minute that the session is in use; None: it has ended.

    Without `writing` nothing is noted: a page that asks by itself keeps no session alive.
    """
    with reading:
        row = sessions.find_session(reading.session, token)
        if row is None:
            return None
        session, signed_by = Session(sessions.caller_of(row), row.language, row.id), (row.way, row.signing_key)
        is_noted = sessions.is_use_noted(reading.session, row)
    if not trust(signed_by):  # outside of the transaction: an issuer may have to be asked
        return None
    if writing is not None and not is_noted:
        with writing:
            sessions.note_use(writing.session, token)
            writing.commit()
    return session


def set_language(work: UnitOfWork, token: str, language: str) -> None:
    """Show the session's pages in this language from now on."""
    with work:
        sessions.change_session(work.session, token, language=language)
        work.commit()


def set_label(work: UnitOfWork, token: str, label: str | None) -> None:
    """Name the place that the session is used at."""
    with work:
        sessions.change_session(work.session, token, label=label)
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


def list_sessions(
    work: UnitOfWork, caller: Caller, trust: SessionValidity, *, page: int, per_page: int
) -> TaggedDocument:
    """Return a page of the caller's own sessions, or, with `organization:admin`, of its organization's."""
    return _page(work, trust, _in_reach(caller), caller.subject, page=page, per_page=per_page)


def list_all_sessions(
    work: UnitOfWork, trust: SessionValidity, organization: str | None, *, page: int, per_page: int
) -> TaggedDocument:
    """Return a page of an organization's sessions, of every organization's without a slug: for who runs the program."""
    return _page(work, trust, _sessions_of(organization), None, page=page, per_page=per_page)


def end_listed_session(work: UnitOfWork, caller: Caller, session_id: str) -> None:
    """End a session of the caller's list.

    Raises:
        NotFound: no session of the list has the id.
    """
    with work:
        if not sessions.end_sessions(work.session, and_(_in_reach(caller), sessions.with_id(session_id))):
            raise NotFound
        work.commit()


def end_own_sessions(work: UnitOfWork, caller: Caller) -> None:
    """End every session of the caller's organization and subject, and every unspent link."""
    with work:
        sessions.end_codes(work.session, caller.organization, caller.subject)
        sessions.end_sessions(work.session, sessions.sessions_of(caller.organization, caller.subject))
        work.commit()


def end_all_sessions(work: UnitOfWork, organization: str | None) -> int:
    """End the sessions and links of an organization, of every organization without a slug; return how many sessions."""
    with work:
        sessions.end_codes(work.session, organization)
        count = sessions.end_sessions(work.session, _sessions_of(organization))
        work.commit()
    return count


def end_any_session(work: UnitOfWork, session_id: str) -> int:
    """End a session of any organization by its id, for who runs the program; return how many that was: one or none."""
    with work:
        count = sessions.end_sessions(work.session, sessions.with_id(session_id))
        work.commit()
    return count


def make_login_code(work: UnitOfWork, caller: Caller) -> str | None:
    """Make a code that signs one person in as `caller`, once, within ten minutes.

    None: the caller's organization is not in the directory.
    """
    with work:
        code = sessions.make_code(work.session, caller)
        work.commit()
    return code


def _begin(
    work: UnitOfWork, caller: Caller, *, language: str, way: str, label: str | None, instead_of: str | None
) -> str | None:
    """Begin a session in an entered unit of work, in place of the one that the browser had."""
    if instead_of is not None:
        sessions.end_session(work.session, instead_of)
    return sessions.begin_session(work.session, caller, language, way=way, label=label)


def _in_reach(caller: Caller) -> ColumnElement[bool]:
    """Fit the sessions that a caller may list and end."""
    return sessions.sessions_of(caller.organization, None if ORGANIZATION_ADMIN in caller.scopes else caller.subject)


def _sessions_of(organization: str | None) -> ColumnElement[bool]:
    return true() if organization is None else sessions.sessions_of(organization)


def _page(
    work: UnitOfWork,
    trust: SessionValidity,
    among: ColumnElement[bool],
    subject: str | None,
    *,
    page: int,
    per_page: int,
) -> TaggedDocument:
    with work:
        pairs = sessions.signed_by(work.session, among)
    trusted = {pair for pair in pairs if trust(pair)}  # outside of a transaction: an issuer may have to be asked
    with work:
        rows, total = sessions.list_sessions(work.session, among, trusted, page=page, per_page=per_page)
        items = [_session_document(row, subject) for row in rows]
    return with_etag({"items": items, "page": page, "per_page": per_page, "total": total})


def _session_document(row: PageSession, subject: str | None) -> dict[str, Any]:
    """Return a session in a list; `subject`: whose list it is, None for the list of who runs the program."""
    owner = {"organization": row.organization} if subject is None else {"own": row.subject == subject}
    return {
        "id": row.id,
        "begun_at": row.begun_at.isoformat(),
        "used_at": row.used_at.isoformat(),
        "way": row.way,
        "label": row.label,
        **owner,
    }
