"""The compiled rules are Cedar's rules: same answer, same deciding rules, everywhere it was looked."""

import policy_builders as build
from hypothesis import HealthCheck, given, settings
from length import draws

from policies.engine.cedar import CedarEngine

POINTS = draws(3000)


def test_decisions_agree_on_random_points_of_the_space(book):
    """Allow and the deciding rule ids are the same over thousands of points."""
    deciding = book.pack.deciding
    engine = CedarEngine(book.pack, deciding)
    facts = build.points(POINTS, seed=1)
    truths = book.evaluate([book.pack.formulas[rule.id] for rule in deciding], facts)
    allow = build.answers_of(book, facts)

    wrong = []
    for column, point in enumerate(facts):
        effect = "permit" if allow[column] else "forbid"
        expected = {rule.id for row, rule in enumerate(deciding) if truths[row, column] and rule.effect == effect}
        verdict = engine.ask(point)
        if verdict.faults or verdict.allow != allow[column] or verdict.deciding != expected:
            wrong.append((point, verdict, expected))

    assert wrong == []
    assert {True, False} <= set(allow.tolist())


def test_tasks_agree_on_random_points_of_the_space(book):
    advising = book.pack.advising
    engine = CedarEngine(book.pack, advising)
    facts = build.points(1000, seed=2)
    truths = book.evaluate([book.pack.formulas[rule.id] for rule in advising], facts)

    for column, point in enumerate(facts):
        expected = {rule.id for row, rule in enumerate(advising) if truths[row, column]}
        assert engine.ask(point).deciding == expected


def test_every_rule_holds_and_fails_somewhere_among_the_points(book):
    """The comparison above is worth something only if each rule takes part in it."""
    rules = (*book.pack.deciding, *book.pack.advising)

    truths = book.evaluate([book.pack.formulas[rule.id] for rule in rules], build.points(20_000, seed=3))

    assert [rule.id for rule, row in zip(rules, truths, strict=True) if row.all() or not row.any()] == []


@settings(max_examples=draws(300), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(build.cases(), build.shares())
def test_decisions_agree_on_records(book, case, share):
    """Decision and record are one and the same value: rules, remedy, facts."""
    compiled, recorded = book.decide(case, share), book.record(case, share)

    assert book.agrees(compiled, recorded)
    assert compiled.allow == book.allows(case, [share])[0]
