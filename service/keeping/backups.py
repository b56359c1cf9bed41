"""Backups of the whole database: made while it is in use, and brought back."""

from __future__ import annotations

from pathlib import Path

from service.infrastructure.database.database import Database
from service.keeping.archive import restore_backup, write_backup


def make_backup(database: Database, path: Path) -> int:
    """Write a backup to a new file; return the number of rows. See `write_backup`."""
    return write_backup(database.engine, path)


def restore_from(database: Database, path: Path, *, replace: bool) -> int:
    """Make the database hold what a backup holds; return the number of rows. See `restore_backup`."""
    return restore_backup(database.engine, path, replace=replace)
