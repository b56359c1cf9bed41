"""The collector of cyclic garbage, held back while many records without cycles are made, and while a server answers."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

COLLECTIONS = (10_000, 20, 10)
"""When the collector looks at its three ages (`gc.set_threshold`) while a server answers.

An answer is tens of thousands of objects, and leaves no cycle. At Python's own setting the collector goes through the
whole directory every few answers, which stops all of them for a tenth of a second.
"""


@contextmanager
def rare_collection() -> Iterator[None]:
    """Have the collector look seldom, and never at what there is now: modules and a directory, which leave no cycle."""
    thresholds = gc.get_threshold()
    gc.set_threshold(*COLLECTIONS)
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)


@contextmanager
def no_collection() -> Iterator[None]:
    """Hold the collector back: it would look through the same million records again and again."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
