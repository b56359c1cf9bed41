"""Every resource that goes out is as HL7's own definitions of R4 have it: 500 drawn of each kind, without an error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from fhir.official import faults
from hsds.strange_directories import LOCATIONS, ORGANIZATIONS, SERVICES
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from length import draws

from service.directory.standard.fit_record import FitOptions
from service.fhir import directory, referrals
from service.fhir.bundles import search_page, transaction_response
from service.fhir.capability import capability_statement
from service.fhir.models import validate
from service.fhir.outcomes import outcome_of
from service.referrals.use_cases.keep_consents import STATUSES
from service.referrals.use_cases.move_referral import CANCEL_REASONS, DECLINE_REASONS, OUTCOMES
from service.vocabulary import SERVICE_TYPES
from service.web.problems import PROBLEM_TYPES

EACH = draws(500)
BASE = "https://router.example.org/fhir"
IDS = st.uuids().map(str)
TAGS = IDS.map(lambda text: f'"{text.replace("-", "")}"')
MOMENTS = st.integers(0, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC).isoformat())
DAYS = st.dates().map(str).filter(lambda day: day > "1900")
SLUGS = st.sampled_from(("house", "clinic", "gone"))
DATA = st.lists(st.sampled_from(("need", "identity", "health")), max_size=2, unique=True)
REFERRALS = st.fixed_dictionaries(
    {
        "id": IDS,
        "status": st.sampled_from([*referrals.TASK_STATUSES]),
        "reason": st.sampled_from((None, *DECLINE_REASONS, *CANCEL_REASONS)),
        "outcome": st.sampled_from((None, *OUTCOMES, "unknown")),
        "from": SLUGS,
        "to": SLUGS,
        "mode": st.sampled_from(("warm", "packet")),
        "share": DATA,
        "consents": st.lists(IDS, max_size=2),
        "consent_withdrawn": st.booleans(),
        "requested_at": MOMENTS,
        "expires_at": MOMENTS,
        "changed_at": MOMENTS,
    },
    optional={
        "code": st.just("acoustic-bamboo-canoe") | st.none(),
        "services": st.lists(SLUGS, min_size=1, max_size=3),
        "covers": st.lists(st.sampled_from(sorted(SERVICE_TYPES)), min_size=1, max_size=3, unique=True),
        "urgency": st.sampled_from([*referrals.PRIORITIES]) | st.none(),
        "progress": st.booleans(),
    },
).map(lambda view: {**view, "changed_at": max(view["requested_at"], view["changed_at"])})
CONSENTS = st.fixed_dictionaries(
    {
        "id": IDS,
        "status": st.sampled_from(STATUSES),
        "level": st.sampled_from(("release", "verbal")),
        "data": DATA,
        "ends_on": DAYS,
        "to": st.lists(SLUGS, min_size=1, max_size=2),
    },
    optional={"from": SLUGS, "signed_on": DAYS, "purpose": st.just("referral") | st.none()},
)
PROBLEMS = st.fixed_dictionaries(
    {"code": st.sampled_from(sorted(PROBLEM_TYPES)), "title": st.just("A title")},
    optional={
        "detail": st.just("A detail."),
        "errors": st.lists(
            st.fixed_dictionaries({"pointer": st.sampled_from(("", "/entry/0/resource/note")), "detail": st.just("no")})
            | st.just({"pointer": "", "parameter": "_id", "detail": "no"}),
            max_size=3,
        ),
        "reasons": st.just([{"code": "closed", "count": 1, "plain": "They are closed."}]),
        "rules": st.just(["open-route"]),
    },
)


def id_of(resource_type: str, slug: str) -> str | None:
    return None if slug == "gone" else f"{slug}-1"


def fitted(record_type: str, resource_type: str) -> Callable[[dict[str, Any]], dict[str, Any] | None]:
    """Return what makes a resource of a drawn record as HSDS publishes it, None where HSDS publishes none."""

    def make(drawn: dict[str, Any]) -> dict[str, Any] | None:
        record = FitOptions().fit(record_type, drawn, place="drawn", whole=True)
        if record is None or not directory.words(record.get("name", "x")):
            return None
        return directory.FORMS[resource_type][1](record | {"organization_id": "7b1d"})

    return make


MADE: dict[str, st.SearchStrategy[Any]] = {
    "Organization": ORGANIZATIONS.map(fitted("organization", "Organization")),
    "HealthcareService": SERVICES.map(fitted("service", "HealthcareService")),
    "Location": LOCATIONS.map(fitted("location", "Location")),
    "ServiceRequest": st.builds(referrals.service_request, REFERRALS, TAGS, st.just(id_of)),
    "Task": st.builds(referrals.task, REFERRALS, TAGS, st.just(id_of)),
    "Consent": st.builds(referrals.consent, CONSENTS, TAGS, st.just(id_of)),
    "OperationOutcome": st.builds(outcome_of, PROBLEMS, st.sampled_from(("Bundle", "Task"))),
    "CapabilityStatement": st.builds(capability_statement, st.sampled_from((BASE, "http://127.0.0.1:8000/fhir"))),
}
_SENT = st.tuples(MADE["ServiceRequest"], MADE["Task"])
MADE["Bundle"] = st.builds(transaction_response, _SENT, st.just(BASE)) | st.builds(
    search_page,
    st.lists(
        MADE["Task"] | MADE["Consent"] | MADE["Location"].filter(bool), max_size=2, unique_by=lambda row: row["id"]
    ),
    st.just(BASE),
    total=st.integers(0, 900),
    self_url=st.just(f"{BASE}/Task?page=1"),
    next_url=st.just(f"{BASE}/Task?page=2") | st.none(),
)


@pytest.mark.parametrize("resource_type", MADE)
def test_drawn_resources_are_as_hl7_defines_them(resource_type: str, say: Callable[[str], None]) -> None:
    """As the model of the library writes them, which changes nothing of what they say."""
    count = 0

    @given(resource=MADE[resource_type].filter(bool))
    @hypothesis_settings(max_examples=EACH, database=None)
    def check(resource: dict[str, Any]) -> None:
        nonlocal count
        count += 1
        written = validate(resource)
        assert faults(written) == []
        assert written == resource

    check()
    say(f"{count} drawn {resource_type} held against HL7's R4: no error")
    assert count >= EACH or resource_type == "CapabilityStatement"


TASK = {
    "resourceType": "Task",
    "id": "1",
    "status": "requested",
    "intent": "order",
    "lastModified": "2026-01-02T00:00:00Z",
    "authoredOn": "2026-01-01T00:00:00Z",
}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"status": "open"}, "binding"),
        ({"intent": None}, "cardinality"),
        ({"note": []}, "ele-1"),
        ({"for": "somebody"}, "type"),
        ({"colour": "red"}, "unknown"),
        ({"id": "a b"}, "schema"),
        ({"lastModified": "2025-01-01T00:00:00Z"}, "inv-1"),
        ({"focus": {"reference": "#x"}}, "ref-1"),
        ({"input": [{"type": {"text": "x"}}]}, "cardinality"),
    ],
)
def test_each_kind_of_fault_is_seen(changes: dict[str, Any], rule: str) -> None:
    """The definitions find what is wrong: codes, number, emptiness, types, names, forms, invariants."""
    given_task = {name: value for name, value in {**TASK, **changes}.items() if value is not None}

    assert faults(TASK) == []
    assert rule in {fault.partition(":")[0] for fault in faults(given_task)}


def test_a_text_of_blanks_alone_is_left_out() -> None:
    """R4 knows no empty text; other white space is written as a blank."""
    assert directory.words(" \u00a0") is None
    assert directory.words("a\u2028b") == "a b"
