"""A client who may be a child or an adult, with an adult: what takes no child so may take an adult."""

from __future__ import annotations

import json
from typing import Any

import pytest
from answer.pasting import with_conditions
from loaded import Loader
from oracle import tiny
from possible_worlds import compare_in_worlds

from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths

Document = dict[str, Any]
BED, FOOD = "emergency_shelter", "food"
HUSBAND = {"age": 30, "gender": "male"}


def answer_to(loader: Loader, bundle: Document, profile: Document) -> Document:
    return find_paths(loader.serve(bundle)[1], read_profile(json.dumps(profile).encode()), new_id=lambda: "one")


def bed_of(code: str = BED, **terms: Any) -> Document:
    """Return a service for women with room for two."""
    beds = [{"unit": "bed", "available": 2, "updated": tiny.AT}]
    return tiny.service("bed", code, genders=["female"], capacities=beds, **terms)


def bundle_of(*services: Document) -> Document:
    packs = ["federal", "coalition"]
    home = tiny.organization("hotline", membership="active")
    return tiny.bundle(home, tiny.organization("inn", *services, membership="active"), policy_packs=packs)


def profile_of(code: str = BED, *, age: Any = (16, 40), **facts: Any) -> Document:
    years = {"min": age[0], "max": age[1]}
    return tiny.profile(tiny.need(code), client={"age": years, "with": [HUSBAND]}, facts=facts)


def test_an_age_opens_a_bed_for_two_adults_and_the_house_is_asked_about_the_second(loader: Loader) -> None:
    """The house says nothing of who comes along: of two adults it is asked, and a child is turned away.

    hotline --warm--> inn, if the client is 18 to 40
    """
    bundle, profile = bundle_of(bed_of()), profile_of()
    answer = answer_to(loader, bundle, profile)

    (path,) = answer["conditional_paths"]
    (condition,) = path["conditions"]
    assert answer["paths"] == []
    assert (condition["attribute"], condition["values"]) == ("client.age", "18-40")
    assert [entry["attribute"] for entry in path["steps"][0]["services"][0]["confirm"]] == ["client.with"]
    (open_path,) = answer_to(loader, bundle, with_conditions(profile, path["conditions"]))["paths"]
    assert open_path["steps"][0]["services"] == path["steps"][0]["services"]


@pytest.mark.parametrize("least", [None, 18, 21], ids=str)
def test_the_age_is_asked_for_where_it_opens_a_bed_for_two(loader: Loader, least: int | None) -> None:
    """Also where the house takes adults alone, whoever comes along."""
    limits = {} if least is None else {"minimum_age": least}
    bundle = bundle_of(bed_of(**limits))
    answer = answer_to(loader, bundle, profile_of())

    assert [question["attribute"] for question in answer["questions"]] == ["client.age"]
    assert (answer["lead"]["do"], answer["lead"]["opens"]["slug"]) == ("ask", "inn")


@pytest.mark.parametrize(
    ("code", "terms", "age"),
    [
        (BED, {"companions": False}, (16, 40)),
        (BED, {}, (12, 17)),
        (BED, {"companions": True}, (16, 40)),
        (FOOD, {}, (16, 40)),
    ],
    ids=str,
)
def test_no_age_is_asked_for_where_it_opens_nothing(
    loader: Loader, code: str, terms: Document, age: tuple[int, int]
) -> None:
    """Whoever takes none along stays closed, a child stays a child, and where all are taken nothing was closed."""
    bundle = bundle_of(bed_of(code, **terms))
    answer = answer_to(loader, bundle, profile_of(code, age=age))

    assert (answer["conditional_paths"], answer["questions"]) == ([], [])


@pytest.mark.parametrize("present", [True, False, None], ids=str)
@pytest.mark.parametrize("modes", [["warm"], ["packet", "warm"], ["packet", "self"], ["self", "warm"]], ids="-".join)
def test_who_has_to_be_asked_about_a_companion_gets_no_packet(
    loader: Loader, modes: list[str], present: bool | None
) -> None:
    """A recorded consent lets a packet go, but somebody has to speak with the house. As brute force."""
    bed = bed_of(accepts=modes, intake_data=["identity"])
    bundle = {**bundle_of(bed), "agreements": [tiny.agreement("hotline", "inn")]}
    profile = {**profile_of(client_present=present, may_sign_alone=True), "consents": [tiny.consent("hotline", "inn")]}

    comparison = compare_in_worlds(loader, bundle, profile, 0)

    assert comparison is not None
    attributes = {condition.attribute for path in comparison[1].conditional_paths for condition in path.conditions}  # type: ignore[union-attr]
    assert ("facts.client_present" in attributes) is (present is None and "self" not in modes)
