"""The bound of every operation that works: seconds of processor time that one turn of its work may take.

Work at its bound is ended at its next checkpoint, and answered 503 `busy`: no part of an answer passes for the whole.
Where a part is worth having, the answer stops sooner and says so: paths at the time of the settings (`complete`), the
map, coverage and the exchange at a number of entries (`complete`), lists by pages, a stream of records by pieces. A
change has no checkpoint once it writes; it is bounded by the size of its body. A list of changes has one before each.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import Scope

from service.web.metrics import route_of

RECORD_S = 2.0
"""The bound of every operation that `BOUNDS` does not name."""
COALITION_S = 5.0
SEARCH_S = 60.0
"""What is guaranteed ends by itself after five seconds; beyond a minute of processor time something is wrong."""

BOUNDS: Mapping[str, float] = {
    "PATCH /v1/directory": COALITION_S,
    "POST /v1/referral-paths": SEARCH_S,
    "POST /v1/group-referral-paths": SEARCH_S,
    "POST /v1/next-calls": SEARCH_S,
    "POST /v1/service-searches": COALITION_S,
    "GET /v1/coverage": COALITION_S,
    "GET /v1/coalition/map": COALITION_S,
    "GET /v1/coalition/due": COALITION_S,
    "GET /v1/coalition/exchange": COALITION_S,
    "GET /v1/coalition/figures": COALITION_S,
    "GET /v1/coalition/contacts": COALITION_S,
    "GET /v1/coalition/words": COALITION_S,
    "GET /v1/coalition/legal-hold": COALITION_S,
    "POST /v1/coalition/what-ifs": COALITION_S,
    "GET /v1/outcomes": COALITION_S,
    "POST /v1/policy/decisions": COALITION_S,
    "GET /v1/vocabulary-proposals": COALITION_S,
    "POST /v1/vocabulary-proposals": COALITION_S,
    "GET /v1/vocabulary-proposals/{id}": COALITION_S,
    "PUT /v1/vocabulary-proposals/{id}/decision": COALITION_S,
    "POST /v1/record-previews": COALITION_S,
    "GET /v1/referrals": COALITION_S,
    "POST /v1/referrals": COALITION_S,
    "PUT /v1/referrals/{id}/status": COALITION_S,
    "POST /fhir": COALITION_S,
    "GET /fhir/ServiceRequest": COALITION_S,
    "GET /fhir/Task": COALITION_S,
    "GET /fhir/Task/{id}": COALITION_S,
    "PUT /fhir/Task/{id}": COALITION_S,
}
"""The bounds of operations that may take longer than a record."""


def bound_of(scope: Scope) -> float:
    """Return the bound of the operation that a request came to."""
    return BOUNDS.get(f"{scope['method']} {route_of(scope)}", RECORD_S)
