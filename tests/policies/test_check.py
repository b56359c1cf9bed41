"""`policy check` as a whole: the packs that ship pass it, and what it proves is worth something."""

import re
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import policy_builders as build
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from length import draws, enough
from seeds import fresh

from policies import Rulebook
from policies.engine.encode_facts import decode
from policies.engine.evaluate import evaluate
from policies.facts import facts_of
from policies.verify.claims import reading_of, refute, refuting
from policies.verify.possible_facts import possible
from policies.verify.run import Check, sets_of_packs
from policies.verify.sample_points import draw, draw_possible

NUMBERS = {str(number) for number in range(1, 18)}
BY_STEPS = {"3": "shape", "15": "shape", "17": "use"}


@cache
def another_book(book):
    """A rulebook of the same pack that remembers nothing of the first one's answers."""
    return Rulebook(book.pack)


@pytest.fixture(scope="module", params=sets_of_packs(), ids="+".join)
def shipped_check(request):
    return Check(request.param)


@pytest.mark.parametrize("step", ["examples", "scope", "shape", "promises", "use", "asks"])
def test_the_packs_that_ship_pass_every_step(shipped_check, step):
    """Everything that `policy check` looks at holds of the packs as they are used together."""
    result = getattr(shipped_check, f"check_{step}")()

    assert result.issues == ()
    for number in (property_number for property_number, name in BY_STEPS.items() if name == step):
        assert re.search(rf"propert(y|ies)\b.*\b{number}\b", result.coverage)


def test_every_property_of_the_catalogue_is_promised_or_has_a_step_that_names_it(shipped_check):
    promised = {promise.number for promise in shipped_check.promises} - {""}

    assert promised | set(BY_STEPS) == NUMBERS
    assert not promised & set(BY_STEPS)


@pytest.mark.parametrize(
    ("part", "name", "spec", "message"),
    [
        ("context", "data", {"set": "Data"}, "does not name one class"),
        ("context", "sent_before", {"set": "Data"}, "sent_before: a request names data beside"),
        ("agency", "holds", "Data", "principal.holds: a request names data beside"),
        ("context", "next_hop", "Agency", "next_hop: a request names an agency beside"),
    ],
)
def test_a_request_of_another_shape_is_found(part, name, spec, message):
    """A set of classes, what was sent before, or a third agency: properties 3 and 15 are not proven."""
    check = Check(sets_of_packs()[0])
    words = check.pack.space.vocabulary
    wider = replace(words, **{part: {**getattr(words, part), name: spec}})
    check.pack = replace(check.pack, space=SimpleNamespace(vocabulary=wider))

    assert [issue for issue in check.check_shape().issues if message in issue]


@settings(max_examples=draws(100), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(build.cases(), st.lists(build.shares(), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_no_answer_depends_on_what_stands_beside_it(book, case, shares, rng):
    """Properties 3 and 15 as they are met: a class among classes, a hop among hops, in any order, is decided alone."""
    alone = [bool(another_book(book).allows(case, [share])[0]) for share in shares]
    order = rng.sample(range(len(shares)), len(shares))

    together = book.allows(case, [shares[place] for place in order])

    assert together.tolist() == [alone[place] for place in order]


@settings(max_examples=draws(200), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(build.cases(), build.shares())
def test_every_answer_names_a_rule_with_its_sentence_authority_and_ask(book, case, share):
    """Property 17 as it is met: an answer without a deciding rule names the one whose absence decides."""
    decision = book.decide(case, share)
    rules = [*decision.permits, *decision.forbids, *([] if decision.stopped_by is None else [decision.stopped_by])]

    assert enough(bool(rules), 0)
    assert decision.allow == (decision.stopped_by is None)
    assert all(rule.plain and rule.authority and rule.asks for rule in rules)


def test_each_state_is_checked_with_the_packs_that_all_share():
    """No two states stand in one set, and every pack is in one."""
    sets = sets_of_packs()

    assert all("federal" in names and "coalition" in names for names in sets)
    assert all(len([name for name in names if name.startswith("us-")]) == 1 for names in sets)


@settings(max_examples=draws(400), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(build.cases(), build.shares())
def test_what_the_canonicaliser_says_is_possible(book, case, share):
    """The proofs leave out impossible points only: no case and share leads to one."""
    truths = book.evaluate([possible(book.pack.space)], facts_of(case, share))

    assert truths.all()


def test_the_two_readings_of_a_claim_agree(shipped_check):
    """What the solver proves, no drawn point refutes; and a point that it finds refutes by evaluation too."""
    reading, solver = shipped_check._reading, shipped_check._solver
    points = draw(reading.space, 2000, seed=fresh(8))
    for promise in shipped_check.promises:
        for claim in promise.claims:
            assert not refuting(claim, reading, solver.possible, points).any(), promise.id
    broken = reading.without("funded-release")
    points_by_claim = [
        (claim, refute(claim, broken, solver)) for promise in shipped_check.promises for claim in promise.claims
    ]

    refuted = [(claim, point) for claim, point in points_by_claim if point is not None]

    assert enough(bool(refuted), 0)
    assert all(refuting(claim, broken, solver.possible, point[:, None]).all() for claim, point in refuted)


def test_a_point_and_its_facts_are_one(book):
    """Codes to facts and back: what Cedar is asked is the point that was looked at."""
    points = draw_possible(book.pack.space, 500, seed=fresh(2))
    formulas = [book.pack.formulas[rule.id] for rule in book.pack.deciding]

    facts = [decode(book.pack.space, column) for column in points.T]

    assert (book.evaluate(formulas, facts) == evaluate(book.pack.space, formulas, points)).all()
    assert reading_of(book.pack).deciding[0].formula == formulas[0]
