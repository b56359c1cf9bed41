"""`modified_after` finds what changed, however it changed: over `/v1`, by load, by an import, by a decision."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from api_builders import HOTLINE, Api, load_demo, running
from bundle_builders import bundle_bytes

from service import demo
from service.database.database import open_database
from service.directory.bundle import read_bundle
from service.directory.use_cases.import_hsds import import_hsds
from service.directory.use_cases.load_bundle import load_bundle
from service.settings import Settings

WRITE = ("directory:read", "directory:write")
LINE = "/v1/services/jb-line"
SOURCE = {
    "id": "6f0c1a6e-3b0f-4d57-9e0b-1f3c2a4b5d6e",
    "name": "Pantry",
    "description": "Food.",
    "services": [{"id": "0b7c8a52-6d5b-4a51-8f0e-2f4d3b5c6e7f", "name": "Boxes", "status": "active"}],
}


@pytest.fixture
def api(settings: Settings, fill: Callable[[str], None], tmp_path: Path) -> Iterator[Api]:
    fill(settings.database)
    load_demo(settings)
    with running(settings.model_copy(update={"deliver": False, "token_key_file": tmp_path / "token.key"})) as app:
        yield app


def names_since(api: Api, moment: datetime) -> list[str]:
    query = {"modified_after": moment.isoformat(), "per_page": 200}
    answer = api.client.get("/hsds/services", params=query)
    assert answer.status_code == 200, answer.text
    return sorted(record["name"] for record in answer.json()["contents"])


def put(api: Api, path: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Read a record, change it, and put it back; the answer is what is read afterwards."""
    response = api.get(path, *WRITE)
    record = response.json()
    change(record)
    reply = api.client.put(path, json=record, headers=api.bearer(*WRITE) | {"If-Match": response.headers["etag"]})
    assert reply.status_code == 200, reply.text
    again = api.get(path, *WRITE)
    assert (again.json(), again.headers["etag"]) == (reply.json(), reply.headers["etag"])


def test_a_change_over_http_is_found(api: Api) -> None:
    """A part of a service counts; the same again, and a date that the body gives, do not."""
    name = api.get(LINE, *WRITE).json()["name"]
    begun = datetime.now(UTC)
    assert names_since(api, begun) == []

    put(api, LINE, lambda record: record.update(last_modified="2031-01-01T00:00:00Z"))
    put(api, LINE, lambda _: None)
    assert names_since(api, begun) == []
    put(api, LINE, lambda record: record.update(phones=[{"number": "555-0190"}]))
    assert names_since(api, begun) == [name]
    put(api, f"/v1/organizations/{HOTLINE}", lambda record: record.update(description="Another."))
    assert names_since(api, begun) == [name]
    assert names_since(api, datetime.now(UTC)) == []


def test_what_is_loaded_and_imported_is_found(api: Api) -> None:
    """By our own date: a source that says that it changed nothing since 2001, or that it will, moves no date."""
    bundle = read_bundle(demo.coalition_bytes()).model_dump(mode="json", by_alias=True, exclude_defaults=True)
    with open_database(api.settings) as database:
        begun = datetime.now(UTC)
        [line] = [
            service
            for owner in bundle["organizations"]
            for service in owner.get("services", ())
            if service["id"] == "jb-line"
        ]
        line["phones"] = [{"number": "555-0191"}]
        load_bundle(database.unit_of_work(), bundle_bytes(bundle), replace=False)
        assert names_since(api, begun) == [line["name"]]

        begun = datetime.now(UTC)
        for date, changes in (("2001-01-01T00:00:00Z", True), ("2041-01-01T00:00:00Z", False)):
            source = copy.deepcopy(SOURCE)
            source["services"][0]["last_modified"] = date  # type: ignore[index]
            imported = import_hsds(database.unit_of_work(), put_in_file(api, source))
            assert imported.changed is changes
            assert names_since(api, begun) == ["Boxes"]
            begun = datetime.now(UTC) if not changes else begun
    assert names_since(api, begun) == []


def put_in_file(api: Api, record: Any) -> Path:
    folder = Path(str(api.settings.token_key_file)).parent / "source"
    folder.mkdir(exist_ok=True)
    file = folder / "organization.json"
    file.write_bytes(bundle_bytes(record))
    return file
