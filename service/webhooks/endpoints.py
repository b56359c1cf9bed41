"""Endpoints of webhooks: where an organization wants events sent. Each organization has its own and sees no other's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Row as ResultRow
from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session

from service.database import clock
from service.database.advisory_locks import wait_for_turn
from service.database.database import Database
from service.database.idempotency_keys import remember
from service.database.outbox import append, event_type
from service.database.table_base import table_of
from service.directory.access import Operation, Ownership, Reader
from service.documents.entity_tags import Condition, TaggedDocument, with_etag
from service.errors import KeyReused, NotFound, Problem, RecordRefused, StillNeeded
from service.i18n import webhooks as wording
from service.security import Caller
from service.web.outgoing.targets import Refused
from service.webhooks import delivery_events
from service.webhooks import headers as header_rules
from service.webhooks.settling import end_pending
from service.webhooks.signing import new_secret
from service.webhooks.tables import WebhookAttempt, WebhookDelivery, WebhookEndpoint

MOST = 20
MOST_HEADERS = header_rules.MOST
OFF = "owner"
"""Why an endpoint is disabled that its owner switched off."""
_endpoints, _deliveries, _attempts = table_of(WebhookEndpoint), table_of(WebhookDelivery), table_of(WebhookAttempt)

CheckUrl = Callable[[str, str], None]
"""Raises `Refused` where nothing may be sent to a URL for an organization (a slug); looks the URL's name up."""


@dataclass(frozen=True, slots=True)
class EndpointSpec:
    """The wanted endpoint. `types` None: every type, future types too. `max_per_second` None: no bound."""

    url: str
    types: tuple[str, ...] | None = None
    description: str = ""
    enabled: bool = True
    max_per_second: int | None = None


@dataclass(frozen=True, slots=True)
class KeyedEndpoint:
    """A new endpoint and its secret, shown once. None: the request is a repeat, and made the endpoint before."""

    endpoint: TaggedDocument
    secret: str | None


def check_spec(
    spec: EndpointSpec, check: CheckUrl, organization: str, *, present: TaggedDocument | None = None
) -> None:
    """Check a wanted endpoint before storage. Looks its name up, so the check belongs in no transaction.

    `present`: the endpoint to change. Whoever only switches an endpoint off may, though its name is no more.

    Raises:
        RecordRefused: its URL or types are refused.
    """
    problems = list(_unknown_types(spec.types or ()))
    try:
        if spec.enabled or present is None or present.document["url"] != spec.url:
            check(spec.url, organization)
    except Refused as refused:
        problems.append(Problem("/url", wording.TARGET[refused.code]))
    if problems:
        raise RecordRefused("", tuple(problems))


def create_endpoint(
    database: Database, caller: Caller, spec: EndpointSpec, *, key: str | None, body: bytes
) -> KeyedEndpoint:
    """Store a new endpoint of the caller's organization, checked before (`check_spec`).

    `key`: the request's `Idempotency-Key`, `body` its body.

    Raises:
        StillNeeded: the organization has MOST endpoints.
        KeyReused: the key came before, with another body.
    """
    endpoint_id, secret = str(uuid4()), new_secret()
    sealed_secret = database.secrets.seal(secret)
    work = database.unit_of_work()
    with work:
        session = work.session
        if key is not None:
            repeat = remember(work, caller.organization, key, body, object_id=endpoint_id)
            if repeat is not None and not repeat.same:
                raise KeyReused
            if repeat is not None:
                return KeyedEndpoint(document_of(own_endpoint(session, caller, repeat.object_id)), None)
        wait_for_turn(session, "endpoints of", caller.organization)  # which are counted
        count_query = select(func.count()).where(_endpoints.c.organization == caller.organization)
        if session.execute(count_query).scalar_one() >= MOST:
            raise StillNeeded(wording.TOO_MANY_ENDPOINTS.format(most=MOST))
        now = clock.now(session)
        row = {
            "id": endpoint_id, "organization": caller.organization, "url": spec.url, "types": _types(spec),
            "description": spec.description, "enabled": True, "secret": sealed_secret, "healthy": True,
            "created_at": now, "changed_at": now,
        }  # fmt: skip
        session.execute(insert(_endpoints).values(**row))
        new_endpoint = document_of(own_endpoint(session, caller, endpoint_id))
        work.commit()
    return KeyedEndpoint(new_endpoint, secret)


def get_endpoint(database: Database, caller: Caller, key: str) -> TaggedDocument:
    """Return an endpoint of the caller's organization.

    Raises:
        NotFound: no endpoint has the id, or the endpoint is another organization's.
    """
    work = database.unit_of_work(writes=False)
    with work:
        return document_of(own_endpoint(work.session, caller, key))


def list_endpoints(database: Database, caller: Caller, *, page: int, per_page: int) -> TaggedDocument:
    """Return a page of the caller's organization's endpoints, the oldest first."""
    work = database.unit_of_work(writes=False)
    own = _endpoints.c.organization == caller.organization
    with work:
        total = work.session.execute(select(func.count()).where(own)).scalar_one()
        query = select(_endpoints).where(own).order_by(_endpoints.c.created_at, _endpoints.c.id)
        rows = work.session.execute(query.offset((page - 1) * per_page).limit(per_page)).all()
    items = [document_of(row).document for row in rows]
    return with_etag({"items": items, "page": page, "per_page": per_page, "total": total})


def change_endpoint(
    database: Database, caller: Caller, key: str, spec: EndpointSpec, *, condition: Condition
) -> TaggedDocument:
    """Change an endpoint as wanted, after the check (`check_spec`).

    Enabling forgets its failures, disabling ends pending deliveries.

    Raises:
        NotFound, PreconditionRequired, PreconditionFailed: as their names say.
    """
    work = database.unit_of_work()
    with work:
        session = work.session
        row = own_endpoint(session, caller, key, lock=True)
        condition.check(document_of(row))
        now = clock.now(session)
        values: dict[str, Any] = {
            "url": spec.url,
            "types": _types(spec),
            "description": spec.description,
            "enabled": spec.enabled,
            "max_per_second": spec.max_per_second,
        }
        if spec.enabled and not row.enabled:
            values |= {"disabled_reason": None, "disabled_at": None, "failing_since": None, "healthy": True}
        elif row.enabled and not spec.enabled:
            values |= {"disabled_reason": OFF, "disabled_at": now}
            end_pending(session, row.id, now)
        if any(row._mapping[name] != value for name, value in values.items()):
            by_id = _endpoints.c.id == row.id
            session.execute(update(_endpoints).where(by_id).values(**values, send_after=None, changed_at=now))
            tell_changed(session, row)
        endpoint = document_of(own_endpoint(session, caller, key))
        work.commit()
    return endpoint


def delete_endpoint(database: Database, caller: Caller, key: str, *, condition: Condition) -> None:
    """Delete an endpoint with its deliveries, pending or ended; the condition may be absent.

    Raises:
        NotFound, Stale: as their names say.
    """
    work = database.unit_of_work()
    with work:
        session = work.session
        row = own_endpoint(session, caller, key, lock=True)
        if condition.is_stated:
            condition.check(document_of(row))
        of_endpoint = select(_deliveries.c.id).where(_deliveries.c.endpoint_id == row.id)
        session.execute(delete(_attempts).where(_attempts.c.delivery_id.in_(of_endpoint)))
        session.execute(delete(_deliveries).where(_deliveries.c.endpoint_id == row.id))
        session.execute(delete(_endpoints).where(_endpoints.c.id == row.id))
        work.commit()


def rotate_secret(database: Database, caller: Caller, key: str, *, grace_s: int, force: bool) -> str:
    """Give an endpoint a new secret and return the secret; the old secret signs beside it for `grace_s` seconds.

    Raises:
        NotFound: the caller's organization has no such endpoint.
        StillNeeded: the grace of an earlier rotation is not over, and `force` is not set.
    """
    secret = new_secret()
    sealed_secret = database.secrets.seal(secret)
    work = database.unit_of_work()
    with work:
        session = work.session
        row = own_endpoint(session, caller, key, lock=True)
        now = clock.now(session)
        if not force and row.old_secret_until is not None and row.old_secret_until > now:
            raise StillNeeded(wording.IN_GRACE)
        with_grace = {"old_secret": row.secret, "old_secret_until": now + timedelta(seconds=grace_s)}
        without_grace = {"old_secret": None, "old_secret_until": None}
        values = {"secret": sealed_secret, "changed_at": now, **(with_grace if grace_s else without_grace)}
        session.execute(update(_endpoints).where(_endpoints.c.id == row.id).values(**values))
        tell_changed(session, row)
        work.commit()
    return secret


def get_header_names(database: Database, caller: Caller, key: str) -> list[str]:
    """Return the names of the headers sent along; header values are shown to no reader.

    Raises:
        NotFound: the caller's organization has no such endpoint.
    """
    work = database.unit_of_work(writes=False)
    with work:
        return list(own_endpoint(work.session, caller, key).header_names or ())


def put_headers(database: Database, caller: Caller, key: str, headers: dict[str, str]) -> list[str]:
    """Have headers sent along, in place of the headers before; return their names.

    Raises:
        NotFound: the caller's organization has no such endpoint.
        RecordRefused: with every problem in the headers.
    """
    work = database.unit_of_work()
    with work:
        session = work.session
        row = own_endpoint(session, caller, key, lock=True)
        if problems := tuple(header_rules.find_problems(headers)):
            raise RecordRefused("", problems)
        names = sorted(headers, key=str.lower)
        values = {
            "headers": database.secrets.seal(json.dumps(headers)) if headers else None,
            "header_names": names,
            "changed_at": clock.now(session),
        }
        session.execute(update(_endpoints).where(_endpoints.c.id == row.id).values(**values))
        tell_changed(session, row)
        work.commit()
    return names


def own_endpoint(session: Session, caller: Caller, key: str, *, lock: bool = False) -> ResultRow[Any]:
    """Return the row of an endpoint of the caller's organization.

    Raises:
        NotFound: no endpoint has the id, or the endpoint is another organization's.
    """
    query = select(_endpoints).where(_endpoints.c.id == key.lower())
    row = session.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None or not may_keep(caller, row.organization):
        raise NotFound
    return row


def may_keep(caller: Caller, organization: str) -> bool:
    """Say whether a caller may keep the endpoints, and read the events, of an organization (a slug)."""
    target = Ownership.OWN if organization == caller.organization else Ownership.LISTED
    return Reader(caller.organization, False, caller.scopes).may(Operation.KEEP_ENDPOINTS, target)


def document_of(row: ResultRow[Any]) -> TaggedDocument:
    """Return an endpoint in its owner's view; its entity tag changes with the endpoint, not with its health. Pure."""
    return with_etag(
        {
            "id": row.id,
            "url": row.url,
            "types": row.types,
            "description": row.description,
            "enabled": row.enabled,
            "disabled_reason": row.disabled_reason,
            "disabled_at": _moment(row.disabled_at),
            "max_per_second": row.max_per_second,
            "old_secret_until": _moment(row.old_secret_until),
            "created_at": _moment(row.created_at),
            "changed_at": _moment(row.changed_at),
        }
    )


def tell_changed(session: Session, row: ResultRow[Any]) -> None:
    """Tell an endpoint's owner of a change, by its further endpoints."""
    append(
        session,
        delivery_events.CHANGED.name,
        object_id=row.id,
        href=f"{delivery_events.ENDPOINTS}/{row.id}",
        audience=[row.organization],
        about={"owner": row.organization},
        spares=row.id,
    )


def _unknown_types(types: Iterable[str]) -> Iterable[Problem]:
    for index, name in enumerate(types):
        if event_type(name) is None:
            yield Problem(f"/types/{index}", wording.NO_EVENT_TYPE)


def _types(spec: EndpointSpec) -> list[str] | None:
    return None if spec.types is None else sorted(set(spec.types))


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
