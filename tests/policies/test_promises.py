"""The catalogue's promises (section 4), held against thousands of points of the space of facts.

Numbers are the catalogue's. Each test looks at pairs or slices of points, so a rule that breaks a promise anywhere it
is likely to be asked is found; the proof over the whole space is a separate check.
"""

import random
from functools import partial
from itertools import pairwise

import pytest
from length import draws
from policy_builders import FUNDED, NOT_IDENT, WORDS, answers_of, canonical, points

COUNT = 4000
LEVELS = WORDS.words("Level")
ORDERS = {"judge_order", "part2_order"}


def _never_opens(book, facts, change):
    """Return the points that are denied as they are and allowed once changed."""
    before, after = answers_of(book, facts), answers_of(book, [change(fact) for fact in facts])
    return [point for point, was, is_now in zip(facts, before, after, strict=True) if is_now and not was]


@pytest.mark.parametrize("name", ["age", "guardian", "danger", "may_sign_alone", "emancipated", "trafficking"])
def test_1_an_unknown_fact_never_opens_what_a_known_one_keeps_shut(book, name):
    type_name = WORDS.context[name]
    for value in WORDS.declarable(type_name) + ("none",) * ("none" in WORDS.words(type_name)):
        facts = points(COUNT // 4, seed=10, **{name: value})

        assert _never_opens(book, facts, lambda fact: fact._replace(**{name: "unknown"})) == []


@pytest.mark.parametrize("side", ["holder", "recipient"])
@pytest.mark.parametrize(
    "blank", [{"kind": "unknown"}, {"basis": "unknown"}, {"reporter": "unknown"}, {"declared": False}]
)
def test_1_an_undeclared_agency_never_opens_what_a_declared_one_keeps_shut(book, side, blank):
    facts = points(COUNT, seed=11)

    assert _never_opens(book, facts, lambda fact: fact._replace(**{side: getattr(fact, side)._replace(**blank)})) == []


@pytest.mark.parametrize("lower", LEVELS[:-1])
def test_2_a_higher_level_never_closes_a_share(book, lower):
    higher = LEVELS[LEVELS.index(lower) + 1]
    facts = points(COUNT, seed=12, action="disclose", consent="current", level=higher, form_set_aside=False)

    assert _never_opens(book, facts, lambda fact: canonical(fact._replace(level=lower))) == []


@pytest.mark.parametrize("name", ["marks", "signers"])
def test_2_one_more_mark_or_safe_signer_never_closes_a_share(book, name):
    facts = points(COUNT, seed=13, action="disclose", consent="current")
    for word in sorted({word for fact in facts for word in getattr(fact, name)}):
        fewer = [fact for fact in facts if word in getattr(fact, name)]

        assert _never_opens(book, fewer, partial(_without, name=name, word=word)) == []


def _without(facts, *, name, word):
    return canonical(facts._replace(**{name: getattr(facts, name) - {word}}))


@pytest.mark.parametrize("state", ["not_current", "out_of_scope", "onward"])
def test_4_a_dead_consent_is_no_consent(book, state):
    facts = points(COUNT, seed=14, action="disclose", consent=state)

    dead, none = answers_of(book, facts), answers_of(book, [fact._replace(consent="absent") for fact in facts])

    assert (dead == none).all()
    assert dead.any()


@pytest.mark.parametrize("level", ["none", "release"])
def test_5_a_signature_set_aside_changes_no_answer(book, level):
    facts = points(COUNT, seed=15, action="disclose", consent="current", level=level, form_set_aside=False)

    with_it, without = (
        answers_of(book, [fact._replace(signature_set_aside=flag) for fact in facts]) for flag in (True, False)
    )

    assert (with_it == without).all()
    assert with_it.any()


def test_35_a_form_set_aside_leaves_what_spoken_consent_opens(book):
    facts = points(COUNT, seed=16, action="disclose", consent="current", form_set_aside=True)

    set_aside, spoken = (
        answers_of(book, facts),
        answers_of(book, [fact._replace(form_set_aside=False) for fact in facts]),
    )

    assert (set_aside == spoken).all()
    assert spoken.any()


@pytest.mark.parametrize("action", ["route", "serve"])
def test_6_service_is_free_of_consent(book, action):
    """The same answer at every consent, and open unless it is made to depend on one."""
    facts = points(COUNT // 2, seed=17, action=action)
    rng = random.Random(17)
    consents = [{"level": rng.choice(LEVELS), "signers": frozenset({"client"}), "consent": "current"} for _ in facts]

    bare = answers_of(book, facts)
    agreed = answers_of(book, [fact._replace(**some) for fact, some in zip(facts, consents, strict=True)])
    plain = answers_of(book, [fact._replace(data="none", conditioned_on="none") for fact in facts])

    assert (bare == agreed).all()
    assert plain.all()
    for condition in ("release", "cooperation"):
        assert not answers_of(book, [fact._replace(conditioned_on=condition) for fact in facts]).any()


@pytest.mark.parametrize("data", ["aggregate", "directory"])
def test_7_totals_and_published_entries_are_free(book, data):
    assert answers_of(book, points(COUNT // 2, seed=18, action="disclose", data=data)).all()


def test_8_funded_floor(book):
    """A funded holder lets identifying data out on a release, a mandated report or a judge's order only."""
    facts = points(draws(3 * COUNT), seed=19)

    open_ones = [fact for fact, allow in zip(facts, answers_of(book, facts), strict=True) if allow]
    floor = [
        fact
        for fact in open_ones
        if fact.holder.regimes & FUNDED and fact.action == "disclose" and fact.data not in {*NOT_IDENT, "justice"}
    ]

    assert floor
    assert [fact for fact in floor if fact.level != "release" and fact.process not in ORDERS] == []


def test_9_an_agreement_is_no_consent(book):
    """Without mou-in-force and tx-cac-team no answer depends on any agreement; with them only those two move it."""
    facts = points(COUNT, seed=20)
    deciding = [rule for rule in book.pack.deciding if rule.id not in ("mou-in-force", "tx-cac-team")]
    formulas = [book.pack.formulas[rule.id] for rule in deciding]

    def answers(status, kind):
        rows = book.evaluate(formulas, [fact._replace(agreement=status, agreement_type=kind) for fact in facts])
        permit = [rule.effect == "permit" for rule in deciding]
        some = rows[permit].any(axis=0)
        return some & ~rows[[not is_permit for is_permit in permit]].any(axis=0)

    alone = answers("absent", "none")

    for status, kind in (("in_force", "mou"), ("in_force", "team"), ("expired", "mou"), ("draft", "baa")):
        assert (answers(status, kind) == alone).all()


def test_10_the_address_stays_private(book):
    """No action, consent, report or order opens an address that the operator did not authorise."""
    facts = points(COUNT, seed=21, data="shelter_location", operator_authorised=False)

    assert not answers_of(book, facts).any()
    assert answers_of(book, [fact._replace(operator_authorised=True) for fact in facts]).any()


@pytest.mark.parametrize(
    "never",
    [
        {"purpose": "media"},
        {"purpose": "database", "holder_kind": "dv_shelter"},
        {"purpose": "reporting", "recipient_kind": "funder"},
    ],
)
def test_11_never_purposes(book, never):
    kinds = {side: never.get(f"{side}_kind") for side in ("holder", "recipient")}
    facts = points(COUNT // 2, seed=22, action="disclose", level="release", consent="current", process="none")
    facts = [fact._replace(purpose=never["purpose"]) for fact in facts if fact.data not in NOT_IDENT]
    for side, kind in kinds.items():
        facts = (
            facts
            if kind is None
            else [fact._replace(**{side: getattr(fact, side)._replace(kind=kind)}) for fact in facts]
        )

    assert not answers_of(book, facts).any()


def test_12_immigration(book):
    """A community holder lets immigration information out with the mark only, and nothing for enforcement."""
    facts = [point for point in points(2 * COUNT, seed=23, process="none") if point.holder.basis == "community"]
    marked = [fact._replace(data="immigration") for fact in facts]
    barred = [fact._replace(purpose="immigration_enforcement", action="disclose") for fact in facts]

    open_facts = [fact for fact, allow in zip(marked, answers_of(book, marked), strict=True) if allow]

    assert open_facts
    assert all("immigration" in fact.marks for fact in open_facts)
    assert not [
        fact
        for fact, allow in zip(barred, answers_of(book, barred), strict=True)
        if allow and fact.data not in NOT_IDENT
    ]


@pytest.mark.parametrize(
    "data", ["need", "identity", "contact_location", "narrative", "privileged", "health", "mental_health", "sud"]
)
def test_13_a_childs_report_gets_through_with_its_task(book, data):
    facts = points(COUNT // 4, seed=24, action="report", purpose="mandated_report", age="minor", data=data)
    facts = [fact._replace(recipient=fact.recipient._replace(kind="child_welfare")) for fact in facts]
    notice = book.pack.formulas["compelled-release-notice"]

    assert answers_of(book, facts).all()
    for fact, has_task in zip(facts, book.evaluate([notice], facts)[0], strict=True):
        assert has_task == bool(fact.holder.regimes & FUNDED)


@pytest.mark.parametrize("data", ["immigration", "shelter_location"])
def test_13_what_is_never_part_of_a_report(book, data):
    facts = points(COUNT // 2, seed=25, action="report", data=data, operator_authorised=True)

    assert not answers_of(book, facts).any()


def test_14_a_subpoena_alone_does_nothing(book):
    facts = points(COUNT, seed=26, process="subpoena")

    assert (answers_of(book, facts) == answers_of(book, [fact._replace(process="none") for fact in facts])).all()
    assert book.evaluate([book.pack.formulas["subpoena-hold"]], facts).all()


def test_rules_follow_the_declared_regime_never_the_kind(book):
    """The holder's kind moves no answer but through hmis-prohibition and the team of a children's center."""
    facts = points(draws(COUNT), seed=27, action="disclose")
    facts = [
        fact
        for fact in facts
        if fact.holder.kind not in ("unknown",) and fact.purpose not in ("database", "team_review")
    ]
    facts = [fact for fact in facts if fact.recipient.kind != "shared_database"]
    answers = [
        answers_of(book, [fact._replace(holder=fact.holder._replace(kind=kind)) for fact in facts])
        for kind in WORDS.declarable("Kind")
    ]

    assert all((first == second).all() for first, second in pairwise(answers))


def test_privileged_words_of_a_tx_93_holder_go_to_nobody(book):
    facts = points(COUNT, seed=28, action="disclose", data="privileged", process="none")
    facts = [fact._replace(holder=fact.holder._replace(regimes=fact.holder.regimes | {"tx_93"})) for fact in facts]

    assert not answers_of(book, facts).any()
