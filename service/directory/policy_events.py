"""The event of a change of rules: told once, by the first process to notice."""

from __future__ import annotations

from sqlalchemy import select, update

from service.database import clock
from service.database.outbox.outbox import EventType, append, as_written, declare_type
from service.database.outbox.tables import EVERYBODY, Announcement
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.database.upsert import insert_new
from service.i18n import lifecycle_events

CHANGED = declare_type(EventType("policy.changed", lifecycle_events.POLICY_CHANGED, as_written, "/v1/policy/rules"))
_announcements = table_of(Announcement)


def announce_policy(unit_of_work: UnitOfWork, version: str) -> None:
    """Tell every organization of new rules (`version`), unless told before; the first version is no change."""
    this = _announcements.c.name == CHANGED.name
    with unit_of_work:
        session = unit_of_work.session
        now = clock.now(session)
        if not insert_new(session, _announcements, {"name": CHANGED.name, "value": version, "at": now}):
            version_before = session.execute(select(_announcements.c.value).where(this).with_for_update()).scalar_one()
            if version_before == version:
                return
            session.execute(update(_announcements).where(this).values(value=version, at=now))
            append(session, CHANGED.name, object_id=version, href="/v1/policy/rules", audience=[EVERYBODY])
        unit_of_work.commit()
