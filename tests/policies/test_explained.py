"""What a decision says of itself: the facts as read, and which single fact would turn it."""

from dataclasses import replace

import policy_builders as build
import pytest
from hypothesis import given, settings
from length import draws
from policy_builders import WORDS

from policies import explain, explain_facts, find_changes
from policies.explaining.facts import ACTION, CONSENT, DATA, GUARDIAN, LEVEL, REGIME

SHELTER = build.agency(kind="dv_shelter", regimes=frozenset({"vawa"}))


def test_every_word_that_needs_saying_has_its_own():
    """A word added to the vocabulary is not left to its code."""
    assert set(ACTION) == set(WORDS.actions)
    assert set(DATA) == set(WORDS.words("Data")) - {"none"}
    assert set(REGIME) <= set(WORDS.words("Regime"))  # another state's regime may be called by its own word
    assert set(LEVEL) == set(WORDS.words("Level"))
    assert set(CONSENT) == set(WORDS.words("Consent")) - {"current"}
    assert set(GUARDIAN) == set(WORDS.words("Guardian")) - {"unknown"}


@given(case=build.cases(), share=build.shares())
@settings(max_examples=draws(150))
def test_facts_are_told_whole_and_in_words_of_the_vocabulary_only(book, case, share):
    """Who, to whom, what, consent and client are always there; no id, form or unknown word of a record comes back."""
    lines = explain_facts(book.decide(case, share).facts)

    text = "\n".join(lines)
    assert [line.partition(":")[0] for line in lines[:3]] == ["Who holds it", "Who would receive it", "What"]
    assert "Consent: " in text
    assert "The client: " in text
    assert not [word for word in ("not-a-", "roi-", "hand on heart", "first-agency", "_") if word in text]


def test_what_is_not_known_is_said_to_be_read_strictly(book):
    facts_unknown = book.decide(build.Case(today=build.TODAY), build.share(holder=SHELTER)).facts
    facts_known = book.decide(build.case(), build.share(holder=SHELTER)).facts

    assert explain_facts(facts_unknown)[-1].startswith("Not known, and read as the stricter case: age, guardian")
    assert not [line for line in explain_facts(facts_known) if line.startswith("Not known")]


@given(case=build.cases(), share=build.shares())
@settings(max_examples=draws(50))
def test_changes_are_offered_for_denials_only(book, case, share):
    """Nothing is offered where the answer is yes; each offer is one fact, and says a consent only where one helps."""
    decision = book.decide(case, share)
    changes = find_changes(book, case, share)

    assert not (decision.allow and changes)
    for change in changes:
        assert change.values
        assert change.plain.endswith(".")
        assert decision.needs is None or change.needs is None


@pytest.mark.parametrize(
    ("case", "share", "expected"),
    [
        ({"guardian": None, "age": "minor"}, {}, {("facts.guardian", ("safe_parent",)),
                                                  ("facts.guardian", ("court_safe", "state_conservator"))}),
        ({"age": "minor", "may_sign_alone": None}, {}, {("facts.may_sign_alone", ("true",))}),
        ({"age": "minor", "emancipated": None}, {}, {("facts.emancipated", ("true",))}),
        ({}, {"conditioned_on": "release", "action": "serve", "data": None}, {("conditioned_on", ("none",))}),
        ({}, {"holder": replace(SHELTER, declared=False)}, {("holder.declared", ("true",))}),
        ({}, {"holder": replace(SHELTER, member=True), "recipient": build.agency("recipient", member=True)},
         {("agreement", ("mou", "team"))}),
        ({}, {"data": "shelter_location"}, {("operator_authorised", ("true",))}),
        ({}, {"purpose": "media"}, set()),
        ({"danger": None}, {"purpose": "safety", "process": "subpoena"}, set()),
    ],
)  # fmt: skip
def test_the_fact_that_stands_in_the_way_is_named(book, case, share, expected):
    """One unknown or one record that somebody could put right; a danger or an order is never wished for."""
    changes = find_changes(book, build.case(**case), build.share(**{"holder": SHELTER, **share}))

    assert {(change.attribute, change.values) for change in changes} == expected


def test_a_form_that_the_recipient_does_not_take_is_named(book):
    signed = build.case(consents=(build.consent(form="roi-county"),))

    changes = find_changes(book, signed, build.share(holder=SHELTER))

    assert [(change.attribute, change.needs) for change in changes] == [("recipient.accepted_forms", None)]


def test_a_denial_for_want_of_consent_does_not_say_that_the_client_agreed(book):
    denial = book.decide(build.case(), build.share())

    assert denial.stopped_by == book.rule("consented-share")
    assert not [line for line in explain(denial) if "agreed to this share" in line]


def test_a_report_is_not_said_to_wait_for_consent(book):
    report = book.decide(build.case(), build.share(holder=SHELTER, action="report", purpose="safety"))

    assert explain(report)[-1].startswith("A report does not rest on the client's consent.")
