"""One request: its caller, the database, the turns in which the parts of its work are done, and its answers."""

from __future__ import annotations

import json
from asyncio import Future
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from time import thread_time
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.database.actor import act_as
from service.database.database import Database, telling_driver_errors
from service.database.key_ring import KeyRing
from service.database.unit_of_work import UnitOfWork
from service.directory.routes.dependencies import CHALLENGE, Requires, Wiring, actor_of, wiring_of
from service.documents.entity_tags import TaggedDocument
from service.security import Caller
from service.web.addresses import address_of
from service.web.bounds import bound_of
from service.web.conditions import conditional_response, next_page
from service.web.preferences import for_reader, language_of, tag_in
from service.web.problems import problem
from service.web.scheduler import FairScheduler
from service.web.search_scheduler import SearchScheduler

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class RequestContext:
    """A request that a dependency has let through, with the parts of the application that its work needs.

    Each part of the work is done in a thread, in the caller's turn, and within the bound of the operation.
    """

    request: Request

    @property
    def visitor(self) -> Caller | None:
        """The caller, None without a token."""
        caller: Caller | None = self.request.state.caller
        return caller

    @property
    def caller(self) -> Caller:
        """The caller of an operation that needs a token.

        Raises:
            ApiProblem: the request has no token.
        """
        if self.visitor is None:
            raise problem("invalid_token", headers=CHALLENGE)
        return self.visitor

    @property
    def parts(self) -> Wiring:
        """The parts of the application."""
        return wiring_of(self.request)

    @property
    def database(self) -> Database:
        """The database of the application."""
        return self.parts.snapshots.database

    @property
    def reading(self) -> UnitOfWork:
        """A new unit of work that only reads."""
        return self.database.unit_of_work(writes=False)

    @property
    def writing(self) -> UnitOfWork:
        """A new unit of work that writes."""
        return self.database.unit_of_work()

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
        """Return the body as read by `work`."""
        return await self._in_turn(self.parts.bodies, work)

    async def search(self, work: Callable[[SearchScheduler], Result]) -> Result:
        """Return the result of a search."""
        return await self._in_turn(self.parts.searches, partial(work, self.parts.searches))

    async def show(self, work: Callable[[], Result]) -> Result:
        """Return the result of reading the database. Without a token, the processor time is charged to the address."""
        return await self._in_turn(self.parts.lists, partial(self._charge, work))

    async def change(self, work: Callable[[], Result]) -> Result:
        """Return the result of a change of the store, which is finished also for a client that has gone."""
        most_s = bound_of(self.request.scope)
        return await self.parts.changes.run(partial(self._act_as_caller, work), self._place(), most_s=most_s)

    async def look_up(self, work: Callable[[], Result]) -> Result:
        """Return the result of a request to the network, which may answer slowly."""
        return await self._in_turn(self.parts.look_ups, work)

    def note(self, grounds: Mapping[str, Any]) -> None:
        """Have it written down that the caller was given an answer, and on which grounds."""
        self.parts.audit.note(actor_of(self.request, self.caller), grounds)

    def answer(self, view: TaggedDocument, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """Return a document with its entity tag; 304 for a caller with the same tag."""
        document, language = for_reader(self.request, view.document)
        body = json.dumps(document, ensure_ascii=False).encode()
        etag = tag_in(view.etag, language)
        return conditional_response(self.request, body, etag, status=status, headers={**language, **(headers or {})})

    def page(self, view: TaggedDocument) -> Response:
        """Return a page of a list, with a link to the next page if any."""
        page, document = view.document["page"], view.document
        last = page * document["per_page"] >= document["total"]
        return self.answer(view, headers={} if last else next_page(self.request, page))

    async def _in_turn(self, turns: FairScheduler, work: Callable[[], Result]) -> Result:
        """Return the result of work for as long as the client waits for it."""
        most_s = bound_of(self.request.scope)
        return await turns.run(partial(self._act_as_caller, work), self._place(), most_s=most_s, gone=self._departure)

    async def _departure(self) -> None:
        """Wait until the client has gone; the rest of a body is not read."""
        try:
            while (await self.request.receive())["type"] != "http.disconnect":
                pass
        except HTTPException:  # a body that is too large, and that nobody asked for
            await Future()

    def _act_as_caller(self, work: Callable[[], Result]) -> Result:
        """Return the result of work whose changes are written down as the caller's; without a token, as nobody's."""
        caller = self.visitor
        with act_as(None if caller is None else actor_of(self.request, caller)), telling_driver_errors():
            return work()

    def _charge(self, work: Callable[[], Result]) -> Result:
        start = thread_time()
        try:
            return work()
        finally:
            if self.visitor is None:
                spent_s = thread_time() - start
                self.parts.rates.charge_open(address_of(self.request), spent_s)
                self.parts.anonymous_limiter.charge(spent_s)

    def _place(self) -> tuple[str, str]:
        """Return whose turn it is: the caller's, or without a token the address's."""
        caller = self.visitor
        return ("", address_of(self.request)) if caller is None else (caller.organization, caller.subject)


async def context_of(request: Request) -> RequestContext:
    """Return the context of a request; another dependency has checked its caller."""
    return RequestContext(request)


Context = Annotated[RequestContext, Depends(context_of)]


def context_for(required: Requires) -> Any:
    """Return the dependency that gives the context of a caller let through by `required`."""
    caller_check: Any = Depends(required)

    async def gather(request: Request, _caller: Caller = caller_check) -> RequestContext:
        return RequestContext(request)

    return Depends(gather)
