"""What is not here and what a caller may not know of are told apart by nothing: status, headers, body, time."""

from __future__ import annotations

import http.client
import json
import time
from statistics import median

import httpx as http_client
import pytest
from api_builders import HOTLINE, Api

OUTSIDER = "bright-basin-dental"
VARYING = ("date", "ratelimit", "x-request-id")
UNKNOWN = {
    "organizations": "no-such-organization", "services": "no-such-service", "agreements": "no-such-agreement",
}  # fmt: skip
TIMES = 60
ODD = (
    *(
        "%2F",
        "a%2Fb",
        "..%2F..%2Fhealth%2Flive",
        "%2e%2e",
        "%2e%2e/",
        "..;/x",
        ".%00",
        "%00",
        "a%00b",
        "%",
        "%zz",
        "%ff",
    ),
    *(
        "%c0%af",
        "%252F",
        "%ed%a0%80",
        "\\",
        "a\\b",
        ";x=1",
        "a;b",
        "~",
        "*",
        "'",
        '"',
        "%0d%0aX-Thing:%20a",
        "%20",
        "+",
    ),
    *("%F0%9F%8F%A0", "a" * 5_000, "%2F" * 1_000, "//", "a//b", "./a", "a/.", "null", "-", "0", "{id}", "[1]", "|"),
)


@pytest.fixture(scope="module")
def hidden(api: Api) -> dict[str, str]:
    """Something of each kind that members may see and the outsider may not."""
    slugs = {}
    for kind in UNKNOWN:
        every, open_slugs = (
            {item["slug"] for item in api.get(f"/v1/{kind}?per_page=200", headers=headers).json()["items"]}
            for headers in (bearer(api, HOTLINE), bearer(api, OUTSIDER))
        )
        slugs[kind] = sorted(every - open_slugs)[0]
    return slugs


def bearer(api: Api, organization: str) -> dict[str, str]:
    return api.bearer("directory:read", "directory:write", organization=organization)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "condition",
    [{}, {"If-Match": "*"}, {"If-Match": '"x"'}, {"If-None-Match": "*"}, {"If-None-Match": '"x"'}, {"If-Match": "x"}],
    ids=str,
)
@pytest.mark.parametrize("kind", UNKNOWN)
def test_both_are_answered_alike(
    api: Api, hidden: dict[str, str], kind: str, condition: dict[str, str], method: str
) -> None:
    """Whatever is asked of it and on whatever condition, by slug or by id, no header and no byte says which it is."""
    outside = bearer(api, OUTSIDER) | condition
    own = api.client.get(f"/v1/{kind}/{hidden[kind]}", headers=bearer(api, HOTLINE)).json()
    document = {name: own[name] for name in ("name", "organization") if name in own}
    body = None if method != "PUT" else json.dumps(document).encode()
    if body is not None:
        outside["Content-Type"] = "application/json"

    answers = [
        api.client.request(method, f"/v1/{kind}/{key}", headers=outside, content=body)
        for key in (hidden[kind], UNKNOWN[kind], own["id"], own["id"][:-4] + "0000")
    ]

    contents = [(answer.status_code, steady(answer.headers.items()), answer.content) for answer in answers]
    assert contents[0] == contents[1]
    assert contents[2] == contents[3]
    assert "etag" not in answers[0].headers
    assert answers[0].status_code >= 400


@pytest.mark.parametrize("kind", ["services", "agreements"])
def test_a_name_that_is_taken_out_of_sight_is_told_by_no_refusal(api: Api, hidden: dict[str, str], kind: str) -> None:
    """With a body that could be stored: without a condition both are asked for one, and a hidden one is not here."""
    outside = bearer(api, OUTSIDER) | {"Content-Type": "application/json"}
    if kind == "agreements":
        body: dict[str, object] = {
            "between": [OUTSIDER, HOTLINE], "level": "cooperation", "type": "mou", "status": "draft",
        }  # fmt: skip
    else:
        mine = api.client.get(f"/v1/services?organization={OUTSIDER}", headers=outside).json()["items"][0]
        body = {name: value for name, value in mine.items() if name not in ("id", "slug")}
    before = api.client.get(f"/v1/{kind}/{hidden[kind]}", headers=bearer(api, HOTLINE)).content

    def put(key: str, **condition: str) -> http_client.Response:
        return api.client.put(f"/v1/{kind}/{key}", headers=outside | condition, content=json.dumps(body).encode())

    unconditional = [put(key) for key in (hidden[kind], UNKNOWN[kind])]
    there = put(hidden[kind], **{"If-None-Match": "*"})
    absent = api.client.get(f"/v1/{kind}/{hidden[kind]}", headers=outside)

    assert [(answer.status_code, answer.content) for answer in unconditional] == [(428, unconditional[0].content)] * 2
    assert (there.status_code, there.content) == (404, absent.content)
    assert api.client.get(f"/v1/{kind}/{hidden[kind]}", headers=bearer(api, HOTLINE)).content == before


def steady(headers: object) -> dict[str, str]:
    return {name: value for name, value in headers if name not in VARYING}  # type: ignore[attr-defined]


def test_neither_takes_longer(api: Api, hidden: dict[str, str]) -> None:
    """Asked in turn, half of the answers to one come in at most half again the time of the other's."""
    outside = bearer(api, OUTSIDER)
    took: dict[str, list[float]] = {hidden["organizations"]: [], UNKNOWN["organizations"]: []}
    for _ in range(TIMES):
        for slug, times in took.items():
            start = time.perf_counter()
            assert api.client.get(f"/v1/organizations/{slug}", headers=outside).status_code == 404
            times.append(time.perf_counter() - start)

    first, second = (median(times) for times in took.values())
    assert max(first, second) <= 1.5 * min(first, second), (first, second)


@pytest.mark.parametrize(
    "kind", ["organizations", "services", "agreements", "release-forms", "vocabulary", "policy/rules"]
)
def test_odd_paths_are_not_found(api: Api, kind: str) -> None:
    """However a name is written, sent as it stands, it is nobody's: the usual 404, or no request at all."""
    url = api.client.base_url
    link = http.client.HTTPConnection(url.host, url.port or 80, timeout=30)
    link._validate_path = lambda _path: None  # type: ignore[attr-defined] - the server is to be asked, not the client
    token = api.bearer("directory:read")
    for odd in ODD:
        link.request("GET", f"/v1/{kind}/{odd}", headers=token)
        answer = link.getresponse()
        body = answer.read()
        assert answer.status in (400, 404), (odd, answer.status)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert json.loads(body)["code"] in ("not_found", "malformed_request")
        assert answer.headers["Cache-Control"] == "no-store"
        assert odd.encode() not in body or len(odd) < 3
    link.close()


def test_an_escaped_name_is_the_same_name(api: Api) -> None:
    """Letters that need no escape may be escaped (RFC 3986, section 6.2.2.2)."""
    reader = api.bearer("directory:read")
    plain = api.client.get("/v1/services/jb-line", headers=reader)
    escaped = api.client.get("/v1/services/%6Ab%2Dline", headers=reader)

    assert (plain.status_code, escaped.status_code) == (200, 200)
    assert escaped.content == plain.content
