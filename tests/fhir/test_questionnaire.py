"""The Questionnaire for needs: the form, and a response that a ServiceRequest contains."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from fhir.fhir_builders import FhirCaller, coded, paths_refused
from fhir.test_ordinary_senders import CANARY, FOOD, NARRATIVE, SNOMED, concept, food, needs_of, refused
from fhirclient.models.questionnaire import Questionnaire
from fhirclient.models.questionnaireresponse import QuestionnaireResponse
from loop_builders import Loop

from service.fhir.sending import read_transaction
from service.vocabulary import SERVICE_TYPES, URGENCIES

FORM = "urn:referral-router:questionnaire:needs"
CONTAINED = "/entry/0/resource/contained/0"
ANSWER = f"{CONTAINED}/item/0/item/0/answer/0"


def answer(name: str, system: str, code: str) -> dict[str, Any]:
    return {"linkId": name, "answer": [{"valueCoding": coded(system, code)["coding"][0]}]}


def need(service_type: str, urgency: str | None = None) -> dict[str, Any]:
    soon = [] if urgency is None else [answer("urgency", "urgency", urgency)]
    return {"linkId": "needs", "item": [answer("type", "service-type", service_type), *soon]}


def answered(*needs: dict[str, Any], **elements: Any) -> dict[str, Any]:
    """A transaction to the refuge whose needs are answers to the form."""
    response = {"resourceType": "QuestionnaireResponse", "id": "form", "questionnaire": FORM, "status": "completed"}
    bundle = food(contained=[{**response, "item": [*needs]}], supportingInfo=[{"reference": "#form"}], **elements)
    if "code" not in elements:
        del bundle["entry"][0]["resource"]["code"]
    return bundle


def response_in(bundle: dict[str, Any]) -> dict[str, Any]:
    response: dict[str, Any] = bundle["entry"][0]["resource"]["contained"][0]
    return response


def test_the_form_is_served_to_everybody_and_described(loop: Loop) -> None:
    """Closed lists of codes alone, each question once; by its id, by its address, and in the CapabilityStatement."""
    form = loop.client.get("/fhir/Questionnaire/needs").json()
    spanish = loop.client.get("/fhir/Questionnaire/needs", headers={"Accept-Language": "es"})

    assert Questionnaire(form).as_json() == form
    assert (form["url"], form["status"]) == (FORM, "active")
    [group] = form["item"]
    questions = {item["linkId"]: item for item in group["item"]}
    codes = {name: {row["valueCoding"]["code"] for row in item["answerOption"]} for name, item in questions.items()}
    assert codes == {"type": {*SERVICE_TYPES}, "urgency": {*URGENCIES}}
    assert {item["type"] for item in group["item"]} == {"choice"}
    assert (spanish.json()["title"], spanish.headers["content-language"]) == ("Necesidades", "es")
    found = [loop.client.get(f"/fhir/Questionnaire?{query}").json() for query in (f"url={FORM}", "_id=needs", "")]
    assert [page["entry"][0]["resource"] for page in found] == [form] * 3
    assert loop.client.get("/fhir/Questionnaire?url=urn:other").json()["total"] == 0
    assert loop.client.get("/fhir/Questionnaire/other").status_code == 404
    [rest] = loop.client.get("/fhir/metadata").json()["rest"]
    [described] = [resource for resource in rest["resource"] if resource["type"] == "Questionnaire"]
    assert {parameter["name"] for parameter in described["searchParam"]} == {"_id", "url"}
    [sent] = [resource for resource in rest["resource"] if resource["type"] == "ServiceRequest"]
    assert FORM in sent["documentation"]


def test_answers_are_needs_beside_codes() -> None:
    """Each answer is a need, urgent as it says or as the request's priority; a need that is also coded counts once."""
    assert needs_of(answered(need("food", "later"), need("transportation"), priority="stat")) == [
        {"type": "food", "urgency": "later"}, {"type": "transportation", "urgency": "now"},
    ]  # fmt: skip
    both = answered(need("food", "today"), need("dental"), code=concept((SNOMED, FOOD)))
    assert needs_of(both) == [{"type": "food", "urgency": "today"}, {"type": "dental"}]


def test_a_referral_of_answers_is_sent(loop: Loop) -> None:
    """Texts of the form and a narrative are dropped, and named; the response itself is not kept."""
    bundle = answered(need("food", "later"))
    response = response_in(bundle)
    assert QuestionnaireResponse(response).as_json() == response
    response |= {"text": NARRATIVE, "authored": "2026-03-01"}
    response["item"][0]["item"][0] |= {"text": CANARY}
    response["item"][0]["item"][0]["answer"][0]["valueCoding"]["display"] = CANARY

    sent = FhirCaller(loop).send(bundle)

    assert (sent.status_code, CANARY in sent.text) == (200, False), sent.text
    [issue] = sent.json()["entry"][0]["response"]["outcome"]["issue"]
    at = "Bundle.entry[0].resource.contained[0]"
    question = f"{at}.item[0].item[0]"
    assert sorted(issue["expression"]) == [
        f"{at}.authored", f"{question}.answer[0].valueCoding.display", f"{question}.text", f"{at}.text",
    ]  # fmt: skip
    shown = FhirCaller(loop).get(f"/ServiceRequest/{sent.json()['entry'][0]['resource']['id']}").json()
    assert (shown["code"], "contained" in shown) == (coded("service-type", "food"), False)


@pytest.mark.parametrize(
    ("elements", "path"),
    [
        ({"subject": {"display": CANARY}}, f"{CONTAINED}/subject/display"),
        ({"subject": {"reference": "Patient/1"}}, f"{CONTAINED}/subject/reference"),
        ({"author": {"display": CANARY}}, f"{CONTAINED}/author"),
        ({"source": {"reference": "Patient/1"}}, f"{CONTAINED}/source"),
        ({"identifier": {"value": CANARY}}, f"{CONTAINED}/identifier"),
        ({"encounter": {"reference": "Encounter/1"}}, f"{CONTAINED}/encounter"),
        ({"resourceType": "Patient"}, CONTAINED),
        ({"subject": {"extension": [{"url": "urn:ours", "valueCode": CANARY}]}}, f"{CONTAINED}/subject"),
        ({"questionnaire": "urn:other"}, f"{CONTAINED}/questionnaire"),
        ({"status": "in-progress"}, f"{CONTAINED}/status"),
        ({"id": "other"}, "/entry/0/resource/contained"),
    ],
)
def test_who_the_client_is_and_what_is_no_response_are_refused_by_path(elements: dict[str, Any], path: str) -> None:
    """Whatever could name the client, another form, and a response that nothing refers to."""
    bundle = answered(need("food"))
    response_in(bundle).update(elements)

    problems = refused(bundle)

    assert path in [place for place, _ in problems]
    assert CANARY not in str(problems)


@pytest.mark.parametrize(
    ("group", "path"),
    [
        (
            {"linkId": "needs", "item": [{"linkId": "type", "answer": [{"valueString": CANARY}]}]},
            f"{ANSWER}/valueString",
        ),
        ({"linkId": "needs", "item": [answer("type", "reason", "full")]}, ANSWER),
        ({"linkId": "needs", "item": [answer("name", "service-type", "food")]}, f"{CONTAINED}/item/0/item/0"),
        ({"linkId": "needs", "item": [answer("type", "service-type", "food")] * 2}, f"{CONTAINED}/item/0/item/1"),
        ({"linkId": CANARY, "item": [answer("type", "service-type", "food")]}, f"{CONTAINED}/item/0"),
        ({"linkId": "needs"}, f"{CONTAINED}/item/0"),
        ({"linkId": "needs", "answer": [{"valueString": CANARY}]}, f"{CONTAINED}/item/0/answer"),
    ],
)
def test_an_answer_to_another_question_is_refused_by_path(group: dict[str, Any], path: str) -> None:
    """Free text above all: the form asks for codes."""
    problems = refused(answered(group))

    assert path in [place for place, _ in problems]
    assert CANARY not in str(problems)


def test_a_need_twice_and_one_that_the_profile_lacks_are_refused() -> None:
    """Where the profile names the needs, answers may repeat them, and add none."""
    assert f"{ANSWER}/valueCoding".replace("item/0/item", "item/1/item") in [
        place for place, _ in refused(answered(need("food"), need("food")))
    ]
    bundle = answered(need("food"))
    part = bundle["entry"][0]["resource"]["extension"][0]["extension"][0]
    part["valueString"] = json.dumps(json.loads(part["valueString"]) | {"needs": [{"type": "dental"}]})
    assert [place for place, _ in refused(bundle)] == [f"{ANSWER}/valueCoding"]


def test_an_unknown_code_is_refused_at_its_answer(loop: Loop) -> None:
    """A code of ours that there is none of, told by its place and not repeated."""
    for group in (need(CANARY), need("food", "yesterday")):
        unknown = FhirCaller(loop).send(answered(group))
        assert (unknown.status_code, CANARY in unknown.text, "yesterday" in unknown.text) == (422, False, False)
        assert all(path.startswith("Bundle.entry[0].resource.") for path in paths_refused(unknown))


@pytest.mark.parametrize("contained", [[], "x", [3], [{}], [{"resourceType": "QuestionnaireResponse", "item": "x"}]])
def test_a_misshapen_response_is_refused(contained: Any) -> None:
    """As any other body: no failure of ours."""
    bundle = answered(need("food"))
    bundle["entry"][0]["resource"]["contained"] = contained

    assert refused(bundle)
    assert read_transaction(json.dumps(food((SNOMED, FOOD))).encode(), datetime.now(UTC)).body
