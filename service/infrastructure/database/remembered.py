"""Requests with an `Idempotency-Key`: the object made under each key, remembered for a day as digests."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlmodel import Session

from service.infrastructure.outbox.tables import RememberedRequest

from . import clock
from .table_base import table_of
from .upsert import insert_new

KEPT_FOR = timedelta(hours=24)
_requests = table_of(RememberedRequest)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A request answered before. `object_id`: the made object; `same`: whether the bodies are equal."""

    object_id: str
    same: bool


def recall(session: Session, organization: str, key: str, body: bytes) -> Repeat | None:
    """Return the object made under `key` before, without a claim to the key. None: no object within a day."""
    return _look_up(session, organization, key, body, since=clock.now(session) - KEPT_FOR)


def remember(session: Session, organization: str, key: str, body: bytes, *, object_id: str) -> Repeat | None:
    """Claim `key` for the transaction's coming object, or return the object made under the key before.

    To be called before the object is made: of two requests at once, the second waits here until the first is committed
    or rolled back (PostgreSQL), or has waited already (SQLite). Only committed objects are remembered.
    """
    now = clock.now(session)
    since = now - KEPT_FOR
    session.execute(delete(_requests).where(_requests.c.at < since))
    row = {
        "organization": organization,
        "key_digest": _digest_of(key),
        "body_digest": _digest_under(key, body),
        "object_id": object_id,
        "at": now,
    }
    # By the same moment: a key that was neither forgotten nor recalled would make the object twice.
    return None if insert_new(session, _requests, row) else _look_up(session, organization, key, body, since=since)


def _look_up(session: Session, organization: str, key: str, body: bytes, *, since: datetime) -> Repeat | None:
    mine = _requests.c.organization == organization, _requests.c.key_digest == _digest_of(key)
    row = session.execute(select(_requests).where(*mine, _requests.c.at >= since)).one_or_none()
    if row is None:
        return None
    return Repeat(row.object_id, same=hmac.compare_digest(row.body_digest, _digest_under(key, body)))


def _digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _digest_under(key: str, body: bytes) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
