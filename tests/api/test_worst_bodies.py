"""The worst bodies: each is refused cheaply and briefly, and whoever sends many of them keeps nobody else waiting."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import httpx
import pytest
from api_builders import EVERY_SCOPE, HOTLINE, Api, demo_profile, demo_settings, running

from service import vocabulary
from service.errors import MOST_TOLD

LARGEST = 64_000
SIZE = 250_000
ATTACKER = "willow-bend-youth"
SECRET = "555-0100"


def filled(before: str, unit: str, after: str = "") -> bytes:
    """Return a body of about the largest size that is read: `unit` again and again, with commas between."""
    return (before + ",".join([unit] * ((SIZE - len(before)) // (len(unit) + 1))) + after).encode()


def keys(count: int, value: str = "1") -> str:
    return ",".join(f'"{SECRET}-{number}":{value}' for number in range(count))


def consents(of_each: dict[str, Any]) -> bytes:
    return json.dumps({"needs": [{"type": "food"}], "consents": [of_each] * 50}).encode()


WORST = {
    "empty consents": filled('{"needs":[{"type":"food"}],"consents":[', "{}", "]}"),
    "empty needs": filled('{"needs":[', "{}", "]}"),
    "numbers to avoid": filled('{"avoid":[', "1", "]}"),
    "unknown words to avoid": filled('{"avoid":[', '"a"', "]}"),
    "not numbers": filled('{"avoid":[', "NaN", "]}"),
    "half pairs": filled('{"avoid":[', '"\\ud800"', "]}"),
    "long numbers": filled('{"avoid":[', "9" * 4_000, "]}"),
    "as many fields as there may be": ("{" + keys(15_000) + "}").encode()[:SIZE],
    "fields that are not known": ("{" + keys(9_000) + "}").encode(),
    "mappings that are not known": ("{" + keys(4_900, "{}") + "}").encode(),
    "one field again and again": filled("{", '"limit":1', "}"),
    "traits": ('{"client":{"traits":{' + keys(9_000) + "}}}").encode(),
    "wrong words in every list": consents({"to": [1] * 199, "data": [1] * 190}),
    "mappings in every list": consents({"to": [{}] * 90}),
    "fields in every consent": consents({f"{SECRET}-{number}": 1 for number in range(90)}),
    "deep": b'{"needs":' + b"[" * 120_000 + b"]" * 120_000 + b"}",
    "deep mappings": filled("", '{"a":')[:-1].replace(b",", b""),
    "one long text": json.dumps({"origin": "a" * SIZE}).encode(),
    "long texts everywhere": json.dumps({"needs": [{"type": "a" * 9_000}] * 8, "avoid": ["a" * 9_000] * 18}).encode(),
    "a long key": json.dumps({"client": {SECRET * 30_000: 1}}).encode(),
    "letters of many bytes": json.dumps({"avoid": ["\U0001f9d1" * 2_000] * 30}, ensure_ascii=False).encode(),
    "records": filled('{"id":"x","services":[', "{}", "]}"),
    "records in records": json.dumps({"services": [{"schedules": [{}] * 48} for _ in range(100)]}).encode(),
    "numbers in records": json.dumps({"services": [{"referral": {"types": [1] * 190}} for _ in range(100)]}).encode(),
    "parties": json.dumps({"between": ["a"] * 999, "offers": {f"{SECRET}-{n}": 1 for n in range(5_000)}}).encode(),
    "not finished": filled('{"needs":[', '{"type":"food"}'),
}
POSTS = ("/v1/referral-paths", "/v1/next-calls", "/v1/policy/decisions")
PUTS = (
    "/v1/organizations/juniper-bridge-hotline", "/v1/services/jb-line", "/v1/agreements/new-one",
    "/v1/release-forms/roi-four-counties", "/v1/vocabulary/tattoo_removal",
)  # fmt: skip


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An application with the time for a search that it has unless it is told otherwise."""
    settings = demo_settings(tmp_path_factory.mktemp("quick"), rate_limit="1000000/minute", time_budget_ms=250)
    with running(settings) as found:
        yield found


@cache
def _token(api: Api, organization: str) -> dict[str, str]:
    return api.bearer(*EVERY_SCOPE, organization=organization) | {"Content-Type": "application/json"}


def send(api: Api, path: str, body: bytes, organization: str | None = None) -> httpx.Response:
    organization = organization or (HOTLINE if path in PUTS else ATTACKER)
    headers = dict(_token(api, organization))
    method = "PUT" if path in PUTS else "POST"
    if method == "PUT":
        headers["If-None-Match" if path.endswith("new-one") else "If-Match"] = "*"
    return api.client.request(method, path, content=body, headers=headers)


def seconds(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


@pytest.mark.parametrize("path", [*POSTS, *PUTS])
@pytest.mark.parametrize("body", WORST.values(), ids=WORST)
def test_a_refusal_is_brief(quick: Api, path: str, body: bytes) -> None:
    """At most a hundred problems and 64 kB; how many others there are is a number; no key of the body is repeated."""
    refused = send(quick, path, body)

    found = refused.json()
    assert refused.status_code == 422
    assert len(refused.content) < LARGEST
    assert 1 <= len(found["errors"]) <= MOST_TOLD
    assert found.get("more_errors", 1) >= 1
    assert SECRET not in refused.text


def test_what_is_not_listed_is_counted(quick: Api) -> None:
    """Of 9,400 wrong entries a hundred are listed, and the others are a number."""
    found = send(quick, POSTS[0], consents({"level": "verbal", "from": "x", "to": [1] * 188})).json()

    assert len(found["errors"]) == MOST_TOLD
    assert found["more_errors"] == 50 * 188 + 50 - MOST_TOLD  # and nobody is called x
    assert "more_errors" not in send(quick, POSTS[0], b"{}").json()


def test_what_is_not_listed_of_a_record_is_counted(quick: Api) -> None:
    """Of three hundred services without a name, each of which is a problem, a hundred are listed."""
    services = [{"slug": f"s-{n}", "status": "active", "referral": {"types": ["food"]}} for n in range(300)]
    body = {"name": "A", "services": services, "coalition": {"basis": "community", "kind": "food_bank"}}

    found = send(quick, PUTS[0], json.dumps(body).encode()).json()

    named = [error for error in found["errors"] if error["pointer"].endswith("/name")]
    assert len(found["errors"]) == MOST_TOLD
    assert len(named) >= 90
    assert found["more_errors"] >= 200


def test_a_list_is_bounded_before_its_entries_are_read(quick: Api) -> None:
    """A list beyond its bound is one problem, whatever it holds; so is a list that no field of its own bounds."""
    many = send(quick, POSTS[0], json.dumps({"needs": [{"type": "food"}], "consents": [{}] * 51}).encode()).json()
    services = send(quick, PUTS[0], json.dumps({"services": [{}] * 1_001}).encode()).json()

    assert many["errors"] == [{"pointer": "/consents", "detail": "must hold at most 50"}]
    assert services["errors"] == [{"pointer": "/services", "detail": "must hold at most 1000"}]


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({"client": {SECRET: 1}}, "/client", "holds a field that is not known here; allowed are "),
        ({"client": {SECRET: 1, "maria": 2}}, "/client", "holds 2 fields that are not known here; allowed are "),
        ({"client": {"aeg": 1}}, "/client", "holds a field that is not known here; the nearest is `age`"),
        ({SECRET: 1}, "", "holds a field that is not known here; allowed are "),
        ({"client": {"traits": {SECRET: 1}}}, "/client/traits", "must be true or false"),
        ({"consents": [{"level": "verbal", "from": "a", SECRET: {"b": 1}}]}, "/consents/0", "holds a field that"),
        ({"client": {"5550100": {"5550100": 1}}}, "/client", "holds a field that"),
    ],
)
def test_an_unknown_key_is_told_by_what_holds_it(quick: Api, body: Any, pointer: str, detail: str) -> None:
    """The key may be a name or a number of somebody's: what is told is its parent and how many there are."""
    refused = send(quick, POSTS[0], json.dumps({"needs": [{"type": "food"}], **body}).encode())

    assert any(
        error["pointer"] == pointer and error["detail"].startswith(detail) for error in refused.json()["errors"]
    ), refused.text
    assert not any(word in refused.text for word in (SECRET, "maria", "5550100", "aeg"))


def worst_profiles() -> list[bytes]:
    """Ten profiles that are right and cost most: all needs, unknown everywhere, and consents for everything."""
    types = vocabulary.SERVICE_TYPES
    consent = {"level": "written", "from": ATTACKER, "data": list(vocabulary.DATA_CLASSES), "signers": ["client"]}
    given = [consent | {"to": ["heron-legal"] * 199, "ends_on": f"2099-01-{1 + n % 28:02}"} for n in range(50)]
    return [
        json.dumps(
            {
                "needs": [
                    {"type": types[(8 * start + n) % len(types)], "urgency": "this_week", "required": False}
                    for n in range(8)
                ],
                "consents": given,
                "limit": 20,
            }
        ).encode()
        for start in range(10)
    ]


def test_nobody_waits_for_what_another_sends(quick: Api, say: Callable[[str], None]) -> None:
    """Ten of the worst bodies and ten of the worst profiles of one agency at once keep no other agency waiting.

    Its answer comes within one second and its own time, as that is here and now: with as much again to do at once.
    """
    own = demo_profile()
    mine = partial_send(quick, json.dumps(own).encode(), own["origin"])
    bodies = [WORST[name] for name in list(WORST)[:10]] + worst_profiles()
    assert mine() == 200
    assert send(quick, POSTS[0], bodies[-1]).status_code == 200
    alone = max(seconds(mine) for _ in range(3))
    one_of_theirs = max(seconds(lambda body=body: send(quick, POSTS[0], body)) for body in bodies)  # type: ignore[misc]

    with ThreadPoolExecutor(len(bodies)) as pool:
        begun = time.perf_counter()
        theirs = [pool.submit(send, quick, POSTS[0], body) for body in bodies for _ in range(2)]
        time.sleep(0.05)
        waited = [seconds(mine) for _ in range(3)]
        statuses = {answer.result().status_code for answer in theirs}
        all_of_theirs = time.perf_counter() - begun

    say(
        f"worst bodies: one caller {alone:.3f} s alone, {max(waited):.3f} s beside {len(theirs)} of the worst bodies "
        f"and profiles at once, which took {all_of_theirs:.3f} s; the worst of them alone {one_of_theirs:.3f} s"
    )
    assert statuses == {200, 422}
    assert max(waited) < 1 + 2 * (alone + one_of_theirs)


def partial_send(api: Api, body: bytes, organization: str) -> Callable[[], int]:
    return lambda: send(api, POSTS[0], body, organization).status_code
