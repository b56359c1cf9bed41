"""Every operation that works has a bound, and is ended at it, when its client goes, and when the server stops."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Annotated

import pytest
from api_builders import Api, demo_settings, serving
from fastapi import Depends
from loaded import Loader

import routing
from service import demo
from service.app import create_app
from service.coalition import (
    AgencyWords,
    Contacts,
    Coverage,
    DueItems,
    Exchange,
    LegalHold,
    Map,
    VisibleDirectory,
    draw_heat_map,
    draw_map,
    visible_directory_of,
)
from service.directory.routes.context import Context
from service.directory.routes.dependencies import require
from service.documents.document import parse_document
from service.security import Caller
from service.settings import Settings
from service.web import bounds
from service.web.bounds import BOUNDS, RECORD_S

METHODS = {"get", "put", "post", "delete", "patch"}


def operations() -> set[str]:
    paths = create_app(Settings()).openapi()["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods if method in METHODS}


def test_the_table_names_operations_that_may_take_longer_than_a_record() -> None:
    """No name in it is misspelt or out of date, and none is there for nothing."""
    assert BOUNDS.keys() < operations()
    assert RECORD_S < min(BOUNDS.values()) < max(BOUNDS.values()) <= 60


AT = datetime.fromisoformat("2026-03-02T10:00:00-06:00")
ANSWERS: dict[str, Callable[[VisibleDirectory], object]] = {
    "coverage": lambda visible: Coverage(visible).document(),
    "heat map": lambda visible: draw_heat_map(Coverage(visible)),
    "map": lambda visible: Map(visible, AT).document(),
    "picture": lambda visible: draw_map(Map(visible, AT)),
    "due": lambda visible: DueItems(visible, AT).document(),
    "exchange": lambda visible: Exchange(visible, AT).document(),
    "contacts": lambda visible: Contacts(visible, AT).document(),
    "words": lambda visible: AgencyWords(visible).document(),
    "legal hold": lambda visible: LegalHold(visible, AT).document(),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_of_the_coalition_comes_to_checkpoints_and_ends_at_one(loader: Loader, name: str) -> None:
    """At the third; another reader is then told the whole, as if nothing had been begun."""
    bundle = parse_document(demo.coalition_bytes())[0]
    directory, passed = loader.serve(bundle)[1], list[int]()

    def check() -> None:
        passed.append(1)
        if len(passed) == 3:
            raise routing.WorkStopped

    with routing.checked_by(check), pytest.raises(routing.WorkStopped):
        ANSWERS[name](visible_directory_of(directory, None))
    assert ANSWERS[name](visible_directory_of(directory, None)) == ANSWERS[name](
        visible_directory_of(replace(directory), None)
    )


# --- over HTTP --------------------------------------------------------------------------------------------------------

ENDLESS = "/v1/endless/{part}"
PARTS = ("read", "search", "show", "change", "look_up")
BEGUN, ENDED = Event(), Event()


def endless(*_: object) -> None:
    """Work until it is ended, as long answers do: from one checkpoint to the next."""
    BEGUN.set()
    try:
        while True:
            sum(range(1_000))
            routing.checkpoint()
    except routing.WorkStopped:
        ENDED.set()
        raise


async def work_endlessly(part: str, caller: Annotated[Caller, Depends(require("route"))], context: Context) -> None:
    await getattr(context, part)(endless)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    """The program, with one operation more, whose parts never end by themselves."""
    settings = demo_settings(tmp_path, deliver=False)
    app = create_app(settings)
    app.get(ENDLESS)(work_endlessly)
    BEGUN.clear()
    ENDED.clear()
    with serving(app) as client:
        yield Api(settings, client)


@pytest.mark.parametrize("part", PARTS)
def test_an_operation_is_ended_at_its_bound(api: Api, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """Reading a body, searching, reading the database, changing it, asking the network: `busy`; no table names it."""
    monkeypatch.setattr(bounds, "RECORD_S", 0.05)

    refusal = api.get(ENDLESS.format(part=part), "route")

    assert (refusal.status_code, refusal.json()["code"]) == (503, "busy")
    assert ENDED.is_set()


@pytest.mark.parametrize("part", [part for part in PARTS if part != "change"])
def test_an_operation_is_ended_when_its_client_goes(api: Api, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """Far within its bound; a change alone goes on to its end."""
    monkeypatch.setitem(BOUNDS, f"GET {ENDLESS}", 600)  # type: ignore[arg-type]
    token = api.token("route")
    head = f"GET {ENDLESS.format(part=part)} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\n\r\n"

    with socket.create_connection(("127.0.0.1", api.client.base_url.port or 80), timeout=30) as link:
        link.sendall(head.encode())
        assert BEGUN.wait(30)
        assert not ENDED.is_set()

    assert ENDED.wait(30)
