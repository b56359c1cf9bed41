"""The rulebook that most tests ask, and those of every state; the builders of this folder on the path."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from policies import Rulebook, load_rulebook
from policies.verify import sets_of_packs


@pytest.fixture(scope="session")
def book() -> Rulebook:
    return load_rulebook(["federal", "us-tx", "coalition"])


@pytest.fixture(scope="session", params=sets_of_packs(), ids="+".join)
def each_book(request: pytest.FixtureRequest) -> Rulebook:
    """The rulebook of each state's packs in its turn."""
    return load_rulebook(request.param)
