"""One request at its desk: the caller, the database, and the turns in which the parts of the work are done.

Shared by consents, referrals and webhooks over HTTP: each part of the work waits for the caller's turn, and an error of
a use case becomes a problem.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from fastapi import Depends, Request
from starlette.responses import Response

from service.directory.api.directory import Stored, paged, respond
from service.directory.work.read_directory import Found
from service.infrastructure.auth import Caller
from service.infrastructure.database.database import Database
from service.infrastructure.database.key_ring import KeyRing
from service.infrastructure.database.unit_of_work import UnitOfWork
from service.infrastructure.http.deps import Parts, Requires, Wiring, Work, Working
from service.infrastructure.http.preferences import language_of
from service.loop.api.happenings import telling

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Desk:
    """The tools of a caller's operation. Each call of a use case gets its own unit of work, `reading` or `writing`."""

    request: Request
    caller: Caller
    stored: Database
    working: Work
    parts: Wiring

    @property
    def reading(self) -> UnitOfWork:
        """A new unit of work that only reads."""
        return self.stored.unit_of_work(writes=False)

    @property
    def writing(self) -> UnitOfWork:
        """A new unit of work that writes."""
        return self.stored.unit_of_work()

    @property
    def ring(self) -> KeyRing:
        """The keys behind codes and receipts."""
        return self.parts.ring

    @property
    def language(self) -> str:
        """The language of ours that the caller prefers."""
        return language_of(self.request)

    @property
    def today(self) -> date:
        """The day in the coalition's time zone."""
        return datetime.now(UTC).astimezone(self.parts.snapshots.current().snapshot.zone).date()

    async def read(self, work: Callable[[], Result]) -> Result:
        """Return the body as read by `work`, in the caller's turn."""
        with telling():
            return await self.working.read(work)

    async def show(self, work: Callable[[], Result]) -> Result:
        """Return the result of reading the database, in the caller's turn."""
        with telling():
            return await self.working.show(work)

    async def change(self, work: Callable[[], Result]) -> Result:
        """Return the result of a change of the database, in the caller's turn."""
        with telling():
            return await self.working.change(work)

    async def look_up(self, work: Callable[[], Result]) -> Result:
        """Return the result of a request to the network, in the caller's turn."""
        with telling():
            return await self.working.look_up(work)

    def answer(self, found: Found, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """Return a document with its entity tag."""
        return respond(self.request, found, status, headers)

    def page(self, found: Found) -> Response:
        """Return a page of a list, with a link to the next page."""
        return paged(self.request, found)


def desk_for(required: Requires) -> Callable[..., Awaitable[Desk]]:
    """Return the dependency that gives a `Desk` to a caller let through by `required`."""
    checked: Any = Depends(required)

    async def gather(
        request: Request, stored: Stored, working: Working, parts: Parts, caller: Caller = checked
    ) -> Desk:
        return Desk(request, caller, stored, working, parts)

    return gather
