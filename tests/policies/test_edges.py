"""Where each rule begins and ends: the exceptions, one table per kind of exception."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import policy_builders as build
import pytest
from length import draws, draws_until
from policy_builders import NOT_IDENT, WORDS, answers_of, points

HELPERS = {"law_enforcement", "health", "mental_health", "child_welfare"}
EVERYDAY = {"need", "identity", "contact_location", "narrative"}
# regime -> dangers, recipients, data: catalogue row 18 a to e
OPENED = {
    "hipaa": ({"imminent", "medical"}, HELPERS, EVERYDAY | {"health", "mental_health"}),
    "ferpa": ({"imminent", "medical"}, HELPERS, EVERYDAY | {"health", "education"}),
    "part2": ({"medical"}, {"health"}, EVERYDAY | {"health", "sud"}),
    "tx_420": ({"imminent"}, {"law_enforcement", "health"}, EVERYDAY | {"privileged", "health"}),
    "tx_611": ({"imminent"}, {"law_enforcement", "health"}, EVERYDAY | {"mental_health"}),
}
CAUSES = (
    "release-not-current",
    "release-scope",
    "onward-sharing",
    "suspected-abuser-signature",
    "suspected-abuser-signature-second",
    "form-acceptance",
)
REPORTED = EVERYDAY | {"privileged", "health", "mental_health"}
IDENTIFYING = [word for word in WORDS.words("Data") if word not in NOT_IDENT]


def _holding(book, facts, effect):
    """Return, per facts, the ids of the rules of an effect that hold."""
    rules = [rule for rule in book.pack.deciding if rule.effect == effect]
    rows = book.evaluate([book.pack.formulas[rule.id] for rule in rules], facts)
    return [{rule.id for rule, holds in zip(rules, column, strict=True) if holds} for column in rows.T]


def _ids(book, case, share):
    decision = book.decide(case, share)
    return [rule.id for rule in (*decision.permits, *decision.forbids)]


def test_nothing_that_identifies_nobody_is_stopped(book):
    """No forbid on a disclosure reaches totals and published entries."""
    for data in sorted(NOT_IDENT):
        truths = _holding(book, points(1500, seed=30, action="disclose", data=data), "forbid")

        assert set().union(*truths) == set()


def test_what_identifies_nobody_never_rests_on_consent(book):
    """Its permit is its own, so the answer does not suggest that the client was asked."""
    for data in ("directory", "aggregate"):
        facts = points(500, seed=34, action="disclose", data=data, consent="current", level="release")

        assert set().union(*_holding(book, facts, "permit")) == {f"{data}-permit"}


@pytest.mark.parametrize(
    ("process", "still"),
    [("judge_order", {"shelter-location", "part2-consent"}), ("part2_order", {"shelter-location"})],
)
def test_a_judges_order_lifts_every_forbid_but_these(book, process, still):
    truths = _holding(book, points(4000, seed=31, action="disclose", process=process), "forbid")

    assert set().union(*truths) == still


@pytest.mark.parametrize("process", ["none", "subpoena", "judge_order", "part2_order"])
def test_an_order_opens_what_it_names_and_a_subpoena_nothing(book, process):
    """Whatever the data, but treatment records for an ordinary order, and never a private address."""
    court = build.agency("recipient", kind="court", basis="systems", member=True)
    holder = build.agency(kind="dv_shelter", regimes=frozenset({"vawa", "part2", "tx_93"}), member=True)
    shares = [
        build.share(holder=holder, recipient=court, data=data, purpose="court", process=process) for data in IDENTIFYING
    ]
    order = process in ("judge_order", "part2_order")

    open_classes = {data for data, yes in zip(IDENTIFYING, book.allows(build.case(), shares), strict=True) if yes}

    shut = {"shelter_location"} | ({"sud"} if process == "judge_order" else set())
    assert open_classes == (set(IDENTIFYING) - shut if order else set())


@pytest.mark.parametrize("regime", sorted(OPENED))
def test_an_emergency_opens_what_the_regime_lists_and_no_more(book, regime):
    """So between members without an agreement, with no consent or beside a dead one."""
    dangers, recipients, classes = OPENED[regime]
    holder = build.agency(kind="other_government", regimes=frozenset({regime}), member=True)
    dead = build.consent(purpose="safety", withdrawn_on=build.TODAY)
    kinds = [*sorted(HELPERS), "victim_services", "court"]
    agencies = {kind: build.agency("recipient", kind=kind, basis="systems", member=True) for kind in kinds}
    pairs = list(product(kinds, IDENTIFYING))
    shares = [build.share(holder=holder, recipient=agencies[kind], data=data, purpose="safety") for kind, data in pairs]

    for danger in WORDS.words("Danger"):
        expected = [danger in dangers and kind in recipients and data in classes for kind, data in pairs]
        for consents in ((), (replace(dead, data=frozenset(IDENTIFYING)),)):
            assert list(book.allows(build.case(danger=danger, consents=consents), shares)) == expected, danger


def test_an_emergency_is_one_only_for_the_purpose_of_safety(book):
    for regime, (dangers, recipients, classes) in OPENED.items():
        holder = build.agency(regimes=frozenset({regime}))
        case = build.case(danger=min(dangers))
        recipient = build.agency("recipient", kind=min(recipients), basis="systems")
        for purpose in set(WORDS.words("Purpose")) - {"safety"}:
            share = build.share(holder=holder, recipient=recipient, data=min(classes), purpose=purpose)

            assert not book.decide(case, share).allow


def test_an_emergency_lifts_no_more_than_its_own_regime_does(book):
    """A holder under no such law still needs the release for the police, and members their agreement."""
    police = build.agency("recipient", kind="law_enforcement", basis="systems", member=True)
    spoken = build.consent(level="verbal", purpose="safety")
    share = build.share(holder=build.agency(member=True), recipient=police, purpose="safety")

    assert _ids(book, build.case(danger="imminent", consents=(spoken,)), share) == [
        "law-enforcement-release",
        "mou-in-force",
    ]


def test_a_clinics_emergency_does_not_open_health_records_to_bystanders(book):
    clinic = build.agency(kind="health", regimes=frozenset({"hipaa"}))
    general = build.consent(purpose="safety", data=frozenset({"health"}))
    share = build.share(holder=clinic, data="health", purpose="safety")

    assert _ids(book, build.case(danger="imminent", consents=(general,)), share) == ["hipaa-authorization"]


@pytest.mark.parametrize("rule", CAUSES)
def test_a_cause_is_told_only_where_consent_was_needed(book, rule):
    """Rules that name a cause are silent in an emergency, in a center's team and under an order, except where a rule of
    consent stops the share anyway."""
    without = [other for other in book.pack.deciding if other.id not in CAUSES]
    permit = np.array([other.effect == "permit" for other in without])
    formulas = [book.pack.formulas[identifier] for identifier in (rule, *(other.id for other in without))]
    told = list[int]()
    for number in draws_until(20, lambda: bool(told)):
        facts = points(300, seed=3300 + number, action="disclose", process="none")
        rows = book.evaluate(formulas, facts)
        open_without = rows[1:][permit].any(axis=0) & ~rows[1:][~permit].any(axis=0)

        assert not (rows[0] & open_without).any()
        told.extend(np.flatnonzero(rows[0]).tolist())

    assert told


@pytest.mark.parametrize(
    ("reporter", "age", "kinds", "classes"),
    [
        ("child", "minor", {"child_welfare", "law_enforcement"}, REPORTED | {"sud"}),
        ("child_and_adult", "minor", {"child_welfare", "law_enforcement", "other_government"}, REPORTED | {"sud"}),
        ("child_and_adult", "adult", {"child_welfare", "law_enforcement", "other_government"}, REPORTED),
        ("child_and_adult", "unknown", {"child_welfare", "law_enforcement", "other_government"}, REPORTED),
        ("child", "adult", set(), set()),
        ("child", "unknown", set(), set()),
        ("none", "minor", {"child_welfare", "law_enforcement"}, REPORTED | {"sud"}),
        (None, "minor", {"child_welfare", "law_enforcement"}, REPORTED | {"sud"}),
        ("none", "adult", set(), set()),
    ],
)
def test_a_report_goes_to_the_authority_of_the_duty_and_holds_what_it_calls_for(book, reporter, age, kinds, classes):
    holder = build.agency(kind="dv_shelter", reporter=reporter, regimes=frozenset({"vawa", "part2", "tx_93"}))
    pairs = list(product(WORDS.declarable("Kind"), IDENTIFYING))
    open_to = frozenset({"recipient"})
    authorities = {
        kind: build.agency("recipient", kind=kind, basis="systems", operator_authorised=open_to) for kind, _ in pairs
    }
    reports = [
        build.share(
            holder=replace(holder, operator_authorised=open_to),
            recipient=authorities[kind],
            action="report",
            data=data,
            purpose="mandated_report",
        )
        for kind, data in pairs
    ]

    expected = [kind in kinds and data in classes for kind, data in pairs]

    assert list(book.allows(build.case(age=age), reports)) == expected


def test_a_report_is_one_only_under_its_purpose(book):
    holder = build.agency(reporter="child_and_adult")
    police = build.agency("recipient", kind="law_enforcement", basis="systems")
    for purpose in set(WORDS.words("Purpose")) - {"mandated_report"}:
        report = build.share(holder=holder, recipient=police, action="report", purpose=purpose)

        assert not book.decide(build.case(age="minor"), report).allow


TEAM = {"child_welfare", "law_enforcement", "prosecutor"}


@pytest.mark.parametrize("holder_kind", sorted(TEAM | {"cac", "school"}))
def test_the_team_of_a_childrens_center_shares_to_and_from_the_center(book, holder_kind):
    onward = TEAM | {"other_government", "health", "mental_health", "legal"}
    expected = onward if holder_kind == "cac" else ({"cac"} if holder_kind in TEAM else set())
    team = build.Agreement("team", ("holder", "recipient"), type="team")
    holder = build.agency(kind=holder_kind, basis="systems", member=True)

    for kind in WORDS.declarable("Kind"):
        share = build.share(
            holder=holder,
            recipient=build.agency("recipient", kind=kind, basis="systems", member=True),
            purpose="team_review",
            agreement=team,
        )
        dead = build.consent(purpose="team_review", withdrawn_on=build.TODAY)
        answers = [
            book.decide(build.case(age="minor", consents=some), share).allow
            for some in ((), (dead,), (build.consent(purpose="benefits"),))
        ]

        assert answers == [kind in expected] * 3, kind


@pytest.mark.parametrize(
    ("case", "share"),
    [
        ({"age": "adult"}, {}),
        ({"age": "unknown"}, {}),
        ({}, {"purpose": "referral"}),
        ({}, {"agreement": None}),
        ({}, {"agreement": build.Agreement("team", ("holder", "recipient"), type="team", status="ended")}),
        ({}, {"data": "shelter_location", "location_of": build.agency(operator_authorised=frozenset({"recipient"}))}),
        ({}, {"holder": build.agency(kind="cac", basis="community")}),
        ({}, {"holder": build.agency(kind="cac", basis="systems", regimes=frozenset({"vawa"}))}),
    ],
)
def test_the_team_permit_ends_there(book, case, share):
    """Adults, other purposes, no team agreement, a shelter's address, police without a release, funded members."""
    whole = {
        "holder": build.agency(kind="cac", basis="systems"),
        "recipient": build.agency("recipient", kind="law_enforcement", basis="systems"),
        "purpose": "team_review",
        "agreement": build.Agreement("team", ("holder", "recipient"), type="team"),
    }

    assert book.decide(build.case(age="minor"), build.share(**whole)).allow
    assert not book.decide(build.case(**{"age": "minor", **case}), build.share(**{**whole, **share})).allow


@pytest.mark.parametrize(
    ("regimes", "age", "guardian", "signers", "open_"),
    [
        ({"rhy_basic"}, "minor", "safe_parent", {"client", "parent"}, True),
        ({"rhy_basic"}, "minor", "state_conservator", {"client", "guardian"}, True),
        ({"rhy_basic"}, "minor", "safe_parent", {"parent"}, False),
        ({"rhy_basic"}, "minor", "none", {"client"}, False),
        ({"rhy_basic"}, "unknown", "none", {"client"}, False),
        ({"rhy_basic"}, "adult", "none", {"client"}, True),
        ({"rhy_tlp"}, "minor", "none", {"client"}, True),
        ({"rhy_tlp"}, "minor", "safe_parent", {"parent"}, False),
        ({"rhy_tlp", "vawa"}, "minor", "none", {"client"}, False),
        ({"vawa"}, "adult", "court_safe", {"guardian"}, True),
        ({"vawa"}, "adult", "court_safe", {"client"}, False),
        ({"vawa", "tx_420"}, "adult", "court_safe", {"client"}, True),
        ({"vawa", "tx_420"}, "unknown", "court_safe", {"client"}, False),
        ({"vawa"}, "unknown", "court_safe", {"client", "guardian"}, True),
        ({"vawa"}, "minor", "state_conservator", {"guardian"}, False),
        ({"attorney"}, "adult", "court_safe", {"client"}, True),
        ({"attorney"}, "minor", "safe_parent", {"parent"}, True),
    ],
)
def test_who_signs(book, regimes, age, guardian, signers, open_):
    signed = build.consent(signers=frozenset(signers))
    share = build.share(holder=build.agency(regimes=frozenset(regimes)))

    assert book.decide(build.case(age=age, guardian=guardian, consents=(signed,)), share).allow is open_


def test_where_a_second_signature_is_not_missing_it_is_not_told_so(book):
    two_signatures = build.consent(signers=frozenset({"client", "guardian", "parent"}))
    funded = build.share(holder=build.agency(regimes=frozenset({"vawa"})), data="immigration")
    consent_given = replace(two_signatures, data=frozenset({"immigration"}))

    assert _ids(book, build.case(age="minor", guardian="safe_parent", consents=(consent_given,)), funded) == [
        "immigration-specific-consent"
    ]
    assert _ids(book, build.case(age="adult", consents=(consent_given,)), funded) == ["immigration-specific-consent"]


def test_justice_information_needs_a_release_and_no_second_signature(book):
    funded = build.share(holder=build.agency(regimes=frozenset({"voca"})), data="justice")
    signed = build.consent(data=frozenset({"justice"}), signers=frozenset({"client"}))

    assert _ids(book, build.case(age="unknown", guardian="court_suspected"), funded) == []
    assert book.decide(build.case(age="unknown", guardian="court_suspected", consents=(signed,)), funded).allow
    unsafe = replace(signed, signers=frozenset({"client", "parent"}))
    assert book.decide(build.case(age="minor", guardian="suspected_parent_only", consents=(unsafe,)), funded).allow


def test_a_form_is_told_only_where_spoken_consent_is_not_enough(book):
    other = build.consent(form="other", data=frozenset(WORDS.words("Data")))
    police = build.agency("recipient", kind="law_enforcement", basis="systems")
    case = build.case(consents=(other,))

    assert _ids(book, case, build.share()) == ["consented-share"]
    assert "form-acceptance" in _ids(book, case, build.share(data="privileged"))
    assert "form-acceptance" in _ids(book, case, build.share(data="immigration"))
    assert "form-acceptance" in _ids(book, case, build.share(recipient=police))
    official = build.agency(kind="other_government", basis="systems")
    assert _ids(book, case, build.share(holder=official, recipient=police)) == ["consented-share"]
    assert "form-acceptance" in _ids(book, case, build.share(holder=build.agency(regimes=frozenset({"ferpa"}))))


@pytest.mark.parametrize("data", [word for word in WORDS.words("Data") if word not in ("none", "directory")])
@pytest.mark.parametrize("action", ["route", "serve"])
def test_a_route_carries_no_client_data(book, action, data):
    """Only what an agency publishes, and an address that its operator opened to this recipient."""
    own = build.agency(operator_authorised=frozenset({"recipient"}))

    answer = book.decide(build.case(), build.share(holder=own, action=action, data=data)).allow

    assert answer is (data == "shelter_location")


def test_tasks_end_where_their_reason_does(book):
    """One row per task: it comes with the first request and not with the second."""
    funded = build.agency(regimes=frozenset({"vawa"}))
    plain = build.agency()
    official = build.agency(kind="law_enforcement", basis="systems")
    part2 = build.agency(regimes=frozenset({"part2"}))
    adult, minor = build.case(), build.case(age="minor", trafficking=True)
    signed = build.case(consents=(build.consent(data=frozenset({"identity", "aggregate"})),))
    mou = build.Agreement("mou", ("holder", "recipient"))
    alone = {"age": "minor", "may_sign_alone": True}
    route = {"action": "route", "data": None}
    report = {"action": "report", "purpose": "mandated_report"}
    rows = [
        ("release-elements", signed, {}, signed, {"data": "aggregate"}),
        ("most-protective-standard", adult, {"holder": build.agency(regimes=frozenset({"attorney", "hipaa"}))}, adult,
         {"holder": build.agency(regimes=frozenset({"vawa", "fvpsa"}))}),
        ("compelled-release-notice", adult, {"holder": funded, "process": "judge_order"}, adult, {"holder": funded}),
        ("emergency-funded-holder", build.case(danger="medical"), {"holder": funded}, build.case(danger="medical"),
         {"holder": plain}),
        ("least-disclosure-first", adult, route, adult, {**route, "data": "directory"}),
        ("mou-not-consent", adult, {"agreement": mou}, adult, {"agreement": mou, "data": "aggregate"}),
        ("most-protective-standard", adult, {"holder": build.agency(regimes=frozenset({"vawa", "hipaa"}))}, adult,
         {"holder": build.agency(regimes=frozenset({"vawa", "hipaa"})), "data": "aggregate"}),
        ("part2-notice", adult, {"holder": part2, "data": "sud"}, adult, {"holder": part2}),
        ("hhs-minor-notice-24h", minor, {**route, "holder": official}, replace(minor, age="adult"),
         {**route, "holder": official}),
        ("hhs-minor-notice-24h", replace(minor, age="unknown", trafficking=None), {**route, "holder": official},
         replace(minor, trafficking=False), {**route, "holder": official}),
        ("tx-child-report", build.case(age="unknown"), report, adult, report),
        ("tx-child-report-professional", minor, {**report, "holder": build.agency(reporter="child")}, minor, report),
        ("tx-minor-may-consent", build.case(**alone), {}, build.case(**{**alone, "age": "adult"}), {}),
        ("tx-minor-may-consent", build.case(**alone), {}, build.case(**alone), {"data": "aggregate"}),
        ("minimum-necessary", adult, {}, adult, {"data": "directory"}),
        ("systems-recipient-notice", adult, {"recipient": replace(official, id="recipient")}, adult, {}),
    ]  # fmt: skip

    for task, case, share, other_case, other_share in rows:
        brought = [obligation.id for obligation in book.obligations(case, build.share(**share))]
        spared = [obligation.id for obligation in book.obligations(other_case, build.share(**other_share))]

        assert task in brought
        assert task not in spared


@pytest.mark.parametrize(
    ("kind", "age", "guardian", "level", "signers", "open_"),
    [
        ("school", "minor", "safe_parent", "release", {"parent"}, True),
        ("school", "minor", "safe_parent", "release", {"client"}, False),
        ("school", "minor", "safe_parent", "verbal", {"parent"}, False),
        ("school", "minor", "state_conservator", "release", {"guardian"}, True),
        ("school", "adult", "none", "release", {"client"}, True),
        ("school", "adult", "court_safe", "release", {"guardian"}, False),
        ("school", "unknown", "safe_parent", "release", {"client"}, False),
        ("school", "unknown", "safe_parent", "release", {"client", "parent"}, True),
        ("college", "minor", "safe_parent", "release", {"client"}, True),
        ("college", "minor", "safe_parent", "release", {"parent"}, False),
        ("college", "unknown", "none", "release", {"client"}, True),
    ],
)
def test_who_signs_for_school_records(book, kind, age, guardian, level, signers, open_):
    """The parent; the student at 18 or in college; with an unknown age both."""
    signed = build.consent(level=level, signers=frozenset(signers), data=frozenset({"education"}))
    school = build.agency(kind=kind, basis="systems", regimes=frozenset({"ferpa"}))
    share = build.share(holder=school, data="education")

    assert book.decide(build.case(age=age, guardian=guardian, consents=(signed,)), share).allow is open_


def test_treatment_opens_health_between_providers_and_no_more(book):
    """With no consent or beside a dead one; not for another purpose, class or kind, nor a funded holder."""
    clinic = build.agency(kind="health", regimes=frozenset({"hipaa"}))
    funded = build.agency(kind="health", regimes=frozenset({"hipaa", "voca"}))
    providers = {"health", "mental_health", "sud"}
    kinds = {kind: build.agency("recipient", kind=kind) for kind in WORDS.declarable("Kind")}
    dead = build.consent(purpose="treatment", data=frozenset(IDENTIFYING), withdrawn_on=build.TODAY)

    for consents in ((), (dead,)):
        case = build.case(consents=consents)
        open_classes = {
            (kind, data)
            for kind, data in product(kinds, IDENTIFYING)
            if book.decide(
                case, build.share(holder=clinic, recipient=kinds[kind], data=data, purpose="treatment")
            ).allow
        }
        assert open_classes == {(kind, "health") for kind in providers}
        for changes in ({"purpose": "referral"}, {"holder": funded}, {"holder": build.agency(kind="health")}):
            share = {"holder": clinic, "recipient": kinds["health"], "data": "health", "purpose": "treatment"}
            assert not book.decide(case, build.share(**{**share, **changes})).allow


@pytest.mark.parametrize(
    ("changes", "open_"),
    [
        ({}, True),
        ({"purpose": "media"}, False),
        ({"purpose": "immigration_enforcement"}, False),
        ({"data": "identity"}, False),
        ({"recipient": build.agency("recipient", kind="health")}, False),
        ({"holder": build.agency(kind="school", basis="systems")}, False),
    ],
)
def test_a_childs_caseworker_sees_school_records(book, changes, open_):
    """The agency that is legally responsible, for the child's schooling; a dead consent changes nothing."""
    whole = {
        "holder": build.agency(kind="school", basis="systems", regimes=frozenset({"ferpa"})),
        "recipient": build.agency("recipient", kind="child_welfare", basis="systems"),
        "data": "education",
        **changes,
    }
    dead = build.consent(data=frozenset({"education", "identity"}), withdrawn_on=build.TODAY)

    for consents in ((), (dead,)):
        case = build.case(age="minor", guardian="state_conservator", consents=consents)
        assert book.decide(case, build.share(**whole)).allow is open_
        assert not book.decide(replace(case, age="unknown"), build.share(**whole)).allow
        assert not book.decide(replace(case, guardian="safe_parent"), build.share(**whole)).allow


def test_police_who_ask_a_clinic_hear_what_the_victim_agreed_to(book):
    """Spoken agreement is enough there, on whatever form it came; anywhere else police need the release."""
    police = build.agency("recipient", kind="law_enforcement", basis="systems")
    prosecutor = build.agency("recipient", kind="prosecutor", basis="systems")
    clinic = build.agency(kind="health", regimes=frozenset({"hipaa"}))
    spoken = build.consent(level="verbal", purpose="investigation", data=frozenset(IDENTIFYING))
    on_other_form = build.consent(form="other", purpose="investigation", data=frozenset(IDENTIFYING))

    for consent_given in (spoken, on_other_form):
        case = build.case(consents=(consent_given,))
        open_classes = {
            data
            for data in IDENTIFYING
            if book.decide(case, build.share(holder=clinic, recipient=police, data=data, purpose="investigation")).allow
        }
        assert open_classes == EVERYDAY | {"health"}
        for holder, recipient in ((clinic, prosecutor), (build.agency(), police)):
            share = build.share(holder=holder, recipient=recipient, purpose="investigation")
            assert not book.decide(case, share).allow


def test_an_abuse_report_goes_for_its_own_purposes_only(book):
    """A release opens it for protection, investigation, court and the team; for no other purpose."""
    for purpose in WORDS.words("Purpose"):
        signed = build.consent(data=frozenset({"abuse_report"}), purpose=purpose)
        share = build.share(data="abuse_report", purpose=purpose)

        is_open = book.decide(build.case(consents=(signed,)), share).allow

        assert is_open is (purpose in {"mandated_report", "investigation", "court", "safety", "team_review"}), purpose


@pytest.mark.parametrize(
    ("case", "changes", "rule"),
    [
        ({"age": "adult"}, {}, "permissive-report-limit"),
        ({"age": "minor"}, {"purpose": "safety"}, "permissive-report-limit"),
        ({"age": "unknown"}, {}, None),
        ({"age": "adult"}, {"holder": build.agency(reporter="child")}, None),
        ({"age": "adult"}, {"data": "aggregate"}, "aggregate-permit"),
        ({"age": "adult", "vulnerable_adult": True}, {}, "tx-adult-report-permit"),
        ({"age": "minor"}, {}, "mandated-report-permit"),
    ],
)
def test_a_report_by_choice_leaves_the_client_out(book, case, changes, rule):
    """A funded program reports what the law makes it report; the rest it says without details, or on a release."""
    whole = {
        "holder": build.agency(regimes=frozenset({"fvpsa"}), reporter="child"),
        "recipient": build.agency("recipient", kind="child_welfare", basis="systems"),
        "action": "report",
        "purpose": "mandated_report",
        **changes,
    }

    ids = _ids(book, build.case(**case), build.share(**whole))

    assert (rule in ids) if rule is not None else ids == []


def test_rules_follow_the_declared_regime_never_the_kind(book):
    """The holder's kind moves no answer but through hmis-prohibition, the team of a children's center and a college's
    ferpa-consent: in college the right to sign is the student's own at any age (34 CFR 99.3).
    """
    facts = [
        fact
        for fact in points(draws(4000), seed=27, action="disclose")
        if fact.holder.kind != "unknown" and fact.purpose not in ("database", "team_review")
        if fact.recipient.kind != "shared_database"
    ]
    answers = {
        kind: answers_of(book, [fact._replace(holder=fact.holder._replace(kind=kind)) for fact in facts])
        for kind in WORDS.declarable("Kind")
    }
    college = answers.pop("college")
    student_signs = [
        "ferpa" in fact.holder.regimes and fact.data == "education" and fact.age != "adult" for fact in facts
    ]

    assert all((first == second).all() for first, second in pairwise(answers.values()))
    assert not ((college != answers["school"]) & ~np.array(student_signs)).any()
