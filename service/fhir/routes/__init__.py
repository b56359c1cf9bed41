"""FHIR R4 over HTTP: the directory, referrals and consents as resources; a transaction makes a referral.

The directory is open as HSDS is, and shows what HSDS shows; referrals and consents ask for their scopes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from service.directory.routes.dependencies import OptionalToken, Requires, require
from service.directory.routes.directory import ETAG, MATCH, NONE_MATCH
from service.fhir.routes import directory, referrals
from service.fhir.routes.answers import check_format
from service.fhir.routes.outcomes import BASE, FHIR_JSON, refused_with, resource_schema
from service.web.idempotency import KEY_PARAMETER
from service.web.media_types import JSON
from service.web.preferences import LANGUAGE_PARAMETER
from service.web.problems import EVERY_BODY, EVERY_OPEN, EVERY_PROTECTED

_DIRECTORY: Mapping[str, tuple[Any, Any]] = {
    "Organization": (directory.search_organizations, directory.read_organization),
    "Location": (directory.search_locations, directory.read_location),
    "HealthcareService": (directory.search_services, directory.read_service),
}
_HAPPENINGS: Mapping[str, tuple[Any, Any]] = {
    "ServiceRequest": (referrals.search_requests, referrals.read_request),
    "Task": (referrals.search_tasks, referrals.read_task),
    "Consent": (referrals.search_consents, referrals.read_consent),
}
_SENT = json.loads(files("service.fhir").joinpath("example.json").read_text(encoding="utf-8"))
_MOVED = {"resourceType": "Task", "status": "received", "intent": "order"}
_MADE = (
    "other_origin", "not_allowed_now", "idempotency_in_progress", "nothing_to_send", "idempotency_key_required",
    "idempotency_key_reused", "too_many_codes", "too_many_refusals",
)  # fmt: skip
_MOVES = ("not_found", "not_yours", "precondition_required", "stale", "not_from_here")


def fhir_router(*, is_open: bool) -> APIRouter:
    """Return the router of `/fhir`; unless open, its directory needs the scope `directory:read`."""
    visitor: Requires | OptionalToken = OptionalToken() if is_open else require("directory:read")
    scope_refusals = () if is_open else ("missing_scope",)
    router = APIRouter(prefix=BASE, tags=["fhir"], dependencies=[Depends(check_format)])
    metadata = _documentation("What this server does", "CapabilityStatement", "Its capabilities.", "invalid_token")
    welcome = [Depends(OptionalToken())]
    router.get("/metadata", dependencies=welcome, operation_id="get_fhir_metadata", **metadata)(directory.get_metadata)
    for path, documentation, operation in _reads(
        "Questionnaire", directory.search_questionnaires, directory.read_questionnaire
    ):
        router.get(path, dependencies=welcome, **documentation)(operation)
    for resource_type, operations in _DIRECTORY.items():
        for path, documentation, operation in _reads(resource_type, *operations, *scope_refusals):
            router.get(path, dependencies=[Depends(visitor)], **documentation)(operation)
    for resource_type, operations in _HAPPENINGS.items():
        for path, documentation, operation in _reads(resource_type, *operations, "missing_scope"):
            router.get(path, **documentation)(operation)
    move = _documentation("Move a referral", "Task", "It has that status.", *EVERY_PROTECTED, *EVERY_BODY, *_MOVES)
    extra = {**_body("Task", _MOVED), "parameters": [MATCH]}
    router.put("/Task/{id}", operation_id="put_fhir_task", **move, openapi_extra=extra)(referrals.update_task)
    sending = _documentation(
        "Send a referral", "Bundle", "It is sent, or was before.", *EVERY_PROTECTED, *EVERY_BODY, *_MADE
    )
    extra = {**_body("Bundle", _SENT), "parameters": [KEY_PARAMETER, LANGUAGE_PARAMETER]}
    router.post("", operation_id="send_fhir_referral", **sending, openapi_extra=extra)(referrals.make_referral)
    return router


def _reads(resource_type: str, searching: Any, reading: Any, *codes: str) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield path, documentation and operation of the search and of the read of a type."""
    conditional = {"openapi_extra": {"parameters": [NONE_MATCH]}}
    page = _documentation(
        f"Search {resource_type}", "Bundle", "A page, in the order of the ids.", "invalid_token", *codes
    )
    item = _documentation(f"Read {resource_type}", resource_type, "The resource.", "invalid_token", "not_found", *codes)
    for path, verb, documentation, operation in (("", "search", page, searching), ("/{id}", "get", item, reading)):
        operation_id = {"operation_id": f"{verb}_fhir_{resource_type.lower()}"}
        yield f"/{resource_type}{path}", {**documentation, **operation_id, **conditional}, operation


def _documentation(summary: str, resource_type: str, description: str, *codes: str) -> dict[str, Any]:
    content = {FHIR_JSON: {"schema": resource_schema(resource_type), "example": {"resourceType": resource_type}}}
    return {
        "summary": summary,
        "response_class": Response,
        "responses": {
            200: {"description": description, "content": content, "headers": ETAG},
            304: {"description": "It is at hand already."},
            **refused_with(*EVERY_OPEN, *codes),
        },
    }


def _body(resource_type: str, example: dict[str, Any]) -> dict[str, Any]:
    content = {"schema": resource_schema(resource_type), "example": example}
    return {"requestBody": {"required": True, "content": {FHIR_JSON: content, JSON: content}}}
