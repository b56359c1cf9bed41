"""What is remembered is remembered by every fact: no two requests that a rule could tell apart share an answer."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import policy_builders as build
from hypothesis import HealthCheck, given, settings
from length import draws

from policies import Facts, PartyFacts, Rulebook
from policies.facts import lawful_signers

POINTS = draws(60)


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
    yield from (facts._replace(holder=one) for one in party_neighbours(facts.holder))
    yield from (facts._replace(recipient=one) for one in party_neighbours(facts.recipient))
    yield from (facts._replace(action=other) for other in build.WORDS.actions if other != facts.action)
    for name, spec in build.WORDS.context.items():
        now = getattr(facts, name)
        yield from (facts._replace(**{name: other}) for other in words_of(spec, now) if other != now)


def test_neighbours_change_every_fact(book: Rulebook) -> None:
    """The test below is worth something only if it changes each fact there is."""
    facts = build.points(1, seed=5)[0]

    changed = {
        name for other in neighbours(facts) for name in Facts._fields if getattr(other, name) != getattr(facts, name)
    }

    assert changed == build.field_names()


def test_requests_that_differ_in_one_fact_share_no_answer(book: Rulebook) -> None:
    """Each point and all that is one word away, asked of one book in any order, against the formulas."""
    one_book = Rulebook(book.pack)
    asked = [one for facts in build.points(POINTS, seed=6) for one in (facts, *neighbours(facts))]
    random.Random(7).shuffle(asked)
    deciding, advising = book.pack.deciding, book.pack.advising
    held = book.evaluate([book.pack.formulas[rule.id] for rule in (*deciding, *advising)], asked)
    allow = build.allowed(book, asked)

    for column, facts in enumerate(asked):
        effect = "permit" if allow[column] else "forbid"
        by = {rule.id for rule, row in zip(deciding, held, strict=False) if row[column] and rule.effect == effect}
        tasks = [rule.id for rule, row in zip(advising, held[len(deciding) :], strict=True) if row[column]]
        (verdict,) = one_book.verdicts([facts])
        assert (verdict.allow, verdict.deciding) == (allow[column], by)
        assert [task.id for task in one_book.obligations_on(facts)] == tasks


@settings(max_examples=draws(60), derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(build.cases(), build.shares(), build.cases(), build.shares())
def test_a_decision_rests_on_its_own_facts(book: Rulebook, case: Any, share: Any, other_case: Any, other: Any) -> None:
    """What one book remembers of four requests is what a book that was never asked says of each, remedy included."""
    one_book = Rulebook(book.pack)
    requests = [(c, s) for c in (case, other_case) for s in (share, other)] * 2

    for c, s in requests:
        decision, recorded = one_book.decide(c, s), one_book.record(c, s)
        assert decision.facts in build.facts_of(c, s)
        assert decision == one_book._decide(build.facts_of(c, s), lawful_signers(c))
        assert one_book.agrees(decision, recorded)
        assert one_book.decide_twice(c, s) == (decision, recorded)
        assert one_book.obligations_on(decision.facts) == one_book.obligations(c, s)
