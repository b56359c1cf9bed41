"""Who delivers: every server unless told otherwise, or a program of its own."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from api_builders import demo_settings, running
from receivers import receiving
from sqlalchemy import make_url
from webhook_builders import Stage, eventually

from service.database import clock
from service.database.database import open_database
from service.database.outbox import timers
from service.database.outbox.heartbeat import is_beating
from service.database.outbox.tables import Event
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.webhooks.delivering import delivering


def test_a_server_that_is_told_not_to_leaves_it_to_another(tmp_path: Path) -> None:
    """With the setting off, what is due waits for whoever delivers; serving is noted all the same."""
    settings = demo_settings(tmp_path, webhook_networks="127.0.0.0/8", webhook_http=True, deliver=False)
    with receiving() as receiver, running(settings) as api:
        bearer = api.bearer("webhook") | {"Content-Type": "application/json"}
        body = json.dumps({"url": receiver.url}).encode()
        endpoint = api.client.post("/v1/webhook-endpoints", content=body, headers=bearer).json()
        tested = api.client.post(f"/v1/webhook-endpoints/{endpoint['id']}/test", headers=bearer).json()
        time.sleep(1.5)
        assert receiver.received == []
        with open_database(settings) as database, (work := database.unit_of_work(writes=False)):
            assert is_beating(work.session, clock.now(work.session))

        with delivering(settings):
            eventually(lambda: receiver.received)
        document = api.client.get(f"/v1/webhook-deliveries/{tested['id']}", headers=bearer).json()
        assert document["status"] == "delivered"


def test_who_writes_from_elsewhere_has_room_between_timers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Callable[[str], None]
) -> None:
    """A timer that fires again and again leaves SQLite free for nearly half of the time; events have their turn."""
    monkeypatch.setattr(timers, "_TIMERS", dict(timers._TIMERS))
    count = 0

    def fire(work: UnitOfWork, due: timers.DueTimer) -> None:
        nonlocal count
        time.sleep(0.02)
        timers.schedule(work.session, due.timer_type, due.object_id, due.now)
        count += 1

    timers.declare_timer(timers.TimerType("again", fire))
    settings, free = demo_settings(tmp_path), []
    with open_database(settings) as database, Stage(database) as stage:
        with database.unit_of_work() as work:
            timers.schedule(work.session, "again", "1", clock.now(work.session))
            work.commit()
        stage.worker()
        eventually(lambda: count > 10)
        stage.light("one")
        eventually(lambda: not stage.rows(table_of(Event), placed_at=None))
        with closing(sqlite3.connect(make_url(settings.database).database or "", timeout=0)) as elsewhere:
            for _ in range(200):
                time.sleep(0.005)
                try:
                    elsewhere.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError:
                    free.append(False)
                else:
                    free.append(True)
                    elsewhere.rollback()
    say(f"of {len(free)} writers from elsewhere, while a timer fired {count} times, {sum(free)} had room")
    assert sum(free) > len(free) / 4
