"""Proposals, grievances and outcomes on both databases: what their statements do is the same."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from bundle_builders import GOOD_YAML

from service.coalition import visible_directory_of
from service.coalition.use_cases import hear_grievances, keep_proposals
from service.coalition.use_cases.outcomes import get_outcomes
from service.database.key_ring import KeyRing
from service.database.store_keys import build_keys
from service.database.unit_of_work import UnitOfWork
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.directory.use_cases.load_bundle import load_bundle
from service.documents.bodies import read_sent_body
from service.documents.entity_tags import Condition
from service.errors import ActRefused
from service.maintenance.show_legal_hold import show_legal_hold
from service.referrals.store.work_tables import ClosedReferral
from service.referrals.use_cases.count_outcomes import count_quarters
from service.security import Caller
from service.settings import Settings

HOTLINE = "tri-county-hotline"
AT = datetime(2026, 5, 1, tzinfo=UTC)
ANY = Condition(frozenset("*"))


@pytest.fixture
def work(unit_of_work: UnitOfWork) -> UnitOfWork:
    load_bundle(unit_of_work, GOOD_YAML.encode(), replace=False)
    return unit_of_work


def test_a_word_is_proposed_and_accepted(work: UnitOfWork) -> None:
    """The vocabulary has it then."""
    visible, caller = visible_directory_of(load_snapshot(work), HOTLINE), Caller(HOTLINE, frozenset(), "desk")
    data = json.dumps({"term": "nook", "means": "food"}).encode()
    entry = keep_proposals.read_proposal(visible, caller, data)
    proposal = keep_proposals.propose(work, visible, caller, entry).document

    decision = read_sent_body(keep_proposals.DecisionBody, b'{"status": "accepted"}')
    decided = keep_proposals.decide_proposal(work, visible, caller, proposal["id"], sent_body=decision, condition=ANY)

    assert decided.document["status"] == "accepted"
    assert load_snapshot(work).names.terms[HOTLINE, "nook"] == "food"
    assert keep_proposals.list_proposals(work, visible, status="accepted", page=1, per_page=5).document["total"] == 1
    assert show_legal_hold(work, Settings(), visible, AT, proposal["id"]).held == {"proposal": 1}


def test_a_grievance_is_filed_heard_and_closed(work: UnitOfWork, settings: Settings) -> None:
    """By the body that is not of the accused's house; six from one address are too many."""
    bodies = settings.model_copy(update={"grievance_body": "hotline-night-desk", "second_grievance_body": "x"})
    ring = KeyRing(build_keys(settings))

    def file(**about: Any) -> str:
        body = hear_grievances.read_grievance(json.dumps({"about": about, "codes": ["other"]}).encode())
        return str(hear_grievances.file_grievance(work, ring, bodies, body, address="::1")["code"])

    code = file(organization="harbor-house")
    file(organization=HOTLINE)  # the first body is a department of it
    heard = {
        body: hear_grievances.list_grievances(work, bodies, body, status=None, page=1, per_page=5).document["items"]
        for body in ("hotline-night-desk", "x", HOTLINE, None)
    }
    assert [len(items) for items in heard.values()] == [1, 1, 0, 0]

    [item] = heard["hotline-night-desk"]
    body = read_sent_body(hear_grievances.GrievanceStatusBody, b'{"status": "closed", "outcome": "apology"}')
    hear_grievances.settle_grievance(work, bodies, "hotline-night-desk", item["id"], sent_body=body, condition=ANY)
    assert hear_grievances.look_up_grievance(work, ring, bodies, code, address="::1").document["outcome"] == "apology"
    for _ in range(3):
        file(coalition=True)
    with pytest.raises(ActRefused):
        file(coalition=True)


def test_a_change_of_houses_opens_no_grievance(work: UnitOfWork, settings: Settings) -> None:
    """Filed about a department of the body; the department leaves that house, and the body still is not its reader."""
    bodies = settings.model_copy(update={"grievance_body": HOTLINE})
    body = hear_grievances.read_grievance(b'{"about": {"organization": "hotline-night-desk"}, "codes": ["other"]}')
    hear_grievances.file_grievance(work, KeyRing(build_keys(settings)), bodies, body, address="::1")
    without_parent = re.sub(r"\n    parent: tri-county-hotline", "", GOOD_YAML)
    assert without_parent != GOOD_YAML

    for stored in (GOOD_YAML, without_parent):
        load_bundle(work, stored.encode(), replace=True)
        for reader, heard in ((HOTLINE, 0), (None, 1)):
            page = hear_grievances.list_grievances(work, bodies, reader, status=None, page=1, per_page=5).document
            assert page["total"] == heard, (reader, stored == GOOD_YAML)


def test_a_quarter_is_counted_once(work: UnitOfWork) -> None:
    """Its rows go, its cells stay."""
    with work:
        work.session.add_all(
            ClosedReferral(
                id=f"{number:036}", quarter="2026-Q1", origin="abcde"[number % 5], recipient="vwxyz"[number % 5],
                types=["food"], areas=[], outcome="served", answered="longer",
                to_answer="a_day", to_acceptance="a_week", to_completion="not_half" if number % 2 else "a_month",
            )
            for number in range(14)
        )  # fmt: skip
        work.commit()
    with work:
        assert "2026-Q1" in count_quarters(work, AT.date())
        work.commit()
    with work:
        assert count_quarters(work, AT.date() + timedelta(days=1)) == []

    outcomes = get_outcomes(work, visible_directory_of(load_snapshot(work), HOTLINE), quarter="2026-Q1", by="outcome")
    assert [(row["value"], row["referrals"], row["answered"]) for row in outcomes["rows"]] == [("served", 10, "longer")]
    assert outcomes["rows"][0]["times"] is None  # ends overlap with types
    by_type = get_outcomes(work, visible_directory_of(load_snapshot(work), HOTLINE), quarter="2026-Q1", by="type")
    times = {"answer": "a_day", "acceptance": "a_week", "completion": "a_month"}
    assert [row["times"] for row in by_type["rows"]] == [times]
    assert outcomes["computed_on"] == date(2026, 5, 1).isoformat()
