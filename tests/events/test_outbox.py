"""An event is there if its change is, and for whom its judge says."""

from __future__ import annotations

import re
from threading import Event as Flag

import pytest
from event_builders import Declare
from sqlalchemy import Engine, select

from service.database.outbox import append, body_of, event_type, outbox
from service.database.outbox.tables import EVERYBODY, Event, EventAudience
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork


def stored(engine: Engine) -> dict[str, set[str]]:
    """Return the audience of each stored event, by object."""
    events, audience = table_of(Event), table_of(EventAudience)
    with engine.connect() as connection:
        rows = connection.execute(select(events.c.object_id, audience.c.organization).join(audience)).all()
    return {object_id: {row.organization for row in rows if row.object_id == object_id} for object_id, _ in rows}


def test_an_event_is_committed_with_its_change_or_not_at_all(
    unit_of_work: UnitOfWork, engine: Engine, declare: Declare
) -> None:
    """What was rolled back leaves no event; what was committed leaves one."""
    declare()
    for lamp, keeps in (("lost", False), ("kept", True)):
        with unit_of_work:
            append(unit_of_work.session, "lamp.lit", object_id=lamp, href=f"/v1/lamps/{lamp}", audience=["north"])
            if keeps:
                unit_of_work.commit()

    assert stored(engine) == {"kept": {"north"}}


def test_the_judge_is_asked_when_an_event_is_written(
    unit_of_work: UnitOfWork, engine: Engine, declare: Declare
) -> None:
    """Who is not meant is not in the audience; an event for nobody is not written; everybody is judged later."""
    declare(judge=lambda session, event, organization: {} if organization == "north" else None)
    with unit_of_work:
        for lamp, audience in (("a", ["north", "south"]), ("b", ["south"]), ("c", [EVERYBODY])):
            append(unit_of_work.session, "lamp.lit", object_id=lamp, href="/v1/lamps/1", audience=audience)
        unit_of_work.commit()

    assert stored(engine) == {"a": {"north"}, "c": {EVERYBODY}}


def test_an_event_that_nobody_declared_is_refused(unit_of_work: UnitOfWork) -> None:
    """A misspelt type is a defect that is noticed at once."""
    with unit_of_work, pytest.raises(ValueError, match="lamp"):
        append(unit_of_work.session, "lamp.lti", object_id="a", href="/", audience=["north"])


def test_a_type_is_declared_once(declare: Declare) -> None:
    """Two rooms that declare the same type are told apart by nobody."""
    declare()

    with pytest.raises(ValueError, match="lamp"):
        declare()
    assert event_type("lamp.lit") is not None


def test_a_commit_wakes_the_workers_and_a_rollback_does_not(unit_of_work: UnitOfWork, declare: Declare) -> None:
    """The workers wake once the event can be seen."""
    declare()
    worker = Flag()
    outbox.follow(worker)
    try:
        with unit_of_work:
            append(unit_of_work.session, "lamp.lit", object_id="a", href="/", audience=["north"])
        assert not worker.is_set()
        with unit_of_work:
            append(unit_of_work.session, "lamp.lit", object_id="a", href="/", audience=["north"])
            assert not worker.is_set()
            unit_of_work.commit()
        assert worker.is_set()
    finally:
        outbox.leave(worker)


def test_a_body_says_what_changed_and_where_to_read_it(
    unit_of_work: UnitOfWork, engine: Engine, declare: Declare
) -> None:
    """`type`, `timestamp` with its offset, `id`, `href`, and what the judge lets this reader have."""
    declare()
    with unit_of_work:
        append(
            unit_of_work.session, "lamp.lit", object_id="a", href="/v1/lamps/a", audience=["north"],
            data={"by": "hand"}, about={"hidden": True},
        )  # fmt: skip
        unit_of_work.commit()
    with engine.connect() as connection:
        event = Event(**connection.execute(select(table_of(Event))).one()._mapping)

    body = body_of(event, event.data or {})

    assert body["type"] == "lamp.lit"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", body["timestamp"])
    assert body["data"] == {"id": "a", "href": "/v1/lamps/a", "by": "hand"}
    assert body.keys() == {"type", "timestamp", "data"}
