"""The description of the interface: every example fits its schema, and every operation says who may ask."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from npm import npm_programs
from referencing import Registry, Resource

FILE = Path(__file__).parents[2] / "openapi" / "openapi.json"
DESCRIPTION = json.loads(FILE.read_text())
REDOCLY = "@redocly/cli@2.77.0"  # the next ones want a later Node.js than Debian's
LIVE = "#/paths/~1health~1live/get"
REDOCLYS_RULES = Path(__file__).with_name("redocly.yaml")
ESCAPED = set(r"dDsSwWbBtnrfv0cxukpP^$\.*+?()[]{}|/-")
"""The characters that may stand after a backslash by ECMA 262, which JSON Schema reads patterns by."""
METHODS = ("get", "put", "post", "patch", "delete")
OPERATIONS = {
    f"{method} {path}": operation
    for path, item in DESCRIPTION["paths"].items()
    for method, operation in item.items()
    if method in METHODS
}
WEBHOOKS = {name: item["post"] for name, item in DESCRIPTION["webhooks"].items()}
SCHEMAS = {f"schema {name}": schema for name, schema in DESCRIPTION["components"]["schemas"].items()}
REGISTRY: Registry[Any] = Registry().with_resource(
    "urn:api", Resource.from_contents({**DESCRIPTION, "$schema": Draft202012Validator.META_SCHEMA["$id"]})
)


def examples(place: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each schema beside an example, with the example: of a schema, a parameter, or a body."""
    if isinstance(place, list):
        for part in place:
            yield from examples(part)
    elif isinstance(place, dict):
        schema = place.get("schema", place)
        if "example" in place:
            yield schema, place["example"]
        entries = place.get("examples", ())
        for example in entries.values() if isinstance(entries, dict) else entries:
            yield schema, example["value"] if isinstance(entries, dict) else example
        for name, part in place.items():
            if name not in ("example", "examples"):
                yield from examples(part)


def problems_of(schema: Any, example: Any) -> list[str]:
    """Return what is wrong with an example, by its place."""
    errors = Draft202012Validator(_from_root(schema), registry=REGISTRY).iter_errors(example)
    return [f"{error.json_path}: {error.message}" for error in errors]


def _from_root(schema: Any) -> Any:
    """Return a schema whose references are read from the description, wherever the schema stands."""
    if isinstance(schema, list):
        return [_from_root(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: f"urn:api{part}" if name == "$ref" and part.startswith("#") else _from_root(part)
        for name, part in schema.items()
    }


@pytest.mark.parametrize("name", [*OPERATIONS, *WEBHOOKS, *SCHEMAS])
def test_every_example_fits_its_schema(name: str) -> None:
    """Nulls among them: an integrator copies an example as it stands."""
    place = {**OPERATIONS, **WEBHOOKS, **SCHEMAS}[name]

    assert [(problem, example) for schema, example in examples(place) for problem in problems_of(schema, example)] == []


def test_bodies_have_examples() -> None:
    """Whatever is sent or answered as JSON, problems included."""
    for name, operation in OPERATIONS.items():
        for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
            for media_type, content in holder.get("content", {}).items():
                assert content.get("examples") or "example" in content, (name, media_type)


def test_every_operation_says_who_may_ask_and_where_it_belongs() -> None:
    """Security is stated, for open operations and webhooks too; each tag is declared, and used."""
    assert [name for name, operation in (OPERATIONS | WEBHOOKS).items() if "security" not in operation] == []
    declared = {tag["name"] for tag in DESCRIPTION["tags"]}
    assert declared == {tag for operation in OPERATIONS.values() for tag in operation["tags"]}
    assert DESCRIPTION["servers"]


@pytest.fixture(scope="module")
def redocly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program that holds descriptions against OpenAPI, and examples against schemas, as clients read them."""
    return npm_programs(tmp_path_factory.mktemp("redocly"), REDOCLY) / "redocly"


def redoclys_faults(redocly: Path, file: Path) -> set[tuple[str, str]]:
    """Return what redocly finds in a description, under `redocly.yaml`: each rule, with the place."""
    ran = subprocess.run(
        [redocly, "lint", "--config", REDOCLYS_RULES, "--format=json", file],
        check=False, capture_output=True, env=os.environ | {"REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"},
    )  # fmt: skip
    return {(found["ruleId"], found["location"][0]["pointer"]) for found in json.loads(ran.stdout)["problems"]}


def test_redocly_finds_no_fault(redocly: Path) -> None:
    """Nothing of all that it recommends, but for the rules that `redocly.yaml` leaves out, each with its reason."""
    assert redoclys_faults(redocly, FILE) == set()


def test_redocly_finds_the_faults_that_are_put_in(redocly: Path, tmp_path: Path) -> None:
    """An example of a wrong type, of a body or a field, and an operation that says nothing of security."""
    description = json.loads(FILE.read_bytes())
    operation = description["paths"]["/health/live"]["get"]
    del operation["security"]
    operation["responses"]["200"]["content"]["application/json"]["example"]["status"] = 7
    description["components"]["schemas"]["Live"]["properties"]["status"]["examples"] = [7]
    (tmp_path / "faulty.json").write_text(json.dumps(description))

    assert redoclys_faults(redocly, tmp_path / "faulty.json") == {
        ("security-defined", LIVE),
        ("no-invalid-media-type-examples", f"{LIVE}/responses/200/content/application~1json/example/status"),
        ("no-invalid-schema-examples", "#/components/schemas/Live/properties/status/examples/0"),
    }


def test_patterns_are_read_by_clients_in_any_language() -> None:
    """No pattern escapes what Python lets it escape and ECMA 262 refuses: such a schema is read by no script at all."""
    patterns = set(patterns_of(DESCRIPTION))

    assert [pattern for pattern in patterns if not set(re.findall(r"\\(.)", pattern)) <= ESCAPED] == []
    assert patterns


def patterns_of(part: Any) -> Iterator[str]:
    """Yield every pattern of a schema at and below `part`."""
    if isinstance(part, dict):
        if isinstance(part.get("pattern"), str):
            yield part["pattern"]
        part = [*part.values()]
    for inner in part if isinstance(part, list) else ():
        yield from patterns_of(inner)


def test_a_needed_condition_is_required() -> None:
    """Where 428 is answered, `If-Match` is required, unless `If-None-Match` may stand in its place."""
    for name, operation in OPERATIONS.items():
        required = {part["name"]: part.get("required", False) for part in operation.get("parameters", ())}
        needed = "428" in operation["responses"] and "If-None-Match" not in required
        assert required.get("If-Match", False) is needed, name
