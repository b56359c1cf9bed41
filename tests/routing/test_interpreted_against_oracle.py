"""Languages of telephone interpreters, held against brute force: what is surely interpreted, and what is to confirm."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from length import draws, enough
from loaded import Document, Loader
from oracle.instances import make_instance
from seeds import fresh_random
from test_against_oracle import blocks, compare

INSTANCES = int(os.environ.get("ORACLE_N", draws(100, 10)))
FIRST_SEED = 90_000
LANGUAGES = ["quc"], ["ase"], ["vi"], ["zh-yue"], ["pt-BR"], ["es-MX", "quc"], ["ase", "mam"]
INTERPRETED = None, ["es"], ["pt", "quc"], ["ase", "vi"], ["zh"]


def draw(seed: int) -> tuple[Document, Document]:
    """Return an instance in which a language other than the usual ones is spoken, and mostly interpreted somewhere."""
    rng, (bundle, profile) = fresh_random(seed), make_instance(FIRST_SEED + seed)
    for owner in bundle["organizations"]:
        for service in owner["services"]:
            if rng.random() < 0.6:
                service["interpretation_services"] = "by phone"
    interpreted = rng.choice(INTERPRETED)
    bundle["coalition"] |= {} if interpreted is None else {"interpreted": interpreted}
    return bundle, {**profile, "client": {**profile["client"], "languages": rng.choice(LANGUAGES)}}


@pytest.mark.parametrize("seeds", blocks(INSTANCES), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_the_engine_and_brute_force_confirm_the_same_languages(
    loader: Loader, seeds: range, count_compared: Callable[[int], None]
) -> None:
    """Paths, prices, and the matters to confirm."""
    kinds = set[str]()
    for seed in seeds:
        bundle, profile = draw(seed)

        question, _feasible, _ = compare(loader, bundle, profile, seed)
        uses = [use for path in question.answer.paths for step in path.steps for use in step.services]
        kinds |= {entry.kind for use in uses for entry in use.confirm} | {"none" for use in uses if not use.confirm}
        count_compared(1)
    assert enough({"language", "none"} <= kinds, 0)
