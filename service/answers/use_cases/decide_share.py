"""Decide a share: may an organization do an act towards a second, by which rules, and with which consent?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import policies
from policies.messages import TOGETHER, joined
from service.answers.builder.decisions import DecisionVerifier, explained_rule, obligation_document
from service.answers.builder.notices import (
    SUBPOENA,
    subpoena_desk,
    write_disclaimers,
    write_grievance,
    write_subpoena_contact,
)
from service.answers.profile import (
    ShareQuestion,
    consent_of,
    form_names,
    unknown_among,
    unknown_in_consents,
)
from service.answers.schemas.policy import (
    AskDocument,
    ConsentChange,
    DecisionDocument,
    ExplainedRule,
    FactChange,
    FactsDocument,
    Task,
)
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import Sharing
from service.directory.standard.identity import id_of
from service.documents.bodies import as_pointers
from service.documents.node import Node
from service.errors import BodyRefused, Problem
from service.i18n import duties, refusals

DEFAULT_DENY = "default-deny"


def decide_share(
    directory: DirectorySnapshot,
    question: ShareQuestion,
    *,
    reader: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> DecisionDocument:
    """Return the decision on a share as a document, checked against Cedar's own, for an organization `reader` (slug).

    Raises:
        BodyRefused: the share names an entry absent from the directory or hidden from the reader.
        RecordsDisagree: the compiled rules and Cedar differ; no answer is given.
    """
    directory = directory.seen_by(reader)
    if problems := as_pointers(unknown_to(directory, reader, Node(question.model_dump(mode="json", by_alias=True)))):
        raise BodyRefused(problems)
    organizations = _organizations(directory)
    question = _by_slug(directory, question)
    moment = now()
    at = (question.at or moment).astimezone(directory.snapshot.zone)
    verifier = DecisionVerifier(
        Sharing(directory.rulebook, directory.policy, _case(directory, question, organizations, at))
    )
    pair = organizations[question.holder], organizations[question.recipient]
    shared = [None, *sorted(agreement.id for agreement in _agreements(directory, reader, pair))]
    share, decision = _best(
        directory, verifier, question, pair, shared if question.agreement is None else [question.agreement]
    )
    return {
        "allow": decision.allow,
        "rules": [explained_rule(rule) for rule in _deciding_rules(directory, decision)],
        "stopped_by": None if decision.stopped_by is None else _stopped_by(decision.stopped_by),
        "needs": None if decision.needs is None else _ask(decision.needs),
        "would_change": _would_change(verifier, share, decision),
        "facts": _facts(decision),
        "agreement": None if share.agreement is None else share.agreement.id,
        "obligations": _obligations(directory, verifier, share, reader, moment),
        "plain": list(policies.explain(decision)),
        "notices": write_disclaimers(directory),
        "grievance": write_grievance(directory, share.holder.id),
        "directory_version": directory.directory_version,
        "policy_version": directory.rulebook.version,
    }


def unknown_to(directory: DirectorySnapshot, reader: str, question: Node) -> Iterator[Problem]:
    """Yield each name in the plain data of a question without an entry visible to the reader, by path."""
    directory = directory.seen_by(reader)
    organizations = _organizations(directory)
    pair = [question.get("holder"), question.get("recipient")]
    yield from unknown_among(pair, organizations, refusals.NO_ORGANIZATION)
    yield from unknown_in_consents(question, organizations)
    agreement = question.get("agreement")
    if isinstance(agreement.value, str):
        parties = {organizations.get(str(party.value), "") for party in pair}
        shared = {terms.id for terms in _agreements(directory, reader, parties)}
        if _agreement_slugs(directory).get(agreement.value) not in shared:
            yield agreement.problem(refusals.NO_AGREEMENT)


def _deciding_rules(directory: DirectorySnapshot, decision: policies.Decision) -> list[policies.Rule]:
    """Return the deciding rules. Without a permit and a forbid, the default denial decides."""
    deciding_rules = [*decision.permits, *decision.forbids]
    return deciding_rules or [rule for rule in directory.rulebook.rules if rule.id == DEFAULT_DENY]


def _stopped_by(rule: policies.Rule) -> ExplainedRule:
    """Return the rule to tell first. A permit that stops lacks consent, and must not be told as a permission."""
    explained = explained_rule(rule)
    return {**explained, "plain": policies.NOT_AGREED} if rule.effect == "permit" else explained


def _would_change(
    verifier: DecisionVerifier, share: policies.Share, decision: policies.Decision
) -> list[ConsentChange | FactChange]:
    """Return the changes that would turn a denial: the least consent, then each single fact."""
    consent: list[ConsentChange] = [] if decision.needs is None else [{"kind": "consent", **_ask(decision.needs)}]
    facts: list[FactChange] = [
        {
            "kind": "fact",
            "attribute": change.attribute,
            "values": list(change.values),
            "needs": None if change.needs is None else _ask(change.needs),
            "plain": change.plain,
        }
        for change in policies.find_changes(verifier.sharing.rulebook, verifier.sharing.case, share)
    ]
    return [*consent, *facts]


def _facts(decision: policies.Decision) -> FactsDocument:
    """Return the facts as the rules read facts, word by word of the vocabulary, and in lines to check."""
    facts = decision.facts
    agencies = {"holder": facts.holder._asdict(), "recipient": facts.recipient._asdict()}
    sorted_facts = _sorted_sets({**facts._asdict(), **agencies})
    return {"read": sorted_facts, "plain": list(policies.explain_facts(facts))}


def _sorted_sets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted_sets(inner) for name, inner in value.items()}
    return sorted(value) if isinstance(value, frozenset) else value


def _obligations(
    directory: DirectorySnapshot, verifier: DecisionVerifier, share: policies.Share, reader: str, moment: datetime
) -> list[Task]:
    """Return the tasks of the share. The contact for a subpoena is for the holder, and for who may know its people now.

    Where it is the contact of one above the holder, those people too. The day that the share is asked about does not
    matter for that: a reader may choose it.
    """
    agencies = {share.holder.id, subpoena_desk(directory, share.holder.id).slug}
    names_people = reader == share.holder.id or all(directory.names_people(reader, slug, moment) for slug in agencies)
    tasks = list[Task]()
    for task in verifier.obligations(share):
        document: Task = {**obligation_document(task), "asks": task.asks, "contact": None}
        if task.id == SUBPOENA and names_people:
            contact = write_subpoena_contact(directory, share.holder.id)
            document["contact"] = contact
            document["plain"] = joined([task.plain, duties.subpoena_contact(contact)], TOGETHER)
        tasks.append(document)
    return tasks


def _organizations(directory: DirectorySnapshot) -> Mapping[str, str]:
    """Return the slug for every name of an organization."""
    organizations = directory.names.organizations
    return {**{view.id: slug for slug, view in organizations.items()}, **{slug: slug for slug in organizations}}


def _agreements(directory: DirectorySnapshot, reader: str, parties: Iterable[str]) -> Iterator[policies.Agreement]:
    """Yield the agreements between organizations (slugs) visible to the reader: its own, and open agreements."""
    pair, organizations = set(parties), directory.names.organizations.keys()
    for agreement in directory.policy.agreements.values():
        between = set(agreement.between)
        if pair <= between and (reader in between or between <= organizations):
            yield agreement


def _by_slug(directory: DirectorySnapshot, question: ShareQuestion) -> ShareQuestion:
    """Return the question with the agreement under its slug, if named by its id."""
    return question.model_copy(update={"agreement": _agreement_slugs(directory).get(question.agreement or "")})


def _agreement_slugs(directory: DirectorySnapshot) -> Mapping[str, str]:
    """Return the slug for every way of naming an agreement."""
    slugs = directory.policy.agreements
    return {**{id_of("agreement", slug): slug for slug in slugs}, **{slug: slug for slug in slugs}}


def _case(
    directory: DirectorySnapshot, question: ShareQuestion, organizations: Mapping[str, str], at: datetime
) -> policies.Case:
    forms = form_names(directory.names)
    return policies.Case(
        today=at.date(),
        age=policies.age_from_range(
            question.age.min if question.age else None, question.age.max if question.age else None
        ),
        guardian=question.facts.guardian,
        may_sign_alone=question.facts.may_sign_alone,
        emancipated=question.facts.emancipated,
        danger=question.facts.danger,
        consents=tuple(consent_of(consent, organizations, forms) for consent in question.consents),
        equivalent_forms=directory.policy.equivalent_forms,
        trafficking=question.trafficking,
        sex_trafficking=question.sex_trafficking,
        missing_from_care=question.missing_from_care,
        runaway=question.runaway,
        vulnerable_adult=question.vulnerable_adult,
        pseudonym_or_acp=question.facts.pseudonym_or_acp,
        state_law=directory.state_law,
    )


def _best(
    directory: DirectorySnapshot,
    verifier: DecisionVerifier,
    question: ShareQuestion,
    pair: tuple[str, str],
    agreements: Iterable[str | None],
) -> tuple[policies.Share, policies.Decision]:
    """Return the decision under the most helpful agreement: an allowing agreement first."""
    holder, recipient = pair
    decisions = []
    for agreement in agreements:
        share = policies.Share(
            holder=directory.policy.agencies[holder],
            recipient=directory.policy.agencies[recipient],
            action=question.action,
            data=question.data,
            encoded=question.encoded,
            purpose=question.purpose,
            process=question.process,
            conditioned_on=question.conditioned_on,
            agreement=None if agreement is None else directory.policy.agreements[agreement],
        )
        decisions.append((share, verifier.decide(share)))
    return min(decisions, key=lambda pair: (not pair[1].allow, pair[1].needs is None, len(pair[1].forbids)))


def _ask(ask: policies.Ask) -> AskDocument:
    return {
        "level": ask.level,
        "marks": sorted(ask.marks),
        "signers": sorted(ask.signers),
        "plain": policies.explain_ask(ask),
    }
