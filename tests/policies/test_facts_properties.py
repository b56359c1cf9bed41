"""What the canonicaliser promises for every record there could be."""

from dataclasses import replace
from datetime import timedelta

import policy_builders as build
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from length import draws

from policies import facts_of, lawful_signers

MANY = settings(max_examples=draws(250), suppress_health_check=[HealthCheck.function_scoped_fixture])


@MANY
@given(build.cases(), build.shares())
def test_facts_are_total_canonical_and_distinct(case, share):
    """Whatever the records say, the facts are words of the vocabulary, each once."""
    all_facts = facts_of(case, share)

    assert len(set(all_facts)) == len(all_facts)
    for facts in all_facts:
        assert build.canonical(facts) == facts
        for name, spec in build.WORDS.context.items():
            value = getattr(facts, name)
            if spec == "bool":
                assert isinstance(value, bool)
            elif isinstance(spec, str):
                assert value in build.WORDS.words(spec)
            else:
                assert value <= set(build.WORDS.words(spec["set"]))


@MANY
@given(build.cases(), build.shares(), st.randoms())
def test_the_order_of_consents_never_matters(book, case, share, shuffler):
    shuffled = list(case.consents)
    shuffler.shuffle(shuffled)
    again = replace(case, consents=tuple(shuffled))

    assert facts_of(again, share) == facts_of(case, share)
    assert book.decide(again, share) == book.decide(case, share)


@MANY
@given(build.cases(), build.shares())
def test_a_dead_consent_is_no_consent(book, case, share):
    """Property 4: withdrawing every consent gives the same answer as never having had one."""
    withdrawn = tuple(replace(consent, withdrawn_on=case.today) for consent in case.consents)
    expired = tuple(replace(consent, ends_on=case.today - timedelta(days=1)) for consent in case.consents)

    answers = [book.decide(replace(case, consents=some), share).allow for some in ((), withdrawn, expired)]

    assert len(set(answers)) == 1


@MANY
@given(build.cases(), build.shares(), st.sampled_from(["parent", "guardian", "neighbour"]))
def test_an_unlawful_signature_is_inert(book, case, share, signer):
    """Property 5: adding a signature that cannot count to every consent that has one changes no answer."""
    if signer in lawful_signers(case):
        return
    more = tuple(
        replace(consent, signers=consent.signers | {signer}) if consent.signers else consent
        for consent in case.consents
    )

    assert book.decide(replace(case, consents=more), share).allow == book.decide(case, share).allow


@MANY
@given(build.cases(), build.shares(), build.consents())
def test_one_more_consent_never_closes_a_share(book, case, share, more):
    """Property 2, over records."""
    before = book.decide(case, share).allow

    after = book.decide(replace(case, consents=(*case.consents, more)), share).allow

    assert after or not before


@MANY
@given(build.cases(), build.shares())
def test_the_offered_remedy_opens_the_share(book, case, share):
    """What `needs` asks for, written down as a consent, turns the denial into a permission; nothing less is asked."""
    decision = book.decide(case, share)
    if decision.needs is None:
        return
    signed = build.consent(
        form="fresh",
        level=decision.needs.level,
        marks=decision.needs.marks,
        signers=decision.needs.signers,
        data=frozenset({share.data}),
        purpose=share.purpose,
    )
    taking = replace(share, recipient=replace(share.recipient, accepted_forms=frozenset({"fresh"})))

    given_it = book.decide(replace(case, consents=(*case.consents, signed)), taking)

    assert not decision.allow
    assert given_it.allow


@MANY
@given(build.cases(), build.shares())
def test_only_what_was_asked_leaves_a_trace_in_the_answer(book, case, share):
    """One answer for a whole array is the answer one by one, and Cedar's."""
    shares = [share, replace(share, purpose="safety"), share]

    whole = book.allows(case, shares)

    assert list(whole) == [book.record(case, share).allow for share in shares]
