"""Turns by name: on PostgreSQL an advisory lock until the transaction ends; SQLite has a single writer anyway."""

from __future__ import annotations

import hashlib

from sqlalchemy import text
from sqlmodel import Session


def wait_for_turn(session: Session, *names: str, shared: bool = False) -> None:
    """Wait until no other transaction has the named turn; the turn then lasts until this transaction ends.

    `shared`: beside other sharing transactions, but beside no exclusive one.
    """
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256("\0".join(names).encode()).digest()[:8], "big", signed=True)
        function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        session.execute(text(f"SELECT {function}(:number)"), {"number": number})
