"""The directory over FHIR: each search against a plain look at all there is, pages, versions, formats, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from operator import eq, ge, gt, le, lt
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhir.fhir_builders import FHIR, codes_of
from fhir.official import faults
from loop_builders import CLINIC, REFUGE, SHELTER, Loop, coalition, loop_over, loop_settings

from service.directory.standard.identity import id_of, place_name
from service.directory.use_cases.load_bundle import load_bundle

RESOURCES = ("Organization", "Location", "HealthcareService")


def bundle() -> dict[str, Any]:
    """The coalition with public places, hours, languages, a parent, a service that is closed, and a hidden refuge."""
    bundle = coalition()
    house = next(row for row in bundle["organizations"] if row["id"] == SHELTER)
    address = {"address_1": "5 Elm Row", "city": "Tarn", "state_province": "TX", "postal_code": "76990"}
    house["locations"] = [
        {
            "id": f"hall-{number}",
            "location_type": "physical",
            "name": f"Hall {number}",
            "addresses": [{**address, "country": "US", "address_type": "physical"}],
        }
        for number in range(3)
    ]
    house |= {"alternate_name": "The\u00a0House", "website": "https://house.example.org", "email": "h@example.org"}
    night = {"freq": "WEEKLY", "byday": "FR,SU", "opens_at": "20:00", "closes_at": "06:00"}
    day = {"freq": "WEEKLY", "byday": "MO", "opens_at": "00:00", "closes_at": "23:59"}
    house["services"][0] |= {"schedules": [night, day], "service_at_locations": [{"location_id": "hall-1"}]}
    house["services"].append({"id": "old", "name": "Old", "status": "inactive", "referral": {"types": ["food"]}})
    clinic = bundle["organizations"][2]
    clinic |= {"parent": SHELTER, "locations": [{**house["locations"][0], "id": "secret", "name": "Secret"}]}
    clinic["coalition"]["address_private"] = True
    refuge = next(row for row in bundle["organizations"] if row["id"] == REFUGE)
    refuge["coalition"]["listed"] = "coalition"
    return bundle


@pytest.fixture
def either(database_url: str, fill: Callable[[str], None], tmp_path: Path) -> Iterator[Loop]:
    """The coalition on either kind of database."""
    fill(database_url)
    with loop_over(loop_settings(database_url, tmp_path), bundle()) as loop:
        yield loop


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    folder = tmp_path_factory.mktemp("directory")
    with loop_over(loop_settings(f"sqlite:///{folder / 'router.db'}", folder), bundle()) as loop:
        yield loop


def get(loop: Loop, path: str, organization: str | None = None, **headers: str) -> httpx.Response:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    if organization is not None:
        fields["Authorization"] = f"Bearer {loop.token(organization)}"
    return loop.client.get(f"/fhir/{path}", headers=fields)


def found_by(loop: Loop, path: str) -> list[dict[str, Any]]:
    page = get(loop, path).json()
    assert faults(page) == []
    resources = [entry["resource"] for entry in page.get("entry", ())]
    assert page["total"] == len(resources)
    return resources


def types_of(service: dict[str, Any]) -> set[str]:
    return {coding["code"] for concept in service.get("type", ()) for coding in concept["coding"]}


def test_each_search_finds_what_a_look_at_all_finds(either: Loop) -> None:
    """On both databases: each parameter alone, and two together, of records that were changed one after the other."""
    later = bundle()
    house = next(row for row in later["organizations"] if row["id"] == SHELTER)
    for changed in (house, house["locations"][0]):
        changed["description"] = "Ring twice."
        load_bundle(either.database.unit_of_work(), json.dumps(later).encode(), replace=True)
    every = {kind: found_by(either, f"{kind}?_count=200") for kind in RESOURCES}
    organizations, places, services = every.values()
    hall, house = id_of("location", "hall-1"), id_of("organization", SHELTER)
    dated = {kind: max(resource["meta"]["lastUpdated"] for resource in all_of) for kind, all_of in every.items()}
    assert len(set(dated.values())) == len(every)
    looks: dict[str, list[dict[str, Any]]] = {
        "HealthcareService?active=true": [service for service in services if service["active"]],
        "HealthcareService?active=false": [service for service in services if not service["active"]],
        "HealthcareService?service-type=food,dental": [
            service for service in services if types_of(service) & {"food", "dental"}
        ],
        "HealthcareService?service-type=urn:referral-router:service-type|food": [
            service for service in services if "food" in types_of(service)
        ],
        "HealthcareService?service-type=http://snomed.info/sct|food": [],
        f"HealthcareService?location=Location/{hall}": [
            service for service in services if {"reference": f"Location/{hall}"} in service.get("location", ())
        ],
        f"HealthcareService?organization={house}&active=true": [
            service for service in services if service["active"] and service["providedBy"]["reference"].endswith(house)
        ],
        "HealthcareService?_lastUpdated=lt2000-01-01": [],
        "HealthcareService?_lastUpdated=ge2000-01-01": services,
        **{
            f"{kind}?_lastUpdated={prefix}{dated[kind]}": [
                resource for resource in every[kind] if fits(resource["meta"]["lastUpdated"], dated[kind])
            ]
            for kind in every
            for prefix, fits in {"": eq, "ge": ge, "gt": gt, "le": le, "lt": lt}.items()
        },
        "Organization?name=HOU": [
            organization for organization in organizations if organization["name"].lower().startswith("hou")
        ],
        "Organization?name=ouse": [],
        "Location?name=2": [],
        "Organization?name=%2C": [],
        "Organization?name=_": [],
        "Organization?active=false": [],
        "Organization?active=true": organizations,
        f"Organization?_id={house},nothing": [
            organization for organization in organizations if organization["id"] == house
        ],
        f"Location?organization=Organization/{house}": places,
        "Location?name=hall%202": [place for place in places if place["name"] == "Hall 2"],
    }
    assert len(services) >= 6
    for path, resources in looks.items():
        assert found_by(either, path.replace("+00:00", "Z")) == resources, path
    assert sum(bool(resources) for resources in looks.values()) >= 10


def test_hours_past_midnight_belong_to_the_next_day(loop: Loop) -> None:
    [beds] = found_by(loop, "HealthcareService?name=beds")

    assert beds["availableTime"] == [
        {"daysOfWeek": ["fri", "sun"], "availableStartTime": "20:00:00", "availableEndTime": "23:59:59"},
        {"daysOfWeek": ["sat", "mon"], "availableStartTime": "00:00:00", "availableEndTime": "06:00:00"},
        {"daysOfWeek": ["mon"], "allDay": True},
    ]


def test_profiles_are_named_where_they_hold(loop: Loop) -> None:
    """A place with a name and an address is one of the guide's; an organization is one of US Core."""
    place, *_ = found_by(loop, "Location")
    assert place["meta"]["profile"] == ["http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-Location"]
    assert {"name", "address", "status"} <= place.keys()
    for agency in found_by(loop, "Organization"):
        assert (agency["active"], bool(agency["name"]), len(agency["meta"]["profile"])) == (True, True, 1)
    [house] = found_by(loop, "Organization?name=house")
    assert house["alias"] == ["The House"]
    assert {point["system"] for point in house["telecom"]} == {"phone", "email", "url"}


@pytest.mark.parametrize("resource_type", RESOURCES)
def test_pages_hold_each_resource_once(loop: Loop, resource_type: str) -> None:
    """Followed by the address of the next page, in the order of the ids."""
    whole = [resource["id"] for resource in found_by(loop, f"{resource_type}?_count=200")]
    path, ids = f"/fhir/{resource_type}?_count=2", []
    while path:
        page = loop.client.get(path).json()
        ids += [entry["resource"]["id"] for entry in page["entry"]]
        assert page["total"] == len(whole)
        path = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")

    assert ids == whole == sorted(whole)


@pytest.mark.parametrize("resource_type", RESOURCES)
def test_a_version_is_an_entity_tag(loop: Loop, resource_type: str) -> None:
    """304 to who has it; the same tag on the resource within a page; what HL7 defines."""
    first, *_ = found_by(loop, resource_type)
    response = get(loop, f"{resource_type}/{first['id']}")

    assert response.json() == first
    assert response.headers["etag"] == f'W/"{first["meta"]["versionId"]}"'
    assert response.headers["content-type"] == FHIR
    again = get(loop, f"{resource_type}/{first['id']}", if_none_match=response.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


def test_a_hidden_agency_is_in_no_total_and_no_page(loop: Loop) -> None:
    """Members see it with a token, others not; its services, and what belongs to it, go with it."""
    refuge = id_of("organization", REFUGE)
    for path in ("Organization", "HealthcareService"):
        open_page, members = (get(loop, f"{path}?_count=200", reader).json() for reader in (None, SHELTER))
        assert members["total"] == open_page["total"] + 1
        assert refuge not in json.dumps(open_page)
        assert refuge in json.dumps(members)
    for path in (f"Organization/{refuge}", f"HealthcareService/{id_of('service', 'refuge-food')}"):
        hidden, absent = get(loop, path), get(loop, f"{path.partition('/')[0]}/nothing")
        assert (hidden.status_code, hidden.content) == (404, absent.content)


def test_a_private_place_is_nowhere(loop: Loop) -> None:
    """Not to its own organization either: read, searched, counted, or named by a service."""
    place = id_of("location", place_name(CLINIC, "secret", private=True))
    for reader in (None, SHELTER, CLINIC):
        page = get(loop, "Location?_count=200", reader)
        assert (page.json()["total"], place in page.text, "Secret" in page.text) == (3, False, False)
        assert get(loop, f"Location?_id={place}", reader).json()["total"] == 0
        assert get(loop, f"Location/{place}", reader).status_code == 404
        assert place not in get(loop, "HealthcareService?_count=200", reader).text
        assert get(loop, f"HealthcareService?location={place}", reader).json()["total"] == 0


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("Organization?nam=x", 422, "invalid_request"),
        ("Organization?name=x&name=y", 422, "invalid_request"),
        ("Organization?_count=0", 422, "invalid_request"),
        ("Organization?_id=a b", 422, "invalid_request"),
        ("HealthcareService?_lastUpdated=2026-13-01", 422, "invalid_request"),
        ("HealthcareService?_lastUpdated=ap2026-01-01", 422, "invalid_request"),
        ("Organization?_format=xml", 406, "not_acceptable"),
        ("PractitionerRole", 404, "not_found"),
        ("Patient/1", 404, "not_found"),
        ("Organization/" + "x" * 200, 422, "invalid_request"),
    ],
)
def test_every_refusal_is_an_operation_outcome(loop: Loop, path: str, status: int, code: str) -> None:
    """With our code, and where; as HL7 defines it."""
    response = get(loop, path)

    assert (response.status_code, codes_of(response)) == (status, {code})
    assert faults(response.json()) == []


def test_formats_methods_and_sizes_are_refused_alike(loop: Loop) -> None:
    """Also by what stands before the operations: methods, types and sizes of bodies, and heads of answers."""
    assert get(loop, "metadata", accept="application/fhir+xml").status_code == 406
    assert get(loop, "metadata?_format=json", accept="application/fhir+xml").status_code == 200
    token = {"Authorization": f"Bearer {loop.token(SHELTER)}"}
    for method, path, headers, content, status in (
        ("DELETE", "Organization/x", {}, b"", 405),
        ("POST", "", {"Content-Type": "text/plain"}, b"{}", 415),
        ("POST", "", {"Content-Type": FHIR}, b"x" * 300_000, 413),
        ("POST", "", {"Content-Type": FHIR}, b"not JSON", 422),
    ):
        response = loop.client.request(method, f"/fhir/{path}".rstrip("/"), headers=token | headers, content=content)
        assert response.status_code == status
        codes_of(response)
        assert faults(response.json()) == []
        assert int(response.headers["content-length"]) == len(response.content)
    closed = loop.client.get("/fhir/Task")
    assert (closed.status_code, codes_of(closed)) == (401, {"invalid_token"})
    assert closed.headers["www-authenticate"].startswith("Bearer")


def test_the_capability_statement_says_what_is_true(loop: Loop) -> None:
    """Each search parameter that it names is taken, and no other; each interaction that it names is answered."""
    statement = get(loop, "metadata").json()
    assert faults(statement) == []
    assert statement["fhirVersion"] == "4.0.1"
    [rest] = statement["rest"]
    values = {"token": "x", "string": "x", "date": "2026-01-01", "reference": "x", "uri": "urn:x"}
    for resource in rest["resource"]:
        for parameter in resource["searchParam"]:
            value = {"active": "true"}.get(parameter["name"], values[parameter["type"]])
            response = get(loop, f"{resource['type']}?{parameter['name']}={value}", SHELTER)
            assert response.status_code == 200, (resource["type"], parameter)
        described = loop.client.get("/openapi.json").json()["paths"][f"/fhir/{resource['type']}"]["get"]["parameters"]
        names = {row["name"] for row in described if row["in"] == "query"} - {"_count", "_format", "page", "_include"}
        assert names == {parameter["name"] for parameter in resource["searchParam"]}
        for include in resource.get("searchInclude", ()):
            assert get(loop, f"{resource['type']}?_include={include}", SHELTER).status_code == 200
    types = {resource["type"] for resource in rest["resource"]}
    assert types == {*RESOURCES, "ServiceRequest", "Task", "Consent", "Questionnaire"}
