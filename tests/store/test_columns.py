"""Moments keep their meaning in the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from bundle_builders import bundle_bytes, good_bundle
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import StatementError

from service.database.unit_of_work import UnitOfWork
from service.directory.store.directory_tables import DIRECTORY
from service.directory.use_cases.load_bundle import load_bundle

RECORDS = DIRECTORY.tables["record"]


def test_a_moment_comes_back_aware_and_equal(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """A moment written with any offset comes back in UTC, to the microsecond, on either database."""
    load_bundle(unit_of_work, bundle_bytes(good_bundle()), replace=False)
    moment = datetime(2026, 3, 8, 1, 59, 59, 123456, tzinfo=timezone(timedelta(hours=-6)))

    with engine.begin() as connection:
        connection.execute(update(RECORDS).values(last_modified=moment))
        stored = connection.execute(select(RECORDS.c.last_modified).limit(1)).scalar_one()

    assert stored == moment
    assert stored.tzinfo is UTC


def test_a_naive_moment_is_refused(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """A moment without its offset cannot be stored."""
    load_bundle(unit_of_work, bundle_bytes(good_bundle()), replace=False)

    with engine.begin() as connection, pytest.raises(StatementError, match="without its offset"):
        connection.execute(update(RECORDS).values(last_modified=datetime(2026, 3, 1, 8)))  # noqa: DTZ001
