"""One loader for the whole session, and the helpers of this folder on the path."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from loaded import Loader


@pytest.fixture(scope="session")
def loader() -> Iterator[Loader]:
    """Bundles through the real reader and store."""
    with Loader() as found:
        yield found
