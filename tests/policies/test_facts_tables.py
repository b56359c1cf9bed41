"""The canonicaliser, table by table: what each record turns into on the day it matters."""

from dataclasses import replace
from datetime import timedelta

import policy_builders as build
import pytest
from policy_builders import FORM, TODAY

from policies import FactsError, age_from_range, facts_of, lawful_signers

DAY = timedelta(days=1)
NOBODY = frozenset()


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "current"),
        ({"signed_on": TODAY + DAY}, "not_current"),
        ({"signed_on": None}, "not_current"),
        ({"ends_on": TODAY}, "current"),
        ({"ends_on": TODAY - DAY}, "not_current"),
        ({"withdrawn_on": TODAY + DAY}, "current"),
        ({"withdrawn_on": TODAY}, "not_current"),
        ({"withdrawn_on": TODAY - DAY}, "not_current"),
        ({"level": "verbal", "withdrawn_on": TODAY}, "not_current"),
        ({"level": "verbal", "ends_on": None}, "current"),
        ({"level": "verbal", "signed_on": None}, "not_current"),
        ({"signers": NOBODY}, "not_current"),
    ],
)
def test_end_days_are_inclusive_and_a_withdrawal_counts_from_the_start_of_its_day(changes, state):
    facts = build.best_facts(build.case(consents=(build.consent(**changes),)), build.share())

    assert facts.consent == state
    assert (facts.level == "none") == (state != "current")


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "current"),
        ({"to": frozenset({"recipient-parent"})}, "out_of_scope"),
        ({"data": frozenset({"need"})}, "out_of_scope"),
        ({"purpose": "benefits"}, "out_of_scope"),
        ({"purpose": "benefits", "ends_on": TODAY - DAY}, "out_of_scope"),
        ({"holder": "first-agency"}, "absent"),
        ({"holder": "first-agency", "to": frozenset({"holder", "recipient"})}, "onward"),
        ({"holder": "recipient"}, "absent"),
        ({"level": "none"}, "absent"),
        ({"level": "hand on heart"}, "absent"),
    ],
)
def test_a_consent_reaches_only_the_recipient_data_and_purpose_that_it_names(changes, state):
    facts = build.best_facts(build.case(consents=(build.consent(**changes),)), build.share())

    assert facts.consent == state


def test_a_department_is_not_its_parent():
    """Consent to a house never reaches its department, nor the other way round."""
    department = build.agency("county-advocates", house="county")
    parent = build.agency("county", house="county")
    to_parent = build.case(consents=(build.consent(to=frozenset({"county"})),))

    to_department, to_house = (build.share(recipient=one) for one in (department, parent))

    assert build.best_facts(to_parent, to_department).consent == "out_of_scope"
    assert build.best_facts(to_parent, to_house).consent == "current"


@pytest.mark.parametrize(
    ("form", "groups", "level"),
    [
        (FORM, [], "release"),
        ("roi-county", [], "verbal"),
        (None, [], "verbal"),
        ("roi-county", [{FORM, "roi-county"}], "release"),
        ("roi-far", [{FORM, "roi-county"}, {"roi-county", "roi-far"}], "verbal"),
        ("roi-far", [{FORM, "roi-county", "roi-far"}], "release"),
    ],
)
def test_a_form_counts_if_listed_or_directly_equivalent_to_a_listed_one(form, groups, level):
    given = build.consent(form=form, marks=frozenset({"sud"}))
    known = build.case(consents=(given,), equivalent_forms=frozenset(map(frozenset, groups)))

    facts = build.best_facts(known, build.share())

    assert facts.level == level
    assert facts.form_set_aside is (level == "verbal")
    assert bool(facts.marks) is (level == "release")


@pytest.mark.parametrize(
    ("level", "ends_on", "counted"),
    [("release", TODAY, "release"), ("release", None, "written"), ("written", None, "written"), ("told", None, "told")],
)
def test_a_release_without_an_end_is_a_signed_paper(level, ends_on, counted):
    facts = build.best_facts(build.case(consents=(build.consent(level=level, ends_on=ends_on),)), build.share())

    assert facts.level == counted
    assert facts.form_set_aside is False


def test_a_spoken_consent_needs_no_form_and_carries_no_marks():
    given = build.consent(level="verbal", form=None, marks=frozenset({"immigration"}))

    facts = build.best_facts(build.case(consents=(given,)), build.share())

    assert (facts.level, facts.marks, facts.form_set_aside) == ("verbal", frozenset(), False)


@pytest.mark.parametrize(
    ("age", "guardian", "lawful"),
    [
        ("adult", "none", {"client"}),
        ("adult", "safe_parent", {"client"}),
        ("adult", "court_safe", {"client", "guardian"}),
        ("adult", "court_suspected", {"client"}),
        ("minor", "safe_parent", {"client", "parent"}),
        ("minor", "suspected_parent_only", {"client"}),
        ("minor", "state_conservator", {"client", "guardian"}),
        ("minor", "court_suspected", {"client"}),
        ("minor", "unavailable", {"client"}),
        ("unknown", "safe_parent", {"client", "parent"}),
        ("minor", None, {"client"}),
        ("minor", "an uncle", {"client"}),
    ],
)
def test_only_signatures_known_to_be_safe_count(age, guardian, lawful):
    known = build.case(age=age, guardian=guardian)
    everyone = build.consent(signers=frozenset({"client", "parent", "guardian"}))

    facts = build.best_facts(replace(known, consents=(everyone,)), build.share())

    assert lawful_signers(known) == lawful
    assert facts.signers == lawful
    assert facts.signature_set_aside is True


def test_a_consent_that_only_an_unsafe_person_signed_is_worth_nothing():
    known = build.case(age="minor", guardian="suspected_parent_only")
    given = build.consent(signers=frozenset({"parent"}), marks=frozenset({"sud"}))

    facts = build.best_facts(replace(known, consents=(given,)), build.share())

    assert (facts.level, facts.marks, facts.signers) == ("none", frozenset(), frozenset())
    assert facts.signature_set_aside is True


@pytest.mark.parametrize(
    ("changes", "status", "kind"),
    [
        ({}, "in_force", "mou"),
        ({"type": "team"}, "in_force", "team"),
        ({"type": "handshake"}, "in_force", "none"),
        ({"effective": TODAY}, "in_force", "mou"),
        ({"effective": TODAY + DAY}, "draft", "mou"),
        ({"expires": TODAY}, "in_force", "mou"),
        ({"expires": TODAY - DAY}, "expired", "mou"),
        ({"status": "draft"}, "draft", "mou"),
        ({"status": "suspended"}, "ended", "mou"),
        ({"status": "ended"}, "ended", "mou"),
        ({"status": "promised"}, "absent", "none"),
        ({"between": ("holder", "other")}, "absent", "none"),
        ({"between": ("other", "recipient", "holder")}, "in_force", "mou"),
        ({"mutual": False}, "in_force", "mou"),
        ({"mutual": False, "between": ("recipient", "holder")}, "absent", "none"),
        ({"mutual": False, "between": ("holder", "recipient", "other")}, "absent", "none"),
        ({"data": frozenset({"identity"})}, "in_force", "mou"),
        ({"data": frozenset({"need"})}, "absent", "none"),
    ],
)
def test_an_agreement_counts_for_its_days_parties_direction_and_data(changes, status, kind):
    between = {"id": "agreement", "between": ("holder", "recipient")}

    facts = build.best_facts(build.case(), build.share(agreement=build.Agreement(**{**between, **changes})))

    assert (facts.agreement, facts.agreement_type) == (status, kind)


@pytest.mark.parametrize(
    ("low", "high", "age"),
    [
        (17, 17, "minor"),
        (17, 18, "unknown"),
        (18, 18, "adult"),
        (None, 17, "minor"),
        (18, None, "adult"),
        (None, None, "unknown"),
        (None, 18, "unknown"),
        (17, None, "unknown"),
    ],
)
def test_eighteen_is_the_line(low, high, age):
    assert age_from_range(low, high) == age


def test_what_is_not_known_is_said_to_be_unknown():
    nothing_known = build.Case(today=TODAY)
    undeclared = build.Agency("holder", declared=False)

    facts = build.best_facts(nothing_known, build.share(holder=undeclared))

    assert {facts.age, facts.guardian, facts.danger, facts.may_sign_alone, facts.emancipated} == {"unknown"}
    assert {facts.holder.kind, facts.holder.basis, facts.holder.reporter} == {"unknown"}
    assert facts.same_house is False


def test_a_regime_that_is_no_word_of_ours_makes_an_agency_undeclared():
    """Dropping it quietly would loosen what it was declared to tighten."""
    facts = build.best_facts(build.case(), build.share(holder=build.agency(regimes=frozenset({"moon-law"}))))

    assert facts.holder.declared is False
    assert facts.holder.regimes == frozenset()


def test_the_address_is_authorised_by_its_own_operator_for_this_recipient_only():
    place = build.agency("refuge", operator_authorised=frozenset({"recipient"}))
    own = build.agency(operator_authorised=frozenset({"recipient"}))

    of_place = build.share(data="shelter_location", location_of=place)
    of_other_place = build.share(holder=own, data="shelter_location", location_of=build.agency("other"))
    of_own = build.share(holder=own, data="shelter_location")

    found = [build.best_facts(build.case(), one).operator_authorised for one in (of_place, of_other_place, of_own)]

    assert found == [True, False, True]


def test_several_consents_are_judged_one_by_one_and_never_add_up(book):
    """A release for one thing and a spoken word for another do not make a release for both."""
    holder = build.agency(regimes=frozenset({"vawa"}))
    spoken = build.consent(level="verbal")
    elsewhere = build.consent(purpose="benefits")
    fitting = build.consent()

    def allow(*consents):
        return book.decide(build.case(consents=consents), build.share(holder=holder)).allow

    assert not allow(spoken, elsewhere)
    assert allow(spoken, elsewhere, fitting)
    assert allow(fitting, elsewhere, spoken)


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "whisper"},
        {"data": "gossip"},
        {"purpose": "curiosity"},
        {"process": "rumour"},
        {"conditioned_on": "a favour"},
        {"data": None},
        {"data": None, "action": "report"},
    ],
)
def test_a_request_in_words_that_do_not_exist_is_refused_and_not_echoed(changes):
    with pytest.raises(FactsError) as refused:
        facts_of(build.case(), build.share(**changes))

    assert not any(value and str(value) in str(refused.value) for value in changes.values() if value != "report")


@pytest.mark.parametrize(
    ("houses", "same"), [(("county", "county"), True), (("county", "city"), False), (("", ""), False)]
)
def test_two_agencies_of_unknown_house_are_not_of_one_house(houses, same):
    share = build.share(holder=build.agency(house=houses[0]), recipient=build.agency("recipient", house=houses[1]))

    assert build.best_facts(build.case(), share).same_house is same
