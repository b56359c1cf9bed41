"""What it would take: as few facts, signatures, levels and forms as can be, and nothing that no signer could give."""

from __future__ import annotations

from typing import Any

import pytest
from policy_builders import FORM, FUNDED, agency, case, consent, share

from policies import Case, Remedy, RemedyFinder, Rulebook, Share, load_rulebook


@pytest.fixture(scope="module")
def asking() -> RemedyFinder:
    book: Rulebook = load_rulebook(("federal", "us-tx", "coalition"))
    return RemedyFinder(book)


def funded(*recipients: str, **changes: Any) -> list[Share]:
    holder = agency(regimes=FUNDED)
    return [share(holder=holder, recipient=agency(slug, **changes)) for slug in recipients]


def least(asking: RemedyFinder, some: Case, shares: list[Share]) -> Remedy | None:
    return asking.least([(some, 0)], shares)


def test_spoken_consent_is_enough_where_no_regime_binds(asking: RemedyFinder) -> None:
    """The lowest rung that does it, on no form."""
    found = least(asking, case(), [share()])

    assert found is not None
    (asked,) = found.consents
    assert (asked.form, str(asked.ask), asked.ask.signers) == (None, "verbal", {"client"})


def test_recipients_of_one_form_are_asked_with_one(asking: RemedyFinder) -> None:
    """A stated equivalent counts as the same form; nobody signs twice."""
    alike = frozenset({frozenset({FORM, "roi-county"})})
    shares = [*funded("inn"), *funded("lodge", accepted_forms=frozenset({"roi-county"}))]

    found = least(asking, case(equivalent_forms=alike), shares)
    apart = least(asking, case(), shares)

    assert found is not None
    assert apart is not None
    assert [consent.to for consent in found.consents] == [{"inn", "lodge"}]
    assert [(consent.form, consent.to) for consent in apart.consents] == [("roi-county", {"lodge"}), (FORM, {"inn"})]


@pytest.mark.parametrize(
    ("guardian", "age", "signers"), [("safe_parent", 0, {"client", "parent"}), ("none", 2, {"client"})]
)
def test_no_age_that_a_signature_opens_is_left_out(
    asking: RemedyFinder, guardian: str, age: int, signers: set[str]
) -> None:
    """Sixteen to nineteen: with a safe parent who signs too all are served; without one, adults alone."""
    cases = [(case(age=word, guardian=guardian, may_sign_alone=False), 0) for word in ("unknown", "minor", "adult")]

    found = asking.least(cases, funded("inn"))

    assert found is not None
    assert (found.age, found.facts, found.consents[0].ask.signers) == (age, {}, signers)


def test_one_fact_is_asked_for_only_where_signatures_do_not_do(asking: RemedyFinder) -> None:
    """A minor with no safe adult may be known to sign alone; with a safe parent both sign, and no fact is asked."""
    alone = least(asking, case(age="minor", may_sign_alone=None), funded("inn"))
    both = least(asking, case(age="minor", may_sign_alone=None, guardian="safe_parent"), funded("inn"))

    assert alone is not None
    assert both is not None
    assert (alone.facts, alone.consents[0].ask.signers) == ({"may_sign_alone": (True,)}, {"client"})
    assert (both.facts, both.consents[0].ask.signers) == ({}, {"client", "parent"})


@pytest.mark.parametrize(
    ("some", "changes"),
    [
        (case(guardian="court_suspected"), {}),
        (case(age="minor"), {}),
        (case(), {"accepted_forms": frozenset()}),
    ],
    ids=["the guardian may not sign", "nobody may sign with them", "no form is taken"],
)
def test_where_no_consent_can_nothing_is_asked(asking: RemedyFinder, some: Case, changes: dict[str, Any]) -> None:
    """No lawful consent would be enough: there is no remedy, and nothing could go."""
    shares = funded("inn", **changes)

    assert least(asking, some, shares) is None
    assert not asking.could(some, shares).any()


def test_what_is_agreed_already_is_not_asked_again(asking: RemedyFinder) -> None:
    """An earlier consent may only wait for a fact: then the fact alone is asked for."""
    given = consent(to=frozenset({"inn"}))
    some = case(age="minor", may_sign_alone=None, consents=(given,))

    found = least(asking, some, funded("inn"))

    assert found is not None
    assert (found.facts, found.consents) == ({"may_sign_alone": (True,)}, ())


def test_what_goes_as_agreed_may_wait_for_a_fact_and_for_no_further_consent(asking: RemedyFinder) -> None:
    """A row for each value that rules tell apart: the client's own signature counts where they may sign alone."""
    some = case(age="minor", may_sign_alone=None, consents=(consent(to=frozenset({"inn"})),))

    agreed = asking.agreed(some, [*funded("inn"), *funded("hut")])

    told = {
        one.facts.get("may_sign_alone"): row.tolist()
        for one, row in zip(asking.suppositions(some), agreed, strict=True)
    }
    inn, hut = len(funded("inn")), len(funded("hut"))
    assert told[(True,)] == [True] * inn + [False] * hut
    assert told[None] == [False] * (inn + hut)


def test_nobody_is_asked_to_waive_a_privilege(asking: RemedyFinder) -> None:
    """The mark that takes counsel's advice first is no remedy here."""
    told = [share(data="privileged")]

    assert least(asking, case(), told) is None
