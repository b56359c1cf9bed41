"""What is remembered is remembered by what rules read: no two requests that a rule could tell apart share an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import policy_builders as build
import pytest
from hypothesis import HealthCheck, given, settings
from length import draws
from seeds import fresh_random

from policies import CedarEngine, Facts, PartyFacts, Rulebook
from policies.engine.compile import dimensions_of
from policies.engine.reading import RulesReading
from policies.facts import bare_of, lawful_signers

POINTS = draws(60)
AROUND = draws(15)
"""How many points are asked of Cedar itself with all that is one word away: some two hundred each."""


def words_of(spec: Any, now: Any) -> list[Any]:
    """Every value of one fact; of a set, those that differ in one member."""
    if spec == "bool":
        return [False, True]
    return (
        list(build.WORDS.words(spec)) if isinstance(spec, str) else [now ^ {w} for w in build.WORDS.words(spec["set"])]
    )


def party_neighbours(party: PartyFacts) -> Iterator[PartyFacts]:
    for name, spec in build.WORDS.agency.items():
        now = getattr(party, name)
        yield from (party._replace(**{name: other}) for other in words_of(spec, now) if other != now)


def neighbours(facts: Facts) -> Iterator[Facts]:
    """The facts that differ in one word from these: every word of every fact, of both agencies as well."""
    yield from (facts._replace(holder=neighbour) for neighbour in party_neighbours(facts.holder))
    yield from (facts._replace(recipient=neighbour) for neighbour in party_neighbours(facts.recipient))
    yield from (facts._replace(action=other) for other in build.WORDS.actions if other != facts.action)
    for name, spec in build.WORDS.context.items():
        now = getattr(facts, name)
        yield from (facts._replace(**{name: other}) for other in words_of(spec, now) if other != now)


def test_neighbours_change_every_fact(book: Rulebook) -> None:
    """The test below is worth something only if it changes each fact there is."""
    facts = build.points(1, seed=5)[0]

    names = {
        name for other in neighbours(facts) for name in Facts._fields if getattr(other, name) != getattr(facts, name)
    }

    assert names == build.field_names()


def test_the_keys_of_a_table_are_those_of_its_requests(book: Rulebook) -> None:
    """In order, whatever their action, data and purpose."""
    requests = build.points(draws(400), seed=8)

    assert book.reading.keys(book.codes(requests)) == [book.reading.key(request) for request in requests]
    assert book.reading.keys(book.codes([])) == []


def test_no_number_is_of_two_residues_where_another_reads_meanwhile(
    book: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread may read its first request while one is numbered."""
    request, other = (build.points(1, seed=8, action=action)[0] for action in ("disclose", "report"))
    reading = RulesReading(book.pack.space, [book.pack.formulas[rule.id] for rule in book.pack.deciding])

    class Meanwhile(dict[Any, int]):
        def setdefault(self, formulas: Any, number: int = 0) -> int:
            monkeypatch.setattr(reading, "_residues", {})
            reading.key(other)
            return super().setdefault(formulas, number)

    monkeypatch.setattr(reading, "_residues", Meanwhile())

    assert reading.key(request)[0] != reading.key(other)[0]


def test_requests_that_differ_in_one_fact_share_no_answer(book: Rulebook) -> None:
    """Each point and all that is one word away, asked of one book in any order, against the formulas."""
    fresh_book = Rulebook(book.pack)
    points = [point for facts in build.points(POINTS, seed=6) for point in (facts, *neighbours(facts))]
    fresh_random(7).shuffle(points)
    deciding, advising = book.pack.deciding, book.pack.advising
    truths = book.evaluate([book.pack.formulas[rule.id] for rule in (*deciding, *advising)], points)
    allow = build.answers_of(book, points)

    for column, facts in enumerate(points):
        effect = "permit" if allow[column] else "forbid"
        by = {rule.id for rule, row in zip(deciding, truths, strict=False) if row[column] and rule.effect == effect}
        tasks = [rule.id for rule, row in zip(advising, truths[len(deciding) :], strict=True) if row[column]]
        (verdict,) = fresh_book.verdicts([facts])
        assert (verdict.allow, verdict.deciding) == (allow[column], by)
        assert [task.id for task in fresh_book.obligations_on(facts)] == tasks


@settings(max_examples=draws(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(build.cases(), build.shares(), build.cases(), build.shares())
def test_a_decision_rests_on_its_own_facts(book: Rulebook, case: Any, share: Any, other_case: Any, other: Any) -> None:
    """What one book remembers of four requests is what a book that was never asked says of each, remedy included."""
    fresh_book = Rulebook(book.pack)
    requests = [(c, s) for c in (case, other_case) for s in (share, other)] * 2

    for c, s in requests:
        decision, recorded = fresh_book.decide(c, s), fresh_book.record(c, s)
        assert decision.facts in build.facts_of(c, s)
        assert decision == fresh_book._decide(build.facts_of(c, s), lawful_signers(c))
        assert fresh_book.agrees(decision, recorded)
        assert fresh_book.decide_twice(c, s) == (decision, recorded)
        assert fresh_book.obligations_on(decision.facts) == fresh_book.obligations(c, s)


def groups_of_one_key(book: Rulebook, rules: str) -> list[list[Facts]]:
    """Points and all that is one word away, in groups of one key: two of each or more."""
    formulas = [book.pack.formulas[rule.id] for rule in getattr(book.pack, rules)]
    reading, groups = RulesReading(book.pack.space, formulas), dict[Any, list[Facts]]()
    for facts in build.points(AROUND, seed=8):
        for point in (facts, *neighbours(facts)):
            groups.setdefault(reading.key(point), []).append(point)
    return [group for group in groups.values() if len(group) > 1]


@pytest.mark.parametrize("rules", ["deciding", "advising"])
def test_cedar_answers_alike_whatever_no_rule_reads(book: Rulebook, rules: str) -> None:
    """Allow, the deciding rules and the tasks: each request of one key is asked of Cedar anew."""
    engine, groups = CedarEngine(book.pack, getattr(book.pack, rules)), groups_of_one_key(book, rules)

    assert len(groups) >= AROUND
    assert {len(group) > 50 for group in groups} == {True, False}
    for group in groups:
        verdicts = {engine.answer(engine.request(point), engine.agencies(point)) for point in group}
        assert len(verdicts) == 1
        assert not verdicts.pop().faults


def test_every_fact_matters_to_some_key(book: Rulebook) -> None:
    """No fact that a rule tests is left out: a change of it changes the key of some point, whatever the fact."""
    reading = RulesReading(book.pack.space, list(book.pack.formulas.values()))
    index = {number: name for name, number in book.pack.space.index.items()}
    sides = {"principal": "holder", "resource": "recipient"}
    missing = set()
    for name in {index[number] for formula in book.pack.formulas.values() for number in dimensions_of(formula)}:
        side, _, fact = name.partition("[")[0].partition(".")
        missing.add((sides[side], fact) if side in sides else (fact or side, ""))
    for facts in build.points(2000, seed=9):
        for other in neighbours(facts):
            if reading.key(facts) != reading.key(other):
                missing -= {
                    (name, part)
                    for name in Facts._fields
                    if getattr(facts, name) != getattr(other, name)
                    for part in (PartyFacts._fields if name in ("holder", "recipient") else ("",))
                    if not part or getattr(getattr(facts, name), part) != getattr(getattr(other, name), part)
                }
        if not missing:
            break
    assert missing == set()


def test_remedies_are_alike_whatever_no_rule_reads(book: Rulebook) -> None:
    """The least consent, what stays and what lifts each rule, for each set of signers: found anew for each request."""
    comparisons = 0
    for group in groups_of_one_key(book, "deciding"):
        by_key: dict[Any, Any] = {}
        for point in map(bare_of, group[:8]):
            for signers in (frozenset({"client"}), frozenset({"client", "parent"})):
                key = (book.reading.key(point), point.action, signers)
                remedies = book._find_remedies(point, signers)
                comparisons += key in by_key
                assert by_key.setdefault(key, remedies) == remedies
    assert comparisons > AROUND
