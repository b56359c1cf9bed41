"""Backups that come by themselves: named by their moment, the oldest deleted; and a drill that restores the newest."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from service.database.audit import AuditTrail
from service.database.database import Database, open_database
from service.database.field_cipher import AddressCipher, SecretCipher
from service.database.lost_keys import find_lost
from service.database.store_keys import build_keys
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.errors import BackupRefused, KeysLost
from service.i18n import setup
from service.maintenance.archive import make_backup
from service.maintenance.check_audit import AuditCheck, check_audit
from service.maintenance.keep_hidden import restore_from
from service.maintenance.purge import purge_database
from service.settings import Settings

_NAME = "%Y-%m-%dT%H%M%SZ.backup"
_OURS = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z\.backup")


@dataclass(frozen=True, slots=True)
class DrillReport:
    """What a drill found: the backup's file, how many rows came back, and whether the audit in it holds."""

    file: Path
    rows: int
    audit: AuditCheck


def list_backups(folder: Path) -> list[Path]:
    """Return the backups that were named by their moment, the newest first. A file of another name is nobody's here."""
    return sorted((file for file in folder.iterdir() if _OURS.fullmatch(file.name)), reverse=True)


def add_backup(database: Database, folder: Path, *, keep: int | None) -> int:
    """Write a backup into a folder, then delete all but the newest `keep` there; return the number of rows.

    Raises: as `make_backup`; then nothing is deleted.
    """
    rows = make_backup(database, folder / datetime.now(UTC).strftime(_NAME))
    for file in list_backups(folder)[keep:] if keep is not None else ():
        file.unlink()
    return rows


def run_drill(settings: Settings, path: Path) -> DrillReport:
    """Restore a backup, or the newest in a folder, into a scratch database; check its audit and build its directory.

    The scratch database is removed, whatever is found. The database, the keys and the note of hidings are left alone.

    Raises:
        BackupRefused: there is no backup, or it is not whole.
        KeysLost: it needs keys that are not here.
        StoreError: what came back could not be served.
    """
    backups = list_backups(path) if path.is_dir() else [path]
    if not backups:
        raise BackupRefused(setup.NO_BACKUP_THERE)
    keys = build_keys(settings).rehearsing()
    with TemporaryDirectory(prefix="referral-router-drill-") as folder:
        scratch = settings.model_copy(update={"database": f"sqlite:///{folder}/scratch.db"})
        with open_database(scratch) as opened:
            database = replace(
                opened, cipher=AddressCipher(keys), secrets=SecretCipher(keys), audit=AuditTrail(settings, keys)
            )
            rows = restore_from(database, backups[0], replace=False).rows
            if lost := find_lost(database.engine, keys):
                raise KeysLost(setup.KEYS_LOST.format(purposes=", ".join(sorted(lost))))
            purge_database(database.unit_of_work(purges=True))
            load_snapshot(database.unit_of_work(writes=False))
            return DrillReport(backups[0], rows, check_audit(database))
