"""Whose law an answer speaks of: that of the state where the client is, and of no other; who may be owed a report."""

from __future__ import annotations

import json
from typing import Any

import pytest
from answer.test_answer import ask, bundle, consent, organization, service, without_a_state
from loaded import Loader

Document = dict[str, Any]
TRAFFICKED = {"age": 14, "traits": {"sex_trafficking": True}}


def elsewhere() -> Document:
    """A coalition on both sides of a state line: travis is in Texas, caddo is not."""
    coalition = bundle()
    coalition["areas"] += [
        {"code": "us-zz", "name": "Elsewhere"},
        {"code": "caddo", "name": "Caddo", "within": "us-zz"},
    ]
    return coalition


@pytest.mark.parametrize(
    ("packs", "area", "counts"),
    [
        (None, "travis", True),
        (None, "us-tx", True),
        (None, "caddo", False),
        (None, None, False),
        (["federal", "coalition"], "travis", False),
    ],
)
def test_a_states_rules_count_where_the_client_is_in_it(
    loader: Loader, packs: list[str] | None, area: str | None, counts: bool
) -> None:
    """Area not known, and not all of the coalition in the state: no state's law is spoken of."""
    document = elsewhere()
    document["coalition"]["policy_packs"] = packs or document["coalition"]["policy_packs"]

    duties = ask(loader.serve(document)[1], client={**TRAFFICKED, "area": area})["duties"]

    assert [duty["id"] for duty in duties] == (["tx-child-report"] if counts else ["child-report-state-law"])


def test_an_area_that_is_not_known_is_in_the_state_of_a_coalition_that_lies_in_one(loader: Loader) -> None:
    """Wherever the client is in such a coalition, that state's law counts."""
    duties = ask(loader.serve(bundle())[1], client={**TRAFFICKED, "area": None})["duties"]

    assert [duty["id"] for duty in duties] == ["tx-child-report"]


def test_without_the_states_rules_the_duty_says_to_ask(loader: Loader) -> None:
    """It may be owed, nobody knows when and what it holds; who takes reports is named."""
    answer = ask(loader.serve(without_a_state())[1], client=TRAFFICKED)

    (duty,) = answer["duties"]
    assert (duty["certain"], duty["due"], duty["share"], duty["must_hold"]) == (False, None, [], [])
    assert [to["slug"] for to in duty["to"]] == ["cps"]
    assert duty["plain"].startswith("If you suspect")
    assert "Before you report, tell the client if that is safe" in duty["plain"]
    assert "facts that are not known" not in duty["plain"]  # what is not known is the law
    assert [notice["id"] for notice in answer["notices"]][:2] == ["safe-to-talk", "no-state-rules"]


def test_a_sure_adult_brings_no_such_duty(loader: Loader) -> None:
    """The notice stays: it is about all of the state's law."""
    answer = ask(loader.serve(without_a_state())[1], client={"age": 40, "traits": {"sexual_assault": True}})

    assert answer["duties"] == []
    assert "no-state-rules" in {notice["id"] for notice in answer["notices"]}


@pytest.mark.parametrize("area", ["caddo", None])
def test_no_other_states_law_is_anywhere_in_the_answer(loader: Loader, area: str | None) -> None:
    """Not in a rule, an authority, a task, a notice: whatever the client, the consents and the receivers."""
    coalition = elsewhere()
    coalition["organizations"].append(
        organization("college", service("advice", "emergency_shelter"), kind="college", regimes=["ferpa"])
    )
    coalition["organizations"][0]["coalition"]["regimes"] = ["tx_420", "vawa"]
    directory = loader.serve(coalition)[1]

    for age in (14, 30, 70):
        for consents in ([], [consent("release")], [consent("verbal", withdrawn_on="2026-03-02")]):
            client = {"age": age, "traits": {"sexual_assault": True, "disability": True}, "area": area}
            text = json.dumps(ask(directory, client=client, consents=consents, facts={"client_present": True}))
            assert not [word for word in ("Tex.", "Texas", "tx-", "receiver-reports") if word in text]
    assert "Tex" in json.dumps(ask(directory, client={"age": 14, "area": "travis"}))


@pytest.mark.parametrize(
    ("data", "area_names", "areas_left"),
    [
        ("privileged", ["travis"], None),
        ("privileged", ["travis", "caddo"], ["caddo"]),
        ("need", ["travis", "caddo"], ["travis", "caddo"]),
    ],
)
def test_a_conditional_path_waits_only_for_areas_whose_law_lets_it_be(
    loader: Loader, data: str, area_names: list[str], areas_left: list[str] | None
) -> None:
    """What is signed for privileged data elsewhere is not enough in Texas; each area that is listed opens the path."""
    coalition, areas = elsewhere(), [{"name": area} for area in area_names]
    beds = service("beds", "emergency_shelter", accepts=["packet"], intake_data=[data])
    coalition["organizations"][1]["services"] = [{**beds, "service_areas": areas}]
    directory = loader.serve(coalition)[1]

    answer = ask(directory, client={"area": None})

    condition_lists = [path["conditions"] for path in answer["conditional_paths"]]
    waiting = [
        {condition.get("attribute", condition["kind"]): condition for condition in conditions}
        for conditions in condition_lists
    ]
    assert [sorted(by_kind["client.area"]["values"]) for by_kind in waiting] == (
        [] if areas_left is None else [sorted(areas_left)]
    )
    assert answer["complete"]["conditional_paths"] is (areas_left == area_names)
    for by_kind in waiting:
        signed = {key: value for key, value in by_kind["consent"].items() if key not in ("kind", "plain")}
        for area in by_kind["client.area"]["values"]:
            (path,) = ask(directory, client={"area": area}, consents=[signed])["paths"]
            assert [step["mode"] for step in path["steps"]] == ["packet"]


def test_a_conditional_path_names_the_tasks_of_the_law_where_the_client_then_is(loader: Loader) -> None:
    """The shelter must report a child: with the area of the condition, that is the law of Texas."""
    coalition = elsewhere()
    coalition["organizations"][1]["services"][0]["service_areas"] = [{"name": "travis"}]

    (path,) = ask(loader.serve(coalition)[1], client={"age": 14, "area": None})["conditional_paths"]

    assert "receiver-reports" in {task["id"] for step in path["steps"] for task in step["obligations"]}


@pytest.mark.parametrize(
    ("reporter", "client", "words"),
    [
        ("child", {"age": 15}, "of a child that"),
        ("child", {"age": 40}, None),
        ("child_and_adult", {"age": 15}, "of a child that"),
        ("child_and_adult", {"age": 70}, "of an older adult or of one who cannot protect themselves that"),
        ("child_and_adult", {"age": 40}, None),
        ("child_and_adult", {"age": 40, "traits": {"disability": True}}, "report abuse of an older adult"),
        ("child_and_adult", {"age": None}, "of a child that"),
        ("child_and_adult", {"age": {"min": 17, "max": 65}}, "of a child or of an older adult"),
        ("none", {"age": 15}, None),
    ],
)
def test_a_receivers_duty_says_about_whom(loader: Loader, reporter: str, client: Document, words: str | None) -> None:
    """It is left out where the client is surely nobody whom that agency has to report."""
    coalition = bundle()
    coalition["organizations"][1]["coalition"]["reporter"] = reporter

    sentence = _tasks(ask(loader.serve(coalition)[1], client=client)).get("receiver-reports")

    if words is None:
        assert sentence is None
    else:
        assert sentence is not None
        assert words in sentence


def test_an_adult_who_can_protect_themselves_is_not_spoken_of(loader: Loader) -> None:
    """Under 65, and known to be able to: there is nobody to report."""
    coalition = bundle()
    coalition["organizations"][1]["coalition"]["reporter"] = "child_and_adult"

    answer = ask(loader.serve(coalition)[1], client={"age": 40}, facts={"adult_protection": False})

    assert "receiver-reports" not in _tasks(answer)


def _tasks(document: Document) -> dict[str, str]:
    return {task["id"]: task["plain"] for task in document["paths"][0]["steps"][0]["obligations"]}


@pytest.mark.parametrize(
    ("age", "traits", "tasks_told"),
    [
        (15, {}, {"tx-harboring-runaway", "tx-unaccompanied-15-days", "rhy-family-contact"}),
        (15, {"runaway": False}, {"tx-unaccompanied-15-days", "rhy-family-contact"}),
        (30, {}, set()),
    ],
)
def test_a_young_person_hears_before_the_call_what_a_shelter_has_to_do(
    loader: Loader, age: int, traits: Document, tasks_told: set[str]
) -> None:
    """Contact with the family, harboring, fifteen days: the client hears of each before the call."""
    coalition = bundle()
    coalition["organizations"][1]["coalition"] |= {"kind": "youth_program", "regimes": ["rhy_basic"]}
    directory = loader.serve(coalition)[1]

    tasks = _tasks(ask(directory, client={"age": age, "traits": traits}))

    young = {"tx-harboring-runaway", "tx-unaccompanied-15-days", "rhy-family-contact"}
    assert tasks.keys() & young == tasks_told
    assert all("Tell the young person before the call" in tasks[task] for task in tasks_told)
    assert {task for task in young if directory.rulebook.rule(task).to_be_confirmed} == {"tx-harboring-runaway"}


@pytest.mark.parametrize(
    ("need", "tasks_told"),
    [
        ("emergency_shelter", {"tx-harboring-runaway", "tx-unaccompanied-15-days", "rhy-family-contact"}),
        ("case_management", {"rhy-family-contact"}),
        ("interpretation", set()),
    ],
)
def test_only_whoever_takes_in_a_young_person_has_what_a_shelter_has_to_do(
    loader: Loader, need: str, tasks_told: set[str]
) -> None:
    """Nobody is harbored by a case worker, and an interpreter of the same house reaches no family."""
    coalition = bundle()
    coalition["organizations"][1]["coalition"] |= {"kind": "youth_program", "regimes": ["rhy_basic"]}
    coalition["organizations"][1]["services"][0]["referral"]["types"] += ["case_management", "interpretation"]
    changes = {"client": {"age": 15, "traits": {}}, "needs": [{"type": need, "urgency": "now"}]}

    tasks = _tasks(ask(loader.serve(coalition)[1], **changes))

    assert tasks.keys() & {"tx-harboring-runaway", "tx-unaccompanied-15-days", "rhy-family-contact"} == tasks_told


@pytest.mark.parametrize("danger", ["imminent", "medical"])
@pytest.mark.parametrize("avoid", [[], ["law_enforcement"]])
def test_911_asks_first_and_knows_who_is_refused(loader: Loader, danger: str, avoid: list[str]) -> None:
    """Where there is time the client is asked; where they refuse the police, what else answers is named."""
    answer = ask(loader.serve(bundle())[1], facts={"danger": danger}, avoid=avoid)

    first, second = answer["notices"][:2]
    assert (first["id"], second["id"]) == (f"danger-{danger}", "safe-to-talk")
    assert "Ask the client first, if there is time" in first["plain"]
    assert ("an ambulance or a fire crew" in first["plain"]) is bool(avoid)


def test_a_report_says_first_what_it_must_hold(loader: Loader) -> None:
    """Then, as a limit, what may be in it if the law calls for it."""
    (duty,) = ask(loader.serve(bundle())[1], client=TRAFFICKED)["duties"]

    must = ["identity", "contact_location", "narrative"]
    assert duty["must_hold"] == duty["share"][:3] == must
    assert set(duty["share"][3:]) >= {"need", "health"}
    hold, limit = (
        duty["plain"].index("It has to hold"),
        duty["plain"].index("Nothing more, unless the law calls for it"),
    )
    assert hold < limit < duty["plain"].index("health details")
