"""Cedar's own answer, asked so that an error never allows a share.

Cedar skips a failing rule (a forbid too), accepts misspelt words without a schema, and trusts entities as given. So:
the schema is passed with the entities and with every request, each rule is known by its own id, and every answer but
a clean Allow is a denial.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import cedarpy
from cedarpy import pst

from policies.errors import PackError
from policies.facts import Facts, PartyFacts

from .encode_facts import entities_of, request_of
from .pack import Pack, Rule
from .reading import Key, RulesReading, keep

MEMORY = 200_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Cedar's verdict on a request: allow, and the ids of the deciding rules. With any fault, allow is False."""

    allow: bool
    deciding: frozenset[str]
    faults: tuple[str, ...] = ()


class CedarEngine:
    """A set of a pack's rules, ready to be asked. Remembers its answers; safe to share between threads."""

    def __init__(self, pack: Pack, rules: Iterable[Rule]) -> None:
        """Hand the rules to Cedar under their own ids.

        Raises:
            PackError: Cedar's rules differ from the given rules.
        """
        policies = {rule.id: replace(pack.policies[rule.id], id=rule.id) for rule in rules}
        self._words = pack.space.vocabulary
        self._schema = cedarpy.Schema.from_json_str(self._words.schema())
        self._policies = cedarpy.PolicySet.from_pst(
            pst.PolicySet(templates={}, static_policies=policies, template_links=())
        )
        self._ids = frozenset(policies)
        require_all(self._policies, self._ids)
        self.reading = RulesReading(pack.space, (pack.formulas[rule_id] for rule_id in sorted(policies)))
        self._answers: dict[Key, Verdict] = {}
        self._entities = lru_cache(maxsize=4096)(self._parse_entities)

    def ask(self, facts: Facts) -> Verdict:
        """Return Cedar's verdict on a canonical request, remembered by the facts that the rules read.

        A fault is not remembered: its cause may be a fact that no rule reads.
        """
        try:
            key = self.reading.key(facts)
        except KeyError:  # no word of the vocabulary: Cedar refuses it, and says so itself
            return self._ask(facts)
        verdict = self._answers.get(key)
        if verdict is None:
            verdict = self._ask(facts)
            if not verdict.faults:
                keep(self._answers, {key: verdict}, MEMORY)
        return verdict

    def _ask(self, facts: Facts) -> Verdict:
        try:
            return self.answer(self.request(facts), self.agencies(facts))
        except ValueError as problem:
            return Verdict(False, frozenset(), (type(problem).__name__,))

    def request(self, facts: Facts) -> dict[str, str]:
        """Return the facts in the form of a Cedar request."""
        return request_of(facts, self._words)

    def agencies(self, facts: Facts) -> cedarpy.Entities:
        """Return holder and recipient as Cedar entities, read under the schema and remembered.

        Raises:
            ValueError: an agency has a word outside the schema.
        """
        return self._entities(facts.holder, facts.recipient)

    def answer(self, request: dict[str, str], agencies: cedarpy.Entities) -> Verdict:
        """Return Cedar's verdict on a prepared request, asked under the schema and not remembered."""
        result = cedarpy.is_authorized(request, self._policies, agencies, schema=self._schema)
        return verdict_of(result, self._ids)

    def _parse_entities(self, holder: PartyFacts, recipient: PartyFacts) -> cedarpy.Entities:
        return cedarpy.Entities.from_json_str(entities_of(holder, recipient, self._words), self._schema)


def require_all(policy_set: cedarpy.PolicySet, ids: frozenset[str]) -> None:
    """Require that Cedar took every rule under its own id, and no further rule.

    Raises:
        PackError: Cedar's rules differ from the given rules.
    """
    if frozenset(policy_set.to_pst().static_policies) != ids:
        raise PackError(("Cedar did not take every rule under its own id",))


def verdict_of(result: cedarpy.AuthzResult, ids: frozenset[str]) -> Verdict:
    """Return the verdict in a Cedar result: Allow only on Allow with no errors and known deciding rules."""
    reasons = frozenset(result.diagnostics.reasons)
    if result.diagnostics.errors or result.decision is cedarpy.Decision.NoDecision:
        return Verdict(False, frozenset(), ("a rule or the request could not be evaluated",))
    allow = result.decision is cedarpy.Decision.Allow
    if not reasons <= ids or (allow and not reasons):
        return Verdict(False, frozenset(), ("a rule that is not of this pack decided",))
    return Verdict(allow, reasons)
