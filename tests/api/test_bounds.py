"""Every operation that works has a bound, and is ended at it, when its client goes, and when the server stops."""

from __future__ import annotations

from service.api.bounds import AT_ONCE, BOUNDS
from service.app import create_app
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
