"""Pairs of agencies that look alike are decided alike: what makes it right to decide on one of them only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import product

import numpy as np
import policy_builders as build
from hypothesis import event, given, settings
from hypothesis import strategies as st
from length import draws, enough
from policy_builders import TODAY
from seeds import fresh

import policies

MANY = settings(max_examples=draws(500))

KINDS = (("dv_shelter", "community"), ("law_enforcement", "systems"), (None, None))


def agencies(forms: frozenset[str]) -> list[policies.Agency]:
    return [
        policies.Agency(f"{name}-{number}", kind, basis, house=house, accepted_forms=forms)
        for number, ((kind, basis), name, house) in enumerate(product(KINDS, ("one", "other"), ("", "house")))
    ]


def test_pairs_that_look_alike_have_equal_facts_and_equal_lifts() -> None:
    """All pairs of drawn agencies, with and without consents that name some of them: one answer for each look."""
    rulebook = policies.load_rulebook(("federal", "us-tx", "coalition"))
    asking, rng = policies.RemedyFinder(rulebook), np.random.default_rng(fresh(3))
    several = looks = 0
    for _ in range(draws(6)):
        everyone = [agency for forms in (frozenset[str](), frozenset({"form"})) for agency in agencies(forms)]
        chosen = [everyone[place].id for place in rng.choice(len(everyone), 4, replace=False)]
        consent = policies.Consent(
            form="form",
            level="verbal",
            marks=frozenset(),
            holder=chosen[0],
            to=frozenset(chosen[1:]),
            data=frozenset({"need"}),
            purpose="referral",
            signers=frozenset({"client"}),
            signed_on=TODAY,
        )
        case = policies.Case(today=TODAY, age="adult", consents=(consent,))
        by_look = defaultdict(list)
        for holder, recipient in product(everyone, everyone):
            share = policies.Share(holder, recipient, "disclose", "need", purpose="referral")
            by_look[policies.look_of(case, holder, recipient)].append(share)
        for shares in by_look.values():
            assert len({policies.facts_of(case, share) for share in shares}) == 1
            lifts = asking.could(case, shares)
            assert (lifts == lifts[:, :1]).all()
            several += len(shares) > 1
        looks += len(by_look)
    assert enough(several, 100)
    assert enough(looks, 300)


@MANY
@given(build.cases(), build.shares(), st.tuples(build.agreements(), build.agreements()), st.booleans())
def test_agreements_in_force_that_look_alike_have_equal_facts(
    case: policies.Case,
    share: policies.Share,
    agreements: tuple[policies.Agreement, policies.Agreement],
    pair: bool,
) -> None:
    """Alike: their type, whether they hold between the two, and whether they cover the data. All else is nothing."""
    parties = (share.holder.id, share.recipient.id)
    between = parties if pair else (*parties, "third")
    first, second = (
        replace(agreement, between=between, status="signed", effective=None, expires=None, type=agreements[0].type)
        for agreement in agreements
    )
    looks = [
        (agreement.mutual or pair, agreement.data is None or share.data is None or share.data in agreement.data)
        for agreement in (first, second)
    ]
    facts = [policies.facts_of(case, replace(share, agreement=agreement)) for agreement in (first, second)]

    assert facts[0] == facts[1] or looks[0] != looks[1]
    event("alike" if looks[0] == looks[1] else "told apart")
