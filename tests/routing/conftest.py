"""One loader for the whole session, and the helpers of this folder on the path."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from loaded import Loader


@pytest.fixture(scope="session")
def loader() -> Iterator[Loader]:
    """Bundles through the real reader and store."""
    with Loader() as found:
        yield found


COMPARED = pytest.StashKey[int]()


@pytest.fixture
def count_compared(pytestconfig: pytest.Config) -> Callable[[int], None]:
    """Adds up how many instances were held against brute force, for the summary to say."""

    def count(more: int) -> None:
        pytestconfig.stash[COMPARED] = pytestconfig.stash.get(COMPARED, 0) + more

    return count


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if compared := config.stash.get(COMPARED, 0):
        terminalreporter.write_line(f"{compared} instances compared with brute force")
