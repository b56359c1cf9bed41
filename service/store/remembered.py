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


def remember(session: Session, organization: str, key: str, body: bytes, *, object_id: str) -> Repeat | None:
    """Claim `key` for what this transaction is about to make, or return what the key made before.

    Call it before anything is made: one of two that come at once waits here until the other is committed or rolled
    back (PostgreSQL), or has waited already (SQLite). Only what is committed is remembered.
    """
    now = clock.now(session)
    session.execute(delete(_requests).where(_requests.c.at < now - KEPT_FOR))
    digest = hashlib.sha256(key.encode()).hexdigest()
    body_digest = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    made = {"organization": organization, "key_digest": digest, "body_digest": body_digest, "object_id": object_id}
    if insert_new(session, _requests, {**made, "at": now}):
        return None
    before = select(_requests).where(_requests.c.organization == organization, _requests.c.key_digest == digest)
    found = session.execute(before).one()
    return Repeat(found.object_id, same=hmac.compare_digest(found.body_digest, body_digest))
