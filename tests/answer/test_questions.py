"""The next question: each one changes something, none that changes the best path is left out, and none presses.

Answers are worked out again by the brute force of `tests/oracle`, which shares no line with the search.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from answer import test_answer as answering
from answer.invented import certain_reports, draw_instance
from length import draws, enough
from loaded import Loader
from oracle import brute, tiny

from service import demo
from service.answers.profile import NeedsProfile, read_profile
from service.answers.use_cases.find_paths import find_paths
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.documents.document import parse_document
from service.i18n import questions as wording

Document = dict[str, Any]

SEEDS = range(30_000, 30_000 + max(draws(60), int(os.environ.get("ORACLE_N", "0")) // 8))
GENDERS = ("female", "male", "transgender_female", "transgender_male", "nonbinary")


@pytest.fixture(scope="module")
def directory(loader: Loader) -> DirectorySnapshot:
    """The demo coalition."""
    return loader.serve(parse_document(demo.coalition_bytes())[0])[1]


def ask(directory: DirectorySnapshot, profile: Document | NeedsProfile, **more: Any) -> Document:
    needs_profile = profile if isinstance(profile, NeedsProfile) else read_profile(json.dumps(profile).encode())
    return find_paths(directory, needs_profile, **more)


def answers_to(bundle: Document, profile: Document, attribute: str) -> list[Document]:
    """Return the profile with an attribute answered in every way there is; ages year by year."""
    client, traits = profile["client"], profile["client"]["traits"]
    name = attribute.rpartition(".")[2]
    if attribute == "client.age":
        age = client["age"] or {"min": 0, "max": 120}
        return [{**profile, "client": {**client, "age": year}} for year in range(age["min"], age["max"] + 1)]
    if attribute == "client.gender":
        return [{**profile, "client": {**client, "gender": gender}} for gender in GENDERS]
    if attribute == "client.languages":
        spoken = {
            row["code"] for org in bundle["organizations"] for s in org["services"] for row in s.get("languages") or ()
        }
        return [{**profile, "client": {**client, "languages": [tag]}} for tag in sorted({"en", *spoken})]
    if attribute == "client.area":
        return [{**profile, "client": {**client, "area": area["code"]}} for area in bundle["areas"]]
    if attribute.startswith("client.traits."):
        return [{**profile, "client": {**client, "traits": {**traits, name: yes}}} for yes in (True, False)]
    values: tuple[Any, ...] = (True, False)
    if name == "guardian":
        values = ("none", "safe_parent", "suspected_parent_only", "court_safe", "court_suspected", "state_conservator")
    return [{**profile, "facts": {**profile["facts"], name: value}} for value in values]


def is_unknown(profile: Document, attribute: str) -> bool:
    client = profile["client"]
    if attribute == "client.age":
        return client["age"] is None or isinstance(client["age"], dict)
    if attribute.startswith("client.traits."):
        return client["traits"].get(attribute.rpartition(".")[2]) is None
    if attribute == "client.area":
        return client["area"] in (None, "us-tx", "travis")  # travis holds austin
    if attribute.startswith("facts."):
        return profile["facts"].get(attribute.removeprefix("facts.")) is None
    return not client[attribute.removeprefix("client.")]


def steps_by_oracle(directory: DirectorySnapshot, bundle: Document, profile: Document) -> list[Any]:
    """Return what brute force finds: the steps of each path, best first, with the reports owed as the profile is."""
    reports = certain_reports(directory, profile)
    return [(path.steps, path.parts) for path in brute.alternatives(bundle, {**profile, "reports": reports}, None)]


def changes_a_path(directory: DirectorySnapshot, bundle: Document, profile: Document, attribute: str) -> bool:
    now = steps_by_oracle(directory, bundle, profile)
    return any(steps_by_oracle(directory, bundle, variant) != now for variant in answers_to(bundle, profile, attribute))


def changes_a_path_with_another(
    directory: DirectorySnapshot, bundle: Document, profile: Document, attribute: str
) -> bool:
    """Return whether an answer changes a path together with an answer about another unknown fact."""
    now = steps_by_oracle(directory, bundle, profile)
    others = ["facts.may_sign_alone", *(f"client.traits.{trait}" for trait in profile["client"]["traits"])]
    return any(
        steps_by_oracle(directory, bundle, both) != now
        for variant in answers_to(bundle, profile, attribute)
        for other in others
        if other != attribute and is_unknown(variant, other)
        for both in answers_to(bundle, variant, other)
    )


def betters_the_first(directory: DirectorySnapshot, bundle: Document, profile: Document, attribute: str) -> bool:
    """Say whether some answer makes the best path a better one: no closed door and no list cut short does that.

    That a trait is not so only saves an agency its own question, which is none of ours.
    """

    def best(asked: Document) -> Any:
        return brute.alternatives(bundle, {**asked, "reports": certain_reports(directory, asked)}, 1)

    now, trait = best(profile), attribute.rpartition(".")[2]
    variants = [
        variant
        for variant in answers_to(bundle, profile, attribute)
        if variant["client"]["traits"].get(trait) is not False
    ]
    after = [best(variant) for variant in variants]
    return any(paths and (not now or paths[0].key < now[0].key) for paths in after)


def test_what_is_asked_changes_something_and_what_changes_most_is_asked(loader: Loader) -> None:
    """On random coalitions every question about paths changes some path, and none that changes the first is missing.

    Where a consent is on record, who may sign changes what may be said as well as the paths; those are left out here.
    """
    questions_held = questions_absent = 0
    attributes = [
        "client.age", "client.gender", "client.languages", "facts.client_present",
        *(f"client.traits.{trait}" for trait in ("foreign_national", "pregnant", "suspected_exploiter_household")),
    ]  # fmt: skip
    for seed in SEEDS:
        bundle, directory, raw, as_read = draw_instance(loader, seed)
        profile = {**as_read, "consents": []}
        answer = ask(directory, {**raw, "consents": []})
        questions = {question["attribute"]: question for question in answer["questions"]}
        assert answer["complete"]["questions"]
        for attribute in attributes:
            by_systems = directory.snapshot.organization(raw["origin"]).basis == "systems"
            if not is_unknown(profile, attribute) or (by_systems and attribute == "client.traits.foreign_national"):
                assert attribute not in questions
            elif attribute in questions:
                questions_held += 1
                takes_several = questions[attribute]["would_change"] == wording.WITH_OTHERS
                check = changes_a_path_with_another if takes_several else changes_a_path
                assert check(directory, bundle, profile, attribute), (seed, attribute)
            elif len(questions) < 5:
                questions_absent += 1
                assert not betters_the_first(directory, bundle, profile, attribute), (seed, attribute)
    assert enough(questions_held, 5)
    assert enough(questions_absent, 50)


def test_the_most_useful_question_comes_first(loader: Loader) -> None:
    """Two beds wait: one for an answer about age, which only comes nearer; one for gender, which opens the need."""
    bundle = loadable(
        tiny.organization("hotline"),
        tiny.organization("slow", tiny.service("soup", "food", response_time="PT9H")),
        tiny.organization("quick", tiny.service("bread", "food", maximum_age=20)),
        tiny.organization("inn", tiny.service("bed", "emergency_shelter", genders=["female"])),
    )
    profile = tiny.profile(tiny.need("food"), tiny.need("emergency_shelter"), client={"age": None, "gender": None})

    questions = ask(loader.serve(bundle)[1], profile)["questions"]

    assert [question["attribute"] for question in questions] == ["client.gender", "client.age"]
    assert questions[0]["would_change"] == "The answer may open more. If female: emergency shelter at inn."
    assert questions[1]["would_change"] == "The answer may open more. If 20 or younger: one more way, through quick."


def test_two_answers_that_only_help_together_are_both_asked(loader: Loader) -> None:
    """A bed for women under 21, where neither is known: no single answer opens it; the age leads."""
    bed = tiny.service("bed", "emergency_shelter", genders=["female"], maximum_age=20)
    bundle = loadable(tiny.organization("hotline"), tiny.organization("inn", bed))
    profile = tiny.profile(tiny.need("emergency_shelter"), client={"age": None, "gender": None})

    answer = ask(loader.serve(bundle)[1], profile)

    assert [question["attribute"] for question in answer["questions"]] == ["client.age", "client.gender"]
    assert {question["would_change"] for question in answer["questions"]} == {wording.WITH_OTHERS}
    assert (answer["lead"]["do"], answer["lead"]["ask"], answer["lead"]["opens"]) == (
        "ask",
        answer["questions"][0],
        None,
    )
    assert [condition["attribute"] for condition in answer["conditional_paths"][0]["conditions"]] == [
        "client.age",
        "client.gender",
    ]


def loadable(*organizations: Document) -> Document:
    bundle = tiny.bundle(
        *({**organization, "description": "An invented organization."} for organization in organizations)
    )
    packs = {"policy_packs": ["federal", "us-tx", "coalition"]}
    form = {"languages": ["en"], "marks": [], "elements": ["who", "whom", "what", "why", "date", "signature"]}
    forms = [{**blank, **form} for blank in bundle["release_forms"]]
    return {**bundle, "coalition": {**bundle["coalition"], **packs}, "release_forms": forms}


@pytest.mark.parametrize("name", demo.profile_names())
def test_every_question_of_the_demo_is_fit_to_ask(directory: DirectorySnapshot, name: str) -> None:
    """At most five, each about something unknown, each a neutral sentence that ends in a question mark."""
    profile = read_profile(demo.profile_bytes(name))

    questions = ask(directory, profile)["questions"]

    assert len(questions) <= 5
    assert len({question["attribute"] for question in questions}) == len(questions)
    for question in questions:
        assert question["text"].endswith("?")
        assert "why" not in question["text"].lower().split()
        assert question["style"] in ("open", "closed")
        assert question["would_change"]


@pytest.mark.parametrize(
    ("attribute", "values", "words"),
    [
        ("client.age", ((11, 13), (14, 17)), "11 to 17"),
        ("client.age", ((18, 120), (9, 9)), "9 or 18 or older"),
        ("client.gender", ("transgender_female",), "a trans woman or girl"),
        ("client.languages", ("es",), "Spanish"),
        ("facts.guardian", ("safe_parent",), "a safe parent"),
        ("facts.client_present", (True,), "yes"),
    ],
)
def test_answers_are_said_as_people_say_them(attribute: str, values: tuple[Any, ...], words: str) -> None:
    """Ages that touch are one; codes are words."""
    assert wording.possible_answer(attribute, values, {}) == words


def test_an_answer_that_may_bring_a_report_says_so_before(directory: DirectorySnapshot) -> None:
    """Seventeen or eighteen: before the age is asked, the client hears what may have to be reported."""
    questions = ask(directory, read_profile(demo.profile_bytes("02-seventeen-turning-eighteen")))["questions"]

    assert {question["attribute"]: question["before"] for question in questions}["client.age"] == wording.BEFORE_ASKING


@pytest.mark.parametrize("age", [None, {"min": 17, "max": 18}, 15, 30])
def test_what_opens_no_path_is_not_asked(loader: Loader, age: Any) -> None:
    """The duty goes with the age, and no path does: the agency meets the client, and the answer says what may apply."""
    bundle = loadable(tiny.organization("hotline", tiny.service("own", "food"), reporter="child"))

    answer = ask(loader.serve(bundle)[1], tiny.profile(tiny.need("food"), client={"age": age}))

    assert answer["questions"] == []
    assert [duty["id"] for duty in answer["duties"]] == ([] if age == 30 else ["tx-child-report"])


def test_an_adult_is_asked_without_a_warning(directory: DirectorySnapshot) -> None:
    """Nothing that an adult of 30 says creates the report on a child."""
    profile = read_profile(demo.profile_bytes("03-eighteen-last-week"))
    client = profile.client.model_copy(
        update={"age": type(profile.client).model_validate({"age": 30}).age, "gender": None}
    )

    questions = ask(directory, profile.model_copy(update={"client": client}))["questions"]

    assert {question["before"] for question in questions} <= {None}


@pytest.mark.parametrize(
    ("attribute", "service", "client", "origin"),
    [
        ("client.traits.disability", {"only": ["disability"]}, {"traits": {"domestic_violence": True}}, {}),
        ("client.age", {"minimum_age": 62}, {"age": {"min": 60, "max": 70}, "traits": {"sexual_assault": True}}, {}),
        ("client.traits.domestic_violence", {"only": ["domestic_violence"]}, {"age": 70}, {}),
        (
            "client.traits.runaway",
            {"only": ["runaway"]},
            {"age": 15, "traits": {"in_foster_care": True}},
            {"basis": "systems", "kind": "child_welfare"},
        ),
    ],
)
def test_any_answer_that_may_create_a_duty_says_so_before(
    loader: Loader, attribute: str, service: Document, client: Document, origin: Document
) -> None:
    """Not reports on children alone: also those on adults whom the law protects, and an official's own notices."""
    bundle = loadable(
        tiny.organization("hotline", **origin),
        tiny.organization("inn", tiny.service("bed", "emergency_shelter", **service)),
    )
    profile = tiny.profile(tiny.need("emergency_shelter"), client=client)

    questions = {question["attribute"]: question for question in ask(loader.serve(bundle)[1], profile)["questions"]}

    assert questions[attribute]["before"] == wording.BEFORE_ASKING


@pytest.mark.parametrize("trait", ["foreign_national", "substance_use", "on_probation", "sex_trafficking"])
def test_the_staff_of_systems_are_never_asked_to_ask(loader: Loader, trait: str) -> None:
    """What an advocate may ask, an officer may not: the same bed, the same client, another kind of origin."""
    attributes = {}
    for basis, kind in (("community", "victim_services"), ("systems", "law_enforcement")):
        bundle = loadable(
            tiny.organization("hotline", basis=basis, kind=kind),
            tiny.organization("inn", tiny.service("bed", "emergency_shelter", only=[trait])),
        )
        answer = ask(loader.serve(bundle)[1], tiny.profile(tiny.need("emergency_shelter")))
        attributes[basis] = [question["attribute"] for question in answer["questions"]]

    assert f"client.traits.{trait}" in attributes["community"]
    assert f"client.traits.{trait}" not in attributes["systems"]


def test_when_time_is_over_the_rest_is_not_asked(loader: Loader) -> None:
    """`complete` says so; the paths stand."""
    bundle = loadable(
        tiny.organization("hotline"),
        tiny.organization("slow", tiny.service("soup", "food", response_time="PT9H")),
        tiny.organization("quick", tiny.service("bread", "food", maximum_age=20)),
    )
    profile = tiny.profile(tiny.need("food"), client={"age": None})
    directory = loader.serve(bundle)[1]
    whole = ask(directory, profile)

    answer = ask(directory, profile, questions_within_ms=0)

    assert [question["attribute"] for question in whole["questions"]] == ["client.age"]
    assert (answer["questions"], answer["complete"]["questions"]) == ([], False)
    assert answer["paths"] == whole["paths"]


@pytest.mark.parametrize(("danger", "attributes"), [("none", ["client.age"]), ("imminent", []), ("medical", [])])
def test_the_question_that_leads_is_owed_whatever_the_time(loader: Loader, danger: str, attributes: list[str]) -> None:
    """With no time at all it is found where no bed is open; in danger 911 leads, and no question is owed."""
    bundle = loadable(
        tiny.organization("hotline"),
        tiny.organization("inn", tiny.service("bed", "emergency_shelter", maximum_age=20)),
    )
    profile = tiny.profile(tiny.need("emergency_shelter"), client={"age": None}, facts={"danger": danger})

    answer = ask(loader.serve(bundle)[1], profile, questions_within_ms=0)

    assert [question["attribute"] for question in answer["questions"]] == attributes
    assert answer["complete"]["questions"] is False
    assert answer["lead"]["do"] == ("ask" if attributes else "emergency")


def test_the_lead_is_the_same_whatever_the_time(loader: Loader, say: Callable[[str], None]) -> None:
    """On invented coalitions: who or what leads, and where the answer to the question leads to, need no time."""
    led_by_question = 0
    for seed in SEEDS:
        _, directory, profile, _ = draw_instance(loader, seed)
        whole, hurried = ask(directory, profile), ask(directory, profile, questions_within_ms=0)

        assert without_effects(hurried["lead"]) == without_effects(whole["lead"]), seed
        if whole["lead"]["do"] == "ask":
            assert hurried["questions"][0]["attribute"] == whole["questions"][0]["attribute"], seed
            led_by_question += 1
    say(f"{led_by_question} of {len(SEEDS)} coalitions are led by a question")
    assert enough(led_by_question, 0)


NOBODY_SIGNS = {"client_present": False, "guardian": "none", "may_sign_alone": False, "emancipated": False}
BY_PACKET = {"accepts": ["packet"], "intake_data": ["identity"]}


@pytest.mark.parametrize(("within_ms", "complete"), [(100_000, True), (0, False)])
def test_an_answer_that_lets_a_packet_go_leads_whatever_the_time(
    loader: Loader, within_ms: int, complete: bool
) -> None:
    """From 18 on the recorded consent counts; what an age opens besides, dearer, is looked at as things stand."""
    bundle = loadable(
        tiny.organization("hotline"),
        tiny.organization("inn", tiny.service("bed", "emergency_shelter", **BY_PACKET)),
        tiny.organization("pantry", tiny.service("soup", "food")),
        tiny.organization("slow", tiny.service("stew", "food", minimum_age=18, response_time="PT9H")),
    )
    needs, signed = [tiny.need("emergency_shelter"), tiny.need("food", required=False)], tiny.consent("hotline", "inn")
    profile = tiny.profile(*needs, client={"age": None}, facts=NOBODY_SIGNS, consents=[signed])

    answer = ask(loader.serve(bundle)[1], profile, questions_within_ms=within_ms)

    assert (answer["lead"]["do"], answer["lead"]["ask"]["attribute"]) == ("ask", "client.age")
    assert answer["complete"]["questions"] is complete


def test_a_list_that_is_cut_after_its_first_path_is_not_said_to_be_complete(loader: Loader) -> None:
    """Two beds open from 18 on; out of time the first alone is found, and that is said."""
    bundle = loadable(
        tiny.organization("hotline"),
        tiny.organization(
            "jail", tiny.service("cell", "emergency_shelter"), basis="systems", kind="law_enforcement", regimes=[]
        ),
        tiny.organization("inn", tiny.service("bed", "emergency_shelter", **BY_PACKET)),
        tiny.organization("hut", tiny.service("cot", "emergency_shelter", **BY_PACKET)),
    )
    signed = tiny.consent("hotline", "inn", "hut")
    profile = tiny.profile(tiny.need("emergency_shelter"), client={"age": None}, facts=NOBODY_SIGNS, consents=[signed])
    directory = loader.serve(bundle)[1]

    whole, hurried = ask(directory, profile), ask(directory, profile, questions_within_ms=0)

    assert "hut and inn" in whole["questions"][0]["would_change"]
    assert "hut and inn" not in hurried["questions"][0]["would_change"]
    assert (whole["complete"]["questions"], hurried["complete"]["questions"]) == (True, False)


def test_answers_that_bring_the_same_report_open_what_each_of_them_opens(loader: Loader) -> None:
    """Each of three traits makes a report certain; the bed is for one of them alone. Of an adult: no child is asked."""
    hotline = tiny.organization("hotline")
    line = tiny.organization(
        "cps", tiny.service("line", "adult_protection_report"), basis="systems", kind="child_welfare", regimes=[]
    )
    bed = tiny.service("bed", "emergency_shelter", only=["sex_trafficking"])
    needs = [tiny.need("emergency_shelter"), tiny.need("adult_protection_report", "this_week")]
    client = {"age": 70, "traits": {"sex_trafficking": None, "labor_trafficking": None}}
    profile = tiny.profile(*needs, client=client, facts={**NOBODY_SIGNS, "guardian": "unavailable"})

    answer = ask(loader.serve(loadable(hotline, line, tiny.organization("inn", bed)))[1], profile)

    assert answer["lead"]["ask"]["attribute"] == "client.traits.sex_trafficking"
    attributes = {question["attribute"] for question in answer["questions"] if "at inn" in question["would_change"]}
    assert attributes == {"client.traits.sex_trafficking"}


def without_effects(lead: Document) -> Document:
    """Return a lead without what else the answer to its question would change."""
    question = lead["ask"]
    return {**lead, "ask": None if question is None else {**question, "would_change": None}}


# -- the area, its state's law, and reports -------------------------------------------------------------------------


def two_states(*organizations: Document) -> Document:
    """A coalition on both sides of a state line: travis is in Texas, caddo is not."""
    coalition = answering.bundle()
    coalition["areas"] += [
        {"code": "us-zz", "name": "Elsewhere"},
        {"code": "caddo", "name": "Caddo", "within": "us-zz"},
    ]
    coalition["organizations"] += organizations
    return coalition


def in_travis(slug: str, service_type: str, **more: Any) -> Document:
    """An organization with a single service, for travis alone."""
    offer = answering.service(f"{slug}-service", service_type, **more.pop("referral", {}))
    return answering.organization(slug, {**offer, "service_areas": [{"name": "travis"}]}, **more)


def questions_of(document: Document) -> dict[str, Document]:
    return {question["attribute"]: question for question in document["questions"]}


def answer_of(directory: DirectorySnapshot, **changes: Any) -> Document:
    return ask(directory, answering.profile(**changes))


def test_a_question_about_the_area_is_judged_by_the_law_of_the_area(loader: Loader) -> None:
    """A verbal consent to privileged data, which Texas does not take for enough: no question leads to a shut door."""
    counsel = in_travis(
        "counsel", "legal_civil", kind="legal", referral={"accepts": ["packet"], "intake_data": ["privileged"]}
    )
    bundle = two_states(counsel)
    bundle["agreements"].append({**bundle["agreements"][0], "id": "signed", "between": ["hotline", "counsel"]})
    directory = loader.serve(bundle)[1]
    consent = answering.consent("verbal", form=None, to=["counsel"], data=["privileged"])
    changes: Document = {"needs": [{"type": "legal_civil", "urgency": "now"}], "consents": [consent]}

    document = answer_of(directory, client={"area": None}, **changes)

    assert answer_of(directory, client={"area": "travis"}, **changes)["paths"] == []
    assert questions_of(document) == {}
    assert document["lead"]["do"] != "ask"


def where_police_stand_in(bundle: Document) -> Document:
    """Return a coalition whose child protection is closed, and whose police take nobody from others but reports."""
    for organization in bundle["organizations"]:
        for service in organization["services"]:
            if "child_protection_report" in service["referral"]["types"]:
                service["schedules"] = [{"freq": "WEEKLY", "byday": "SU", "opens_at": "08:00", "closes_at": "09:00"}]
            if "law_enforcement_report" in service["referral"]["types"]:
                service["referral"]["accepts_from"] = ["court"]
    return bundle


def test_the_law_of_an_area_alone_may_make_the_question(loader: Loader) -> None:
    """The receiver of reports is everywhere, and takes only what the law asks for: in Texas a report is owed."""
    directory = loader.serve(where_police_stand_in(two_states()))[1]
    client = {"age": 14, "traits": {"sex_trafficking": True}}
    changes: Document = {"needs": [{"type": "law_enforcement_report", "urgency": "today"}]}

    document = answer_of(directory, client={**client, "area": None}, **changes)

    assert document["paths"] == []
    assert questions_of(document)["client.area"]["would_change"].endswith(
        "If Texas: report to law enforcement at Police."
    )
    for area, modes in (("us-tx", ["report"]), ("caddo", [])):
        paths = answer_of(directory, client={**client, "area": area}, **changes)["paths"]
        assert [step["mode"] for path in paths[:1] for step in path["steps"]] == modes


@pytest.mark.parametrize(
    ("client", "duties"),
    [
        ({"age": 14, "traits": {"sex_trafficking": True}}, ["tx-child-report"]),
        ({"age": 70, "traits": {"sexual_assault": True}}, ["tx-adult-report"]),
        ({"age": 30, "traits": {"sexual_assault": True}}, []),
    ],
)
def test_an_area_whose_law_asks_for_a_report_is_asked_about_with_a_warning(
    loader: Loader, client: Document, duties: list[str]
) -> None:
    """Travis brings the law of Texas, and its duty with it."""
    bundle = two_states()
    bundle["organizations"][1]["services"][0]["service_areas"] = [{"name": "travis"}]
    directory = loader.serve(bundle)[1]

    question = questions_of(answer_of(directory, client={**client, "area": None}))["client.area"]

    duties_in_travis = answer_of(directory, client={**client, "area": "travis"})["duties"]
    assert [duty["id"] for duty in duties_in_travis if duty["certain"]] == duties
    assert question["before"] == (wording.BEFORE_ASKING if duties else None)


def test_a_question_about_the_area_moves_nobody(loader: Loader) -> None:
    """From travis another kitchen is nearer than the first, and what opens there is too slow: nothing to ask."""
    bundle = answering.bundle()
    bundle["areas"].append({"code": "far", "name": "Far", "within": "us-tx", "latitude": 33.0, "longitude": -97.0})
    for slug, latitude, areas, pace in (
        ("quick", 33.0, [], "PT0S"),
        ("near", 30.0, [], "PT1H"),
        ("slow", 30.0, [{"name": "travis"}], "P30D"),
    ):
        offer = {**answering.service(f"{slug}-service", "food", response_time=pace), "service_areas": areas}
        place = {"id": f"{slug}-place", "location_type": "physical", "latitude": latitude, "longitude": -97.0}
        kitchen = answering.organization(slug, {**offer, "service_at_locations": [{"location_id": place["id"]}]})
        bundle["organizations"].append({**kitchen, "locations": [place]})
    directory = loader.serve(bundle)[1]
    changes: Document = {"needs": [{"type": "food", "urgency": "now"}], "limit": 1}

    now = answer_of(directory, client={"area": None}, **changes)
    in_travis_now = answer_of(directory, client={"area": "travis"}, **changes)

    first = [answer["paths"][0]["steps"][0]["to"]["slug"] for answer in (now, in_travis_now)]
    assert first == ["quick", "near"]
    assert questions_of(now) == {}


@pytest.mark.parametrize(
    ("client", "attribute", "answer"),
    [
        ({"age": 70, "traits": {}}, "client.traits.sex_trafficking", {"age": 70, "traits": {"sex_trafficking": True}}),
        (
            {"age": None, "traits": {"sex_trafficking": True}},
            "client.age",
            {"age": 17, "traits": {"sex_trafficking": True}},
        ),
        (
            {"age": {"min": 60, "max": 70}, "traits": {"sexual_assault": True}},
            "client.age",
            {"age": 65, "traits": {"sexual_assault": True}},
        ),
    ],
)
def test_an_answer_that_makes_a_report_certain_opens_the_report(
    loader: Loader, client: Document, attribute: str, answer: Document
) -> None:
    """The police take no hand-off from the hotline, and any report that the hotline owes where nobody else is open."""
    directory = loader.serve(where_police_stand_in(answering.bundle()))[1]
    changes: Document = {"needs": [{"type": "law_enforcement_report", "urgency": "today"}]}

    document = answer_of(directory, client=client, **changes)

    assert document["paths"] == []
    question = questions_of(document)[attribute]
    assert question["would_change"].endswith("report to law enforcement at Police.")
    assert question["before"] == wording.BEFORE_ASKING
    assert document["lead"]["opens"]["slug"] == "police"
    (path,) = answer_of(directory, client=answer, **changes)["paths"]
    assert [(step["to"]["slug"], step["mode"]) for step in path["steps"]] == [("police", "report")]
