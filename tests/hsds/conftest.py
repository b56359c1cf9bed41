"""Directories here are compared with what they came from: all of them are stored at one moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bundle_builders import GOOD_YAML
from databases import stored_at

from service.database.unit_of_work import UnitOfWork
from service.directory.use_cases.load_bundle import load_bundle


@pytest.fixture(scope="module", autouse=True)
def _one_moment() -> Iterator[None]:
    with stored_at():
        yield


@pytest.fixture
def work(unit_of_work: UnitOfWork) -> UnitOfWork:
    """A store that holds a coalition, with its areas and its time zone."""
    load_bundle(unit_of_work, GOOD_YAML.encode(), replace=False)
    return unit_of_work
