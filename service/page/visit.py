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

from service.directory.routes.dependencies import count_open, wiring_of
from service.errors import StoreError
from service.i18n.translation import languages
from service.page.forms import FORGERY, KEY, LANGUAGE, Fields, Form, read_form
from service.page.inside import Reply, inside_of
from service.page.menu import ROLES, Account, account_of, menu_of, room_of
from service.page.refusals import refusal_of
from service.page.rendering import back_of, of_settings, render, words_of
from service.page.sessions import (
    SOUND,
    BrowserSession,
    check_form,
    check_origin,
    current_session,
    database_of,
    optional_session,
    set_language,
)
from service.page.words import language_of
from service.referrals.use_cases.count_waiting import WaitingCounts, count_waiting
from service.web.rates import GRIEVANCE, OPEN


@dataclass(frozen=True, slots=True)
class Visit:
    """The request, language and session of one visit. `session`: None for a visitor of a public page without one."""

    request: Request
    language: str
    session: BrowserSession | None

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """Return a page, with the caller's menu and the token for its forms."""
        caller = self.session.caller if self.session else None
        defaults = {
            "menu": menu_of(caller),
            "room": room_of(self.request.url.path),
            "now": datetime.now(UTC),
            "account": self._account,
            "waits": self.waits,
            "sound": SOUND in self.request.cookies,
            "scopes": caller.scopes if caller else (),
            "forgery": self.session.forgery if self.session else "",
            "here": self.request.url.path,
            "back": back_of(self.request),
            "zone": self.zone,
            "own_types": self._own_types,
            **of_settings(self.request),
        }
        return render(template, self.language, status, **{**defaults, **context})

    def as_nobody(self) -> Visit:
        """Return the visit as made by a visitor without a session, for requests to public operations."""
        return replace(self, session=None)

    @property
    def waits(self) -> WaitingCounts | None:
        """How much waits for the caller's answer; None for a caller who answers nothing, and where it is not known."""
        return getattr(self.request.state, "waits", None)

    async def recount_waits(self) -> None:
        """Count what waits anew, once something was answered."""
        await _note_waits(self.request, self.session)

    @property
    def first_path(self) -> str | None:
        """The path of the first action of the caller's role, None before a directory is loaded."""
        return None if self._account is None else ROLES[self._account.role]

    @property
    def _account(self) -> Account | None:
        directory = wiring_of(self.request).snapshots.state.directory
        return None if self.session is None or directory is None else account_of(self.session.caller, directory.names)

    @property
    def zone(self) -> tzinfo | None:
        """The coalition's time zone, None before a directory is loaded."""
        directory = wiring_of(self.request).snapshots.state.directory
        return None if directory is None else directory.snapshot.zone

    @property
    def _own_types(self) -> Mapping[str, str]:
        """The names of the service types that the coalition added to the vocabulary, by code."""
        directory = wiring_of(self.request).snapshots.state.directory
        return {} if directory is None else {code: added.name for code, added in directory.names.codes.items()}

    def may(self, *scopes: str) -> bool:
        """Return whether the caller has any of the scopes."""
        return self.session is not None and not self.session.caller.scopes.isdisjoint(scopes)

    async def form(self, form_fields: Fields) -> Form:
        """Return the form in the request, checked to come from a page of the session.

        Raises:
            PageRefused: the body is not a known form.
            Forged: the form comes from another site.
        """
        form = await read_form(self.request, form_fields)
        if self.session is None:  # a page that is open to all
            check_origin(self.request)
        else:
            check_form(self.request, self.session, form.value(FORGERY))
        return form

    async def in_form_language(self, form: Form) -> Visit | None:
        """Return the visit in the language that the form asks for, kept for the session; None without such a wish."""
        language = form.value(LANGUAGE)
        if language not in languages():
            return None
        if self.session is not None:
            await to_thread.run_sync(partial(set_language, self.request, self.session, language))
        self.request.state.language = language
        return replace(self, language=language)

    @property
    def words(self) -> Mapping[str, Any]:
        """The functions that put words into the visit's language, as templates have them."""
        return words_of(self.language, self.zone, self._own_types)

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
        is_new: bool = False,
        but: Collection[int] = (),
    ) -> Reply:
        """Return the reply of an operation to the caller.

        `key`: the `Idempotency-Key`; `match`: the `If-Match`; `accept`: the `Accept`, for replies other than JSON.
        An empty value sends no header. `is_new`: only if there is nothing yet (`If-None-Match: *`).

        Raises:
            PageRefused: the operation refuses with a status outside `but`.
        """
        values = {"Accept-Language": self.language, "Idempotency-Key": key, "If-Match": match, "Accept": accept}
        headers = {name: value for name, value in values.items() if value} | ({"If-None-Match": "*"} if is_new else {})
        caller = self.session.caller if self.session else None
        reply = await inside_of(self.request).ask(caller, method, path, body, headers)
        if reply.is_refused and reply.status not in but:
            raise refusal_of(reply)
        return reply

    async def create(self, path: str, body: Any, form: Form, *, but: Collection[int] = ()) -> Reply:
        """Return the reply of a creating operation, which creates once for each form shown."""
        return await self.ask("POST", path, body, key=form.value(KEY), but=but)


async def visit(request: Request, session: Annotated[BrowserSession, Depends(current_session)]) -> Visit:
    """Return the visit of a signed-in caller, as a dependency."""
    await _note_waits(request, session)
    return visit_of(request, session)


def visit_of(request: Request, session: BrowserSession | None) -> Visit:
    """Return the visit of a request, in the language of its session, which an error page of the request shows too."""
    request.state.session = session
    if session is not None:
        request.state.language = session.language
    return Visit(request, language_of(request), session)


async def _note_waits(request: Request, session: BrowserSession | None) -> None:
    """Store the counts of what waits for a request's caller; a database that gives none keeps no page back."""
    if session is not None:
        work = database_of(request).unit_of_work(writes=False)
        with suppress(StoreError):
            request.state.waits = await to_thread.run_sync(count_waiting, work, session.caller)


class OpenVisit:
    """A dependency of public pages that returns the visit of any visitor.

    Complaints are counted by address alone: neither other pages nor a token's requests use up what an address may file.
    """

    def __init__(self, act: str) -> None:
        self._act = act

    async def __call__(
        self, request: Request, session: Annotated[BrowserSession | None, Depends(optional_session)]
    ) -> Visit:
        """Return the visit, counted.

        Raises:
            ApiProblem: the visitor's limit is exceeded, or the turn of the visit did not come in time.
        """
        if session is None or self._act != OPEN:
            await count_open(request, self._act)
        else:
            wiring_of(request).rates.take(session.caller)
        await _note_waits(request, session)
        return visit_of(request, session)


SignedInVisit = Annotated[Visit, Depends(visit)]
PublicVisit = Annotated[Visit, Depends(OpenVisit(OPEN))]
GrievanceVisit = Annotated[Visit, Depends(OpenVisit(GRIEVANCE))]
