"""Pairs of agencies that look alike are decided alike: what makes it right to decide on one of them only."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import numpy as np
from length import draws
from policy_builders import TODAY

import policies

KINDS = (("dv_shelter", "community"), ("law_enforcement", "systems"), (None, None))


def agencies(forms: frozenset[str]) -> list[policies.Agency]:
    return [
        policies.Agency(f"{name}-{number}", kind, basis, house=house, accepted_forms=forms)
        for number, ((kind, basis), name, house) in enumerate(product(KINDS, ("one", "other"), ("", "house")))
    ]


def test_pairs_that_look_alike_have_equal_facts_and_equal_lifts() -> None:
    """All pairs of drawn agencies, with and without consents that name some of them: one answer for each look."""
    rulebook = policies.load_rulebook(("federal", "us-tx", "coalition"))
    asking, rng = policies.Asking(rulebook), np.random.default_rng(3)
    alike = told_apart = 0
    for _ in range(draws(6)):
        everyone = [one for forms in (frozenset[str](), frozenset({"form"})) for one in agencies(forms)]
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
            alike += len(shares) > 1
        told_apart += len(by_look)
    assert alike > draws(100)
    assert told_apart > draws(300)
