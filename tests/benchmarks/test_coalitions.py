"""The invented directories: the shares that they promise, and questions to them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from benchmarks.coalitions import AWKWARD, USUAL, Shape, draw_bundle, serve, serve_bundle
from benchmarks.questions import USUAL as MOST_NEEDS
from benchmarks.questions import draw_questions

from service.answers.profile import ResolvedProfile
from service.directory.bundle.reader import read_bundle
from service.errors import BundleRefused


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shares_are_as_promised_whatever_the_seed(seed: int) -> None:
    """Services, doors, packets, agreements and members of the size that the figures are given for."""
    document = json.loads(draw_bundle(seed=seed, shape=AWKWARD))
    organizations, agreements = document["organizations"], document["agreements"]
    terms = [service["referral"] for one in organizations for service in one["services"]]

    def share(some: list[Any], whole: list[Any]) -> float:
        return round(len(some) / len(whole), 2)

    assert (len(organizations), len(terms), len(agreements)) == (300, 728, 300)
    assert share([one for one in terms if "accepts_from" in one], terms) == 0.38
    assert share([one for one in terms if 1 <= len(one.get("requires", ())) <= 2], terms) == 0.22
    assert share([one for one in terms if "packet" in one["accepts"]], terms) == 0.5
    assert share([one for one in terms if one["accepts"] == ["packet"]], terms) == 0.25
    assert max(len(one.get("intake_data", ())) for one in terms) == 5
    assert len([one for one in organizations if one["coalition"]["membership"] != "active"]) == 100
    in_force = [one for one in agreements if one["status"] == "signed" and one["expires"] > "2026-03-17"]
    parties = sorted(len(one["between"]) for one in in_force)
    assert len(in_force) == 180
    assert len([number for number in parties if number >= 3]) == 115
    assert parties[0] == 2
    assert 100 < parties[-1] <= 200


@pytest.mark.parametrize("shape", [USUAL, AWKWARD], ids=["usual", "awkward"])
def test_a_bundle_of_any_size_loads_and_is_the_same_for_the_same_seed(shape: Shape) -> None:
    """From three agencies on: nothing in it contradicts anything else."""
    for agencies in (3, 4, 25):
        served = serve(agencies, agencies, shape)
        assert len(served.snapshot.organizations) == agencies

    assert draw_bundle(25, shape=shape) == draw_bundle(25, shape=shape)
    assert draw_bundle(25, shape=shape) != draw_bundle(25, seed=2, shape=shape)


def test_a_coalition_may_hold_more_values_than_a_file_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one of 20,000 agencies does, of which the figures are."""
    bundle = draw_bundle(3)
    monkeypatch.setattr(read_bundle, "__defaults__", (50,))

    with pytest.raises(BundleRefused):
        read_bundle(bundle)
    assert len(serve_bundle(bundle).snapshot.organizations) == 3


def test_questions_are_asked_where_an_agency_works_and_usual_ones_have_few_needs() -> None:
    """Of a directory in a database as of a drawn one; the same for the same seed."""
    snapshot = serve(40, shape=AWKWARD).snapshot

    def needs(asked: list[ResolvedProfile]) -> set[int]:
        return {len(question.profile.needs) for question in asked}

    usual = draw_questions(snapshot, 40, most=MOST_NEEDS)

    assert usual == draw_questions(snapshot, 40, most=MOST_NEEDS)
    assert needs(usual) == {1, 2, 3}
    assert needs(draw_questions(snapshot, 5, needs=8)) == {8}
    above = {area.within for area in snapshot.areas.values()}
    assert {question.profile.client.area for question in usual}.isdisjoint(above)
