"""Turns by name: on PostgreSQL an advisory lock until the transaction ends; SQLite has one writer anyway."""

from __future__ import annotations

import hashlib

from sqlalchemy import text
from sqlmodel import Session


def wait_for_turn(session: Session, *names: str) -> None:
    """Wait until no other transaction has the turn of this name; this one then has it until it ends."""
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256("\0".join(names).encode()).digest()[:8], "big", signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
