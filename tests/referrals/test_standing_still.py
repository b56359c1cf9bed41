"""The clock of referrals stands still while nothing serves: nobody could answer meanwhile, so nobody is late."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from loop_builders import CLINIC, SENDER, SHELTER, Loop, coalition, loop_over, loop_settings, referral

from service.database.outbox import beat

DENTAL = [{"type": "dental", "urgency": "later"}]
SILENT = timedelta(hours=5)


@pytest.fixture
def either(database_url: str, fill: Callable[[str], None], tmp_path: Path) -> Iterator[Loop]:
    """The coalition on either kind of database."""
    fill(database_url)
    with loop_over(loop_settings(database_url, tmp_path), coalition()) as loop:
        yield loop


def stand_still(loop: Loop) -> timedelta:
    """Have nothing served for hours; return by how much clocks were moved."""
    now = datetime.now(UTC)
    beat(loop.database.unit_of_work(), at=now)
    return beat(loop.database.unit_of_work(), at=now + SILENT)


def times(document: dict[str, Any]) -> list[datetime]:
    return [datetime.fromisoformat(document[name]) for name in ("respond_by", "expires_at")]


def test_both_moments_move_by_the_silence_and_so_do_their_timers(either: Loop) -> None:
    """On both sides alike; what was stalled before the silence would have stalled too early, and does not."""
    referral = either.sent(to=CLINIC, services=("teeth",), needs=DENTAL, progress=True)
    before = times(referral)

    stood = stand_still(either)

    assert stood == SILENT
    for side in (SENDER, CLINIC):
        assert times(either.view(referral["id"], side).json()) == [moment + stood for moment in before]
    either.fire(before[0] + timedelta(minutes=1))
    assert "referral.stalled" not in [kind for kind, _, _ in either.events(CLINIC)]
    either.fire(before[0] + stood + timedelta(minutes=1))
    assert "referral.stalled" in [kind for kind, _, _ in either.events(CLINIC)]
    either.fire(before[1] + timedelta(minutes=1))
    assert either.view(referral["id"], SENDER).json()["status"] == "requested"
    either.fire(before[1] + stood + timedelta(minutes=1))
    assert either.view(referral["id"], SENDER).json()["status"] == "expired"


def test_a_sender_cannot_tell_a_secret_decline_by_the_clock(either: Loop) -> None:
    """What looks open to its sender moves like what is open."""
    sent = [either.sent(to=CLINIC, services=("teeth",), needs=DENTAL) for _ in range(2)]
    either.move(sent[1]["id"], CLINIC, "declined", reason="unsafe")

    stood = stand_still(either)

    for document in sent:
        assert times(either.view(document["id"], SENDER).json()) == [moment + stood for moment in times(document)]


def test_a_short_pause_between_beats_moves_nothing(either: Loop) -> None:
    """A process that is started anew within two minutes leaves all as it was."""
    referral = either.sent(to=CLINIC, services=("teeth",), needs=DENTAL)
    now = datetime.now(UTC)
    beat(either.database.unit_of_work(), at=now)

    assert beat(either.database.unit_of_work(), at=now + timedelta(seconds=110)) == timedelta(0)
    assert times(either.view(referral["id"], SENDER).json()) == times(referral)


def test_the_room_of_a_withdrawn_consent_is_kept_as_long_as_the_referral_stays_open(either: Loop) -> None:
    """`expires_at` moves, and the hold with it."""
    consent = either.consent(to=[SHELTER])
    document = either.send(referral(consents=[{"id": consent["id"]}])).json()
    assert document["held"] is not None
    either.call("POST", f"/v1/consents/{consent['id']}/withdrawal")
    view = either.view(document["id"], SHELTER).json()
    assert view["held"]["until"] == view["expires_at"]

    stand_still(either)

    for side in (SENDER, SHELTER):
        view = either.view(document["id"], side).json()
        assert view["held"]["until"] == view["expires_at"] > document["expires_at"]
    either.fire(datetime.fromisoformat(document["expires_at"]) + timedelta(minutes=1))
    assert either.view(document["id"], SHELTER).json()["held"] is not None
