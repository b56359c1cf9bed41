"""Errors of the application turned into problems: one table from a class of error to its problem."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from policies.messages import OR, joined
from routing import WorkStopped
from service.errors import (
    ActRefused,
    AddressKeyError,
    BodyRefused,
    ChangesRefused,
    CursorExpired,
    CursorRefused,
    DatabaseBusy,
    FilterRefused,
    Forbidden,
    KeyReused,
    NotFound,
    NotReady,
    NotStored,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
    ProfileRefused,
    RecordDamaged,
    RecordRefused,
    RecordsDisagree,
    StillNeeded,
    StoreError,
)
from service.i18n import refusals, webhooks
from service.security import InvalidToken
from service.web.problems import ApiProblem, problem, problem_of_status, refused_fields

RETRY = {"Retry-After": "1"}
RETRY_WRITE = {"Retry-After": "30"}
"""A full disk, or a damaged record, is not mended within a second."""
CHALLENGE = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_SENTENCES = {
    "missing": refusals.REQUIRED,
    "string_type": refusals.TEXT,
    "int_type": refusals.WHOLE_NUMBER,
    "int_parsing": refusals.WHOLE_NUMBER,
    "bool_parsing": refusals.TRUE_OR_FALSE,
    "greater_than_equal": refusals.AT_LEAST,
    "less_than_equal": refusals.AT_MOST,
    "string_too_long": refusals.CHARACTERS_AT_MOST,
    "string_too_short": refusals.CHARACTERS_AT_LEAST,
    "literal_error": refusals.EXPECTED,
    "enum": refusals.EXPECTED,
    "extra_forbidden": refusals.NO_FIELD,
}
_QUOTED = re.compile(r"'[^']*'")
"""A word among those that a parameter takes, as the framework lists them."""


def refusal_of(refused: ActRefused) -> ApiProblem:
    """Return the problem for a refused record or change."""
    wait = {} if refused.wait_s is None else {"Retry-After": str(refused.wait_s)}
    return problem(refused.code, headers=wait, members=refused.members, **refused_fields(refused))


def refusal_of_changes(refused: ChangesRefused) -> ApiProblem:
    """Return the problem for a list of changes: each error with its place in the list and its own code."""
    errors: list[dict[str, str]] = []
    more = 0
    for index, error in refused.refusals:
        single: ApiProblem = PROBLEMS[type(error)](error)
        whole = [{"pointer": "", "detail": single.detail or single.title}]
        for fault in single.errors or whole:
            pointer = f"/changes/{index}/value{fault['pointer']}" if fault["pointer"] else f"/changes/{index}"
            errors.append({**fault, "pointer": pointer, "code": single.code})
        more += single.more
    return problem("changes_refused", errors=errors, more=more)


PROBLEMS: Mapping[type[Exception], Callable[[Any], ApiProblem]] = {
    ApiProblem: lambda error: error,
    InvalidToken: lambda _: problem("invalid_token", headers=CHALLENGE),
    ProfileRefused: lambda error: problem("invalid_profile", **refused_fields(error)),
    BodyRefused: lambda error: problem("invalid_request", **refused_fields(error)),
    RequestValidationError: lambda error: problem("invalid_request", errors=request_errors(error.errors())),
    FilterRefused: lambda error: problem("invalid_request", errors=[refused_filter(error.problem)]),
    NotFound: lambda _: problem("not_found"),
    Forbidden: lambda error: problem("not_yours", **refused_fields(error)),
    PreconditionRequired: lambda _: problem("precondition_required"),
    PreconditionFailed: lambda _: problem("stale"),
    ChangesRefused: refusal_of_changes,
    StillNeeded: lambda error: problem("conflict", detail=error.args[0]),
    RecordRefused: lambda error: problem("invalid_request", **refused_fields(error)),
    KeyReused: lambda _: problem("idempotency_key_reused"),
    ActRefused: refusal_of,
    CursorRefused: lambda _: problem("invalid_request", errors=[refused_filter(Problem("after", webhooks.CURSOR))]),
    CursorExpired: lambda error: problem("cursor_expired", detail=webhooks.OLDEST.format(oldest=error.oldest)),
    NotReady: lambda _: problem("not_ready", headers=RETRY),
    AddressKeyError: lambda _: problem("not_ready", detail=refusals.ADDRESS_KEY),
    WorkStopped: lambda _: problem("busy", detail=refusals.TOO_MUCH_WORK, headers=RETRY),
    DatabaseBusy: lambda _: problem("busy", detail=refusals.DATABASE_BUSY, headers=RETRY),
    NotStored: lambda _: problem("not_stored", headers=RETRY_WRITE),
    RecordDamaged: lambda _: problem("not_ready", detail=refusals.RECORD_DAMAGED, headers=RETRY_WRITE),
    StoreError: lambda _: problem("not_ready", headers=RETRY),
    RecordsDisagree: lambda _: problem("rules_disagree"),
    HTTPException: lambda error: problem_of_status(error.status_code, error.headers),
}
"""The problem of each class of error; the nearest class of an error counts."""


def add_error_handlers(app: FastAPI) -> None:
    """Make `app` answer each error raised on purpose with its problem."""
    for error_type, translate in PROBLEMS.items():
        app.add_exception_handler(error_type, _handler(translate))
    app.add_exception_handler(405, _tell_methods)


def _handler(translate: Callable[[Any], ApiProblem]) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        return translate(error).response(request)

    return handle


async def _tell_methods(request: Request, _error: Exception) -> Response:
    """Answer a method that a path does not take. The framework names the methods of one route; a path may have more."""
    methods = [method for method in METHODS if _takes(request, method)]
    return problem("method_not_allowed", headers={"Allow": ", ".join(methods)}).response(request)


def _takes(request: Request, method: str) -> bool:
    scope = {"type": "http", "path": request.scope["path"], "method": "GET" if method == "HEAD" else method}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)


def refused_filter(refused: Problem) -> dict[str, str]:
    """Return an entry of `errors` for a query parameter that names an unknown thing.

    >>> refused_filter(Problem("area", "is no area of the coalition"))
    {'pointer': '', 'parameter': 'area', 'detail': 'is no area of the coalition'}
    """
    return {"pointer": "", "parameter": refused.path, "detail": refused.message}


def request_errors(details: Sequence[Any]) -> list[dict[str, str]]:
    """Return the `errors` of a request refused by the framework: each place, and the allowed values, never the sent.

    >>> request_errors([{"type": "int_parsing", "loc": ("query", "page"), "input": "secret"}])
    [{'pointer': '', 'parameter': 'page', 'detail': 'must be a whole number'}]
    """
    problems = []
    for detail in details:
        where, *path = detail["loc"]
        context = dict(detail.get("ctx") or {})
        if "expected" in context:
            context["expected"] = joined(_QUOTED.findall(context["expected"]), OR)
        try:
            sentence = _SENTENCES.get(detail["type"], refusals.NOT_VALID).format(**context)
        except KeyError:
            sentence = refusals.NOT_VALID
        if where == "body":
            problems.append({"pointer": "".join(f"/{part}" for part in path), "detail": sentence})
        else:
            problems.append({"pointer": "", "parameter": str(path[-1]) if path else str(where), "detail": sentence})
    return problems
