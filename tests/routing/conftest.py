"""The helpers of this folder on the path; and bounds are tested on coalitions that are small enough to be seen."""

import sys
from pathlib import Path

import pytest

from routing.pruning import offer_filter

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def no_search_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search within bounds, however few the offers are: else no small coalition would say anything about bounds."""
    monkeypatch.setattr(offer_filter, "SMALL", 0)
