"""What goes by consent alone goes to nobody without one: nobody has to be asked about the rest."""

from __future__ import annotations

from dataclasses import replace

import policy_builders as build
import pytest
from hypothesis import event, given, settings
from length import draws

import policies
from policies.facts import OF_THE_PAIR, Facts, facts_of

MANY = settings(max_examples=draws(400), deadline=None)
PURPOSES = ("referral", "benefits", "safety", "treatment", "team_review")


@pytest.fixture(scope="module")
def rulebook() -> policies.Rulebook:
    return policies.load_rulebook(("federal", "us-tx", "coalition"))


def _names(consent: policies.Consent, share: policies.Share) -> bool:
    return consent.holder == share.holder.id and share.recipient.id in consent.to


@MANY
@given(build.cases(), build.shares())
def test_what_goes_by_consent_alone_goes_to_nobody_without_one(
    rulebook: policies.Rulebook, case: policies.Case, drawn_share: policies.Share
) -> None:
    """Any two agencies, any agreement, and consents that name others: neither the compiled rules nor Cedar allow it."""
    consents = (consent for consent in case.consents if not _names(consent, drawn_share))
    case = replace(case, consents=tuple(consents))
    for purpose in PURPOSES:
        share = replace(
            drawn_share, action="disclose", purpose=purpose, process="none", conditioned_on="none", encoded=False
        )
        classes = rulebook.only_by_consent(case, purpose)
        assert not rulebook.allows(case, [replace(share, data=data) for data in sorted(classes)]).any()
        if drawn_share.data in classes:
            assert not rulebook.record(case, replace(share, data=drawn_share.data)).allow
        event(f"{purpose}: {len(classes)}")


@MANY
@given(build.cases(), build.shares(), build.shares())
def test_other_facts_are_the_same_whoever_the_two_are(
    case: policies.Case, first: policies.Share, second: policies.Share
) -> None:
    """Of two shares of the same in one case, the facts that may differ are those that are left open."""
    same = {
        name: getattr(first, name)
        for name in ("action", "data", "purpose", "process", "conditioned_on", "encoded")
    }  # fmt: skip
    all_facts = [*facts_of(case, first), *facts_of(case, replace(second, **same))]

    differing = {name for name in Facts._fields if len({getattr(facts, name) for facts in all_facts}) > 1}

    assert differing <= {"holder", "recipient", *OF_THE_PAIR}


def test_in_a_referral_next_to_nothing_goes_without_consent(rulebook: policies.Rulebook) -> None:
    """What makes it worth knowing: of all that identifies, a school's records of a child in the state's care alone."""
    identifying = {*build.WORDS.words("Data")} - build.NOT_IDENT
    in_care = build.case(age="minor", guardian="state_conservator")
    without = [identifying - rulebook.only_by_consent(case, "referral") for case in (build.case(), in_care)]

    assert without == [set(), {"education"}]


def test_what_the_law_lets_go_in_danger_is_asked_about(rulebook: policies.Rulebook) -> None:
    danger = build.case(danger="imminent")

    assert "identity" not in rulebook.only_by_consent(danger, "safety")
    assert "identity" in rulebook.only_by_consent(danger, "referral")


@MANY
@given(case=build.cases())
def test_where_a_private_house_stands_goes_by_consent_alone_in_a_referral(
    each_book: policies.Rulebook, case: policies.Case
) -> None:
    """So no holder differs from others of the kind by an operator's leave alone, as the search takes for granted."""
    assert "shelter_location" in each_book.only_by_consent(case, "referral")
