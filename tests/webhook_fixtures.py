"""Fixtures for tests of delivery: a type of event, a fresh database, and a stage on it. Imported by their conftests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from webhook_builders import LAMP, Stage

import service.webhooks.lifecycle_events  # noqa: F401 - what a program that delivers knows
from service.database.database import Database
from service.database.field_cipher import AddressCipher, build_secret_vault
from service.database.outbox import EventType, outbox
from service.settings import Settings


@pytest.fixture(autouse=True)
def lamp(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `lamp.lit` known: it is for its whole audience."""
    monkeypatch.setattr(outbox, "_TYPES", dict(outbox._TYPES))
    outbox.declare_type(EventType(LAMP, "A lamp was lit.", outbox.as_written, "/v1/lamps/1"))


@pytest.fixture
def database(engine: Engine, cipher: AddressCipher, settings: Settings) -> Database:
    """The fresh database."""
    return Database(engine, cipher, build_secret_vault(settings))


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    """The database with what tests do to it; every worker that it started is stopped."""
    with Stage(database) as stage:
        yield stage
