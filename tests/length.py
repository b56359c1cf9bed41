"""How long a run is: short (the bare `pytest`), or at length (`AT_LENGTH=1`, or tests named on the command line)."""

from __future__ import annotations

import os

SHORT_SHARE = 5


def draws(at_length: int) -> int:
    """Return how many draws to make: `at_length` of them in a run at length, a fifth, rounded up, in a short run."""
    return at_length if os.environ["AT_LENGTH"] == "1" else -(-at_length // SHORT_SHARE)
