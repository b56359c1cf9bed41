"""How many examples a test draws: few enough for the test line; `TEST_SCALE=4` draws four times as many."""

from __future__ import annotations

import os


def scaled(examples: int) -> int:
    """Return how many examples to draw: `examples`, times `TEST_SCALE` where that is set; one or more."""
    return max(1, round(examples * float(os.environ.get("TEST_SCALE", "1"))))
