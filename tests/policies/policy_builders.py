"""Builders with sane defaults, and random requests: from records, and straight from the space of facts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from hypothesis import strategies as st
from seeds import fresh_random

from policies import Agency, Agreement, Case, Consent, Facts, PartyFacts, Rulebook, Share, load_vocabulary
from policies.facts import facts_of

TODAY = date(2026, 3, 2)
FORM = "roi-standard"
FUNDED = frozenset({"vawa", "fvpsa", "voca", "ovc_ht"})
NOT_IDENT = frozenset({"none", "directory", "aggregate"})
WORDS = load_vocabulary()


def agency(slug: str = "holder", **changes: Any) -> Agency:
    base = {"kind": "community", "basis": "community", "reporter": "none", "house": slug}
    return Agency(**{"id": slug, **base, "accepted_forms": frozenset({FORM}), **changes})


def case(**changes: Any) -> Case:
    base = {"age": "adult", "guardian": "none", "may_sign_alone": False, "emancipated": False, "danger": "none"}
    base |= {"trafficking": False, "sex_trafficking": False, "missing_from_care": False}
    base |= {"runaway": False, "vulnerable_adult": False, "pseudonym_or_acp": False, "state_law": True}
    return Case(**{"today": TODAY, **base, **changes})


def consent(**changes: Any) -> Consent:
    base = {"form": FORM, "level": "release", "marks": frozenset(), "holder": "holder", "to": frozenset({"recipient"})}
    base |= {"data": frozenset({"identity"}), "purpose": "referral", "signers": frozenset({"client"})}
    return Consent(**{**base, "signed_on": TODAY, "ends_on": TODAY + timedelta(days=90), **changes})


def share(**changes: Any) -> Share:
    base = {"holder": agency(), "recipient": agency("recipient"), "action": "disclose", "data": "identity"}
    return Share(**{**base, "purpose": "referral", **changes})


def best_facts(some_case: Case, some_share: Share) -> Facts:
    """The facts that speak for a share when it has one consent: those of the consent, else the bare ones."""
    return facts_of(some_case, some_share)[-1]


def answers_of(book: Rulebook, facts: Sequence[Facts]) -> np.ndarray:
    """Allow or not for facts, read straight from the formulas."""
    deciding = book.pack.deciding
    rows = book.evaluate([book.pack.formulas[rule.id] for rule in deciding], facts)
    permit = np.array([rule.effect == "permit" for rule in deciding])
    return rows[permit].any(axis=0) & ~rows[~permit].any(axis=0)


# ---------------------------------------------------------------- random points of the space of facts


# Where several rules meet: kinds that rules name, and circumstances that only together make an exception.
MEETING = ("health", "law_enforcement", "child_welfare", "cac", "dv_shelter", "prosecutor", "funder")
CIRCUMSTANCES = (
    {"purpose": "safety", "danger": "medical"},
    {"purpose": "safety", "danger": "imminent"},
    {"purpose": "team_review", "age": "minor", "agreement": "in_force", "agreement_type": "team"},
    {"purpose": "mandated_report", "action": "report", "age": "minor"},
    {"purpose": "mandated_report", "action": "report", "age": "adult", "vulnerable_adult": "yes"},
    {"purpose": "treatment", "data": "health"},
    {"purpose": "reporting"},
    {"data": "shelter_location"},
    {"purpose": "investigation", "action": "disclose", "consent": "current", "level": "verbal", "data": "health"},
    {"purpose": "referral", "data": "education", "age": "minor", "guardian": "state_conservator"},
    {},
    {},
    {},
)


def random_party(rng: random.Random) -> PartyFacts:
    regimes = frozenset(regime for regime in WORDS.words("Regime") if rng.random() < 0.12)
    return PartyFacts(
        kind=rng.choice(WORDS.words("Kind") if rng.random() < 0.4 else MEETING),
        basis=rng.choice(("community", "community", "systems", "unknown")),
        regimes=regimes,
        declared=rng.random() < 0.9,
        reporter=rng.choice(WORDS.words("Reporter")),
        member=rng.random() < 0.5,
    )


def random_facts(rng: random.Random, **fixed: Any) -> Facts:
    """A point of the space, leaning to the parts where rules meet; consent is canonical (dead means empty)."""
    values: dict[str, Any] = {"holder": random_party(rng), "recipient": random_party(rng)}
    values["action"] = rng.choice(("disclose",) * 6 + ("route", "serve", "report"))
    for name, spec in WORDS.context.items():
        if spec == "bool":
            values[name] = rng.random() < 0.3
        elif isinstance(spec, str):
            values[name] = rng.choice(WORDS.words(spec))
        else:
            values[name] = frozenset(word for word in WORDS.words(spec["set"]) if rng.random() < 0.5)
    values["process"] = rng.choice(("none",) * 5 + WORDS.words("Process"))
    values["purpose"] = rng.choice(("referral", "safety", "team_review", "mandated_report", *WORDS.words("Purpose")))
    values["consent"] = rng.choice(("current",) * 4 + WORDS.words("Consent"))
    return canonical(Facts(**{**values, **rng.choice(CIRCUMSTANCES), **fixed}))


def canonical(facts: Facts) -> Facts:
    """The same point as the canonicaliser would say it."""
    if facts.consent != "current" or facts.action != "disclose":
        state = facts.consent if facts.action == "disclose" and facts.consent != "current" else "absent"
        return facts._replace(
            consent=state,
            level="none",
            marks=frozenset(),
            signers=frozenset(),
            form_set_aside=False,
            signature_set_aside=False,
        )
    if not facts.signers:
        return facts._replace(level="none", marks=frozenset(), form_set_aside=False, signature_set_aside=True)
    if facts.form_set_aside:
        return facts._replace(level="verbal", marks=frozenset())
    return facts if facts.level in ("written", "release") else facts._replace(marks=frozenset())


def points(count: int, seed: int, **fixed: Any) -> list[Facts]:
    rng = fresh_random(seed)
    return [random_facts(rng, **fixed) for _ in range(count)]


def field_names() -> set[str]:
    return set(Facts._fields)


# ---------------------------------------------------------------- random records


def _subset(words: Sequence[str], most: int) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(list(words)), max_size=most)


def _day() -> st.SearchStrategy[date | None]:
    return st.none() | st.integers(-2, 2).map(lambda days: TODAY + timedelta(days=days))


def agencies(slug: str) -> st.SearchStrategy[Agency]:
    return st.builds(
        Agency,
        id=st.just(slug),
        kind=st.none() | st.sampled_from([*WORDS.declarable("Kind"), "not-a-kind"]),
        basis=st.sampled_from(["community", "community", "systems", None]),
        regimes=_subset([*WORDS.words("Regime"), "not-a-regime"], 3),
        declared=st.sampled_from([True, True, True, False]),
        reporter=st.sampled_from(["none", "child", "child_and_adult", None]),
        member=st.booleans(),
        house=st.sampled_from([slug, "county", ""]),
        operator_authorised=_subset(["holder", "recipient"], 2),
        accepted_forms=_subset([FORM, "roi-county"], 2),
    )


def consents() -> st.SearchStrategy[Consent]:
    return st.builds(
        Consent,
        form=st.sampled_from([FORM, FORM, "roi-county", "roi-other", None]),
        level=st.sampled_from(["none", "told", "verbal", "written", "release", "release", "not-a-level"]),
        marks=_subset([*WORDS.words("Mark"), "not-a-mark"], 4),
        holder=st.sampled_from(["holder", "holder", "holder", "first-agency", "recipient"]),
        to=st.sampled_from([frozenset({"recipient"}), frozenset({"recipient", "holder"}), frozenset({"holder"})]),
        data=_subset(["identity", "need", "sud", "privileged"], 4) | st.just(frozenset(WORDS.words("Data"))),
        purpose=st.sampled_from(["referral", "referral", "safety", "not-a-purpose"]),
        signers=_subset([*WORDS.words("Signer"), "neighbour"], 3),
        signed_on=_day(),
        ends_on=_day(),
        withdrawn_on=_day(),
    )


def cases() -> st.SearchStrategy[Case]:
    yes_no = st.sampled_from([True, False, None])
    return st.builds(
        Case,
        today=st.just(TODAY),
        age=st.sampled_from(["minor", "adult", "unknown"]),
        guardian=st.none() | st.sampled_from([*WORDS.words("Guardian"), "not-a-guardian"]),
        may_sign_alone=yes_no,
        emancipated=yes_no,
        danger=st.none() | st.sampled_from(WORDS.words("Danger")),
        consents=st.lists(consents(), max_size=3).map(tuple),
        equivalent_forms=st.sampled_from(
            [frozenset(), frozenset({frozenset({FORM, "roi-county"})}), frozenset({frozenset({FORM, "roi-other"})})]
        ),
        trafficking=yes_no,
        sex_trafficking=yes_no,
        missing_from_care=yes_no,
        runaway=yes_no,
        vulnerable_adult=yes_no,
        pseudonym_or_acp=yes_no,
        state_law=st.booleans(),
    )


def agreements() -> st.SearchStrategy[Agreement]:
    return st.builds(
        Agreement,
        id=st.just("agreement"),
        between=st.sampled_from([("holder", "recipient"), ("recipient", "holder"), ("holder", "other", "recipient")]),
        mutual=st.booleans(),
        type=st.sampled_from(["mou", "team", "qsoa", "baa", "not-a-type"]),
        status=st.sampled_from(["draft", "signed", "signed", "suspended", "ended", "not-a-status"]),
        effective=_day(),
        expires=_day(),
        data=st.none() | _subset(["identity", "need", "sud"], 3),
    )


def shares() -> st.SearchStrategy[Share]:
    return st.builds(
        Share,
        holder=agencies("holder"),
        recipient=agencies("recipient"),
        action=st.sampled_from(["disclose", "disclose", "disclose", "route", "serve", "report"]),
        data=st.sampled_from([word for word in WORDS.words("Data") if word != "none"]),
        purpose=st.sampled_from(["referral", "referral", *WORDS.words("Purpose")]),
        agreement=st.none() | agreements(),
        conditioned_on=st.sampled_from(WORDS.words("Condition")),
        process=st.sampled_from(["none", "none", *WORDS.words("Process")]),
        encoded=st.booleans(),
    )
