"""One of the processes that the kill harness kills: makes changes, some rolled back, sets timers, and delivers.

They are forked from a server that has imported all of this once, so that many can be killed in little time.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from databases import ADDRESS_KEY
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.exc import SQLAlchemyError

from service.database import clock
from service.database.database import Database, open_database
from service.database.outbox import DueTimer, EventType, TimerType, append, declare_timer, declare_type, schedule
from service.database.outbox.outbox import as_written
from service.database.unit_of_work import UnitOfWork
from service.settings import Settings, read_networks
from service.web.outgoing.targets import OpenNetworks
from service.web.outgoing.transport import SafePost
from service.webhooks.pace import WorkerPacing
from service.webhooks.worker import Worker

OWNER = "north"
TIMEOUT_S, LEASE_S = 1.0, 4.0
PACE = WorkerPacing(threads=8, lease_s=LEASE_S, per_endpoint=8, idle_s=0.25, delays_s=(0.2, 0.4, 0.8, *(1.5,) * 400))
KIND, TIMER = "lamp.lit", "lamp.follows"
BY_TIMER = "-x"
"""What ends the name of a change that a timer made."""


def make(session: Any, name: str) -> None:
    """Make a change: the event is all there is of it."""
    append(session, KIND, object_id=name, href=f"/v1/changes/{name}", audience=[OWNER])


def follow(work: UnitOfWork, due: DueTimer) -> None:
    make(work.session, due.object_id + BY_TIMER)
    die_at("timer fired, not committed")


def declare() -> None:
    """Make the types known to this process; the one that imports this module has its own."""
    declare_type(EventType(KIND, "A change was made.", as_written, "/v1/changes/1"))
    declare_timer(TimerType(TIMER, follow))


POINT = [""]
"""Where this process is to kill itself."""
FINISH = "finish"


def die_at(here: str) -> None:
    if here == POINT[0]:
        os.kill(os.getpid(), signal.SIGKILL)


def settings(url: str) -> Settings:
    return Settings(database=url, address_key=ADDRESS_KEY)


def produce(database: Database, folder: Path) -> None:
    """Make changes as long as the folder says so; a quarter is rolled back, a third sets a timer."""
    chance = random.Random()
    while True:
        if not (folder / "produce").exists():
            time.sleep(0.05)
            continue
        name = str(uuid4())
        try:
            work = database.unit_of_work()
            with work:
                make(work.session, name)
                timed = name[0] in "01234"
                if timed:
                    due_at = clock.now(work.session) + timedelta(seconds=chance.uniform(0.3, 3))
                    schedule(work.session, TIMER, name, due_at)
                if chance.random() < 0.25:
                    note(folder / "rolled-back", name)
                else:
                    work.commit()
        except SQLAlchemyError as error:
            note(folder / "trouble", type(error).__name__)
        time.sleep(chance.uniform(0, 0.2))


def note(file: Path, line: str) -> None:
    with file.open("a") as out:
        out.write(line + "\n")


def watch_commits(database: Database) -> None:
    """Die before or after the commit of the step that the point names, told by what the transaction wrote."""
    wrote = {
        "UPDATE event": "placed",
        "UPDATE webhook_delivery SET due_at=": "claimed",
        "UPDATE webhook_delivery SET state=": "settled",
    }

    @sqlalchemy_event.listens_for(database.engine, "after_cursor_execute")
    def _(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        for beginning, step in wrote.items():
            if statement.startswith(beginning) and "event_sequence" not in statement:
                connection.info["step"] = step

    @sqlalchemy_event.listens_for(database.engine, "commit")
    def _(connection: Any) -> None:
        step = connection.info.pop("step", None)
        if step is not None:
            die_at(f"{step}, not committed")
            done.append(step)


done: list[str] = []


class Watched(SafePost):
    """Notes what the receiver took before the process can die of it."""

    def send(self, *arguments: Any) -> Any:
        die_at("claim committed")
        outcome = super().send(*arguments)
        die_at("sent, not settled")
        return outcome


def at_point(database: Database) -> None:
    """Make one change with a timer, and deliver until the process dies or all is delivered."""
    watch_commits(database)
    if POINT[0] != FINISH:
        work = database.unit_of_work()
        with work:
            make(work.session, "c")
            schedule(work.session, TIMER, "c", clock.now(work.session) + timedelta(seconds=0.2))
            die_at("made, not committed")
            work.commit()
        die_at("committed")
    reach = OpenNetworks(read_networks("127.0.0.0/8"), http=True)
    pace = WorkerPacing(threads=2, lease_s=1.5, idle_s=0.05, delays_s=(0.2,) * 99)
    worker = Worker(database, Watched(reach, deadline_s=TIMEOUT_S), pace)
    worker.start()
    steps: dict[str, Callable[[], bool]] = {
        "placing committed": lambda: "placed" in done,
        "settled": lambda: "settled" in done,
        "timer committed": lambda: has_timer_fired(database),
    }
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        time.sleep(0.01)
        if POINT[0] in steps and steps[POINT[0]]():
            die_at(POINT[0])
        if POINT[0] == FINISH and is_all_done(database):
            worker.stop()
            sys.exit(0)
    sys.exit(3)


def rows_of(database: Database, statement: str) -> list[Any]:
    with database.engine.connect() as connection:
        return list(connection.exec_driver_sql(statement))


def has_timer_fired(database: Database) -> bool:
    return bool(rows_of(database, f"SELECT 1 FROM event WHERE object_id = 'c{BY_TIMER}'"))


def is_all_done(database: Database) -> bool:
    """Ask in one statement: between two, a timer that fires would be in neither answer."""
    waits = ("webhook_delivery WHERE state = 'pending'", "event WHERE placed_at IS NULL", "timer")
    return not rows_of(database, " UNION ALL ".join(f"SELECT 1 FROM {wait}" for wait in waits))


def dies(url: str, point: str) -> None:
    """Make one change and die at a point; at the point FINISH, deliver what is left."""
    POINT[0] = point
    declare()
    with open_database(settings(url)) as database:
        at_point(database)


def works(folder: Path, url: str) -> None:
    """Make changes while the folder says so, and deliver, until killed."""
    declare()
    with open_database(settings(url)) as database, open_database(settings(url)) as for_changes:
        reach = OpenNetworks(read_networks("127.0.0.0/8"), http=True)
        Worker(database, SafePost(reach, deadline_s=TIMEOUT_S), PACE).start()
        (folder / f"ready-{os.getpid()}").touch()
        threading.Thread(target=produce, args=(for_changes, folder), daemon=True).start()
        threading.Event().wait()
