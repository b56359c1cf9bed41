"""What California's pack does in answers: what a report holds, who tells whom, and what a young person hears first."""

from __future__ import annotations

import pytest
from answer.test_answer import ask, organization, service
from answer.test_state_packs import ELDER, NINE, REPORTED, SIXTEEN, coalition, reports
from loaded import Loader

from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.i18n import answers


@pytest.fixture(scope="module")
def directory(loader: Loader) -> DirectorySnapshot:
    return loader.serve(coalition("us-ca"))[1]


def test_what_a_report_holds_rests_on_the_duty(directory: DirectorySnapshot) -> None:
    """A clinic's report may hold what was told in confidence and health details; of a child, treatment records too."""
    (child,), (elder,) = (reports(ask(directory, origin="clinic", client=client), "us-ca") for client in (NINE, ELDER))

    assert sorted(child["share"]) == sorted([*REPORTED, "sud"])
    assert sorted(elder["share"]) == sorted(REPORTED)
    assert "36 hours" in child["plain"]
    assert "two working days" in elder["plain"]


def test_police_and_child_welfare_tell_each_other(directory: DirectorySnapshot) -> None:
    """It comes with the report of the police, and with nobody else's."""
    with_it = {
        origin: {task["id"] for task in duty["obligations"]}
        for origin in ("sheriff", "clinic")
        for duty in reports(ask(directory, origin=origin, client=NINE), "us-ca")
    }

    assert "ca-cross-report" in with_it["sheriff"]
    assert "ca-cross-report" not in with_it["clinic"]


@pytest.mark.parametrize(("guardian", "is_spared"), [("suspected_parent_only", True), ("none", False)])
def test_a_counselor_never_reaches_the_suspected_parent(loader: Loader, guardian: str, is_spared: bool) -> None:
    """What a young person hears of a parent before the call says who is not reached, where one is under suspicion."""
    bundle = coalition("us-ca")
    bundle["organizations"].append(organization("talk", service("talks", "mental_health"), kind="mental_health"))
    directory = loader.serve(bundle)[1]

    answer = ask(
        directory, client=SIXTEEN, facts={"guardian": guardian}, needs=[{"type": "mental_health", "urgency": "today"}]
    )

    (sentence,) = {
        task["plain"] for path in answer["paths"] for step in path["steps"] for task in step["obligations"]
        if task["id"] == "ca-parent-contact"
    }  # fmt: skip
    assert sentence.endswith(answers.NOT_THE_SUSPECTED) is is_spared
