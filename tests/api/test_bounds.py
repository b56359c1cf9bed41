"""Every operation that works has a bound, and is ended at it, when its client goes, and when the server stops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from loaded import Loader

import routing
from service import demo
from service.api.bounds import AT_ONCE, BOUNDS
from service.app import create_app
from service.coalition import (
    AgencyWords,
    Contacts,
    Coverage,
    Due,
    Exchange,
    LegalHold,
    Map,
    VisibleDirectory,
    draw_heat_map,
    draw_map,
    sight_of,
)
from service.documents.document import parse_document
from service.settings import Settings

METHODS = {"get", "put", "post", "delete"}


def operations() -> set[str]:
    paths = create_app(Settings()).openapi()["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods if method in METHODS}


def test_every_operation_is_in_the_table_of_bounds_or_among_those_that_do_no_work() -> None:
    """One that is new is in neither, and this fails until somebody says what it may take."""
    assert len(operations()) > 90
    assert operations() == BOUNDS.keys() | AT_ONCE
    assert BOUNDS.keys().isdisjoint(AT_ONCE)
    assert 0 < max(BOUNDS.values()) <= 60


AT = datetime.fromisoformat("2026-03-02T10:00:00-06:00")
ANSWERS: dict[str, Callable[[VisibleDirectory], object]] = {
    "coverage": lambda sight: Coverage(sight).document(),
    "heat map": lambda sight: draw_heat_map(Coverage(sight)),
    "map": lambda sight: Map(sight, AT).document(),
    "picture": lambda sight: draw_map(Map(sight, AT)),
    "due": lambda sight: Due(sight, AT).document(),
    "exchange": lambda sight: Exchange(sight, AT).document(),
    "contacts": lambda sight: Contacts(sight, AT).document(),
    "words": lambda sight: AgencyWords(sight).document(),
    "legal hold": lambda sight: LegalHold(sight, AT).document(),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_of_the_coalition_comes_to_checkpoints_and_ends_at_one(loader: Loader, name: str) -> None:
    """At the third; another reader is then told the whole, as if nothing had been begun."""
    bundle = parse_document(demo.coalition_bytes())[0]
    served, passed = loader.serve(bundle)[1], list[int]()

    def check() -> None:
        passed.append(1)
        if len(passed) == 3:
            raise routing.WorkStopped

    with routing.checked_by(check), pytest.raises(routing.WorkStopped):
        ANSWERS[name](sight_of(served, None))
    assert ANSWERS[name](sight_of(served, None)) == ANSWERS[name](sight_of(replace(served), None))
