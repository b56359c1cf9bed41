"""What it would take: as few facts, signatures, levels and forms as can be, and nothing that no signer could give."""

from __future__ import annotations

import gc
from datetime import date
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from length import draws
from policy_builders import FORM, FUNDED, agency, case, consent, share

from policies import Case, Remedy, RemedyFinder, Rulebook, Share, load_rulebook
from policies.consent_ladder import Ladder
from policies.consent_remedy import NEVER_ASKED
from policies.facts import ON_PAPER, bare_facts, forms_taken, lawful_signers, with_consent


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
    remedy = least(asking, case(), [share()])

    assert remedy is not None
    (wish,) = remedy.consents
    assert (wish.form, str(wish.ask), wish.ask.signers) == (None, "verbal", {"client"})


def test_recipients_of_one_form_are_asked_with_one(asking: RemedyFinder) -> None:
    """A stated equivalent counts as the same form; nobody signs twice."""
    equivalent = frozenset({frozenset({FORM, "roi-county"})})
    shares = [*funded("inn"), *funded("lodge", accepted_forms=frozenset({"roi-county"}))]

    together = least(asking, case(equivalent_forms=equivalent), shares)
    without_equivalent = least(asking, case(), shares)

    assert together is not None
    assert without_equivalent is not None
    assert [consent.to for consent in together.consents] == [{"inn", "lodge"}]
    assert [(consent.form, consent.to) for consent in without_equivalent.consents] == [
        ("roi-county", {"lodge"}),
        (FORM, {"inn"}),
    ]


@pytest.mark.parametrize(
    ("guardian", "age", "signers"), [("safe_parent", 0, {"client", "parent"}), ("none", 2, {"client"})]
)
def test_no_age_that_a_signature_opens_is_left_out(
    asking: RemedyFinder, guardian: str, age: int, signers: set[str]
) -> None:
    """Sixteen to nineteen: with a safe parent who signs too all are served; without one, adults alone."""
    cases = [(case(age=word, guardian=guardian, may_sign_alone=False), 0) for word in ("unknown", "minor", "adult")]

    remedy = asking.least(cases, funded("inn"))

    assert remedy is not None
    assert (remedy.age, remedy.facts, remedy.consents[0].ask.signers) == (age, {}, signers)


def test_one_fact_is_asked_for_only_where_signatures_do_not_do(asking: RemedyFinder) -> None:
    """A minor with no safe adult may be known to sign alone; with a safe parent both sign, and no fact is asked."""
    without_adult = least(asking, case(age="minor", may_sign_alone=None), funded("inn"))
    with_parent = least(asking, case(age="minor", may_sign_alone=None, guardian="safe_parent"), funded("inn"))

    assert without_adult is not None
    assert with_parent is not None
    assert (without_adult.facts, without_adult.consents[0].ask.signers) == ({"may_sign_alone": (True,)}, {"client"})
    assert (with_parent.facts, with_parent.consents[0].ask.signers) == ({}, {"client", "parent"})


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
    signed = consent(to=frozenset({"inn"}))
    some = case(age="minor", may_sign_alone=None, consents=(signed,))

    remedy = least(asking, some, funded("inn"))

    assert remedy is not None
    assert (remedy.facts, remedy.consents) == ({"may_sign_alone": (True,)}, ())


def test_what_goes_as_agreed_may_wait_for_a_fact_and_for_no_further_consent(asking: RemedyFinder) -> None:
    """A row for each value that rules tell apart: the client's own signature counts where they may sign alone."""
    some = case(age="minor", may_sign_alone=None, consents=(consent(to=frozenset({"inn"})),))

    agreed = asking.agreed(some, [*funded("inn"), *funded("hut")])

    rows = {
        supposition.facts.get("may_sign_alone"): row.tolist()
        for supposition, row in zip(asking.suppositions(some), agreed, strict=True)
    }
    inn, hut = len(funded("inn")), len(funded("hut"))
    assert rows[(True,)] == [True] * inn + [False] * hut
    assert rows[None] == [False] * (inn + hut)


def test_nobody_is_asked_to_waive_a_privilege(asking: RemedyFinder) -> None:
    """The mark that takes counsel's advice first is no remedy here."""
    shares = [share(data="privileged")]

    assert least(asking, case(), shares) is None


def test_no_case_outlives_its_question(asking: RemedyFinder) -> None:
    """A profile is answered and forgotten: what is remembered are words of the vocabulary."""
    day = date(1987, 6, 5)
    some = case(today=day, guardian=None, age="unknown", consents=(consent(signed_on=day),))
    asking.could(some, funded("inn"))
    asking.agreed(some, funded("hut"))
    least(asking, some, funded("inn"))

    del some
    gc.collect()

    assert [kept for kept in gc.get_objects() if isinstance(kept, Case) and kept.today == day] == []


class Cleared(dict[Any, Any]):
    """A memory that another thread clears after each look."""

    def __contains__(self, key: object) -> bool:
        return self.pop(key, None) is not None

    def get(self, key: Any, default: Any = None) -> Any:
        return self.pop(key, default)


def test_a_memory_that_another_thread_clears_takes_no_answer_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was remembered a moment ago is there, or is decided anew."""
    finder, shares = RemedyFinder(load_rulebook(("federal", "us-tx", "coalition"))), funded("inn", "hut")
    could, remedy = finder.could(case(guardian=None), shares), least(finder, case(guardian=None), shares)
    for name in ("_verdicts", "_lifts"):
        monkeypatch.setattr(finder, name, Cleared(getattr(finder, name)))

    assert (finder.could(case(guardian=None), shares) == could).all()
    assert least(finder, case(guardian=None), shares) == remedy


def clients() -> st.SearchStrategy[Case]:
    """Children and adults of whom little is known, some with a consent that they or others signed."""
    signers = st.sampled_from([{"client"}, {"parent"}, {"guardian"}, {"client", "guardian"}]).map(frozenset)
    signed = st.builds(
        consent,
        signers=signers,
        data=st.just(frozenset({"identity", "need", "sud", "immigration"})),
        level=st.sampled_from(["verbal", "release"]),
    )
    return st.builds(
        case,
        age=st.sampled_from(["minor", "adult", "unknown"]),
        guardian=st.sampled_from([None, None, None, "safe_parent", "court_safe", "suspected_parent_only"]),
        may_sign_alone=st.sampled_from([None, True, False]),
        consents=st.lists(signed, max_size=1).map(tuple),
    )


def hand_overs() -> st.SearchStrategy[Share]:
    """Shares of a referral, to those who take a form and those who take none."""
    regimes = st.sampled_from([frozenset(), FUNDED, frozenset({"attorney"}), frozenset({"part2"})])
    forms = st.sampled_from([frozenset(), frozenset({FORM})])
    holders, recipients = (
        st.builds(agency, regimes=regimes),
        st.builds(agency, st.just("recipient"), accepted_forms=forms),
    )
    data = st.sampled_from(["identity", "need", "sud", "immigration", "privileged"])
    return st.builds(share, holder=holders, recipient=recipients, data=data)


@settings(max_examples=draws(600))
@given(clients(), st.lists(hand_overs(), min_size=1, max_size=3))
def test_what_could_go_is_what_each_consent_lets_go_one_by_one(
    asking: RemedyFinder, book: Rulebook, some: Case, shares: list[Share]
) -> None:
    """Under every supposition, asked by the compiled rules: as agreed, and with every rung that may be asked for."""
    agreed, could, ladder = asking.agreed(some, shares), asking.could(some, shares), Ladder(book.pack.space)

    for world, supposition in enumerate(asking.suppositions(some)):
        signers = lawful_signers(supposition.case)
        for place, each in enumerate(shares):
            paper, bare = bool(forms_taken(each.recipient, supposition.case)), bare_facts(supposition.case, each)
            asks = [ask for ask in ladder.asks(signers) if NEVER_ASKED not in ask.marks]
            consented = [
                with_consent(bare, ask.level, ask.marks, ask.signers)
                for ask in asks
                if paper or ask.level not in ON_PAPER
            ]
            may_go = bool(book.allows(supposition.case, [each])[0])
            assert agreed[world, place] == may_go
            assert could[world, place] == (may_go or any(verdict.allow for verdict in book.verdicts(consented)))
            event(f"agreed {may_go}, could {bool(could[world, place])}")
