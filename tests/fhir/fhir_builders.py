"""What a hospital's system sends, and callers that speak FHIR."""

from __future__ import annotations

import json
from copy import deepcopy
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
from loop_builders import CLINIC, SENDER, Loop, referral

from service.directory.standard.identity import id_of
from service.fhir.elements import MASKED, REFERRAL_EXTENSION

FHIR = "application/fhir+json"
DENTAL = [{"type": "dental", "urgency": "later"}]
_keys = count(1)


def transaction(body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The body of a referral as a transaction; `agreed`, `progress` and the profile stand in the one extension."""
    body = body or referral(CLINIC, ("teeth",), needs=DENTAL)
    step, request_url = body["step"], f"urn:uuid:{uuid4()}"
    parts = [
        {"url": "profile", "valueString": json.dumps(body["profile"])},
        {"url": "mode", "valueCode": step["mode"]},
        *({"url": name, "valueBoolean": body[name]} for name in ("agreed", "progress") if name in body),
    ]
    request = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "subject": deepcopy(MASKED),
        "performer": [{"reference": f"HealthcareService/{id_of('service', service)}"} for service in step["services"]],
        "extension": [{"url": REFERRAL_EXTENSION, "extension": parts}],
    }
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]},
        "focus": {"reference": request_url},
        "for": deepcopy(MASKED),
        "owner": {"reference": f"Organization/{id_of('organization', step['to'])}"},
    }
    entries = (request_url, request), (f"urn:uuid:{uuid4()}", task)
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"fullUrl": url, "resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}
            for url, resource in entries
        ],
    }


def dental(**changes: Any) -> dict[str, Any]:
    """A transaction that holds no place, to an agency that no law keeps from telling the sender."""
    return transaction(referral(CLINIC, ("teeth",), needs=DENTAL, **changes))


class FhirCaller:
    """A client that speaks FHIR for one organization."""

    def __init__(self, loop: Loop, organization: str = SENDER, subject: str = "desk") -> None:
        self._loop, self._organization, self._subject = loop, organization, subject

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Authorization"] = f"Bearer {self._loop.token(self._organization, subject=self._subject)}"
        content = None
        if body is not None:
            content, sent["Content-Type"] = json.dumps(body).encode(), FHIR
        return self._loop.client.request(method, f"/fhir{path}", content=content, headers=sent)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.call("GET", path, **headers)

    def send(self, bundle: dict[str, Any] | None = None, key: str | None = None) -> httpx.Response:
        return self.call("POST", "", bundle or dental(), idempotency_key=key or f"fhir-{next(_keys)}")

    def sent(self, bundle: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a referral and return its Task."""
        response = self.send(bundle)
        assert response.status_code == 200, response.text
        return dict(response.json()["entry"][1]["resource"])

    def move(self, task_id: str, status: str, **changes: Any) -> httpx.Response:
        """Read a Task, change its status, and send it back as it is otherwise."""
        response = self.get(f"/Task/{task_id}")
        return self.call(
            "PUT",
            f"/Task/{task_id}",
            {**response.json(), "status": status, **changes},
            if_match=response.headers["etag"],
        )


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": f"urn:referral-router:{system}", "code": code}]}


def paths_refused(response: httpx.Response) -> list[str]:
    """The places that an OperationOutcome names."""
    return [place for issue in response.json()["issue"] for place in issue.get("expression", ())]


def codes_of(response: httpx.Response) -> set[str]:
    """Our codes of the refusals that an OperationOutcome tells."""
    assert response.headers["content-type"] == FHIR
    assert response.json()["resourceType"] == "OperationOutcome"
    return {issue["details"]["coding"][0]["code"] for issue in response.json()["issue"]}
