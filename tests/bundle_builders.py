"""Bundles as plain data, good by default; a test changes the one thing that it is about."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from service.directory.bundle import read_bundle

LEFT_OUT = object()

GOOD_YAML = """
coalition: {slug: tri-county, name: Tri-County Coalition, timezone: America/Chicago,
            policy_packs: [federal, us-tx, coalition],
            fallback_lines: [{name: State crisis line, phone: "555-0111", sms: "555-0112", hours: day and night}]}
areas:
  - {code: us-tx, name: Texas}
  - {code: travis, name: Travis County, within: us-tx, latitude: 30.33, longitude: -97.78}
vocabulary:
  - {term: safe house, organization: harbor-house, means: emergency_shelter}
  - {code: equine_therapy, name: Equine therapy, decided_by: steering-committee, same_as: ["openeligibility:1234"]}
  - {code: farm_worker, name: Farm worker, kind: trait}
organizations:
  - id: harbor-house
    name: Harbor House
    description: Emergency shelter for young people.
    parent: null
    website: https://harbor.example.org
    phones: [{number: "555-0100", type: voice, description: 24-hour intake line, languages: [{code: es}]}]
    contacts: [{name: A. Rivera, title: coalition_representative, email: rep@example.org, since: 2024-01-01,
                until: 2026-12-31, successor: B. Chen, phones: [{number: "555-0102"}]}]
    locations:
      - {id: hh-house, location_type: physical, name: The brown house, latitude: 30.3, longitude: -97.7,
         addresses: [{address_1: 1 Example St, city: Austin, state_province: TX, postal_code: "78701", country: US,
                      address_type: physical}]}
    coalition:
      basis: community
      kind: dv_shelter
      regimes: [vawa, fvpsa]
      reporter: child
      membership: active
      listed: coalition
      address_private: true
      operator_authorised: [tri-county-hotline]
      accepted_forms: [roi-standard]
      declared: {on: 2026-01-10, by: director, review_by: 2027-01-10}
      grievance: {contact: grievance@example.org, code_of_ethics: NVASC}
      subpoena_contact: {name: Counsel, phone: "555-0199"}
    services:
      - id: hh-beds
        name: Emergency beds
        status: active
        minimum_age: 11
        maximum_age: 17
        languages: [{code: en}, {code: es-MX}]
        interpretation_services: by phone
        service_areas: [{name: travis}]
        schedules: [{freq: WEEKLY, byday: "MO,TU,WE,TH,FR,SA,SU", opens_at: "00:00", closes_at: "23:59"}]
        capacities: [{unit: bed, available: 2, maximum: 8, updated: 2026-03-01T08:00:00-06:00}]
        cost_options: [{option: free, amount: 0}]
        referral:
          types: [emergency_shelter, safety_planning]
          accepts: [self, warm, packet]
          accepts_from: [anyone]
          requires: []
          intake_data: [need, identity]
          genders: [female, transgender_female]
          only: [foreign_national]
          not: [substance_use]
          designated: true
          response_time: PT2H
  - id: tri-county-hotline
    name: Tri-County Hotline
    phones: [{number: "555-0101"}]
    locations: [{id: tch-office, location_type: physical, latitude: 30.2, longitude: -97.6}]
    coalition: {basis: community, kind: victim_services, membership: non_active}
    services:
      - {id: tch-line, name: Hotline, status: active, referral: {types: [crisis_hotline]}}
  - id: hotline-night-desk
    name: Night desk
    parent: tri-county-hotline
    services:
      - {id: night-line, name: Night line, status: temporarily closed,
         referral: {types: [crisis_hotline, equine_therapy], only: [farm_worker]}}
agreements:
  - {id: mou-1, between: [tri-county-hotline, harbor-house], mutual: false, level: coalition, type: mou, status: signed,
     effective: 2025-01-01, expires: 2027-01-01, types: [emergency_shelter], data: [need, identity, contact_location],
     offers: {harbor-house: beds for 11-17}, wants: {harbor-house: night transport}}
release_forms:
  - {id: roi-standard, name: Coalition release, languages: [en, es], marks: [sud],
     elements: [who, whom, what, why, end_date, withdrawal, date, signature]}
  - {id: roi-county, name: County release}
equivalent_forms: [[roi-standard, roi-county]]
"""


def good_bundle() -> dict[str, Any]:
    """Return a fresh copy of a good bundle that uses every list and nearly every field of ours."""
    bundle: dict[str, Any] = read_bundle(GOOD_YAML.encode()).model_dump(
        mode="json", by_alias=True, exclude_defaults=True
    )
    return bundle


def bundle_bytes(bundle: Any) -> bytes:
    """Return `bundle` as JSON."""
    return json.dumps(bundle).encode()


def many_services(count: int, *, organizations: int = 50) -> dict[str, Any]:
    """Return a bundle of `count` services, each with hours, beds, languages, areas and a telephone."""
    template = good_bundle()["organizations"][0]
    bundle = good_bundle()
    for number in range(organizations):
        organization = copy.deepcopy(template) | {"id": f"agency-{number}", "locations": []}
        organization["coalition"]["address_private"] = False
        organization["services"] = [
            template["services"][0] | {"id": f"service-{number}-{index}", "phones": [{"number": "555-0103"}]}
            for index in range(count // organizations)
        ]
        bundle["organizations"].append(organization)
    return bundle


def put(bundle: Any, path: str, value: Any) -> Any:
    """Set the place that `path` names, as problems name it, and return the bundle. `LEFT_OUT` removes a key."""
    *above, last = [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", path)]
    at = bundle
    for part in above:
        at = at[part]
    if value is LEFT_OUT:
        del at[last]
    else:
        at[last] = value
    return bundle
