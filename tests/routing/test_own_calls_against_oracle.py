"""Reports without a certain duty, and a third party's own calls, held against brute force.

`ORACLE_N=3000` runs more instances than the suite can afford.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from length import draws, enough
from loaded import Document, Loader
from oracle import brute, elsewhere
from oracle.instances import make_instance
from test_against_oracle import blocks, compare
from test_elsewhere_against_oracle import parts_of_engine, parts_of_oracle

from service.vocabulary import KINDS, SERVICE_TYPES

INSTANCES = int(os.environ.get("ORACLE_N", draws(150, 10)))
FIRST_SEED = 70_000
REPORT = "child_protection_report"


def with_a_report(seed: int) -> tuple[Document, Document]:
    """Return a random instance in which the first type that is needed is a report about a child."""
    bundle, profile = make_instance(FIRST_SEED + seed)
    return in_place_of(needed(profile)[0], REPORT, bundle, profile)


def by_third_party(seed: int) -> tuple[Document, Document]:
    """Return such an instance of a third party, mostly with a need for a crisis hotline too."""
    bundle, profile = with_a_report(seed)
    if "crisis_hotline" not in json.dumps([bundle, profile]):
        bundle, profile = in_place_of(needed(profile)[-1], "crisis_hotline", bundle, profile)
    return bundle, {**profile, "facts": {**profile["facts"], "caller": "third_party"}}


def needed(profile: Document) -> list[str]:
    """Return the types that are needed, of the vocabulary and no kind of agency too; any type where there is none."""
    words = {*SERVICE_TYPES} - {*KINDS}
    return [need["type"] for need in profile["needs"] if need["type"] in words] or ["food"]


def in_place_of(code: str, other: str, bundle: Document, profile: Document) -> tuple[Document, Document]:
    """Return an instance in which a type is called otherwise, throughout."""
    instance = json.loads(json.dumps([bundle, profile]).replace(f'"{code}"', f'"{other}"'))
    return instance[0], instance[1]


@pytest.mark.parametrize("draw", [with_a_report, by_third_party])
@pytest.mark.parametrize("seeds", blocks(INSTANCES), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_the_engine_and_brute_force_make_the_same_calls(
    loader: Loader,
    draw: Callable[[int], tuple[Document, Document]],
    seeds: range,
    count_compared: Callable[[int], None],
) -> None:
    """Paths, prices, sole providers, reasons, and who else can be called."""
    modes = set[tuple[str, bool]]()
    for seed in seeds:
        bundle, profile = draw(seed)

        question, _, ranked = compare(loader, bundle, profile, seed)
        first: Any = next(iter(ranked), None)
        assert parts_of_engine(question.answer) == parts_of_oracle(bundle, profile, first, question.answer), seed
        modes |= {(step.mode, REPORT in step.covers) for path in question.answer.paths for step in path.steps}
        count_compared(1)
    if draw is by_third_party:
        assert modes <= {("self", True), ("self", False), ("internal", True), ("internal", False)}
        assert ("self", True) in modes
    else:
        assert ("report", True) in modes
        assert not modes & {(mode, True) for mode in ("warm", "self", "packet")}


def test_a_third_party_is_told_of_no_advocate(loader: Loader) -> None:
    """The lead of an advocate is for somebody whom the client can hear."""
    advocates = 0
    for seed in range(400):
        bundle, profile = by_third_party(seed)
        question, worker = loader.ask(bundle, profile), {**profile, "facts": {**profile["facts"], "caller": "worker"}}
        assert (question.answer.advocate, question.answer.later, question.answer.conditional_paths) == (None, (), ())
        first = next(iter(brute.alternatives(bundle, worker, 1)), None)
        advocates += elsewhere.advocate(bundle, worker, first) is not None
        if advocates:
            break
    assert enough(bool(advocates), 0)
