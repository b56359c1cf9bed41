"""Places: counted in one small call, held for referrals, and the last ones given exactly once."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count as count_from
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from length import draws
from loop_builders import (
    CLINIC,
    LEGAL,
    OUTSIDER,
    SENDER,
    SHELTER,
    Loop,
    coalition,
    loop_over,
    loop_settings,
    referral,
)
from sqlalchemy import select

from service.database.outbox.tables import Timer
from service.directory.store.capacity_tables import Hold
from service.referrals.store.referrals import Referrals

MANY = int(os.environ.get("LAST_BED_REQUESTS", draws(64)))
CAPACITY = "/v1/services/beds/capacity"


@pytest.fixture
def fresh(database_url: str, fill: Callable[[str], None], tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Serves a coalition from an empty database of either kind."""
    fill(database_url)
    opened = []

    def serve(**house: Any) -> Loop:
        context = loop_over(loop_settings(database_url, tmp_path), coalition(**house))
        opened.append(context)
        return context.__enter__()

    yield serve
    for context in opened:
        context.__exit__(None, None, None)


def count(loop: Loop, available: int, organization: str = SHELTER, **more: Any) -> Any:
    return loop.call("PUT", CAPACITY, organization, {"unit": "bed", "available": available, "maximum": 8, **more})


def test_of_many_at_once_one_gets_the_last_bed(fresh: Callable[..., Loop]) -> None:
    """Whatever the concurrency: one referral, and the others hear that it is full."""
    loop = fresh(beds=1)

    def send(number: int) -> tuple[int, str]:
        response = loop.send(key=f"last-{number}")
        return response.status_code, response.json().get("code", "")

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(send, range(MANY)))

    assert [status for status, _ in outcomes].count(201) == 1
    assert {(status, code) for status, code in outcomes if status != 201} == {(409, "not_allowed_now")}
    again = loop.send()
    assert [reason["code"] for reason in again.json()["reasons"]] == ["full"]


def test_a_hold_is_for_the_client_ends_with_the_referral_and_grows_with_acceptance(fresh: Callable[..., Loop]) -> None:
    """Two hours here; a day once accepted; free again when declined, cancelled, completed or when its time is up."""
    loop = fresh(beds=3)
    first = loop.send().json()
    until = datetime.fromisoformat(first["held"]["until"]) - datetime.fromisoformat(first["requested_at"])
    assert (first["held"]["places"], until) == (1, timedelta(hours=2))
    assert count(loop, 3).json()["held"] == 1

    accepted = loop.move(first["id"], SHELTER, "accepted").json()
    assert datetime.fromisoformat(accepted["held"]["until"]) - datetime.now(UTC) > timedelta(hours=23)
    assert loop.view(first["id"], SENDER).json()["held"] == first["held"]  # no progress: nothing of it shows
    loop.move(first["id"], SHELTER, "completed", outcome="served")
    second = loop.send().json()
    loop.fire(datetime.now(UTC) + timedelta(hours=2, minutes=1))
    assert loop.view(second["id"], SHELTER).json()["held"] is None
    assert count(loop, 3).json()["held"] == 0
    assert "referral.expired" in [kind for kind, about, _ in loop.events(SHELTER) if about == second["id"]]


def test_each_service_holds_for_its_own_time(fresh: Callable[..., Loop]) -> None:
    """`until` is the next end; what is over is free, and told, and the rest is kept for as long as its service says."""
    loop = fresh(beds=3, more_beds=1)
    record = loop.call("GET", "/v1/services/beds-1", SHELTER)
    longer = {**record.json(), "referral": {**record.json()["referral"], "holds": "PT12H"}}
    put = loop.call("PUT", "/v1/services/beds-1", SHELTER, longer, if_match=record.headers["etag"])
    assert put.status_code == 200, put.text
    loop.refresh()
    needs = [{"type": "emergency_shelter", "urgency": "today"}]
    sent, accepted = (loop.sent(services=("beds", "beds-1"), needs=needs) for _ in range(2))
    start = datetime.fromisoformat(sent["requested_at"])

    def time_held(referral_id: str) -> timedelta | None:
        hold = loop.view(referral_id, SHELTER).json()["held"]
        return None if hold is None else datetime.fromisoformat(hold["until"]) - start

    assert time_held(sent["id"]) == timedelta(hours=2)
    loop.move(accepted["id"], SHELTER, "accepted")
    for hours, until, ends in ((2, timedelta(hours=12), 1), (12, None, 2)):
        loop.fire(start + timedelta(hours=hours))
        assert time_held(sent["id"]) == until
        assert loop.events(SHELTER).count(("referral.hold_ended", sent["id"], {})) == ends
        hold = [
            loop.call("PUT", f"/v1/services/{slug}/capacity", SHELTER, {"unit": "bed", "available": 3}).json()["held"]
            for slug in ("beds", "beds-1")
        ]
        assert hold == [1, 3 - ends]  # the accepted one keeps both for a day
    assert (time_held(accepted["id"]) or timedelta()) > timedelta(hours=24)


def test_a_sender_holds_two_at_a_service_and_a_cancelled_one_counts_for_an_hour(fresh: Callable[..., Loop]) -> None:
    """Beyond that it is sent without a hold; whoever is no member never holds."""
    loop = fresh(beds=8)
    documents = [loop.send().json() for _ in range(2)]
    loop.move(documents[0]["id"], SENDER, "cancelled", reason="mistake")
    third = loop.send()

    assert [document["held"] is None for document in documents] == [False, False]
    assert (third.status_code, third.json()["held"]) == (201, None)
    assert loop.send(organization=LEGAL).json()["held"] is not None
    assert loop.send(organization=OUTSIDER).json()["held"] is None


def test_a_sender_holds_six_in_all(fresh: Callable[..., Loop]) -> None:
    """The seventh is sent without a hold, wherever it goes; others go on holding there."""
    loop = fresh(beds=8, more_beds=3)
    houses = [(f"beds-{number}",) for number in (1, 2, 3)]
    holds = [loop.sent(services=house)["held"] for house in (*houses, *houses)]
    seventh = loop.send()

    assert None not in holds
    assert (seventh.status_code, seventh.json()["held"]) == (201, None)
    assert loop.send(organization=LEGAL).json()["held"] is not None


def test_a_referral_to_two_services_is_one_of_the_six(fresh: Callable[..., Loop]) -> None:
    """It holds at both services; six such referrals hold, and the seventh does not."""
    loop = fresh(beds=8, more_beds=7)
    pairs = [(f"beds-{number}", f"beds-{number + 1}") for number in (1, 3, 5)] * 2
    holds = [loop.sent(services=pair)["held"] for pair in pairs]
    seventh = loop.sent(services=("beds", "beds-7"))

    assert None not in holds
    assert seventh["held"] is None
    with loop.database.unit_of_work(writes=False) as work:
        assert len(work.session.execute(select(Hold)).all()) == 12  # each held at both


def test_a_secret_decline_frees_no_hold_of_its_sender(fresh: Callable[..., Loop]) -> None:
    """A sender that may not know of progress cannot tell a decline by what it may hold next."""
    loop = fresh(beds=8)
    documents = [loop.send().json() for _ in range(2)]
    loop.move(documents[0]["id"], SHELTER, "declined", reason="unsafe")

    assert loop.send().json()["held"] is None


@pytest.mark.parametrize("progress", [True, False])
@pytest.mark.parametrize("is_declined", [True, False])
def test_room_kept_after_a_withdrawal_is_shown_to_its_sender_and_counts_as_its_own(
    fresh: Callable[..., Loop], progress: bool, is_declined: bool
) -> None:
    """Else a sender kept more than two beds by ending its own consents; without progress a decline changes nothing."""
    loop = fresh(beds=8, holds="PT30M")
    sent = []
    for _ in range(2):
        consent = loop.consent(to=[SHELTER])
        sent.append(loop.send(referral(consents=[{"id": consent["id"]}], progress=progress)).json())
        if is_declined and not progress:
            loop.move(sent[-1]["id"], SHELTER, "declined", reason="unsafe")
        loop.call("POST", f"/v1/consents/{consent['id']}/withdrawal")
    loop.fire(datetime.now(UTC) + timedelta(minutes=40))

    for document in sent:
        view = loop.view(document["id"], SENDER).json()
        assert document["held"]["until"] < view["held"]["until"] == view["expires_at"] == document["expires_at"]
    with loop.database.unit_of_work(writes=False) as work:
        ends = {hold.told_until or hold.until for hold in work.session.execute(select(Hold)).scalars()}
    assert {moment.isoformat() for moment in ends} == {document["expires_at"] for document in sent}


@pytest.mark.parametrize("progress", [True, False])
def test_places_that_a_house_gives_by_accepting_are_rows_for_who_may_know(
    fresh: Callable[..., Loop], progress: bool
) -> None:
    """Five people hold none until then: by the rows of a legal hold a sender without progress knew of acceptance."""
    loop = fresh(beds=8, companions=True)
    body = referral(progress=progress)
    body["profile"]["client"]["with"] = [{"age": 5}] * 4
    sent = loop.send(body).json()
    assert (sent["held"], sent["progress"]) == (None, progress)
    loop.move(sent["id"], SHELTER, "accepted")

    for side, is_told in ((SHELTER, True), (SENDER, progress)):
        rows = loop.call("GET", f"/v1/coalition/legal-hold?id={sent['id']}", side).json()["held"]
        assert ({"kind": "hold", "rows": 1} in rows) is is_told


def test_without_a_fresh_count_nothing_is_held_and_nothing_is_full(fresh: Callable[..., Loop]) -> None:
    """No count says no."""
    loop = fresh(beds=None)

    assert [loop.send().json()["held"] for _ in range(3)] == [None] * 3


def test_a_count_is_no_change_of_the_directory_and_reaches_answers(loop: Loop) -> None:
    """No new version, no new tag; answers follow soon; a whole record never takes a newer count back."""
    before = loop.call("GET", "/v1/services/beds", SHELTER)
    paths = referral()["profile"]
    version = loop.call("POST", "/v1/referral-paths", body=paths).json()["directory_version"]

    assert count(loop, 0).status_code == 200
    start = monotonic()
    while (answer := loop.call("POST", "/v1/referral-paths", body=paths).json())["paths"]:
        assert monotonic() - start < 10
        sleep(0.05)

    assert [reason["code"] for reason in answer["uncovered"][0]["reasons"]] == ["full"]
    assert answer["directory_version"] == version
    after = loop.call("GET", "/v1/services/beds", SHELTER)
    assert after.headers["etag"] == before.headers["etag"]
    assert after.json()["capacities"][0]["available"] == 0
    assert (
        loop.call("PUT", "/v1/services/beds", SHELTER, before.json(), if_match=before.headers["etag"]).status_code
        == 200
    )
    assert loop.call("GET", "/v1/services/beds", SHELTER).json()["capacities"][0]["available"] == 0
    assert loop.call("POST", "/v1/referral-paths", body=paths).json()["directory_version"] == version
    assert count(loop, 2).status_code == 200
    while not loop.call("POST", "/v1/referral-paths", body=paths).json()["paths"]:  # others find it as it was
        assert monotonic() - start < 20
        sleep(0.05)


def test_counts_are_their_own_to_send(loop: Loop) -> None:
    """The service's organization alone, with `capacity` or `directory:write`; 404, 403 and 422 in this order."""
    body = {"unit": "bed", "available": 2, "maximum": 8}
    assert count(loop, 1, CLINIC).status_code == 403
    assert loop.call("PUT", "/v1/services/nothing/capacity", SHELTER, body).status_code == 404
    assert loop.call("PUT", CAPACITY, SHELTER, body, scopes="route").status_code == 403
    assert loop.call("PUT", CAPACITY, SHELTER, body, scopes="capacity").status_code == 200
    assert loop.call("PUT", CAPACITY, SHELTER, body, scopes="directory:write").status_code == 200
    for wrong in ({"available": -1}, {"available": 9}, {"unit": ""}, {"beds": 3}):
        assert loop.call("PUT", CAPACITY, SHELTER, {**body, **wrong}).status_code == 422
    assert loop.call("PUT", CAPACITY, CLINIC, {"unit": 3}).status_code == 403


def test_numbers_of_a_hidden_house_are_for_those_who_work_with_it(fresh: Callable[..., Loop]) -> None:
    """Others read a word; their entity tag says nothing of the number; the change is told to whom the numbers are."""
    loop = fresh(beds=2, listed="coalition", address_private=True)
    responses = {reader: loop.call("GET", "/v1/services/beds", reader) for reader in (SHELTER, LEGAL, "refuge")}

    assert responses[SHELTER].json()["capacities"][0]["available"] == 2
    assert responses[LEGAL].json()["capacities"][0]["available"] == 2  # an agreement in force
    assert responses["refuge"].json()["capacities"] == [{"unit": "bed", "status": "available"}]
    count(loop, 5)
    assert loop.call("GET", "/v1/services/beds", "refuge").content == responses["refuge"].content
    changed = {**responses["refuge"].json(), "name": "New name"}
    put = loop.call("PUT", "/v1/services/beds", "refuge", changed, if_match=responses["refuge"].headers["etag"])
    assert put.status_code == 200, put.text
    assert loop.call("GET", "/v1/services/beds", SHELTER).json()["capacities"][0]["available"] == 5
    for reader in (SHELTER, LEGAL, "refuge"):  # HSDS has no word for it, and tells nobody
        response = loop.call("GET", f"/hsds/services/{responses[SHELTER].json()['id']}", reader)
        assert (response.status_code, "capacities" in response.json()) == (200, False), response.text
    count(loop, 0)
    assert json.dumps(loop.events(LEGAL)).count("service.capacity_changed") == 0  # not at once
    loop.fire(datetime.now(UTC) + timedelta(minutes=15))
    readers = (SHELTER, LEGAL, "refuge", OUTSIDER)
    audience = [reader for reader in readers if "capacity_changed" in json.dumps(loop.event_types(reader))]
    assert audience == [SHELTER, LEGAL]


def test_a_hidden_house_that_counts_again_and_again_is_told_of_in_time(fresh: Callable[..., Loop]) -> None:
    """Within fifteen minutes of the first turn, however many follow; what turns after that is told anew."""
    loop = fresh(beds=2, listed="coalition", address_private=True)

    def told_at() -> list[datetime]:
        with loop.database.unit_of_work(writes=False) as work:
            due = select(Timer.due_at).where(Timer.kind == "service.tell_capacity")
            return list(work.session.execute(due).scalars())

    count(loop, 0)
    [first] = told_at()
    for available in (3, 0, 3):
        count(loop, available)
        assert told_at() == [first]
    loop.fire(datetime.now(UTC) + timedelta(minutes=15))
    count(loop, 0)
    [second] = told_at()
    assert second != first


@pytest.mark.parametrize("path", ["/v1/services/beds", f"/v1/organizations/{SHELTER}"])
def test_a_count_in_a_whole_record_is_told_as_one_by_itself(fresh: Callable[..., Loop], path: str) -> None:
    """From room to none, and back; a record with as much room as before tells nothing."""
    loop = fresh(beds=2)

    def put(available: int) -> int:
        response = loop.call("GET", path, SHELTER)
        record = response.json()
        [beds] = [service for service in record.get("services", [record]) if service["slug"] == "beds"]
        beds["capacities"][0] |= {"available": available, "updated": datetime.now(UTC).isoformat()}
        done = loop.call("PUT", path, SHELTER, record, if_match=response.headers["etag"])
        assert done.status_code == 200, done.text
        return loop.event_types(LEGAL).count("service.capacity_changed")

    assert [put(1), put(0), put(0), put(3)] == [0, 1, 1, 2]


def test_a_house_that_hides_in_the_same_change_is_told_of_as_a_hidden_one(fresh: Callable[..., Loop]) -> None:
    """The end of its room is told at a moment unrelated to the change: as the house stands now, not as it stood."""
    loop = fresh(beds=2)
    response = loop.call("GET", f"/v1/organizations/{SHELTER}", SHELTER)
    record = response.json()
    [beds] = [service for service in record["services"] if service["slug"] == "beds"]
    beds["capacities"][0] |= {"available": 0, "updated": datetime.now(UTC).isoformat()}
    record["coalition"]["listed"] = "coalition"

    put = loop.call("PUT", f"/v1/organizations/{SHELTER}", SHELTER, record, if_match=response.headers["etag"])

    assert put.status_code == 200, put.text
    assert loop.event_types(LEGAL).count("service.capacity_changed") == 0  # not at once
    loop.fire(datetime.now(UTC) + timedelta(minutes=15))
    assert loop.event_types(LEGAL).count("service.capacity_changed") == 1


def test_what_changes_all_the_time_is_decided_three_times_and_no_more(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 `busy`, soon to be tried again; nothing is stored, and the key is free."""
    before = loop.call("GET", "/v1/referrals?box=out").json()["total"]
    versions = count_from(1000)
    looked: list[int] = []

    def another(_: Referrals) -> int:
        looked.append(next(versions))
        return looked[-1]

    with monkeypatch.context() as patch:
        patch.setattr(Referrals, "directory_version", another)
        response = loop.send(key="busy")

    assert (response.status_code, response.json()["code"], response.headers["retry-after"]) == (503, "busy", "1")
    assert len(looked) == 3
    assert loop.call("GET", "/v1/referrals?box=out").json()["total"] == before
    assert loop.send(key="busy").status_code == 201


def test_hsds_tells_the_newest_count_of_a_listed_house(fresh: Callable[..., Loop]) -> None:
    """The number that its people sent, in the record, in the lines and in their entity tags; no new version."""
    loop = fresh(beds=2)
    service_id = loop.call("GET", "/v1/services/beds", SHELTER).json()["id"]
    paths = (f"/hsds/services/{service_id}", "/hsds/services?full=true", "/hsds/services?full=true&format=ndjson")
    before = [loop.call("GET", path) for path in paths]
    assert [row["available"] for row in before[0].json()["capacities"]] == [2]

    count(loop, 5)
    assert loop.call("PUT", CAPACITY, SHELTER, {"unit": "cot", "available": 1}).status_code == 200

    after = [loop.call("GET", path, if_none_match=old.headers["etag"]) for path, old in zip(paths, before, strict=True)]
    assert [response.status_code for response in after] == [200] * 3
    counts = {row["unit"]["name"]: row["available"] for row in after[0].json()["capacities"]}
    assert counts == {"bed": 5, "cot": 1}
    assert after[0].json()["capacities"][0]["id"] == before[0].json()["capacities"][0]["id"]
    for response in after[1:]:
        assert '"available": 5' in response.text


def test_hsds_tells_by_no_tag_that_a_hidden_house_was_counted(fresh: Callable[..., Loop]) -> None:
    """Neither the number nor that anything changed."""
    loop = fresh(beds=2, address_private=True)
    paths = ("/hsds/services?full=true", "/hsds/services?full=true&format=ndjson")
    tags = [loop.call("GET", path, CLINIC).headers["etag"] for path in paths]

    count(loop, 0)

    assert [loop.call("GET", path, CLINIC).headers["etag"] for path in paths] == tags


def test_a_sender_that_loses_sight_of_the_course_cannot_tell_a_decline_by_its_holds(fresh: Callable[..., Loop]) -> None:
    """Once the law forbids the house to tell, what was held counts for as long as the sender was told."""
    loop = fresh(beds=8)
    documents = [loop.send(referral(progress=True)).json() for _ in range(2)]
    assert [(document["progress"], document["held"]["places"]) for document in documents] == [(True, 1)] * 2
    path = f"/v1/organizations/{SHELTER}"
    record = loop.call("GET", path)
    body = record.json()
    body["coalition"] |= {"kind": "dv_shelter", "regimes": ["vawa"]}
    response = loop.call("PUT", path, CLINIC, body, if_match=record.headers["etag"])
    assert response.status_code == 200, response.text
    loop.refresh()
    before = loop.view(documents[0]["id"], SENDER)

    loop.move(documents[0]["id"], SHELTER, "declined", reason="unsafe")

    assert loop.view(documents[0]["id"], SENDER).content == before.content
    assert loop.send(referral(progress=True)).json()["held"] is None
