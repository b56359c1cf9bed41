"""Rules and decisions over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from api_builders import HOTLINE, Api
from pydantic import TypeAdapter

import policies
from policies.examples import read_examples
from service.answers.routes import examples
from service.answers.schemas.answer import AnswerDocument, CallsDocument
from service.answers.schemas.policy import DecisionDocument, RuleDocument

RULES, DECISIONS, STATES = "/v1/policy/rules", "/v1/policy/decisions", "/v1/policy/states"


def ask(api: Api, **changed: Any) -> dict[str, Any]:
    response = api.post(DECISIONS, examples.ASKED_SHARE | changed, "directory:read")
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def test_rules_are_listed_and_each_is_found_by_its_id(api: Api) -> None:
    """Every rule in force is in the list, in catalogue order, and is found again with its own text."""
    document = api.get(RULES, "directory:read").json()

    ids = [rule["id"] for rule in document["rules"]]
    assert len(set(ids)) == len(ids) > 40
    assert document["packs"] == ["coalition", "federal", "us-tx"]
    for rule in document["rules"]:
        whole = api.get(f"{RULES}/{rule['id']}", "directory:read").json()
        assert {key: whole[key] for key in rule} == rule
        assert whole["source"]
        assert whole["policy_version"] == document["policy_version"]


def test_every_rule_of_the_worked_examples_is_listed(api: Api) -> None:
    """What the packs' examples illustrate is what the list shows."""
    ids = {rule["id"] for rule in api.get(RULES, "directory:read").json()["rules"]}

    assert {example.rule for name in ("federal", "us-tx", "coalition") for example in read_examples(name)} <= ids


def test_a_denial_says_what_would_lift_it(api: Api) -> None:
    """Identity without consent is denied, with the rule and the least consent; that consent, given, allows it."""
    denied = ask(api)
    consent = {
        "form": "jb-roi", "level": denied["needs"]["level"], "marks": denied["needs"]["marks"], "from": HOTLINE,
        "to": ["bluestem-haven"], "data": ["identity"], "signers": denied["needs"]["signers"],
        "signed_on": "2026-03-01", "ends_on": "2026-06-01",
    }  # fmt: skip
    forms = _accepted_forms(api)

    allowed = [ask(api, consents=[consent | {"form": form}]) for form in forms]

    assert denied["allow"] is False
    assert denied["stopped_by"]["id"]
    assert denied["plain"][0] == "This may not be shared as things stand."
    assert any(decision["allow"] for decision in allowed)
    assert all(decision["needs"] is None for decision in allowed if decision["allow"])


@pytest.mark.parametrize(
    ("changed", "allow"),
    [
        ({"action": "route", "data": None}, True),
        ({"action": "serve", "data": None, "conditioned_on": "release"}, False),
        ({"action": "disclose", "data": "identity"}, False),
        ({"action": "disclose", "data": "narrative", "process": "judge_order", "purpose": "court"}, True),
        ({"action": "report", "recipient": "family-care-office", "purpose": "mandated_report"}, True),
        ({"action": "report", "recipient": "family-care-office", "purpose": "safety"}, False),
    ],
)
def test_every_action_is_explained_from_facts_to_duties(api: Api, changed: dict[str, Any], allow: bool) -> None:
    """Facts as read, each rule that applied with sentence and authority, what would change it, duties, disclaimers."""
    answer = ask(api, **changed)

    assert answer["allow"] is allow
    assert answer["rules"]
    assert all(rule["plain"] and rule["authority"] and rule["asks"] for rule in answer["rules"])
    assert answer["facts"]["read"]["action"] == changed["action"]
    assert answer["facts"]["read"]["data"] == (changed.get("data", "identity") or "none")
    assert {"grievance-channel"} <= {task["id"] for task in answer["obligations"]}
    assert all(task["plain"] and task["authority"] for task in answer["obligations"])
    assert {"not-legal-advice", "pack-review", "to-be-confirmed", "hotline"} <= {
        notice["id"] for notice in answer["notices"]
    }
    assert answer["grievance"]["plain"]
    assert (answer["stopped_by"] is None) is allow
    if allow:
        assert answer["would_change"] == []
    else:
        assert answer["would_change"] or answer["plain"][-1].count("What would help:") == 1


def test_what_would_change_a_denial_changes_it(api: Api) -> None:
    """A fact that is offered, once given, opens the share or leaves the consent that was said to be needed."""
    unknown = ask(api, facts={})
    facts = [change for change in unknown["would_change"] if change["kind"] == "fact"]

    assert unknown["needs"] is None
    assert {change["attribute"] for change in facts} == {"facts.guardian", "facts.may_sign_alone", "facts.emancipated"}
    for change in facts:
        name = change["attribute"].removeprefix("facts.")
        for value in change["values"]:
            then = ask(api, facts={name: value if name == "guardian" else value == "true"})
            assert then["allow"] is (change["needs"] is None)
            assert then["needs"] == change["needs"]


def test_a_default_denial_is_named(api: Api) -> None:
    """Where no rule permits and none forbids, the answer names the rule that stands for it, and claims no consent."""
    answer = ask(api, holder="tall-cedar-shelter", recipient="bright-basin-dental", data="need", age=30, facts={})

    assert answer["allow"] is False
    assert [rule["id"] for rule in answer["rules"]] == ["default-deny"]
    assert answer["stopped_by"]["id"] == "consented-share"
    assert "agreed to this share" not in str(answer["stopped_by"]) + str(answer["plain"])
    assert answer["needs"]["level"] == "verbal"


def test_a_subpoena_brings_the_contact_that_the_holder_named(api: Api) -> None:
    """The hold comes with whom to turn to; who is no member hears of the hold and of no contact."""
    body = examples.ASKED_SHARE | {"process": "subpoena", "purpose": "court", "recipient": "lamplight-fellowship"}

    def hold(**caller: str) -> dict[str, Any]:
        document = api.post(DECISIONS, body, "directory:read", **caller).json()
        task: dict[str, Any] = next(task for task in document["obligations"] if task["id"] == "subpoena-hold")
        return task

    member, outsider = hold(), hold(organization="stranger")

    assert member["contact"]["phone"] in member["plain"]
    assert outsider["contact"] is None
    assert member["contact"]["name"] not in str(outsider)


def test_no_word_of_the_question_comes_back(api: Api) -> None:
    """A canary in any free field of a question is in neither answer nor refusal."""
    canary = "zebra-quilt-77"
    consent = {"form": canary, "level": "release", "from": HOTLINE, "to": ["bluestem-haven"], "data": ["identity"]}
    answered = api.post(DECISIONS, examples.ASKED_SHARE | {"consents": [consent]}, "directory:read")
    refused = [
        api.post(DECISIONS, examples.ASKED_SHARE | wrong, "directory:read")
        for wrong in (
            {"recipient": canary}, {"agreement": canary}, {"purpose": canary}, {"facts": {"guardian": canary}},
            {"process": canary}, {"at": canary},
        )
    ]  # fmt: skip

    assert answered.status_code == 200
    assert {response.status_code for response in refused} == {422}
    assert canary not in answered.text + "".join(response.text for response in refused)


def _accepted_forms(api: Api) -> list[str]:
    from service import demo
    from service.directory.bundle import read_bundle

    bundle = read_bundle(demo.coalition_bytes())
    organization = next(organization for organization in bundle.organizations if organization.id == "bluestem-haven")
    assert organization.coalition is not None
    return list(organization.coalition.accepted_forms)


def test_the_holder_left_out_is_the_callers_own(api: Api) -> None:
    """Without a holder, the token's organization is meant."""
    share = {key: value for key, value in examples.ASKED_SHARE.items() if key != "holder"}

    assert api.post(DECISIONS, share, "directory:read").json() == ask(api)


def test_giving_a_number_needs_no_consent(api: Api) -> None:
    """A route, where nothing leaves, is open."""
    assert ask(api, action="route", data=None)["allow"] is True


def test_what_names_nothing_is_a_bad_field(api: Api) -> None:
    """Organizations, agreements and words that are not here are refused by pointer."""
    wrong = {
        "recipient": "no-such", "agreement": "no-such", "consents": [
            {"level": "verbal", "from": "no-such", "to": ["bluestem-haven", "no-such"]}
        ],
    }  # fmt: skip
    response = api.post(DECISIONS, examples.ASKED_SHARE | wrong, "directory:read")

    assert response.status_code == 422
    assert {error["pointer"] for error in response.json()["errors"]} == {
        "/recipient", "/agreement", "/consents/0/from", "/consents/0/to/1",
    }  # fmt: skip
    words = api.post(DECISIONS, examples.ASKED_SHARE | {"action": "gossip", "data": "secrets"}, "directory:read")
    assert {error["pointer"] for error in words.json()["errors"]} == {"/action", "/data"}
    silent = api.post(DECISIONS, examples.ASKED_SHARE | {"data": None}, "directory:read")
    assert silent.status_code == 422


def test_everything_may_be_named_by_its_id(api: Api) -> None:
    """A question that names agencies, form and agreement by their ids is the one that names them by slugs."""
    agreement = next(
        item
        for item in api.get("/v1/agreements?per_page=100", "directory:read").json()["items"]
        if HOTLINE in item["between"]
    )
    recipient = next(party for party in agreement["between"] if party != HOTLINE)
    forms = api.get("/v1/release-forms", "directory:read").json()["items"]
    ids = {slug: api.get(f"/v1/organizations/{slug}", "directory:read").json()["id"] for slug in (HOTLINE, recipient)}

    def decision_on(holder: str, to: str, form: str, under: str) -> dict[str, Any]:
        consent = {
            "form": form, "level": "release", "from": holder, "to": [to], "data": ["identity"], "signers": ["client"],
            "signed_on": "2026-03-01", "ends_on": "2026-06-01",
        }  # fmt: skip
        return ask(api, holder=holder, recipient=to, data="identity", agreement=under, consents=[consent])

    by_slug = [decision_on(HOTLINE, recipient, form["slug"], agreement["slug"]) for form in forms]
    by_id = [decision_on(ids[HOTLINE], ids[recipient], form["id"], agreement["id"]) for form in forms]

    assert by_id == by_slug
    assert len({decision["facts"]["read"]["level"] for decision in by_slug}) > 1  # the form does make a difference


def test_an_unlisted_organization_is_not_there_for_outsiders(api: Api) -> None:
    """Who is no member learns as little of an unlisted organization as of one that does not exist."""
    body = examples.ASKED_SHARE | {"holder": "open-gate-intake"}

    unlisted = api.post(DECISIONS, body | {"recipient": "bluestem-haven"}, "directory:read", organization="stranger")
    missing = api.post(DECISIONS, body | {"recipient": "no-such"}, "directory:read", organization="stranger")

    assert unlisted.status_code == missing.status_code == 422
    assert unlisted.json() == missing.json()


@pytest.mark.parametrize(
    ("model", "example"),
    [
        (AnswerDocument, examples.ANSWER), (CallsDocument, examples.CALLS), (RuleDocument, examples.RULE),
        (DecisionDocument, examples.DECISION),
    ],
)  # fmt: skip
def test_documented_examples_have_the_documented_shape(model: Any, example: Any) -> None:
    """Each example that the description shows is one that its own schema takes."""
    TypeAdapter(model).validate_python(example)


def test_each_states_card_is_shown_with_its_sources_and_what_it_lacks(api: Api) -> None:
    """All of them, or one; a code of no state has none."""
    every = api.get(STATES, "directory:read").json()["states"]

    assert [card["code"] for card in every] == [*policies.load_states()]
    for card in every:
        loaded = policies.load_states()[card["code"]]
        assert [fact["point"] for fact in card["facts"]] == [*loaded.facts]
        assert card["missing"] == [*loaded.missing]
        for fact in card["facts"]:
            assert (fact["line"] is None) is (not fact["lines"]) is (fact["point"] not in policies.LINE_POINTS)
            assert (fact["value"] is None) is (fact["line"] is not None)
            assert (fact["source"], fact["read"]) == (
                loaded.facts[fact["point"]].source, loaded.facts[fact["point"]].read.isoformat()
            )  # fmt: skip
    assert api.get(f"{STATES}?code=us-oh", "directory:read").json()["states"] == [
        card for card in every if card["code"] == "us-oh"
    ]
    assert api.get(f"{STATES}?code=us-zz", "directory:read").json() == {"states": []}
