"""Each fault by name, beside callers of every kind: nothing that was answered is lost, and answers come again.

Meanwhile whoever asks whom to call goes on being answered, whatever is wrong with the database.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from api_builders import load_demo
from durability.faults import FAULTS, LASTS_S, around, sign_in_settings, site_of
from loop_builders import coalition, loop_settings
from servers import server_process
from sqlalchemy import create_engine, make_url
from traffic import given, traffic


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("name", "database"), [(name, database) for name, (_, databases) in FAULTS.items() for database in databases]
)
def test_nothing_is_lost_and_answers_come_again(
    name: str, database: str, tmp_path: Path, say: Callable[[str], None]
) -> None:
    """A consent, a referral or a move that was answered is stored, once; no request ends in a defect."""
    with site_of(name, database, tmp_path) as site:
        settings = loop_settings(site.url, tmp_path)
        load_demo(settings, json.dumps(coalition()).encode())
        workers = 2 if "workers" in name else 1
        variables = around(name, tmp_path)
        with server_process(
            tmp_path, workers=workers, on=settings, around=variables, **given(settings), **sign_in_settings(site)
        ) as server:
            site.server = server
            with traffic(server) as running:
                start = time.monotonic()
                with FAULTS[name][0](site):
                    time.sleep(LASTS_S)
                    running.answered("answer", start + LASTS_S)
                    lasted_s = time.monotonic() - start
                healed = time.monotonic()
                took_s = running.again_after(healed)
                statuses = running.statuses()
            lost = running.lost(server)

    say(
        f"{database}, {name}: {len(lost)} lost of {running.made()}, for {lasted_s:.1f} s, with answers meanwhile; all "
        f"kinds {took_s:.1f} s after it was over; by status {dict(sorted(statuses.items()))}"
    )
    assert lost == []
    assert statuses[500] == 0


def test_what_is_lost_is_told(tmp_path: Path) -> None:
    """The proof of the proof: a consent that was answered and is then taken out by hand, and nothing else."""
    settings = loop_settings(f"sqlite:///{tmp_path / 'router.db'}", tmp_path)
    load_demo(settings, json.dumps(coalition()).encode())
    with server_process(tmp_path, on=settings, **given(settings)) as server:
        with traffic(server) as running:
            running.answered("loop", time.monotonic())
        before = running.lost(server)
        gone = min(running.callers["loop"].consents)
        engine = create_engine(make_url(settings.database))
        with engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM consent WHERE id = ?", (gone,))
        engine.dispose()

        assert before == []
        assert running.lost(server) == [f"/v1/consents/{gone}"]
