"""Requests with an `Idempotency-Key`: the object made under each key, remembered for a day as keyed digests."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from service.database.outbox.tables import RememberedRequest

from . import clock
from .advisory_locks import wait_for_turn
from .key_ring import KeyRing
from .table_base import table_of
from .unit_of_work import UnitOfWork

KEPT_FOR = timedelta(hours=24)
_requests = table_of(RememberedRequest)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A request answered before. `object_id`: the made object; `same`: whether the bodies are equal."""

    object_id: str
    same: bool


def recall(work: UnitOfWork, organization: str, key: str, body: bytes) -> Repeat | None:
    """Return the object made under `key` before, without a claim to the key. None: no object within a day."""
    return _look_up(work, organization, key, body, since=clock.now(work.session) - KEPT_FOR)


def remember(work: UnitOfWork, organization: str, key: str, body: bytes, *, object_id: str) -> Repeat | None:
    """Claim `key` for the transaction's coming object, or return the object made under the key before.

    To be called before the object is made: of two requests at once, the second waits here until the first is committed
    or rolled back. Only committed objects are remembered.
    """
    session, now = work.session, clock.now(work.session)
    # By name and not by the row's key: two processes may know different keys in use while these are replaced.
    wait_for_turn(session, "request", organization, key)
    # By the same moment: a key that was neither forgotten nor recalled would make the object twice.
    since = now - KEPT_FOR
    session.execute(delete(_requests).where(_requests.c.at < since))
    if (earlier := _look_up(work, organization, key, body, since=since)) is not None:
        return earlier
    key_digest, body_digest = next(iter(_stored_forms(work, key, body).items()))
    row = {"key_digest": key_digest, "body_digest": body_digest, "object_id": object_id, "at": now}
    session.execute(insert(_requests).values(organization=organization, **row))
    return None


def _look_up(work: UnitOfWork, organization: str, key: str, body: bytes, *, since: datetime) -> Repeat | None:
    forms = _stored_forms(work, key, body)
    mine = _requests.c.organization == organization, _requests.c.key_digest.in_(forms), _requests.c.at >= since
    row = work.session.execute(select(_requests).where(*mine)).first()
    if row is None:
        return None
    return Repeat(row.object_id, same=hmac.compare_digest(row.body_digest, forms[row.key_digest]))


def _stored_forms(work: UnitOfWork, key: str, body: bytes) -> dict[str, str]:
    """Return the digest of a request's key, with that of its body, under each key of the store, the used one first.

    Last the bare digests, which earlier versions stored: such rows are there for a day after an upgrade.
    """
    bare_key = hashlib.sha256(key.encode()).hexdigest()
    bare_body = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    keyed = {
        secret.digest(f"request:{bare_key}"): secret.digest(f"request:{bare_body}")
        for secret in KeyRing(work.cipher.keys).keys
    }
    return keyed | {bare_key: bare_body}
