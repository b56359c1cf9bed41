"""The helpers of this folder on the path, and how many instances were held against brute force."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

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
