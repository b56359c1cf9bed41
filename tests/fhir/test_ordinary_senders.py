"""Requests of an ordinary hospital system work: extra harmless elements, coded needs, searches by date."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
import yaml
from fhir.fhir_builders import DENTAL, FhirCaller, coded, dental, paths_refused, transaction
from fhir.official import faults
from loop_builders import CLINIC, REFUGE, SENDER, Loop, referral

from service.errors import BodyRefused
from service.fhir.coded_needs import TYPES_BY_CODE
from service.fhir.sending import read_transaction
from service.vocabulary import SERVICE_TYPES

CANARY = "Canary Jane Doe"
SNOMED = "http://snomed.info/sct"
GRAVITY = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
FOOD, HOUSING = "710925007", "710911006"
NARRATIVE = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{CANARY}</div>'}
META = {
    "profile": ["http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-ServiceRequest"],
    "lastUpdated": "2026-03-01T08:00:00Z",
    "versionId": "7",
}


def concept(*codings: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, **more} for system, code in codings]}


def food(*codings: tuple[str, str], profile: dict[str, Any] | None = None, **elements: Any) -> dict[str, Any]:
    """A transaction that asks the refuge for food, with needs as codes."""
    bundle = transaction(referral(REFUGE, ("refuge-food",), needs=DENTAL, progress=True))
    request = bundle["entry"][0]["resource"]
    [extension] = request["extension"]
    own = json.loads(extension["extension"][0]["valueString"]) | (profile or {})
    del own["needs"]
    extension["extension"][0]["valueString"] = json.dumps(own)
    request |= {"code": concept(*codings), **elements}
    return bundle


def needs_of(bundle: dict[str, Any]) -> Any:
    return json.loads(read_transaction(json.dumps(bundle).encode(), datetime.now(UTC)).body)["profile"]["needs"]


def refused(bundle: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(BodyRefused) as caught:
        read_transaction(json.dumps(bundle).encode(), datetime.now(UTC))
    return [(problem.path, problem.message) for problem in caught.value.problems]


def test_harmless_elements_are_dropped_and_named(loop: Loop) -> None:
    """The referral is sent. The response names each ignored element in the caller's language, and none is stored."""
    bundle = dental()
    request, task = (entry["resource"] for entry in bundle["entry"])
    request |= {"meta": META, "text": NARRATIVE, "category": [{"text": CANARY}]}
    request["code"] = {"coding": [{**coded("service-type", "dental")["coding"][0], "display": CANARY}]}
    task |= {"meta": META, "text": NARRATIVE, "identifier": [{"system": "urn:ours", "value": CANARY}]}
    bundle["entry"].reverse()

    response = FhirCaller(loop).send(bundle)

    assert (response.status_code, CANARY in response.text) == (200, False), response.text
    assert faults(response.json()) == []
    told = [entry["response"]["outcome"]["issue"] for entry in response.json()["entry"]]
    assert [(issue["severity"], issue["code"]) for [issue] in told] == [("information", "informational")] * 2
    assert [sorted(issue["expression"]) for [issue] in told] == [
        [f"Bundle.entry[1].resource.{name}" for name in (
            "category", "code.coding[0].display", "meta.lastUpdated", "meta.profile", "meta.versionId", "text")],
        [f"Bundle.entry[0].resource.{name}" for name in (
            "identifier", "meta.lastUpdated", "meta.profile", "meta.versionId", "text")],
    ]  # fmt: skip
    assert [issue["details"]["text"] for [issue] in told] == ["Not read, and not kept."] * 2
    plain = FhirCaller(loop).send()
    assert not any("outcome" in entry["response"] for entry in plain.json()["entry"])
    spanish = FhirCaller(loop).call("POST", "", bundle, idempotency_key="in-spanish", accept_language="es")
    assert spanish.json()["entry"][0]["response"]["outcome"]["issue"][0]["details"]["text"].startswith("No se ley")


@pytest.mark.parametrize("meta", [{"tag": [{"code": CANARY}]}, {"security": [{"code": "R"}], "profile": []}])
def test_labels_and_identities_are_still_refused(meta: dict[str, Any]) -> None:
    """Security labels, and anything that identifies the client, are refused by path."""
    bundle = dental()
    bundle["entry"][0]["resource"]["meta"] = meta
    bundle["entry"][0]["resource"]["identifier"] = [{"value": CANARY}]
    bundle["entry"][1]["resource"]["for"] = {"identifier": {"value": CANARY}, "display": CANARY}

    places = [path for path, _ in refused(bundle)]

    assert {"/entry/0/resource/meta", "/entry/0/resource/identifier"} <= set(places) | {
        place.rpartition("/")[0] for place in places
    }
    assert {"/entry/1/resource/for/identifier", "/entry/1/resource/for/display"} <= set(places)


def test_a_receiver_moves_a_task_with_elements_of_its_own(loop: Loop) -> None:
    """Its identifier and profile are ignored; a narrative is refused, as this response can't report it."""
    clinic, task = FhirCaller(loop, CLINIC), FhirCaller(loop).sent(dental(progress=True))

    narrated = clinic.move(task["id"], "received", text=NARRATIVE)
    moved = clinic.move(task["id"], "received", meta=META, identifier=[{"value": CANARY}])

    assert (narrated.status_code, paths_refused(narrated)) == (422, ["Task.text"])
    assert (moved.status_code, moved.json()["status"], CANARY in moved.text) == (200, "received", False)
    assert "identifier" not in clinic.get(f"/Task/{task['id']}").json()


@pytest.mark.parametrize(
    ("codings", "priority", "needs"),
    [
        ([(SNOMED, FOOD)], None, [{"type": "food"}]),
        ([(GRAVITY, "food-insecurity"), (SNOMED, FOOD)], "urgent", [{"type": "food", "urgency": "this_week"}]),
        ([("urn:referral-router:service-type", "dental")], "stat", [{"type": "dental", "urgency": "now"}]),
    ],
)
def test_codes_name_the_needs(codings: Any, priority: str | None, needs: Any) -> None:
    """Codes from SNOMED CT, Gravity and our own system; the priority says how soon."""
    assert needs_of(food(*codings, **({"priority": priority} if priority else {}))) == needs


def test_further_codes_are_further_needs() -> None:
    """`orderDetail` adds to `code`, other parts of the profile stay, and codes are enough without a profile."""
    bundle = food((SNOMED, FOOD), orderDetail=[concept((GRAVITY, "transportation-insecurity"))])
    assert [need["type"] for need in needs_of(bundle)] == ["food", "transportation"]

    del bundle["entry"][0]["resource"]["extension"][0]["extension"][0]
    assert [need["type"] for need in needs_of(bundle)] == ["food", "transportation"]


@pytest.mark.parametrize(
    ("codings", "path"),
    [
        ([(SNOMED, HOUSING)], "/entry/0/resource/code/coding/0"),
        ([(SNOMED, FOOD), (SNOMED, CANARY)], "/entry/0/resource/code/coding/1"),
        ([("http://loinc.org", "88124-3")], "/entry/0/resource/code/coding/0"),
        ([("http://example.org", FOOD)], "/entry/0/resource/code/coding/0"),
        ([(SNOMED, FOOD), (GRAVITY, "employment-status")], "/entry/0/resource/code"),
    ],
)
def test_a_code_without_a_known_meaning_is_refused_by_its_path(codings: Any, path: str) -> None:
    """An unknown code is never guessed, even next to a known one. Ambiguous codes aren't mapped."""
    problems = refused(food(*codings))

    assert [place for place, _ in problems] == [path]
    assert CANARY not in str(problems)


def test_a_profile_and_codes_must_agree() -> None:
    """If the profile names the needs, codes may repeat them but not add others."""
    bundle = food((SNOMED, FOOD))
    bundle["entry"][0]["resource"]["extension"] = transaction(referral(REFUGE, ("refuge-food",), needs=DENTAL))[
        "entry"
    ][0]["resource"]["extension"]

    assert [place for place, _ in refused(bundle)] == ["/entry/0/resource/code"]


def test_a_referral_of_coded_needs_is_sent(loop: Loop) -> None:
    """Over HTTP, with the same decision. The receiver reads our own code."""
    task = FhirCaller(loop).sent(food((SNOMED, FOOD), priority="routine"))

    shown = FhirCaller(loop).get(f"/ServiceRequest/{task['id']}").json()
    assert (shown["code"], shown["priority"]) == (coded("service-type", "food"), "routine")
    unknown = FhirCaller(loop).send(food(("urn:referral-router:service-type", CANARY)))
    assert (unknown.status_code, CANARY in unknown.text) == (422, False)
    assert paths_refused(unknown) == ["Bundle.entry[0].resource.code"]


def test_every_code_has_a_source_and_a_type_of_ours() -> None:
    """Each code maps to one of our service types and names its source."""
    lists = yaml.safe_load(files("service.fhir").joinpath("coded_needs.yaml").read_text(encoding="utf-8"))

    assert set(TYPES_BY_CODE.values()) <= set(SERVICE_TYPES)
    assert all(each["source"] and entry["display"] for each in lists for entry in each["codes"].values())
    assert all(isinstance(code, str) for each in lists for code in each["codes"])


def test_polling_by_date_of_change(loop: Loop) -> None:
    """`_lastUpdated` uses the time of the last change visible to that party. `_include` adds the ServiceRequests."""
    sender, clinic = FhirCaller(loop), FhirCaller(loop, CLINIC)
    followed, hidden = sender.sent(dental(progress=True)), sender.sent(dental())
    ids = f"_id={followed['id']},{hidden['id']}"
    at = datetime.fromisoformat(hidden["meta"]["lastUpdated"]) + timedelta(microseconds=1)
    since = f"_lastUpdated=ge{at.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.%fZ')}"
    for task in (followed, hidden):
        assert clinic.move(task["id"], "received").status_code == 200

    def found(caller: FhirCaller, query: str) -> set[str]:
        response = caller.get(f"/Task?{query}&_count=200")
        assert response.status_code == 200, response.text
        return {entry["resource"]["id"] for entry in response.json().get("entry", ())}

    both, one = {followed["id"], hidden["id"]}, {followed["id"]}
    for query in (since, f"{since}&{ids}"):
        assert found(clinic, query) & both == both
        assert found(sender, query) & both == one
    assert found(sender, f"{ids}&_lastUpdated=lt{at:%Y-%m-%d}") == set()
    page = sender.get(f"/Task?{ids}&_include=Task:focus").json()
    assert faults(page) == []
    assert page["total"] == 2
    assert [(entry["resource"]["resourceType"], entry["search"]["mode"]) for entry in page["entry"]] == [
        *[("Task", "match")] * 2, *[("ServiceRequest", "include")] * 2,
    ]  # fmt: skip
    assert {entry["resource"]["id"] for entry in page["entry"][2:]} == both
    assert sender.get("/Task?_include=Task:for").status_code == 422
    assert sender.get(f"/ServiceRequest?{since}&{ids}").json()["total"] == 1
    assert loop.call("GET", "/v1/referrals", SENDER).status_code == 200
