"""Elements of many resources, and the systems of our own codes. Pure."""

from __future__ import annotations

import re
from typing import Any

Element = dict[str, Any]

_OURS = "urn:referral-router"
SERVICE_TYPES, STATUSES, REASONS = f"{_OURS}:service-type", f"{_OURS}:status", f"{_OURS}:reason"
OUTCOMES, PROBLEMS, REFERRAL_CODES = f"{_OURS}:outcome", f"{_OURS}:problem", f"{_OURS}:referral-code"
CONSENT_LEVELS, DATA_CLASSES, PURPOSES = f"{_OURS}:consent-level", f"{_OURS}:data", f"{_OURS}:purpose"
NEEDS_FORM, URGENCIES = f"{_OURS}:questionnaire:needs", f"{_OURS}:urgency"
REFERRAL_EXTENSION = f"{_OURS}:referral"
"""Our only extension. Sent: `profile`, `mode`, `agreed`, `progress`; shown: facts without an element in R4."""
MASKED: Element = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]
}
"""The client in every resource: present, and never named."""
TASK_CODES = "http://hl7.org/fhir/CodeSystem/task-code"
FULFILL = "fulfill"
_WHITE = re.compile(r"[^\S \r\n\t]|\ufeff")


def concept(system: str, code: str) -> Element:
    """Return a CodeableConcept with a single code.

    >>> concept(STATUSES, "requested")["coding"][0]["code"]
    'requested'
    """
    return {"coding": [{"system": system, "code": code}]}


def reference(resource_type: str, resource_id: str) -> Element:
    """Return a literal reference, relative to the base address.

    >>> reference("Task", "7b1d")
    {'reference': 'Task/7b1d'}
    """
    return {"reference": f"{resource_type}/{resource_id}"}


def without_empty_parts(element: Element) -> Element:
    """Return an element without its empty parts: R4 knows no null, no empty list and no empty text.

    >>> without_empty_parts({"name": "Harbor House", "alias": [], "comment": None, "active": False})
    {'name': 'Harbor House', 'active': False}
    """
    return {name: value for name, value in element.items() if value not in (None, "", [], {})}


def words(value: Any) -> str | None:
    r"""Return a text in the form of R4: with ordinary white space, without any at its ends; None for a blank text.

    >>> words(" Harbor\u00a0House "), words(" ")
    ('Harbor House', None)
    """
    return (_WHITE.sub(" ", value).strip() or None) if isinstance(value, str) else None
