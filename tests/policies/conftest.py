"""One rulebook of all packs for the whole session, and the builders of this folder on the path."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from policies import Rulebook, load_rulebook


@pytest.fixture(scope="session")
def book() -> Rulebook:
    return load_rulebook(["federal", "us-tx", "coalition"])
