"""Refusing a bearer token before its end: a stolen one, or one that somebody had who has left. One transaction each.

Sign-in links and sessions made with the token end with it, and may have outlived it: a token that has expired is
refused as well.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from service.database import clock
from service.database.hiding_note import register_note
from service.database.unit_of_work import UnitOfWork
from service.errors import AddressKeyError
from service.i18n import setup
from service.security import MAX_TTL, Verifier, name_jti
from service.security.refused_tokens import refuse_token
from service.sessions.store import OUTLIVES_TOKEN, forget_ended

_SLACK = timedelta(hours=1)
"""Our clock and the database's run apart by less: a refused token is not forgotten while it or its sessions live."""
_LAST = datetime(9999, 12, 30, tzinfo=UTC)


def refuse_by_token(work: UnitOfWork, verifier: Verifier, token: str) -> None:
    """Refuse a token, and every other form of its signature, until it has ended with all that was made with it.

    Raises:
        InvalidToken: the token is refused as it is: no trusted key signed it.
        AddressKeyError: it is refused from now on, but that could not be noted for a restore.
    """
    name, ends_s = verifier.identify(token)
    _refuse(work, name, min(datetime.fromtimestamp(min(ends_s, _LAST.timestamp()), UTC) + _SLACK, _LAST))


def refuse_by_jti(work: UnitOfWork, jti: str) -> None:
    """Refuse tokens with a `jti` for as long as a token that is signed here can live. Raises as `refuse_by_token`."""
    _refuse(work, name_jti(jti), datetime.now(UTC) + MAX_TTL + _SLACK)


def _refuse(work: UnitOfWork, name: str, ends_at: datetime) -> None:
    with work:
        forget_ended(work.session)
        ends_at = max(ends_at, clock.now(work.session) + OUTLIVES_TOKEN + _SLACK)
        refuse_token(work.session, name, ends_at)
        try:
            register_note(work.session, work.cipher.keys, refused={name: ends_at})
        except AddressKeyError:  # the refusal must not wait until the note can be written
            work.commit()
            raise AddressKeyError(setup.REFUSAL_NOT_NOTED) from None
        work.commit()
