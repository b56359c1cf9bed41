"""The generator of the oracles' instances: the same for a seed, whatever the order of rows, and all of the contract.

What the oracles make of an instance is held by the engine, which is held against cases worked out by hand in
`tests/routing/scenarios`: a fault in one of the two is a difference between them.
"""

import json
from collections import Counter

from length import draws
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

        shuffled = shuffle(rows, seed)

        keys = [path.key for path in brute.best_paths(rows, wants)]
        asked = {**shuffle(wants, seed), "needs": wants["needs"]}
        assert keys == [path.key for path in brute.best_paths(shuffled, asked)]
        one_way = {a["id"]: a["between"] for a in rows["agreements"] if not a["mutual"]}
        assert one_way == {a["id"]: a["between"] for a in shuffled["agreements"] if not a["mutual"]}


def test_the_generator_reaches_every_part_of_the_contract():
    """Among 120 seeds there are all modes, all exposures, gateways, added prerequisites, and several answers."""
    seen, decided = set(), Counter()
    for seed in range(120):
        rows, wants = make_instance(seed)
        paths = brute.best_paths(rows, wants)
        seen |= {f"answers {min(3, len(brute.alternatives(rows, wants, paths=paths)))}"}
        for path in paths[:1]:
            seen |= {path.exposure, *(step[3] for step in path.steps), *(step[5] for step in path.steps)}
            seen |= {"gateway" for step in path.steps if not step[4]}
            seen |= {"added" for step in path.steps if set(step[4]) - set(path.covers)}
            seen |= {"onward" for step in path.steps if step[0] != wants["origin"]}
        decided.update(term for term in ("order", "specialised") if is_decided_by(term, paths))

    assert seen >= {"warm", "self", "packet", "internal", "protected", "disclosed", "discoverable", "gateway"}
    assert seen >= {"added", "onward", "public", "cooperation", "coordination", "coalition"}
    assert seen >= {"answers 0", "answers 1", "answers 2", "answers 3"}
    assert min(decided["order"], decided["specialised"]) >= 3


def is_decided_by(term, paths):
    """Say whether another path would be the best without a cost term."""

    def rest(path):
        left, total, *others = path.key
        return left, total - path.terms[term], *others

    return bool(paths) and min(paths, key=rest).key != paths[0].key
