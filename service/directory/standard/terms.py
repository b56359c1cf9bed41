"""Our service types as an HSDS taxonomy and its terms. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.directory.standard.identity import id_of

TYPES_TAXONOMY: Mapping[str, Any] = {
    "id": id_of("taxonomy", "referral-router", "service-types"),
    "name": "Referral service types",
    "description": "What a service is for, in the codes by which referrals are routed.",
}


def term_of(code: str) -> dict[str, Any]:
    """Return a service type as an HSDS taxonomy term.

    >>> term = term_of("emergency_shelter")
    >>> term["name"], term["taxonomy"]
    ('Emergency shelter', 'Referral service types')
    """
    name = code.replace("_", " ").capitalize()
    return {
        "id": id_of("taxonomy_term", "referral-router", code),
        "code": code,
        "name": name,
        "description": f"{name} (service type)",
        "taxonomy": TYPES_TAXONOMY["name"],
        "taxonomy_detail": dict(TYPES_TAXONOMY),
        "taxonomy_id": TYPES_TAXONOMY["id"],
    }
