"""Every field of every body that `openapi.json` describes, with every value that its schema does not allow.

Fields of one depth are wrong at once, as many as one answer lists: each must be listed, by its own pointer, in one
answer that repeats nothing.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from api_builders import EVERY_SCOPE, Api, demo_settings, running
from canaries import CANARY, Place, put_at
from jsonschema import Draft202012Validator
from read_in_spanish import left_in_english

SPEC = json.loads((Path(__file__).parents[2] / "openapi" / "openapi.json").read_text(encoding="utf-8"))
HIDDEN = "/client/traits"  # a trait's name may be data: the field that holds them is named instead
MARK = "@@"
AT_ONCE = 64  # an answer lists a hundred problems, and one wrong value may be several: where it lists no more, half
DEEP = 8
DEEPEST = 6
WRONG = {
    "null": "null", "yes": "true", "whole": "7", "minus": "-1", "broken": "1.5", "text": f'"{CANARY}"', "empty": '""',
    "long": json.dumps(CANARY * 200), "list": f'["{CANARY}"]', "list of lists": f'[[["{CANARY}"]]]',
    "list of nothing": "[null]", "list of numbers": "[1]", "object": f'{{"{CANARY}": 1}}', "no object": "{}",
    "deep": "[" * DEEP + f'"{CANARY}"' + "]" * DEEP,
}  # fmt: skip
UNREADABLE = {
    "not a number": "NaN", "infinite": "1e400", "minus infinity": "-Infinity", "huge": "9" * 400,
    "half a pair": f'"{CANARY}\\ud800"', "half a pair in a key": f'{{"\\udc00{CANARY}": 1}}',
    "nul": f'"{CANARY}\\u0000"',
}  # fmt: skip
EITHER = ("phones", 0, "extension")  # HSDS writes it as a number, and people as text: both are read
TOLD = set[str]()
"""The details that were seen, each looked at in Spanish once."""
QUOTED = re.compile(r"`[^`]*`|'[^']*'|(?:: |se aceptan )[\w, ]+$")
"""What stays as it is: names of fields, words that a field takes, and a list of them at the end."""
FOREIGN = {("/v1/referrals", ("profile", "origin")), ("/v1/vocabulary-proposals", ("organization",))}
"""Fields that name an organization: another's is refused before anything else (403)."""
SCOPES = (*EVERY_SCOPE, "consent", "consent:any", "referral", "capacity", "grievance", "organization:admin")
TARGETS = {
    ("post", "/v1/referral-paths"): None,
    ("post", "/v1/group-referral-paths"): None,
    ("post", "/v1/next-calls"): None,
    ("post", "/v1/policy/decisions"): None,
    ("put", "/v1/organizations/{id}"): "juniper-bridge-hotline",
    ("put", "/v1/services/{id}"): "jb-line",
    ("put", "/v1/agreements/{id}"): None,
    ("put", "/v1/release-forms/{id}"): "roi-four-counties",
    ("put", "/v1/vocabulary/{id}"): "tattoo_removal",
    ("put", "/v1/services/{id}/capacity"): "jb-line",
    ("post", "/v1/services/{id}/capacity/change"): "jb-line",
    ("post", "/v1/services/{id}/capacity/confirmation"): "jb-line",
    ("post", "/v1/consents"): None,
    ("post", "/v1/consents/look-up"): None,
    ("post", "/v1/consent-withdrawals"): None,
    ("post", "/v1/referrals"): None,
    ("post", "/v1/referrals/look-up"): None,
    ("put", "/v1/referrals/{id}/status"): None,
    ("put", "/v1/referrals/{id}/follow-up"): None,
    ("post", "/v1/webhook-endpoints"): None,
    ("put", "/v1/webhook-endpoints/{id}"): None,
    ("put", "/v1/webhook-endpoints/{id}/headers"): None,
    ("post", "/v1/webhook-endpoints/{id}/secret-rotation"): None,
    ("post", "/v1/webhook-endpoints/{id}/recovery"): None,
    ("post", "/v1/webhook-endpoints/{id}/replay"): None,
    ("post", "/v1/webhook-endpoints/{id}/replay-missing"): None,
    ("patch", "/v1/directory"): None,
    ("post", "/v1/record-previews"): None,
    ("post", "/v1/vocabulary-proposals"): None,
    ("post", "/v1/vocabulary-proposals#labels"): None,
    ("put", "/v1/vocabulary-proposals/{id}/decision"): None,
    ("post", "/v1/service-searches"): None,
    ("post", "/v1/coalition/what-ifs"): None,
    ("post", "/v1/sign-in-links"): None,
    ("post", "/v1/grievances"): None,
    ("post", "/v1/grievances/look-up"): None,
    ("put", "/v1/grievances/{id}/status"): None,
}


def content_of(method: str, path: str) -> dict[str, Any]:
    """Return what is described of a body; after `#` stands the example of a body of another form."""
    content = SPEC["paths"][path.partition("#")[0]][method]["requestBody"]["content"]["application/json"]
    return dict(content)


def schema_of(method: str, path: str) -> dict[str, Any]:
    content, form = content_of(method, path), path.partition("#")[2]
    schema: dict[str, Any] = content["schema"]
    if choices := schema.get("anyOf"):  # one form of body for each example, in their order
        schema = choices[[*content["examples"]].index(form) if form else 0]
    return schema


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = SPEC["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def fields(schema: dict[str, Any], at: Place = ()) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield the place and the schema of every field, and of one item of each list; what lies deeper repeats itself."""
    if len(at) == DEEPEST:
        return
    for choice in resolved(schema).get("anyOf", [schema]):
        document = resolved(choice)
        # what is read only is not read from what is sent
        parts = [(key, part) for key, part in document.get("properties", {}).items() if not part.get("readOnly")]
        if "items" in document:
            parts.append((0, document["items"]))
        for key, part in parts:
            yield (*at, key), part
            yield from fields(part, (*at, key))


def allowed(schema: dict[str, Any], raw: str) -> bool:
    """Say whether a value, written as JSON, is what a schema allows."""
    return _is_valid(json.dumps(schema), raw)


@cache
def _is_valid(schema: str, raw: str) -> bool:
    validator = Draft202012Validator({**json.loads(schema), "components": SPEC["components"]})
    return validator.is_valid(json.loads(raw))


def is_record(method: str, path: str) -> bool:
    """Tell what holds a record of the directory: null in it is the same as left out, and its names are its own."""
    return method == "put" or path.startswith("/v1/vocabulary-proposals")


def names_an_object(place: Place) -> bool:
    """Tell what names an object: one under another's name is refused before all else."""
    return place[-1] in ("id", "slug") or (len(place) == 1 and place[0] in ("organization", "code", "term"))


def names_in(method: str, path: str) -> list[Place]:
    """Return the place of every field of a body that names an object."""
    return [place for place, _ in fields(schema_of(method, path)) if names_an_object(place)]


def with_room(document: Any, place: Place) -> Any:
    """Return a document in which everything that holds a place is there, empty where it was not."""
    body = json.loads(json.dumps(document))
    within = body
    for key, after in pairwise(place):
        empty: Any = [] if isinstance(after, int) else {}
        if isinstance(key, int) and not within:
            within.append(empty)
        elif isinstance(key, str) and not isinstance(within.get(key), type(empty)):
            within[key] = empty
        within = within[key]
    if place and isinstance(place[-1], int) and not within:
        within.append(None)
    return body


def pointer(place: Place) -> str:
    return "".join(f"/{key}" for key in place)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An application whose webhooks may lead to this machine: no name is looked up to make an endpoint."""
    folder = tmp_path_factory.mktemp("wrong-types")
    settings = demo_settings(
        folder,
        rate_limit="1000000/minute",
        webhook_networks="127.0.0.0/8",
        webhook_http=True,
        grievance_body="juniper-bridge-hotline",
    )
    with running(settings) as app:
        yield app


@pytest.fixture(scope="module")
def bodies(api: Api) -> dict[tuple[str, str], tuple[str, Any]]:
    """Where each operation is sent, and a body that it takes: its first example, or what stands there."""
    bodies: dict[tuple[str, str], tuple[str, Any]] = {}
    for (method, path), slug in TARGETS.items():
        content, form = content_of(method, path), path.partition("#")[2]
        listed = path.partition("/{id}")[0]
        name = slug or (_made(api, listed) if "{id}" in path else "")
        url = path.partition("#")[0].replace("{id}", name)
        if "examples" in content:
            bodies[method, path] = (url, content["examples"][form or next(iter(content["examples"]))]["value"])
        else:
            bodies[method, path] = (url, api.get(url, *SCOPES).json())
    return bodies


def _made(api: Api, listed: str) -> str:
    """Return the name of an object under a path that lists such: a new one where there is none."""
    if listed == "/v1/webhook-endpoints":
        body: dict[str, Any] = {"url": "http://127.0.0.1:9/hooks"}
    elif listed == "/v1/referrals":
        step = {"to": "many-tongues", "services": ["mt-voice"], "mode": "warm"}
        needs = [{"type": "interpretation", "urgency": "now"}]
        profile = {"client": {"age": 30}, "needs": needs, "facts": {"client_present": True}}
        body = {"profile": profile, "step": step, "agreed": True}
    elif listed == "/v1/vocabulary-proposals":
        body = {"term": "safe house", "means": "emergency_shelter"}
    elif listed == "/v1/grievances":
        body = {"about": {"organization": "willow-bend-youth"}, "codes": ["not_heard"]}
    else:
        return str(api.get(listed, *SCOPES).json()["items"][0]["slug"])
    response = api.post(listed, body, *SCOPES, headers={"Idempotency-Key": f"wrong-types-{listed}"})
    assert response.status_code == 201, response.text
    document = response.json() if "id" in response.json() else api.get(listed, *SCOPES).json()["items"][0]
    return str(document["id"])


def refused(api: Api, method: str, path: str, body: str) -> dict[str, str] | None:
    """Send a body that is to be refused; return what is listed, by pointer. None: there is more than is listed."""
    headers = api.bearer(*SCOPES) | {"Content-Type": "application/json", "Idempotency-Key": "wrong-types"}
    if method == "put":
        headers["If-Match"] = "*"
    response = api.client.request(method, path, content=body.encode(), headers=headers)
    assert response.status_code == 422, (path, response.status_code, response.text)
    assert response.headers["content-type"] == "application/problem+json"
    errors = response.json()["errors"]
    text = json.dumps([error["detail"] for error in errors])
    assert CANARY not in text
    if not TOLD.issuperset(error["detail"] for error in errors):
        TOLD.update(error["detail"] for error in errors)
        spanish = api.client.request(method, path, content=body.encode(), headers=headers | {"Accept-Language": "es"})
        assert spanish.headers["content-language"] == "es"
        details = [error["detail"] for error in spanish.json()["errors"]]
        assert left_in_english(QUOTED.sub("", detail) for detail in (spanish.json()["title"], *details)) == []
        assert [pair for pair in zip(errors, details, strict=True) if pair[0]["detail"] == pair[1]] == []
    assert len(response.content) < 200_000
    if "more_errors" in response.json():
        return None
    return {error["pointer"]: error["detail"] for error in errors}


def is_listed(place: Place, errors: dict[str, str]) -> bool:
    at = pointer(place)
    if at.startswith(HIDDEN):
        at = HIDDEN
    return any(error == at or error.startswith(f"{at}/") for error in errors)


def spoilable(method: str, path: str) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield the place and the schema of every field that a wrong value is tried in."""
    for place, schema in fields(schema_of(method, path)):
        if (
            not (is_record(method, path) and names_an_object(place))
            and place[-3:] != EITHER
            and (path, place) not in FOREIGN
        ):
            yield place, schema


def spoiled(method: str, path: str) -> Iterator[tuple[str, str, list[Place]]]:
    """Yield each depth's wrong values, by name and as JSON, with the places of that depth where they are wrong."""
    levels: dict[int, list[tuple[Place, dict[str, Any]]]] = defaultdict(list)
    for place, schema in spoilable(method, path):
        levels[len(place)].append((place, schema))
    for level in levels.values():
        for name, raw in WRONG.items():
            if raw == "null" and is_record(method, path):
                continue  # in the directory null is the same as left out, in what is sent as in a bundle
            all_wrong = [place for place, schema in level if not allowed(schema, raw)]
            for start in range(0, len(all_wrong), AT_ONCE):
                yield name, raw, all_wrong[start : start + AT_ONCE]


def not_listed(api: Api, target: tuple[str, str], url: str, good: Any, raw: str, places: list[Place]) -> list[str]:
    """Put a wrong value at all these places of a good body; return which of them no answer lists, as pointers."""
    body = good
    for place in places:
        body = put_at(with_room(body, place), place, MARK)
    errors = refused(api, target[0], url, json.dumps(body).replace(f'"{MARK}"', raw))
    if errors is not None:
        return [pointer(place) for place in places if not is_listed(place, errors)]
    assert len(places) > 1, "one wrong value is more problems than an answer lists"
    half = len(places) // 2
    return [name for part in (places[:half], places[half:]) for name in not_listed(api, target, url, good, raw, part)]


@pytest.mark.parametrize(("method", "path"), TARGETS, ids=[" ".join(target) for target in TARGETS])
def test_every_field_of_a_wrong_type_is_named(api: Api, bodies: Any, method: str, path: str) -> None:
    """What a schema does not allow is a 422 that points to every such field, in one answer."""
    url, good = bodies[method, path]
    tried = set()

    for name, raw, wrong in spoiled(method, path):
        assert not_listed(api, (method, path), url, good, raw, wrong) == [], name
        tried |= {*wrong}

    assert tried == {place for place, _ in spoilable(method, path)}


@pytest.mark.parametrize(("method", "path"), [target for target in TARGETS if target[0] == "put" and names_in(*target)])
def test_a_name_of_a_wrong_type_is_refused(api: Api, bodies: Any, method: str, path: str) -> None:
    """What names an object, itself or one within it, is refused too where it is no text."""
    url, good = bodies[method, path]
    for place in names_in(method, path):
        refused(api, method, url, json.dumps(put_at(with_room(good, place), place, {CANARY: 1})))


@pytest.mark.parametrize(("method", "path"), TARGETS, ids=[" ".join(target) for target in TARGETS])
@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE)
def test_what_no_json_may_hold_is_named(api: Api, bodies: Any, method: str, path: str, raw: str) -> None:
    """A number that is none, half a character and the like are refused wherever they stand, by their own pointer."""
    url, good = bodies[method, path]
    places = [place for place, _ in fields(schema_of(method, path)) if len(place) == 1 and (path, place) not in FOREIGN]

    assert not_listed(api, (method, path), url, good, raw, places) == []


def test_every_body_that_is_described_is_tried() -> None:
    """No operation with a body of ours is left out; FHIR's resources are gone through in `tests/fhir`."""
    described = {
        (method, path)
        for path, item in SPEC["paths"].items()
        for method, operation in item.items()
        if "requestBody" in operation and not path.startswith("/fhir")
    }

    assert described == {(method, path.partition("#")[0]) for method, path in TARGETS}
