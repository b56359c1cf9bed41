"""Withdrawals that race with referrals: once one was answered, nothing that it forbids is committed any more."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from loop_builders import LEGAL, SENDER, SHELTER, Loop, coalition, consent_terms, here, loop_over, loop_settings, packet
from seeds import fresh_random
from sqlalchemy import delete, func, select

from service.database.database import Database, open_database
from service.database.key_ring import KeyRing
from service.database.store_keys import build_keys
from service.database.table_base import table_of
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.directory.use_cases.load_bundle import load_bundle
from service.errors import ActRefused
from service.referrals.store.tables import CountedTry, ReferralConsent
from service.referrals.use_cases import keep_consents
from service.referrals.use_cases.referral_body import read_referral
from service.referrals.use_cases.send_referral import SendReferral
from service.referrals.use_cases.withdraw_consent import ask_withdrawal, withdraw_consent
from service.security import Caller
from service.settings import Settings

RACES = int(os.environ.get("WITHDRAWAL_RACES", "100"))
BY = ("from", "to", "code")
SCOPES = frozenset({"consent", "referral"})


class Track:
    """A loaded coalition, and one race on it after the other."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings, self.database = settings, database
        self.ring, self.served = KeyRing(build_keys(settings)), load_snapshot(database.unit_of_work(writes=False))
        self.chance, self.number, self.usual_s = fresh_random(5), 0, 0.0
        for _ in range(5):  # how long a referral takes by itself; the last is no first
            consent, begun = self.record(), time.monotonic()
            assert self.send(consent) == "sent"
            self.usual_s = time.monotonic() - begun

    def caller(self, organization: str) -> Caller:
        return Caller(organization, SCOPES, "desk")

    def record(self) -> dict[str, Any]:
        caller = self.caller(SENDER)
        terms = keep_consents.read_terms(self.served, caller, json.dumps(consent_terms()).encode())
        work, zone = self.database.unit_of_work(), self.served.snapshot.zone
        record = keep_consents.record_consent(work, caller, terms, zone=zone, ring=self.ring, settings=self.settings)
        return record.document

    def send(self, document: dict[str, Any]) -> str:
        self.number += 1
        parts = self.database, self.ring, self.settings, self.caller(SENDER)
        sending = SendReferral(*parts, current=lambda: self.served, refresh=lambda: None)
        data = json.dumps(packet(document)).encode()
        try:
            sending.send(read_referral(data, origin=SENDER), data, f"race-{self.number}")
        except ActRefused as refused:
            return refused.code
        return "sent"

    def withdraw(self, document: dict[str, Any], by: str) -> int:
        """Withdraw, and return how many referrals rest on the consent once that was answered."""
        time.sleep(self.chance.uniform(0, 2 * self.usual_s))
        work, today = self.database.unit_of_work(), here()
        if by == "code":
            ask_withdrawal(work, self.ring, self.caller(SHELTER), document["code"], today=today)
        else:
            withdraw_consent(work, self.caller(SENDER if by == "from" else LEGAL), document["id"], today=today)
        return self.stored(document["id"])

    def stored(self, consent_id: str) -> int:
        resting = table_of(ReferralConsent)
        with self.database.engine.connect() as connection:
            query = select(func.count()).where(resting.c.consent_id == consent_id)
            return int(connection.execute(query).scalar_one())

    def forget_tries(self) -> None:
        """Codes and refusals are limited, and many races would be too many of them."""
        with self.database.unit_of_work() as work:
            work.session.execute(delete(table_of(CountedTry)))
            work.commit()


@pytest.fixture
def track(database_url: str, fill: Callable[[str], None], tmp_path: Path) -> Iterator[Track]:
    fill(database_url)
    settings = loop_settings(database_url, tmp_path)
    with open_database(settings) as database:
        load_bundle(database.unit_of_work(), json.dumps(coalition()).encode(), replace=True)
        yield Track(settings, database)


def test_after_a_withdrawal_was_answered_no_referral_on_it_is_committed(
    track: Track, say: Callable[[str], None]
) -> None:
    """By its `from`, by the recipient, by code at any member; a withdrawal begins while the referral is under way."""
    came: Counter[tuple[str, str]] = Counter()
    with ThreadPoolExecutor(2) as pool:
        for race in range(20 * RACES):
            if race >= RACES and all(came[by, outcome] for by in BY for outcome in ("sent", "not_allowed_now")):
                break
            consent, by = track.record(), BY[race % len(BY)]
            sending = pool.submit(track.send, consent)
            answered_with = track.withdraw(consent, by)
            outcome = sending.result()
            came[by, outcome] += 1

            assert track.stored(consent["id"]) == answered_with == (1 if outcome == "sent" else 0), (by, outcome)
            assert outcome in ("sent", "not_allowed_now")
            if race % 10 == 9:
                assert track.send(consent) == "not_allowed_now"
                track.forget_tries()
    for by in BY:  # else nothing raced
        assert came[by, "sent"]
        assert came[by, "not_allowed_now"]
    kind = track.settings.database.split(":")[0]
    first = sum(came[by, "sent"] for by in BY)
    say(f"{kind}: {came.total()} withdrawals raced with a referral, {first} of which came first")


@pytest.fixture
def either(database_url: str, fill: Callable[[str], None], tmp_path: Path) -> Iterator[Loop]:
    """The coalition on either kind of database."""
    fill(database_url)
    with loop_over(loop_settings(database_url, tmp_path), coalition()) as loop:
        yield loop


@pytest.mark.parametrize("by_code", [False, True])
def test_over_http_too(either: Loop, by_code: bool) -> None:
    """Three senders at once: whoever was answered before may be sent, none after."""
    consent = either.consent()
    send = partial(either.send, packet(consent))
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(send, key=f"race-{number}") for number in range(3)]
        path, body = ("/v1/consent-withdrawals", {"code": consent["code"]}) if by_code else ("", None)
        answered = either.call("POST", path or f"/v1/consents/{consent['id']}/withdrawal", SENDER, body)
        before = stored(either, consent["id"])
        statuses = [future.result().status_code for future in running]

    assert answered.status_code == (202 if by_code else 200)
    assert set(statuses) <= {201, 409}
    assert [send(key=f"late-{number}").status_code for number in range(2)] == [409, 409]
    assert stored(either, consent["id"]) == before == statuses.count(201)


@pytest.mark.parametrize("status", ["suspended", "ended"])
def test_after_an_agreement_is_over_nothing_rests_on_it(either: Loop, status: str) -> None:
    """A packet needs the agreement: once a PUT that suspends or ends it was answered, none is committed."""
    response = either.call("GET", "/v1/agreements/mou", SENDER)
    body, tag = {**response.json(), "status": status}, response.headers["etag"]
    consents = [either.consent() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        running = [pool.submit(either.send, packet(consent), key=f"over-{consent['id']}") for consent in consents]
        answered = either.call("PUT", "/v1/agreements/mou", SENDER, body, if_match=tag)
        before = sum(stored(either, consent["id"]) for consent in consents)
        statuses = [future.result().status_code for future in running]
    late = either.send(packet(consents[0]), key="late")

    assert answered.status_code == 200, answered.text
    assert late.json()["code"] == "not_allowed_now"
    assert {reason["code"] for reason in late.json()["reasons"]} == {"agreement"}
    assert set(statuses) <= {201, 409, 503}
    assert sum(stored(either, consent["id"]) for consent in consents) == before == statuses.count(201)


def stored(loop: Loop, consent_id: str) -> int:
    """How many referrals rest on a consent."""
    items = loop.call("GET", "/v1/referrals?box=out&per_page=200").json()["items"]
    return sum(consent_id in item["consents"] for item in items)
