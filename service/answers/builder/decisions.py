"""Decisions in the answer's form: the compiled rules decide, and Cedar itself is asked again for each decision.

Where the two differ, no part of an answer may rest on the decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import policies
from service.answers.schemas.paths import CitedRule, Obligation
from service.answers.schemas.policy import ExplainedRule
from service.directory.snapshot.sharing import Sharing
from service.errors import RecordsDisagree

SAID_ONCE = frozenset({"grievance-channel", "record-without-content"})
"""Tasks that the whole answer tells once (grievance, notices), as it does those with a term (duties)."""


@dataclass(frozen=True)
class DecisionVerifier:
    """Asks the rules about a request and checks every answer against Cedar's own."""

    sharing: Sharing

    def decide(self, share: policies.Share) -> policies.Decision:
        """Return the decision on a share.

        Raises:
            RecordsDisagree: Cedar's own decision is another.
        """
        rulebook = self.sharing.rulebook
        compiled, by_cedar = rulebook.decide_twice(self.sharing.case, share)
        if not rulebook.agrees(compiled, by_cedar):
            raise RecordsDisagree(share.action)
        return compiled

    def allow(self, shares: Sequence[policies.Share]) -> Sequence[bool]:
        """Return whether each share may go, by the compiled rules alone: to think with, not to show."""
        verdicts: list[bool] = self.sharing.rulebook.allows(self.sharing.case, shares).tolist()
        return verdicts

    def least_consent(self, share: policies.Share) -> policies.Ask | None:
        """Return the least consent for a share, whatever consent has been given; None if no consent is enough.

        `NOTHING_ASKED` for a share without need of consent.
        """
        rulebook = self.sharing.rulebook
        decision = rulebook.decide(replace(self.sharing.case, consents=()), share)
        if decision.allow:
            return policies.NOTHING_ASKED
        return decision.needs

    def obligations(self, share: policies.Share) -> tuple[policies.Obligation, ...]:
        """Return the tasks and notices of a share."""
        return self.sharing.rulebook.obligations(self.sharing.case, share)

    def obligations_on(self, decision: policies.Decision) -> tuple[policies.Obligation, ...]:
        """Return the tasks and notices of a share that was decided on already."""
        return self.sharing.rulebook.obligations_on(decision.facts)


def rule_document(rule: policies.Rule) -> CitedRule:
    """Return a rule in an answer's citation form."""
    return {"id": rule.id, "effect": rule.effect, "plain": rule.plain, "authority": rule.authority}


def explained_rule(rule: policies.Rule) -> ExplainedRule:
    """Return a rule as a decision explains the rule: cited, with its demand and the confidence of the reading."""
    return {
        **rule_document(rule),
        "asks": rule.asks,
        "confidence": rule.confidence,
        "to_be_confirmed": rule.to_be_confirmed,
    }


def to_do(obligations: Iterable[policies.Obligation]) -> dict[str, policies.Obligation]:
    """Return, by id, the tasks to list with a share: no advice, and no task told elsewhere in the answer."""
    return {
        task.id: task
        for task in obligations
        if task.effect == "obligation" and task.due is None and task.id not in SAID_ONCE
    }


def obligation_document(obligation: policies.Obligation) -> Obligation:
    """Return a task or notice in the answer's list form; `due` is an ISO 8601 duration or null."""
    return {
        "id": obligation.id,
        "plain": obligation.plain,
        "authority": obligation.authority,
        "due": obligation.due,
        "effect": obligation.effect,
    }
