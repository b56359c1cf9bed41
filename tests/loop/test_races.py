"""Withdrawals that race with referrals: once one was answered, nothing that it forbids is committed any more."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from loop_builders import SENDER, SHELTER, Loop, coalition, loop_over, loop_settings, packet

RACES = int(os.environ.get("WITHDRAWAL_RACES", "2"))
SENDERS = 3


@pytest.fixture
def either(database_url: str, fill: Callable[[str], None], tmp_path: Path) -> Iterator[Loop]:
    """The coalition on either kind of database."""
    fill(database_url)
    with loop_over(loop_settings(database_url, tmp_path), coalition()) as found:
        yield found


@pytest.mark.parametrize("by_code", [False, True])
def test_after_a_withdrawal_was_answered_no_referral_on_it_is_committed(either: Loop, by_code: bool) -> None:
    """By the consent's own `from`, and by code at any member: whoever was answered before may be sent, none after."""
    for race in range(RACES):
        made = either.consent()
        body = packet(made)

        def send(number: int, race: int = race, body: dict[str, object] = body) -> tuple[int, str]:
            found = either.send(body, key=f"race-{by_code}-{race}-{number}")
            return found.status_code, found.json().get("requested_at", "")

        def withdraw(made: dict[str, str] = made, race: int = race) -> int:
            if by_code:
                told = {"code": made["code"]}
                found = either.call("POST", "/v1/consent-withdrawals", SHELTER, told, subject=f"desk-{race // 20}")
                return found.status_code
            return either.call("POST", f"/v1/consents/{made['id']}/withdrawal", SENDER).status_code

        with ThreadPoolExecutor(SENDERS + 1) as pool:
            running = [pool.submit(send, number) for number in range(SENDERS)]
            assert withdraw() == (202 if by_code else 200)
            before = stored(either, made["id"])  # whatever is committed by now was before the answer, or beside it
            found = [future.result()[0] for future in running]
        late = [send(number)[0] for number in range(SENDERS, SENDERS + 2)]

        assert set(found) <= {201, 409}
        assert late == [409, 409]
        assert stored(either, made["id"]) == before == found.count(201)


def stored(loop: Loop, consent_id: str) -> int:
    """How many referrals rest on a consent."""
    found = loop.call("GET", "/v1/referrals?box=out&per_page=200").json()["items"]
    return sum(consent_id in one["consents"] for one in found)
