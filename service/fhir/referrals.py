"""Referrals and consents as ServiceRequest, Task and Consent, from the view of the reading party. Pure.

A resource holds only facts of the party's own view: a course hidden from the sender is in no resource.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from service.fhir.elements import (
    CONSENT_LEVELS,
    DATA_CLASSES,
    FULFILL,
    MASKED,
    OUTCOMES,
    PURPOSES,
    REASONS,
    REFERRAL_CODES,
    REFERRAL_EXTENSION,
    SERVICE_TYPES,
    STATUSES,
    TASK_CODES,
    Element,
    concept,
    reference,
    without_empty_parts,
)

View = Mapping[str, Any]
IdOf = Callable[[str, str], str | None]
"""The id of an organization or a service (type of resource, slug), None for an absent one."""
TASK_STATUSES: Mapping[str, str] = {
    "requested": "requested",
    "received": "received",
    "accepted": "accepted",
    "waitlisted": "on-hold",
    "declined": "rejected",
    "cancelled": "cancelled",
    "completed": "completed",
    "expired": "failed",
    "closed": "cancelled",  # a course that the sender may not follow, after `expires_at`
}
"""The status of a Task for each status of a referral."""
_REQUEST_STATUSES = {"completed": "completed"} | dict.fromkeys(
    ("declined", "cancelled", "expired", "closed"), "revoked"
)
PRIORITIES = {"now": "stat", "today": "asap", "this_week": "urgent", "later": "routine"}
_CONSENT_STATUSES = {"proposed": "proposed", "current": "active", "ended": "inactive", "withdrawn": "inactive"}
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"


def statuses_of(task_status: str) -> tuple[str, ...]:
    """Return the statuses of referrals behind a status of a Task.

    >>> statuses_of("cancelled"), statuses_of("draft")
    (('cancelled', 'closed'), ())
    """
    return tuple(status for status, task_status_of in TASK_STATUSES.items() if task_status_of == task_status)


def service_request(view: View, etag: str, id_of: IdOf) -> Element:
    """Return the request of a referral."""
    needs = [concept(SERVICE_TYPES, code) for code in view.get("covers") or ()]
    services = [_reference_or_mask("HealthcareService", slug, id_of) for slug in view.get("services") or ()]
    own = [
        {"url": "mode", "valueCode": view["mode"]},
        *({"url": "share", "valueCode": data} for data in view["share"]),
        {"url": "consentWithdrawn", "valueBoolean": view["consent_withdrawn"]},
        *({"url": name, "valueBoolean": view[name]} for name in ("progress",) if name in view),
    ]
    return without_empty_parts(
        {
            "resourceType": "ServiceRequest",
            **_of(view, etag),
            "extension": [{"url": REFERRAL_EXTENSION, "extension": own}],
            "status": _REQUEST_STATUSES.get(view["status"], "active"),
            "intent": "order",
            "priority": PRIORITIES.get(view.get("urgency") or ""),
            "code": needs[0] if needs else None,
            "orderDetail": needs[1:],
            "subject": MASKED,
            "authoredOn": view["requested_at"],
            "requester": _reference_or_mask("Organization", view["from"], id_of),
            "performer": services or [_reference_or_mask("Organization", view["to"], id_of)],
            "supportingInfo": [reference("Consent", consent) for consent in view["consents"]],
        }
    )


def task(view: View, etag: str, id_of: IdOf) -> Element:
    """Return the course of a referral. `identifier` holds the spoken code, for the sender alone."""
    code, outcome = view.get("code"), view["outcome"]
    return without_empty_parts(
        {
            "resourceType": "Task",
            **_of(view, etag),
            "identifier": [{"system": REFERRAL_CODES, "value": code}] if code else None,
            "status": TASK_STATUSES[view["status"]],
            "statusReason": concept(REASONS, view["reason"]) if view["reason"] else None,
            "businessStatus": concept(STATUSES, view["status"]),
            "intent": "order",
            "priority": PRIORITIES.get(view.get("urgency") or ""),
            "code": concept(TASK_CODES, FULFILL),
            "focus": reference("ServiceRequest", view["id"]),
            "for": MASKED,
            "authoredOn": view["requested_at"],
            "lastModified": view["changed_at"],
            "requester": _reference_or_mask("Organization", view["from"], id_of),
            "owner": _reference_or_mask("Organization", view["to"], id_of),
            "restriction": {"period": {"end": view["expires_at"]}},
            "output": [output(outcome)] if outcome else None,
        }
    )


def output(outcome: str) -> Element:
    """Return the outcome of a referral, as the output of its Task.

    >>> output("served")["valueCodeableConcept"]["coding"][0]["code"]
    'served'
    """
    return {"type": concept(OUTCOMES, "outcome"), "valueCodeableConcept": concept(OUTCOMES, outcome)}


def consent(view: View, etag: str, id_of: IdOf) -> Element:
    """Return a client's consent, or the reader's part of a consent."""
    role = {"coding": [{"system": f"{_TERMINOLOGY}/v3-ParticipationType", "code": "IRCP"}]}
    return without_empty_parts(
        {
            "resourceType": "Consent",
            "id": view["id"],
            "meta": without_empty_parts({"versionId": etag.strip('"')}),
            "status": _CONSENT_STATUSES[view["status"]],
            "scope": concept(f"{_TERMINOLOGY}/consentscope", "patient-privacy"),
            "category": [concept(f"{_TERMINOLOGY}/v3-ActCode", "IDSCL")],
            "patient": MASKED,
            "dateTime": view.get("signed_on"),
            "organization": [_reference_or_mask("Organization", view["from"], id_of)] if "from" in view else None,
            "policyRule": concept(CONSENT_LEVELS, view["level"]),
            "provision": without_empty_parts(
                {
                    "type": "permit",
                    "period": {"end": view["ends_on"]},
                    "actor": [
                        {"role": role, "reference": _reference_or_mask("Organization", to, id_of)} for to in view["to"]
                    ],
                    "purpose": [{"system": PURPOSES, "code": view["purpose"]}] if view.get("purpose") else None,
                    "code": [concept(DATA_CLASSES, data) for data in view["data"]],
                }
            ),
        }
    )


def _of(view: View, etag: str) -> Element:
    return {
        "id": view["id"],
        "meta": without_empty_parts({"versionId": etag.strip('"'), "lastUpdated": view["changed_at"]}),
    }


def _reference_or_mask(resource_type: str, slug: str, id_of: IdOf) -> Element:
    identifier = id_of(resource_type, slug)
    return (
        reference(resource_type, identifier)
        if identifier
        else {"extension": [{**MASKED["extension"][0], "valueCode": "unknown"}]}
    )
