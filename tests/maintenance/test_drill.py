"""Backups that come by themselves: named by their moment, the oldest deleted; a drill restores the newest, and goes."""

from __future__ import annotations

import gzip
from pathlib import Path
from tempfile import gettempdir

import pytest
from api_builders import demo_settings
from databases import ADDRESS_KEY

from service.database.database import open_database
from service.errors import BackupRefused, KeysLost
from service.maintenance import drill
from service.maintenance.drill import add_backup, list_backups, run_drill
from service.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return demo_settings(tmp_path)


def test_only_the_newest_stay_and_only_ours_go(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of another name stays, whatever is in it."""
    (folder := tmp_path / "backups").mkdir()
    (folder / "tuesday.backup").touch()
    with open_database(settings) as database:
        for number in range(4):
            monkeypatch.setattr(drill, "_NAME", f"2026-03-0{number + 1}T031500Z.backup")
            assert add_backup(database, folder, keep=2) > 100

    assert [file.name for file in list_backups(folder)] == ["2026-03-04T031500Z.backup", "2026-03-03T031500Z.backup"]
    assert (folder / "tuesday.backup").exists()


def test_a_drill_restores_the_newest_and_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    """Its rows are as many as were written; keys, database and temporary files are as before."""
    (folder := tmp_path / "backups").mkdir()
    with open_database(settings) as database:
        rows = add_backup(database, folder, keep=None)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}

    found = run_drill(settings, folder)

    assert (found.rows, found.audit.faults) == (rows, ())
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
    assert [*Path(gettempdir()).glob("referral-router-drill-*")] == []


def test_a_drill_says_what_does_not_come_back(settings: Settings, tmp_path: Path) -> None:
    """No backup, a part of one, and one that needs other keys."""
    with pytest.raises(BackupRefused):
        run_drill(settings, tmp_path)
    (folder := tmp_path / "backups").mkdir()
    with open_database(settings) as database:
        add_backup(database, folder, keep=None)
    [file] = list_backups(folder)
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    (part := tmp_path / "part").write_bytes(gzip.compress(b"".join(lines[:-5])))
    with pytest.raises(BackupRefused):
        run_drill(settings, part)
    other = settings.model_copy(update={"address_key": type(ADDRESS_KEY)("c" * 43 + "=")})

    with pytest.raises(KeysLost):
        run_drill(other, folder)
