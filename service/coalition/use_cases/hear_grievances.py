"""Grievances: filed by anybody, as codes; read by the coalition's grievance body, and never by the accused.

The filer is not stored: by a code the filer sees the end. A grievance kept from both bodies is not lost: the operator
of the program reads the grievance from a terminal.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Self
from uuid import uuid4

from pydantic import Field, model_validator

from service.database import clock
from service.database import outbox as events
from service.database.key_ring import KeyRing
from service.database.outbox import DueTimer, TimerType
from service.database.unit_of_work import UnitOfWork
from service.directory.store.resources import Resources
from service.documents import fields
from service.documents.base import BundleModel, Some
from service.documents.bodies import SentBody, read_as
from service.documents.document import parse_body
from service.documents.entity_tags import Condition, TaggedDocument, with_etag
from service.errors import ActRefused, BodyRefused, NotFound, Problem
from service.i18n import grievances, refusals
from service.i18n.spoken_codes import CONSENT_WORDS, ENGLISH, new_code
from service.referrals.store.attempt_limits import GRIEVANCE_CODES, GRIEVANCES, Allowance, count_from_address
from service.referrals.store.grievances import Grievances
from service.referrals.store.work_tables import Grievance
from service.security import Caller
from service.settings import Settings

FILED, IN_REVIEW, CLOSED = STATUSES = ("filed", "in_review", "closed")
CODES, OUTCOMES = tuple(grievances.CODES), tuple(grievances.OUTCOMES)
_FROM: Mapping[str, tuple[str, ...]] = {IN_REVIEW: (FILED,), CLOSED: (FILED, IN_REVIEW)}
_DELETE = "grievance.delete"


class About(BundleModel):
    """The subject of a grievance: an agency (id or slug), a decision by its id, or both; or the coalition itself."""

    organization: fields.Slug | None = None
    decision_id: fields.Uuid | None = None
    coalition: bool = False

    @model_validator(mode="after")
    def _check_subject(self) -> Self:
        has_subject = self.organization is not None or self.decision_id is not None
        if has_subject == self.coalition:
            raise fields.fault(refusals.ABOUT_ONE)
        return self


class GrievanceBody(BundleModel):
    """A grievance, as codes, without room for free words or a name."""

    about: About
    codes: Annotated[Some[Annotated[str, fields.one_of(CODES)]], Field(max_length=len(CODES))]


class GrievanceStatusBody(BundleModel):
    """The next status of a grievance. With `closed` goes an outcome."""

    status: Annotated[str, fields.one_of((IN_REVIEW, CLOSED))]
    outcome: Annotated[str, fields.one_of(OUTCOMES)] | None = None


def read_grievance(data: bytes) -> GrievanceBody:
    """Return the grievance in a body.

    Raises:
        BodyRefused: its shape is wrong.
    """
    return read_as(GrievanceBody, data, defaults={}, parse=parse_body)


def file_grievance(
    work: UnitOfWork,
    ring: KeyRing,
    settings: Settings,
    body: GrievanceBody,
    *,
    address: str,
    language: str = ENGLISH,
) -> dict[str, Any]:
    """Store a grievance, and return the code by which its filer sees the end, shown once.

    The answer is the same for a subject in the directory or outside. `address`: the filer's address, counted under a
    keyed digest for an hour, like the networks around it, and not stored with the grievance. `language`: the code's.

    Raises:
        ActRefused: too many came from the address, or from its network.
    """
    pile = _take_try(work, ring, GRIEVANCES, address)
    code, about = new_code(CONSENT_WORDS, language), body.about
    with work:
        store = _store_of(work, settings)
        organization = store.slug_of(about.organization)
        year, week, _ = Resources(work.session).today().isocalendar()
        details: dict[str, Any] = {"coalition": True} if about.coalition else {}
        if about.organization is not None:  # one that is not here is told as null: its name would be free text
            details["organization"] = organization
        if about.decision_id is not None:
            details["decision_id"] = about.decision_id
        accused = {*filter(None, [organization]), *store.parties_of(about.decision_id)}
        columns = {
            "id": str(uuid4()),
            "about": details,
            "codes": sorted(set(body.codes)),
            "week": f"{year}-W{week:02}",
            "status": FILED,
            "pile": pile,
            **ring.newest.stamp(code),
        }
        grievance = store.add(columns, accused)
        if pile is not None:  # what nobody takes up of a flood is not kept for good
            _delete_later(work, settings, grievance)
        work.commit()
    plain = grievances.KEPT if settings.grievance_body else grievances.NOBODY_YET
    return {"code": code, "status": FILED, "plain": plain}


def look_up_grievance(
    work: UnitOfWork, ring: KeyRing, settings: Settings, code: str, *, address: str
) -> TaggedDocument:
    """Return the status of a code's grievance, to the holder of the code.

    Raises:
        NotFound: no grievance has the code.
        ActRefused: too many codes were tried from the address.
    """
    _take_try(work, ring, GRIEVANCE_CODES, address)
    with work:
        grievance = _store_of(work, settings).find_by_code(ring.digests(code))
        if grievance is None:
            raise NotFound
        plain = (
            grievances.STATUS[grievance.status] if grievance.outcome is None else grievances.OUTCOMES[grievance.outcome]
        )
        return with_etag(
            {"status": grievance.status, "outcome": grievance.outcome, "week": grievance.week, "plain": plain}
        )


def list_grievances(
    work: UnitOfWork,
    settings: Settings,
    reader: str | None,
    *,
    status: str | None,
    pile: str | None = None,
    page: int,
    per_page: int,
) -> TaggedDocument:
    """Return a page of the grievances heard by a body (a slug): `items`, `piles`, `page`, `per_page`, `total`.

    `reader` None: the operator of the program, for grievances that no body may read. `pile`: those of a pile alone,
    else one of each.
    """
    with work:
        total, rows, piles = _store_of(work, settings).page(
            reader, status, pile=pile, offset=(page - 1) * per_page, limit=per_page
        )
        items = [_view_of(grievance).document for grievance in rows]
    return with_etag({"items": items, "piles": piles, "page": page, "per_page": per_page, "total": total})


def get_grievance(work: UnitOfWork, settings: Settings, caller: Caller, grievance_id: str) -> TaggedDocument:
    """Return a grievance to the body that hears it.

    Raises:
        NotFound: no such grievance, or not for the caller.
    """
    with work:
        return _view_of(_require(_store_of(work, settings).find(grievance_id, reader=caller.organization)))


def hears(work: UnitOfWork, settings: Settings, reader: str, grievance_id: str) -> bool:
    """Say, in an entered unit of work, whether a body (a slug) hears the grievance."""
    return _store_of(work, settings).find(grievance_id, reader=reader) is not None


def settle_grievance(
    work: UnitOfWork,
    settings: Settings,
    reader: str | None,
    grievance_id: str,
    *,
    sent_body: SentBody[GrievanceStatusBody],
    condition: Condition,
) -> TaggedDocument:
    """Give a grievance a new status as the hearing body, and return the grievance; the same status changes no row.

    Raises:
        NotFound, PreconditionRequired, PreconditionFailed: as their names say.
        ActRefused: the grievance is closed.
        BodyRefused: the body is wrong, or an outcome is missing, or is given too early.
    """
    with work:
        grievance = _require(_store_of(work, settings).find(grievance_id, reader=reader, lock=True))
        condition.check(_view_of(grievance))
        sources = _FROM.get(sent_body.status)
        if sources is not None and grievance.status not in (sent_body.status, *sources):
            raise ActRefused("not_from_here")
        body = sent_body.take()
        if (body.status == CLOSED) != (body.outcome is not None):
            message = refusals.REQUIRED if body.outcome is None else refusals.NOT_WITH_STATUS
            raise BodyRefused((Problem("/outcome", message),))
        if (grievance.status, grievance.outcome) != (body.status, body.outcome):
            if grievance.status not in _FROM[body.status]:
                raise ActRefused("not_from_here")
            grievance.status, grievance.outcome = body.status, body.outcome
            work.session.flush()
            if grievance.status == CLOSED:
                _delete_later(work, settings, grievance)
            else:
                events.cancel(work.session, grievance.id, _DELETE)
        answer = _view_of(grievance)
        work.commit()
        return answer


def _store_of(work: UnitOfWork, settings: Settings) -> Grievances:
    return Grievances(work.session, (settings.grievance_body, settings.second_grievance_body))


def _require(grievance: Grievance | None) -> Grievance:
    if grievance is None:
        raise NotFound
    return grievance


def _view_of(grievance: Grievance) -> TaggedDocument:
    names = ("id", "about", "codes", "week", "status", "outcome", "pile")
    return with_etag({name: getattr(grievance, name) for name in names})


def _delete_later(work: UnitOfWork, settings: Settings, grievance: Grievance) -> None:
    last_day = clock.now(work.session) + timedelta(days=settings.keep_grievances_days)
    events.schedule(work.session, _DELETE, grievance.id, last_day)


def _take_try(work: UnitOfWork, ring: KeyRing, allowance: Allowance, address: str) -> str | None:
    """Count a try by its address and the networks around it, in a transaction of its own; return its pile, if any.

    Raises:
        ActRefused: too many tries for now.
    """
    with work:
        wait, pile = count_from_address(work.session, ring.newest, allowance, address)
        if wait is not None:
            raise ActRefused("too_many_requests", wait_s=wait)
        work.commit()
    return pile


def _delete(work: UnitOfWork, timer: DueTimer) -> None:
    Grievances(work.session, ()).delete(timer.object_id)


events.declare_timer(TimerType(_DELETE, _delete, purges=True))
