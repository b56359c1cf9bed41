"""Decisions as an answer shows them: the compiled rules decide, and Cedar itself is asked again for each one.

Where the two differ, nothing that rests on the decision may be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import policies
from service.serving.sharing import Sharing

SAID_ONCE = frozenset({"grievance-channel", "record-without-content"})
"""Tasks that the whole answer tells once (grievance, notices), as it does those with a term (duties)."""


class RecordsDisagree(Exception):
    """Compiled rules and Cedar gave different answers to one question: a defect, and the path is left out."""


@dataclass(frozen=True)
class Clerk:
    """Asks the rules about one request and checks every answer against Cedar's own."""

    sharing: Sharing

    def decide(self, share: policies.Share) -> policies.Decision:
        """Return the decision on a share.

        Raises:
            RecordsDisagree: Cedar's own decision is another.
        """
        rulebook = self.sharing.rulebook
        compiled, recorded = rulebook.decide_twice(self.sharing.case, share)
        if not rulebook.agrees(compiled, recorded):
            raise RecordsDisagree(share.action)
        return compiled

    def allow(self, shares: Sequence[policies.Share]) -> Sequence[bool]:
        """Return whether each share may go, by the compiled rules alone: to think with, not to show."""
        found: list[bool] = self.sharing.rulebook.allows(self.sharing.case, shares).tolist()
        return found

    def least_consent(self, share: policies.Share) -> policies.Ask | None:
        """Return the least consent that a share needs, whatever has been given; None if none is enough.

        `NOTHING_ASKED` where it needs no consent at all.
        """
        rulebook = self.sharing.rulebook
        decision = rulebook.decide(replace(self.sharing.case, consents=()), share)
        if decision.allow:
            return policies.NOTHING_ASKED
        return decision.needs

    def obligations(self, share: policies.Share) -> tuple[policies.Obligation, ...]:
        """Return the tasks and notices that travel with a share."""
        return self.sharing.rulebook.obligations(self.sharing.case, share)

    def obligations_on(self, decision: policies.Decision) -> tuple[policies.Obligation, ...]:
        """Return the tasks and notices that travel with a share that was decided on already."""
        return self.sharing.rulebook.obligations_on(decision.facts)


def rule_document(rule: policies.Rule) -> dict[str, object]:
    """Return a rule as an answer cites it."""
    return {"id": rule.id, "effect": rule.effect, "plain": rule.plain, "authority": rule.authority}


def explained_rule(rule: policies.Rule) -> dict[str, object]:
    """Return a rule as a decision explains it: cited, with what it asks for and how sure the reading is."""
    return {
        **rule_document(rule),
        "asks": rule.asks,
        "confidence": rule.confidence,
        "to_be_confirmed": rule.to_be_confirmed,
    }


def to_do(obligations: Iterable[policies.Obligation]) -> dict[str, policies.Obligation]:
    """Return, by id, the tasks to list with one share: no advice, and nothing that the answer tells elsewhere."""
    return {
        task.id: task
        for task in obligations
        if task.effect == "obligation" and task.due is None and task.id not in SAID_ONCE
    }


def obligation_document(obligation: policies.Obligation) -> dict[str, object]:
    """Return a task or notice as an answer lists it; `due` is an ISO 8601 duration or null."""
    return {
        "id": obligation.id,
        "plain": obligation.plain,
        "authority": obligation.authority,
        "due": obligation.due,
        "effect": obligation.effect,
    }
