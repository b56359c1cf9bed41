"""One promise for each fact of a request: what it depends on, over all records there could be, and on nothing else."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import permutations, product

import policy_builders as build
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from length import draws
from policy_builders import FORM, TODAY

from policies import Agreement, FactsError, age_from_range, facts_of, lawful_signers
from policies.facts import bare_of, party_of, with_consent

MANY = settings(max_examples=draws(80))
WORDS = build.WORDS
DAYS = st.dates(date(2023, 12, 28), date(2028, 3, 3))  # over two leap days and several ends of years
NEAR = st.integers(-2, 2)
ANSWERS = {True: "yes", False: "no", None: "unknown"}
ALL_SIGNERS = frozenset(WORDS.words("Signer"))
TEXT = st.text(max_size=12)


def days_of(first: date | None, last: date | None, *, without: date | None = None) -> set[date]:
    """The days on which something holds, one by one; None: no limit (a year around is enough for these tests)."""
    start = date(2023, 1, 1) if first is None else first
    end = date(2029, 1, 1) if last is None else last
    days = {start + timedelta(days=number) for number in range((end - start).days + 1)}
    return days if without is None else {day for day in days if day < without}


def facts_from(consent, *, case=None, share=None):
    """The facts that a single consent leads to; the bare ones if it does not bear on the share."""
    return build.best_facts(replace(case or build.case(), consents=(consent,)), share or build.share())


# ---------------------------------------------------------------- days


@MANY
@given(DAYS, st.none() | NEAR, st.none() | NEAR, st.none() | NEAR)
def test_a_consent_counts_on_its_days_and_on_no_other(today, signed, ends, withdrawn):
    """From its first day to its last, both included, up to the day before it was withdrawn; undated, on none."""
    signed, ends, withdrawn = (None if n is None else today + timedelta(days=n) for n in (signed, ends, withdrawn))
    consent = build.consent(signed_on=signed, ends_on=ends, withdrawn_on=withdrawn)
    holds = set() if signed is None else days_of(signed, ends, without=withdrawn)

    facts = facts_from(consent, case=build.case(today=today))

    assert facts.consent == ("current" if today in holds else "not_current")


@pytest.mark.parametrize("today", [TODAY, date(2024, 2, 29), date(2026, 12, 31)])
def test_an_agreement_is_in_force_on_its_days_and_on_no_other(today):
    """From its first day to its last, both included; every order of the three within two days."""
    near = [None, *(today + timedelta(days=days) for days in range(-2, 3))]
    for effective, expires in product(near, near):
        agreement = Agreement("a", ("holder", "recipient"), effective=effective, expires=expires)

        facts = build.best_facts(build.case(today=today), build.share(agreement=agreement))

        assert (facts.agreement == "in_force") == agreement.is_in_force(today) == (today in days_of(effective, expires))
        assert facts.agreement in ("in_force", "draft" if effective and today < effective else "expired")


@MANY
@given(build.consents(), NEAR.filter(lambda days: days <= 0))
def test_a_withdrawal_by_word_of_mouth_ends_a_consent_of_any_form(consent, days):
    """A withdrawal is a day and nothing more: no paper, form, level or signer stands against it, from that day on."""
    spoken = replace(consent, withdrawn_on=TODAY + timedelta(days=days))

    facts_of_case = facts_of(build.case(consents=(spoken,)), build.share())

    assert {facts.level for facts in facts_of_case} == {"none"}
    assert "current" not in {facts.consent for facts in facts_of_case}


# ---------------------------------------------------------------- whom, what, and what for


@MANY
@given(build.consents(), build.cases(), build.shares())
def test_a_consent_that_names_anything_else_is_out_of_scope(consent, case, share):
    """Recipient, class of data and purpose are each named by the consent; one that is not leaves nothing of it."""
    assume(consent.level in ("told", "verbal", "written", "release"))
    in_scope = replace(
        consent, holder=share.holder.id, to=frozenset({share.recipient.id}), data=frozenset({share.data})
    )
    in_scope, disclosure = replace(in_scope, purpose=share.purpose), replace(share, action="disclose")
    elsewhere = [
        replace(in_scope, to=frozenset({"somebody-else", "county"})),
        replace(in_scope, to=frozenset()),
        replace(in_scope, data=frozenset(WORDS.words("Data")) - {share.data}),
        replace(in_scope, purpose="another"),
    ]

    assert facts_from(in_scope, case=case, share=disclosure).consent in ("current", "not_current")
    for other in elsewhere:
        facts = facts_from(other, case=case, share=disclosure)
        assert (facts.consent, facts.level, facts.marks, facts.signers) == ("out_of_scope", "none", set(), set())


@pytest.mark.parametrize("purpose", WORDS.words("Purpose"))
def test_a_purpose_is_met_by_itself_only(purpose):
    purposes = [
        word
        for word in WORDS.words("Purpose")
        if facts_from(build.consent(purpose=purpose), share=build.share(purpose=word)).consent == "current"
    ]

    assert purposes == [purpose]


@MANY
@given(build.shares(), build.consents(), st.sampled_from(["holder", "recipient", "county", "county-advocates"]))
def test_a_department_is_another_organization_than_its_house(share, consent, house):
    """Houses are for agreements between departments; no consent is read by them."""
    apart = replace(share, holder=replace(share.holder, house="a"), recipient=replace(share.recipient, house="b"))
    together = replace(
        share, holder=replace(share.holder, house=house), recipient=replace(share.recipient, house=house)
    )

    first, second = (facts_of(build.case(consents=(consent,)), some) for some in (apart, together))

    assert [facts._replace(same_house=False) for facts in second] == list(first)
    assert {facts.same_house for facts in second} == {True}


@MANY
@given(build.consents(), build.shares(), st.sampled_from(["first-agency", "recipient"]))
def test_a_consent_given_to_somebody_else_explains_and_never_counts(consent, share, holder):
    """Only what the client agreed to with this holder counts; what another holder had is known to be passed on."""
    elsewhere = replace(consent, holder=holder, level="release")

    facts = facts_from(elsewhere, share=replace(share, action="disclose"))

    assert facts.consent == ("onward" if share.holder.id in consent.to else "absent")
    assert (facts.level, facts.marks, facts.signers) == ("none", frozenset(), frozenset())


@MANY
@given(st.lists(build.consents(), max_size=4), build.cases(), build.shares())
def test_several_consents_never_add_up(consents, case, share):
    """Several forms at once are what each is by itself: no level of one goes with the marks or signers of another."""
    together = facts_of(replace(case, consents=tuple(consents)), share)

    one_by_one = {facts for consent in consents for facts in facts_of(replace(case, consents=(consent,)), share)}

    assert set(together) == one_by_one | set(facts_of(replace(case, consents=()), share))


@MANY
@given(build.cases(), build.shares(), st.sampled_from(["route", "serve", "report"]))
def test_only_a_disclosure_can_rest_on_consent(case, share, action):
    """Help, a phone number and a report are the same whatever was agreed to."""
    share = replace(share, action=action)

    assert facts_of(case, share) == facts_of(replace(case, consents=()), share)
    assert len(facts_of(case, share)) == 1


# ---------------------------------------------------------------- signers


@pytest.mark.parametrize("age", ["minor", "adult", "unknown"])
@pytest.mark.parametrize("guardian", [*WORDS.words("Guardian"), None, "an uncle"])
def test_who_may_sign_follows_from_age_and_guardian_alone(age, guardian):
    """A parent only if known to be safe and not for an adult; a guardian only if a court or the State named a safe
    one; the client always."""
    expected = {"client"}
    if guardian == "safe_parent" and age in ("minor", "unknown"):
        expected |= {"parent"}
    if guardian in ("court_safe", "state_conservator"):
        expected |= {"guardian"}

    assert lawful_signers(build.case(age=age, guardian=guardian)) == expected


@MANY
@given(build.cases(), st.frozensets(st.sampled_from([*sorted(ALL_SIGNERS), "neighbour"]), min_size=1))
def test_signatures_count_one_by_one(case, signers):
    """Each signature counts or is set aside by itself; with none left the paper is worth nothing."""
    lawful = signers & lawful_signers(case)

    facts = facts_from(build.consent(signers=signers, marks=frozenset({"sud"})), case=case)

    assert facts.signers == lawful
    assert facts.signature_set_aside is (lawful != signers)
    assert (facts.level, facts.marks) == (("release", {"sud"}) if lawful else ("none", frozenset()))
    assert facts.consent == "current"


# ---------------------------------------------------------------- forms, levels and marks


FORMS = ["roi-a", "roi-b", "roi-c", "roi-d"]
GROUPS = st.frozensets(st.frozensets(st.sampled_from(FORMS), min_size=1, max_size=3), max_size=3)


@MANY
@given(st.none() | st.sampled_from(FORMS), st.frozensets(st.sampled_from(FORMS), max_size=2), GROUPS)
def test_a_form_is_accepted_as_listed_or_as_stated_and_never_as_inferred(form, listed_forms, groups):
    """Listed by the recipient, or stated the same as a listed one in one breath; two statements do not chain."""
    stated = [{first, second} for group in groups for first in group for second in group]
    accepted = form in listed_forms or any({form, second} in stated for second in listed_forms)
    recipient = build.agency("recipient", accepted_forms=listed_forms)

    facts = facts_from(
        build.consent(form=form), case=build.case(equivalent_forms=groups), share=build.share(recipient=recipient)
    )

    assert facts.level == ("release" if accepted else "verbal")
    assert facts.form_set_aside is not accepted


@MANY
@given(build.consents(), build.cases())
def test_a_consent_never_counts_for_more_than_it_is(consent, case):
    """No record raises a level; marks are kept on paper only, and only those that are words of ours."""
    order = [*WORDS.words("Level")]

    for facts in facts_of(replace(case, consents=(consent,)), build.share()):
        given_level = consent.level if consent.level in order else "none"
        assert order.index(facts.level) <= order.index(given_level)
        on_paper = facts.level in ("written", "release")
        assert facts.marks == (consent.marks & set(WORDS.words("Mark")) if on_paper else frozenset())
        assert facts.signers <= consent.signers
        assert facts.consent == "current" or facts.level == "none"


@pytest.mark.parametrize("level", WORDS.words("Level")[1:])
def test_a_consent_that_nobody_signed_is_not_current(level):
    facts = facts_from(build.consent(level=level, signers=frozenset()))

    assert (facts.consent, facts.level) == ("not_current", "none")


@pytest.mark.parametrize("level", [*WORDS.words("Level"), "hand on heart"])
@pytest.mark.parametrize("form", [FORM, None])
@pytest.mark.parametrize("ends_on", [None, TODAY])
def test_a_level_is_what_its_paper_bears_out(level, form, ends_on):
    """Spoken stays spoken without any form; paper on a form not taken is a spoken word; a release needs an end.

    Marks are those of the paper, and words of ours.
    """
    marks = frozenset({"sud", "not-a-mark"})
    facts = facts_from(build.consent(level=level, form=form, ends_on=ends_on, marks=marks))

    expected = level if level in WORDS.words("Level") else "none"
    if level in ("written", "release"):
        expected = "verbal" if form is None else "written" if ends_on is None else level
    assert facts.level == expected
    assert facts.marks == ({"sud"} if expected in ("written", "release") else frozenset())
    assert facts.form_set_aside is (level in ("written", "release") and form is None)
    assert facts.consent == ("absent" if expected == "none" else "current")


# ---------------------------------------------------------------- agencies, houses and agreements


@MANY
@given(build.agencies("holder"), build.agencies("other"))
def test_of_an_agency_the_rules_know_six_things(agency, other):
    """Kind, basis, regimes, declaration, reporting and membership; never who it is, its house, forms or address."""
    same = replace(
        other, kind=agency.kind, basis=agency.basis, regimes=agency.regimes, declared=agency.declared,
        reporter=agency.reporter, member=agency.member,
    )  # fmt: skip

    facts = party_of(agency)

    assert facts == party_of(same)
    assert facts.kind == (agency.kind if agency.kind in WORDS.words("Kind") else "unknown")
    assert facts.basis == (agency.basis or "unknown")
    assert facts.reporter == (agency.reporter or "unknown")
    assert facts.member is agency.member
    assert facts.regimes == agency.regimes - {"not-a-regime"}
    assert facts.declared is (agency.declared and "not-a-regime" not in agency.regimes)


@pytest.mark.parametrize("more", [(), ("moon-law",)])
def test_an_agency_may_be_under_every_regime_and_under_no_other(more):
    """One that is no word of ours makes it undeclared: dropped quietly it would loosen what it was to tighten."""
    everything = frozenset(WORDS.words("Regime"))

    facts = party_of(build.agency(regimes=everything.union(more)))

    assert (facts.regimes, facts.declared) == (everything, not more)


@MANY
@given(st.sampled_from(["", "a", "b"]), st.sampled_from(["", "a", "b"]))
def test_one_house_is_the_same_known_house(first, second):
    share = build.share(holder=build.agency(house=first), recipient=build.agency("recipient", house=second))

    assert build.best_facts(build.case(), share).same_house is (first == second != "")


PARTIES = [permutation for size in (2, 3) for permutation in permutations(("holder", "recipient", "other"), size)]


@pytest.mark.parametrize("between", PARTIES, ids=" ".join)
@pytest.mark.parametrize("mutual", [True, False])
def test_an_agreement_covers_its_pairs_in_its_direction_and_its_data(between, mutual):
    """Mutual: any two of its parties, both ways. One way: the first of exactly two to the second."""
    pair_is_meant = {"holder", "recipient"} <= set(between) if mutual else between == ("holder", "recipient")
    classes = [None, *map(frozenset, [(), ("identity",), ("need",), ("identity", "need")])]
    for data, about_data in product(classes, (True, False)):
        share = build.share(agreement=Agreement("a", between, mutual, data=data))
        if not about_data:
            share = replace(share, action="route", data=None)
        is_meant = pair_is_meant and (data is None or not about_data or "identity" in data)

        facts = build.best_facts(build.case(), share)

        assert (facts.agreement, facts.agreement_type) == (("in_force", "mou") if is_meant else ("absent", "none"))


def test_an_organization_has_no_agreement_with_itself():
    alone = build.share(recipient=build.agency("holder"), agreement=Agreement("a", ("holder", "other")))

    assert build.best_facts(build.case(), alone).agreement == "absent"


@pytest.mark.parametrize("kind", [*WORDS.words("AgreementType"), "handshake"])
@pytest.mark.parametrize("status", ["draft", "signed", "suspended", "ended", "promised"])
def test_an_agreement_has_a_type_as_long_as_there_is_one(kind, status):
    share = build.share(agreement=Agreement("a", ("holder", "recipient"), type=kind, status=status))

    facts = build.best_facts(build.case(), share)

    standing = {"draft": "draft", "signed": "in_force", "suspended": "ended", "ended": "ended"}.get(status, "absent")
    assert facts.agreement == standing
    assert facts.agreement_type == (kind if standing != "absent" and kind in WORDS.words("AgreementType") else "none")


@pytest.mark.parametrize("data", WORDS.words("Data")[1:])
def test_a_private_address_is_known_to_whom_its_own_operator_let_in(data):
    """Only for an address, only this recipient, and only by the operator of the place itself."""
    nobody, let_in = (build.agency(operator_authorised=frozenset(some)) for some in (["other"], ["recipient", "other"]))
    for holder, place in product((nobody, let_in), (None, nobody, let_in)):
        share = build.share(holder=holder, data=data, location_of=place)

        facts = build.best_facts(build.case(), share)

        assert facts.operator_authorised is (data == "shelter_location" and (place or holder) is let_in)


# ---------------------------------------------------------------- the client and the request

YES_OR_NO = [
    field.name for field in fields(build.Case) if field.name in WORDS.context and WORDS.context[field.name] == "Answer"
]


@pytest.mark.parametrize("name", YES_OR_NO)
@pytest.mark.parametrize("facts", [True, False, None])
def test_yes_no_and_unknown_stay_apart(name, facts):
    """Each three-valued fact of the case is said as it is, and moves no other."""
    assert len(YES_OR_NO) >= 3
    before, after = build.best_facts(build.case(), build.share()), None

    after = build.best_facts(build.case(**{name: facts}), build.share())

    assert getattr(after, name) == ANSWERS[facts]
    assert after._replace(**{name: getattr(before, name)}) == before


@pytest.mark.parametrize("name", ["age", "guardian", "danger"])
@given(value=st.none() | TEXT | st.sampled_from([*WORDS.words("Guardian"), *WORDS.words("Danger"), "minor", "adult"]))
@MANY
def test_what_is_no_word_of_ours_is_unknown(name, value):
    vocabulary = WORDS.words({"age": "Age", "guardian": "Guardian", "danger": "Danger"}[name])

    facts = build.best_facts(build.case(**{name: value}), build.share())

    assert getattr(facts, name) == (value if value in vocabulary else "unknown")


def test_a_client_is_a_minor_or_an_adult_only_if_every_possible_age_is():
    """Every range of ages up to 40, with and without a limit at either end."""
    for low, high in product((None, *range(41)), repeat=2):
        possible = range(0 if low is None else low, 121 if high is None else high + 1)
        minor, adult = (all(age < 18 for age in possible), all(age >= 18 for age in possible))

        if possible:
            assert age_from_range(low, high) == ("minor" if minor else "adult" if adult else "unknown")


REQUEST = {
    "action": WORDS.actions,
    "data": WORDS.words("Data"),
    "purpose": WORDS.words("Purpose"),
    "process": WORDS.words("Process"),
    "conditioned_on": WORDS.words("Condition"),
}


@pytest.mark.parametrize("name", REQUEST)
def test_a_request_says_what_was_asked_and_nothing_else_moves(name):
    """Each word of the vocabulary comes through as it is."""
    before = build.best_facts(build.case(), build.share())

    for word in REQUEST[name]:
        after = build.best_facts(build.case(), build.share(**{name: word}))
        assert getattr(after, name) == word
        assert after._replace(**{name: getattr(before, name)}) == before


@pytest.mark.parametrize("name", REQUEST)
@given(value=TEXT)
@MANY
def test_a_request_in_any_other_word_is_refused_without_echo(name, value):
    assume(value not in REQUEST[name] and not (name == "data" and not value))

    with pytest.raises(FactsError) as refusal:
        facts_of(build.case(), build.share(**{name: value}))

    assert str(refusal.value) == f"`{name}` is not a word of the vocabulary"


@pytest.mark.parametrize("action", WORDS.actions)
def test_data_is_named_wherever_something_leaves(action):
    """A route or a service may name no class; a disclosure or a report must."""
    share = build.share(action=action, data=None)

    if action in ("disclose", "report"):
        with pytest.raises(FactsError, match="`data` must be named"):
            facts_of(build.case(), share)
    else:
        assert build.best_facts(build.case(), share).data == "none"


# ---------------------------------------------------------------- the order, and what a consent replaces


def test_facts_come_in_one_order_first_those_that_explain_most():
    """Bare first; then by state, the highest level first, then marks, signers and what was set aside, by name."""
    consents = tuple(
        build.consent(level=level, marks=marks, signers=signers, form=form, **dates)
        for level in ("release", "written", "verbal", "told")
        for marks in (frozenset(), frozenset({"health"}), frozenset({"sud"}), frozenset({"health", "sud"}))
        for signers in (frozenset({"client"}), frozenset({"client", "parent"}), frozenset({"client", "guardian"}),
                        frozenset({"client", "parent", "guardian"}), frozenset({"guardian"}))
        for form in (FORM, None)
        for dates in ({}, {"ends_on": TODAY - timedelta(days=1)}, {"purpose": "safety"})
    )  # fmt: skip
    onward = build.consent(holder="first-agency", to=frozenset({"holder"}))
    case = build.case(age="minor", guardian="safe_parent", consents=(*consents, onward))

    bare, *with_consents = facts_of(case, build.share())

    levels = ["release", "written", "verbal", "told", "none"]
    states = ["current", "not_current", "out_of_scope", "onward"]
    expected = sorted(
        with_consents,
        key=lambda facts: (
            states.index(facts.consent), levels.index(facts.level), sorted(facts.marks), sorted(facts.signers),
            facts.form_set_aside, facts.signature_set_aside,
        ),
    )  # fmt: skip
    assert with_consents == expected
    assert [state for state in states if state in {facts.consent for facts in with_consents}] == states
    assert len(with_consents) > 30
    assert bare == bare_of(with_consents[0])


@MANY
@given(build.cases(), build.shares())
def test_a_consent_changes_what_a_consent_says_and_nothing_else(case, share):
    """Taken away again, all facts of a share are the bare ones; put in by hand, they say what was put in."""
    bare, *with_consents = facts_of(case, share)

    assert bare.consent == "absent"
    assert {bare_of(facts) for facts in with_consents} <= {bare}
    given_one = with_consent(bare, "written", frozenset({"sud"}), frozenset({"client"}))
    assert (given_one.consent, given_one.level, given_one.marks, given_one.signers) == (
        "current", "written", {"sud"}, {"client"},
    )  # fmt: skip
    assert (given_one.form_set_aside, given_one.signature_set_aside) == (False, False)
    assert bare_of(given_one) == bare


def test_what_a_record_leaves_out_is_unknown_or_not_so():
    """The barest records: nothing known of the client, two agencies of no known house, nothing private or coded."""
    bare = build.Case(today=TODAY)
    share = build.Share(build.Agency("holder"), build.Agency("recipient"), "disclose", "identity", "referral")

    facts = build.best_facts(bare, share)

    assert bare.age == "unknown"
    assert {getattr(bare, name) for name in YES_OR_NO} == {None}
    assert (facts.same_house, facts.encoded, facts.operator_authorised, facts.state_law) == (False,) * 4
    assert (facts.holder.declared, facts.holder.member, facts.holder.regimes) == (True, False, frozenset())
    assert build.Agency("holder").address_private is False
    assert (facts.process, facts.conditioned_on, facts.agreement) == ("none", "none", "absent")
