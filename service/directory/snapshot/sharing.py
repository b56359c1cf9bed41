"""The adapter between routing's questions and the rules: a request's case, asked for every hop of search and answer.

Routing never learns of policies, and policies know no paths; the adapter speaks to both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

import policies
import routing
from routing import CALL, Ages, Transfer, TransferConditions
from routing.cached_property import cached_property
from service.directory.store.records import PolicyDirectory

Verdict = TypeVar("Verdict")
_Look = tuple[object, ...]
_ByAge = dict[str, dict[_Look, NDArray[np.bool_]]]

REFERRAL = "referral"
AGREEMENT_RULE = "mou-in-force"


@dataclass(frozen=True)
class Sharing:
    """The rules for a request; plays `routing.ReasonRules` and `routing.AskRules`. Pure once built."""

    rulebook: policies.Rulebook
    directory: PolicyDirectory
    case: policies.Case
    _sent: dict[_Look, np.bool_] = field(default_factory=dict, init=False, repr=False, compare=False)
    _hindered: dict[_Look, frozenset[str]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _could: _ByAge = field(default_factory=dict, init=False, repr=False, compare=False)
    _agreed: _ByAge = field(default_factory=dict, init=False, repr=False, compare=False)
    _pairs: dict[tuple[str, str], int] = field(default_factory=dict, init=False, repr=False, compare=False)
    _looks: dict[tuple[object, ...], int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def share(
        self, holder: str, recipient: str, data: str | None, *, action: str = "disclose", agreement: str | None = None
    ) -> policies.Share:
        """Return the question whether an organization (slug) may do `action` towards a second organization.

        A private address at stake is the recipient's own: a referral would give the recipient's address away.
        """
        return policies.Share(
            holder=self.directory.agencies[holder],
            recipient=self.directory.agencies[recipient],
            action=action,
            data=data,
            purpose="mandated_report" if action == "report" else REFERRAL,
            agreement=None if agreement is None else self.directory.agreements[agreement],
        )

    def may_send(self, transfers: Sequence[Transfer]) -> NDArray[np.bool_]:
        """Return a bool for each transfer: may the data go, as the case is now?"""
        looks = [self._look(transfer) for transfer in transfers]
        self._remember(self._sent, looks, transfers, partial(self.rulebook.allows, self.case))
        return np.array([self._sent[look] for look in looks], dtype=np.bool_)

    def hindrances(self, transfer: Transfer) -> frozenset[str]:
        """Return the obstacle to a transfer: "consent", "agreement", both, or neither."""
        look = self._look(transfer)
        if look not in self._hindered:
            self._hindered[look] = self._hindrances(transfer)
        return self._hindered[look]

    def _hindrances(self, transfer: Transfer) -> frozenset[str]:
        decision = self.rulebook.decide(self.case, self._disclosure(transfer))
        if decision.allow:
            return frozenset()
        by_agreement = any(rule.id == AGREEMENT_RULE for rule in decision.forbids)
        others = [rule for rule in decision.forbids if rule.id != AGREEMENT_RULE]
        hindrances = {"agreement"} if by_agreement else set()
        # No permit at all, or any other forbid, is about what the client agreed to.
        if others or not by_agreement or not self._permitted_with_agreement(transfer):
            hindrances.add("consent")
        return frozenset(hindrances)

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        """Return the (holder, recipient) pairs of recorded consents."""
        return self._named_pairs

    def only_by_consent(self) -> frozenset[str]:
        """Return the classes of data that nobody sends but the `named_pairs`."""
        return self._only_by_consent

    def age_bounds(self) -> tuple[int, ...]:
        """Return the ages from which a client may call alone, and from which the rules take a client for an adult."""
        return policies.CALLING_AGE, policies.ADULT_AGE

    def could_send(self, transfers: Sequence[Transfer], ages: Ages) -> NDArray[np.bool_]:
        """Return whether each transfer could go with every consent of lawful signers, worlds by transfers."""
        return self._in_worlds(transfers, ages, self._could, _remedies(self.rulebook).could)

    def as_agreed(self, transfers: Sequence[Transfer], ages: Ages) -> NDArray[np.bool_]:
        """Return whether each transfer may go with the recorded consents alone, worlds by transfers."""
        return self._in_worlds(transfers, ages, self._agreed, _remedies(self.rulebook).agreed)

    def _in_worlds(
        self,
        transfers: Sequence[Transfer],
        ages: Ages,
        known_by_age: _ByAge,
        decide: Callable[[policies.Case, Sequence[policies.Share]], NDArray[np.bool_]],
    ) -> NDArray[np.bool_]:
        case = self._at(ages)
        looks, verdicts = [self._look(transfer) for transfer in transfers], known_by_age.setdefault(case.age, {})
        if CALL in looks:
            worlds = _remedies(self.rulebook).suppositions(case)
            verdicts[CALL] = np.array([policies.may_call(world.case) for world in worlds], dtype=np.bool_)
        self._remember(verdicts, looks, transfers, lambda shares: decide(case, shares).T)
        return np.array([verdicts[look] for look in looks], dtype=np.bool_).T

    def _at(self, ages: Ages, *, each: bool = False) -> policies.Case:
        """Return the case with ages, too young to call where every age is, or with `each` where some age is."""
        too_young = ages[0 if each else 1] < policies.CALLING_AGE
        return replace(self.case, age=policies.age_from_range(*ages), too_young=too_young)

    def least(self, transfers: Sequence[Transfer], ages: Ages, *, age_is_listed: bool) -> TransferConditions | None:
        """Return the least consents to ask for, so that every transfer may go; None if no consent is enough."""
        calls = CALL in transfers
        parts = _parts(ages, self.age_bounds() if calls else (policies.ADULT_AGE,))
        cases = [(self._at(part, each=age_is_listed), int(part != ages and not age_is_listed)) for part in parts]
        shares = [self._disclosure(transfer) for transfer in transfers if transfer != CALL]
        remedy = _remedies(self.rulebook).least(cases, shares, calls=calls)
        if remedy is None:
            return None
        facts = (routing.FactCondition(f"facts.{name}", values) for name, values in sorted(remedy.facts.items()))
        consents = sorted(map(_condition, remedy.consents), key=lambda consent: (consent.holder, consent.form or ""))
        return TransferConditions(parts[remedy.age], tuple(facts), tuple(consents))

    def _look(self, transfer: Transfer) -> _Look:
        """Return the rules' view of a transfer: most organizations of a kind look alike to the rules."""
        if transfer == CALL:
            return transfer
        pair = transfer.holder, transfer.recipient
        if pair not in self._pairs:
            look = policies.look_of(self.case, *(self.directory.agencies[slug] for slug in pair))
            self._pairs[pair] = self._looks.setdefault(look, len(self._looks))
        if transfer.agreement is None:
            return self._pairs[pair], transfer.data
        share = self._disclosure(transfer)
        return self._pairs[pair], transfer.data, *policies.standing_of(share.agreement, self.case, share)

    def _remember(
        self,
        verdicts: dict[_Look, Verdict],
        looks: Sequence[_Look],
        transfers: Sequence[Transfer],
        decide: Callable[[Sequence[policies.Share]], Iterable[Verdict]],
    ) -> None:
        """Decide at once on transfers with a new look, and keep the decisions by look."""
        fresh = {look: transfer for look, transfer in zip(looks, transfers, strict=True) if look not in verdicts}
        if fresh:
            verdicts.update(zip(fresh, decide([*map(self._disclosure, fresh.values())]), strict=True))

    @cached_property
    def _named_pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset((consent.holder, to) for consent in self.case.consents for to in consent.to)

    @cached_property
    def _only_by_consent(self) -> frozenset[str]:
        return self.rulebook.only_by_consent(self.case, REFERRAL)

    def _disclosure(self, transfer: Transfer) -> policies.Share:
        return self.share(transfer.holder, transfer.recipient, transfer.data, agreement=transfer.agreement)

    def _permitted_with_agreement(self, transfer: Transfer) -> bool:
        """Say whether an agreement alone would let a transfer go."""
        pair = transfer.holder, transfer.recipient
        signed = policies.Agreement(id="", between=pair, mutual=False, type="mou", status="signed")
        share = self.share(*pair, transfer.data)
        return bool(self.rulebook.allows(self.case, [replace(share, agreement=signed)])[0])


@lru_cache(maxsize=8)
def _remedies(rulebook: policies.Rulebook) -> policies.RemedyFinder:
    """Keep findings about a rulebook for as long as the rulebook is in use."""
    return policies.RemedyFinder(rulebook)


def _parts(ages: Ages, bounds: Sequence[int]) -> list[Ages]:
    """Return the parts of an age range from one bound to another, the widest first.

    >>> _parts((11, 20), (13, 18))
    [(11, 20), (11, 17), (13, 20), (11, 12), (13, 17), (18, 20)]
    """
    youngest, oldest = ages
    starts = [youngest, *(bound for bound in bounds if youngest < bound <= oldest), oldest + 1]
    width = len(starts) - 1
    firsts = ((first, size) for size in range(width, 0, -1) for first in range(width - size + 1))
    return [(starts[first], starts[first + size] - 1) for first, size in firsts]


def _condition(consent: policies.ConsentRequest) -> routing.ConsentCondition:
    return routing.ConsentCondition(
        holder=consent.holder,
        form=consent.form,
        level=consent.ask.level,
        marks=tuple(sorted(consent.ask.marks)),
        recipients=tuple(sorted(consent.to)),
        data=tuple(sorted(consent.data)),
        signers=tuple(sorted(consent.ask.signers)),
    )
