"""Clients that generators make from `openapi/openapi.json`: built without a warning, and they speak to the server."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from api_builders import Api, demo_profile, demo_settings, running
from npm import npm_programs

DESCRIPTION = Path(__file__).parents[2] / "openapi" / "openapi.json"
PYTHON_CLIENT = "a_generated_client"
TYPESCRIPT = ("openapi-typescript@7", "typescript@5")
USE = """
import type { operations } from "./schema";
type Asked = operations["find_referral_paths"]["requestBody"]["content"]["application/json"];
type Answer = operations["find_referral_paths"]["responses"][200]["content"]["application/json"];
export const asked: Asked = { client: { age: 15 }, needs: [{ type: "emergency_shelter", urgency: "now" }] };
export const first = (answer: Answer): string | undefined => answer.paths[0]?.steps[0]?.to.slug;
// @ts-expect-error: an urgency that there is none of
export const wrong: Asked = { client: {}, needs: [{ type: "food", urgency: "yesterday" }] };
"""
"""A program that reads the types as a client would; the compiler also says where one is wider than described."""

OPERATION_ID = re.compile(
    "(cancel|change|check|confirm|create|decide|delete|explain|file|find|get|list|look|patch|preview|propose|put|record|"
    "recover|replay|retry|rotate|search|send|settle|show|test|undo|withdraw)(_[a-z]+)+"
)
"""A verb, and what it is done to."""


def documented() -> Any:
    return json.loads(DESCRIPTION.read_bytes())


def titles(value: Any) -> Iterator[str]:
    """Yield every title of a schema at and below `value`; a property of that name is a schema, not a text."""
    if isinstance(value, dict):
        if isinstance(value.get("title"), str):
            yield value["title"]
        for name, inner in value.items():
            if name not in ("example", "examples"):
                yield from titles(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from titles(inner)


def test_operations_have_ids_that_read_as_what_they_do() -> None:
    """Each is a verb and what it is done to, each is there once, and those that the guide names are there."""
    ids = [operation["operationId"] for item in documented()["paths"].values() for operation in item.values()]

    assert [name for name, count in Counter(ids).items() if count > 1] == []
    assert [name for name in ids if not OPERATION_ID.fullmatch(name)] == []
    assert {"find_referral_paths", "list_next_calls", "put_service", "get_organization"} <= set(ids)


def test_each_schema_has_one_title_and_it_is_its_name() -> None:
    """No two schemas share a title, and nothing inside of one has a title: generators name their classes by them."""
    description = documented()
    schemas = description["components"]["schemas"]

    assert {name: schema["title"] for name, schema in schemas.items()} == {name: name for name in schemas}
    assert sorted(titles([schemas, description["paths"]])) == sorted(schemas)


@pytest.fixture(scope="module")
def python_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The package that openapi-python-client makes; a warning fails it."""
    folder = tmp_path_factory.mktemp("python")
    program = Path(sys.executable).with_name("openapi-python-client")
    process = subprocess.run(
        [program, "generate", "--path", DESCRIPTION, "--output-path", folder / PYTHON_CLIENT, "--meta", "none",
         "--fail-on-warning"],
        check=False, capture_output=True, text=True, cwd=folder, env={"PATH": str(program.parent)},
    )  # fmt: skip
    assert (process.returncode, process.stderr) == (0, ""), process.stdout
    assert "warning" not in process.stdout.lower()
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(PYTHON_CLIENT)
    finally:
        sys.path.remove(str(folder))


def test_a_python_client_asks_and_reads_the_answer(python_client: ModuleType, tmp_path: Path) -> None:
    """Every operation has a function of its name; one asks for paths, and gets what the server answers, typed."""
    operations = {file.stem for file in Path(str(python_client.__file__)).parent.glob("api/*/*.py")}
    find = importlib.import_module(f"{PYTHON_CLIENT}.api.referral_paths.find_referral_paths")
    models = importlib.import_module(f"{PYTHON_CLIENT}.models")
    profile = demo_profile()
    with running(demo_settings(tmp_path, question_budget_ms=60_000)) as api:
        with python_client.AuthenticatedClient(str(api.client.base_url), token=api.token("route")) as client:
            answered = find.sync_detailed(client=client, body=models.NeedsProfile.from_dict(profile))
        document = api.post("/v1/referral-paths", profile, "route").json()

    assert {operation["operationId"] for item in documented()["paths"].values() for operation in item.values()} <= (
        operations
    )
    assert answered.status_code == 200
    assert isinstance(answered.parsed, models.AnswerDocument)
    assert answered.parsed.paths[0].steps[0].to.slug == document["paths"][0]["steps"][0]["to"]["slug"]
    assert without(answered.parsed.to_dict(), "decision_id") == without(document, "decision_id")


def without(document: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != name}


def test_typescript_types_build_and_hold(tmp_path: Path) -> None:
    """openapi-typescript writes types without a warning; a program that uses them compiles, a wrong one does not."""
    tools = npm_programs(tmp_path, *TYPESCRIPT)

    process = subprocess.run(
        [tools / "openapi-typescript", DESCRIPTION, "-o", "schema.d.ts"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    (tmp_path / "use.ts").write_text(USE)
    compiled = subprocess.run(
        [tools / "tsc", "--strict", "--noEmit", "use.ts"], cwd=tmp_path, check=False, capture_output=True, text=True
    )

    assert process.returncode == 0, process.stderr
    output = (process.stdout + process.stderr).lower()
    assert "warn" not in output
    assert "⚠" not in output
    assert (compiled.returncode, compiled.stdout) == (0, "")


LISTS = [
    "/v1/organizations?per_page=4",
    "/v1/services?per_page=5&type=emergency_shelter",
    "/v1/agreements?per_page=2",
    "/v1/release-forms?per_page=1",
    "/v1/vocabulary?per_page=1&kind=term",
    "/hsds/services?per_page=2&search=shelter%20for",
    "/hsds/organizations?per_page=6&full=true",
    "/hsds/taxonomy_terms?per_page=3",
]


@pytest.mark.parametrize("first", LISTS, ids=lambda path: path.partition("?")[0])
def test_pages_lead_to_the_next(demo_api: Api, first: str) -> None:
    """Following `Link: rel="next"` gives all that fits, each once; the last page leads nowhere; filters stay."""
    ids: list[str] = []
    at, pages = first, 0
    while at:
        response = demo_api.get(at, "directory:read")
        body = response.json()
        ids += [row["id"] for row in body.get("items", body.get("contents"))]
        at, pages = response.links.get("next", {}).get("url", ""), pages + 1
    size = re.search(r"per_page=(\d+)", first)
    whole = demo_api.get(first.replace(size[0], "per_page=200"), "directory:read")

    assert size is not None
    assert pages == -(-len(ids) // int(size[1])) > 1
    assert ids == [row["id"] for row in whole.json().get("items", whole.json().get("contents"))]
    assert "next" not in whole.links


@pytest.fixture(scope="module")
def demo_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("pages"), rate_limit="1000000/minute")) as api:
        yield api
