"""Whatever is sent, the answer is a problem document with a stable code, and never a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_builders import Api, demo_profile, demo_settings, running

from service.i18n.problems import TITLES
from service.web.problems import PROBLEM_TYPES

BODIES = ("/v1/referral-paths", "/v1/next-calls", "/v1/policy/decisions")


def check_problem(response: httpx.Response, code: str) -> dict[str, Any]:
    """Check that a response is the problem of this code, whole and unstored, and return its document."""
    document: dict[str, Any] = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert (response.status_code, document["status"], document["code"]) == (
        PROBLEM_TYPES[code].status,
        PROBLEM_TYPES[code].status,
        code,
    )
    assert document["title"] == TITLES[code]
    assert document["type"] == f"/docs#problem-{code}"
    return document


HOSTILE = {
    "nothing": b"",
    "blank": b"  \n",
    "not json": b"needs: [{type: food}]",
    "yaml in braces": b"{needs: [{type: food}]}",
    "half": b'{"needs": [',
    "two documents": b"{}{}",
    "a list": b"[]",
    "a text": b'"needs"',
    "a number": b"1",
    "null": b"null",
    "not a number": b'{"needs": NaN}',
    "infinite": b'{"limit": 1e400, "needs": []}',
    "minus infinity": b'{"limit": -Infinity, "needs": []}',
    "half a pair": b'{"origin": "\\ud800", "needs": []}',
    "half a pair in a key": b'{"\\udfff": 1, "needs": []}',
    "nul": b'{"origin": "a\\u0000b", "needs": []}',
    "given twice": b'{"limit": 1, "limit": 2, "needs": []}',
    "huge integer": b'{"limit": ' + b"9" * 5000 + b', "needs": []}',
    "large integer": b'{"limit": 99999999999999999999999999, "needs": []}',
    "deep lists": b"[" * 10_000 + b"]" * 10_000,
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "deep within a field": b'{"needs": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "not utf-8": b'{"origin": "\xff\xfe", "needs": []}',
    "utf-16": '{"needs": []}'.encode("utf-16"),
    "utf-32": '{"needs": []}'.encode("utf-32"),
}


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bodies_are_refused(api: Api, path: str, body: bytes) -> None:
    """A body that is no such document is a 422 that lists what is wrong."""
    response = api.post(path, body, "route", "directory:read")

    problem = check_problem(response, "invalid_request" if path.endswith("decisions") else "invalid_profile")
    assert problem["errors"]
    assert all(set(error) == {"pointer", "detail"} for error in problem["errors"])


@pytest.mark.parametrize("path", BODIES[:2])
def test_a_wrong_shape_hides_no_wrong_name(api: Api, path: str) -> None:
    """Fields of a wrong type and words that name nothing here are all listed, by pointer, in one answer."""
    consent = {"level": "verbal", "from": "nobody", "to": ["bluestem-haven", "no-one"], "data": ["everything"]}
    wrong = {
        "client": {"age": "old", "area": "atlantis", "traits": {"left_handed": True}, "completed": ["nothing"]},
        "needs": [{"type": "food", "urgency": "soon"}, {"type": "beds"}, {"type": "food", "as_said_by": "no-one"}, 7],
        "avoid": ["law_enforcement", "nowhere"], "consents": [consent], "limit": 0,
    }  # fmt: skip

    document = check_problem(api.post(path, wrong, "route"), "invalid_profile")
    elsewhere = check_problem(api.post(path, wrong | {"origin": "no-one"}, "route"), "invalid_profile")

    assert [error["pointer"] for error in document["errors"]] == [
        "/avoid/1", "/client/age", "/client/area", "/client/completed/0", "/client/traits", "/consents/0/data/0",
        "/consents/0/from", "/consents/0/to/1", "/limit", "/needs/0/urgency", "/needs/1/type", "/needs/2/as_said_by",
        "/needs/3",
    ]  # fmt: skip
    assert "/client/area" not in [error["pointer"] for error in elsewhere["errors"]]  # no directory of its own to ask


@pytest.mark.parametrize(
    ("client", "pointers"),
    [
        ({"traits": {"foreign_national": "yes", "pregnant": 1}},
         ["/client/traits/foreign_national", "/client/traits/pregnant"]),
        ({"traits": {"janes_secret": "yes", "pregnant": 1}}, ["/client/traits", "/client/traits/pregnant"]),
        ({"traits_unknown": ["x"]}, ["/client"]),
    ],
)  # fmt: skip
def test_a_trait_that_is_built_in_is_named_and_no_other(api: Api, client: dict[str, Any], pointers: list[str]) -> None:
    """Each wrong field at its own place, but for a trait's name that may be somebody's story."""
    document = check_problem(
        api.post(BODIES[0], {"needs": [{"type": "food"}], "client": client}, "route"), "invalid_profile"
    )

    assert sorted({error["pointer"] for error in document["errors"]}) == pointers


@pytest.mark.parametrize("more", [{}, {"data": None}, {"action": "report"}])
def test_data_that_is_not_named_is_told_beside_what_else_is_missing(api: Api, more: dict[str, Any]) -> None:
    """What leaves must be named; it is asked for at its own place, whatever else is wrong."""
    document = check_problem(api.post(BODIES[2], more, "directory:read"), "invalid_request")

    assert [error["pointer"] for error in document["errors"]] == ["/data", "/recipient"]


def test_a_wrong_shape_hides_no_wrong_name_of_a_decision(api: Api) -> None:
    """The same holds where one share is asked about."""
    wrong = {"recipient": "nobody", "data": "everything", "agreement": "no-deal", "consents": [{"from": "no-one"}]}

    document = check_problem(api.post(BODIES[2], wrong, "directory:read"), "invalid_request")

    assert [error["pointer"] for error in document["errors"]] == [
        "/agreement", "/consents/0/from", "/consents/0/level", "/data", "/recipient",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/yaml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "",
     "application/json; charset=latin-1", "application/json, text/plain", "application/jsonx"],
)  # fmt: skip
@pytest.mark.parametrize("path", BODIES)
def test_only_json_is_taken(api: Api, path: str, kind: str) -> None:
    """Any other type than JSON in UTF-8 is a 415, whatever the body holds."""
    check_problem(
        api.post(path, demo_profile(), "route", "directory:read", headers={"Content-Type": kind}),
        "unsupported_media_type",
    )


def test_json_may_be_named_in_any_case_and_with_its_charset(api: Api) -> None:
    """The media type is compared without case, and UTF-8 may be said."""
    for kind in ("APPLICATION/JSON", "application/json;charset=UTF-8", 'application/json; charset="utf-8"'):
        assert api.post(BODIES[0], demo_profile(), "route", headers={"Content-Type": kind}).status_code == 200


def test_a_packed_body_is_not_unpacked(api: Api) -> None:
    """A compressed body, which could unfold without end, is not taken."""
    response = api.post(BODIES[0], b"\x1f\x8b", "route", headers={"Content-Encoding": "gzip"})

    check_problem(response, "unsupported_media_type")


@pytest.mark.parametrize("accept", ["text/html", "application/xml;q=1, application/json;q=0", "image/*"])
def test_whoever_cannot_read_json_is_told(api: Api, accept: str) -> None:
    """An `Accept` header that leaves JSON out is a 406."""
    check_problem(api.get("/v1/policy/rules", "directory:read", headers={"Accept": accept}), "not_acceptable")


@pytest.mark.parametrize("accept", ["*/*", "application/*", "text/html, application/json;q=0.1", "Application/JSON"])
def test_whoever_takes_json_is_served(api: Api, accept: str) -> None:
    """Ranges that hold JSON are accepted."""
    assert api.get("/v1/policy/rules", "directory:read", headers={"Accept": accept}).status_code == 200


def test_a_large_body_is_refused_before_it_is_read(api: Api) -> None:
    """A body that says it is too large is a 413, even without a token."""
    body = b" " * (api.settings.max_body_size + 1)

    check_problem(api.client.post(BODIES[0], content=body), "body_too_large")


def test_ten_megabytes_are_refused(api: Api) -> None:
    """Ten megabytes are answered or cut off, and the server goes on serving."""
    body = b'{"needs": "' + b"x" * 10_000_000 + b'"}'
    try:
        response = api.post(BODIES[0], body, "route")
    except httpx.TransportError:  # the server closed the connection while the body was still being sent
        pass
    else:
        check_problem(response, "body_too_large")

    assert api.client.get("/health/live").status_code == 200


def test_a_body_that_hides_its_size_is_cut_off(api: Api) -> None:
    """A body sent in pieces without a length is a 413 as soon as too much of it has come."""

    def pieces() -> Iterator[bytes]:
        for _ in range(api.settings.max_body_size // 1024 + 2):
            yield b" " * 1024

    headers = api.bearer("route") | {"Content-Type": "application/json"}

    check_problem(api.client.post(BODIES[0], content=pieces(), headers=headers), "body_too_large")


def test_a_body_of_just_the_size_is_read(api: Api) -> None:
    """The limit itself is still allowed."""
    body = json.dumps(demo_profile()).encode()

    response = api.post(BODIES[0], body.ljust(api.settings.max_body_size), "route")

    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/v1", "/v1/nothing", "/v1/policy/rules/", "/v1//policy/rules", "/docs/x"])
def test_unknown_paths_are_not_found(api: Api, path: str) -> None:
    """A path that is not here is a 404, with or without a token; none is redirected."""
    assert "detail" not in check_problem(api.client.get(path), "not_found")
    check_problem(api.get(path, "directory:read"), "not_found")


def test_wrong_methods_name_the_right_ones(api: Api) -> None:
    """A method that a path does not take is a 405 that says which it does."""
    response = api.client.get(BODIES[0])

    check_problem(response, "method_not_allowed")
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/v1/policy/rules", "/v1/organizations", "/v1/vocabulary/no-such", "/metrics"])
def test_what_the_query_may_not_hold_is_refused(api: Api, path: str) -> None:
    """A parameter that an operation does not have is refused, not passed over; its name is not repeated."""
    response = api.get(path, "directory:read", "operator", params={"zqcanary": "zqcanary"})

    check_problem(response, "invalid_request")
    assert "zqcanary" not in response.text


@pytest.mark.parametrize("path", ["/v1/organizations?kind=", "/v1/release-forms?language=", "/hsds/services?search="])
def test_a_parameter_is_given_once(api: Api, path: str) -> None:
    """Two values for one parameter, alike or not, are refused and not chosen from."""
    url, _, query = path.partition("?")

    for values in (("en", "en"), ("en", "zqcanary")):
        response = api.get(f"{url}?{'&'.join(query + value for value in values)}", "directory:read")

        errors = check_problem(response, "invalid_request")["errors"]
        assert [error["parameter"] for error in errors] == [query.rstrip("=")]
        assert "zqcanary" not in response.text


def test_nothing_of_a_profile_is_taken_from_the_query(api: Api) -> None:
    """A profile has no place in a URL: whatever stands there is refused."""
    check_problem(api.post(BODIES[0], demo_profile(), "route", params={"origin": "x"}), "invalid_request")


def test_an_unknown_rule_is_not_found(api: Api) -> None:
    """A rule that is not in force is a 404 that does not repeat its id."""
    response = api.get("/v1/policy/rules/no-such-rule", "directory:read")

    check_problem(response, "not_found")
    assert "no-such-rule" not in response.text


def test_whoever_asks_too_often_has_to_wait(tmp_path: Path) -> None:
    """A token subject that used up its share is a 429 that says how long to wait; another subject is not touched."""
    with running(demo_settings(tmp_path, rate_limit="3/minute")) as api:
        busy, quiet = api.bearer("directory:read", subject="busy"), api.bearer("directory:read", subject="quiet")

        statuses = [api.client.get("/v1/policy/rules", headers=busy).status_code for _ in range(3)]
        refusal = api.client.get("/v1/policy/rules", headers=busy)
        other = api.client.get("/v1/policy/rules", headers=quiet)

    assert statuses == [200, 200, 200]
    check_problem(refusal, "too_many_requests")
    assert 1 <= int(refusal.headers["retry-after"]) <= 60
    assert other.status_code == 200
