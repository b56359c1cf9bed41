"""Following the database: each process looks for changes twice a second, beside its requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

POLL_EVERY_S = 0.5
"""A change is to be served by every process within two seconds, the rebuild included."""


async def poll(refresh: Callable[[], None], stop: asyncio.Event) -> None:
    """Refresh twice a second, in a thread of its own, until `stop` is set; no refresh is under way on return."""
    while not stop.is_set():
        try:
            await asyncio.wait_for(stop.wait(), POLL_EVERY_S)
        except TimeoutError:
            await asyncio.to_thread(refresh)
