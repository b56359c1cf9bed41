"""What endpoints depend on: the caller that a token speaks for, the raw body, the version to answer from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from ipaddress import ip_network
from time import thread_time
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from service.api.metrics import route_of
from service.api.problems import problem
from service.api.rates import RateLimit
from service.api.searches import Searches
from service.api.turns import Turns
from service.api.waiting import Waiting
from service.auth import Caller, Issuer, Verifier
from service.serving.served import Served
from service.serving.snapshots import Snapshots
from service.settings import Settings
from service.store.key_ring import KeyRing, build_key_ring
from service.webhooks.transport import SafePost
from service.wording import refusals

BEARER = HTTPBearer(
    scheme_name="bearer", bearerFormat="JWT", auto_error=False, description="A signed JWT; see `referral-router token`."
)
Result = TypeVar("Result")
CHALLENGE = {"WWW-Authenticate": "Bearer"}
JSON = "application/json"
CALLER_KEY = "referral_router.caller"
"""The key of the ASGI scope that holds the `Caller` of a request which this program sends to itself."""
LISTS_AT_ONCE = 2  # while one waits for the database, another is written out
LOOK_UPS_AT_ONCE = 8  # each may wait for a name for seconds, and takes no processor meanwhile


@dataclass(frozen=True)
class Wiring:
    """What one running application is made of; kept as `app.state.wiring` while it runs.

    What takes long is done in turns: bodies are read, and refused, beside the searches; a change of the directory
    waits for the one before it, lists are written out a few at a time, and names are looked up beside all of that.
    """

    settings: Settings
    snapshots: Snapshots
    verifier: Verifier
    rates: RateLimit
    searches: Searches
    post: SafePost
    waiting: Waiting
    issuer: Issuer | None = None
    bodies: Turns = field(default_factory=Turns)
    changes: Turns = field(default_factory=Turns)
    lists: Turns = field(default_factory=lambda: Turns(LISTS_AT_ONCE))
    look_ups: Turns = field(default_factory=lambda: Turns(LOOK_UPS_AT_ONCE))

    @cached_property
    def ring(self) -> KeyRing:
        """The keys behind codes and receipts."""
        return build_key_ring(self.settings)


def wiring_of(request: Request) -> Wiring:
    """Return the parts of the application that this request came to."""
    found: Wiring = request.app.state.wiring
    return found


async def parts_of(request: Request) -> Wiring:
    """Return `wiring_of` a request, as a dependency."""
    return wiring_of(request)


Parts = Annotated[Wiring, Depends(parts_of)]


class Requires:
    """A dependency that lets through who bears a valid token with `least` of `scopes`, within the rate allowed.

    Plain `def`: checking a token may wait for the network, so it happens in a worker thread.
    """

    def __init__(self, *scopes: str, least: int | None = None) -> None:
        """Take the scopes, and how many of them are enough; None: it takes all."""
        self.scopes = frozenset(scopes)
        self._least = len(scopes) if least is None else least

    def __call__(self, request: Request, _documented: Annotated[Any, Security(BEARER)] = None) -> Caller:
        """Return the caller.

        Raises:
            InvalidToken: the token is refused.
            ApiProblem: there is no token or more than one, a scope is missing, the caller asks too often, or the
                query holds a parameter that the operation does not have.
        """
        wiring = wiring_of(request)
        caller = inside_caller(request) or wiring.verifier.verify(bearer_token(request))
        wiring.rates.take(caller)
        if len(self.scopes & caller.scopes) < self._least:
            joined = (", " if self._least == len(self.scopes) else refusals.OR).join(sorted(self.scopes))
            raise problem("missing_scope", detail=refusals.NEEDS_SCOPE.format(scopes=joined))
        _check_parameters(request)
        request.state.caller = caller
        return caller


class Opens:
    """A dependency that lets everybody through, within the rate allowed to one address. A token is not read."""

    def __call__(self, request: Request) -> None:
        """Count the request.

        Raises:
            ApiProblem: too much is asked from there, or the query holds a parameter that the operation does not have.
        """
        wiring_of(request).rates.take_open(address_of(request))
        _check_parameters(request)
        request.state.caller = None


class Welcomes:
    """A dependency that lets through who bears no token, and who bears a valid one, each within the rate allowed.

    `counts_all` false: who bears no token may ask as often as it likes, as what watches over a server does.
    """

    def __init__(self, *, counts_all: bool = True) -> None:
        self._counts_all = counts_all

    def __call__(self, request: Request, _documented: Annotated[Any, Security(BEARER)] = None) -> Caller | None:
        """Return the caller, None where there is no token.

        Raises:
            InvalidToken: the token is refused.
            ApiProblem: there is more than one token, too much is asked from there, or the query holds a parameter that
                the operation does not have.
        """
        wiring = wiring_of(request)
        caller = inside_caller(request)
        if caller is None and request.headers.getlist("authorization"):
            caller = wiring.verifier.verify(bearer_token(request))
        if caller is not None:
            wiring.rates.take(caller)
        elif self._counts_all:
            wiring.rates.take_open(address_of(request))
        _check_parameters(request)
        request.state.caller = caller
        return caller


def require(*scopes: str) -> Requires:
    """Return the dependency that protects an endpoint; it gives the `Caller`."""
    return Requires(*scopes)


def require_any(*scopes: str) -> Requires:
    """Return the dependency that protects an endpoint for whoever has one of these scopes; it gives the `Caller`."""
    return Requires(*scopes, least=1)


def inside_caller(request: Request) -> Caller | None:
    """Return the caller that this program itself sends a request for, None for a request from outside.

    Our own pages ask our own operations in process (`service.page.inside`). What comes over HTTP makes no key of the
    ASGI scope.
    """
    found = request.scope.get(CALLER_KEY)
    return found if isinstance(found, Caller) else None


def bearer_token(request: Request) -> str:
    """Return the one token of a request.

    Raises:
        ApiProblem: there is none, or more than one.
    """
    given = request.headers.getlist("authorization")
    if len(given) != 1:
        raise problem("invalid_token", headers=CHALLENGE)
    scheme, _, token = given[0].partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise problem("invalid_token", headers=CHALLENGE)
    return token.strip()


def _check_parameters(request: Request) -> None:
    """Refuse a query that says more than the operation asks: a misspelt filter would pass unnoticed.

    So would one of two that contradict each other: no parameter is given twice.
    """
    described = request.app.openapi()["paths"].get(route_of(request.scope), {}).get(request.method.lower(), {})
    known = [given["name"] for given in described.get("parameters", ()) if given["in"] == "query"]
    if not request.query_params.keys() <= set(known):
        allowed = refusals.ONLY_THESE.format(known=", ".join(known)) if known else refusals.NO_PARAMETERS
        raise problem("invalid_request", errors=[{"pointer": "", "parameter": "query", "detail": allowed}])
    given_names = [name for name, _ in request.query_params.multi_items()]
    twice = [name for name in known if given_names.count(name) > 1]
    if twice:
        raise problem(
            "invalid_request",
            errors=[{"pointer": "", "parameter": name, "detail": refusals.GIVEN_TWICE} for name in twice],
        )


async def current(request: Request) -> Served:
    """Return the version that this request is answered from, from first to last.

    Raises:
        NotReady: there is none yet.
    """
    return wiring_of(request).snapshots.current()


Current = Annotated[Served, Depends(current)]


@dataclass(frozen=True, slots=True)
class Work:
    """Does the work of one request in threads, each part of it when the caller's turn has come."""

    request: Request

    async def read(self, work: Callable[[], Result]) -> Result:
        """Return what reading the body gives."""
        return await wiring_of(self.request).bodies.run(work, self._caller())

    async def search(self, work: Callable[[Searches], Result]) -> Result:
        """Return what a search gives."""
        searches = wiring_of(self.request).searches
        return await searches.run(lambda: work(searches), self._caller())

    async def show(self, work: Callable[[], Result]) -> Result:
        """Return what is read from the database. Without a token, the time that this takes counts for the address."""
        return await wiring_of(self.request).lists.run(partial(self._charged, work), self._caller())

    async def change(self, work: Callable[[], Result]) -> Result:
        """Return what is there after a change of what is stored."""
        return await wiring_of(self.request).changes.run(work, self._caller())

    async def look_up(self, work: Callable[[], Result]) -> Result:
        """Return what is asked of the network, which may be slow to answer."""
        return await wiring_of(self.request).look_ups.run(work, self._caller())

    def _charged(self, work: Callable[[], Result]) -> Result:
        begun = thread_time()
        try:
            return work()
        finally:
            if self.request.state.caller is None:
                wiring_of(self.request).rates.charge_open(address_of(self.request), thread_time() - begun)

    def _caller(self) -> tuple[str, str]:
        caller: Caller | None = self.request.state.caller
        return ("", address_of(self.request)) if caller is None else (caller.organization, caller.subject)


async def work_of(request: Request) -> Work:
    """Return what does the work of this request."""
    return Work(request)


Working = Annotated[Work, Depends(work_of)]


def address_of(request: Request) -> str:
    """Return where a request comes from; of an IPv6 address the network of 64 bits that one client has to itself."""
    host = request.client.host if request.client else ""
    try:
        return str(ip_network(f"{host}/64", strict=False)) if ":" in host else host
    except ValueError:
        return host


async def json_body(request: Request) -> bytes:
    """Return the raw body, which claims to be JSON and is read by whoever knows its shape.

    Raises:
        ApiProblem: the request says that it is something else.
        HTTPException: it is too large.
    """
    given = request.headers.getlist("content-type")
    kind, _, parameters = (given[0] if len(given) == 1 else "").partition(";")
    if kind.strip().lower() != JSON or not _is_utf8(parameters):
        raise problem("unsupported_media_type")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise problem("unsupported_media_type")
    return await request.body()


JsonBody = Annotated[bytes, Depends(json_body)]


def _is_utf8(parameters: str) -> bool:
    charsets = [
        value.strip().strip('"').lower()
        for name, _, value in (part.partition("=") for part in parameters.split(";"))
        if name.strip().lower() == "charset"
    ]
    return all(charset in ("utf-8", "utf8") for charset in charsets)


async def accepts_json(request: Request) -> None:
    """Refuse a request whose `Accept` header leaves out JSON.

    Raises:
        ApiProblem: JSON is not acceptable.
    """
    require_acceptable(request, JSON)


def require_acceptable(request: Request, media_type: str) -> None:
    """Refuse a request whose `Accept` header leaves out a type; no header takes anything (RFC 9110, section 12.5.1).

    Raises:
        ApiProblem: the type is not acceptable.
    """
    preferred(request, media_type)


def preferred(request: Request, *media_types: str) -> str:
    """Return which of these types the `Accept` header asks for most; of equals the first (RFC 9110, section 12.5.1).

    Raises:
        ApiProblem: none of them is acceptable.
    """
    header = ",".join(request.headers.getlist("accept"))
    ranges = [_media_range(part) for part in header.split(",") if part.strip()]
    if not ranges:
        return media_types[0]
    weights = {kind: _weight(kind, ranges) for kind in media_types}
    best = max(media_types, key=lambda kind: weights[kind])
    if not weights[best]:
        raise problem("not_acceptable")
    return best


def _media_range(text: str) -> tuple[str, float]:
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    weights = [value for name, _, value in (one.partition("=") for one in parameters) if name.strip() == "q"]
    try:
        return kind, float(weights[0]) if weights else 1.0
    except ValueError:
        return kind, 1.0


def _weight(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Return the weight of the range that fits a type most closely; 0 where none does."""
    for fitting in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        found = [weight for kind, weight in ranges if kind == fitting]
        if found:
            return max(found)
    return 0.0
