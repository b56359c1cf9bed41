"""The generator of the oracles' instances: the same for a seed, whatever the order of rows, and all of the guide.

What the oracles make of an instance is held by the engine, which is held against cases worked out by hand in
`tests/routing/scenarios`: a fault in one of the two is a difference between them.
"""

import json
from collections import Counter

from length import draws, enough
from oracle import brute
from oracle.instances import make_bundle_text, make_instance, shuffle


def test_an_instance_depends_on_its_seed_alone():
    """The same seed gives the same pair, and another seed another."""
    assert make_instance(3) == make_instance(3)
    assert make_instance(3) != make_instance(4)
    assert json.loads(make_bundle_text(make_instance(3)[0])) == make_instance(3)[0]


def test_the_order_of_rows_never_matters():
    """A bundle and profile shuffled but for needs have the same paths; one-way agreements keep their direction."""
    for seed in range(draws(30)):
        rows, wants = make_instance(seed)

        shuffled_bundle = shuffle(rows, seed)

        keys = [path.key for path in brute.best_paths(rows, wants)]
        shuffled_profile = {**shuffle(wants, seed), "needs": wants["needs"]}
        assert keys == [path.key for path in brute.best_paths(shuffled_bundle, shuffled_profile)]
        one_way = {a["id"]: a["between"] for a in rows["agreements"] if not a["mutual"]}
        assert one_way == {a["id"]: a["between"] for a in shuffled_bundle["agreements"] if not a["mutual"]}


def test_the_generator_reaches_every_part_of_the_contract():
    """Among 120 seeds there are all modes, all exposures, gateways, added prerequisites, and several answers."""
    parts, decisive_terms = set(), Counter()
    for seed in range(120):
        rows, wants = make_instance(seed)
        paths = brute.best_paths(rows, wants)
        parts |= {f"answers {min(3, len(brute.alternatives(rows, wants, paths=paths)))}"}
        for path in paths[:1]:
            parts |= {path.exposure, *(step[3] for step in path.steps), *(step[5] for step in path.steps)}
            parts |= {"gateway" for step in path.steps if not step[4]}
            parts |= {"added" for step in path.steps if set(step[4]) - set(path.covers)}
            parts |= {"onward" for step in path.steps if step[0] != wants["origin"]}
        decisive_terms.update(term for term in ("order", "specialised") if is_decided_by(term, paths))

    assert parts >= {"warm", "self", "packet", "internal", "protected", "disclosed", "discoverable", "gateway"}
    assert parts >= {"added", "onward", "public", "cooperation", "coordination", "coalition"}
    assert parts >= {"answers 0", "answers 1", "answers 2", "answers 3"}
    assert enough(min(decisive_terms["order"], decisive_terms["specialised"]), 3)


def is_decided_by(term, paths):
    """Say whether another path would be the best without a cost term."""

    def key_without(path):
        open_needs, total, *handoffs_and_steps = path.key
        return open_needs, total - path.terms[term], *handoffs_and_steps

    return bool(paths) and min(paths, key=key_without).key != paths[0].key
