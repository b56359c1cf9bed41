"""A profile with an answer, or with the reports that are owed, differs from what it was in that alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from builders import client, need, profile

import routing

REPORT = "child_protection_report"
KNOWN = client(traits={"pregnant": True})


@pytest.mark.parametrize(
    ("attribute", "value", "changes"),
    [
        ("client.age", (11, 17), {"age_min": 11, "age_max": 17}),
        ("client.gender", "male", {"gender": "male"}),
        ("client.area", "leon", {"area": "leon"}),
        ("client.traits.lgbtq", False, {"traits": {"pregnant": True, "lgbtq": False}}),
        ("client.traits.lgbtq", True, {"traits": {"pregnant": True, "lgbtq": True}}),
        ("client.traits.pregnant", False, {"traits": {"pregnant": False}}),
    ],
)
def test_an_answer_about_the_client_changes_nothing_else(attribute: str, value: Any, changes: dict[str, Any]) -> None:
    needs_profile = profile("food", client=KNOWN, client_present=None, limit=2)

    assert routing.with_answer(needs_profile, attribute, value) == replace(
        needs_profile, client=replace(KNOWN, **changes)
    )


@pytest.mark.parametrize("is_present", [True, False])
def test_whether_the_client_is_there_is_no_matter_of_the_client(*, is_present: bool) -> None:
    needs_profile = profile("food", client=KNOWN, client_present=None)

    assert routing.with_answer(needs_profile, "facts.client_present", is_present) == replace(
        needs_profile, client_present=is_present
    )


@pytest.mark.parametrize(
    ("attribute", "value"), [("client.shoes", "43"), ("facts.guardian", "none"), ("client.age", "11")]
)
def test_an_attribute_that_routing_does_not_know_is_refused(attribute: str, value: str) -> None:
    with pytest.raises(KeyError, match=attribute):
        routing.with_answer(profile("food"), attribute, value)


@pytest.mark.parametrize(
    ("urgency", "then"), [("now", "now"), ("today", "today"), ("this_week", "today"), ("later", "today")]
)
def test_a_need_that_a_report_meets_is_required_today_and_others_stay(urgency: str, then: str) -> None:
    needs_profile = profile(need(REPORT, urgency, required=False), need("food", "later", required=False))
    reports = [routing.CertainReport(REPORT, frozenset({"bureau"}))]

    with_reports = routing.with_reports(needs_profile, reports)

    assert with_reports == replace(
        needs_profile, needs=(need(REPORT, then), needs_profile.needs[1]), reports=tuple(reports)
    )
