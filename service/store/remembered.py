"""Requests with an `Idempotency-Key`: what each key of an organization made, remembered for a day as digests."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlmodel import Session

from . import clock
from .table_base import table_of
from .tables import RememberedRequest
from .upsert import insert_new

KEPT_FOR = timedelta(hours=24)
_requests = table_of(RememberedRequest)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A request that was answered before. `object_id`: what it made; `same`: whether its body was this one."""

    object_id: str
    same: bool


def recall(session: Session, organization: str, key: str, body: bytes) -> Repeat | None:
    """Return what `key` made before, without a claim to it. None: nothing within the time that it is kept."""
    mine = _requests.c.organization == organization, _requests.c.key_digest == _digest_of(key)
    before = select(_requests).where(*mine, _requests.c.at >= clock.now(session) - KEPT_FOR)
    found = session.execute(before).one_or_none()
    if found is None:
        return None
    return Repeat(found.object_id, same=hmac.compare_digest(found.body_digest, _digest_under(key, body)))


def remember(session: Session, organization: str, key: str, body: bytes, *, object_id: str) -> Repeat | None:
    """Claim `key` for what this transaction is about to make, or return what the key made before.

    Call it before anything is made: one of two that come at once waits here until the other is committed or rolled
    back (PostgreSQL), or has waited already (SQLite). Only what is committed is remembered.
    """
    now = clock.now(session)
    session.execute(delete(_requests).where(_requests.c.at < now - KEPT_FOR))
    made = {
        "organization": organization,
        "key_digest": _digest_of(key),
        "body_digest": _digest_under(key, body),
        "object_id": object_id,
        "at": now,
    }
    return None if insert_new(session, _requests, made) else recall(session, organization, key, body)


def _digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _digest_under(key: str, body: bytes) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
