"""What-ifs asked for over HTTP: kept for a day, and worked out in the background, one at a time."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import sleep, thread_time
from typing import Annotated, Any, NamedTuple
from uuid import uuid4

from pydantic import Field
from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

import routing
from service.coalition import VisibleDirectory, visible_directory_of
from service.coalition.use_cases.usual_answers import with_usual_answers
from service.coalition.what_if import CALLS, Assumptions, ChangesBody, WhatIf, read_assumptions, with_changes
from service.database import clock
from service.database.advisory_locks import wait_for_turn
from service.database.database import Database
from service.database.idempotency_keys import remember
from service.database.outbox import DueTimer, TimerType, declare_timer, schedule
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.documents.bodies import read_as
from service.documents.document import parse_body
from service.documents.entity_tags import TaggedDocument, with_etag
from service.errors import (
    ActRefused,
    BodyRefused,
    FilterRefused,
    KeyReused,
    NotFound,
    Problem,
    StillNeeded,
    StoreError,
)
from service.i18n import refusals
from service.referrals.store.work_tables import WhatIfRow
from service.security import Caller

WAITING, RUNNING, DONE, FAILED = STATUSES = ("waiting", "running", "done", "failed")
TOO_LONG, DIRECTORY_CHANGED, DEFECT = REASONS = ("too_long", "directory_changed", "defect")
KEPT_FOR = timedelta(days=1)
MOST_A_DAY = 50
"""What-ifs that an organization may ask for within a day."""
MOST_WORK_S = 120.0
"""The processor time of one what-if."""
PAUSES = 4
"""How many times as long as it worked one may wait for requests that are under way; then it goes on beside them."""
LEASE = timedelta(minutes=30)
MOST_CLAIMS = 2
LOOK_EVERY_S = 1.0
PAUSE_S = 0.005
_rows = table_of(WhatIfRow)
log = logging.getLogger(__name__)


class WhatIfBody(ChangesBody):
    """Services and agreements to try out; `assumptions`, `calls`: in the place of the program's own."""

    assumptions: Assumptions | None = None
    calls: Annotated[int, Field(ge=1, le=CALLS)] = CALLS


class KeptWhatIf(NamedTuple):
    """A what-if as shown to its organization; `repeated`: asked for by the same request before."""

    view: TaggedDocument
    repeated: bool = False


def check_what_if(visible: VisibleDirectory, body: WhatIfBody, at: datetime) -> None:
    """Check that a what-if names only what its reader sees.

    Raises:
        BodyRefused: it names something else.
    """
    try:
        with_changes(visible, body, at)
    except FilterRefused as refused:
        raise BodyRefused((Problem(f"/{refused.problem.path.replace('.', '/')}", refused.problem.message),)) from None
    if body.assumptions is not None and not body.assumptions.needs.keys() <= set(visible.types):
        raise BodyRefused((Problem("/assumptions/needs", refusals.NO_TYPE_OF_COALITION),))


def ask_what_if(
    work: UnitOfWork, visible: VisibleDirectory, caller: Caller, body: WhatIfBody, *, key: str | None, sent: bytes
) -> KeptWhatIf:
    """Store a what-if (`check_what_if`) to be worked out, and return it. `key`: the request's `Idempotency-Key`.

    Raises:
        KeyReused: the key was used for another body.
        StillNeeded: the organization's last what-if is not done.
        ActRefused: the organization asked for too many within a day.
    """
    with work:
        session, new_id = work.session, str(uuid4())
        earlier = None if key is None else remember(work, caller.organization, key, sent, object_id=new_id)
        if earlier is not None:
            if not earlier.same:
                raise KeyReused
            return KeptWhatIf(_view_of(work, visible, caller, earlier.object_id), repeated=True)
        wait_for_turn(session, "what-ifs", caller.organization)
        now, mine = clock.now(session), _rows.c.organization == caller.organization
        if session.execute(select(_rows.c.id).where(mine, _rows.c.status.in_((WAITING, RUNNING)))).first():
            raise StillNeeded(refusals.WHAT_IF_WAITS)
        count, first = session.execute(select(func.count(), func.min(_rows.c.asked_at)).where(mine)).one()
        if count >= MOST_A_DAY:
            wait_s = max(1, int((first + KEPT_FOR - now).total_seconds()))
            raise ActRefused("too_many_requests", wait_s=wait_s)
        row = {"id": new_id, "organization": caller.organization, "status": WAITING, "claims": 0, "asked_at": now}
        session.execute(insert(_rows).values(**row, body=body.model_dump(mode="json")))
        schedule(session, DELETE, new_id, now + KEPT_FOR)
        view = _view_of(work, visible, caller, new_id)
        work.commit()
    return KeptWhatIf(view)


def get_what_if(work: UnitOfWork, visible: VisibleDirectory, caller: Caller, what_if_id: str) -> TaggedDocument:
    """Return a what-if of the caller's organization, with its result once there is one.

    Raises:
        NotFound: there is no such what-if, or it is another organization's.
    """
    with work:
        return _view_of(work, visible, caller, what_if_id)


def _view_of(work: UnitOfWork, visible: VisibleDirectory, caller: Caller, what_if_id: str) -> TaggedDocument:
    mine = _rows.c.id == what_if_id, _rows.c.organization == caller.organization
    row = work.session.execute(select(_rows).where(*mine)).one_or_none()
    if row is None or row.asked_at + KEPT_FOR <= clock.now(work.session):
        raise NotFound
    result = row.result
    if result is not None:  # an agency that hid since it was worked out is not named
        points = result["single_points"]
        seen = {name: [slug for slug in points[name] if slug in visible.organizations] for name in points}
        result = {**result, "single_points": seen}
    return with_etag({
        "id": row.id, "status": row.status, "reason": row.reason, "asked_at": row.asked_at.isoformat(),
        "delete_at": (row.asked_at + KEPT_FOR).isoformat(), "result": result,
    })  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClaimedWhatIf:
    """A what-if to work out now, the `number`th time."""

    id: str
    organization: str
    number: int
    body: WhatIfBody


def claim_what_if(work: UnitOfWork) -> ClaimedWhatIf | None:
    """Claim the what-if that waits longest, under a lease; None: none waits.

    One whose process died is claimed once more after its lease, and then fails.
    """
    with work:
        session = work.session
        now = clock.now(session)
        died = and_(_rows.c.status == RUNNING, _rows.c.leased_until < now)
        gone = update(_rows).where(died, _rows.c.claims >= MOST_CLAIMS)
        session.execute(gone.values(status=FAILED, reason=TOO_LONG, leased_until=None))
        due = select(_rows).where(or_(_rows.c.status == WAITING, died)).order_by(_rows.c.asked_at).limit(1)
        row = session.execute(due.with_for_update(skip_locked=True)).one_or_none()
        if row is not None:
            lease = {"status": RUNNING, "leased_until": now + LEASE, "claims": row.claims + 1}
            session.execute(update(_rows).where(_rows.c.id == row.id).values(**lease))
        work.commit()
    if row is None:
        return None
    body = read_as(WhatIfBody, json.dumps(row.body).encode(), defaults={}, parse=parse_body)
    return ClaimedWhatIf(row.id, row.organization, row.claims + 1, body)


def finish_what_if(work: UnitOfWork, claimed: ClaimedWhatIf, **values: Any) -> bool:
    """Store how a claimed what-if ended; return False if it was claimed again, or deleted, meanwhile."""
    with work:
        count = work.session.connection().execute(
            update(_rows).where(_is_of(claimed)).values(**values, leased_until=None)
        )
        work.commit()
    return count.rowcount > 0


def run_next(database: Database, directory: DirectorySnapshot, check: Callable[[], None]) -> bool:
    """Work out the what-if that waits longest; return False if none waits. `check` is called at each checkpoint.

    No transaction is open while it is worked out.
    """
    claimed = claim_what_if(database.unit_of_work())
    if claimed is None:
        return False
    body, outcome = claimed.body, dict[str, Any]()
    try:
        with routing.checked_by(check):
            visible = visible_directory_of(directory, claimed.organization)
            seen = with_usual_answers(database.unit_of_work(writes=False), visible)
            assumed = body.assumptions or read_assumptions()
            outcome = {"status": DONE, "result": WhatIf(seen, body, datetime.now(UTC), assumed, body.calls).document()}
    except Stopping:
        outcome = {"status": WAITING, "claims": claimed.number - 1}  # this process ends, another goes on with it
    except routing.WorkStopped:
        outcome = {"status": FAILED, "reason": TOO_LONG}
    except FilterRefused:
        outcome = {"status": FAILED, "reason": DIRECTORY_CHANGED}
    except (SQLAlchemyError, StoreError):
        raise
    except Exception as error:  # a defect in one must not keep the others waiting
        log.error("a what-if was not worked out", extra={"error": type(error).__name__})
        outcome = {"status": FAILED, "reason": DEFECT}
    finish_what_if(database.unit_of_work(), claimed, **outcome)
    return True


class Stopping(Exception):
    """The process ends."""


@contextmanager
def working_out(
    database: Database, directory: Callable[[], DirectorySnapshot | None], is_busy: Callable[[], bool]
) -> Iterator[None]:
    """Work out what-ifs in a thread of its own for a `with` block, while nothing else is under way (`is_busy`)."""
    stop = Event()

    def checker() -> Callable[[], None]:
        begin_s, paused_s = thread_time(), 0.0

        def check() -> None:
            nonlocal paused_s
            worked_s = thread_time() - begin_s
            while is_busy() and paused_s < PAUSES * worked_s and not stop.is_set():
                sleep(PAUSE_S)
                paused_s += PAUSE_S
            if stop.is_set():
                raise Stopping
            if worked_s > MOST_WORK_S:
                raise routing.WorkStopped

        return check

    def run() -> None:
        while not stop.wait(LOOK_EVERY_S):
            with suppress(SQLAlchemyError, StoreError):  # the next round tries again
                while (served := directory()) is not None and not stop.is_set():
                    if not run_next(database, served, checker()):
                        break

    thread = Thread(target=run, name="what-if", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5)


def _is_of(claimed: ClaimedWhatIf) -> ColumnElement[bool]:
    return and_(_rows.c.id == claimed.id, _rows.c.status == RUNNING, _rows.c.claims == claimed.number)


def _delete(work: UnitOfWork, timer: DueTimer) -> None:
    work.session.execute(delete(_rows).where(_rows.c.id == timer.object_id))


DELETE = "what_if.delete"
declare_timer(TimerType(DELETE, _delete, purges=True))
