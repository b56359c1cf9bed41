"""The compiled rules against Cedar: every point that a rule can tell apart is met, and a difference is seen."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from cedarpy import pst
from seeds import fresh

import policies.verify.engine_agreement
import policies.verify.run
from policies.engine.compile import Not
from policies.engine.encode_facts import contexts_of, decode, request_of
from policies.engine.evaluate import evaluate
from policies.verify.engine_agreement import EngineComparison, PointClasses, Slice, differences, look
from policies.verify.run import Check
from policies.verify.sample_points import draw

NAMES = ("coalition", "federal", "us-tx")
SMALL = 600


def test_small_rules_agree_with_cedar_at_every_point_that_they_can_tell_apart(book):
    """Most rules, each whole; the rest over drawn points, with every one of their clauses whole."""
    sweeper = EngineComparison(book.pack, most=SMALL)
    parts = [replace(part, stop=100) if part.is_sample else part for part in sweeper.slices()]

    assert [disagreement for part in parts for disagreement in sweeper.disagreements(part)] == []
    assert len({part.rule for part in parts if not part.is_sample}) > 60
    assert {part.clause for part in parts if part.is_sample} == {None}


def test_a_whole_sweep_meets_each_combination_that_matters(book):
    """The points tell apart all that the rule does: each pattern of its clauses that a draw finds is met."""
    space = book.pack.space
    for rule in ("funded-release", "guardian-signature", "hipaa-authorization"):
        merged = PointClasses(space, book.pack.formulas[rule])
        clauses = policies.engine.compile.compile_parts(space, book.pack.policies[rule])

        whole = merged.table(np.arange(merged.size), 0)
        patterns = set(map(tuple, evaluate(space, clauses, whole).T.tolist()))

        assert set(map(tuple, evaluate(space, clauses, draw(space, 20_000, seed=fresh(2))).T.tolist())) <= patterns


def test_a_rule_that_means_something_else_in_cedar_is_found(book):
    """Another formula, one word more, or a fact that only Cedar reads."""
    space, policy, formula = book.pack.space, book.pack.policies["funded-release"], book.pack.formulas["funded-release"]
    table = PointClasses(space, formula).table(np.arange(PointClasses(space, formula).size), 1)
    encoded = pst.When(pst.GetAttr(pst.Var("context"), "encoded"))

    assert list(differences(space, "it", formula, policy, table)) == []
    assert len(list(differences(space, "it", Not(formula), policy, table))) == table.shape[1]
    assert list(differences(space, "it", formula, replace(policy, clauses=policy.clauses[:-1]), table))
    assert list(differences(space, "it", formula, replace(policy, clauses=(*policy.clauses, encoded)), table))


def test_rules_above_the_most_are_drawn_and_it_is_said(monkeypatch):
    monkeypatch.setattr(policies.verify.engine_agreement, "SAMPLED_POINTS", 20)
    monkeypatch.setattr(policies.verify.run, "SAMPLED_POINTS", 20)
    monkeypatch.setattr(policies.verify.run, "DRAWN_DECISIONS", 30)

    step = Check(NAMES).check_against_cedar(most=12)

    assert step.issues == ()
    assert "drawn points each, with each of their" in step.coverage
    assert "30 decisions of all rules together, drawn" in step.coverage


def test_a_process_of_its_own_finds_the_same(book):
    """What the command hands to several processes is the same work, from the names of the packs alone."""
    part = Slice("part2-consent", None, 0, 40)

    assert look(NAMES, None, 1000, part) == tuple(EngineComparison(book.pack, most=1000).disagreements(part)) == ()
    assert list(map(partial(look, NAMES, None, 1000), [part])) == [()]


@pytest.mark.parametrize("names", [None, ("level", "marks", "same_house"), ()])
def test_the_context_of_many_points_is_the_one_that_each_is_asked_with(book, names):
    space = book.pack.space
    chosen = tuple(space.vocabulary.context) if names is None else names
    words = replace(space.vocabulary, context={name: space.vocabulary.context[name] for name in chosen})
    points = draw(space, 300, seed=fresh(6))

    contexts = contexts_of(space, points, chosen)

    assert [json.loads(context) for context in contexts] == [
        json.loads(request_of(decode(space, column), words)["context"]) for column in points.T
    ]
