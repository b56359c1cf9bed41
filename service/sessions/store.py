"""Sessions of the page, and the codes that begin a session, in the caller's transaction.

A session belongs to an organization of the directory: without the organization there is no session, and no code.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, tuple_, update
from sqlmodel import Session, col

from service.database import clock
from service.directory.store.directory_tables import records
from service.security import Caller
from service.security.tables import RefusedToken

from .tables import LoginCode, PageSession

IDLE = timedelta(hours=1)
"""A session that was not used so long has ended."""
LONGEST = timedelta(hours=12)
CODE_LIVES = timedelta(minutes=10)
OUTLIVES_TOKEN = CODE_LIVES + LONGEST
"""How long something that was made with a token can go on after it."""
NOTED_EVERY = timedelta(minutes=1)
"""How exactly a session's last use is kept: a write for each request would be too many."""
_BYTES = 32
_LINKS = UUID("6f9c1f0e-0e56-4b1e-8a53-0d6f5b7f9a43")


LINK, ISSUER = "link", "issuer"
"""The ways in: a link that `referral-router token --login` prints, or the issuer that people sign in with."""
SignedBy = tuple[str, str | None]
"""The way in and the name of the key that a session ends with (None: no key)."""


def begin_session(session: Session, caller: Caller, language: str, *, way: str, label: str | None = None) -> str | None:
    """Store a new session and return its token, which is kept nowhere; None: the organization is not here."""
    forget_ended(session)
    if not is_in_directory(session, caller.organization):
        return None
    token, now = secrets.token_urlsafe(_BYTES), clock.now(session)
    columns: dict[str, Any] = {"id": str(uuid4()), "way": way, "label": label, "language": language}
    session.add(PageSession(digest=_digest(token), **columns, **_speaks_for(caller), begun_at=now, used_at=now))
    return token


def find_session(session: Session, token: str) -> PageSession | None:
    """Return the session of this token, unless it has ended."""
    query = select(PageSession).where(col(PageSession.digest) == _digest(token), _goes_on(session))
    return session.execute(query).scalars().first()


def is_in_directory(session: Session, organization: str) -> bool:
    """Say whether an organization (a slug) stands in the directory."""
    return bool(session.execute(select(_organization(organization))).scalar_one())


def signed_by(session: Session, among: ColumnElement[bool]) -> set[SignedBy]:
    """Return the ways in and the keys of sessions that go on."""
    pairs = select(col(PageSession.way), col(PageSession.signing_key)).where(among, _goes_on(session)).distinct()
    return {(row.way, row.signing_key) for row in session.execute(pairs)}


def list_sessions(
    session: Session, among: ColumnElement[bool], trusted: Collection[SignedBy], *, page: int, per_page: int
) -> tuple[Sequence[PageSession], int]:
    """Return a page of the sessions that go on and are signed in one of the ways `trusted`, and the number of all."""
    keys = tuple_(col(PageSession.way), func.coalesce(col(PageSession.signing_key), ""))
    condition = and_(among, _goes_on(session), keys.in_([(way, key or "") for way, key in trusted]))
    total = session.execute(select(func.count()).select_from(PageSession).where(condition)).scalar_one()
    query = select(PageSession).where(condition).order_by(col(PageSession.begun_at), col(PageSession.id))
    return session.execute(query.offset((page - 1) * per_page).limit(per_page)).scalars().all(), total


def end_sessions(session: Session, among: ColumnElement[bool]) -> int:
    """Delete sessions; return the number of those that went on until now."""
    goes_on = select(func.count()).select_from(PageSession).where(among, _goes_on(session))
    count: int = session.execute(goes_on).scalar_one()
    session.execute(delete(PageSession).where(among))
    return count


def sessions_of(organization: str, subject: str | None = None) -> ColumnElement[bool]:
    """Fit the sessions of an organization, or of one of its subjects."""
    own = col(PageSession.organization) == organization
    return own if subject is None else and_(own, col(PageSession.subject) == subject)


def with_id(session_id: str) -> ColumnElement[bool]:
    """Fit the session of an id."""
    return col(PageSession.id) == session_id.lower()


def end_codes(session: Session, organization: str | None, subject: str | None = None) -> None:
    """Delete codes of an organization (None: of every one), or of one of its subjects, that could still be spent.

    Sessions are deleted after codes in a transaction, as they begin after a code is spent: so the two wait for each
    other, and no session escapes. Codes that are too old are left to `forget_ended`, which locks in another order.
    """
    owner = ((LoginCode.organization, organization), (LoginCode.subject, subject))
    of_owner = [col(name) == value for name, value in owner if value is not None]
    session.execute(delete(LoginCode).where(*of_owner, col(LoginCode.made_at) > clock.now(session) - CODE_LIVES))


def codes_of(session: Session, organization: str) -> Sequence[LoginCode]:
    """Return the codes of an organization that could still be spent, the oldest first."""
    query = select(LoginCode).where(col(LoginCode.organization) == organization, _waits(session))
    return session.execute(query.order_by(col(LoginCode.made_at), col(LoginCode.digest))).scalars().all()


def id_of(code: LoginCode) -> str:
    """Return the name of a code in lists, which follows from its digest and signs nobody in."""
    return str(uuid5(_LINKS, code.digest))


def end_code(session: Session, code: LoginCode) -> bool:
    """Delete a code; return whether nobody had spent it meanwhile."""
    by_digest = col(LoginCode.digest) == code.digest
    return session.execute(delete(LoginCode).where(by_digest).returning(col(LoginCode.digest))).first() is not None


def is_use_noted(session: Session, page_session: PageSession) -> bool:
    """Say whether the last use that is stored is that of a moment ago."""
    return clock.now(session) - page_session.used_at < NOTED_EVERY


def note_use(session: Session, token: str) -> None:
    """Note that the session is used now, unless it has ended meanwhile."""
    by_token = col(PageSession.digest) == _digest(token), _goes_on(session)
    session.execute(update(PageSession).where(*by_token).values(used_at=clock.now(session)))


def change_session(session: Session, token: str, **values: str | None) -> None:
    """Store the language of the session's pages, or the label of the place."""
    session.execute(update(PageSession).where(col(PageSession.digest) == _digest(token)).values(**values))


def end_session(session: Session, token: str, *, unused_for: timedelta = timedelta(0)) -> bool:
    """Delete the session of a token, if unused for `unused_for`; return whether no session of the token is left."""
    is_idle = col(PageSession.used_at) <= clock.now(session) - unused_for
    session.execute(delete(PageSession).where(col(PageSession.digest) == _digest(token), is_idle))
    return find_session(session, token) is None


def make_code(session: Session, caller: Caller) -> str | None:
    """Store the digest of a new code that signs a person in as `caller`, and return the code, which is kept nowhere.

    None: the caller's organization is not in the directory.
    """
    forget_ended(session)
    if not is_in_directory(session, caller.organization):
        return None
    code = secrets.token_urlsafe(_BYTES)
    session.add(LoginCode(digest=_digest(code), **_speaks_for(caller), made_at=clock.now(session)))
    return code


def find_code(session: Session, code: str) -> Caller | None:
    """Return the caller that a code signs in; None: an unknown code, too old, or of a token that was refused."""
    row = session.execute(select(LoginCode).where(_is_code(session, code))).scalars().first()
    return None if row is None else caller_of(row)


def spend_code(session: Session, code: str) -> bool:
    """Delete the row of a code; return whether the row was there.

    Of several requests that spend a code at the same time, a single request may go on: each request deletes the row,
    and only the first finds the row.
    """
    statement = delete(LoginCode).where(_is_code(session, code)).returning(col(LoginCode.digest))
    return session.execute(statement).first() is not None


def forget_ended(session: Session) -> None:
    """Delete sessions that have ended, codes that are too old, and refused tokens that have ended by themselves."""
    now = clock.now(session)
    session.execute(delete(PageSession).where(_is_over(now - IDLE, now - LONGEST)))
    session.execute(delete(LoginCode).where(col(LoginCode.made_at) <= now - CODE_LIVES))
    session.execute(delete(RefusedToken).where(col(RefusedToken.ends_at) <= now))


def caller_of(session: PageSession | LoginCode) -> Caller:
    """Return the caller that a session speaks for, or that a code signs in."""
    scopes = frozenset(session.scopes)
    return Caller(session.organization, scopes, session.subject, session.signing_key, session.token_name)


def _goes_on(session: Session) -> ColumnElement[bool]:
    now = clock.now(session)
    in_directory = _organization(col(PageSession.organization))
    return and_(~_is_over(now - IDLE, now - LONGEST), in_directory, ~_is_refused(col(PageSession.token_name)))


def _is_code(session: Session, code: str) -> ColumnElement[bool]:
    return and_(col(LoginCode.digest) == _digest(code), _waits(session))


def _waits(session: Session) -> ColumnElement[bool]:
    fresh = col(LoginCode.made_at) > clock.now(session) - CODE_LIVES
    return and_(fresh, ~_is_refused(col(LoginCode.token_name)))


def _is_refused(token_name: Any) -> ColumnElement[bool]:
    """Return the condition that a token was refused: read with the row, so that every process knows at once."""
    return select(col(RefusedToken.name)).where(col(RefusedToken.name) == token_name).exists()


def _organization(slug: Any) -> ColumnElement[bool]:
    """Return the condition that an organization with the slug stands in the directory."""
    return select(records.c.id).where(records.c.type == "organization", records.c.slug == slug).exists()


def _is_over(idle_since: object, begun_before: object) -> ColumnElement[bool]:
    return or_(col(PageSession.used_at) <= idle_since, col(PageSession.begun_at) <= begun_before)


def _speaks_for(caller: Caller) -> dict[str, Any]:
    return {
        "organization": caller.organization,
        "scopes": sorted(caller.scopes),
        "subject": caller.subject,
        "signing_key": caller.key,
        "token_name": caller.token,
    }


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
