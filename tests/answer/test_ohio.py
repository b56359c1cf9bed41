"""What Ohio's pack does in answers: what a report holds, who calls whom, and what is told before a call or a story."""

from __future__ import annotations

from typing import Any

import pytest
from answer.test_answer import ask, consent, organization, service
from answer.test_state_packs import ADULT, ELDER, NINE, REPORTED, SIXTEEN, coalition, reports
from loaded import Loader

from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.i18n import answers


@pytest.fixture(scope="module")
def directory(loader: Loader) -> DirectorySnapshot:
    return loader.serve(coalition("us-oh"))[1]


def tasks_of(answer: dict[str, Any]) -> dict[str, str]:
    """Ohio's tasks on the paths of an answer, each with what it says."""
    return {
        task["id"]: task["plain"] for path in answer["paths"] for step in path["steps"] for task in step["obligations"]
        if task["id"].startswith("oh-")
    }  # fmt: skip


def test_what_a_report_holds_rests_on_the_duty(directory: DirectorySnapshot) -> None:
    """A clinic's report may hold what was told in trust; who has no duty reports by choice, without it."""
    (child,) = reports(ask(directory, origin="clinic", client=NINE), "us-oh")

    assert sorted(child["share"]) == sorted([*REPORTED, "sud"])
    assert "in writing too if the office asks" in child["plain"]
    assert reports(ask(directory, origin="line", client=NINE), "us-oh") == []


@pytest.mark.parametrize(("protection", "certainties"), [(True, [True]), (None, [False]), (False, [])])
def test_an_elder_is_reported_for_certain_only_if_they_cannot_care_for_themselves(
    directory: DirectorySnapshot, protection: bool | None, certainties: list[bool]
) -> None:
    """Sixty is not enough. With the report comes where that on a developmental disability goes."""
    client = ADULT if protection is False else ELDER
    facts = {} if protection is None else {"adult_protection": protection}

    duties = reports(ask(directory, origin="clinic", client=client, facts=facts), "us-oh")

    assert [duty["certain"] for duty in duties] == certainties
    assert all("oh-disability-report" in {task["id"] for task in duty["obligations"]} for duty in duties)


def test_police_call_children_services(directory: DirectorySnapshot) -> None:
    """It comes with the report of the police, and with nobody else's."""
    with_it = {
        origin: {task["id"] for task in duty["obligations"]}
        for origin in ("sheriff", "clinic")
        for duty in reports(ask(directory, origin=origin, client=NINE), "us-oh")
    }

    assert "oh-police-report" in with_it["sheriff"]
    assert "oh-police-report" not in with_it["clinic"]


@pytest.mark.parametrize(("guardian", "is_spared"), [("suspected_parent_only", True), ("none", False)])
def test_a_counselor_never_turns_to_the_suspected_parent(loader: Loader, guardian: str, is_spared: bool) -> None:
    """What a young person hears of a parent before the call says who is not reached, where one is under suspicion."""
    bundle = coalition("us-oh")
    bundle["organizations"].append(organization("talk", service("talks", "mental_health"), kind="mental_health"))
    directory = loader.serve(bundle)[1]

    answer = ask(
        directory, client=SIXTEEN, facts={"guardian": guardian}, needs=[{"type": "mental_health", "urgency": "today"}]
    )

    oh_parent_contact = tasks_of(answer)["oh-parent-contact"]
    assert "Tell the young person before the call" in oh_parent_contact
    assert oh_parent_contact.endswith(answers.NOT_THE_SUSPECTED) is is_spared


@pytest.mark.parametrize(("client", "is_told"), [(SIXTEEN, True), (ADULT, False)])
def test_a_young_person_hears_who_is_told_of_a_bed(
    directory: DirectorySnapshot, client: dict[str, Any], is_told: bool
) -> None:
    """Before the call, with the bed; an adult hears nothing of it."""
    assert ("oh-harboring-minor" in tasks_of(ask(directory, client=client))) is is_told


@pytest.mark.parametrize(("kind", "is_told"), [("homeless_program", True), ("sa_program", False)])
def test_before_a_story_goes_on_the_client_hears_who_may_have_to_tell_the_police(
    loader: Loader, kind: str, is_told: bool
) -> None:
    """Whoever knows of a felony; not where the law keeps what was told in trust, as with victims of rape."""
    town = coalition("us-oh")
    town["agreements"][0]["between"] = ["haven", "shelter"]
    shelter, haven = (
        organization for organization in town["organizations"] if organization["id"] in ("shelter", "haven")
    )
    shelter["coalition"]["kind"] = kind
    shelter["services"][0]["referral"] |= {"intake_data": ["identity", "narrative"], "accepts": ["packet"]}
    haven["coalition"]["membership"] = "active"
    paper = consent("release", data=["need", "identity", "narrative"], **{"from": "haven"})

    answer = ask(loader.serve(town)[1], origin="haven", client=ADULT, consents=[paper])

    shares = [step["share"] for path in answer["paths"] for step in path["steps"] if step["to"]["slug"] == "shelter"]
    assert [("narrative" in share) for share in shares] == [True]
    assert ("oh-felony-report" in tasks_of(answer)) is is_told
