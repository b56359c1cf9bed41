"""A bundle speaks HSDS 3.2: every field of the standard has a place in it, or a refusal that names the place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bundle_builders import bundle_bytes, good_bundle, put
from hsds.hsds_builders import public_records
from hsds.official import SCHEMAS, faults

from service.database.unit_of_work import UnitOfWork
from service.directory.bundle import BundleRefused, hsds, read_bundle
from service.directory.use_cases.load_bundle import load_bundle

BEDS = "organizations[0].services[0]"
MODELS = {
    "accessibility": hsds.Accessibility,
    "address": hsds.Address,
    "attribute": hsds.Attribute,
    "contact": hsds.Contact,
    "cost_option": hsds.CostOption,
    "funding": hsds.Funding,
    "language": hsds.Language,
    "location": hsds.Location,
    "metadata": hsds.Metadata,
    "organization": hsds.Organization,
    "organization_identifier": hsds.OrganizationIdentifier,
    "phone": hsds.Phone,
    "program": hsds.Program,
    "required_document": hsds.RequiredDocument,
    "schedule": hsds.Schedule,
    "service": hsds.Service,
    "service_area": hsds.ServiceArea,
    "service_at_location": hsds.ServiceAtLocation,
    "service_capacity": hsds.Capacity,
    "taxonomy": hsds.Taxonomy,
    "taxonomy_term": hsds.TaxonomyTerm,
    "unit": hsds.Unit,
    "url": hsds.Link,
}
ELSEWHERE = {
    "organization": {"parent_organization_id"},
    "service": {"organization"},
    "service_at_location": {"location", "contacts", "phones", "schedules", "service_areas"},
}
ABOVE = {
    f"{whole}_id"
    for whole in ("organization", "service", "location", "service_at_location", "contact", "phone", "program", "unit")
}
TERM = {
    "id": "shelter-term",
    "code": "1102",
    "name": "Emergency Shelter",
    "description": "A bed tonight.",
    "taxonomy": "Open Eligibility",
    "taxonomy_detail": {"id": "open-eligibility", "name": "Open Eligibility", "description": "Human services."},
    "term_uri": "https://example.org/1102",
}
UNIT = {"id": "bed-unit", "name": "bed", "scheme": "https://example.org/units", "identifier": "bed"}


@pytest.mark.parametrize("kind", MODELS)
def test_every_field_of_the_standard_has_its_place(kind: str) -> None:
    """What a model lacks is what its place in the file says, or what a bundle says elsewhere."""
    fields = json.loads((SCHEMAS / f"{kind}.json").read_text(encoding="utf-8"))["properties"].keys()

    lacking = set(fields) - set(MODELS[kind].keys()) - ABOVE

    assert lacking == ELSEWHERE.get(kind, set())


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        (f"{BEDS}.organization", {"id": "harbor-house"}, "its place in the file says it"),
        (f"{BEDS}.service_at_locations", [{"location_id": "hh-house", "location": {}}], "use `location_id`"),
        (f"{BEDS}.service_at_locations", [{"location_id": "hh-house", "phones": []}], "say it of the service"),
        (f"{BEDS}.service_areas[0].service_id", "hh-beds", "its place in the file says it"),
    ],
)
def test_a_field_that_is_said_elsewhere_is_refused_with_its_place(place: str, value: Any, says: str) -> None:
    """Who knows HSDS is told where a bundle keeps it, and not that the field was misspelt."""
    with pytest.raises(BundleRefused) as refused:
        read_bundle(bundle_bytes(put(good_bundle(), place, value)))

    assert [says in problem.message for problem in refused.value.problems] == [True]


def test_terms_and_units_go_out_as_they_stand_in_the_bundle(unit_of_work: UnitOfWork) -> None:
    """One term and one unit may be written out in many places; the export is valid and tells all of both."""
    bundle = put(good_bundle(), "organizations[0].coalition.listed", "public")
    bundle = put(bundle, "organizations[0].coalition.address_private", False)  # a hidden house's counts stay at home
    for owner in bundle["organizations"][:2]:
        owner["services"][0]["attributes"] = [{"link_type": "service_type", "value": "beds", "taxonomy_term": TERM}]
        owner["services"][0]["capacities"] = [
            {"unit": UNIT, "available": 2, "updated": "2026-03-01T08:00:00Z"},
            {"unit": "cot", "available": 0, "updated": "2026-03-01T08:00:00Z"},
        ]

    first = load_bundle(unit_of_work, bundle_bytes(bundle), replace=False)
    again = load_bundle(unit_of_work, bundle_bytes(bundle), replace=False)
    records = public_records(unit_of_work)

    assert (first.changed, again.changed) == (True, False)
    assert [faults(kind, record) for kind, record in records] == [[]] * len(records)
    [beds, line] = [record for kind, record in records if kind == "service" and record.get("capacities")]
    for service in (beds, line):
        term = service["attributes"][0]["taxonomy_term"]
        assert {
            key: term[key] for key in ("code", "name", "description", "taxonomy", "term_uri")
        }.items() <= TERM.items()
        units = [capacity["unit"] for capacity in service["capacities"]]
        assert [unit["name"] for unit in units] == ["bed", "cot"]
        assert units[0]["scheme"] == UNIT["scheme"]
    assert beds["capacities"][0]["unit"]["id"] == line["capacities"][0]["unit"]["id"]
