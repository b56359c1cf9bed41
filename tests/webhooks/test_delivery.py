"""Committed events arrive, signed; failures are tried again as the schedule says; endpoints are left alone in time."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from receivers import Receiver, receiving
from sqlalchemy import event as sqlalchemy_event
from standardwebhooks import Webhook, WebhookVerificationError
from svix import Webhook as SvixWebhook
from svix import WebhookVerificationError as SvixVerificationError
from webhook_builders import ATTEMPTS, DELIVERIES, ENDPOINTS, EVENTS, HERE, LAMP, QUICK, Stage, eventually

from service.database.outbox import EventType, append, outbox
from service.database.outbox.tables import EVERYBODY
from service.security import Caller
from service.web.outgoing.transport import DeliveryOutcome, SafePost
from service.webhooks.claiming import claim
from service.webhooks.deliveries import test_endpoint as send_test
from service.webhooks.fan_out import place_events
from service.webhooks.pace import DELAYS_S, WorkerPacing
from service.webhooks.settling import Result, settle


def bodies(receiver: Receiver) -> list[str]:
    return sorted(json.loads(request.body)["data"]["id"] for request in receiver.received)


def test_what_was_committed_arrives_once_and_signed(stage: Stage, receiver: Receiver) -> None:
    """Body, headers and signature are those of Standard Webhooks, checked by two libraries."""
    endpoint = stage.endpoint(receiver.url)
    stage.worker()
    stage.light("one", data={"by": "hand"})

    eventually(lambda: stage.states() == {"one": "delivered"})

    [request] = receiver.received
    [event] = stage.rows(EVENTS)
    secret = stage.secrets[endpoint]
    assert Webhook(secret).verify(request.body, dict(request.headers))["type"] == LAMP
    SvixWebhook(secret).verify(request.body, dict(request.headers))
    assert request.headers["webhook-id"] == event.id
    assert json.loads(request.body) == {
        "type": LAMP,
        "timestamp": event.at.isoformat(),
        "data": {"id": "one", "href": "/v1/lamps/one", "by": "hand"},
    }
    assert request.headers["content-type"] == "application/json"


def test_an_event_goes_to_whom_it_is_for_and_to_the_types_they_want(stage: Stage, receiver: Receiver) -> None:
    """Audience, types, a disabled endpoint, and the endpoint that an event is about."""
    paths = ("all", "lamps", "others", "disabled", "spared", "south")
    urls = {path: f"http://127.0.0.1:{receiver.port}/{path}" for path in paths}
    stage.endpoint(urls["all"])
    stage.endpoint(urls["lamps"], types=[LAMP])
    stage.endpoint(urls["others"], types=["webhook.test"])
    stage.endpoint(urls["disabled"], enabled=False)
    spared = stage.endpoint(urls["spared"])
    stage.endpoint(urls["south"], organization="south")
    stage.worker()

    stage.light("north", spares=spared)
    stage.light("everybody", audience=[EVERYBODY], spares=spared)

    eventually(lambda: len(receiver.received) >= 5)
    time.sleep(0.2)
    came = Counter((request.path, json.loads(request.body)["data"]["id"]) for request in receiver.received)
    assert came == {(f"/{path}", lamp): 1 for path, lamp in (
        ("all", "north"), ("lamps", "north"), ("all", "everybody"), ("lamps", "everybody"), ("south", "everybody"),
    )}  # fmt: skip


def test_the_audience_is_judged_again_at_every_attempt(
    stage: Stage, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may no longer know is sent nothing: `failed`, class `not_for_you`; and reads only what is for it now."""
    allowed = {"north"}
    monkeypatch.setattr(outbox, "_TYPES", {**outbox._TYPES})
    outbox._TYPES["lamp.dim"] = EventType(
        "lamp.dim", "A lamp went dim.", lambda session, event, name: {"who": name} if name in allowed else None, "/"
    )
    receiver.answer = lambda request: (500, {})
    stage.endpoint(receiver.url)
    work = stage.database.unit_of_work()
    with work:
        append(work.session, "lamp.dim", object_id="dim", href="/", audience=["north", "south"])
        work.commit()
    stage.worker()
    eventually(lambda: receiver.received)
    assert json.loads(receiver.received[0].body)["data"] == {"id": "dim", "href": "/", "who": "north"}
    allowed.clear()

    eventually(lambda: stage.states() == {"dim": "failed"})
    [row] = stage.rows(DELIVERIES)
    assert (row.error, row.exhausted) == ("not_for_you", False)


def test_every_attempt_carries_the_same_id_and_a_new_timestamp(stage: Stage, receiver: Receiver) -> None:
    """A receiver tells a repeat by `webhook-id`; after the last delay the delivery is exhausted, and its owner told."""
    receiver.answer = lambda request: (500, {}) if request.path == "/hook" else (204, {})
    stage.endpoint(receiver.url, types=[LAMP])
    stage.endpoint(f"http://127.0.0.1:{receiver.port}/other", types=["delivery.exhausted"])
    stage.worker(replace(QUICK, lease_s=30.0))  # no attempt of a busy machine outlives its lease, and is made again
    stage.light("one")

    eventually(lambda: any(request.path == "/other" for request in receiver.received))

    attempts = [request for request in receiver.received if request.path == "/hook"]
    assert len(attempts) == 10
    assert len({request.headers["webhook-id"] for request in attempts}) == 1
    [document] = [json.loads(request.body) for request in receiver.received if request.path == "/other"]
    [delivery] = stage.rows(DELIVERIES, type=LAMP)
    assert (delivery.state, delivery.exhausted, delivery.error) == ("failed", True, "status")
    assert document["type"] == "delivery.exhausted"
    assert document["data"] == {"id": delivery.id, "href": f"/v1/webhook-deliveries/{delivery.id}"}
    rows = stage.rows(ATTEMPTS, delivery_id=delivery.id)
    assert [(row.status, row.trigger) for row in rows] == [(500, "scheduled")] * 10


SLOW = WorkerPacing(delays_s=DELAYS_S)


def claimed_and_settled(stage: Stage, outcome: DeliveryOutcome, pace: WorkerPacing = SLOW) -> None:
    """Claim the one delivery that is due, and settle it with an outcome."""
    work = stage.database.unit_of_work()
    place_events(work)
    [delivery] = claim(work, stage.database.secrets, pace, room=9, room_for_failing=9)
    assert settle(work, [Result(delivery, outcome)], pace) == 1


def wait_of(stage: Stage) -> float:
    [row] = stage.rows(DELIVERIES, type=LAMP)
    return float((row.due_at - datetime.now(UTC)).total_seconds())


def test_the_delays_are_those_of_the_schedule(stage: Stage) -> None:
    """From 5 seconds to a day, each within a tenth, from the end of the attempt before."""
    stage.endpoint("http://127.0.0.1:1/")
    stage.light("one")
    expected = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)

    for delay_s in expected:
        claimed_and_settled(stage, DeliveryOutcome(5, status=500))
        assert delay_s * 0.9 - 2 <= wait_of(stage) <= delay_s * 1.1
        [row] = stage.rows(DELIVERIES)
        stage.change(DELIVERIES, row.id, due_at=datetime.now(UTC) - timedelta(seconds=1))
    claimed_and_settled(stage, DeliveryOutcome(5, status=500))

    [row] = stage.rows(DELIVERIES, type=LAMP)
    assert (row.state, row.tries) == ("failed", 10)


@pytest.mark.parametrize(("asked_s", "low", "high"), [(2.0, 4, 6), (7_000.0, 6_990, 7_001), (86_400.0, 86_390, 86_401)])
def test_a_longer_wait_that_a_receiver_asks_for_is_kept(stage: Stage, asked_s: float, low: float, high: float) -> None:
    """`Retry-After` replaces the next delay if it is longer."""
    stage.endpoint("http://127.0.0.1:1/")
    stage.light("one")

    claimed_and_settled(stage, DeliveryOutcome(5, status=503, wait_s=asked_s))

    assert low <= wait_of(stage) <= high


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        (410, {}, "gone"),
        (204, {"webhook-delivery": "disable"}, "asked"),
        (500, {"Webhook-Delivery": "disable"}, "asked"),
    ],
)
def test_a_receiver_disables_its_endpoint_by_its_reply(
    stage: Stage, receiver: Receiver, status: int, headers: dict[str, str], reason: str
) -> None:
    """At once; what is pending ends, the owner's other endpoint is told, nothing more is sent."""
    receiver.answer = lambda request: (status, headers) if request.path == "/hook" else (204, {})
    endpoint = stage.endpoint(receiver.url, types=[LAMP])
    stage.endpoint(f"http://127.0.0.1:{receiver.port}/other", types=["endpoint.disabled"])
    stage.worker(WorkerPacing(threads=8, idle_s=0.05, per_endpoint=1, delays_s=(0.05,)))
    stage.light("one", "two")

    eventually(lambda: any(request.path == "/other" for request in receiver.received))
    stage.light("three")
    time.sleep(0.3)

    [row] = stage.rows(ENDPOINTS, id=endpoint)
    assert (row.enabled, row.disabled_reason) == (False, reason)
    assert sum(request.path == "/hook" for request in receiver.received) == 1
    assert sorted(stage.states()) == sorted([endpoint, "one", "two"])
    assert {row.error for row in stage.rows(DELIVERIES, state="failed")} == {"disabled"}
    [data] = [json.loads(request.body)["data"] for request in receiver.received if request.path == "/other"]
    assert data == {"id": endpoint, "href": f"/v1/webhook-endpoints/{endpoint}", "reason": reason}


def test_abort_message_ends_that_delivery_alone(stage: Stage, receiver: Receiver) -> None:
    """The receiver will never take it; the endpoint stays as it is."""
    receiver.answer = lambda request: (
        (400, {"webhook-delivery": "abort-message"}) if b'"bad"' in request.body else (204, {})
    )
    stage.endpoint(receiver.url)
    stage.worker()

    stage.light("bad", "good")

    eventually(lambda: stage.states() == {"bad": "failed", "good": "delivered"})
    assert bodies(receiver) == ["bad", "good"]
    [row] = stage.rows(DELIVERIES, state="failed")
    assert (row.error, row.exhausted) == ("aborted", False)


def test_five_days_of_failures_for_three_events_disable_an_endpoint(stage: Stage) -> None:
    """Not before five days, not for two events, not after a success in between."""
    endpoint = stage.endpoint("http://127.0.0.1:1/")
    hours = WorkerPacing(delays_s=DELAYS_S[4:])  # nothing is due again while this lasts, on a busy machine too

    def fail(lamp: str) -> None:
        stage.light(lamp)
        claimed_and_settled(stage, DeliveryOutcome(5, status=500), hours)

    def is_enabled() -> bool:
        [row] = stage.rows(ENDPOINTS, id=endpoint)
        return bool(row.enabled)

    for lamp in ("a", "b", "c"):
        fail(lamp)
    stage.age(endpoint, 4.9)
    fail("d")
    assert is_enabled()
    stage.light("well")
    claimed_and_settled(stage, DeliveryOutcome(5, status=200))
    fail("e")
    stage.age(endpoint, 5.1)
    fail("f")
    assert is_enabled()
    fail("g")
    assert not is_enabled()
    [row] = stage.rows(ENDPOINTS, id=endpoint)
    assert row.disabled_reason == "failing"


def test_what_would_disable_an_endpoint_twice_is_told_once(stage: Stage) -> None:
    """After five days of failures it says that it is gone: its owner reads one end, by its own word."""
    endpoint = stage.endpoint("http://127.0.0.1:1/")
    stage.endpoint("http://127.0.0.1:1/", types=["endpoint.disabled"])
    for lamp, status in (("a", 500), ("b", 500), ("c", 410)):
        stage.light(lamp)
        claimed_and_settled(stage, DeliveryOutcome(5, status=status))
        if lamp == "b":
            stage.age(endpoint, 5.1)

    [row] = stage.rows(EVENTS, type="endpoint.disabled")
    assert row.data == {"reason": "gone"}


def test_a_test_of_a_disabled_endpoint_tells_no_second_end(stage: Stage) -> None:
    """It is sent all the same, and the reply says once more that the endpoint is gone."""
    endpoint_id = stage.endpoint("http://127.0.0.1:1/", types=[LAMP])
    stage.endpoint("http://127.0.0.1:1/", types=["endpoint.disabled"])
    stage.light("a")
    claimed_and_settled(stage, DeliveryOutcome(5, status=410))
    send_test(stage.database, Caller("north", frozenset({"webhook"}), "a"), endpoint_id)
    work = stage.database.unit_of_work()
    claims = claim(work, stage.database.secrets, SLOW, room=9, room_for_failing=9)
    assert settle(work, [Result(delivery, DeliveryOutcome(5, status=410)) for delivery in claims], SLOW) == 1

    assert len(stage.rows(EVENTS, type="endpoint.disabled")) == 1


def test_a_disabled_endpoint_leaves_no_circle_of_events(stage: Stage) -> None:
    """Two dead endpoints of one owner do not tell each other for ever."""
    for _ in range(2):
        stage.endpoint("http://127.0.0.1:1/")
    stage.worker(WorkerPacing(threads=8, idle_s=0.05, delays_s=(0.01,)))
    stage.light("one")

    eventually(lambda: len(stage.rows(DELIVERIES, state="failed")) == 4)
    time.sleep(0.3)
    assert Counter(row.type for row in stage.rows(EVENTS)) == {LAMP: 1, "delivery.exhausted": 2}


def test_both_secrets_sign_during_a_rotation_and_the_old_one_not_after(stage: Stage, receiver: Receiver) -> None:
    """A receiver that knows either verifies; once the grace is over, only the new one does."""
    endpoint = stage.endpoint(receiver.url)
    old, new = stage.secrets[endpoint], "whsec_" + "bmV3" * 8
    seal = stage.database.secrets.seal
    soon = datetime.now(UTC) + timedelta(hours=1)
    stage.change(ENDPOINTS, endpoint, secret=seal(new), old_secret=seal(old), old_secret_until=soon)
    stage.worker()
    stage.light("during")
    eventually(lambda: len(receiver.received) == 1)
    stage.change(ENDPOINTS, endpoint, old_secret_until=datetime.now(UTC))
    stage.light("after")
    eventually(lambda: len(receiver.received) == 2)

    during, after = receiver.received
    for secret in (old, new):
        assert Webhook(secret).verify(during.body, dict(during.headers))
        SvixWebhook(secret).verify(during.body, dict(during.headers))
    assert Webhook(new).verify(after.body, dict(after.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(after.body, dict(after.headers))
    with pytest.raises(SvixVerificationError):
        SvixWebhook(old).verify(after.body, dict(after.headers))


def test_a_late_result_changes_nothing(stage: Stage) -> None:
    """A worker that slept past its lease is fenced off by the number of the claim that came after."""
    stage.endpoint("http://127.0.0.1:1/")
    stage.light("one")
    work = stage.database.unit_of_work()
    place_events(work)
    pace = WorkerPacing(lease_s=1.0)
    [late] = claim(work, stage.database.secrets, pace, room=9, room_for_failing=9)
    assert claim(work, stage.database.secrets, pace, room=9, room_for_failing=9) == []
    time.sleep(1.1)
    [next_one] = claim(work, stage.database.secrets, pace, room=9, room_for_failing=9)

    assert settle(work, [Result(late, DeliveryOutcome(1, status=200))], pace) == 0
    assert stage.states() == {"one": "pending"}
    assert settle(work, [Result(next_one, DeliveryOutcome(1, status=200))], pace) == 1
    assert settle(work, [Result(next_one, DeliveryOutcome(1, status=500))], pace) == 0
    assert stage.states() == {"one": "delivered"}
    assert (late.message_id, late.number, next_one.number) == (next_one.message_id, 1, 2)
    assert "whsec" not in repr(late)


def test_many_processes_together_keep_to_the_bounds(stage: Stage) -> None:
    """Four at a time for each endpoint, eight for each organization, however many claim at once."""
    urls = [stage.endpoint(f"http://127.0.0.1:1/{number}") for number in range(3)]
    stage.endpoint("http://127.0.0.1:1/south", organization="south")
    stage.light(*(f"lamp-{number}" for number in range(20)), audience=["north", "south"])
    place_events(stage.database.unit_of_work())
    endpoints: list[str] = []

    def run() -> None:
        work = stage.database.unit_of_work()
        for _ in range(5):
            claims = claim(work, stage.database.secrets, WorkerPacing(), room=64, room_for_failing=48)
            endpoints.extend(delivery.endpoint_id for delivery in claims)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    many = Counter(endpoints)
    assert max(many.values()) == 4
    assert sum(many[endpoint] for endpoint in urls) == 8
    assert many.total() == 12


def test_a_quarter_is_kept_for_endpoints_that_are_well(stage: Stage) -> None:
    """However much is due for endpoints that failed last, what is well is sent to."""
    for number in range(30):
        stage.endpoint("http://127.0.0.1:1/", organization=f"dead-{number}", healthy=False)
    stage.endpoint("http://127.0.0.1:1/", organization="well")
    stage.light("a", "b", "c", audience=[f"dead-{number}" for number in range(30)])
    stage.light("d", audience=["well"])
    place_events(stage.database.unit_of_work())

    claims = claim(stage.database.unit_of_work(), stage.database.secrets, WorkerPacing(), room=64, room_for_failing=48)

    assert Counter(delivery.healthy for delivery in claims) == {False: 48, True: 1}


def test_a_slow_endpoint_delays_no_other(stage: Stage) -> None:
    """While one hangs, the other gets all of its events."""
    with receiving() as hangs, receiving() as quick:
        release = threading.Event()
        hangs.answer = lambda request: (release.wait(0.9), (204, {}))[1]
        stage.endpoint(hangs.url)
        stage.endpoint(quick.url, organization="south")
        stage.light(*(f"lamp-{number}" for number in range(40)), audience=["north", "south"])
        stage.worker(WorkerPacing(threads=8, idle_s=0.05))

        eventually(lambda: len(quick.received) == 40, within_s=10)
        assert len(hangs.received) <= 16
        release.set()


def test_no_more_a_second_than_an_endpoint_takes(stage: Stage, receiver: Receiver) -> None:
    """Attempts begin at the pace that was set."""
    stage.endpoint(receiver.url, max_per_second=5)
    stage.light(*(f"lamp-{number}" for number in range(12)))
    started = time.monotonic()
    stage.worker()

    eventually(lambda: len(receiver.received) == 12)

    assert time.monotonic() - started > 1.2  # a burst of five, then five a second
    assert len(stage.rows(ATTEMPTS)) <= 12


def test_a_worker_that_stops_writes_what_came_of_what_was_under_way(stage: Stage, receiver: Receiver) -> None:
    """Nothing is left claimed, and nothing is sent twice."""
    receiver.answer = lambda request: (time.sleep(0.5), (204, {}))[1]
    stage.endpoint(receiver.url)
    stage.light("one", "two")
    worker = stage.worker()
    eventually(lambda: len(receiver.received) == 2)

    worker.stop()

    assert stage.states() == {"one": "delivered", "two": "delivered"}


def test_a_delivery_whose_secret_cannot_be_opened_holds_up_no_other(stage: Stage, receiver: Receiver) -> None:
    """Sealed with another key: that one waits, and the rest goes out."""
    stage.endpoint(receiver.url, secret="gAAAA-not-ours")
    stage.endpoint(receiver.url, organization="south")
    stage.light("one", audience=["north", "south"])
    stage.worker()

    eventually(lambda: len(stage.rows(DELIVERIES, state="delivered")) == 1)
    [waits] = stage.rows(DELIVERIES, state="pending")
    assert (waits.error, waits.claims) == ("not_ready", 0)


def test_idle_workers_leave_the_database_alone(stage: Stage) -> None:
    """At most five transactions a second where there is nothing to do."""
    begun: list[float] = []
    sqlalchemy_event.listen(stage.database.engine, "begin", lambda connection: begun.append(time.monotonic()))
    stage.worker(WorkerPacing(threads=8), post=SafePost(HERE))
    time.sleep(0.5)
    begun.clear()

    time.sleep(3)

    assert len(begun) <= 15
    assert QUICK.idle_s < WorkerPacing().idle_s


def test_a_commit_wakes_the_worker(stage: Stage, receiver: Receiver) -> None:
    """A worker that would look again in a minute sends at once what was committed beside it."""
    stage.endpoint(receiver.url)
    stage.worker(WorkerPacing(threads=8, idle_s=60.0))
    time.sleep(1)  # asleep by now

    stage.light("one")

    eventually(lambda: stage.states() == {"one": "delivered"}, within_s=10)
