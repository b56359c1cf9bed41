"""What endpoints depend on: the caller that a token speaks for, the raw body, the version to answer from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from service.api.metrics import route_of
from service.api.problems import problem
from service.api.rates import RateLimit
from service.api.searches import Searches
from service.auth import Caller, Verifier
from service.errors import Problem, ProfileRefused
from service.served import Served
from service.settings import Settings
from service.snapshots import Snapshots
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


def wiring_of(request: Request) -> Wiring:
    """Return the parts of the application that this request came to."""
    found: Wiring = request.app.state.wiring
    return found


class Requires:
    """A dependency that lets through who bears a valid token with all of `scopes`, within the rate allowed.

    Plain `def`: checking a token may wait for the network, so it happens in a worker thread.
    """

    def __init__(self, *scopes: str) -> None:
        self.scopes = frozenset(scopes)

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
        if not self.scopes <= caller.scopes:
            raise problem("missing_scope", detail=refusals.NEEDS_SCOPE.format(scopes=", ".join(sorted(self.scopes))))
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


def require(*scopes: str) -> Requires:
    """Return the dependency that protects an endpoint; it gives the `Caller`."""
    return Requires(*scopes)


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
