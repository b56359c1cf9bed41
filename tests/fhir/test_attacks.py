"""Somebody with one organization's token and patience, over FHIR: no answer, and no time, tells what is hidden."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fhir.fhir_builders import DENTAL, FhirCaller, coded, dental, transaction
from loop_builders import CLINIC, OUTSIDER, REFUGE, SENDER, Loop, coalition, loop_over, loop_settings, referral
from referrals.test_attackers import POOL, assert_alike

from service.directory.standard.identity import id_of

FOOD = [{"type": "food", "urgency": "later"}]
NOBODY = "nobody-at-all"


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """The coalition with a refuge that is not listed: who is no member may not know of it."""
    folder = tmp_path_factory.mktemp("attacks")
    bundle = coalition()
    refuge = next(row for row in bundle["organizations"] if row["id"] == REFUGE)
    refuge["coalition"]["listed"] = "coalition"
    settings = loop_settings(f"sqlite:///{folder / 'router.db'}", folder)
    with loop_over(settings, bundle) as loop:
        yield loop


def test_a_task_of_others_is_as_one_of_nobody(loop: Loop, say: Callable[[str], None]) -> None:
    """Read, searched and moved: one answer, in the same time."""
    tasks, outsider = [FhirCaller(loop).sent()["id"] for _ in range(POOL)], FhirCaller(loop, OUTSIDER)
    ways: dict[str, Callable[[str], Any]] = {
        "Tasks of others": lambda key: outsider.get(f"/Task/{key}"),
        "ServiceRequests of others": lambda key: outsider.get(f"/ServiceRequest/{key}"),
        "Tasks of others by id": lambda key: outsider.get(f"/Task?_id={key}"),
        "moves of others": lambda key: outsider.call("PUT", f"/Task/{key}", {"resourceType": "Task"}, if_match='W/"1"'),
    }
    for title, ask in ways.items():
        assert_alike(loop, lambda at, ask=ask: ask(tasks[at]), lambda _, ask=ask: ask(str(uuid4())), say, title)  # type: ignore[misc]


def test_a_consent_of_others_is_as_one_of_nobody(loop: Loop, say: Callable[[str], None]) -> None:
    """To a recipient that it names too, until a packet came."""
    consents, recipient = [loop.consent(to=[CLINIC])["id"] for _ in range(POOL)], FhirCaller(loop, CLINIC)

    assert_alike(
        loop,
        lambda at: recipient.get(f"/Consent/{consents[at]}"),
        lambda _: recipient.get(f"/Consent/{uuid4()}"),
        say,
        "Consents",
    )


@pytest.mark.parametrize("way", ["/Organization/{}", "/Organization?_id={}", "/HealthcareService?organization={}"])
def test_a_hidden_agency_is_as_none(loop: Loop, say: Callable[[str], None], way: str) -> None:
    """Read, searched, or asked for by its services."""
    outsider, hidden = FhirCaller(loop, OUTSIDER), id_of("organization", REFUGE)
    assert FhirCaller(loop, SENDER).get(f"/Organization/{hidden}").status_code == 200

    assert_alike(
        loop, lambda _: outsider.get(way.format(hidden)), lambda _: outsider.get(way.format(uuid4())), say, way
    )


def test_a_referral_to_a_hidden_agency_is_refused_as_one_to_nobody(loop: Loop) -> None:
    """By id, with its services: the same words at the same places."""
    outsider = FhirCaller(loop, OUTSIDER)
    refusals = []
    for to, service in ((REFUGE, "refuge-food"), (NOBODY, "no-food")):
        response = outsider.send(transaction(referral(to, (service,), needs=FOOD)))
        refusals.append((response.status_code, response.json()))

    assert refusals[0] == refusals[1]
    assert refusals[0][0] == 422


def test_a_hidden_course_takes_no_more_time(loop: Loop, say: Callable[[str], None]) -> None:
    """A sender without progress looks at Tasks that went on, and at Tasks that did not."""
    sender, clinic = FhirCaller(loop), FhirCaller(loop, CLINIC)
    still, moved = ([sender.sent(dental(progress=False))["id"] for _ in range(POOL)] for _ in "ab")
    for moved_id in moved:
        assert clinic.move(moved_id, "accepted").status_code == 200
        done = {"type": coded("outcome", "outcome"), "valueCodeableConcept": coded("outcome", "served")}
        assert clinic.move(moved_id, "completed", output=[done]).status_code == 200

    def look(task_id: str) -> httpx.Response:
        """Return the Task without its version, which follows from its id."""
        response = sender.get(f"/Task/{task_id}")
        return httpx.Response(response.status_code, text=re.sub(r'"versionId": "\w+"', "", response.text))

    assert_alike(loop, lambda at: look(still[at]), lambda at: look(moved[at]), say, "courses")
    assert sender.get(f"/Task?status=completed&_id={','.join(moved)}").json()["total"] == 0
    assert sender.get(f"/Task?status=requested&_id={','.join(moved)}").json()["total"] == POOL


def test_refusals_over_fhir_count_as_those_of_v1(tmp_path: Path) -> None:
    """Who probes what would be allowed is stopped after 60 refusals an hour, over both ways together."""
    settings = loop_settings(f"sqlite:///{tmp_path / 'router.db'}", tmp_path)
    with loop_over(settings, coalition()) as loop:
        refused, prober = referral(CLINIC, ("visits",), needs=DENTAL), FhirCaller(loop)
        for number in range(60):
            response = prober.send(transaction(refused)) if number % 2 else loop.send(refused)
            assert response.status_code == 409, response.text
        over = prober.send(dental())

    assert (over.status_code, over.headers["retry-after"].isdigit()) == (429, True)
    assert over.json()["issue"][0]["code"] == "throttled"
