"""What-if: nothing is stored, nothing hidden shows, the same draws for both, and more help never means fewer yeses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

import routing
from service import demo
from service.coalition import Coverage, VisibleDirectory, visible_directory_of, what_if
from service.coalition.use_cases.usual_answers import with_usual_answers
from service.coalition.what_if import ChangesBody, WhatIf, read_assumptions, read_changes, with_changes
from service.database.database import open_database
from service.database.unit_of_work import UnitOfWork
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.directory.store.capacity import UsualAnswers
from service.directory.use_cases.load_bundle import load_bundle
from service.errors import BodyRefused, FilterRefused
from service.maintenance.tables import all_tables
from service.settings import Settings

AT = datetime.fromisoformat("2026-03-02T02:00:00-06:00")
CALLS = 60
BED = {
    "id": "one-more-bed", "like": "tc-night", "organization": "open-gate-intake", "always_open": True, "free": 1,
    "areas": ["demo-north", "demo-river", "demo-hills", "demo-south"],
}  # fmt: skip
AGREEMENT = {
    "id": "one-more", "between": ["juniper-bridge-hotline", "open-gate-intake", "tall-cedar-shelter"],
    "level": "coalition",
}  # fmt: skip


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnitOfWork]:
    url = f"sqlite:///{tmp_path_factory.mktemp('what-if') / 'demo.db'}"
    with open_database(Settings(database_url=url)) as store:
        store.upgrade(all_tables)
        load_bundle(store.unit_of_work(), demo.coalition_bytes(), replace=False)
        yield store.unit_of_work(writes=False)


@pytest.fixture(scope="module")
def demo_coalition(work: UnitOfWork) -> VisibleDirectory:
    return with_usual_answers(work, visible_directory_of(load_snapshot(work), None))


def changes(**parts: Any) -> ChangesBody:
    return read_changes(yaml.safe_dump(parts).encode())


def compared(visible: VisibleDirectory, body: ChangesBody, **assumed: Any) -> dict[str, Any]:
    assumptions = read_assumptions().model_copy(update=assumed)
    return WhatIf(visible, body, AT, assumptions, CALLS).document()


def test_no_change_changes_nothing_and_draws_the_same(demo_coalition: VisibleDirectory) -> None:
    """Twice the same document, and before is after in every part."""
    document = compared(demo_coalition, changes())

    assert document == compared(demo_coalition, changes())
    assert document["coverage"]["before"] == document["coverage"]["after"]
    assert document["single_points"]["before"] == document["single_points"]["after"]
    assert all(row["before"] == row["after"] for row in document["calls"])
    assert sum(row["calls"] for row in document["calls"]) == document["all_calls"]["calls"] == CALLS


def test_one_more_bed_and_one_more_agreement(demo_coalition: VisibleDirectory) -> None:
    """More first calls get a yes for a bed, and for nothing else; the directory itself is as before."""
    before = {service.slug for service in demo_coalition.snapshot.services}
    document = compared(demo_coalition, changes(services=[BED], agreements=[AGREEMENT]))

    beds = next(row for row in document["calls"] if row["type"] == "emergency_shelter")
    assert beds["after"]["first"] > beds["before"]["first"]
    assert all(row["before"] == row["after"] for row in document["calls"] if row["type"] != "emergency_shelter")
    assert {service.slug for service in demo_coalition.snapshot.services} == before
    assert "one-more" not in demo_coalition.directory.policy.agreements


def test_a_new_type_closes_gaps(demo_coalition: VisibleDirectory) -> None:
    """As coverage of the changed directory says it."""
    relocation = {**BED, "types": ["relocation"], "minimum_age": 0}
    document = compared(demo_coalition, changes(services=[relocation]))

    gaps = {name: document["coverage"][name]["gaps_by_type"].get("relocation", 0) for name in ("before", "after")}
    assert gaps["after"] < gaps["before"]
    after = with_changes(demo_coalition, changes(services=[relocation]), AT)
    assert gaps["after"] == sum(not cell.services for cell in Coverage(after, type="relocation").cells)


def test_chances_decide(demo_coalition: VisibleDirectory) -> None:
    """Nobody ever says yes; or everybody: then each call with somebody to call gets its yes at once."""
    chance = type(read_assumptions().chance)
    never = compared(demo_coalition, changes(), chance=chance(available=0, full=0, unknown=0))
    always = compared(demo_coalition, changes(), chance=chance(available=100, full=100, unknown=100))

    assert never["all_calls"]["before"]["third"] == 0
    told = always["all_calls"]["before"]
    assert told["first"] == told["third"] == CALLS - told["nobody"] > 0


def test_a_published_figure_takes_the_place_of_the_assumption(demo_coalition: VisibleDirectory) -> None:
    """Where every service answers none of its referrals in time, what is not known says no."""
    chance = type(read_assumptions().chance)(available=0, full=0, unknown=100)
    slow = (UsualAnswers("night", in_time=0, bound=None, time="longer", accepted=0),)
    figures = {service.slug: slow for service in demo_coalition.snapshot.services}
    told = VisibleDirectory(None, demo_coalition.directory.with_answers(figures))

    assert compared(demo_coalition, changes(), chance=chance)["all_calls"]["before"]["first"] > 0
    assert compared(told, changes(), chance=chance)["all_calls"]["before"]["first"] == 0


def test_a_reader_sees_and_names_only_what_coverage_shows(work: UnitOfWork, demo_coalition: VisibleDirectory) -> None:
    """An unlisted agency is not in the document of an outsider, and can't be named: as if there were none."""
    outside = visible_directory_of(load_snapshot(work), "bright-basin-dental")
    hidden = demo_coalition.organizations.keys() - outside.organizations.keys()
    hidden_services = {s.slug for s in demo_coalition.snapshot.services if s.organization in hidden}

    document = str(compared(outside, changes(services=[{**BED, "organization": "bright-basin-dental"}])))
    assert hidden
    assert not [slug for slug in hidden | hidden_services if f"'{slug}'" in document]
    for slug in (*sorted(hidden)[:3], "no-such-agency"):
        with pytest.raises(FilterRefused) as refused:
            compared(outside, changes(services=[{**BED, "organization": slug}]))
        assert refused.value.problem.path == "services.0.organization"
        assert slug not in str(refused.value)
    for slug in (*sorted(hidden_services)[:3], "no-such-service"):
        with pytest.raises(FilterRefused):
            compared(outside, changes(services=[{**BED, "like": slug}]))


def test_no_change_gives_sight_of_a_hidden_count(work: UnitOfWork) -> None:
    """A copy of another's service, or an agreement with it, tells nothing of whether that service is full.

    The coalition is compared with one in which every count that the reader may not see is another.
    """
    reader = "night-wheels"
    visible = with_usual_answers(work, visible_directory_of(load_snapshot(work), reader))
    own = {slug for slug in visible.organizations if visible.directory.sees_counts(reader, slug, AT)}
    services = visible.snapshot.services
    target = next(s for s in services if s.capacities and s.organization not in own and s.types)
    tries = (
        changes(services=[{"id": "copied", "like": target.slug, "organization": reader}]),
        changes(services=[{"id": target.slug, "organization": reader}]),
        changes(agreements=[{"id": "new", "between": [reader, target.organization], "level": "coalition"}]),
    )
    chance = type(read_assumptions().chance)(available=100, full=0, unknown=50)
    need = sorted(target.types)[0]

    def told(free: int) -> list[str]:
        counted = [
            replace(s, capacities=(routing.Capacity(free, AT, "bed"),)) if s.organization not in own else s
            for s in services
        ]
        snapshot = what_if._snapshot_with(visible.snapshot, services=counted, agreements=visible.snapshot.agreements)
        there = replace(visible, directory=replace(visible.directory, snapshot=snapshot))
        return [str(compared(there, body, chance=chance, needs={need: 1})) for body in tries]

    assert told(0) == told(7)


@pytest.mark.parametrize(
    "wrong",
    ["services: [{}]", "services: [{id: x, beds: 3}]", "agreements: [{id: x, between: [a]}]", "other: []", "- 1"],
)
def test_wrong_changes_are_refused(wrong: str) -> None:
    """By field, before anything is computed."""
    with pytest.raises(BodyRefused):
        read_changes(wrong.encode())


def test_assumptions_can_be_replaced() -> None:
    """A whole file; a part of one, or an age that is none, is refused."""
    whole = yaml.safe_load(Path("service/coalition/what_if_assumptions.yaml").read_text(encoding="utf-8"))
    assert read_assumptions(yaml.safe_dump(whole).encode()) == read_assumptions()
    for key, value in (("needs", None), ("ages", {"121": 1}), ("hours", {"24": 1}), ("genders", {"female": 0})):
        with pytest.raises(BodyRefused):
            read_assumptions(yaml.safe_dump({**whole, key: value}).encode())
