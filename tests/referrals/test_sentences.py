"""Sentences of the guide about consents, referrals and places that no other test here stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from loop_builders import (
    LEGAL,
    NEED,
    OUTSIDER,
    REFUGE,
    SENDER,
    SHELTER,
    Loop,
    coalition,
    consent_terms,
    here,
    loop_over,
    loop_settings,
    packet,
    referral,
)
from sqlalchemy import update

from service.database.table_base import table_of
from service.directory.store.capacity_tables import ServiceCount
from service.webhooks.delivering import delivering


@pytest.fixture
def house(fill: Callable[[str], None], tmp_path: Path) -> Iterator[Callable[..., Loop]]:
    """Serves a coalition whose house is as given, on a fresh database."""
    opened = []

    def serve(**profile: Any) -> Loop:
        url = f"sqlite:///{tmp_path / 'router.db'}"
        fill(url)
        context = loop_over(loop_settings(url, tmp_path), coalition(**profile))
        opened.append(context)
        return context.__enter__()

    yield serve
    for context in opened:
        context.__exit__(None, None, None)


def count(loop: Loop, available: int, **more: Any) -> Any:
    body = {"unit": "bed", "available": available, "maximum": 8, **more}
    return loop.call("PUT", "/v1/services/beds/capacity", SHELTER, body)


def with_companions(many: int, **changes: Any) -> dict[str, Any]:
    body = referral(**changes)
    body["profile"]["client"]["with"] = [{"age": 5}] * many
    return body


def test_a_place_is_held_for_each_companion_too(house: Callable[..., Loop]) -> None:
    """Three places for a client with two children; where two are left, it is full for them and not for one."""
    loop = house(beds=5, companions=True)

    response = loop.send(with_companions(2))

    assert response.status_code == 201, response.text
    assert response.json()["held"]["places"] == 3
    full = loop.send(with_companions(2))
    assert [reason["code"] for reason in full.json()["reasons"]] == ["full"]
    assert loop.send(organization=LEGAL).json()["held"]["places"] == 1


@pytest.mark.parametrize(("urgency", "is_held"), [("now", True), ("today", True), ("this_week", False)])
def test_only_what_is_urgent_holds_a_place(house: Callable[..., Loop], urgency: str, is_held: bool) -> None:
    """For now and today; what is for later is sent without."""
    loop = house(beds=2)

    response = loop.send(referral(needs=[{**NEED[0], "urgency": urgency}]))

    assert response.status_code == 201, response.text
    assert (response.json()["held"] is not None) is is_held


def test_a_count_that_is_older_than_a_day_holds_nothing_and_fills_nothing(house: Callable[..., Loop]) -> None:
    """Nobody knows how many are free: it is sent, without a hold."""
    loop = house(beds=3)
    count(loop, 0)
    assert loop.send().json()["code"] == "not_allowed_now"
    old = datetime.now(UTC) - timedelta(hours=24, minutes=1)
    with loop.database.unit_of_work() as work:
        work.session.execute(update(table_of(ServiceCount)).values(updated=old, touched_at=datetime.now(UTC)))
        work.commit()
    start = monotonic()
    while (response := loop.send()).status_code != 201:  # the record says three, as of when it was loaded: newer
        assert monotonic() - start < 20, response.text
        sleep(0.1)

    assert loop.call("GET", "/v1/services/beds", SHELTER).json()["capacities"][0]["available"] == 3


def test_open_holds_are_taken_off_unless_they_are_counted(house: Callable[..., Loop]) -> None:
    """`holds_counted`: the places that are held are not among those that stand empty any more."""
    loop = house(beds=4)
    loop.sent()

    counted_without = count(loop, 4).json()
    counted_with = count(loop, 3, holds_counted=True).json()

    assert (counted_without["held"], counted_with["held"]) == (1, 0)


def test_a_hold_that_came_after_the_count_is_taken_off_of_it(house: Callable[..., Loop]) -> None:
    """`holds_counted` is about the holds that were open when the places were counted: the last bed goes once."""
    loop = house(beds=4)
    loop.sent()
    count(loop, 1, holds_counted=True)

    assert [loop.send(organization=LEGAL).status_code for _ in range(2)] == [201, 409]


def test_without_the_need_a_receiver_reads_no_service(loop: Loop) -> None:
    """Of a packet that carries something else: not which service, which needs, nor how urgent."""
    consent = loop.consent(data=["identity", "need"])
    document = loop.send(packet(consent)).json()
    assert {"services", "covers", "urgency"} <= loop.view(document["id"], LEGAL).json().keys()

    loop.call("POST", f"/v1/consents/{consent['id']}/withdrawal")

    after = loop.view(document["id"], LEGAL).json()
    assert after["share"] == []
    assert not {"services", "covers", "urgency"} & after.keys()


def test_a_short_consent_is_not_announced_to_end(loop: Loop) -> None:
    """Seven days before its end only where the term is that long."""
    ends = here() + timedelta(days=5)
    consent = loop.consent(signed_on=here().isoformat(), ends_on=ends.isoformat())

    loop.fire(datetime.now(UTC) + timedelta(days=7))

    assert [kind for kind, about, _ in loop.events(SENDER) if about == consent["id"]] == ["consent.ended"]


def test_a_receipt_never_names_what_is_unlisted(house: Callable[..., Loop]) -> None:
    """Not even where names are asked for."""
    loop = house(listed="coalition")
    consent = loop.consent(to=[LEGAL, SHELTER])

    text = loop.call("GET", f"/v1/consents/{consent['id']}/receipt?detail=names").text

    assert LEGAL.title() in text
    assert SHELTER.title() not in text
    assert SHELTER not in text


def test_a_withdrawal_by_code_is_applied_within_two_seconds(loop: Loop) -> None:
    """By a worker, whichever process it runs in."""
    consent = loop.consent()
    path = f"/v1/consents/{consent['id']}"
    with delivering(loop.settings):
        sleep(1)  # the worker has begun, and looks by itself
        code = {"code": consent["code"]}
        response = loop.call("POST", "/v1/consent-withdrawals", OUTSIDER, code, subject="passes on")
        start = monotonic()
        while loop.call("GET", path).json()["status"] != "withdrawn":
            assert monotonic() - start < 10
            sleep(0.02)

    assert response.status_code == 202
    assert monotonic() - start < 2 + 2  # two seconds, and two for a machine that others use


def test_a_consent_is_for_at_most_a_year_and_a_setting_makes_it_less(
    fill: Callable[[str], None], tmp_path: Path
) -> None:
    """`REFERRAL_ROUTER_LONGEST_CONSENT_DAYS`."""
    url = f"sqlite:///{tmp_path / 'router.db'}"
    fill(url)
    with loop_over(loop_settings(url, tmp_path, longest_consent_days=30), coalition()) as loop:
        response = loop.call("POST", "/v1/consents", SENDER, consent_terms())
    assert [error["pointer"] for error in response.json()["errors"]] == ["/ends_on"]


def test_self_and_reports_send_nothing(loop: Loop) -> None:
    """There is nobody to send them to."""
    for mode in ("self", "internal", "report"):
        response = loop.send(referral(mode=mode))
        assert (response.status_code, response.json()["code"]) == (422, "nothing_to_send"), mode


def test_for_a_third_party_nothing_is_sent(loop: Loop) -> None:
    """The client was not asked; a worker, and a client who calls, change nothing."""
    for caller, status in (("third_party", 422), ("worker", 201)):
        body = referral()
        body["profile"]["facts"] = {**body["profile"].get("facts", {}), "caller": caller}
        response = loop.send(body)
        assert response.status_code == status, response.text
        if status == 422:
            assert [error["pointer"] for error in response.json()["errors"]] == ["/profile/facts/caller"]


def test_a_moment_of_ones_own_and_no_yes_are_refused_at_their_fields(loop: Loop) -> None:
    """Now is the server's; the client says yes or nothing is sent."""
    early = referral()
    early["profile"]["at"] = "2026-03-01T00:00:00+00:00"
    for body, pointer in ((early, "/profile/at"), (referral(agreed=False), "/agreed"), (referral(to="x"), "/step/to")):
        response = loop.send(body)
        assert response.status_code == 422
        assert pointer in [error["pointer"] for error in response.json()["errors"]]
    bare = loop.call("POST", "/v1/referrals", SENDER, referral())
    assert (bare.status_code, bare.json()["code"]) == (422, "idempotency_key_required")


def test_what_is_hidden_from_the_sender_is_not_here(house: Callable[..., Loop]) -> None:
    """An unlisted house, to somebody who is no member: the words for one that does not exist."""
    loop = house(listed="coalition")
    hidden = loop.send(referral(), organization=OUTSIDER)
    unknown = loop.send(referral(to="nowhere"), organization=OUTSIDER)

    assert hidden.status_code == unknown.status_code == 422
    assert hidden.json()["errors"] == unknown.json()["errors"]
    assert loop.send(referral(), organization=REFUGE).status_code == 201
