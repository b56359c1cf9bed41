"""How long a search may go on: the first path is always exact; what comes after it may have to stop early."""

from __future__ import annotations

from collections.abc import Callable

OutOfTime = Callable[[], bool]
"""Says, asked between two pieces of work, whether to stop. Once it has said yes it says yes for good.

Routing knows no clock: whoever asks the question makes this. It is asked only after the first path is found.
"""


def never() -> bool:
    """Return False: as much time as it takes."""
    return False
