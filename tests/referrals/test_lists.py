"""Lists of referrals: each side finds there exactly what it may read one by one, at every moment."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from loop_builders import CLINIC, SENDER, coalition, loop_over, loop_settings

from service.database import clock
from service.database.database import Database, open_database
from service.database.key_ring import KeyRing
from service.database.store_keys import build_keys
from service.directory.parties import IN, OUT
from service.errors import NotFound
from service.referrals.store.tables import Referral
from service.referrals.use_cases.move_referral import STAGES, WAITING, get_referral, list_referrals
from service.security import Caller, build_caller

STATUSES = ("requested", "received", "accepted", "declined", "cancelled", "completed", "expired", "closed")
COURSES: tuple[tuple[tuple[str, str, dict[str, str]], ...], ...] = (
    (),
    ((CLINIC, "accepted", {}),),
    ((CLINIC, "declined", {"reason": "unsafe"}),),
    ((CLINIC, "declined", {"reason": "full"}),),
    ((SENDER, "cancelled", {"reason": "mistake"}),),
    ((CLINIC, "accepted", {}), (CLINIC, "completed", {"outcome": "served"})),
    ((CLINIC, "declined", {"reason": "unsafe"}), (SENDER, "cancelled", {"reason": "mistake"})),
)
STEP = timedelta(microseconds=1)


def test_a_list_holds_what_each_referral_alone_would_show(
    database_url: str, fill: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For each course, side, box, status and moment about an end: in the list if and only if it can be read alone."""
    fill(database_url)
    settings = loop_settings(database_url, tmp_path)
    needs = [{"type": "dental", "urgency": "later"}]
    with loop_over(settings, coalition()) as loop:
        start = datetime.now(UTC)
        sent = [
            (course, loop.sent(to=CLINIC, services=("teeth",), needs=needs, progress=progress)["id"])
            for progress in (False, True)
            for course in COURSES
        ]
        for days in (1, 2):  # the first moves of all a day after, the second moves two
            monkeypatch.setattr(clock, "now", lambda _, at=start + timedelta(days=days): at)
            for course, key in sent:
                for organization, status, more in course[days - 1 : days]:
                    if loop.view(key, organization).json()["status"] not in ("declined", "cancelled"):
                        assert loop.move(key, organization, status, **more).status_code == 200

    keys, numbers = [key for _, key in sent], set()
    ring = KeyRing(build_keys(settings))
    with open_database(settings) as database:
        for moment in _ends(database, keys):
            monkeypatch.setattr(clock, "now", lambda _, at=moment: at)
            for organization, box in ((SENDER, OUT), (CLINIC, IN)):
                caller = build_caller(organization=organization, scopes=["referral"], subject="desk")
                alone = _alone(database, ring, caller, keys)
                numbers.add((organization, len(alone)))
                assert _listed(database, caller, box, None) == _listed(database, caller, None, None) == alone
                for status in STATUSES:
                    fitting = {key: own_status for key, own_status in alone.items() if own_status == status}
                    assert _listed(database, caller, box, status) == fitting
                for stage, statuses in STAGES.items():
                    fitting = {key: own_status for key, own_status in alone.items() if own_status in statuses}
                    assert _listed(database, caller, box, None, stage) == fitting
    assert min(sum(reader == side for reader, _ in numbers) for side in (SENDER, CLINIC)) > 3  # gone one after another


def _ends(database: Database, keys: list[str]) -> list[datetime]:
    """Keep some referrals longer than others; return the moments about whatever may be the end of one, in order."""
    ends = set()
    with database.unit_of_work() as work:
        for place, key in enumerate(keys):
            row = work.session.get_one(Referral, key)
            row.keep_days = (30, 12)[place % 2]
            closes = (row.closed_at, row.expires_at, row.seen_changed_at)
            ends |= {moment + timedelta(days=row.keep_days) for moment in closes if moment is not None}
        work.commit()
    return sorted({end - before for end in ends for before in (STEP, timedelta(0))})


def _alone(database: Database, ring: KeyRing, caller: Caller, keys: list[str]) -> dict[str, str]:
    """Return the status of each referral that a caller may read by its id, by id."""
    statuses = {}
    for key in keys:
        with suppress(NotFound):
            statuses[key] = get_referral(database.unit_of_work(writes=False), ring, caller, key).document["status"]
    return statuses


def _listed(
    database: Database, caller: Caller, box: str | None, status: str | None, stage: str | None = None
) -> dict[str, str]:
    """Return the status of each referral in a caller's list, by id; the list is read page by page.

    Its order goes by what each of them shows the caller, and by nothing else.
    """
    items: list[dict[str, Any]] = []
    for page in count(1):
        work = database.unit_of_work(writes=False)
        document = list_referrals(
            work, caller, box=box, statuses=None if status is None else [status], page=page, per_page=5, stage=stage
        ).document
        items += document["items"]
        if len(document["items"]) < 5:
            break
    assert document["total"] == len(items)
    ordered = sorted(items, key=itemgetter("id"))
    if stage is not None:
        ordered.sort(key=itemgetter("respond_by" if stage == WAITING else "requested_at"), reverse=stage != WAITING)
    assert items == ordered
    return {item["id"]: item["status"] for item in items}
