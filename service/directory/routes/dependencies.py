"""Dependencies of endpoints: the caller of a token, the version to answer from, the parts of the application."""

from __future__ import annotations

from asyncio import Event
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from service.database.actor import Actor
from service.database.audit_queue import AuditQueue
from service.database.key_ring import KeyRing
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.snapshots import Snapshots
from service.i18n import refusals
from service.security import CALLER_KEY, Caller, InvalidToken, Issuer, Verifier
from service.settings import Settings
from service.web.addresses import address_of
from service.web.anonymous_limiter import AnonymousLimiter
from service.web.long_polls import LongPollRegistry
from service.web.metrics import route_of
from service.web.outgoing.transport import SafePost
from service.web.problems import problem
from service.web.rates import OPEN, RateLimit
from service.web.scheduler import FairScheduler
from service.web.search_scheduler import SearchScheduler

BEARER = HTTPBearer(
    scheme_name="bearer", bearerFormat="JWT", auto_error=False, description="A signed JWT; see `referral-router token`."
)

CHALLENGE = {"WWW-Authenticate": "Bearer"}
LISTS_AT_ONCE = 2  # a second list is written out while the first waits for the database
LIST_SHARE_S = 0.25  # a map of thousands is held, while others ask for a page
LOOK_UPS_AT_ONCE = 8  # a look-up may wait for a name for seconds, and takes no processor time meanwhile
SIGN_INS_AT_ONCE = 8  # an issuer may answer slowly too
WATCHING_EACH = 1  # pages of one session that are told of what comes in, as it comes
LEAVING_AT_ONCE = 4  # a session is ended beside all other work, and may wait for a database that fails


@dataclass(frozen=True)
class Wiring:
    """The parts of one running application; kept as `app.state.wiring` while the application runs.

    Long work is done in turns: bodies are read, and refused, beside the searches; a change of the directory waits for
    the change before, lists are written out a few at a time, and names are looked up beside the other work.
    """

    settings: Settings
    snapshots: Snapshots
    verifier: Verifier
    rates: RateLimit
    anonymous_limiter: AnonymousLimiter
    searches: SearchScheduler
    post: SafePost
    waiting: LongPollRegistry
    watching: LongPollRegistry
    issuer: Issuer | None = None
    audit: AuditQueue = field(default_factory=AuditQueue)
    bodies: FairScheduler = field(default_factory=FairScheduler)
    changes: FairScheduler = field(default_factory=FairScheduler)
    lists: FairScheduler = field(default_factory=lambda: FairScheduler(LISTS_AT_ONCE, share_s=LIST_SHARE_S))
    look_ups: FairScheduler = field(default_factory=lambda: FairScheduler(LOOK_UPS_AT_ONCE))
    sign_ins: FairScheduler = field(default_factory=lambda: FairScheduler(SIGN_INS_AT_ONCE))
    leaving: FairScheduler = field(default_factory=lambda: FairScheduler(LEAVING_AT_ONCE))
    ending: Event = field(default_factory=Event)
    """Set where the server stops: an answer that goes on for as long as a page is open ends then."""

    @cached_property
    def ring(self) -> KeyRing:
        """The keys behind codes and receipts."""
        return KeyRing(self.snapshots.database.cipher.keys)


def wiring_of(request: Request) -> Wiring:
    """Return the parts of the application that a request came to."""
    wiring: Wiring = request.app.state.wiring
    return wiring


class Requires:
    """A dependency that lets a valid token with `least` of `scopes` through, within its rate limit.

    Plain `def`: checking a token may wait for the network, so a worker thread does the check.
    """

    def __init__(self, *scopes: str, least: int | None = None) -> None:
        """Take the scopes, and the number of scopes that is enough; None: every scope is needed."""
        self.scopes = frozenset(scopes)
        self._least = len(scopes) if least is None else least

    def __call__(self, request: Request, _documented: Annotated[Any, Security(BEARER)] = None) -> Caller:
        """Return the caller.

        Raises:
            InvalidToken: the token is refused.
            ApiProblem: the request has no token or more than one, a scope is missing, the rate limit is exceeded, or
                the query holds a parameter that the operation does not have.
        """
        wiring = wiring_of(request)
        caller = inside_caller(request) or checked_caller(request)
        request.state.allowance = wiring.rates.take(caller)
        if len(self.scopes & caller.scopes) < self._least:
            wiring.audit.refuse(actor_of(request, caller), "missing_scope")
            scopes = (", " if self._least == len(self.scopes) else refusals.OR).join(sorted(self.scopes))
            raise problem("missing_scope", detail=refusals.NEEDS_SCOPE.format(scopes=scopes))
        _check_parameters(request)
        request.state.caller = caller
        return caller


class PublicOperation:
    """A dependency that lets every request through, within the limit of its address for an act. No token is read."""

    def __init__(self, act: str) -> None:
        self._act = act

    async def __call__(self, request: Request) -> None:
        """Count the request.

        Raises:
            ApiProblem: the address exceeds its limit, or the query holds a parameter that the operation does not have.
        """
        if not is_from_inside(request):
            await count_open(request, self._act)
        _check_parameters(request)
        request.state.caller = None


class OptionalToken:
    """A dependency that lets requests without a token and with a valid token through, each within its rate limit.

    `counts_all` false: a request without a token has no limit, for programs that watch over a server.
    """

    def __init__(self, *, counts_all: bool = True) -> None:
        self._counts_all = counts_all

    async def __call__(self, request: Request, _documented: Annotated[Any, Security(BEARER)] = None) -> Caller | None:
        """Return the caller, None without a token.

        Raises:
            InvalidToken: the token is refused.
            ApiProblem: the request has more than one token, a limit is exceeded, its turn did not come in time, or the
                query holds a parameter that the operation does not have.
        """
        wiring = wiring_of(request)
        caller = inside_caller(request)
        if caller is None and request.headers.getlist("authorization"):
            caller = await to_thread.run_sync(checked_caller, request)
        if caller is not None:
            request.state.allowance = wiring.rates.take(caller)
        elif self._counts_all and not is_from_inside(request):
            await count_open(request, OPEN)
        _check_parameters(request)
        request.state.caller = caller
        return caller


def require(*scopes: str) -> Requires:
    """Return the dependency that protects an endpoint by every one of `scopes`; the dependency gives the `Caller`."""
    return Requires(*scopes)


def require_any(*scopes: str) -> Requires:
    """Return the dependency that protects an endpoint by any one of `scopes`; the dependency gives the `Caller`."""
    return Requires(*scopes, least=1)


def inside_caller(request: Request) -> Caller | None:
    """Return the caller for whom this program itself sends a request, None for a request from outside.

    The program's own pages call its operations in process (`service.page.inside`). No HTTP request can set a key of the
    ASGI scope.
    """
    caller = request.scope.get(CALLER_KEY)
    return caller if isinstance(caller, Caller) else None


def checked_caller(request: Request) -> Caller:
    """Return the caller of a request's token. That a token was refused is written down, and for what.

    Raises:
        InvalidToken: the token is refused.
        ApiProblem: the request has no token, or more than one.
    """
    with _noting_refusals(request):
        return wiring_of(request).verifier.verify(bearer_token(request))


def check_again(request: Request, caller: Caller) -> None:
    """Check that the token of a caller was not refused while the request waited.

    Raises:
        InvalidToken: it was.
    """
    with _noting_refusals(request):
        wiring_of(request).verifier.check_again(caller)


@contextmanager
def _noting_refusals(request: Request) -> Iterator[None]:
    try:
        yield
    except InvalidToken as refused:
        wiring_of(request).audit.refuse(Actor(operation_of(request)), refused.refusal)
        raise


def operation_of(request: Request) -> str:
    """Return the operation that a request came to: its method, and its path as a template."""
    return f"{request.method} {route_of(request.scope)}"


def actor_of(request: Request, caller: Caller) -> Actor:
    """Return the act of a caller that a request is."""
    return Actor(operation_of(request), caller.organization, caller.subject)


def is_from_inside(request: Request) -> bool:
    """Return whether this program itself sends a request, for a page that was counted when it was asked for."""
    return CALLER_KEY in request.scope


async def count_open(request: Request, act: str) -> None:
    """Count a request without a token; one that reads then waits for its turn among all addresses.

    Raises:
        ApiProblem: the address exceeds its limit, or the turn of the request did not come in time.
    """
    wiring, address = wiring_of(request), address_of(request)
    wiring.rates.take_open(address, act)
    if act == OPEN:
        await wiring.anonymous_limiter.let_in(address)


def bearer_token(request: Request) -> str:
    """Return the one token of a request.

    >>> bearer_token(Request({"type": "http", "headers": [(b"authorization", b"Bearer eyJhbGciOi")]}))
    'eyJhbGciOi'

    Raises:
        ApiProblem: the request has no token, or more than one.
    """
    headers = request.headers.getlist("authorization")
    if len(headers) != 1:
        raise problem("invalid_token", headers=CHALLENGE)
    scheme, _, token = headers[0].partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise problem("invalid_token", headers=CHALLENGE)
    return token.strip()


def _check_parameters(request: Request) -> None:
    """Refuse a query with an unknown parameter, since a misspelt filter would pass unnoticed, or a repeated one."""
    operation = request.app.openapi()["paths"].get(route_of(request.scope), {}).get(request.method.lower(), {})
    query_names = [parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"]
    if not request.query_params.keys() <= set(query_names):
        detail = refusals.ONLY_THESE.format(known=", ".join(query_names)) if query_names else refusals.NO_PARAMETERS
        raise problem("invalid_request", errors=[{"pointer": "", "parameter": "query", "detail": detail}])
    names = [name for name, _ in request.query_params.multi_items()]
    twice = [name for name in query_names if names.count(name) > 1]
    if twice:
        raise problem(
            "invalid_request",
            errors=[{"pointer": "", "parameter": name, "detail": refusals.GIVEN_TWICE} for name in twice],
        )


async def current(request: Request) -> DirectorySnapshot:
    """Return the version that the request is answered from, from first to last.

    Raises:
        NotReady: no version is loaded yet.
    """
    return wiring_of(request).snapshots.current()


Current = Annotated[DirectorySnapshot, Depends(current)]
