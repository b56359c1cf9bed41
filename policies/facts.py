"""Records and dates in, finite facts out.

The rules know no dates, no names and no lists of recipients: this module turns a case and a share into the closed
vocabulary. The module is pure and total (an incomplete record gives the strict value, never an exception). Proofs
over the rules do not cover the module, so its promises are tested hardest:

- a consent counts as absent, with the reason, if ended, withdrawn, unsigned, or about another share;
- a signature without lawful force is set aside, and the facts say so;
- consents never add up: each is judged alone, and a share is allowed if a single consent is enough.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from .errors import FactsError
from .records import Agency, Agreement, Case, Consent, Share
from .vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
LEVELS = VOCABULARY.words("Level")
WORDS = {name: frozenset(words) for name, words in VOCABULARY.types.items()}
ACTIONS = frozenset(VOCABULARY.actions)
MARKS, SIGNERS, REGIMES = WORDS["Mark"], WORDS["Signer"], WORDS["Regime"]
ANSWERS = {None: "unknown", True: "yes", False: "no"}
ON_PAPER = frozenset({"written", "release"})
SAFE_COURT_GUARDIANS = frozenset({"court_safe", "state_conservator"})
PARTIES_OF_A_PAIR = 2
_Client: TypeAlias = dict[str, str]


class PartyFacts(NamedTuple):
    """The facts of an agency that rules may read: vocabulary words only."""

    kind: str
    basis: str
    regimes: frozenset[str]
    declared: bool
    reporter: str
    member: bool


class Facts(NamedTuple):
    """A canonical request: field by field the `agency` and `context` of the vocabulary. Hashable, comparable.

    A tuple, since an answer makes and looks up hundreds.
    """

    holder: PartyFacts
    recipient: PartyFacts
    action: str
    data: str
    encoded: bool
    purpose: str
    process: str
    consent: str
    level: str
    marks: frozenset[str]
    signers: frozenset[str]
    form_set_aside: bool
    signature_set_aside: bool
    agreement: str
    agreement_type: str
    same_house: bool
    age: str
    may_sign_alone: str
    emancipated: str
    guardian: str
    danger: str
    trafficking: str
    sex_trafficking: str
    missing_from_care: str
    runaway: str
    vulnerable_adult: str
    pseudonym_or_acp: str
    operator_authorised: bool
    conditioned_on: str
    state_law: bool


class _ConsentWorth(NamedTuple):
    """The worth of a consent for one share. States stand in the order in which a denial is explained."""

    consent: str = "absent"
    level: str = "none"
    marks: frozenset[str] = frozenset()
    signers: frozenset[str] = frozenset()
    form_set_aside: bool = False
    signature_set_aside: bool = False


_NOTHING, _ONWARD, _OUT_OF_SCOPE = _ConsentWorth(), _ConsentWorth("onward"), _ConsentWorth("out_of_scope")
EXPLAINED_FIRST = ("current", "not_current", "out_of_scope", "onward")
OF_THE_PAIR = frozenset({*_ConsentWorth._fields, "agreement", "agreement_type", "same_house", "operator_authorised"})
"""The facts of a request that depend on who discloses to whom, beside those of the two."""


def facts_of(case: Case, share: Share) -> tuple[Facts, ...]:
    """Return the canonical facts of a share: without consent first, then once per consent that bears on the share.

    Distinct, in a fixed order whatever the order of `case.consents`; the share is allowed if any of the facts is. Only
    a disclosure can rest on consent. Pure.

    Raises:
        FactsError: action, data, purpose, process or conditioned_on is outside the vocabulary, or a disclosure or a
            report names no data.

    >>> from datetime import date
    >>> hotline, clinic = Agency("hotline", kind="victim_services"), Agency("clinic", kind="health")
    >>> share = Share(hotline, clinic, "disclose", "identity", "referral")
    >>> yes = Consent(
    ...     form=None, level="verbal", marks=frozenset(), holder="hotline", to=frozenset({"clinic"}),
    ...     data=frozenset({"identity"}), purpose="referral", signers=frozenset({"client"}), signed_on=date(2026, 3, 1),
    ... )
    >>> [facts.consent for facts in facts_of(Case(today=date(2026, 3, 17), consents=(yes,)), share)]
    ['absent', 'current']
    >>> [facts.consent for facts in facts_of(Case(today=date(2026, 2, 28), consents=(yes,)), share)]  # not begun yet
    ['absent', 'not_current']
    """
    return _facts_of(case, _client(case), share)


def facts_of_each(case: Case, shares: Iterable[Share]) -> list[tuple[Facts, ...]]:
    """Return `facts_of` of each share, in order. Pure, and raises as `facts_of` does."""
    client = _client(case)
    return [_facts_of(case, client, share) for share in shares]


def _facts_of(case: Case, client: _Client, share: Share) -> tuple[Facts, ...]:
    bare = _bare(case, client, share)
    if share.action != "disclose" or not case.consents:
        return (bare,)
    worths = {_count(consent, case, share) for consent in case.consents} - {_NOTHING}
    return (bare, *(_with(bare, worth) for worth in sorted(worths, key=_order)))


def look_of(case: Case, holder: Agency, recipient: Agency) -> tuple[object, ...]:
    """Return every fact of two agencies on which a share of the client's data can depend, agreements aside.

    Pairs that look alike get equal decisions and equal asks on equal shares, except shares under agreements that do not
    stand alike (`standing_of`) and shares of a third agency's address. Hashable. Pure.
    """
    return (
        party_of(holder),
        party_of(recipient),
        bool(holder.house) and holder.house == recipient.house,
        recipient.id in holder.operator_authorised,
        recipient.accepted_forms,
        tuple(
            (holder.id == consent.holder, holder.id in consent.to, recipient.id in consent.to)
            for consent in case.consents
        ),
    )


def lawful_signers(case: Case) -> frozenset[str]:
    """Return the signers who count for the client: the client always, a guardian only if known to be safe.

    >>> from datetime import date
    >>> sorted(lawful_signers(Case(today=date(2026, 3, 17), age="minor", guardian="safe_parent")))
    ['client', 'parent']
    >>> sorted(lawful_signers(Case(today=date(2026, 3, 17), age="minor", guardian="suspected_parent_only")))
    ['client']
    """
    able = {"client"}
    if case.guardian == "safe_parent" and case.age != "adult":
        able.add("parent")
    if case.guardian in SAFE_COURT_GUARDIANS:
        able.add("guardian")
    return frozenset(able)


def may_call(case: Case) -> bool:
    """Return whether the client may be given a number to call: a young child only by way of a safe adult.

    >>> from dataclasses import replace
    >>> from datetime import date
    >>> child = Case(today=date(2026, 3, 17), age="minor", too_young=True)
    >>> may_call(child), may_call(replace(child, guardian="court_safe")), may_call(replace(child, too_young=False))
    (False, True, True)
    """
    return not case.too_young or len(lawful_signers(case)) > 1


def bare_of(facts: Facts) -> Facts:
    """Return the same facts without any consent."""
    return _with(facts, _NOTHING)


def with_consent(facts: Facts, level: str, marks: frozenset[str], signers: frozenset[str]) -> Facts:
    """Return the same facts with a current consent in scope: level, marks and signers as given."""
    return _with(facts, _ConsentWorth("current", level, marks, signers))


@lru_cache(maxsize=65536)
def party_of(agency: Agency) -> PartyFacts:
    """Return the facts of an agency that rules may read. An unknown regime makes the agency undeclared.

    >>> party_of(Agency("hotline", kind="helpline", basis="community", regimes=frozenset({"vawa", "new_law"})))
    ... # doctest: +NORMALIZE_WHITESPACE
    PartyFacts(kind='unknown', basis='community', regimes=frozenset({'vawa'}), declared=False, reporter='unknown',
               member=False)
    """
    return PartyFacts(
        kind=_word("Kind", agency.kind),
        basis=_word("Basis", agency.basis),
        regimes=agency.regimes & REGIMES,
        declared=agency.declared and agency.regimes <= REGIMES,
        reporter=_word("Reporter", agency.reporter),
        member=agency.member,
    )


def bare_facts(case: Case, share: Share) -> Facts:
    """Return the facts of a share without any consent: the first of `facts_of`; raises as `facts_of` does."""
    return _bare(case, _client(case), share)


def _bare(case: Case, client: _Client, share: Share) -> Facts:
    agreement, agreement_type = standing_of(share.agreement, case, share)
    return Facts(
        holder=party_of(share.holder),
        recipient=party_of(share.recipient),
        action=_vocabulary_word(ACTIONS, share.action, "action"),
        data=_data(share),
        encoded=share.encoded,
        purpose=_vocabulary_word(WORDS["Purpose"], share.purpose, "purpose"),
        process=_vocabulary_word(WORDS["Process"], share.process, "process"),
        consent="absent",
        level="none",
        marks=frozenset(),
        signers=frozenset(),
        form_set_aside=False,
        signature_set_aside=False,
        agreement=agreement,
        agreement_type=agreement_type,
        same_house=bool(share.holder.house) and share.holder.house == share.recipient.house,
        **client,
        operator_authorised=share.data == "shelter_location"
        and share.recipient.id in (share.location_of or share.holder).operator_authorised,
        conditioned_on=_vocabulary_word(WORDS["Condition"], share.conditioned_on, "conditioned_on"),
        state_law=case.state_law,
    )


def _client(case: Case) -> _Client:
    """Return the facts about the client alone, the same for every share."""
    return {
        "age": _word("Age", case.age),
        "may_sign_alone": ANSWERS[case.may_sign_alone],
        "emancipated": ANSWERS[case.emancipated],
        "guardian": _word("Guardian", case.guardian),
        "danger": _word("Danger", case.danger),
        "trafficking": ANSWERS[case.trafficking],
        "sex_trafficking": ANSWERS[case.sex_trafficking],
        "missing_from_care": ANSWERS[case.missing_from_care],
        "runaway": ANSWERS[case.runaway],
        "vulnerable_adult": ANSWERS[case.vulnerable_adult],
        "pseudonym_or_acp": ANSWERS[case.pseudonym_or_acp],
    }


def _data(share: Share) -> str:
    if share.data is None and share.action in ("disclose", "report"):
        raise FactsError("`data` must be named where information leaves")
    return _vocabulary_word(WORDS["Data"], share.data or "none", "data")


def _with(facts: Facts, worth: _ConsentWorth) -> Facts:
    return facts._replace(**worth._asdict())


def _order(worth: _ConsentWorth) -> tuple[int, int, list[str], list[str], bool, bool]:
    return (
        EXPLAINED_FIRST.index(worth.consent),
        -LEVELS.index(worth.level),
        sorted(worth.marks),
        sorted(worth.signers),
        worth.form_set_aside,
        worth.signature_set_aside,
    )


def _count(consent: Consent, case: Case, share: Share) -> _ConsentWorth:
    """Return the worth of a consent for a share: scope, then dates, then signatures, then form."""
    if consent.level not in LEVELS or consent.level == "none":
        return _NOTHING
    if consent.holder != share.holder.id:
        # It was given to somebody else: it matters only as the reason why this holder has the information.
        return _ONWARD if share.holder.id in consent.to else _NOTHING
    if share.recipient.id not in consent.to or share.data not in consent.data or share.purpose != consent.purpose:
        return _OUT_OF_SCOPE
    if not consent.signers or not _is_current(consent, case):
        return _ConsentWorth("not_current")
    signers = consent.signers & lawful_signers(case)
    set_aside = signers != consent.signers
    if not signers:
        return _ConsentWorth("current", signature_set_aside=set_aside)
    level, form_set_aside = _level(consent, case, share)
    marks = consent.marks & MARKS if level in ON_PAPER else frozenset()
    return _ConsentWorth("current", level, marks, signers, form_set_aside, set_aside)


def _is_current(consent: Consent, case: Case) -> bool:
    """End days are inclusive; a withdrawal counts from the start of its day; without a date a consent never began."""
    return (
        consent.signed_on is not None
        and consent.signed_on <= case.today
        and (consent.ends_on is None or case.today <= consent.ends_on)
        and (consent.withdrawn_on is None or case.today < consent.withdrawn_on)
    )


def _level(consent: Consent, case: Case, share: Share) -> tuple[str, bool]:
    """Return the level that counts, and whether the form was the reason for a lower level."""
    if consent.level not in ON_PAPER:
        return consent.level, False
    if not _takes_form(share.recipient, consent.form, case):
        return "verbal", True
    # A release is time-limited by definition; without an end it is a signed paper.
    return ("written" if consent.ends_on is None else consent.level), False


def _takes_form(recipient: Agency, form: str | None, case: Case) -> bool:
    return form in forms_taken(recipient, case)


def forms_taken(recipient: Agency, case: Case) -> frozenset[str]:
    """Return the forms that a recipient takes: listed forms, and forms stated to be worth the same as a listed form.

    >>> from datetime import date
    >>> alike = frozenset({frozenset({"release", "release-es"})})
    >>> clinic = Agency("clinic", accepted_forms=frozenset({"release"}))
    >>> sorted(forms_taken(clinic, Case(today=date(2026, 3, 17), equivalent_forms=alike)))
    ['release', 'release-es']
    """
    alike = (group for group in case.equivalent_forms if not group.isdisjoint(recipient.accepted_forms))
    return recipient.accepted_forms.union(*alike)


def standing_of(agreement: Agreement | None, case: Case, share: Share) -> tuple[str, str]:
    """Return status and type of the agreement; an agreement about another pair or class of data counts as absent."""
    if agreement is None or not _covers_pair(agreement, share):
        return "absent", "none"
    if agreement.data is not None and share.data is not None and share.data not in agreement.data:
        return "absent", "none"
    status = agreement.status_on(case.today)
    agreement_type = agreement.type if agreement.type in WORDS["AgreementType"] else "none"
    return ("absent", "none") if status == "absent" else (status, agreement_type)


def _covers_pair(agreement: Agreement, share: Share) -> bool:
    pair = (share.holder.id, share.recipient.id)
    if agreement.mutual:
        return pair[0] != pair[1] and all(party in agreement.between for party in pair)
    return len(agreement.between) == PARTIES_OF_A_PAIR and agreement.between == pair


def _word(type_name: str, value: str | None) -> str:
    """Return a known word, else `unknown`: records may be incomplete, and unknown is the strict case."""
    return value if value in WORDS[type_name] else "unknown"


def _vocabulary_word(words: frozenset[str], value: str, field: str) -> str:
    if value not in words:
        raise FactsError(f"`{field}` is not a word of the vocabulary")
    return value
