"""Decide one share: may this organization do this towards that one, by which rules, and what would it take?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import policies
from service.answer.decisions import Clerk, obligation_document, rule_document
from service.errors import Problem, ProfileRefused
from service.profile import ShareQuestion
from service.served import Served
from service.sharing import Sharing

NO_ORGANIZATION = "is not an organization of this directory"
NO_AGREEMENT = "is not an agreement of these two organizations"


def decide_share(
    served: Served,
    asked: ShareQuestion,
    *,
    reader: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> dict[str, Any]:
    """Return the decision on one share as a document, checked against Cedar's own, for an organization `reader` (slug).

    Raises:
        ProfileRefused: it names what is not in this directory, or what the reader may not know of.
        RecordsDisagree: the compiled rules and Cedar differ; nothing is answered.
    """
    known = _organizations(served, reader)
    agreements = {agreement.id: agreement for agreement in served.policy.agreements.values()}
    if problems := tuple(_problems(asked, known, agreements)):
        raise ProfileRefused(problems)
    at = (asked.at or now()).astimezone(served.snapshot.zone)
    clerk = Clerk(Sharing(served.rulebook, served.policy, _case(served, asked, known, at)))
    share, decision = _best(served, clerk, asked, known)
    obligations = clerk.obligations(share)
    return {
        "allow": decision.allow,
        "rules": [rule_document(rule) for rule in (*decision.permits, *decision.forbids)],
        "stopped_by": None if decision.stopped_by is None else rule_document(decision.stopped_by),
        "needs": None if decision.needs is None else _ask(decision.needs),
        "agreement": None if share.agreement is None else share.agreement.id,
        "obligations": [obligation_document(task) for task in obligations],
        "plain": list(policies.explain(decision)),
        "directory_version": served.directory_version,
        "policy_version": served.rulebook.version,
    }


def _organizations(served: Served, reader: str) -> Mapping[str, str]:
    """Return the slug for every way of naming an organization that the reader may know of."""
    views = served.names.organizations
    member = reader in views and views[reader].membership != "none"
    known = {slug: view for slug, view in views.items() if member or slug == reader or view.listed == "public"}
    return {**{view.id: slug for slug, view in known.items()}, **{slug: slug for slug in known}}


def _problems(
    asked: ShareQuestion, known: Mapping[str, str], agreements: Mapping[str, policies.Agreement]
) -> Iterator[Problem]:
    for field, name in (("holder", asked.holder), ("recipient", asked.recipient)):
        if name not in known:
            yield Problem(f"/{field}", NO_ORGANIZATION)
    for place, consent in enumerate(asked.consents):
        if consent.holder not in known:
            yield Problem(f"/consents/{place}/from", NO_ORGANIZATION)
        for number, recipient in enumerate(consent.to):
            if recipient not in known:
                yield Problem(f"/consents/{place}/to/{number}", NO_ORGANIZATION)
    if asked.agreement is not None:
        found = agreements.get(asked.agreement)
        if found is None or not {known.get(asked.holder), known.get(asked.recipient)} <= set(found.between):
            yield Problem("/agreement", NO_AGREEMENT)


def _case(served: Served, asked: ShareQuestion, known: Mapping[str, str], at: datetime) -> policies.Case:
    return policies.Case(
        today=at.date(),
        age=policies.age_from_range(asked.age.min if asked.age else None, asked.age.max if asked.age else None),
        guardian=asked.facts.guardian,
        may_sign_alone=asked.facts.may_sign_alone,
        emancipated=asked.facts.emancipated,
        danger=asked.facts.danger,
        consents=tuple(
            policies.Consent(
                form=consent.form,
                level=consent.level,
                marks=frozenset(consent.marks),
                holder=known[consent.holder],
                to=frozenset(known[name] for name in consent.to),
                data=frozenset(consent.data),
                purpose=consent.purpose,
                signers=frozenset(consent.signers),
                signed_on=consent.signed_on,
                ends_on=consent.ends_on,
                withdrawn_on=consent.withdrawn_on,
            )
            for consent in asked.consents
        ),
        equivalent_forms=served.policy.equivalent_forms,
        trafficking=asked.trafficking,
    )


def _best(
    served: Served, clerk: Clerk, asked: ShareQuestion, known: Mapping[str, str]
) -> tuple[policies.Share, policies.Decision]:
    """Return the decision under the agreement named, else under whichever helps most: one that allows first."""
    holder, recipient = known[asked.holder], known[asked.recipient]
    shared = [a.id for a in served.policy.agreements.values() if {holder, recipient} <= set(a.between)]
    tried = []
    for agreement in [asked.agreement] if asked.agreement is not None else [None, *sorted(shared)]:
        share = policies.Share(
            holder=served.policy.agencies[holder],
            recipient=served.policy.agencies[recipient],
            action=asked.action,
            data=asked.data,
            purpose=asked.purpose,
            process=asked.process,
            conditioned_on=asked.conditioned_on,
            agreement=None if agreement is None else served.policy.agreements[agreement],
        )
        tried.append((share, clerk.decide(share)))
    return min(tried, key=lambda pair: (not pair[1].allow, pair[1].needs is None))


def _ask(ask: policies.Ask) -> dict[str, Any]:
    return {
        "level": ask.level,
        "marks": sorted(ask.marks),
        "signers": sorted(ask.signers),
        "plain": policies.explain_ask(ask),
    }
