"""Every field of every body that `openapi.json` describes, with every value that its schema does not allow.

Fields of one depth are wrong at once, as many as one answer lists: each must be listed, by its own pointer, in one
answer that repeats nothing.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from api_builders import EVERY_SCOPE, Api
from canaries import CANARY, Place, put_at
from jsonschema import Draft202012Validator

SPEC = json.loads((Path(__file__).parents[2] / "openapi" / "openapi.json").read_text(encoding="utf-8"))
HIDDEN = "/client/traits"  # a trait's name may be data: the field that holds them is named instead
MARK = "@@"
AT_ONCE = 16  # an answer lists a hundred problems, and one wrong value may be several
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
TARGETS = {
    ("post", "/v1/referral-paths"): None,
    ("post", "/v1/next-calls"): None,
    ("post", "/v1/policy/decisions"): None,
    ("put", "/v1/organizations/{id}"): "juniper-bridge-hotline",
    ("put", "/v1/services/{id}"): "jb-line",
    ("put", "/v1/agreements/{id}"): None,
    ("put", "/v1/release-forms/{id}"): "roi-four-counties",
    ("put", "/v1/vocabulary/{id}"): "tattoo_removal",
}


def schema_of(method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = SPEC["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
    return found


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = SPEC["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def fields(schema: dict[str, Any], at: Place = ()) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield the place and the schema of every field, and of one item of each list; what lies deeper repeats itself."""
    if len(at) == DEEPEST:
        return
    for choice in resolved(schema).get("anyOf", [schema]):
        found = resolved(choice)
        # what is read only is not read from what is sent
        parts = [(key, part) for key, part in found.get("properties", {}).items() if not part.get("readOnly")]
        if "items" in found:
            parts.append((0, found["items"]))
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


def names_an_object(place: Place) -> bool:
    """Tell what names an object: one under another's name is refused before all else."""
    return place[-1] in ("id", "slug") or (len(place) == 1 and place[0] in ("organization", "code", "term"))


def with_room(document: Any, place: Place) -> Any:
    """Return a document in which everything that holds a place is there, empty where it was not."""
    found = json.loads(json.dumps(document))
    within = found
    for key, after in pairwise(place):
        empty: Any = [] if isinstance(after, int) else {}
        if isinstance(key, int) and not within:
            within.append(empty)
        elif isinstance(key, str) and not isinstance(within.get(key), type(empty)):
            within[key] = empty
        within = within[key]
    if place and isinstance(place[-1], int) and not within:
        within.append(None)
    return found


def pointer(place: Place) -> str:
    return "".join(f"/{key}" for key in place)


@pytest.fixture(scope="module")
def bodies(api: Api) -> dict[tuple[str, str], tuple[str, Any]]:
    """Where each operation is sent, and a body that it takes."""
    found: dict[tuple[str, str], tuple[str, Any]] = {}
    for method, path in TARGETS:
        if method == "post":
            content = SPEC["paths"][path][method]["requestBody"]["content"]["application/json"]
            found[method, path] = (path, next(iter(content["examples"].values()))["value"])
        else:
            listed = path.removesuffix("/{id}")
            slug = TARGETS[method, path] or api.get(listed, *EVERY_SCOPE).json()["items"][0]["slug"]
            found[method, path] = (f"{listed}/{slug}", api.get(f"{listed}/{slug}", *EVERY_SCOPE).json())
    return found


def refused(api: Api, method: str, path: str, body: str) -> dict[str, str]:
    """Send a body that is to be refused; return what is listed, by pointer."""
    headers = api.bearer(*EVERY_SCOPE) | {"Content-Type": "application/json"}
    if method == "put":
        headers["If-Match"] = '"none"'
    response = api.client.request(method, path, content=body.encode(), headers=headers)
    assert response.status_code == 422, (path, response.status_code, response.text)
    assert response.headers["content-type"] == "application/problem+json"
    errors = response.json()["errors"]
    said = json.dumps([error["detail"] for error in errors])
    assert CANARY not in said
    assert len(response.content) < 200_000
    return {error["pointer"]: error["detail"] for error in errors}


def is_listed(place: Place, errors: dict[str, str]) -> bool:
    at = pointer(place)
    if at.startswith(HIDDEN):
        at = HIDDEN
    return any(found == at or found.startswith(f"{at}/") for found in errors)


def spoiled(method: str, path: str, good: Any) -> Iterator[tuple[str, list[Place], str]]:
    """Yield for each depth and value all places of that depth where it is wrong, and a body that has it there."""
    levels: dict[int, list[tuple[Place, dict[str, Any]]]] = defaultdict(list)
    for place, schema in fields(schema_of(method, path)):
        if not (method == "put" and names_an_object(place)) and place[-3:] != EITHER:
            levels[len(place)].append((place, schema))
    for level in levels.values():
        for name, raw in WRONG.items():
            if method == "put" and raw == "null":
                continue  # in the directory null is the same as left out, in what is sent as in a bundle
            all_wrong = [place for place, schema in level if not allowed(schema, raw)]
            for start in range(0, len(all_wrong), AT_ONCE):
                wrong, body = all_wrong[start : start + AT_ONCE], good
                for place in wrong:
                    body = put_at(with_room(body, place), place, MARK)
                yield name, wrong, json.dumps(body).replace(f'"{MARK}"', raw)


@pytest.mark.parametrize(("method", "path"), TARGETS, ids=[" ".join(target) for target in TARGETS])
def test_every_field_of_a_wrong_type_is_named(api: Api, bodies: Any, method: str, path: str) -> None:
    """What a schema does not allow is a 422 that points to every such field, in one answer."""
    url, good = bodies[method, path]
    tried = 0

    for name, wrong, body in spoiled(method, path, good):
        errors = refused(api, method, url, body)
        assert [pointer(place) for place in wrong if not is_listed(place, errors)] == [], name
        tried += len(wrong)

    assert tried > 20


@pytest.mark.parametrize(("method", "path"), [target for target in TARGETS if target[0] == "put"])
def test_a_name_of_a_wrong_type_is_refused(api: Api, bodies: Any, method: str, path: str) -> None:
    """What names an object, itself or one within it, is refused too where it is no text."""
    url, good = bodies[method, path]
    names = [place for place, _ in fields(schema_of(method, path)) if names_an_object(place)]

    for place in names:
        refused(api, method, url, json.dumps(put_at(with_room(good, place), place, {CANARY: 1})))

    assert names


@pytest.mark.parametrize(("method", "path"), TARGETS, ids=[" ".join(target) for target in TARGETS])
@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE)
def test_what_no_json_may_hold_is_named(api: Api, bodies: Any, method: str, path: str, raw: str) -> None:
    """A number that is none, half a character and the like are refused wherever they stand, by their own pointer."""
    url, good = bodies[method, path]
    places = [place for place, _ in fields(schema_of(method, path)) if len(place) == 1]
    body = good
    for place in places:
        body = put_at(body, place, MARK)

    errors = refused(api, method, url, json.dumps(body).replace(f'"{MARK}"', raw))

    assert [pointer(place) for place in places if not is_listed(place, errors)] == []


def test_every_body_that_is_described_is_tried() -> None:
    """No operation with a body of ours is left out."""
    described = {
        (method, path)
        for path, item in SPEC["paths"].items()
        for method, operation in item.items()
        if "requestBody" in operation
    }

    assert described == set(TARGETS)
