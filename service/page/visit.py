"""One visit to a page: the caller, the language, and requests to the operations of the HTTP interface."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, Request
from starlette.responses import Response

from service.directory.api.dependencies import count_open, wiring_of
from service.infrastructure.errors import StoreError
from service.infrastructure.http.rates import GRIEVANCE, OPEN
from service.loop.work.count_waiting import WaitingCounts, count_waiting
from service.page.forms import FORGERY, KEY, LANGUAGE, Fields, Form, read_form
from service.page.inside import Reply, inside_of
from service.page.menu import ROLES, SignedAs, menu_of, room_of, signed_as
from service.page.refusals import refusal_of
from service.page.rendering import back_of, of_settings, render, words_of
from service.page.sessions import (
    SOUND,
    Signed,
    check_form,
    check_origin,
    database_of,
    may_be_signed_in,
    set_language,
    signed_in,
)
from service.page.words import language_of
from service.words.translation import languages


@dataclass(frozen=True, slots=True)
class Visit:
    """The request, language and session of one visit. `signed` is None on a public page, without a session."""

    request: Request
    language: str
    signed: Signed | None

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """Return a page, with the caller's menu and the token for its forms."""
        caller = self.signed.caller if self.signed else None
        known = {
            "menu": menu_of(caller),
            "room": room_of(self.request.url.path),
            "now": datetime.now(UTC),
            "signed_as": self._signed_as,
            "waits": self.waits,
            "sound": SOUND in self.request.cookies,
            "scopes": caller.scopes if caller else (),
            "forgery": self.signed.forgery if self.signed else "",
            "here": self.request.url.path,
            "back": back_of(self.request),
            "zone": self.zone,
            **of_settings(self.request),
        }
        return render(template, self.language, status, **{**known, **context})

    def as_nobody(self) -> Visit:
        """Return the visit as made by a visitor without a session, for requests to public operations."""
        return replace(self, signed=None)

    @property
    def waits(self) -> WaitingCounts | None:
        """How much waits for the caller's answer; None for a caller who answers nothing, and where it is not known."""
        return getattr(self.request.state, "waits", None)

    async def look_again(self) -> None:
        """Count what waits anew, once something was answered."""
        await _count_waiting(self.request, self.signed)

    @property
    def first(self) -> str | None:
        """The path of the first action of the caller's role, None before a directory is loaded."""
        return None if self._signed_as is None else ROLES[self._signed_as.role]

    @property
    def _signed_as(self) -> SignedAs | None:
        served = wiring_of(self.request).snapshots.state.served
        return None if self.signed is None or served is None else signed_as(self.signed.caller, served.names)

    @property
    def zone(self) -> tzinfo | None:
        """The coalition's time zone, None before a directory is loaded."""
        served = wiring_of(self.request).snapshots.state.served
        return None if served is None else served.snapshot.zone

    def may(self, *scopes: str) -> bool:
        """Return whether the caller has any of the scopes."""
        return self.signed is not None and not self.signed.caller.scopes.isdisjoint(scopes)

    async def form(self, known: Fields) -> Form:
        """Return the form in the request, checked to come from a page of the session.

        Raises:
            PageRefused: the body is not a known form.
            Forged: the form comes from another site.
        """
        form = await read_form(self.request, known)
        if self.signed is None:  # a page that is open to all
            check_origin(self.request)
        else:
            check_form(self.request, self.signed, form.one(FORGERY))
        return form

    async def switched(self, form: Form) -> Visit | None:
        """Return the visit in the language that the form asks for, kept for the session; None without such a wish."""
        language = form.one(LANGUAGE)
        if language not in languages():
            return None
        if self.signed is not None:
            await to_thread.run_sync(partial(set_language, self.request, self.signed, language))
        self.request.state.language = language
        return replace(self, language=language)

    @property
    def words(self) -> Mapping[str, Any]:
        """The functions that put words into the visit's language, as templates have them."""
        return words_of(self.language, self.zone)

    @property
    def today(self) -> date:
        """The day in the coalition's time zone."""
        return self.now.date()

    @property
    def now(self) -> datetime:
        """The moment, in the coalition's time zone."""
        return datetime.now(wiring_of(self.request).snapshots.current().snapshot.zone)

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str = "",
        match: str = "",
        accept: str = "",
        but: Collection[int] = (),
    ) -> Reply:
        """Return the reply of an operation to the caller.

        `key`: the `Idempotency-Key`; `match`: the `If-Match`; `accept`: the `Accept`, for replies other than JSON.
        An empty value sends no header.

        Raises:
            PageRefused: the operation refuses with a status outside `but`.
        """
        named = {"Accept-Language": self.language, "Idempotency-Key": key, "If-Match": match, "Accept": accept}
        headers = {name: value for name, value in named.items() if value}
        caller = self.signed.caller if self.signed else None
        reply = await inside_of(self.request).ask(caller, method, path, body, headers)
        if reply.refused and reply.status not in but:
            raise refusal_of(reply)
        return reply

    async def create(self, path: str, body: Any, form: Form, *, but: Collection[int] = ()) -> Reply:
        """Return the reply of a creating operation, which creates once for each form shown."""
        return await self.ask("POST", path, body, key=form.one(KEY), but=but)


async def visit(request: Request, signed: Annotated[Signed, Depends(signed_in)]) -> Visit:
    """Return the visit of a signed-in caller, as a dependency."""
    await _count_waiting(request, signed)
    return visit_of(request, signed)


def visit_of(request: Request, signed: Signed | None) -> Visit:
    """Return the visit of a request, in the language of its session, which an error page of the request shows too."""
    request.state.signed = signed
    if signed is not None:
        request.state.language = signed.language
    return Visit(request, language_of(request), signed)


async def _count_waiting(request: Request, signed: Signed | None) -> None:
    """Note what waits for the answer of a request's caller. A database that does not say so keeps no page back."""
    if signed is not None:
        work = database_of(request).unit_of_work(writes=False)
        with suppress(StoreError):
            request.state.waits = await to_thread.run_sync(count_waiting, work, signed.caller)


class OpenVisit:
    """A dependency of public pages that returns the visit of any visitor.

    Complaints are counted by address alone: neither other pages nor a token's requests use up what an address may file.
    """

    def __init__(self, act: str) -> None:
        self._act = act

    async def __call__(self, request: Request, signed: Annotated[Signed | None, Depends(may_be_signed_in)]) -> Visit:
        """Return the visit, counted.

        Raises:
            ApiProblem: the visitor's limit is exceeded, or the turn of the visit did not come in time.
        """
        if signed is None or self._act != OPEN:
            await count_open(request, self._act)
        else:
            wiring_of(request).rates.take(signed.caller)
        await _count_waiting(request, signed)
        return visit_of(request, signed)


Visiting = Annotated[Visit, Depends(visit)]
OpenVisiting = Annotated[Visit, Depends(OpenVisit(OPEN))]
GrievanceVisiting = Annotated[Visit, Depends(OpenVisit(GRIEVANCE))]
