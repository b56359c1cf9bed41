"""The bound of every operation that works: seconds of processor time that one turn of its work may take.

Work at its bound is ended at its next checkpoint, and answered 503 `busy`: no part of an answer passes for the whole.
Where a part is worth having, the answer stops sooner and says so: paths at the time of the settings (`complete`), the
map, coverage and the exchange at a number of entries (`complete`), lists by pages, a stream of records by pieces. A
change has no checkpoint once it writes; it is bounded by the size of its body.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import Scope

from service.infrastructure.http.metrics import route_of

SEARCH_S = 60.0
"""What is owed ends by itself after five seconds; beyond a minute of processor time something is wrong."""
COALITION_S = 5.0
RECORD_S = 2.0

_TABLE: Mapping[float, Mapping[str, str]] = {
    SEARCH_S: {"/v1/referral-paths": "POST", "/v1/group-referral-paths": "POST", "/v1/next-calls": "POST"},
    COALITION_S: {
        "/v1/service-searches": "POST",
        "/v1/coverage": "GET",
        "/v1/coalition/map": "GET",
        "/v1/coalition/due": "GET",
        "/v1/coalition/exchange": "GET",
        "/v1/coalition/figures": "GET",
        "/v1/coalition/contacts": "GET",
        "/v1/coalition/words": "GET",
        "/v1/coalition/legal-hold": "GET",
        "/v1/outcomes": "GET",
        "/v1/policy/decisions": "POST",
        "/v1/vocabulary-proposals": "GET POST",
        "/v1/vocabulary-proposals/{id}": "GET",
        "/v1/vocabulary-proposals/{id}/decision": "PUT",
        "/v1/referrals": "GET POST",
        "/v1/referrals/{id}/status": "PUT",
        "/fhir": "POST",
        "/fhir/ServiceRequest": "GET",
        "/fhir/Task": "GET",
        "/fhir/Task/{id}": "GET PUT",
    },
    RECORD_S: {
        "/v1/terms": "GET",
        "/v1/organizations": "GET",
        "/v1/organizations/{id}": "GET PUT DELETE",
        "/v1/services": "GET",
        "/v1/services/{id}": "GET PUT DELETE",
        "/v1/services/{id}/capacity": "GET PUT",
        "/v1/services/{id}/capacity/change": "POST",
        "/v1/services/{id}/capacity/confirmation": "POST",
        "/v1/agreements": "GET",
        "/v1/agreements/{id}": "GET PUT DELETE",
        "/v1/release-forms": "GET",
        "/v1/release-forms/{id}": "GET PUT DELETE",
        "/v1/vocabulary": "GET",
        "/v1/vocabulary/{id}": "GET PUT DELETE",
        "/v1/grievances": "GET POST",
        "/v1/grievances/look-up": "POST",
        "/v1/grievances/{id}": "GET",
        "/v1/grievances/{id}/status": "PUT",
        "/v1/consents": "GET POST",
        "/v1/consents/look-up": "POST",
        "/v1/consents/{id}": "GET",
        "/v1/consents/{id}/confirmation": "PUT",
        "/v1/consents/{id}/receipt": "GET",
        "/v1/consents/{id}/withdrawal": "POST",
        "/v1/consent-withdrawals": "POST",
        "/v1/keys": "GET",
        "/v1/referrals/look-up": "POST",
        "/v1/referrals/{id}": "GET",
        "/v1/events": "GET",
        "/v1/audit": "GET",
        "/v1/sessions": "GET DELETE",
        "/v1/sessions/{id}": "DELETE",
        "/v1/sign-in-links": "GET POST",
        "/v1/sign-in-links/{id}": "DELETE",
        "/v1/tasks/{id}": "GET",
        "/v1/webhook-endpoints": "GET POST",
        "/v1/webhook-endpoints/{id}": "GET PUT DELETE",
        "/v1/webhook-endpoints/{id}/deliveries": "GET",
        "/v1/webhook-endpoints/{id}/headers": "GET PUT",
        "/v1/webhook-endpoints/{id}/recovery": "POST",
        "/v1/webhook-endpoints/{id}/replay": "POST",
        "/v1/webhook-endpoints/{id}/replay-missing": "POST",
        "/v1/webhook-endpoints/{id}/secret-rotation": "POST",
        "/v1/webhook-endpoints/{id}/statistics": "GET",
        "/v1/webhook-endpoints/{id}/test": "POST",
        "/v1/webhook-deliveries/{id}": "GET",
        "/v1/webhook-deliveries/{id}/retry": "POST",
        "/hsds/profile": "GET",
        "/hsds/organizations": "GET POST",
        "/hsds/organizations/{id}": "GET",
        "/hsds/services": "GET POST",
        "/hsds/services/{id}": "GET",
        "/hsds/service_at_locations": "GET POST",
        "/hsds/service_at_locations/{id}": "GET",
        "/hsds/taxonomies": "GET POST",
        "/hsds/taxonomies/{id}": "GET",
        "/hsds/taxonomy_terms": "GET POST",
        "/hsds/taxonomy_terms/{id}": "GET",
        "/fhir/Organization": "GET",
        "/fhir/Organization/{id}": "GET",
        "/fhir/Location": "GET",
        "/fhir/Location/{id}": "GET",
        "/fhir/HealthcareService": "GET",
        "/fhir/HealthcareService/{id}": "GET",
        "/fhir/ServiceRequest/{id}": "GET",
        "/fhir/Consent": "GET",
        "/fhir/Consent/{id}": "GET",
        "/metrics": "GET",
    },
}
BOUNDS: Mapping[str, float] = {
    f"{method} {route}": most_s
    for most_s, routes in _TABLE.items()
    for route, methods in routes.items()
    for method in methods.split()
}
AT_ONCE = frozenset(
    f"GET {route}"
    for route in (
        "/v1/coalition/guide", "/v1/policy/rules", "/v1/policy/rules/{id}", "/v1/policy/states", "/v1/event-types",
        "/hsds/", "/fhir/metadata", "/health/live", "/health/ready",
    )
)  # fmt: skip
"""Operations that show what is at hand in the process, and take no turn."""


def bound_of(scope: Scope) -> float:
    """Return the bound of the operation that a request came to; an operation without one does no work (`KeyError`)."""
    return BOUNDS[f"{scope['method']} {route_of(scope)}"]
