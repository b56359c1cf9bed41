"""Decisions: is a share allowed, by which rules, and which consent would lift a denial.

The compiled rules answer whole arrays (`allows`) and single questions (`decide`); Cedar itself answers again for
every decision shown to a person (`record`). Rules decide, this module only reads: no rule of law is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .consent_ladder import Ask, Ladder
from .engine.cedar import CedarEngine, Verdict
from .engine.compile import Formula
from .engine.encode_facts import Encoder
from .engine.evaluate import Answers, Codes, evaluate
from .engine.pack import Pack, Rule, read_pack
from .engine.reading import Key, RulesReading, keep, remaining
from .errors import UnknownRuleError
from .facts import (
    OF_THE_PAIR,
    Facts,
    bare_facts,
    bare_of,
    facts_of,
    facts_of_each,
    lawful_signers,
    with_consent,
)
from .messages import Message
from .records import Agency, Case, Share
from .result_cache import MEMORY, ResultCache, Row
from .vocabulary import SIDES

DECISIONS = 20_000
"""How many decisions are remembered, by the facts that they rest on; a fact is a word of the vocabulary."""
CONSENT_RULE = "consented-share"
GUARDIAN_NOT_KNOWN = frozenset({"unknown", "unavailable"})
"""Words for a guardian of whom nobody knows whether a court named one."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer for one share, with its reasons.

    `permits` and `forbids` hold the deciding rules in catalogue order: permits when allowed, forbids when denied.
    When denied, `stopped_by` is the rule to show, and `needs` the least consent that lifts the denial (None: no
    consent can). `facts` are the canonical facts of the decision. `faults` lists failures of the engine; with a fault
    the answer is a denial.
    """

    allow: bool
    permits: tuple[Rule, ...]
    forbids: tuple[Rule, ...]
    stopped_by: Rule | None
    needs: Ask | None
    facts: Facts
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Obligation:
    """A task or notice that travels with a decision. `due` is an ISO 8601 duration, `effect` obligation or advice."""

    id: str
    plain: Message
    authority: str
    due: str | None
    effect: str
    asks: Message


def load_rulebook(names: Sequence[str], directory: Path | None = None) -> Rulebook:
    """Read, check and compile the packs `names`, by default from the packs shipped with the program.

    Raises:
        PackError: the packs cannot be used; its `problems` list every problem found.
    """
    return Rulebook(read_pack(names, directory))


class Rulebook:
    """A checked pack, compiled, with Cedar beside it. Remembers answers; safe to share between threads."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._by_id: Mapping[str, Rule] = {rule.id: rule for rule in pack.rules}
        self._deciding = pack.deciding
        self._default = next(rule for rule in pack.rules if rule.pseudo)
        self._is_permit = np.array([rule.effect == "permit" for rule in pack.deciding], dtype=np.bool_)
        self._encoder = Encoder(pack.space)
        self._ladder = Ladder(pack.space)
        self._engine = CedarEngine(pack, pack.deciding)
        advice = [pack.formulas[rule.id] for rule in pack.advising]
        deciding = [pack.formulas[rule.id] for rule in pack.deciding]
        self._rules_memory = ResultCache(pack.space, self._encoder, deciding, self._engine.reading)
        self._advice_memory = ResultCache(pack.space, self._encoder, advice, RulesReading(pack.space, advice))
        self._verdict = lru_cache(maxsize=MEMORY)(self._verdict_of)
        self._obligations = lru_cache(maxsize=MEMORY)(self._obligations_of)
        self._compiled = lru_cache(maxsize=DECISIONS)(self._decide)
        self._cedar_decision = lru_cache(maxsize=DECISIONS)(self._record)
        self._only_by_consent = lru_cache(maxsize=DECISIONS)(self._find_only_by_consent)
        self._remedy_memory: dict[tuple[Key, str, frozenset[str]], _Remedies] = {}

    @property
    def version(self) -> str:
        """The version of the pack: `sha256:` and a hash over names, rules, order and vocabulary."""
        return self._pack.version

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the packs, sorted."""
        return self._pack.names

    @property
    def pack(self) -> Pack:
        """The checked pack behind the rulebook, for checks over the whole space."""
        return self._pack

    @property
    def reading(self) -> RulesReading:
        """The reading that gives requests keys by the facts that deciding rules read: equal keys, equal decisions."""
        return self._engine.reading

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, task and piece of advice in catalogue order."""
        return self._pack.rules

    @cached_property
    def reviewed(self) -> str:
        """The day of the latest legal review of any rule, ISO 8601."""
        return max(rule.reviewed for rule in self.rules)

    def rule(self, rule_id: str) -> Rule:
        """Return the rule with an id.

        Raises:
            UnknownRuleError: no rule has the id.
        """
        try:
            return self._by_id[rule_id]
        except KeyError:
            raise UnknownRuleError("no rule of this rulebook has that id") from None

    def allows(self, case: Case, shares: Sequence[Share]) -> NDArray[np.bool_]:
        """Return an answer per share, in order. A single compiled call answers every new combination of facts.

        Raises:
            FactsError: a share uses a word outside the vocabulary.

        >>> from datetime import date
        >>> from policies.records import Agency
        >>> rulebook, today = load_rulebook(["federal"]), Case(today=date(2026, 3, 17))
        >>> share = Share(Agency("hotline"), Agency("clinic"), "route", None, "referral")
        >>> rulebook.allows(today, [share, replace(share, action="disclose", data="identity")])
        array([ True, False])
        """
        facts = facts_of_each(case, shares)
        verdicts = iter(self.verdicts([request for several in facts for request in several]))
        answers = [[next(verdicts).allow for _ in several] for several in facts]
        return np.array([any(answer) for answer in answers], dtype=np.bool_)

    def allows_codes(self, codes: Codes) -> NDArray[np.bool_]:
        """Return an answer per request of a table of codes, a column each, as `allows` does; remembers none."""
        answers = self._rules_memory.compiled.run(codes)
        return np.logical_and(answers[self._is_permit].any(axis=0), ~answers[~self._is_permit].any(axis=0))

    def only_by_consent(self, case: Case, purpose: str) -> frozenset[str]:
        """Return the classes of data of which nobody may disclose anything for a purpose where no consent counts.

        Of these no permit is left, whoever the two are and whatever they agreed on.

        >>> from datetime import date
        >>> rulebook, today = load_rulebook(["federal"]), date(2026, 3, 17)
        >>> in_care = Case(today=today, age="minor", guardian="state_conservator")
        >>> [{"identity", "education"} - rulebook.only_by_consent(case, "referral") for case in (Case(today), in_care)]
        [set(), {'education'}]
        """
        nameless = Agency("")
        return self._only_by_consent(bare_facts(case, Share(nameless, nameless, "disclose", "none", purpose)))

    def decide(self, case: Case, share: Share) -> Decision:
        """Return the compiled decision on a share. Pure; raises FactsError as `allows` does."""
        return self._compiled(facts_of(case, share), lawful_signers(case))

    def record(self, case: Case, share: Share) -> Decision:
        """Return Cedar's own decision on a share. Fails closed; raises FactsError as `allows` does."""
        return self._cedar_decision(facts_of(case, share), lawful_signers(case))

    def decide_twice(self, case: Case, share: Share) -> tuple[Decision, Decision]:
        """Return the results of `decide` and `record` on a share, with the facts worked out once."""
        request = facts_of(case, share), lawful_signers(case)
        return self._compiled(*request), self._cedar_decision(*request)

    @staticmethod
    def agrees(decision: Decision, by_cedar: Decision) -> bool:
        """Return whether two decisions are the same: allow, deciding rules, facts, remedy, and no fault."""
        return decision == by_cedar and not by_cedar.faults

    def obligations(self, case: Case, share: Share) -> tuple[Obligation, ...]:
        """Return the tasks and notices of a share, in catalogue order, allowed or not.

        Raises:
            FactsError: the share uses a word outside the vocabulary.
        """
        alternatives = facts_of(case, share)
        return self.obligations_on(alternatives[_explaining_place([self._ask(facts) for facts in alternatives])])

    def obligations_on(self, facts: Facts) -> tuple[Obligation, ...]:
        """Return the tasks and notices of a share already decided on the given facts, as `obligations` does."""
        return self._obligations(self._advice_memory.row_of(facts))

    def evaluate(self, formulas: Sequence[Formula], facts: Sequence[Facts]) -> Answers:
        """Return the answers of formulas of the pack, a row per formula, a column per facts."""
        return evaluate(self._pack.space, formulas, self.codes(facts))

    def codes(self, facts: Sequence[Facts]) -> Codes:
        """Return facts as a table of codes, a row per dimension, a column per facts."""
        return self._encoder.table(facts)

    def verdicts(self, facts: Sequence[Facts]) -> list[Verdict]:
        """Return the compiled answer on each facts, with the deciding rules: Cedar's own answer is compared with it."""
        return [self._verdict(row) for row in self._rules_memory.rows(facts)]

    def least_ask(self, facts: Facts, lawful: frozenset[str]) -> Ask | None:
        """Return the smallest consent of a set of signers that permits a disclosure, or None."""
        lift = self._remedies(facts, lawful).lift
        return None if lift is None else self._ladder.asks(lawful)[lift]

    def _ask(self, facts: Facts) -> Verdict:
        return self._verdict(self._rules_memory.row_of(facts))

    def _verdict_of(self, row: Row) -> Verdict:
        holds = np.frombuffer(row, dtype=np.bool_)
        allow = bool(holds[self._is_permit].any() and not holds[~self._is_permit].any())
        deciding = self._is_permit if allow else ~self._is_permit
        places = np.flatnonzero(holds & deciding)
        return Verdict(allow, frozenset(self._deciding[i].id for i in places))

    def _obligations_of(self, row: Row) -> tuple[Obligation, ...]:
        return tuple(
            Obligation(rule.id, rule.plain, rule.authority, rule.due, rule.effect, rule.asks)
            for rule, holds in zip(self._pack.advising, row, strict=True)
            if holds
        )

    def _find_only_by_consent(self, facts: Facts) -> frozenset[str]:
        """Return the classes of data of which no permit is left, by all facts but those of the two."""
        space, row = self._pack.space, self._encoder.row(facts)
        consent, data = space.index["context.consent"], space.index["context.data"]
        of_the_pair = {number for number, dimension in enumerate(space.dimensions) if _is_of_the_pair(dimension.name)}
        known = {number: code for number, code in enumerate(row) if number not in {data, *of_the_pair}}
        permits = remaining(
            space, (self._pack.formulas[rule.id] for rule in self._deciding if rule.effect == "permit"), known
        )
        words = space.dimensions[data].values
        open_words = {
            word
            for worth, name in enumerate(space.dimensions[consent].values)
            if name != "current"
            for left in (remaining(space, permits, {consent: worth}),)
            for code, word in enumerate(words)
            if remaining(space, left, {data: code})
        }
        return frozenset(map(str, {*words} - open_words))

    def _decide(self, alternatives: tuple[Facts, ...], lawful: frozenset[str]) -> Decision:
        return self._decide_by(self._ask, alternatives, lawful)

    def _record(self, alternatives: tuple[Facts, ...], lawful: frozenset[str]) -> Decision:
        decision = self._decide_by(self._engine.ask, alternatives, lawful)
        if decision.needs is not None and not self._engine.ask(with_ask(decision.facts, decision.needs)).allow:
            fault = "the remedy that the compiled rules found is not Cedar's"
            return replace(decision, needs=None, faults=(*decision.faults, fault))
        return decision

    def _decide_by(
        self, ask: Callable[[Facts], Verdict], alternatives: tuple[Facts, ...], lawful: frozenset[str]
    ) -> Decision:
        """Decide on the first allowed facts; a denial is explained by the consent that came nearest."""
        verdicts = [ask(facts) for facts in alternatives]
        faults = tuple(dict.fromkeys(fault for verdict in verdicts for fault in verdict.faults))
        place = _explaining_place(verdicts)
        facts, verdict = alternatives[place], verdicts[place]
        deciding = tuple(rule for rule in self._deciding if rule.id in verdict.deciding)
        if verdict.allow:
            return Decision(True, deciding, (), None, None, facts, faults)
        stopped_by, needs = self._explain(facts, lawful, deciding)
        return Decision(False, (), deciding, stopped_by, needs, facts, faults)

    def _explain(self, facts: Facts, lawful: frozenset[str], forbids: tuple[Rule, ...]) -> tuple[Rule, Ask | None]:
        """Return the rule to show for a denial and the smallest consent that lifts the denial.

        Most adults have no guardian: what an adult's guardian would have to sign is shown only where a court named
        one. Where that is not known, the rule to show is the one that would stop it without a guardian.
        """
        remedies, by_consent = self._remedies(facts, lawful), self._by_id.get(CONSENT_RULE, self._default)
        needs = None if remedies.lift is None else self._ladder.asks(lawful)[remedies.lift]
        if facts.age == "adult" and facts.guardian in GUARDIAN_NOT_KNOWN:
            free = facts._replace(guardian="none")
            verdict = self._ask(free)
            left = tuple(rule for rule in forbids if rule.id in verdict.deciding)
            without = self._remedies(free, lawful)
            is_alone = any(without.lift_without[rule.id] != without.lift for rule in left)
            is_by_consent = verdict.allow or (without.lift is not None and not is_alone)
            return by_consent if is_by_consent else self._explain(free, lawful, left)[0], needs
        # A rule that alone makes the difference is shown: without it less would be asked for, or consent would do.
        deciding = [rule for rule in forbids if remedies.lift_without[rule.id] != remedies.lift]
        if needs is None:
            return (deciding[0] if deciding and remedies.stays not in deciding else remedies.stays), None
        # The ladder is sorted, so the forbid whose first remedy stands last asks for most; `max` keeps the first.
        return max(deciding or forbids, key=lambda rule: remedies.lifts_rule[rule.id], default=by_consent), needs

    def _remedies(self, facts: Facts, lawful: frozenset[str]) -> _Remedies:
        bare = bare_of(facts)
        key = (self.reading.key(bare), bare.action, lawful)
        remedies = self._remedy_memory.get(key)
        if remedies is None:
            remedies = self._find_remedies(bare, lawful)
            keep(self._remedy_memory, {key: remedies}, MEMORY)
        return remedies

    def _find_remedies(self, bare: Facts, lawful: frozenset[str]) -> _Remedies:
        """Try every lawful consent at once."""
        answers = self._rules_memory.compiled.run(self._ladder.codes(self.codes([bare]), lawful))
        forbidden = answers[~self._is_permit]
        lifted = answers[self._is_permit].any(axis=0) & ~forbidden.any(axis=0)
        forbids = [rule for rule in self._deciding if rule.effect == "forbid"]
        stays = next((rule for rule, row in zip(forbids, forbidden, strict=True) if row[-1]), self._default)
        permitted, reasons = answers[self._is_permit].any(axis=0), forbidden.sum(axis=0)

        def first(lifted: Answers) -> int | None:
            return int(np.argmax(lifted)) if bare.action == "disclose" and lifted.any() else None

        return _Remedies(
            lift=first(np.asarray(lifted)),
            lift_without={
                rule.id: first(np.asarray(permitted & (reasons == row)))
                for rule, row in zip(forbids, forbidden, strict=True)
            },
            stays=stays,
            lifts_rule={
                rule.id: int(np.argmin(row)) if not row.all() else row.size
                for rule, row in zip(forbids, forbidden, strict=True)
            },
        )


def _is_of_the_pair(dimension: str) -> bool:
    """Return whether a dimension (its name) depends on who discloses to whom."""
    side, _, field = dimension.partition(".")
    return side in SIDES or field.partition("[")[0] in OF_THE_PAIR


def _explaining_place(verdicts: Sequence[Verdict]) -> int:
    """Return which of several consents explains a decision: the first allowed, else the nearest."""
    return next((place for place, verdict in enumerate(verdicts) if verdict.allow), min(1, len(verdicts) - 1))


def with_ask(facts: Facts, ask: Ask) -> Facts:
    """Return the facts as after the client gave exactly one consent."""
    return with_consent(facts, ask.level, ask.marks, ask.signers)


@dataclass(frozen=True, slots=True)
class _Remedies:
    """Positions on the ladder: of the least ask that lifts the denial (None: no ask does), and per forbid.

    `stays` is the first forbid left standing by the best consent, the default denial if every forbid is lifted.
    `lift_without` is what would lift the denial if one forbid were no rule.
    """

    lift: int | None
    stays: Rule
    lifts_rule: Mapping[str, int]
    lift_without: Mapping[str, int | None]
