"""A type of event, and a fresh database with a stage on it."""

from __future__ import annotations

from webhook_fixtures import database, lamp, stage  # noqa: F401
