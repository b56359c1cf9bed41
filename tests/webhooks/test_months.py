"""On PostgreSQL a row is in the partition of its month, whatever becomes of the partitions no row is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from uuid import uuid4

import pytest
from databases import PATIENT_S
from sqlalchemy import Connection, Engine, delete, func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from webhook_builders import ATTEMPTS, DELIVERIES, ENDPOINTS, EVENTS, QUICK, Stage

from service.database import clock, months
from service.database.field_cipher import AddressCipher
from service.database.months import keep_partitions, month
from service.database.outbox.tables import Event, EventAudience, Timer
from service.database.outbox.timers import STANDING_OBJECT, fire_next, schedule
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.maintenance.tables import all_tables
from service.web.outgoing.transport import DeliveryOutcome
from service.webhooks.claiming import claim
from service.webhooks.fan_out import delivery_row, place_events
from service.webhooks.purging import KEPT_FOR, PARTITIONS, PURGE
from service.webhooks.settling import Result, settle

AUDIENCE = table_of(EventAudience)
TABLES = (ATTEMPTS, AUDIENCE, EVENTS)

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has no partitions


def partitions(engine: Engine) -> dict[str, list[str]]:
    """Return the ends of the names of each table's partitions, sorted."""
    query = text("SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = pg_class.oid"
                 " WHERE inhparent = CAST(:table AS regclass) ORDER BY relname")  # fmt: skip
    with engine.connect() as connection:
        return {
            table.name: [name.removeprefix(table.name) for name in connection.scalars(query, {"table": table.name})]
            for table in TABLES
        }


def first_month(engine: Engine) -> datetime:
    """Return the beginning of the first of the months that a new database has partitions for."""
    return datetime.strptime(min(partitions(engine)["event"]), "_%Y_%m").replace(tzinfo=UTC)


def ends_of(*begins: datetime) -> dict[str, list[str]]:
    """Return what `partitions` returns of tables with these months."""
    return {table.name: [*(f"_{begin:%Y_%m}" for begin in begins), "_default"] for table in TABLES}


def keep(engine: Engine, now: datetime) -> None:
    """Keep the partitions as of a moment, as the timer does: months are made the first time, and dropped the next."""
    for _ in range(2):
        with engine.begin() as connection:
            keep_partitions(connection, TABLES, now)


def tell(connection: Connection, at: datetime) -> str:
    """Store an event of a moment, with its audience, a delivery and an attempt; return the event's id."""
    event_id, endpoint_id, delivery_id = (str(uuid4()) for _ in range(3))
    endpoint = {"id": endpoint_id, "organization": "north", "url": "", "description": "", "secret": "", "enabled": True}
    moments = {"created_at": at, "changed_at": at}
    connection.execute(insert(ENDPOINTS).values(**endpoint, **moments, healthy=True))
    connection.execute(insert(EVENTS).values(id=event_id, type="lamp.lit", at=at, object_id="a", href="/"))
    connection.execute(insert(AUDIENCE).values(event_id=event_id, event_at=at, organization="north"))
    delivery = {"id": delivery_id, "event_id": event_id, "event_at": at, "endpoint_id": endpoint_id}
    states = {
        "organization": "north",
        "type": "lamp.lit",
        "state": "delivered",
        "due_at": at,
        "trigger": "scheduled",
        "created_at": at,
    }
    counts = {"sending": False, "claims": 1, "tries": 1, "exhausted": False}
    connection.execute(insert(DELIVERIES).values(**delivery, **states, **counts))
    connection.execute(
        insert(ATTEMPTS).values(delivery_id=delivery_id, number=1, at=at, trigger="scheduled", milliseconds=1)
    )
    return event_id


def forget(connection: Connection) -> None:
    """Delete everything that was stored."""
    for table in (ATTEMPTS, DELIVERIES, AUDIENCE, EVENTS):
        connection.execute(delete(table))


def counts(engine: Engine) -> dict[str, int]:
    """Return how many rows each table has."""
    with engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES
        }


def test_partitions_are_those_that_the_tables_declare(engine: Engine) -> None:
    """What is partitioned, and by which column; nothing else is; each new database has three months."""
    query = text("SELECT relname, pg_get_partkeydef(partrelid) FROM pg_partitioned_table"
                 " JOIN pg_class ON pg_class.oid = partrelid")  # fmt: skip
    with engine.connect() as connection:
        partition_keys = {(name, key) for name, key in connection.execute(query)}

    declared = {
        table.name: table.dialect_options["postgresql"]["partition_by"] for table in all_tables().tables.values()
    }
    assert partition_keys == {(name, by) for name, by in declared.items() if by}
    assert {name for name, _ in partition_keys} == {table.name for table in TABLES}
    begin = first_month(engine)
    assert partitions(engine) == ends_of(begin, month(begin, 1), month(begin, 2))


def test_a_row_is_in_the_partition_of_its_month(engine: Engine) -> None:
    """To the microsecond, in UTC; what is of no month is in the default."""
    begin = first_month(engine)
    then, tick = month(begin, 1), timedelta(microseconds=1)
    ends = {
        begin: "_" + f"{begin:%Y_%m}",
        then - tick: "_" + f"{begin:%Y_%m}",
        then: "_" + f"{then:%Y_%m}",
        begin - tick: "_default",
        month(begin, 3): "_default",
    }
    with engine.begin() as connection:
        expected = {tell(connection, at): end for at, end in ends.items()}

    with engine.connect() as connection:
        for table, key in ((EVENTS, EVENTS.c.id), (AUDIENCE, AUDIENCE.c.event_id)):
            rows = connection.execute(select(key, text(f"CAST({table.name}.tableoid AS regclass)::text")))
            assert {row_id: name.removeprefix(table.name) for row_id, name in rows} == expected
        attempts = select(DELIVERIES.c.event_id, text("CAST(webhook_attempt.tableoid AS regclass)::text")).join(
            ATTEMPTS
        )
        rows = connection.execute(attempts)
        assert {row_id: name.removeprefix(ATTEMPTS.name) for row_id, name in rows} == expected


def test_the_months_go_along_with_time(engine: Engine) -> None:
    """Two months ahead of now, of none twice; a month that is over goes once it is empty, the default never."""
    begin = first_month(engine)
    with engine.begin() as connection:
        tell(connection, begin)
        tell(connection, month(begin, 1))

    keep(engine, month(begin, 2) - timedelta(milliseconds=1))
    assert partitions(engine) == ends_of(*(month(begin, ahead) for ahead in range(4)))

    with engine.begin() as connection:
        forget(connection)
        tell(connection, month(begin, 1))
    keep(engine, month(begin, 2))
    assert partitions(engine) == ends_of(*(month(begin, ahead) for ahead in range(1, 5)))
    assert set(counts(engine).values()) == {1}

    with engine.begin() as connection:  # what refers to a month's rows is kept from losing them, as before
        forget(connection)
        event_id = tell(connection, month(begin, 4))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(delete(EVENTS).where(EVENTS.c.id == event_id))


def test_a_month_that_the_default_has_rows_of_is_made_when_they_are_gone(engine: Engine) -> None:
    """An event may be dated ahead; the other months are made, and what comes in has its place."""
    begin = first_month(engine)
    early = month(begin, 3)
    with engine.begin() as connection:
        tell(connection, early)

    keep(engine, month(begin, 2))
    assert partitions(engine) == ends_of(month(begin, 2), month(begin, 4))
    with engine.begin() as connection:
        tell(connection, early)
        forget(connection)

    keep(engine, month(begin, 2))
    assert partitions(engine) == ends_of(*(month(begin, ahead) for ahead in range(2, 5)))


def test_who_holds_a_table_is_not_hurt(
    engine: Engine, unit_of_work: UnitOfWork, caplog: pytest.LogCaptureFixture
) -> None:
    """A change under way goes on; the timer lets go, says so in the log, and comes again."""
    begin = first_month(engine)
    later, timers = month(begin, 1), table_of(Timer)
    with unit_of_work:
        schedule(unit_of_work.session, PARTITIONS.name, STANDING_OBJECT, later)
        unit_of_work.commit()
    with engine.begin() as holding:
        tell(holding, later)
        begun = monotonic()
        assert fire_next(unit_of_work, at=later)
        assert monotonic() - begun < PATIENT_S / 2
        tell(holding, later)

    assert [record.message for record in caplog.records if getattr(record, "timer", None) == PARTITIONS.name] == [
        "timer put off"
    ]
    assert partitions(engine) == ends_of(*(month(begin, ahead) for ahead in range(3)))
    assert set(counts(engine).values()) == {2}
    with engine.connect() as connection:
        [(due_at, tries)] = connection.execute(select(timers.c.due_at, timers.c.tries))
    assert (tries, due_at - later) == (1, timedelta(seconds=5))

    for hours, there in ((0, range(4)), (1, range(1, 4))):
        assert fire_next(unit_of_work, at=due_at + timedelta(hours=hours))
        assert partitions(engine) == ends_of(*(month(begin, ahead) for ahead in there))


def test_a_row_that_comes_late_keeps_its_month(
    engine: Engine, unit_of_work: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stored after the first look, committed before the gate is shut: the second look sees it."""
    monkeypatch.setattr(months, "PATIENCE_MS", 60_000)
    begin = first_month(engine)
    with engine.begin() as connection:
        tell(connection, begin)
    keep(engine, month(begin, 1))
    with engine.begin() as connection:
        forget(connection)
    waits = text("SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
                 " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")  # fmt: skip
    with ThreadPoolExecutor(1) as pool:
        with unit_of_work:
            tell(unit_of_work.session.connection(), begin)
            future = pool.submit(keep, engine, month(begin, 1))
            with engine.connect() as looking:
                while looking.execute(waits).first() is None and not future.done():
                    sleep(0.01)
            unit_of_work.commit()
        future.result()

    assert set(counts(engine).values()) == {1}
    assert partitions(engine) == ends_of(*(month(begin, ahead) for ahead in range(4)))


def test_a_backup_under_way_has_what_it_began_with(engine: Engine, cipher: AddressCipher) -> None:
    """Rows that it is still to read are deleted meanwhile; their month goes once it has ended."""
    begin, reading = first_month(engine), UnitOfWork(engine, cipher, writes=False)
    with engine.begin() as connection:
        tell(connection, begin)
    with reading:
        assert reading.session.execute(select(ENDPOINTS.c.id)).first() is not None
        with engine.begin() as connection:
            forget(connection)
        with pytest.raises(OperationalError):
            keep(engine, month(begin, 1))
        assert len(reading.session.execute(select(EVENTS)).all()) == 1

    keep(engine, month(begin, 1))
    assert partitions(engine) == ends_of(*(month(begin, ahead) for ahead in range(1, 4)))


def test_deliveries_and_purge_go_over_two_months(stage: Stage, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each event is placed, sent and deleted at its time, and an endpoint has it once whatever the month."""
    begin, second = first_month(engine), timedelta(seconds=1)
    turn, work = month(begin, 1), stage.database.unit_of_work()
    endpoint_id = stage.endpoint("https://app.example.org")
    for lamp, at in (("old", turn - second), ("new", turn + second)):
        monkeypatch.setattr(clock, "now", lambda _, at=at: at)
        stage.light(lamp)
        place_events(work)
        claims = claim(work, stage.database.secrets, QUICK, room=8, room_for_failing=8)
        assert settle(work, [Result(delivery, DeliveryOutcome(5, status=200)) for delivery in claims], QUICK) == 1

    assert stage.states() == {"old": "delivered", "new": "delivered"}
    with engine.connect() as connection:
        places = select(text("CAST(webhook_attempt.tableoid AS regclass)::text")).select_from(ATTEMPTS)
        names = sorted(connection.scalars(places))
    assert names == [f"webhook_attempt_{at:%Y_%m}" for at in (begin, turn)]
    old = Event(**stage.rows(EVENTS, object_id="old")[0]._mapping)
    with pytest.raises(IntegrityError):
        stage.write(insert(DELIVERIES).values(delivery_row(old, endpoint_id, "north", turn + second)))

    with work:
        schedule(work.session, PURGE.name, STANDING_OBJECT, turn)
        work.commit()
    assert fire_next(work, at=turn + KEPT_FOR, purging=True)
    keep(engine, turn + KEPT_FOR)

    assert (stage.states(), set(counts(engine).values())) == ({"new": "delivered"}, {1})
    assert begin.strftime("_%Y_%m") not in partitions(engine)["event"]


def test_what_happens_where_nobody_kept_the_months_is_told(
    stage: Stage, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a quarter without the timer, in one transaction that a month ends under: from the default, then as ever.

    So is what happens where the clock leapt ahead, the month of now was dropped, and the clock leapt back.
    """
    begin, work = first_month(engine), stage.database.unit_of_work()
    turn, second = month(begin, 4), timedelta(seconds=1)
    stage.endpoint("https://app.example.org")

    def tell_all(*lamps: str) -> None:
        stage.light(*lamps)
        assert place_events(work) == len(lamps)
        claims = claim(work, stage.database.secrets, QUICK, room=8, room_for_failing=8)
        assert settle(work, [Result(made, DeliveryOutcome(5, status=200)) for made in claims], QUICK) == len(lamps)

    moments = iter((turn - second, turn))
    monkeypatch.setattr(clock, "now", lambda _: next(moments, turn + second))
    tell_all("before", "after")
    keep(engine, turn + second)
    assert partitions(engine) == ends_of(*(month(turn, ahead) for ahead in (1, 2)))
    for lamp, at in (("next", month(turn, 1)), ("leapt back", begin)):
        monkeypatch.setattr(clock, "now", lambda _, at=at: at)
        tell_all(lamp)

    assert stage.states() == dict.fromkeys(("before", "after", "next", "leapt back"), "delivered")
    ends = ["_default"] * 3 + [f"_{month(turn, 1):%Y_%m}"]
    with engine.connect() as connection:
        for table in TABLES:
            found = connection.scalars(select(text("CAST(tableoid AS regclass)::text")).select_from(table))
            assert sorted(found) == sorted(table.name + end for end in ends)


def test_readers_and_writers_of_other_months_wait_for_no_new_month(engine: Engine) -> None:
    """While a month is being made, an event of now is stored and read by its id."""
    begin = first_month(engine)
    now = month(begin, 1)
    with engine.begin() as making:
        keep_partitions(making, [EVENTS], begin)
        months.add_month(making, EVENTS.name, "RANGE (at)", month(begin, 3))
        with engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL lock_timeout = 2000")
            event = {"id": str(uuid4()), "type": "lamp.lit", "at": now, "object_id": "a", "href": "/"}
            connection.execute(insert(EVENTS).values(**event))
            assert (
                connection.execute(
                    select(EVENTS.c.at).where(EVENTS.c.id == event["id"], EVENTS.c.at == now)
                ).scalar_one()
                == now
            )
            with pytest.raises(OperationalError):  # the one thing that waits: what may be in the default
                connection.execute(select(EVENTS).where(EVENTS.c.placed_at.is_(None)))
