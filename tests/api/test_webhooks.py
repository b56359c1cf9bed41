"""Endpoints, deliveries and events over HTTP, with a worker that delivers to a receiver on this machine."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jsonschema
import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from cryptography.fernet import Fernet
from hostile_targets import WRITTEN
from receivers import Receiver, receiving
from sqlalchemy import select, update
from standardwebhooks import Webhook
from webhook_builders import eventually

from service.app import description_bytes
from service.database.database import open_database
from service.database.outbox import append, event_types
from service.database.outbox.tables import EVERYBODY, Event
from service.database.table_base import table_of
from service.webhooks.read_events import Cursors
from service.webhooks.tables import WebhookEndpoint

OTHER = "willow-bend-youth"
LATER = datetime.now(UTC)
URL = "/v1/webhook-endpoints"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("webhooks")
    settings = demo_settings(folder, rate_limit="1000000/minute", webhook_networks="127.0.0.0/8", webhook_http=True)
    with running(settings) as app:
        yield app


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


class Keeper:
    """An organization that keeps endpoints."""

    def __init__(self, api: Api, organization: str = HOTLINE) -> None:
        self.api = api
        self.organization = organization
        self.bearer = api.bearer("webhook", organization=organization)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        content = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"} if content is not None else {}
        own = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.api.client.request(method, path, content=content, headers=self.bearer | kind | own)

    def add(self, url: str, **more: Any) -> dict[str, Any]:
        response = self("POST", URL, {"url": url, **more})
        assert response.status_code == 201, response.text
        document: dict[str, Any] = response.json()
        return document

    def drop(self) -> None:
        for endpoint in self("GET", URL).json()["items"]:
            self("DELETE", f"{URL}/{endpoint['id']}", If_Match="*")

    def deliveries(self, endpoint: Mapping[str, Any], **query: str) -> list[dict[str, Any]]:
        response = self.api.client.get(f"{URL}/{endpoint['id']}/deliveries", headers=self.bearer, params=query)
        items: list[dict[str, Any]] = response.json()["items"]
        return items


@pytest.fixture
def keeper(api: Api) -> Iterator[Keeper]:
    keeper = Keeper(api)
    yield keeper
    keeper.drop()


@pytest.fixture
def other(api: Api) -> Iterator[Keeper]:
    keeper = Keeper(api, OTHER)
    yield keeper
    keeper.drop()


def tell(api: Api, *objects: str, organization: str = HOTLINE) -> None:
    """Commit an event for each object, for one organization."""
    with open_database(api.settings) as database, (work := database.unit_of_work()):
        for name in objects:
            append(
                work.session,
                "endpoint.changed",
                object_id=name,
                href=f"/v1/webhook-endpoints/{name}",
                audience=[organization],
                about={"owner": organization},
            )
        work.commit()


def change(api: Api, statement: Any) -> None:
    with open_database(api.settings) as database, (work := database.unit_of_work()):
        work.session.execute(statement)
        work.commit()


# --- endpoints --------------------------------------------------------------------------------------------------------


def test_an_endpoint_is_added_shown_changed_and_deleted(keeper: Keeper, receiver: Receiver) -> None:
    """The secret is shown once; a change names what it changes."""
    response = keeper("POST", URL, {"url": receiver.url, "description": "Our app"})
    endpoint = response.json()
    path = response.headers["location"]
    assert endpoint["secret"].startswith("whsec_")

    current = keeper("GET", path)
    assert current.json() == {name: value for name, value in endpoint.items() if name != "secret"}
    assert "secret" not in keeper("GET", URL).text.replace("old_secret_until", "")
    change = {"url": receiver.url, "types": ["webhook.test"], "enabled": False, "max_per_second": 7}
    assert keeper("PUT", path, change).status_code == 428
    assert keeper("PUT", path, change, If_Match='"other"').status_code == 412
    changed = keeper("PUT", path, change, If_Match=current.headers["etag"])
    assert {name: changed.json()[name] for name in change} == change
    assert changed.json()["disabled_reason"] == "owner"
    assert keeper("GET", path, If_None_Match=changed.headers["etag"]).status_code == 304
    assert keeper("DELETE", path, If_Match=current.headers["etag"]).status_code == 412
    assert keeper("DELETE", path).status_code == 204
    assert keeper("GET", path).status_code == 404


def test_what_is_another_organizations_is_not_here(keeper: Keeper, other: Keeper, receiver: Receiver) -> None:
    """Every operation on another's endpoint, delivery or task answers as on none at all."""
    endpoint = keeper.add(receiver.url)
    tested = keeper("POST", f"{URL}/{endpoint['id']}/test").json()
    since = {"since": (datetime.now(UTC) - timedelta(days=1)).isoformat()}
    task = keeper("POST", f"{URL}/{endpoint['id']}/recovery", since).json()
    paths = [
        ("GET", "", None), ("PUT", "", {"url": receiver.url}), ("DELETE", "", None), ("GET", "/headers", None),
        ("PUT", "/headers", {"headers": {}}), ("POST", "/secret-rotation", {}), ("POST", "/test", None),
        ("POST", "/recovery", since), ("POST", "/replay", since), ("POST", "/replay-missing", since),
        ("GET", "/statistics", None), ("GET", "/deliveries", None),
    ]  # fmt: skip
    whole = [(method, f"{URL}/{{id}}{path}", body, endpoint["id"]) for method, path, body in paths]
    whole += [("GET", "/v1/webhook-deliveries/{id}", None, tested["id"]), ("GET", "/v1/tasks/{id}", None, task["id"]),
              ("POST", "/v1/webhook-deliveries/{id}/retry", None, tested["id"])]  # fmt: skip

    for method, path, body, there in whole:
        answers = [
            other(method, path.format(id=key), body, If_Match="*")
            for key in (there, "00000000-0000-4000-8000-000000000000", "x")
        ]
        assert {answer.status_code for answer in answers} == {404}, (method, path)
        assert len({answer.text for answer in answers}) == 1
    assert other("GET", URL).json()["items"] == []


HERE_TOO = ("https://127.0.0.1", "http://127.0.0.1", "https://localhost/", "https://LOCALHOST/")
"""What the settings of this application open, unless the rest of the URL is bad."""


@pytest.mark.parametrize("url", [url for url in WRITTEN if not url.startswith(HERE_TOO) or "@" in url])
def test_a_url_that_leads_nowhere_good_is_refused(keeper: Keeper, url: str) -> None:
    """At registration and at a change: 422 at `/url`, and the URL is not repeated."""
    endpoint = keeper.add("http://127.0.0.1:9/")
    body = json.dumps({"url": url}).encode()
    for answer in (keeper("POST", URL, body), keeper("PUT", f"{URL}/{endpoint['id']}", body, If_Match="*")):
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/url"]
        assert len(url) < 12 or url not in answer.text


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"{", ""), (b"[]", ""), (b'{"url": 1}', "/url"), (b"{}", "/url"),
        (b'{"url": "http://127.0.0.1/", "types": ["no.such"]}', "/types/0"),
        (b'{"url": "http://127.0.0.1/", "types": "all"}', "/types"),
        (b'{"url": "http://127.0.0.1/", "colour": 1}', ""),
        (b'{"url": "http://127.0.0.1/", "description": "\\ud800"}', "/description"),
        (b'{"url": NaN}', "/url"),
        (b'{"url": "http://127.0.0.1/", "description": "' + b"x" * 201 + b'"}', "/description"),
    ],
)  # fmt: skip
def test_a_bad_body_is_refused_by_field(keeper: Keeper, body: bytes, pointer: str) -> None:
    """422 that names the field."""
    answer = keeper("POST", URL, body)

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_body_that_is_no_object_is_told_what_it_must_hold(keeper: Keeper) -> None:
    """The fields that are required, and no other."""
    assert keeper("POST", URL, b"[]").json()["errors"][0]["detail"] == "must be an object with url"


def test_the_same_request_again_makes_nothing_anew(keeper: Keeper, other: Keeper, receiver: Receiver) -> None:
    """By `Idempotency-Key`: the same endpoint, without its secret; another body is refused; keys are one's own."""
    body = {"url": receiver.url}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: keeper("POST", URL, body, Idempotency_Key="k-1"), range(4)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    secrets = [answer.json()["secret"] for answer in answers]
    assert sum(secret is not None for secret in secrets) == 1
    assert sorted(answer.headers.get("idempotency-replayed", "") for answer in answers) == ["", *["true"] * 3]
    assert keeper("POST", URL, {"url": receiver.url + "2"}, Idempotency_Key="k-1").json()["code"] == (
        "idempotency_key_reused"
    )
    assert other("POST", URL, body, Idempotency_Key="k-1").json()["secret"] is not None
    assert keeper("POST", URL, body, Idempotency_Key="x" * 256).status_code == 422


def test_an_organization_has_twenty_endpoints_at_most(keeper: Keeper, other: Keeper, receiver: Receiver) -> None:
    """Whatever comes at once."""
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: keeper("POST", URL, {"url": receiver.url}).status_code, range(24)))

    assert sorted(codes) == [201] * 20 + [409] * 4
    other.add(receiver.url)
    first = keeper("GET", f"{URL}?per_page=15")
    assert (len(first.json()["items"]), first.json()["total"]) == (15, 20)
    following = first.headers["link"].split(">")[0].lstrip("<")
    assert len(keeper("GET", following).json()["items"]) == 5


def test_secrets_and_header_values_are_sealed_at_rest(api: Api, keeper: Keeper, receiver: Receiver) -> None:
    """No row holds them, nor any answer afterwards; a receiver gets the headers."""
    endpoint = keeper.add(receiver.url)
    value = "header-canary-value"
    response = keeper("PUT", f"{URL}/{endpoint['id']}/headers", {"headers": {"X-Key": value}})
    assert response.json() == keeper("GET", f"{URL}/{endpoint['id']}/headers").json() == {"names": ["X-Key"]}
    keeper("POST", f"{URL}/{endpoint['id']}/test")
    eventually(lambda: receiver.received)

    assert receiver.received[0].headers["x-key"] == value
    with open_database(api.settings) as database, database.engine.connect() as connection:
        rows = repr(connection.execute(select(table_of(WebhookEndpoint))).all())
    assert value not in rows
    assert endpoint["secret"].removeprefix("whsec_") not in rows


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "a"}, {"Content-Length": "0"}, {"content-anything": "x"}, {"Webhook-Id": "x"}, {"Cookie": "a"},
        {"Transfer-Encoding": "chunked"}, {"X-Forwarded-For": "x"}, {"Proxy-Authorization": "x"}, {"TE": "x"},
        {"User-Agent": "x"}, {"Connection": "x"}, {"Expect": "x"}, {"Upgrade": "x"}, {"X-A": "a\r\nb"},
        {"X-A": ""}, {"X-A": " a"}, {"X-Ä": "a"}, {"X-A": "ä"}, {"X A": "a"}, {"": "a"}, {"X-A": "1", "x-a": "2"},
        {f"X-{number}": "a" for number in range(11)}, {"X-A": "a" * 4096},
    ],
)  # fmt: skip
def test_headers_that_mean_something_to_delivery_are_refused(
    keeper: Keeper, receiver: Receiver, headers: dict[str, str]
) -> None:
    """Neither the transport's own, nor anything that is not plain and short."""
    endpoint = keeper.add(receiver.url)

    assert keeper("PUT", f"{URL}/{endpoint['id']}/headers", {"headers": headers}).status_code == 422
    assert keeper("GET", f"{URL}/{endpoint['id']}/headers").json() == {"names": []}


def test_a_secret_is_rotated_with_a_grace(keeper: Keeper, receiver: Receiver) -> None:
    """Both sign until the grace is over; none twice within it, unless forced; 0 drops the old one at once."""
    endpoint = keeper.add(receiver.url)
    path = f"{URL}/{endpoint['id']}/secret-rotation"

    second = keeper("POST", path, {}).json()["secret"]
    assert keeper("POST", path, {}).status_code == 409
    keeper("POST", f"{URL}/{endpoint['id']}/test")
    eventually(lambda: len(receiver.received) == 1)
    third = keeper("POST", path, {"grace_seconds": 0, "force": True}).json()["secret"]
    keeper("POST", f"{URL}/{endpoint['id']}/test")
    eventually(lambda: len(receiver.received) == 2)

    first, last = receiver.received
    for secret in (endpoint["secret"], second):
        Webhook(secret).verify(first.body, dict(first.headers))
    assert len(last.headers["webhook-signature"].split()) == 1
    Webhook(third).verify(last.body, dict(last.headers))
    assert keeper("POST", path, {"grace_seconds": 604_801}).status_code == 422


# --- deliveries -------------------------------------------------------------------------------------------------------


def test_deliveries_tell_how_each_attempt_went(api: Api, keeper: Keeper, receiver: Receiver) -> None:
    """Status or class of error, trigger and time; filters; once more by hand; nothing of a reply's body."""
    receiver.answer = lambda request: (500, {})
    endpoint = keeper.add(receiver.url, types=["endpoint.changed"])
    tell(api, "one")
    eventually(lambda: any(delivery["attempts"] for delivery in keeper.deliveries(endpoint)))
    [delivery] = keeper.deliveries(endpoint, status="pending", type="endpoint.changed")
    [attempt] = delivery["attempts"]
    assert (attempt["status"], attempt["error"], attempt["trigger"]) == (500, None, "scheduled")
    assert delivery["next_attempt_at"] > delivery["created_at"]
    receiver.answer = lambda request: (204, {})

    assert keeper("POST", f"/v1/webhook-deliveries/{delivery['id']}/retry").status_code == 202
    eventually(lambda: keeper("GET", f"/v1/webhook-deliveries/{delivery['id']}").json()["status"] == "delivered")

    document = keeper("GET", f"/v1/webhook-deliveries/{delivery['id']}").json()
    assert [(attempt["trigger"], attempt["status"]) for attempt in document["attempts"]] == [
        ("scheduled", 500),
        ("manual", 204),
    ]
    assert keeper.deliveries(endpoint, status="pending") == []
    assert keeper.deliveries(endpoint, since=datetime.now(UTC).isoformat()) == []
    for since in ("2026-01-01T00:00:00", "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-12:00", "2026-01-01"):
        refused = keeper("GET", f"{URL}/{endpoint['id']}/deliveries?since={since}")
        assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "since")
    statistics = keeper("GET", f"{URL}/{endpoint['id']}/statistics").json()
    assert {name: statistics[name] for name in ("delivered", "failed", "pending")} == {
        "delivered": 1, "failed": 0, "pending": 0,
    }  # fmt: skip
    assert statistics["median_milliseconds"] == statistics["p95_milliseconds"] >= 0
    assert [hour["delivered"] for hour in statistics["hours"]] == [1]
    assert datetime.fromisoformat(statistics["hours"][0]["hour"]).tzinfo is not None


def test_a_test_goes_out_once_and_counts_for_no_health(keeper: Keeper, receiver: Receiver) -> None:
    """Also to a disabled endpoint; a failed one is not tried again."""
    receiver.answer = lambda request: (500, {})
    endpoint = keeper.add(receiver.url)
    keeper("PUT", f"{URL}/{endpoint['id']}", {"url": receiver.url, "enabled": False}, If_Match="*")

    tested = keeper("POST", f"{URL}/{endpoint['id']}/test").json()
    eventually(lambda: keeper("GET", f"/v1/webhook-deliveries/{tested['id']}").json()["status"] == "failed")

    document = keeper("GET", f"/v1/webhook-deliveries/{tested['id']}").json()
    assert [(attempt["trigger"], attempt["status"]) for attempt in document["attempts"]] == [("test", 500)]
    assert json.loads(receiver.received[0].body)["type"] == "webhook.test"
    assert keeper("GET", f"{URL}/{endpoint['id']}/statistics").json()["failing_since"] is None
    assert keeper("POST", f"/v1/webhook-deliveries/{tested['id']}/retry").status_code == 409


def test_a_test_tried_again_by_hand_counts_for_no_health_either(api: Api, keeper: Keeper, receiver: Receiver) -> None:
    """Neither its failure nor its success is one of the endpoint's, and it is never exhausted."""
    receiver.answer = lambda request: (500, {})
    endpoint = keeper.add(receiver.url)
    failing_since = datetime.now(UTC) - timedelta(days=4)

    def attempted(path: str, times: int) -> dict[str, Any]:
        tested = keeper("POST", path).json()
        address = f"/v1/webhook-deliveries/{tested['id']}"
        eventually(lambda: len(keeper("GET", address).json()["attempts"]) == times)
        return dict(keeper("GET", address).json())

    def health() -> tuple[bool, datetime | None]:
        with open_database(api.settings) as database, (work := database.unit_of_work(writes=False)):
            row = work.session.get(WebhookEndpoint, endpoint["id"])
            assert row is not None
            return row.healthy, row.failing_since

    tested = attempted(f"{URL}/{endpoint['id']}/test", 1)
    again = attempted(f"/v1/webhook-deliveries/{tested['id']}/retry", 2)
    assert ([attempt["trigger"] for attempt in again["attempts"]], again["exhausted"]) == (["test", "manual"], False)
    assert health() == (True, None)

    table = table_of(WebhookEndpoint)
    unwell = {"healthy": False, "failing_since": failing_since}
    change(api, update(table).where(table.c.id == endpoint["id"]).values(**unwell))
    receiver.answer = lambda request: (204, {})
    assert attempted(f"/v1/webhook-deliveries/{tested['id']}/retry", 3)["status"] == "delivered"
    assert health() == (False, failing_since)


def test_an_endpoint_whose_name_is_no_more_can_be_switched_off(
    api: Api, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its URL is looked up when it changes and while events are to go there, and not to be switched off."""
    endpoint = keeper.add("http://localhost:9/hooks")

    def gone(host: str, *_: Any, **__: Any) -> Any:
        raise socket.gaierror(host)

    monkeypatch.setattr(socket, "getaddrinfo", gone)

    def put(**fields: Any) -> int:
        return keeper("PUT", f"{URL}/{endpoint['id']}", {"url": endpoint["url"], **fields}, If_Match="*").status_code

    assert put(description="New") == 422
    assert put(url="http://localhost:9/elsewhere", enabled=False) == 422
    assert put(types=["no.such"], enabled=False) == 422
    assert put(enabled=False) == 200
    assert put(enabled=True) == 422
    assert keeper("GET", f"{URL}/{endpoint['id']}").json()["enabled"] is False


def run_task(keeper: Keeper, endpoint: Mapping[str, Any], kind: str) -> int:
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    begun = keeper("POST", f"{URL}/{endpoint['id']}/{kind}", {"since": since})
    assert begun.status_code == 202, begun.text
    path = begun.headers["location"]
    eventually(lambda: keeper("GET", path).json()["status"] == "done")
    count: int = keeper("GET", path).json()["deliveries"]
    return count


def test_the_past_is_sent_again_as_tasks(api: Api, keeper: Keeper, receiver: Receiver) -> None:
    """Recovery: what failed. Replay: what was delivered too. Replay-missing: what never was. The id stays the same."""
    refuse = {"past-1"}
    receiver.answer = lambda request: (
        (400, {"webhook-delivery": "abort-message"}) if json.loads(request.body)["data"]["id"] in refuse else (204, {})
    )
    endpoint = keeper.add(receiver.url, types=["endpoint.changed"])
    tell(api, "past-1", "past-2")
    eventually(
        lambda: sorted(delivery["status"] for delivery in keeper.deliveries(endpoint)) == ["delivered", "failed"]
    )
    late = keeper.add(f"http://127.0.0.1:{receiver.port}/late", types=["endpoint.changed"])
    refuse.clear()

    def came(path: str) -> list[str]:
        with receiver.lock:
            ids = sorted(json.loads(item.body)["data"]["id"] for item in receiver.received if item.path == path)
        return [name for name in ids if name.startswith("past-")]

    assert run_task(keeper, endpoint, "recovery") == 1
    eventually(lambda: came("/hook") == ["past-1", "past-1", "past-2"])
    assert run_task(keeper, endpoint, "replay") >= 2
    eventually(lambda: came("/hook") == ["past-1", "past-1", "past-1", "past-2", "past-2"])
    count = run_task(keeper, late, "replay-missing")
    assert count >= 2
    eventually(lambda: {"past-1", "past-2"} <= set(came("/late")))
    assert run_task(keeper, late, "replay-missing") == 0
    requests = [request for request in receiver.received if json.loads(request.body)["data"]["id"] == "past-1"]
    ids = {request.headers["webhook-id"] for request in requests}
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("since", "until", "pointer"),
    [(timedelta(days=15), None, "/since"), (timedelta(hours=1), timedelta(hours=2), "/until"),
     (-timedelta(hours=1), None, "/until")],
)  # fmt: skip
def test_a_task_goes_back_fourteen_days_at_most(
    keeper: Keeper, receiver: Receiver, since: timedelta, until: timedelta | None, pointer: str
) -> None:
    """And ends after it begins."""
    endpoint = keeper.add(receiver.url)
    now = datetime.now(UTC)
    body = {"since": (now - since).isoformat(), "until": (now - until).isoformat() if until else None}

    answer = keeper("POST", f"{URL}/{endpoint['id']}/replay", body)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


# --- events -----------------------------------------------------------------------------------------------------------


def read_on(keeper: Keeper, cursor: str | None = None, **query: Any) -> tuple[list[str], str]:
    """Return the objects of the events after a cursor, and the next cursor."""
    params = {**({"after": cursor} if cursor else {}), **query}
    answer = keeper.api.client.get("/v1/events", headers=keeper.bearer, params=params)
    assert answer.status_code == 200, answer.text
    return [event["data"]["id"] for event in answer.json()["events"]], answer.json()["next"]


def to_the_end(keeper: Keeper) -> str:
    cursor: str | None = None
    while True:
        page, cursor = read_on(keeper, cursor)
        if not page:
            return cursor


def test_events_are_read_after_a_cursor(api: Api, keeper: Keeper, other: Keeper) -> None:
    """Each once, in one order; another organization's are not there; the cursor is good for its own alone."""
    cursor = to_the_end(keeper)
    tell(api, "a", "b", "c")
    tell(api, "x", organization=OTHER)
    eventually(lambda: len(read_on(keeper, cursor)[0]) == 3)

    first, then = read_on(keeper, cursor, limit=2)
    last, end = read_on(keeper, then)
    assert sorted(first + last) == ["a", "b", "c"]
    assert read_on(keeper, end)[0] == []
    params = {"after": cursor}
    foreign = api.client.get("/v1/events", headers=other.bearer, params=params)
    assert (foreign.status_code, foreign.json()["errors"][0]["parameter"]) == (422, "after")
    for made_up in ("0", "gAAAA", Fernet(Fernet.generate_key()).encrypt(b"0 0 x").decode()):
        assert api.client.get("/v1/events", headers=keeper.bearer, params={"after": made_up}).text == foreign.text


def test_cursors_tell_nothing(api: Api, keeper: Keeper, other: Keeper) -> None:
    """All of one length, whatever lies between them, and none of them twice."""
    before = to_the_end(keeper)
    tell(api, *(f"hidden-{number}" for number in range(30)), organization=OTHER)
    eventually(lambda: len(read_on(other)[0]) >= 30)

    after = [read_on(keeper, before) for _ in range(3)]

    assert [events for events, _ in after] == [[], [], []]
    cursors = {before, *(cursor for _, cursor in after)}
    assert len(cursors) == 4
    assert len({len(cursor) for cursor in cursors}) == 1


def test_a_cursor_ends_after_thirty_days(api: Api, keeper: Keeper) -> None:
    """410 with the oldest, from which reading goes on."""
    with open_database(api.settings) as database:
        old = Cursors(database.secrets).seal(HOTLINE, 0, datetime.now(UTC) - timedelta(days=31))

    answer = api.client.get("/v1/events", headers=keeper.bearer, params={"after": old})

    assert (answer.status_code, answer.json()["code"]) == (410, "cursor_expired")
    oldest = answer.json()["detail"].split("`")[1]
    read_on(keeper, oldest)


def test_a_reader_waits_for_what_is_for_it(api: Api, keeper: Keeper) -> None:
    """The answer comes soon after the event, not for another's event, and empty when the time is up."""
    cursor = to_the_end(keeper)
    while read_on(keeper, cursor, wait=1)[0]:  # ends of terms are told soon after a start
        cursor = to_the_end(keeper)
    started = time.monotonic()
    assert read_on(keeper, cursor, wait=1)[0] == []
    assert 0.9 < time.monotonic() - started < 5
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(read_on, keeper, cursor, wait=20)
        time.sleep(0.5)
        tell(api, "not-for-you", organization=OTHER)
        time.sleep(1.5)
        assert not waiting.done()
        tell(api, "for-you")
        assert waiting.result(10)[0] == ["for-you"]


def test_two_wait_for_each_organization_and_the_rest_are_answered(keeper: Keeper, other: Keeper) -> None:
    """Beyond its places, an organization's requests are answered at once; others wait as they may."""
    cursor, theirs = to_the_end(keeper), to_the_end(other)
    with ThreadPoolExecutor(6) as pool:

        def timed(reader: Keeper, after: str) -> float:
            started = time.monotonic()
            read_on(reader, after, wait=3)
            return time.monotonic() - started

        took = list(pool.map(lambda _: timed(keeper, cursor), range(5)))
        assert timed(other, theirs) > 2.5
    assert sum(seconds > 2.5 for seconds in took) == 2


def test_types_are_described_with_schema_and_example(keeper: Keeper) -> None:
    """The catalogue and the description's `webhooks` say the same, and each example is what its schema says."""
    described = json.loads(description_bytes())["webhooks"]
    items = keeper("GET", "/v1/event-types").json()["items"]

    assert [item["type"] for item in items] == [kind.name for kind in event_types()] == sorted(described)
    for item in items:
        jsonschema.validate(item["example"], item["schema"])
        body = described[item["type"]]["post"]["requestBody"]["content"]["application/json"]
        assert (body["schema"], body["example"]) == (item["schema"], item["example"])


def test_without_the_scope_nothing_is_said(api: Api) -> None:
    """403 for a token that may do everything else."""
    for path in (URL, "/v1/events", "/v1/event-types"):
        assert api.get(path, "directory:read", "directory:admin", "route").status_code == 403


def test_an_event_for_everybody_is_judged_for_each(api: Api, keeper: Keeper, other: Keeper) -> None:
    """An audience of everybody opens nothing that the judge does not."""
    cursor, theirs = to_the_end(keeper), to_the_end(other)
    with open_database(api.settings) as database, (work := database.unit_of_work()):
        append(
            work.session, "endpoint.changed", object_id="wide", href="/", audience=[EVERYBODY], about={"owner": HOTLINE}
        )
        work.commit()

    eventually(lambda: read_on(keeper, cursor)[0] == ["wide"])
    assert read_on(other, theirs)[0] == []
    assert table_of(Event).name == "event"
