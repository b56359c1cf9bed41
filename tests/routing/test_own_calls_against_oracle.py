"""Reports without a certain duty, and a third party's own calls, held against brute force.

`ORACLE_N=3000` runs more instances than the suite can afford.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from length import draws
from loaded import Document, Loader
from oracle import brute, elsewhere
from oracle.instances import make_instance
from test_against_oracle import blocks, compare
from test_elsewhere_against_oracle import found_by_engine, found_by_oracle

from service.words.vocabulary import KINDS, SERVICE_TYPES

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
    found = json.loads(json.dumps([bundle, profile]).replace(f'"{code}"', f'"{other}"'))
    return found[0], found[1]


@pytest.mark.parametrize("drawn", [with_a_report, by_third_party])
@pytest.mark.parametrize("seeds", blocks(INSTANCES), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_the_engine_and_brute_force_make_the_same_calls(
    loader: Loader,
    drawn: Callable[[int], tuple[Document, Document]],
    seeds: range,
    count_compared: Callable[[int], None],
) -> None:
    """Paths, prices, sole providers, reasons, and who else can be called."""
    modes = set[tuple[str, bool]]()
    for seed in seeds:
        bundle, profile = drawn(seed)

        asked, _, ranked = compare(loader, bundle, profile, seed)
        first: Any = next(iter(ranked), None)
        assert found_by_engine(asked.answer) == found_by_oracle(bundle, profile, first, asked.answer), seed
        modes |= {(step.mode, REPORT in step.covers) for path in asked.answer.paths for step in path.steps}
        count_compared(1)
    if drawn is by_third_party:
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
        asked, worker = loader.ask(bundle, profile), {**profile, "facts": {**profile["facts"], "caller": "worker"}}
        assert (asked.answer.advocate, asked.answer.later, asked.answer.conditional_paths) == (None, (), ())
        first = next(iter(brute.alternatives(bundle, worker, 1)), None)
        advocates += elsewhere.advocate(bundle, worker, first) is not None
        if advocates:
            break
    assert advocates
