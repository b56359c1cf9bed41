"""Errors over HTTP: one table from an error's code to its status and title, and one form (RFC 9457).

The table also feeds `responses=` of every operation, so that every sent problem is documented. A problem names fields
by JSON pointer and never repeats a value: a body may hold a survivor's story.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from service.errors import MOST_TOLD, ActRefused, BodyRefused, ObjectError
from service.i18n.problems import TITLES
from service.web.preferences import for_reader

MEDIA_TYPE = "application/problem+json"
LARGEST = 60_000
"""Bytes of a problem document, at most: with headers the response stays below 64 kB."""
SCHEMA = {"$ref": "#/components/schemas/Problem"}


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One type of problem, whose title is in `TITLES`. `meaning` tells an integrator when the problem is sent."""

    status: int
    meaning: str


PROBLEM_TYPES: Mapping[str, ProblemType] = {
    "malformed_request": ProblemType(400, "What was sent cannot be read as HTTP/1.1."),
    "invalid_token": ProblemType(401, "No bearer token, or one that is not accepted."),
    "missing_scope": ProblemType(403, "The token lacks the scope that this needs."),
    "other_origin": ProblemType(
        403,
        "The profile's `origin` is not the token's own agency, and `route:any` is not in the token.",
    ),
    "members_only": ProblemType(403, "This is shown to members of the coalition alone."),
    "not_yours": ProblemType(403, "The caller may see this and may not change it, or not this of it."),
    "not_found": ProblemType(404, "It is not here, or it is not for this caller to know."),
    "method_not_allowed": ProblemType(405, "This path does not take this method; `Allow` lists others."),
    "not_acceptable": ProblemType(406, "The `Accept` header leaves out the type that this answers in."),
    "not_allowed_now": ProblemType(
        409,
        "This hand-off cannot be made now; `reasons` say what stands in the way, `rules` which rules of your side.",
    ),
    "full": ProblemType(409, "No place is free for this now; count the places first if that is not so."),
    "count_first": ProblemType(409, "There is no count of the last day to add to: count the places."),
    "count_changed": ProblemType(409, "Somebody has counted otherwise meanwhile: look at it again."),
    "out_of_range": ProblemType(409, "Fewer places than none, or more than there are, would be free."),
    "not_from_here": ProblemType(409, "What it is now cannot become that; see the table of moves."),
    "idempotency_in_progress": ProblemType(
        409, "A request with the same `Idempotency-Key` is being answered; ask again."
    ),
    "sign_in_elsewhere": ProblemType(409, "People sign in with an issuer here, and no link signs anybody in."),
    "conflict": ProblemType(409, "Something else stands in the way, such as what refers to this."),
    "stale": ProblemType(412, "`If-Match` does not name what is stored now."),
    "cursor_expired": ProblemType(410, "Events after this cursor may be gone; `detail` names the oldest one."),
    "body_too_large": ProblemType(413, "The body is larger than this server reads."),
    "unsupported_media_type": ProblemType(415, "The body must be `application/json`, in UTF-8."),
    "invalid_request": ProblemType(422, "A parameter or the body is wrong; `errors` says where."),
    "idempotency_key_reused": ProblemType(422, "This `Idempotency-Key` came before, with another body."),
    "changes_refused": ProblemType(
        422,
        "Changes of the list are refused, so nothing was stored; `errors` names each by its place, with the `code` of "
        "the same change by itself.",
    ),
    "invalid_profile": ProblemType(422, "The profile is wrong; `errors` lists bad fields."),
    "nothing_to_send": ProblemType(
        422,
        "Where the client makes the call, or within one house, there is nothing to send.",
    ),
    "idempotency_key_required": ProblemType(422, "The header is missing, or is not 1 to 255 visible characters."),
    "precondition_required": ProblemType(428, "A change must name by `If-Match` what it changes."),
    "too_many_requests": ProblemType(429, "Too much is asked for now; wait as `Retry-After` says."),
    "too_many_codes": ProblemType(429, "Too many codes were tried within an hour; wait as `Retry-After` says."),
    "too_many_refusals": ProblemType(429, "Too many were refused within an hour; wait as `Retry-After` says."),
    "head_too_large": ProblemType(431, "Target and headers together are larger than this server reads."),
    "internal_error": ProblemType(500, "A defect of this server. Nothing was answered."),
    "rules_disagree": ProblemType(500, "A defect of this server; nothing may be shared on this."),
    "busy": ProblemType(
        503,
        "Nothing was done: the turn of this did not come while others were at work, or what it rests on changed each "
        "time that it was decided. Ask again as `Retry-After` says.",
    ),
    "not_stored": ProblemType(
        503,
        "Nothing was stored: the database is read-only or full. Reading and asking for paths go on. Ask again as "
        "`Retry-After` says.",
    ),
    "not_ready": ProblemType(
        503, "There is nothing to answer from yet, or the database, or a record in it, cannot be read."
    ),
}
BY_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 422: "invalid_request"}


class ApiProblem(Exception):
    """A request is answered with a problem. Raised by endpoints and their dependencies; rendered by the application.

    `errors` lists the faults, each a mapping with `pointer` (JSON pointer into the body) and `detail`; `more` is the
    number of faults left out of the list.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str | None = None,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        more: int = 0,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        self.members = dict(members or {})
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)
        self.more = more
        self.headers = dict(headers or {})
        super().__init__(code)

    def response(self, request: Request | None = None) -> Response:
        """Return the problem as a response, in the language that the request prefers; None: nothing could be read."""
        return problem_response(
            request,
            self.status,
            self.code,
            self.title,
            self.detail,
            errors=self.errors,
            more=self.more,
            headers=self.headers,
            members=self.members,
        )


def problem(
    code: str,
    *,
    detail: str | None = None,
    errors: Sequence[Mapping[str, str]] = (),
    more: int = 0,
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> ApiProblem:
    """Return the problem of a code in the table, ready to raise; `members`: further members of its document.

    >>> problem("stale").status, problem("stale").title
    (412, 'Changed meanwhile')
    """
    problem_type = PROBLEM_TYPES[code]
    return ApiProblem(
        problem_type.status,
        code,
        TITLES[code],
        detail,
        errors=errors,
        more=more,
        headers=headers,
        members=members,
    )


def problem_response(
    request: Request | None,
    status: int,
    code: str,
    title: str,
    detail: str | None = None,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    more: int = 0,
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> Response:
    """Return a problem document (RFC 9457), without `detail` and `errors` where empty.

    `more_errors`: the number of errors left out of the list, which is bounded in number and size.

    >>> problem_response(None, 404, "not_found", "Not found").body
    b'{"type": "/docs#problem-not_found", "title": "Not found", "status": 404, "code": "not_found"}'
    """
    body: dict[str, Any] = {**(members or {}), "type": type_of(code), "title": title, "status": status, "code": code}
    if detail is not None:
        body["detail"] = detail
    if errors:
        errors_shown = _first_errors(errors)
        body["errors"] = errors_shown
        if more := more + len(errors) - len(errors_shown):
            body["more_errors"] = more
    document, language = (body, {}) if request is None else for_reader(request, body)
    return Response(json.dumps(document), status, headers={**language, **(headers or {})}, media_type=MEDIA_TYPE)


def _first_errors(errors: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return the first of `errors`, as many as a problem document has room for."""
    members: list[dict[str, str]] = []
    room = LARGEST
    for error in errors[:MOST_TOLD]:
        room -= len(json.dumps(error))
        if room < 0:
            break
        members.append(dict(error))
    return members


def problem_of_status(status: int, headers: Mapping[str, str] | None = None) -> ApiProblem:
    """Return the problem for a bare HTTP status raised by the framework, without the framework's own words.

    >>> problem_of_status(413).code, problem_of_status(418).code
    ('body_too_large', 'http_418')
    """
    if code := BY_STATUS.get(status):
        return problem(code, headers=headers)
    is_standard = status in {member.value for member in HTTPStatus}
    return ApiProblem(status, f"http_{status}", HTTPStatus(status).phrase if is_standard else "Error", headers=headers)


def type_of(code: str) -> str:
    """Return the `type` of a problem: the address of the code's meaning on this server.

    >>> type_of("stale")
    '/docs#problem-stale'
    """
    return f"/docs#problem-{code}"


def responses_for(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Return `responses=` of an operation that may answer with the problems of `codes`, with an example of each.

    >>> sorted(responses_for("not_found", "stale"))
    [404, 412]
    """
    responses: dict[int | str, dict[str, Any]] = {}
    for code in dict.fromkeys(codes):
        problem_type = PROBLEM_TYPES[code]
        entry = responses.setdefault(
            problem_type.status, {"description": "", "content": {MEDIA_TYPE: {"schema": SCHEMA, "examples": {}}}}
        )
        entry["description"] = " ".join(filter(None, (entry["description"], problem_type.meaning)))
        example: dict[str, Any] = {
            "type": type_of(code),
            "title": TITLES[code],
            "status": problem_type.status,
            "code": code,
        }
        if problem_type.status == HTTPStatus.UNPROCESSABLE_ENTITY:
            example["errors"] = [{"pointer": "/needs", "detail": "is required"}]
        entry["content"][MEDIA_TYPE]["examples"][code] = {"value": example}
        if problem_type.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
            entry["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return responses


EVERY_PROTECTED = (
    "invalid_token",
    "missing_scope",
    "not_acceptable",
    "invalid_request",
    "too_many_requests",
    "internal_error",
    "not_ready",
    "not_stored",
    "busy",
)
"""Problems of every protected operation."""
EVERY_OPEN = tuple(code for code in EVERY_PROTECTED if code not in ("invalid_token", "missing_scope"))
"""Problems of every operation that reads no token."""
EVERY_BODY = ("body_too_large", "unsupported_media_type")
"""Further problems of every operation with a body."""


def refused_fields(refused: BodyRefused | ObjectError | ActRefused) -> dict[str, Any]:
    """Return the refused fields of a body as keyword arguments of `problem`."""
    errors = [{"pointer": problem.path, "detail": problem.message} for problem in refused.problems]
    return {"errors": errors, "more": refused.more}
