"""What endpoints depend on: the caller that a token speaks for, the raw body, the version to answer from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from service.api.metrics import route_of
from service.api.problems import problem
from service.api.rates import RateLimit
from service.api.searches import Searches
from service.api.waiting import Waiting
from service.auth import Caller, Verifier
from service.errors import Problem, ProfileRefused
from service.served import Served
from service.settings import Settings
from service.snapshots import Snapshots
from service.store.key_ring import KeyRing, build_key_ring
from service.webhooks.transport import SafePost
from service.wording import refusals

BEARER = HTTPBearer(
    scheme_name="bearer", bearerFormat="JWT", auto_error=False, description="A signed JWT; see `referral-router token`."
)
CHALLENGE = {"WWW-Authenticate": "Bearer"}
JSON = "application/json"


@dataclass(frozen=True)
class Wiring:
    """What one running application is made of; kept as `app.state.wiring` while it runs."""

    settings: Settings
    snapshots: Snapshots
    verifier: Verifier
    rates: RateLimit
    searches: Searches
    post: SafePost
    waiting: Waiting

    @cached_property
    def ring(self) -> KeyRing:
        """The keys behind codes and receipts."""
        return build_key_ring(self.settings)


def wiring_of(request: Request) -> Wiring:
    """Return the parts of the application that this request came to."""
    found: Wiring = request.app.state.wiring
    return found


class Requires:
    """A dependency that lets through who bears a valid token with all of `scopes`, within the rate allowed.

    Plain `def`: checking a token may wait for the network, so it happens in a worker thread.
    """

    def __init__(self, *scopes: str, any_of: bool = False) -> None:
        """Take the scopes; `any_of`: one of them is enough."""
        self.scopes = frozenset(scopes)
        self._any_of = any_of

    def __call__(self, request: Request, _documented: Annotated[Any, Security(BEARER)] = None) -> Caller:
        """Return the caller.

        Raises:
            InvalidToken: the token is refused.
            ApiProblem: there is no token or more than one, a scope is missing, the caller asks too often, or the
                query holds a parameter that the operation does not have.
        """
        wiring = wiring_of(request)
        caller = wiring.verifier.verify(_bearer_token(request))
        wiring.rates.take(caller)
        if not (self.scopes & caller.scopes if self._any_of else self.scopes <= caller.scopes):
            between = " or " if self._any_of else ", "
            wanted = between.join(sorted(self.scopes))
            raise problem("missing_scope", detail=refusals.NEEDS_SCOPE.format(scopes=wanted))
        _check_parameters(request)
        request.state.caller = caller
        return caller


class Welcomes:
    """A dependency that lets through who bears no token, and who bears a valid one, each within the rate allowed."""

    def __call__(self, request: Request, _documented: Annotated[Any, Security(BEARER)] = None) -> Caller | None:
        """Return the caller, None where there is no token.

        Raises:
            InvalidToken: the token is refused.
            ApiProblem: there is more than one token, too much is asked from there, or the query holds a parameter that
                the operation does not have.
        """
        wiring = wiring_of(request)
        caller = None
        if request.headers.getlist("authorization"):
            caller = wiring.verifier.verify(_bearer_token(request))
            wiring.rates.take(caller)
        else:
            wiring.rates.take_open(request.client.host if request.client else "")
        _check_parameters(request)
        request.state.caller = caller
        return caller


def require(*scopes: str, any_of: bool = False) -> Requires:
    """Return the dependency that protects an endpoint; it gives the `Caller`. `any_of`: one of the scopes is enough."""
    return Requires(*scopes, any_of=any_of)


def _bearer_token(request: Request) -> str:
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


async def searches_of(request: Request) -> Searches:
    """Return where searches wait for their turn."""
    return wiring_of(request).searches


Turns = Annotated[Searches, Depends(searches_of)]


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


def check_json(data: bytes) -> bytes:
    """Return `data` if it is JSON; what reads it next would take YAML too, which is for files, not for HTTP. Pure.

    What is too deep or not UTF-8 is left to that reader, who says so.

    Raises:
        ProfileRefused: it is not JSON.
    """
    try:
        json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, RecursionError):
        return data
    except ValueError:
        raise ProfileRefused((Problem("", refusals.IS_JSON),)) from None
    return data


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
    header = ",".join(request.headers.getlist("accept"))
    ranges = [part for part in header.split(",") if part.strip()]
    if ranges and not any(_admits(part, media_type) for part in ranges):
        raise problem("not_acceptable")


def _admits(media_range: str, media_type: str) -> bool:
    kind, *parameters = (part.strip().lower() for part in media_range.split(";"))
    refused = any(part.replace(" ", "") in ("q=0", "q=0.0", "q=0.00", "q=0.000") for part in parameters)
    return kind in ("*/*", "application/*", media_type) and not refused
