"""Refusals under `/fhir` as OperationOutcomes: one translation, on the way out, of every problem document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.fhir.outcomes import outcome_of
from service.web.bodies import REF
from service.web.problems import MEDIA_TYPE, responses_for

FHIR_JSON = "application/fhir+json"
BASE = "/fhir"
RESOURCE_TYPES = (
    "Bundle", "CapabilityStatement", "Consent", "HealthcareService", "Location", "OperationOutcome", "Organization",
    "Questionnaire", "ServiceRequest", "Task",
)  # fmt: skip
"""The types of resources that are sent or answered."""
_OF_A_TASK = f"{BASE}/Task/"


class FhirOutcomes:
    """Sends each problem document under `/fhir` as an OperationOutcome of the same status and headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and translate a problem."""
        if scope["type"] != "http" or not (scope["path"] == BASE or scope["path"].startswith(f"{BASE}/")):
            await self._app(scope, receive, send)
            return
        if scope["path"] == f"{BASE}/":  # the base address, as some clients write it
            scope = {**scope, "path": BASE, "raw_path": BASE.encode()}
        start: Message | None = None
        body = bytearray()

        async def translate(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                if MutableHeaders(raw=list(message["headers"])).get("content-type") != MEDIA_TYPE:
                    await send(message)
                    return
                start = message
                return
            if start is None:
                await send(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                await _send_outcome(scope, start, bytes(body), send)

        await self._app(scope, receive, translate)


async def _send_outcome(scope: Scope, start: Message, problem: bytes, send: Send) -> None:
    resource_type = "Task" if scope["path"].startswith(_OF_A_TASK) else "Bundle"
    body = json.dumps(outcome_of(json.loads(problem), resource_type), ensure_ascii=False).encode()
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["content-type"], headers["content-length"] = FHIR_JSON, str(len(body))
    await send({**start, "headers": headers.raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def refused_with(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Return `responses=` of an operation under `/fhir` that may answer with the problems of `codes`."""
    responses = responses_for(*codes)
    for answer in responses.values():
        examples: Mapping[str, Any] = answer["content"][MEDIA_TYPE]["examples"]
        outcome = outcome_of(next(iter(examples.values()))["value"], "Bundle")
        answer["content"] = {FHIR_JSON: {"schema": resource_schema("OperationOutcome"), "example": outcome}}
    return responses


def resource_schema(resource_type: str) -> dict[str, Any]:
    """Return the reference to the JSON schema of a resource in the description."""
    return {"$ref": REF.format(model=f"Fhir{resource_type}")}


def fhir_schemas() -> dict[str, Any]:
    """Return the JSON schema of each type of resource, by name: which it is; what is in it, HL7 says."""
    return {
        f"Fhir{resource_type}": {
            "type": "object",
            "properties": {"resourceType": {"type": "string", "enum": [resource_type]}},
            "required": ["resourceType"],
            "additionalProperties": True,
        }
        for resource_type in RESOURCE_TYPES
    }
