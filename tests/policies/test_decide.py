"""What a decision tells: the rule that stops, the least that would help, the tasks, and always the same way."""

from dataclasses import replace

import policy_builders as build
import pytest

from policies import Ask, UnknownRuleError, explain, explain_ask

CLIENT = frozenset({"client"})


def test_the_rule_that_asks_for_most_is_shown_first(book):
    """Of several forbids that a consent could lift, the one that needs the most is the one to tell."""
    shelter = build.agency(regimes=frozenset({"vawa"}))

    denial = book.decide(build.case(), build.share(holder=shelter, data="immigration"))

    assert [rule.id for rule in denial.forbids] == ["funded-release", "immigration-specific-consent"]
    assert denial.stopped_by == book.rule("immigration-specific-consent")
    assert denial.needs == Ask(CLIENT, "release", frozenset({"immigration"}))


def test_between_equals_the_catalogue_decides(book):
    holder = build.agency(regimes=frozenset({"vawa", "tx_420"}))

    denial = book.decide(build.case(), build.share(holder=holder))

    assert [rule.id for rule in denial.forbids] == ["funded-release", "tx-sexual-assault-advocate"]
    assert denial.stopped_by == book.rule("funded-release")


def test_what_no_consent_lifts_is_shown_before_what_one_could(book):
    """The client is not asked to sign for what would stay shut."""
    shelter = build.agency(kind="dv_shelter", regimes=frozenset({"fvpsa"}))

    denial = book.decide(build.case(), build.share(holder=shelter, data="shelter_location"))

    assert [rule.id for rule in denial.forbids] == ["funded-release", "shelter-location"]
    assert (denial.stopped_by, denial.needs) == (book.rule("shelter-location"), None)


def test_the_least_consent_has_the_fewest_signers(book):
    """One signature, if one is enough, whoever else could sign."""
    case = build.case(age="minor", guardian="safe_parent")

    assert book.decide(case, build.share()).needs == Ask(CLIENT, "verbal")
    funded = build.share(holder=build.agency(regimes=frozenset({"voca"})))
    assert book.decide(case, funded).needs == Ask(frozenset({"client", "parent"}), "release")


@pytest.mark.parametrize("age", ["unknown", "minor"])
def test_a_client_who_may_be_a_minor_needs_both_signatures(book, age):
    """Unknown age is read as a minor and as an adult; both readings must allow."""
    funded = build.share(holder=build.agency(regimes=frozenset({"vawa"})))
    one_signature = build.consent()
    two_signatures = build.consent(signers=frozenset({"client", "parent"}))
    case = build.case(age=age, guardian="safe_parent")

    assert not book.decide(replace(case, consents=(one_signature,)), funded).allow
    assert book.decide(replace(case, consents=(two_signatures,)), funded).allow


def test_a_parent_alone_signs_only_for_a_client_known_to_be_a_minor(book):
    parent = build.consent(level="verbal", signers=frozenset({"parent"}))
    answers = [
        book.decide(build.case(age=age, guardian="safe_parent", consents=(parent,)), build.share()).allow
        for age in ("minor", "unknown", "adult")
    ]

    assert answers == [True, False, False]


@pytest.mark.parametrize("guardian", ["court_safe", "court_suspected", "state_conservator", "unavailable", None])
def test_an_adult_who_may_have_a_court_guardian_does_not_sign_alone_at_a_funded_program(book, guardian):
    funded = build.share(holder=build.agency(regimes=frozenset({"vawa"})))
    alone = build.case(guardian=guardian, consents=(build.consent(),))

    assert not book.decide(alone, funded).allow
    assert book.decide(replace(alone, may_sign_alone=True), funded).allow


def test_a_denial_names_the_consent_that_came_nearest(book):
    """A current release that falls short is told before a release that is dead."""
    holder = build.agency(regimes=frozenset({"part2"}))
    dead = build.consent(data=frozenset({"sud"}), withdrawn_on=build.TODAY, marks=frozenset({"sud"}))
    short = build.consent(data=frozenset({"sud"}))

    denial = book.decide(build.case(consents=(dead, short)), build.share(holder=holder, data="sud"))

    assert [rule.id for rule in denial.forbids] == ["part2-consent"]
    assert str(denial.needs) == "release+sud"


@pytest.mark.parametrize(
    ("consent", "cause"),
    [
        ({"withdrawn_on": build.TODAY}, "release-not-current"),
        ({"data": frozenset({"need"})}, "release-scope"),
        ({"signers": frozenset({"parent"})}, "suspected-abuser-signature"),
        ({"form": "roi-county"}, "form-acceptance"),
        ({"holder": "first-agency", "to": frozenset({"holder"})}, "onward-sharing"),
    ],
)
def test_the_cause_is_told(book, consent, cause):
    """Whatever made a consent not count is in the explanation."""
    shelter = build.agency(regimes=frozenset({"fvpsa"}))
    case = build.case(age="minor", guardian="suspected_parent_only", consents=(build.consent(**consent),))

    denial = book.decide(case, build.share(holder=shelter))

    assert cause in [rule.id for rule in denial.forbids]
    assert any(f"({cause}:" in line for line in explain(denial))


def test_an_emergency_is_not_stopped_by_a_dead_release(book):
    """Rules that name a cause stop nothing that the law allows without consent."""
    clinic = build.agency(kind="health", regimes=frozenset({"hipaa"}))
    police = build.agency("recipient", kind="law_enforcement", basis="systems")
    case = build.case(danger="imminent", consents=(build.consent(purpose="safety", withdrawn_on=build.TODAY),))

    decision = book.decide(case, build.share(holder=clinic, recipient=police, purpose="safety"))

    assert decision.allow
    assert [rule.id for rule in decision.permits] == ["emergency-by-regime-a"]


def test_an_answer_lists_its_tasks_in_catalogue_order_with_their_terms(book):
    officer = build.agency(kind="law_enforcement", basis="systems")
    school = build.agency("recipient", kind="school", basis="systems", reporter="child")
    route = build.share(holder=officer, recipient=school, action="route", data=None)

    tasks = book.obligations(build.case(age="minor", trafficking=None), route)

    assert [(task.id, task.due, task.effect) for task in tasks] == [
        ("systems-recipient-notice", None, "obligation"),
        ("receiver-reports", None, "obligation"),
        ("least-disclosure-first", None, "advice"),
        ("hhs-minor-notice-24h", "PT24H", "obligation"),
        ("grievance-channel", None, "obligation"),
    ]


@pytest.mark.parametrize("reporter", ["none", None, "child", "child_and_adult"])
def test_the_texas_report_is_due_at_once_and_within_a_day_for_professionals(book, reporter):
    holder = build.agency(reporter=reporter)
    authority = build.agency("recipient", kind="child_welfare", basis="systems")
    report = build.share(holder=holder, recipient=authority, action="report", purpose="mandated_report")

    terms = {task.due for task in book.obligations(build.case(age="minor"), report)} - {None}

    assert terms == {"PT24H"} if reporter in ("child", "child_and_adult") else {"PT0S"}


def test_an_unknown_rule_is_refused(book):
    with pytest.raises(UnknownRuleError):
        book.rule("no-such-rule")


def test_no_shares_have_no_answers(book):
    assert book.allows(build.case(), []).shape == (0,)


def test_every_line_of_an_explanation_carries_its_authority(book):
    denial = book.decide(build.case(), build.share(holder=build.agency(regimes=frozenset({"vawa"}))))
    grant = book.decide(build.case(consents=(build.consent(),)), build.share())

    assert explain(denial) == (
        "This may not be shared as things stand.",
        f"{denial.forbids[0].plain} (funded-release: {denial.forbids[0].authority})",
        "It would take a signed release with an end date, from the client.",
    )
    assert explain(grant)[0] == "This may be shared."
    assert "consented-share:" in explain(grant)[1]


def test_an_ask_reads_as_a_sentence_and_as_a_code():
    ask = Ask(frozenset({"client", "parent"}), "release", frozenset({"sud", "immigration"}))

    assert str(ask) == "release+immigration+sud"
    assert explain_ask(ask) == (
        "It would take a signed release with an end date, which names immigration and substance-use treatment, "
        "from the client and a safe parent."
    )
