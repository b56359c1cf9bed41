"""The remedy for denials: the smallest consent that permits several shares at once, and the deciding facts.

The client is asked for as little as possible: first for no known or already allowed fact, then for as few facts as
possible, then for the fewest signatures, the lowest level, the fewest marks. Recipients that take the same form, or
a form stated to be worth the same, are asked for with a single form. This module decides no share: every consent that
lawful signers could give is tried against the compiled rules, in one call over shares, cases and rungs of the ladder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from .consent_ladder import Ask, Ladder
from .decide import Rulebook
from .engine.evaluate import AT_ONCE, Codes
from .engine.reading import Key, keep
from .facts import ON_PAPER, bare_facts, facts_of_each, forms_taken, lawful_signers, may_call
from .records import Case, Share
from .suppositions import Answer, Supposition, Suppositions, situation_of, suppose

NEVER_ASKED = "privilege"
"""The mark that takes counsel's advice first: nobody is asked for it to open a path."""

MEMORY, SHARES = 200_000, 20_000
"""How many lifts, and how many shares under all suppositions, are remembered, by the facts that rules read."""
Lifts = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """A consent to ask for: on a form, from an organization (id) to each recipient of the form. `form` None: spoken."""

    holder: str
    form: str | None
    ask: Ask
    to: frozenset[str]
    data: frozenset[str]


@dataclass(frozen=True, slots=True)
class Remedy:
    """The smallest remedy for several shares: place of its case (`age`), facts to state, consents to ask for."""

    age: int
    facts: Mapping[str, tuple[Answer, ...]]
    consents: tuple[ConsentRequest, ...]


class RemedyFinder:
    """Finds the remedy by one rulebook. Remembers answers by facts; safe to share between threads."""

    def __init__(self, rulebook: Rulebook) -> None:
        """Take the rulebook's own rules."""
        self._rulebook, pack = rulebook, rulebook.pack
        self._ladder = Ladder(pack.space)
        self._suppositions = Suppositions(rulebook)
        self._levels = pack.space.vocabulary.words("Level")
        self._lifts: dict[tuple[Key, frozenset[str]], Lifts] = {}
        self._verdicts: dict[object, Lifts] = {}
        self._rungs = lru_cache(maxsize=None)(self._find_rungs)

    def suppositions(self, case: Case) -> tuple[Supposition, ...]:
        """Return every combination of values for a case's unknown facts, the case itself first. Pure."""
        return self._suppositions.of(case)

    def agreed(self, case: Case, shares: Sequence[Share]) -> Lifts:
        """Return whether each share may go with the recorded consents alone; an agreed share may wait for a fact.

        Shape (suppositions, shares), in the order of `suppositions`. Pure.
        """
        return self._in_worlds(case, shares, with_more=False)

    def could(self, case: Case, shares: Sequence[Share]) -> Lifts:
        """Return whether each share could go with every consent that lawful signers could give; shape as `agreed`."""
        return self._in_worlds(case, shares, with_more=True)

    def _in_worlds(self, case: Case, shares: Sequence[Share], *, with_more: bool) -> Lifts:
        """Return whether each share may go under each supposition; `with_more`: with every consent not yet given."""
        if not shares:
            return np.zeros((self._suppositions.count(case), 0), dtype=np.bool_)
        situation, keys = (with_more, *situation_of(case)), self._keys(case, shares)
        names: list[object] = [
            (situation, bool(forms_taken(share.recipient, case)), key) for share, key in zip(shares, keys, strict=True)
        ]
        verdicts = {name: verdict for name in names if (verdict := self._verdicts.get(name)) is not None}
        new = {name: share for name, share in zip(names, shares, strict=True) if name not in verdicts}
        if new:
            decided = zip(new, self._decide_in_worlds(case, [*new.values()], with_more).T, strict=True)
            verdicts.update(decided)
            keep(self._verdicts, {name: verdicts[name] for name in new}, SHARES)
        return np.array([verdicts[name] for name in names]).T

    def _keys(self, case: Case, shares: Sequence[Share]) -> Iterator[tuple[tuple[Key, ...], ...]]:
        """Yield for each share what the rules read of it; once for each set of signers where the case has consents."""
        worlds = self._suppositions.worlds(case)
        cases = [suppose(case, alike.facts) for alike in worlds] if case.consents else [case]
        for facts_by_signers in zip(*(facts_of_each(supposed, shares) for supposed in cases), strict=True):
            yield tuple(tuple(map(self._rulebook.reading.key, facts)) for facts in facts_by_signers)

    def _decide_in_worlds(self, case: Case, shares: Sequence[Share], with_more: bool) -> Lifts:
        answers = np.empty((self._suppositions.count(case), len(shares)), dtype=np.bool_)
        for worlds in self._suppositions.worlds(case):
            supposed, count = suppose(case, worlds.facts), len(worlds.places)
            facts = facts_of_each(supposed, shares)
            starts = np.cumsum([0, *map(len, facts[:-1])])
            codes = self._rulebook.codes([request for alternatives in facts for request in alternatives])
            table = self._suppositions.table(worlds, codes)
            may_go = np.logical_or.reduceat(self._rulebook.allows_codes(table).reshape(count, -1), starts, axis=1)
            if with_more:
                bare, denied = table.reshape(len(table), count, -1)[:, :, starts], ~may_go
                askable = np.array([self._askable(supposed, [share]) for share in shares])[np.nonzero(denied)[1]]
                may_go[denied] = (self._lifts_of(bare[:, denied], lawful_signers(supposed)) & askable).any(axis=1)
            answers[list(worlds.places)] = may_go
        return answers

    def least(
        self, cases: Sequence[tuple[Case, int]], shares: Sequence[Share], *, calls: bool = False
    ) -> Remedy | None:
        """Return the smallest consent that permits every share, or None. Pure.

        `cases` differ in the client's age alone, each with its number of further facts to ask for (0 or 1). Among
        cases with equal numbers an earlier case stands for every age that it opens; a later case, for the rest.
        `calls`: the client has to be given a number to call, too.
        """
        worlds = [
            (age, more, supposition)
            for age, (case, more) in enumerate(cases)
            for supposition in self.suppositions(case)
            if may_call(supposition.case) or not calls
        ]
        lifts_by_world = self._lifts_in([supposition.case for _, _, supposition in worlds], shares)
        best: tuple[object, int, Supposition, tuple[ConsentRequest, ...]] | None = None
        for place, (age, more, supposition) in enumerate(worlds):
            verdicts = self._rulebook.allows(supposition.case, shares)  # what is agreed may only wait for a fact
            pairs = zip(shares, lifts_by_world[place], strict=True)
            denials = [pair for pair, may in zip(pairs, verdicts, strict=True) if not may]
            consents = self._consents(supposition.case, denials)
            if consents is None:
                continue
            narrowed = 0 if more else age  # a path is not closed to some of the ages that a signature opens it to
            key = more + len(supposition.facts), narrowed, *self._weight(consents), place
            if best is None or key < best[0]:  # type: ignore[operator]
                best = key, age, supposition, consents
        if best is None:
            return None
        _, age, supposition, consents = best
        return Remedy(age, self._widest(cases[age][0], supposition, consents, shares, calls), consents)

    # -- consents ------------------------------------------------------------------------------------------------------

    def _consents(self, case: Case, denials: Sequence[tuple[Share, Lifts]]) -> tuple[ConsentRequest, ...] | None:
        """Return the smallest consents that permit every share in one case, or None."""
        consents: list[ConsentRequest] = []
        for holder in sorted({share.holder.id for share, _ in denials}):
            holder_denials = [(share, lift) for share, lift in denials if share.holder.id == holder]
            spoken: list[_Group] = []
            on_paper: list[_Group] = []
            for recipient in sorted({share.recipient.id for share, _ in holder_denials}):
                group = [(share, lift) for share, lift in holder_denials if share.recipient.id == recipient]
                ask = self._least_ask(case, group)
                if ask is None:
                    return None
                (on_paper if ask.level in ON_PAPER else spoken).append(group)
            for form, groups in self._by_form(case, spoken, on_paper):
                together = [denial for group in groups for denial in group]
                ask = self._least_ask(case, together, on_paper=form is not None)
                if ask is None:
                    return None
                consents.append(_consent(holder, form, ask, [share for share, _ in together]))
        return tuple(consents)

    def _least_ask(
        self, case: Case, denials: Sequence[tuple[Share, Lifts]], *, on_paper: bool | None = None
    ) -> Ask | None:
        """Return the first rung that lets every share go; `on_paper`: paper only or speech only, None: either."""
        together = self._askable(case, [share for share, _ in denials])
        for _, lift in denials:
            together = together & lift
        asks = self._ladder.asks(lawful_signers(case))
        rungs = (asks[place] for place in np.flatnonzero(together).tolist())
        return next((ask for ask in rungs if on_paper is None or (ask.level in ON_PAPER) == on_paper), None)

    def _askable(self, case: Case, shares: Iterable[Share]) -> Lifts:
        """Return which rungs may be asked for: paper only where every recipient takes a form, never the mark."""
        paper = all(forms_taken(share.recipient, case) for share in shares)
        return self._rungs(lawful_signers(case), paper)

    def _find_rungs(self, signers: frozenset[str], paper: bool) -> Lifts:
        """Return which rungs of a set of signers may be asked for, on paper as well or spoken only."""
        rungs = [
            NEVER_ASKED not in ask.marks and (paper or ask.level not in ON_PAPER) for ask in self._ladder.asks(signers)
        ]
        return np.array(rungs, dtype=np.bool_)

    def _by_form(
        self, case: Case, spoken: Sequence[_Group], on_paper: Sequence[_Group]
    ) -> Iterator[tuple[str | None, list[_Group]]]:
        """Yield (form, recipients' shares): spoken consent first, then the fewest forms for further recipients."""
        if spoken:
            yield None, list(spoken)
        options = [forms_taken(group[0][0].recipient, case) for group in on_paper]
        cover = _fewest_forms(options)
        forms_of_groups = [next(form for form in cover if form in forms) for forms in options]
        for form in cover:
            yield form, [group for group, used in zip(on_paper, forms_of_groups, strict=True) if used == form]

    def _weight(self, consents: Sequence[ConsentRequest]) -> tuple[int, int, int, list[tuple[object, ...]]]:
        """Order remedies: fewest signatures, lowest levels, fewest marks, alphabetical."""
        return (
            sum(len(consent.ask.signers) for consent in consents),
            sum(self._levels.index(consent.ask.level) for consent in consents),
            sum(len(consent.ask.marks) for consent in consents),
            [
                (sorted(consent.ask.signers), sorted(consent.ask.marks), consent.holder, consent.form or "")
                for consent in consents
            ],
        )

    # -- facts ---------------------------------------------------------------------------------------------------------

    def _widest(
        self,
        case: Case,
        supposition: Supposition,
        consents: Sequence[ConsentRequest],
        shares: Sequence[Share],
        calls: bool,
    ) -> Mapping[str, tuple[Answer, ...]]:
        """Return the facts of a supposition with every value under which the same consents are enough."""
        widest: dict[str, tuple[tuple[Answer, ...], ...]] = {
            name: (values,) for name, values in supposition.facts.items()
        }
        for name in supposition.facts:
            for values in self._suppositions.groups[name]:
                wider = {**widest, name: (*widest[name], values)}
                if values not in widest[name] and self._enough(case, wider, consents, shares, calls):
                    widest = wider
        return {name: tuple(sorted(value for values in groups for value in values)) for name, groups in widest.items()}

    def _enough(
        self,
        case: Case,
        facts: Mapping[str, Sequence[tuple[Answer, ...]]],
        consents: Sequence[ConsentRequest],
        shares: Sequence[Share],
        calls: bool,
    ) -> bool:
        """Return whether a set of consents permits every share, for each of the values that the facts may have."""
        for choice in product(*facts.values()):
            changes = {name: values[0] for name, values in zip(facts, choice, strict=True)}
            variant = replace(case, **changes)  # type: ignore[arg-type]
            if calls and not may_call(variant):
                return False
            asks = self._ladder.asks(lawful_signers(variant))
            (lifts,) = self._lifts_in([variant], shares)
            for share, lift, may in zip(shares, lifts, self._rulebook.allows(variant, shares), strict=True):
                offers = (consent.ask for consent in consents if _speaks_of(consent, share))
                if not may and not any(ask in asks and lift[asks.index(ask)] for ask in offers):
                    return False
        return True

    # -- the rules -----------------------------------------------------------------------------------------------------

    def _lifts_in(self, cases: Sequence[Case], shares: Sequence[Share]) -> list[Lifts]:
        """Return for each case, a row for each share, which rungs of the ladder let the share go."""
        places_by_signers: dict[frozenset[str], list[int]] = {}
        for place, case in enumerate(cases):
            places_by_signers.setdefault(lawful_signers(case), []).append(place)
        lifts: dict[int, Lifts] = {}
        for signers, places in places_by_signers.items():
            facts = [bare_facts(cases[place], share) for place in places for share in shares]
            rows = self._lifts_of(self._rulebook.codes(facts), signers)
            lifts.update(zip(places, rows.reshape(len(places), len(shares), rows.shape[1]), strict=True))
        return [lifts[place] for place in range(len(cases))]

    def _lifts_of(self, codes: Codes, signers: frozenset[str]) -> Lifts:
        """Return which rungs of the ladder let each request go, a row each; a single compiled call for new requests.

        `codes`: the requests as if nobody had agreed to anything, a column each.
        """
        keys = [(key, signers) for key in self._rulebook.reading.keys(codes)]
        lifts = {key: lift for key in keys if (lift := self._lifts.get(key)) is not None}
        new = {key: column for column, key in enumerate(keys) if key not in lifts}
        if new:
            columns, size = list(new.values()), AT_ONCE // len(self._ladder.asks(signers))
            parts = (columns[begin : begin + size] for begin in range(0, len(columns), size))
            allowed = [self._rulebook.allows_codes(self._ladder.codes(codes[:, part], signers)) for part in parts]
            lifts.update(zip(new, np.concatenate(allowed).reshape(len(new), -1), strict=True))
            keep(self._lifts, {key: lifts[key] for key in new}, MEMORY)
        return np.array([lifts[key] for key in keys], dtype=np.bool_).reshape(
            len(keys), len(self._ladder.asks(signers))
        )


_Group = list[tuple[Share, Lifts]]


def _speaks_of(consent: ConsentRequest, share: Share) -> bool:
    return consent.holder == share.holder.id and share.recipient.id in consent.to and share.data in consent.data


def _consent(holder: str, form: str | None, ask: Ask, shares: Sequence[Share]) -> ConsentRequest:
    return ConsentRequest(
        holder=holder,
        form=form,
        ask=ask,
        to=frozenset(share.recipient.id for share in shares),
        data=frozenset(share.data for share in shares if share.data is not None),
    )


def _fewest_forms(options: Sequence[frozenset[str]]) -> tuple[str, ...]:
    """Return the fewest forms from which each recipient takes a form; among equals, the first by name."""
    candidates = sorted(frozenset[str]().union(*options))
    return next(
        cover
        for size in range(len(candidates) + 1)
        for cover in combinations(candidates, size)
        if all(not forms.isdisjoint(cover) for forms in options)
    )
