"""The last line to call for each open need, in the documented order, and what it may report."""

from __future__ import annotations

from typing import Any

import pytest
from answer.test_answer import ask, bundle
from loaded import Loader

HOTLINE, DOMESTIC, RAINN, RUNAWAY, LOCAL, EMERGENCY = (
    "1-888-373-7888", "1-800-799-7233", "1-800-656-4673", "1-800-786-2929", "211", "911",
)  # fmt: skip


def lines(loader: Loader, needs: list[str], client: dict[str, Any], own: list[Any] | None = None) -> dict[str, Any]:
    """An answer where nobody meets any of the needs."""
    nobody = bundle()
    nobody["organizations"] = nobody["organizations"][:1]
    nobody["agreements"] = []
    if own is not None:
        nobody["coalition"]["fallback_lines"] = own
    else:
        nobody["coalition"].pop("fallback_lines", None)
    return ask(
        loader.serve(nobody)[1], needs=[{"type": need, "urgency": "today"} for need in needs],
        client={"age": 30, **client}, facts={"guardian": "safe_parent"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("need", "age", "traits", "phone"),
    [
        ("medical_emergency", 30, {"sex_trafficking": True}, EMERGENCY),
        ("food", 30, {"sex_trafficking": True}, LOCAL),
        ("transitional_housing", 30, {}, LOCAL),
        ("mental_health", 30, {"labor_trafficking": True, "domestic_violence": True}, HOTLINE),
        ("emergency_shelter", 30, {"domestic_violence": True, "sexual_assault": True}, DOMESTIC),
        ("emergency_shelter", 30, {"sexual_assault": True}, RAINN),
        ("emergency_shelter", 16, {"runaway": True}, RUNAWAY),
        ("emergency_shelter", 30, {"runaway": True}, HOTLINE),
        ("legal_civil", 30, {}, HOTLINE),
        ("mental_health", 30, {}, LOCAL),
    ],
)
def test_each_open_need_has_its_last_line(
    loader: Loader, need: str, age: int, traits: dict[str, bool], phone: str
) -> None:
    """The first that fits, and none twice."""
    answer = lines(loader, [need], {"age": age, "traits": traits})

    assert [line["phone"] for line in answer["fallback_lines"]] == [phone]


def test_the_lead_calls_the_line_of_the_first_pressing_need(loader: Loader) -> None:
    """All lines are there, once each, the coalition's first; two needs of one line make one."""
    traits = {"domestic_violence": True}
    answer = lines(loader, ["food", "emergency_shelter", "victim_advocacy"], {"traits": traits})
    own = lines(loader, ["food", "emergency_shelter"], {"traits": traits}, [{"name": "Ours", "phone": "555-0111"}])

    assert sorted(line["phone"] for line in answer["fallback_lines"]) == sorted([LOCAL, DOMESTIC])
    assert answer["lead"]["phone"] == answer["fallback_lines"][0]["phone"]
    assert own["fallback_lines"][0]["phone"] == "555-0111"
    assert {line["phone"] for line in own["fallback_lines"]} == {"555-0111", LOCAL, DOMESTIC}


def test_a_line_for_some_types_comes_first_for_them_and_never_for_others(loader: Loader) -> None:
    """Need by need: the coalition's lines for it, those for every need, then the first that fits."""
    beds = {"name": "Beds", "phone": "555-0112", "for": ["emergency_shelter", "hotel_stay"]}
    own = [
        {"name": "Ours", "phone": "555-0111"},
        beds,
        {"name": "Lawyers", "phone": "555-0113", "for": ["legal_civil"]},
    ]

    def called(needs: list[str], own_lines: list[Any]) -> tuple[str, list[str]]:
        answer = lines(loader, needs, {"traits": {"domestic_violence": True}}, own_lines)
        (tries,) = [[entry["phone"] for entry in item["try"]] for item in answer["call_sheet"]
                    if item["kind"] == "none" and item["need"] == needs[0]]  # fmt: skip
        assert tries[0] == answer["lead"]["phone"]
        return tries[0], [line["phone"] for line in answer["fallback_lines"]]

    assert called(["emergency_shelter"], own) == ("555-0112", ["555-0112", "555-0111", DOMESTIC])
    assert called(["food"], own) == ("555-0111", ["555-0111", LOCAL])
    assert called(["legal_civil", "emergency_shelter"], own) == (
        "555-0113", ["555-0113", "555-0111", DOMESTIC, "555-0112"],
    )  # fmt: skip
    assert called(["food"], [beds]) == (LOCAL, [LOCAL])


def test_without_an_open_need_a_line_for_some_types_is_none_for_all(loader: Loader) -> None:
    """Where nothing is open, the coalition's lines for every need are there, else the national hotline."""
    town, beds = bundle(), {"name": "Beds", "phone": "555-0112", "for": ["emergency_shelter"]}
    phones = {}
    for word, own in (("both", [beds, {"name": "Ours", "phone": "555-0111"}]), ("beds", [beds])):
        town["coalition"]["fallback_lines"] = own
        answer = ask(loader.serve(town)[1], needs=[{"type": "emergency_shelter", "urgency": "today"}])
        assert not answer["uncovered"]
        phones[word] = [line["phone"] for line in answer["fallback_lines"]]

    assert phones == {"both": ["555-0111"], "beds": [HOTLINE]}


def test_a_line_says_what_it_may_report(loader: Loader) -> None:
    """Where that is known, to the police or to child services."""
    (line,) = lines(loader, ["legal_civil"], {})["fallback_lines"]

    assert "police" in line["may_report"]
